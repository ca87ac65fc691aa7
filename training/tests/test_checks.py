"""Weights of a config against the rows that there are."""

from dataclasses import asdict
from pathlib import Path

import pytest

from vigil_training import checks, config
from vigil_training.config import Config, load_config

SHIPPED = sorted(path.stem for path in (Path(config.__file__).parent / "configs").glob("*.toml"))


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_configs_weigh_rows_that_a_loader_may_give(name: str) -> None:
    weights = load_config(name).weights
    assert weights
    assert [group for group in weights if not checks.is_known(group)] == []


def test_a_student_differs_from_its_teacher_in_little() -> None:
    teacher, student = asdict(load_config("production")), asdict(load_config("student"))
    differs = {name for name, value in student.items() if value != teacher[name]}
    assert differs == {"steps", "frozen_layers", "layers", "start_from", "teachers", "teach"}
    assert student["teachers"] == [student["start_from"]]


@pytest.mark.parametrize(
    ("name", "sets", "without"),
    [
        ("smm4h-2017-task1", {"psytar"}, ()),
        ("smm4h-2017-task1", {"psytar", "smm4h-2020-task3"}, ()),
        ("cadec-spans", {"psytar"}, ()),
        ("real-rhmd-spans", {"psytar"}, ()),
        ("labelled", {"psytar"}, ()),
        ("background-named", {"psytar"}, ("background",)),
        ("real-caves-spans", {"psytar"}, ("caves",)),
        ("diego-extraction-spans", {"psytar", "diego"}, ()),
    ],
)
def test_a_weight_may_be_of_what_a_user_does_not_hold(name: str, sets: set, without: tuple) -> None:
    checks.check_weights(
        Config(weights={"psytar": 1, name: 1}), {"psytar"}, sets, frozenset(without)
    )


@pytest.mark.parametrize(
    ("name", "sets"),
    [
        ("caves-spans", {"psytar", "caves"}),
        ("own-plane-spans", {"psytar"}),
        ("real-books-spans", {"psytar"}),
        # Held, but there is no such task, and no such group.
        ("smm4h-ade", {"psytar", "smm4h-2020-task3"}),
        ("cadec", {"psytar", "cadec"}),
    ],
)
def test_a_weight_of_nothing_is_refused(name: str, sets: set) -> None:
    with pytest.raises(ValueError, match=f"a weight is of {name}, but there are no such rows"):
        checks.check_weights(Config(weights={"psytar": 1, name: 1}), {"psytar"}, sets, frozenset())


def test_some_weight_has_to_count() -> None:
    with pytest.raises(ValueError, match="no group of rows has a weight above 0"):
        checks.check_weights(Config(weights={"psytar": 0}), {"psytar"}, {"psytar"}, frozenset())
