"""Whether two systems differ: tests by hand, files of answers, what cannot be compared."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scored_world import EFFECT, STANCE, world

from vigil_training import compare
from vigil_training.predict import Answers


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # Nine rows differ, eight of them one way: 2 * (9 + 1) / 2^9.
        ([1] * 8 + [0] * 1 + [1] * 20, [0] * 8 + [1] * 1 + [1] * 20, (8, 1, 20 / 512)),
        ([1, 0], [0, 1], (1, 1, 1.0)),
        ([1, 0], [1, 0], (0, 0, 1.0)),
        ([0] * 6, [1] * 6, (0, 6, 2 / 64)),
    ],
)
def test_mcnemar_by_hand(first: list, second: list, expected: tuple) -> None:
    found = compare.mcnemar(np.array(first) > 0, np.array(second) > 0)
    assert found == pytest.approx(expected)


def test_paired_bootstrap() -> None:
    clusters = list(range(200))
    right = np.arange(200) % 2
    better = np.where(np.arange(200) < 60, 1, right)

    def score(values: np.ndarray):
        return lambda weights: float((values * weights).sum() / weights.sum())

    same = compare.paired_bootstrap(clusters, score(right), score(right))
    assert same == (0, 0, 0, 1.0)
    difference, low, high, p = compare.paired_bootstrap(clusters, score(right), score(better))
    assert difference == pytest.approx(0.15) and 0.08 < low < 0.15 < high < 0.22
    assert p == pytest.approx(2 / 1001)
    turned = compare.paired_bootstrap(clusters, score(better), score(right))
    assert turned == pytest.approx((-difference, -high, -low, p))
    # In one cluster with all the gain there is no telling.
    lumped = [max(0, number - 99) for number in range(200)]
    *_, p = compare.paired_bootstrap(lumped, score(right), score(better))
    assert p > 0.5


def test_answers_are_written_and_compared(tmp_path: Path, capsys) -> None:
    rows, answers = world()
    perfect = {**answers.logits, "adverse_effect": np.eye(2)[[0, 1] * 4] * 4}
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    compare.write(first, rows, answers, [EFFECT, STANCE], {}, "test")
    compare.write(second, rows, Answers(perfect, answers.spans), [EFFECT, STANCE], {}, "test")
    assert "post" not in first.read_text() and "dizzy" not in first.read_text()
    assert compare.main([str(first), str(second), "--out", str(tmp_path / "v1.2")]) == 0
    lines = json.loads((tmp_path / "v1.2.json").read_text())
    by = {(line["task"], line["metric"]): line for line in lines}
    assert set(by) == {
        ("adverse_effect", "f1"), ("adverse_effect", "ap"), ("vaccine_stance", "macro_f1"),
        ("effect spans", "f1_overlapping"), ("effect spans", "f1_strict"),
    }  # fmt: skip
    line = by["adverse_effect", "f1"]
    assert (line["first"], line["second"]) == (pytest.approx(6 / 7, abs=1e-4), 1)
    assert (line["only_first_right"], line["only_second_right"]) == (0, 1)
    assert line["balance"] == {"yes": 4, "other": 4} and line["clusters"] == 8
    assert by["vaccine_stance", "macro_f1"]["difference"] == 0
    assert (tmp_path / "v1.2.md").read_text() == capsys.readouterr().out[:-1]
    assert (tmp_path / "v1.2.png").stat().st_size > 1000


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text[:40], "holds no answers"),
        (lambda text: "[]", "holds no answers"),
        (lambda text: text.replace('"answer": "yes"', '"answer": "maybe"', 1), "holds no answers"),
        (lambda text: text.replace('"set": "x"', '"set": "y"'), "no row with the same labels"),
        (lambda text: text.replace('"split": "test"', '"split": "dev"'), "A was scored on"),
    ],
)
def test_what_cannot_be_compared_is_refused(tmp_path: Path, capsys, change, said: str) -> None:
    rows, answers = world()
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    compare.write(first, rows, answers, [EFFECT], {}, "test")
    second.write_text(change(first.read_text()))
    assert compare.main([str(first), str(second)]) == 1
    assert said in capsys.readouterr().err


def test_only_what_both_were_asked_is_compared(tmp_path: Path, capsys) -> None:
    rows, answers = world()
    rows = [replace(row, set="x" if row.cluster < 4 else "y") for row in rows]
    # The second has one row and one task less, and misses the effects of two posts.
    spans = [[] if row.cluster in (1, 3) else answers.spans[row.cluster] for row in rows]
    fewer = Answers({name: one[1:] for name, one in answers.logits.items()}, spans[1:])
    first, second, out = (tmp_path / name for name in ("a.json", "b.json", "out"))
    compare.write(first, rows, answers, [EFFECT, STANCE], {}, "test")
    compare.write(second, rows[1:], fewer, [EFFECT], {}, "test")
    given = [str(first), str(second), "--together", "", "--out", str(out)]
    assert compare.main(given) == 0
    assert "left out: 2 answers" in capsys.readouterr().out
    lines = json.loads((tmp_path / "out.json").read_text())
    assert {line["task"] for line in lines} == {"adverse_effect", "effect spans"}
    by = {line["set"]: line for line in lines if line["metric"] == "f1_strict"}
    assert {name: line["rows"] for name, line in by.items()} == {"x": 3, "y": 4, "*": 7}
    # Of four effects the first finds three and one that is none; the second one and that.
    assert by["*"]["first"] == 0.75 and by["*"]["second"] == pytest.approx(1 / 3, abs=1e-4)
    assert by["x"]["second"] == 0 and by["y"]["difference"] == 0
    assert "p_mcnemar" not in by["x"]
