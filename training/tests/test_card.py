"""The tables of a bundle's card."""

import json
from pathlib import Path

import pytest

from vigil_training import card


def metric(task: str, name: str, metric: str, value: float) -> dict:
    return {
        "task": task, "set": name, "split": "test", "rows": 1200, "positives": 40,
        "metric": metric, "value": value, "low": value - 0.1, "high": value + 0.1,
    }  # fmt: skip


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    metrics = [
        metric("adverse_effect", "real-rhmd", "f1", 0.5),
        metric("adverse_effect", "real-rhmd", "ap", 0.6),
        metric("condition", "real-rhmd", "macro_f1", 0.4),
        metric("condition", "real-rhmd", "f1_exist", 0.7),
        metric("spans", "real-rhmd", "effect_overlapping_f1", 0.55),
        metric("marks", "real-rhmd", "uncertain_precision", 0.3),
        metric("marks", "real-rhmd", "uncertain_recall", 0.2),
        metric("marks", "real-rhmd", "uncertain_f1", 0.24),
        metric("term", "own, all", "hit_at_1", 0.45),
        metric("gate", "background", "passed", 0.05),
        metric("adverse_effect", "background", "false_positive_rate", 0.1),
    ]
    (tmp_path / "manifest.json").write_text(json.dumps({"metrics": metrics}))
    (tmp_path / "CARD.md").write_text(f"# A\n\n{card.BEGIN}\nold\n{card.END}\n\nwritten by hand\n")
    return tmp_path


def test_scores_stand_between_the_marks(bundle: Path) -> None:
    assert card.main([str(bundle)]) == 0
    text = (bundle / "CARD.md").read_text()
    assert text.startswith("# A\n") and text.endswith("written by hand\n") and "old" not in text
    for line in (
        "| adverse_effect | real-rhmd | 1,200 | 40 | 0.50 (0.40 to 0.60) | 0.60 (0.50 to 0.70) |",
        "| condition | real-rhmd | 1,200 | 40 |  |  | 0.40 (0.30 to 0.50); exist 0.70",
        "| real-rhmd | 0.55 (0.45 to 0.65) |  |  |  |  |  |",
        "| background | 1,200 |  |  | 0.050 (-0.050 to 0.150) |",
    ):
        assert line in text
    card.fill(bundle)
    assert (bundle / "CARD.md").read_text() == text


def test_a_card_without_marks_is_left_alone(bundle: Path, capsys: pytest.CaptureFixture) -> None:
    (bundle / "CARD.md").write_text("# A\n")
    assert card.main([str(bundle)]) == 1
    assert "no lines" in capsys.readouterr().err
    assert (bundle / "CARD.md").read_text() == "# A\n"
