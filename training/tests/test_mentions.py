"""Mentions with their concepts, from invented posts and from the small world."""

import json
from pathlib import Path

import pytest

from vigil_training import mentions
from vigil_training.data.lexicon import Lexicon
from vigil_training.prepare import Prepared
from vigil_training.rows import Pair, Row

TEXT = "  oxal gave me a rash \U0001f622 and hives"
IDS = {"rash": "VS0363", "hives": "VS0365", "skin rash": "VS0363", "nettle rash": "VS0365"}


def pair(start: int, end: int, term: str, split: str = "dev", name: str = "real-rhmd") -> Pair:
    return Pair(name, TEXT, start, end, term, split)


def found(*pairs: Pair) -> list[dict]:
    prepared = Prepared([Row("rhmd", TEXT, cluster=7)], list(pairs), Lexicon(frozenset(), ()), IDS)
    return list(mentions.mentions(prepared, "dev"))


def test_a_mention_has_the_text_as_loaded_and_every_right_concept() -> None:
    both = found(pair(17, 21, "Skin rash"), pair(17, 21, "rash"), pair(17, 21, "nettle rash"))
    assert both == [
        {"set": "real-rhmd", "post": 7, "text": TEXT, "start": 17, "end": 21,
         "concepts": ["VS0363", "VS0365"]}
    ]  # fmt: skip
    assert both[0]["text"][17:21] == "rash"


@pytest.mark.parametrize(
    "other",
    [
        pair(28, 33, "hives", split="train"),
        pair(28, 33, "hives", split="test"),
        pair(28, 33, "something nobody has listed"),
        pair(28, 33, "hives", name="vocabulary"),
        pair(28, 33, "hives", name="smm4h-2020-task3"),
    ],
)
def test_other_splits_sets_and_unknown_concepts_are_left_out(other: Pair) -> None:
    assert [item["start"] for item in found(pair(17, 21, "rash"), other)] == [17]


def test_the_command_writes_where_it_is_told(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "mentions.ndjson"
    given = ["--data", str(world / "data"), "--corpus", str(world / "corpus")]
    assert mentions.main([*given, "--split", "train", "--out", str(out)]) == 0
    items = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert len(items) > 20
    assert {(item["set"], *item["concepts"]) for item in items} == {("own-tasks", "VS0363")}
    assert f"{len(items)} mentions" in capsys.readouterr().out


def test_what_cannot_be_read_or_written_is_said(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--corpus", str(world / "corpus"), "--out", str(tmp_path / "no" / "such" / "folder")]
    assert mentions.main(["--data", str(tmp_path), *given]) == 1
    assert mentions.main(["--data", str(world / "data"), *given]) == 1
    assert "cannot use" in capsys.readouterr().err


def test_the_file_has_no_place_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        mentions.main(["--data", "data"])
    assert stopped.value.code == 2
    with pytest.raises(SystemExit):
        mentions.main(["--help"])
    assert "keep it out of the repository" in " ".join(capsys.readouterr().out.split())
