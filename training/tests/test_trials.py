"""Trials: what a file may say, learning curves, several processes at one file, the comparison."""

import fcntl
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from vigil_training import scores, trials
from vigil_training.config import changed
from vigil_training.rows import Pair, Row
from vigil_training.tasks import Task

TINY = Path(__file__).parent / "tiny.toml"
TASK = Task("adverse_effect", "sentence", ("no", "yes"), "yes", 0.5)


def written(folder: Path, text: str) -> Path:
    path = folder / "trials.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_trial_is_what_it_changes(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        f'config = "{TINY}"\nsteps = 5\narchitecture.dropout = 0.2\n[trial.base]\n'
        '[trial.other]\nseed = 9\nlayers = [0]\narchitecture.readout = "max"\n'
        'start = "folder"\nshare = { own = 0.5 }\nweights = { psytar = 7 }\n',
    )
    base, found = trials.read(path)
    assert list(found) == ["base", "other"]
    assert (base.steps, base.batch, base.architecture.dropout) == (5, 8, 0.2)
    assert changed(base, {}, "base") == base
    other = changed(base, trials._settings(found["other"]), "other")
    parts = replace(base.architecture, readout="max")
    weights = {**base.weights, "psytar": 7}
    assert len(weights) > 1
    assert other == replace(base, seed=9, layers=[0], architecture=parts, weights=weights)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stepps = 5\n[trial.base]\n", r"trials\.toml: unknown keys stepps"),
        ("[trial.base]\nstepps = 5\n", "trial base: unknown keys stepps; known are seed,"),
        ("start = 'here'\n[trial.base]\n", "unknown keys start"),
        ("[trial.base]\narchitecture.layer = 5\n", "architecture: unknown keys layer"),
        ("[trial.base]\nsteps = 0\n", "steps is not a whole number from 1 up"),
        ("steps = 5\n", "has no trial: give each as a table"),
        ("config = 'nothing'\n[trial.base]\n", "no config nothing"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        trials.read(written(tmp_path, text))


def test_a_larger_share_keeps_what_a_smaller_one_keeps() -> None:
    rows = [
        Row(name, f"{name} {number}", cluster=number // 2 + at * 1000, split="train")
        for at, name in enumerate(("own-plain", "own-tasks", "rhmd"))
        for number in range(400)
    ]
    held = [replace(row, split="dev", text=f"held {row.text}") for row in rows[::40]]
    pairs = [Pair(row.set, row.text, 0, 3, "rash") for row in rows]
    pairs += [Pair(row.set, row.text, 0, 3, "rash", "dev") for row in held]
    before: set[str] = set()
    for share in (0.0, 0.25, 0.5, 1.0):
        kept, terms = trials.thinned([*rows, *held], pairs, {"own": share})
        texts = {row.text for row in kept}
        assert before <= texts
        before = texts
        assert {row.text for row in held} <= texts
        assert sum(row.set == "rhmd" and row.split == "train" for row in kept) == 400
        own = [row for row in kept if row.set.startswith("own") and row.split == "train"]
        assert len(own) == pytest.approx(800 * share, abs=80)
        clusters = {row.cluster for row in own}
        assert len(own) == 2 * len(clusters), "near-duplicates stay together"
        assert {pair.text for pair in terms} == texts, "pairs go with their posts"
    alone = [Pair("own-plain", f"wording {number}", 0, 3, "rash") for number in range(200)]
    found = trials.thinned([], alone, {"own": 0.5})[1]
    assert 70 < len(found) < 130


def test_the_first_share_that_fits_is_meant() -> None:
    rows = [Row(name, name, cluster=1, split="train") for name in ("own-plain", "own-tasks")]
    kept = trials.thinned(rows, [], {"own-plain": 1.0, "own": 0.0})[0]
    assert [row.set for row in kept] == ["own-plain"]


@pytest.fixture
def scored() -> list[Row]:
    """Development rows of which a quarter reports an effect."""
    return [
        Row("real-rhmd", f"post {n}", {TASK.id: ("yes" if n % 4 == 0 else "no",)}, (), cluster=n)
        for n in range(200)
    ]


def stored(folder: Path, rows: list[Row], right: float) -> None:
    """Answers of a model that is right about such a share of the rows."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(1)
    truth = np.array([row.labels[TASK.id] == ("yes",) for row in rows])
    says = np.where(rng.random(len(rows)) < right, truth, ~truth)
    logits = np.stack([np.zeros(len(rows)), np.where(says, 2.0, -2.0)], axis=1)
    counts = np.array([[int(right * 10), 10, 10]] * len(rows))
    np.savez(folder / "answers.npz", spans=counts, **{TASK.id: logits})


def test_a_report_compares_with_the_first_trial(tmp_path: Path, scored: list[Row]) -> None:
    stored(tmp_path / "base", scored, 0.7)
    stored(tmp_path / "same", scored, 0.7)
    stored(tmp_path / "better", scored, 0.95)
    names = ["base", "same", "better", "not-run"]
    lines = trials.report(names, tmp_path, scored, [TASK])
    found = {(line["trial"], line["measure"]): line for line in lines}
    measures = {"adverse_effect, AP", "effect spans, overlapping F1"}
    assert set(found) == {(name, one) for name in names[:3] for one in measures}
    assert all(line["rows"] == 200 for line in lines)
    assert all(line["low"] <= line["value"] <= line["high"] for line in lines)
    assert found["base", "effect spans, overlapping F1"]["value"] == 0.7
    assert "more" not in found["base", "adverse_effect, AP"]
    same, better = (found[name, "adverse_effect, AP"] for name in ("same", "better"))
    assert (same["more"], same["p"]) == (0.0, 1.0)
    gap = better["value"] - found["base", "adverse_effect, AP"]["value"]
    assert better["more"] == pytest.approx(gap, abs=0.05)
    assert 0 < better["more_low"] < better["more"] < better["more_high"]
    assert better["p"] < 0.05
    text = trials.table(lines)
    assert "| measure | base | same | better |" in text
    row = re.search(r"\| adverse_effect, AP \| (\S+) \| (\S+) \| (\S+) \|", text)
    assert row is not None
    assert [cell.endswith("*") for cell in row.groups()] == [False, False, True]


def test_a_task_with_few_positive_rows_is_not_measured(scored: list[Row]) -> None:
    found = {TASK.id: np.zeros((200, 2)), "spans": np.zeros((200, 3))}
    assert "adverse_effect, AP" in trials.measures(scored, found, [TASK])
    few = [
        row if n < 4 * (trials.LEAST_POSITIVES - 1) else replace(row, labels={TASK.id: ("no",)})
        for n, row in enumerate(scored)
    ]
    assert "adverse_effect, AP" not in trials.measures(few, found, [TASK])


def test_a_curve_goes_from_the_smallest_share_to_the_first_trial() -> None:
    given = {
        "base": {},
        "half": {"share": {"own": 0.5}},
        "none": {"share": {"own": 0.0}},
        "none-longer": {"share": {"own": 0.0}, "max_tokens": 9},
        "other": {"share": {"real": 0.0}},
        "not-yet": {"share": {"real": 0.5}},
    }
    values = {"base": 0.9, "half": 0.8, "none": 0.3, "none-longer": 0.4, "other": 0.2}
    lines = [{"trial": name, "measure": "AP", "value": value} for name, value in values.items()]
    own, real = trials.curves(given, lines, "file.svg").panels
    assert (own.title, own.lines) == (
        "own-*",
        {"AP": [(0.0, 0.3, None), (0.5, 0.8, None), (1.0, 0.9, None)]},
    )
    assert (real.title, real.lines) == ("real-*", {"AP": [(0.0, 0.2, None), (1.0, 0.9, None)]})
    with pytest.raises(ValueError, match="there is no curve to draw"):
        trials.curves({"base": {}, "none-longer": given["none-longer"]}, lines, "file.svg")


@pytest.fixture
def quick(world: Path, tokenizer: Tokenizer, tmp_path: Path, monkeypatch) -> list[str]:
    """The options of two trials of two steps, with the world's random tiny encoder."""
    monkeypatch.setattr(scores, "DRAWS", 20)
    monkeypatch.setattr(trials.encoders, "locate", lambda given: str(given or world / "encoder"))
    path = written(
        tmp_path, f'config = "{TINY}"\nsteps = 2\n[trial.one]\n[trial.two]\nlayers = [1]\n'
    )
    return [
        str(path), "--data", str(world / "data"), "--corpus", str(world / "corpus"),
        "--tasks", str(world / "tasks.json"), "--runs", str(tmp_path / "runs"),
        "--out", str(tmp_path / "out.json"), "--threads", "1",
    ]  # fmt: skip


def test_two_processes_share_a_file(quick: list[str], tmp_path: Path, monkeypatch, capsys) -> None:
    runs = tmp_path / "runs"
    (runs / "one").mkdir(parents=True)
    with (runs / "one" / "lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert trials.main(quick) == 0, capsys.readouterr().err
        said = capsys.readouterr().out
        assert "trial two" in said
        assert "trial one" not in said, "another process is at it"
        assert not (runs / "one" / "answers.npz").exists()
    assert trials.main(quick) == 0
    said = capsys.readouterr().out
    assert "trial one" in said
    assert "trial two" not in said, "it is done"
    lines = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert {line["trial"] for line in lines} == {"one", "two"}
    assert "| measure | one | two |" in said
    monkeypatch.setattr(trials, "run", lambda *_: pytest.fail("both are done"))
    assert trials.main(quick) == 0
    assert trials.main([*quick, "--curves", str(tmp_path / "curves.svg")]) == 1
    assert "there is no curve to draw" in capsys.readouterr().err


def test_a_trial_that_was_begun_with_other_settings_is_refused(
    quick: list[str], tmp_path: Path, capsys
) -> None:
    assert trials.main(quick) == 0
    file = Path(quick[0])
    file.write_text(f"seed = 99\n{file.read_text(encoding='utf-8')}", encoding="utf-8")
    assert trials.main(quick) == 1
    assert "was begun with other settings" in capsys.readouterr().err


def test_bad_files_and_folders_are_told_in_a_line(quick: list[str], tmp_path: Path, capsys) -> None:
    Path(quick[0]).write_text("[trial.one]\nstepps = 1\n", encoding="utf-8")
    assert trials.main(quick) == 1
    assert trials.main([str(tmp_path / "missing.toml"), *quick[1:]]) == 1
    said = capsys.readouterr().err.strip().split("\n")
    assert len(said) == 2
    assert "unknown keys stepps" in said[0]
    assert "missing.toml" in said[1]
