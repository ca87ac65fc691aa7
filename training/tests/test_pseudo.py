"""Pseudo-labels that never touch the scored rows, hard voting, and readings of a text."""

import numpy as np
import pytest

from vigil_training.cleaning import READINGS, clean, reading
from vigil_training.papers import folds
from vigil_training.papers.parts import Parts
from vigil_training.papers.pseudo import pseudo_labels
from vigil_training.papers.settings import Settings, Unit
from vigil_training.papers.views import View
from vigil_training.rows import Row
from vigil_training.sampling import vote
from vigil_training.tasks import Task

TASK = Task("effect", "sentence", ("no", "maybe", "yes"))
# Of ten rows two are positive; nobody is truly labelled "maybe".
ROWS = [
    Row("x", f"post {number}", {"effect": ("yes" if number % 10 > 7 else "no",)}, cluster=number)
    for number in range(240)
]
VIEW = View(TASK, ("yes",), tuple((row, row.labels["effect"][0]) for row in ROWS))


def settings(test: float = 0.0, **pseudo: object) -> Settings:
    """An experiment of two models whose votes label a part of the pool for the third."""
    values = {
        "folds": 5, "test": test, "all": {"epochs": 1},
        "experiment": {"e": {"tasks": ["effect"], "pool": 0.2}},
        "variant": {
            "one": {}, "other": {"seed": 24}, "both": {"vote": ["one", "other"]},
            "taught": {"pseudo": {"from": ["one", "other"], "share": 0.5, **pseudo}},
        },
    }  # fmt: skip
    return Settings("paper", "Paper", "folds", values)


def sure(labels: list[int], confidence: list[float]) -> np.ndarray:
    """Probabilities [rows, 3] with so much on a label, the rest shared."""
    found = np.repeat((1 - np.array(confidence))[:, None] / 2, 3, axis=1)
    found[np.arange(len(labels)), labels] = confidence
    return found


@pytest.mark.parametrize("test", [0.0, 0.25])
@pytest.mark.parametrize("pick", ["random", "surest"])
def test_pseudo_labels_never_touch_the_scored_rows(
    test: float, pick: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What reaches training, watched where a model would be made; all of the pool is "maybe"."""
    given, opened = settings(test, pick=pick), folds.Opened({"e": ROWS}, {"e": [VIEW]}, None, "")
    seen: list[Row] = []

    def watched(*given: object) -> dict[str, np.ndarray]:
        *_, rows, asked, _ = given
        seen[:] = rows
        return {"effect": np.tile([0.2, 0.6, 0.2], (len(asked), 1))}

    monkeypatch.setattr(folds, "_trained", watched)
    scored_in_all = set()
    for fold in range(5):
        # A fold's models share its scored rows, so that they can vote.
        earlier: dict[Unit, dict] = {}
        for name, seed in (("one", 42), ("other", 24 if test else 42)):
            unit = Unit("e", name, seed, fold)
            earlier[Unit("e", name, given.variant(name).get("seed", 42), fold)] = folds.run(
                unit, given, opened, earlier
            )
        plain = {row.text for row in seen}
        unit = Unit("e", "taught", 42, fold)
        folds.run(unit, given, opened, earlier)
        parts = folds.split(ROWS, given, unit)
        scored, pool = ({ROWS[n].text for n in part} for part in (parts.test, parts.pool))
        scored_in_all |= scored
        assert scored and pool and not scored & pool and not plain & pool
        texts = [row.text for row in seen]
        assert not scored & set(texts) and len(texts) == len(set(texts))
        added = [row for row in seen if row.text in pool]
        assert len(added) == round(0.5 * len(pool))
        # The models' word, which is no row's true label.
        assert {row.labels["effect"] for row in added} == {("maybe",)}
        assert all(row.labels != {"effect": ("maybe",)} for row in seen if row.text not in pool)
    assert len(scored_in_all) == (60 if test else 192)


def test_votes_are_over_the_same_scored_rows() -> None:
    given, opened = settings(0.25), folds.Opened({"e": ROWS}, {"e": [VIEW]}, None, "")
    rows = len(folds.split(ROWS, given, Unit("e", "both", 42, 0)).test)
    earlier = {
        Unit("e", "one", 42, 0): {"answers": {"effect": "2" * rows}},
        Unit("e", "other", 24, 0): {"answers": {"effect": "0" * rows}},
    }
    found = folds.run(Unit("e", "both", 42, 0), given, opened, earlier)
    assert found["answers"] == {"effect": "2" * rows}
    assert found["scores"]["effect"]["recall"] == 1.0


def test_parts_that_overlap_are_refused() -> None:
    one, two, three = np.arange(4), np.arange(4, 8), np.arange(8, 12)
    with pytest.raises(ValueError, match="the test part and the pool share 4 rows"):
        Parts(one, two, two)
    with pytest.raises(ValueError, match="the training and the test part share 1 rows"):
        Parts(one, np.array([3, 4]), three)
    with pytest.raises(ValueError, match="the training part and the pool share 4 rows"):
        Parts(one, two, one)
    with pytest.raises(ValueError, match="has to be the test part"):
        Parts(one, two, three, transductive=True)


def test_the_papers_own_pool_is_the_scored_part() -> None:
    train, test, pool = np.arange(4), np.arange(4, 8), np.array([7, 6, 5, 4])
    assert Parts(train, test, pool, transductive=True).transductive
    with pytest.raises(ValueError, match="the training and the test part share 1 rows"):
        Parts(np.arange(5), test, pool, transductive=True)


def test_random_share_follows_its_seed() -> None:
    models = [np.random.default_rng(1).dirichlet([1, 1], 200)]
    positions, labels = pseudo_labels(models, 0.1, seed=[42, 0])
    assert len(positions) == len(labels) == 20 == len(set(positions))
    assert np.array_equal(positions, pseudo_labels(models, 0.1, seed=[42, 0])[0])
    assert not np.array_equal(positions, pseudo_labels(models, 0.1, seed=[42, 1])[0])
    assert np.array_equal(pseudo_labels(models, 1.0)[0], np.arange(200))


def test_surest_takes_the_highest_mean_probability_of_the_voted_label() -> None:
    first = sure([0, 1, 2, 0], [0.9, 0.6, 0.5, 0.7])
    other = sure([0, 1, 2, 1], [0.5, 0.9, 0.5, 0.9])
    positions, labels = pseudo_labels([first, other], 0.5, "surest")
    # Means 0.7, 0.75, 0.5 and, for the first model's label of two that differ, 0.375.
    assert positions.tolist() == [0, 1] and labels.tolist() == [0, 1]
    alone, labels = pseudo_labels([first, other], 0.25, "surest")
    assert alone.tolist() == [1] and labels.tolist() == [1]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([[0, 1, 2], [1, 1, 0], [1, 0, 0]], [1, 1, 0]),
        ([[2, 0], [0, 1]], [2, 0]),
        # Two labels have two votes each: the one that the second model gave first.
        ([[2], [1], [0], [0], [1]], [1]),
        ([[1, 0]], [1, 0]),
    ],
)
def test_hard_voting(answers: list[list[int]], expected: list[int]) -> None:
    assert vote([np.array(one) for one in answers]).tolist() == expected


def test_bad_settings_are_refused() -> None:
    models = [sure([0, 1], [0.9, 0.9])]
    with pytest.raises(ValueError, match="no pick 'best': give one of random, surest"):
        pseudo_labels(models, 0.1, "best")
    for share in (0.0, 1.1, -0.1):
        with pytest.raises(ValueError, match="has to lie above 0"):
            pseudo_labels(models, share)
    with pytest.raises(ValueError, match="at least one model"):
        vote([])
    with pytest.raises(ValueError, match="the same rows"):
        vote([np.array([0]), np.array([0, 1])])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See https://a.example/x?y=1 NOW", "see now"),
        ("@Some_One thanks, @other2!", "@user thanks, @user!"),
        ("masked http and www.example.org/z", "masked and"),
        ("Mail a@b.example, it is no handle", "mail a@b.example, it is no handle"),
        ("soooo   #Tired", "soooo #tired"),
    ],
)
def test_cleaning(text: str, expected: str) -> None:
    assert clean(text) == expected


def test_three_readings_of_a_text_differ() -> None:
    text = "Ask @Nurse_Jo, http://a.example/b says #Nausea"
    found = {name: reading(name)(text) for name in READINGS}
    assert found["raw"] == text
    assert found["clean"] == "ask @user, says #nausea"
    assert found["blanked"].split() == ["Ask", ",", "says", "Nausea"]
    assert len(found["blanked"]) == len(text)
    with pytest.raises(ValueError, match="give one of blanked, raw, clean"):
        reading("dirty")
