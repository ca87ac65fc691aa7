"""The project's own corpus is in order, and the validator finds what is not."""

import json
from pathlib import Path

import pytest

from vigil_training import corpus
from vigil_training.corpus_grid import GOALS, is_vaccine

FOLDER = corpus.ROOT / "training" / "corpus"
VOCABULARY = corpus.ROOT / "services" / "terminology" / "vocabulary" / "open.tsv"
SHORT = {"text": "felt dizzy on warfarin", "ade": 1, "spans": ["dizzy"], "terms": ["dizziness"]}
SHORT |= {"drug": ["warfarin"], "role": "effect", "person": "self"}
FULL = {"text": "hives from penicillin, says my gran", "labels": {}, "drug": ["penicillin"]}
FULL |= {"effects": [{"wording": "hives", "concept": "VS0365", "marks": ["other_person"]}]}
FULL |= {"role": "effect", "person": "family", "factuality": "asserted", "style": ["x"]}


def test_the_shipped_corpus_is_in_order() -> None:
    assert corpus.check(FOLDER, VOCABULARY) == []


def test_the_readme_states_the_counts_of_the_command(capsys: pytest.CaptureFixture) -> None:
    assert corpus.main(["count"]) == 0
    counted = capsys.readouterr().out.strip()
    assert counted.endswith("missing: nothing")
    assert counted in (FOLDER / "README.md").read_text(encoding="utf-8")


def _write(folder: Path, **files: list[dict]) -> None:
    for file in corpus.FILES:
        posts = files.get(file.partition(".")[0], [])
        (folder / file).write_text("".join(json.dumps(post) + "\n" for post in posts))
    (folder / "terms.tsv").write_text("term\tconcept\ndizziness\tVS0058\nhives\tVS0365\n")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"extra": 1}, "keys differ"),
        ({"text": " "}, "text is empty"),
        ({"role": "poem"}, "role poem is unknown"),
        ({"drug": ["heparin"]}, "drug 0 is not in the text"),
        ({"spans": ["giddy"]}, "span 0 is not in the text"),
        ({"text": "dizzyingly dizzy on warfarin"}, "span 0 is not in the text"),
        ({"terms": []}, "differ in number"),
        ({"ade": 0}, "ade does not go with the spans"),
        ({"person": "child"}, "person child is unknown"),
        ({"terms": ["wooziness"]}, "has no concept"),
    ],
)
def test_a_wrong_short_post_is_found(tmp_path: Path, change: dict, message: str) -> None:
    _write(tmp_path, plain=[SHORT | change])
    found = corpus.check(tmp_path, VOCABULARY)
    assert any(message in line for line in found), found
    assert all(line.startswith("plain.ndjson:1: ") for line in found)
    assert not any("on warfarin" in line for line in found)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"effects": [{"wording": "itch", "concept": "VS0365"}]}, "not in the text"),
        ({"effects": [{"wording": "hives", "concept": "VS9999"}]}, "VS9999 is unknown"),
        (
            {"effects": [{"wording": "hives", "concept": "VS0001"}]},
            "VS0001 has no term in terms.tsv",
        ),
        ({"effects": [{"wording": "hives", "concept": "VS0365", "marks": ["sad"]}]}, "marks"),
        ({"labels": {"mood": "good"}}, "mood good is unknown"),
        ({"labels": {"drug_use": "maybe"}}, "drug_use maybe is unknown"),
        ({"labels": {"drug_use": "yes"}}, "follows from the rest"),
        ({"factuality": "sure"}, "factuality sure is unknown"),
        ({"style": ["slang"]}, "not one platform"),
        ({"style": ["x", "baroque"]}, "style names something unknown"),
    ],
)
def test_a_wrong_full_post_is_found(tmp_path: Path, change: dict, message: str) -> None:
    _write(tmp_path, tasks=[FULL | change])
    found = corpus.check(tmp_path, VOCABULARY)
    assert any(message in line for line in found), found


def test_three_posts_share_a_frame_and_a_fourth_does_not(tmp_path: Path) -> None:
    drugs = ["warfarin", "statin xr", "zopiclone", "ramipril"]
    posts = [
        SHORT | {"text": f"day {n}: dizzy on {drug}", "drug": [drug]}
        for n, drug in enumerate(drugs)
    ]
    _write(tmp_path, plain=posts[:3])
    assert corpus.check(tmp_path, VOCABULARY) == []
    _write(tmp_path, plain=posts[:3], vivid=posts[3:])
    assert "more than 3 posts from one frame" in corpus.check(tmp_path, VOCABULARY)[0]


def test_duplicates_and_near_duplicates_are_found(tmp_path: Path) -> None:
    long = "my gran says the hives came up on both arms an hour after penicillin last tuesday"
    posts = [FULL, FULL | {"text": "Hives from penicillin, says my GRAN!"}]
    posts[1] |= {"effects": [], "drug": [], "person": "none", "factuality": "none"}
    posts += [FULL | {"text": long}, FULL | {"text": long + " again"}]
    _write(tmp_path, tasks=posts)
    found = corpus.check(tmp_path, VOCABULARY)
    assert "tasks.ndjson:2: the same post as tasks.ndjson:1" in found
    assert "tasks.ndjson:4: a near-duplicate of tasks.ndjson:3" in found


def test_what_is_missing_from_the_grid_is_told(tmp_path: Path, capsys) -> None:
    _write(tmp_path, plain=[SHORT], tasks=[FULL])
    assert corpus.main(["count", "--corpus", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert f"{GOALS['concepts'] - 2} concepts" in told.splitlines()[-1]
    assert f"{GOALS['posts'] - 2} posts" in told.splitlines()[-1]


def test_a_missing_or_broken_file_is_told_without_its_text(tmp_path: Path, capsys) -> None:
    assert corpus.main(["check", "--corpus", str(tmp_path / "none")]) == 1
    assert "is missing" in capsys.readouterr().err
    _write(tmp_path)
    (tmp_path / "plain.ndjson").write_text('{"text": "felt')
    assert corpus.main(["check", "--corpus", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert "not JSON" in told and "felt" not in told


@pytest.mark.parametrize(
    ("product", "expected"),
    [("pfizer", True), ("flu jab", True), ("gardasil 9", True), ("ozempic", False)],
)
def test_vaccines_are_told_from_medicines(product: str, expected: bool) -> None:
    assert is_vaccine(product) is expected
