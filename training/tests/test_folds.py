"""Cross-validation of a paper's variants: what each setting of a variant does to the rows."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from vigil_training.papers import folds
from vigil_training.papers.settings import Settings, Unit
from vigil_training.papers.views import View, open_view
from vigil_training.rows import Row
from vigil_training.tasks import Task

FOODS = "soup bread rice apples cheese noodles".split()
USE = Task("use", "sentence", ("no", "yes"))
EFFECT = Task("effect", "sentence", ("no", "yes"))
ALL = {"epochs": 2, "batch": 8, "max_tokens": 16, "learning_rate": 0.01}
ALL |= {"head_learning_rate": 0.01, "architecture": {"encoder": "bigru", "vectors": "random",
        "dimensions": 16, "units": 12, "readout": "max"}}  # fmt: skip


def _rows() -> list[Row]:
    """Eighty posts of which each task knows a half, one of whose words tells the answer."""
    rows = []
    for number in range(80):
        is_yes, food = number % 4 < 2, FOODS[number % 5]
        task, word = ("use", "boss") if number % 2 else ("effect", "dizzy")
        text = f"{word if is_yes else 'coach'} {food} on day {number}"
        rows.append(Row("own", text, {task: ("yes",) if is_yes else ("no",)}, cluster=number))
    return rows


def _settings(variants: dict, **more: object) -> Settings:
    experiment = {"tasks": ["use", "effect"], **more.pop("experiment", {})}
    values = {"protocol": "folds", "folds": 4, "seeds": [3], "all": ALL, "variant": variants}
    return Settings("x", "x", "folds", {**values, "experiment": {"e": experiment}, **more})


def _opened(tokenizer: Tokenizer) -> folds.Opened:
    rows = _rows()
    views = [
        View(task, ("yes",), tuple((r, r.labels[task.id][0]) for r in rows if task.id in r.labels))
        for task in (USE, EFFECT)
    ]
    return folds.Opened({"e": rows}, {"e": views}, tokenizer, "")


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[Row], list[str]]]:
    """What each model of a run is trained on: its rows and the names of its tasks."""
    seen: list[tuple[list[Row], list[str]]] = []

    def note(tasks, config, opened, reading, rows, asked, seed):
        seen.append((rows, [task.id for task in tasks]))
        return {task.id: np.eye(2)[np.arange(len(asked)) % 2] for task in tasks}

    monkeypatch.setattr(folds, "_trained", note)
    return seen


def test_every_row_is_scored_once_and_never_trained_on(tokenizer: Tokenizer) -> None:
    settings, rows = _settings({"v": {}}), _rows()
    parts = [folds.split(rows, settings, Unit("e", "v", 3, fold)) for fold in range(4)]
    assert sorted(np.concatenate([part.test for part in parts])) == list(range(80))
    assert all(not np.intersect1d(part.train, part.test).size for part in parts)
    share = [np.mean([list(rows[n].labels.values()) == [("yes",)] for n in p.test]) for p in parts]
    assert max(share) - min(share) < 0.1


def test_near_duplicates_lie_on_one_side() -> None:
    rows = [replace(row, cluster=row.cluster // 2) for row in _rows()]
    for fold in range(4):
        part = folds.split(rows, _settings({"v": {}}), Unit("e", "v", 3, fold))
        assert not {rows[n].cluster for n in part.train} & {rows[n].cluster for n in part.test}


def test_a_test_part_is_the_same_for_every_fold_and_seed() -> None:
    settings = _settings({"v": {}}, test=0.2, experiment={"pool": 0.25})
    units = [Unit("e", "v", seed, fold) for seed in (3, 4) for fold in (0, 1)]
    parts = [folds.split(_rows(), settings, unit) for unit in units]
    assert len({tuple(part.test) for part in parts}) == 1
    assert len({tuple(part.pool) for part in parts}) == 1
    assert len({tuple(part.train) for part in parts}) == 4
    for part in parts:
        together = np.concatenate([part.train, part.test, part.pool])
        assert len(np.unique(together)) == len(together)
    assert (len(parts[0].test), len(parts[0].pool)) == (16, 16)


def test_with_pool_test_the_scored_rows_are_the_pool() -> None:
    settings = _settings({"v": {}}, test=0.25, experiment={"pool": "test"})
    part = folds.split(_rows(), settings, Unit("e", "v", 3, 0))
    assert part.transductive and list(part.pool) == list(part.test)


def test_an_experiments_own_settings_lie_over_the_files() -> None:
    settings = _settings({"v": {}}, test=0.5, experiment={"test": 0.25, "all": {"epochs": 7}})
    assert folds.config_of(settings, "e", "v", 1).epochs == 7
    assert len(folds.split(_rows(), settings, Unit("e", "v", 3, 0)).test) == 20


def test_alone_is_a_model_for_each_task(tokenizer, trained) -> None:
    opened = _opened(tokenizer)
    settings = _settings({"alone": {"tasks": "alone"}, "together": {}})
    folds.run(Unit("e", "alone", 3, 0), settings, opened, {})
    folds.run(Unit("e", "together", 3, 0), settings, opened, {})
    assert [names for _, names in trained] == [["use"], ["effect"], ["use", "effect"]]
    assert all(set(row.labels) == {"use"} for row in trained[0][0])
    assert len(trained[2][0]) == len(trained[0][0]) + len(trained[1][0])


def test_partners_rows_are_thinned_and_the_tasks_own_are_not(tokenizer, trained) -> None:
    settings = _settings({"none": {"partner": 0.0}, "half": {"partner": 0.5}, "together": {}})
    for variant in ("none", "half", "together"):
        folds.run(Unit("e", variant, 3, 0), settings, _opened(tokenizer), {})
    count = [[sum(task in row.labels for row in rows) for task in ("use", "effect")]
             for rows, _ in trained]  # fmt: skip
    whole = count[4]
    assert [count[0], count[1]] == [[whole[0], 0], [0, whole[1]]]
    assert count[2][0] == whole[0] and count[3][1] == whole[1]
    assert 0.25 * whole[1] < count[2][1] < 0.75 * whole[1]


def test_pseudo_labels_are_of_the_pool_and_never_of_a_scored_row(tokenizer, trained) -> None:
    variants = {"one": {}, "more": {"pseudo": {"share": 0.5, "from": ["one"]}}}
    settings, opened = _settings(variants, experiment={"pool": 0.25}), _opened(tokenizer)
    one = Unit("e", "one", 3, 0)
    with pytest.raises(ValueError, match="needs fold 0 of one"):
        folds.run(Unit("e", "more", 3, 0), settings, opened, {})
    earlier = {one: folds.run(one, settings, opened, {})}
    folds.run(Unit("e", "more", 3, 0), settings, opened, earlier)
    parts = folds.split(opened.rows["e"], settings, one)
    text = [row.text for row in opened.rows["e"]]
    pool, scored = {text[n] for n in parts.pool}, {text[n] for n in parts.test}
    plain, added = ([row.text for row in rows] for rows, names in (trained[0], trained[-1]))
    assert not scored & set(plain + added)
    assert not pool & set(plain)
    new = [row for row in trained[-1][0] if row.text in pool]
    assert len(new) == len(trained[-1][0]) - len(plain) == 2 * round(0.5 * len(pool))
    # Labelled by what the earlier variant answered, whatever is true.
    answered = dict(zip((text[n] for n in parts.pool), earlier[one]["pool"]["use"], strict=True))
    assert all(row.labels["use"] == (USE.labels[int(answered[row.text])],)
               for row in new if "use" in row.labels)  # fmt: skip


def test_votes_are_of_what_the_variants_answered(tokenizer: Tokenizer) -> None:
    names = ("a", "b", "c")
    settings = _settings({name: {} for name in names} | {"all": {"vote": list(names)}})
    opened = _opened(tokenizer)
    size = len(folds.split(opened.rows["e"], settings, Unit("e", "a", 3, 0)).test)
    digits = {"a": "1" * size, "b": "0" * size, "c": "1" * (size - 1) + "0"}
    earlier = {
        Unit("e", name, 3, 0): {"answers": {"use": digits[name], "effect": digits[name]}}
        for name in names
    }
    found = folds.run(Unit("e", "all", 3, 0), settings, opened, earlier)
    assert found["answers"]["use"] == "1" * (size - 1) + "0"


def test_members_are_trained_on_what_is_hard_and_vote(tokenizer, trained) -> None:
    variants = {"three": {"tasks": "alone", "members": ["wrong", "differ"], "factor": 3}}
    settings, opened = _settings(variants), _opened(tokenizer)
    found = folds.run(Unit("e", "three", 3, 0), settings, opened, {})
    first, second, third = (Counter(row.text for row in rows) for rows, _ in trained[:3])
    assert set(first.values()) == {1}
    # The stub answers no, yes, no, yes: the rows that it has wrong are there three times.
    rows = trained[0][0]
    wrong = {r.text for at, r in enumerate(rows) if r.labels["use"] != (USE.labels[at % 2],)}
    assert {text for text, number in second.items() if number == 3} == wrong
    rest = len(first) - len(wrong)
    assert sum(number == 1 for number in second.values()) == round(rest / 3)
    # The first and the second never differ: a third of all is left.
    assert sum(third.values()) == round(len(first) / 3)
    assert found["answers"]["use"] == "".join(
        str(at % 2) for at in range(len(rows), len(rows) + 20)
    )


def test_a_member_of_another_kind_is_refused(tokenizer, trained) -> None:
    settings = _settings({"v": {"members": ["hard"]}})
    with pytest.raises(ValueError, match="members: 'hard' is none of wrong, differ"):
        folds.run(Unit("e", "v", 3, 0), settings, _opened(tokenizer), {})


def test_a_run_learns_the_word_that_tells(tokenizer: Tokenizer) -> None:
    settings = _settings({"long": {"epochs": 15}, "none": {"epochs": 1, "learning_rate": 0.0,
                          "head_learning_rate": 0.0}})  # fmt: skip
    opened = _opened(tokenizer)
    found = {v: folds.run(Unit("e", v, 3, 0), settings, opened, {}) for v in ("long", "none")}
    assert found["long"]["scores"]["use"]["f1"] > 0.9 > found["none"]["scores"]["use"]["f1"]
    again = folds.run(Unit("e", "long", 3, 0), settings, opened, {})
    assert again == found["long"]


def test_units_come_fold_by_fold_with_seeds_of_their_own() -> None:
    settings = _settings({"a": {}, "b": {"seed": 9}}, experiment={"folds": 2})
    assert [(u.variant, u.seed, u.fold) for u in folds.units(settings)] == [
        ("a", 3, 0), ("b", 9, 0), ("a", 3, 1), ("b", 9, 1),
    ]  # fmt: skip


def test_scores_are_of_the_positive_labels_together() -> None:
    task = Task("defect", "sentence", ("none", "possible", "defect"))
    view = View(task, ("possible", "defect"), ())
    truth, found = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 1, 1, 0, 2, 1])
    scores = folds.scores_of(view, truth, found)
    # Three answers of a positive label are right of... four found: 1, 1, 2, 1; two are right.
    assert scores["precision"] == pytest.approx(2 / 4)
    assert scores["recall"] == pytest.approx(2 / 4)
    assert (scores["rows"], scores["positives"]) == (6, 4)
    assert scores["accuracy"] == pytest.approx(3 / 6)


def _view(rows: list[Row], **given: object) -> View:
    return open_view("t", {"sets": ["own-*"], "labels": ["no", "yes"], **given}, rows)


def test_a_view_takes_sure_labels_of_its_sets_once_per_cluster() -> None:
    rows = [
        Row("own-a", "one", {"use": ("yes",)}, cluster=1),
        Row("own-a", "one again", {"use": ("no",)}, cluster=1),
        Row("own-b", "two", {"use": ("no", "yes")}, cluster=2),
        Row("own-b", "three", {"use": ("no",)}, cluster=3),
        Row("other", "four", {"use": ("yes",)}, cluster=4),
    ]
    view = _view(rows, of="use", sets=["own-a", "own-*"])
    assert sorted((row.text, label) for row, label in view.rows) == [
        ("one", "yes"),
        ("three", "no"),
    ]


def test_of_two_rows_of_a_cluster_the_set_that_is_named_first_gives_one() -> None:
    rows = [Row("own-a", "one", {"use": ("yes",)}, cluster=1),
            Row("own-b", "one", {"use": ("no",)}, cluster=1),
            Row("own-b", "two", {"use": ("yes",)}, cluster=2),
            Row("own-b", "three", {"use": ("no",)}, cluster=3)]  # fmt: skip
    view = _view(rows, of="use", sets=["own-b", "own-*"])
    assert [label for row, label in view.rows if row.cluster == 1] == ["no"]


def test_a_row_that_allows_several_labels_of_one_target_has_it() -> None:
    rows = [Row("own-a", "one", {"use": ("no", "maybe")}, cluster=1),
            Row("own-a", "two", {"use": ("no", "yes")}, cluster=2),
            Row("own-a", "three", {"use": ("yes",)}, cluster=3)]  # fmt: skip
    view = _view(rows, map={"use.no": "no", "use.maybe": "no", "use.yes": "yes"})
    assert sorted((r.text, label) for r, label in view.rows) == [("one", "no"), ("three", "yes")]


def test_a_view_maps_labels_of_several_tasks_and_leaves_out_what_differs() -> None:
    rows = [
        Row("own-a", "one", {"use": ("yes",), "effect": ("no",)}, cluster=1),
        Row("own-a", "two", {"use": ("no",), "effect": ("yes",)}, cluster=2),
        Row("own-a", "three", {"use": ("yes",), "effect": ("yes",)}, cluster=3),
    ]
    view = _view(rows, map={"use.yes": "yes", "effect.yes": "no"})
    assert sorted((row.text, label) for row, label in view.rows) == [("one", "yes"), ("two", "no")]


def test_a_key_of_a_map_may_ask_for_a_set_and_for_several_labels() -> None:
    rows = [
        Row("own-a", "one", {"use": ("yes",), "effect": ("no",)}, cluster=1),
        Row("own-a", "two", {"use": ("yes",), "effect": ("yes",)}, cluster=2),
        Row("own-b", "three", {"use": ("yes",)}, cluster=3),
    ]
    view = _view(rows, map={"use.yes+effect.no": "yes", "own-b:use.yes": "no"})
    found = sorted((row.text, label) for row, label in view.rows)
    assert found == [("one", "yes"), ("three", "no")]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"of": "use", "sets": ["news"]}, "no set news; there are own-a"),
        ({"of": "use", "labels": ["no", "maybe"]}, "no row has the label maybe"),
        ({}, "either of or map"),
        ({"of": "use", "map": {"use.yes": "yes"}}, "either of or map"),
        ({"of": "use", "sorts": 1}, "unknown keys sorts"),
        ({"of": "use", "positive": ["maybe"]}, "positive"),
    ],
)
def test_a_view_that_makes_no_sense_is_refused(given: dict, message: str) -> None:
    rows = [Row("own-a", "one", {"use": ("yes",)}, cluster=1),
            Row("own-a", "two", {"use": ("no",)}, cluster=2)]  # fmt: skip
    with pytest.raises(ValueError, match=message):
        _view(rows, **given)


def test_a_missing_task_is_named(tmp_path: Path) -> None:
    settings = _settings({"v": {}}, task={})
    with pytest.raises(ValueError, match=r"no table \[task.use\]"):
        folds.open_data(settings, None, Path(__file__).parents[1] / "corpus")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"epochs": 0}, "give epochs"),
        ({"draw": "mixture"}, "draw is not mixture"),
        ({"optimizer": "sgd"}, "optimizer is 'sgd'; allowed are"),
        ({"speed": 1}, "unknown keys speed"),
        ({"architecture": {"readout": "best"}}, "readout is 'best'; allowed are"),
        ({"architecture": {"shape": 1}}, "unknown keys shape"),
        ({"architecture": {"private": 1}}, "neither true nor false"),
    ],
)
def test_settings_of_a_variant_are_checked(given: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        folds.config_of(_settings({"v": given}), "e", "v", 1)
