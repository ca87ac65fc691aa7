"""Two papers that nobody wrote, with results: a ladder in folds, and curves over queries."""

import pytest

from vigil_training.papers.measured import Paper
from vigil_training.papers.settings import Unit

ALONE, TOGETHER = (0.50, 0.52, 0.51, 0.49, 0.53), (0.60, 0.61, 0.63, 0.58, 0.62)


def units(experiment: str, variant: str, seeds: list[int], folds: int) -> list[Unit]:
    return [Unit(experiment, variant, seed, fold) for seed in seeds for fold in range(folds)]


def result(**scores: float) -> dict:
    return {
        "scores": {
            task: {"f1": value, "accuracy": value + 0.1, "rows": 20, "positives": 6}
            for task, value in scores.items()
        },
        "seconds": 90.0,
    }


@pytest.fixture
def ladder() -> Paper:
    """Two variants on two tasks in 5 folds; of a third variant one fold is done."""
    values = {
        "title": "A ladder",
        "paper": "Somebody 2001, How to climb",
        "protocol": "folds",
        "folds": 5,
        "built": ["`steps.py`: rungs."],
        "data": ["Reports of ladders stand in for theirs."],
        "not_compared": ["Their attic, which nobody has."],
        "all": {"batch": 8, "architecture": {"units": 4}},
        "experiment": {"climb": {"tasks": ["up", "down"], "variants": ["alone", "both", "late"]}},
        "task": {"up": {"of": "adverse_effect", "sets": ["own-plain"], "labels": ["no", "yes"]}},
        "variant": {"alone": {}, "both": {"architecture": {"private": True}}, "late": {}},
        "reported": [
            {"variant": "alone", "task": "up", "f1": 0.7744},
            {"variant": "both", "task": "up", "f1": 0.8, "on": "development"},
            {"variant": "both", "task": "up", "f1": 0.7, "on": "test"},
            {"variant": "rope", "task": "down", "f1": 0.4},
        ],
        "claim": [
            {"text": "Both help.", "better": "both", "than": "alone", "tasks": ["up", "down"]},
            {"text": "Late helps.", "better": "late", "than": "alone", "tasks": ["up"]},
            {"text": "High.", "better": "both", "than": 0.55, "tasks": ["up"]},
        ],
    }
    asked = [u for v in ("alone", "both", "late") for u in units("climb", v, [17], 5)]
    done = {}
    for fold in range(5):
        down = ALONE[fold] + (0.01 if fold % 2 else -0.01)
        done[Unit("climb", "alone", 17, fold)] = result(up=ALONE[fold], down=ALONE[fold])
        done[Unit("climb", "both", 17, fold)] = result(up=TOGETHER[fold], down=down)
    done[Unit("climb", "late", 17, 3)] = result(up=0.4, down=0.4)
    return Paper("somebody2001", values, asked, done)


@pytest.fixture
def curves() -> Paper:
    """Two seeds with learning curves, a variant with one score, and one that was not run."""
    values = {
        "title": "Queries",
        "paper": "Somebody 2002, What to ask",
        "protocol": "queries",
        "experiment": {"pool": {"tasks": ["ner", "nen"]}},
        "variant": {"random": {}, "full": {}, "never": {}},
        "claim": [{"text": "Asking helps.", "better": "random", "than": "never"}],
        "reported": [{"variant": "random", "words": 3181, "experiment": "pool"}],
    }
    done = {}
    for seed in (1, 2):
        one = result(ner=0.3 + seed / 10, nen=0.5)
        one["curve"] = [[0, 10, 0.1 * seed, 0.2], [1, 20, 0.3 + seed / 10, 0.5]]
        one["counts"] = {"words": 1000 + 10 * seed, "share": 0.25}
        done[Unit("pool", "random", seed, 0)] = one
    done[Unit("pool", "full", 1, 0)] = result(ner=0.9, nen=0.95)
    asked = [u for v in values["variant"] for u in units("pool", v, [1, 2], 1)]
    return Paper("somebody2002", values, asked, done)
