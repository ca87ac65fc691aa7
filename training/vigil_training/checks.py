"""What makes a run useless is refused before the hours are spent, in one line each."""

from collections.abc import Iterable
from dataclasses import asdict

from vigil_training.architectures.readouts import READOUTS
from vigil_training.batches import group
from vigil_training.config import Config
from vigil_training.data import OPTIONAL, SETS, smm4h
from vigil_training.data.labelled import NAME as LABELLED
from vigil_training.rows import Row
from vigil_training.tasks import Task

# A user's own labels are few: each is drawn this often per pass, all together at most so often.
PASSES = 3.0
MOST_SHARE = 0.2
OWN = ("own-plain", "own-vivid", "own-tasks", "own-rare")
CHOICES = {
    "draw": ("mixture", "epochs", "by-task"),
    "optimizer": ("adamw", "adam", "adadelta", "radam"),
    "schedule": ("linear", "constant"),
    "class_weights": ("", "balanced"),
    "architecture.encoder": ("transformer", "bigru", "bilstm", "cnn", "bilstm-cnn"),
    "architecture.readout": tuple(READOUTS),
}
_IN_PARTS = ("diego", "yadav", "joshi")


def with_labels(config: Config, rows: Iterable[Row]) -> dict[str, float]:
    """The config's weights, and weights for a user's own labels where it has none of them."""
    weights = dict(config.weights)
    found: dict[str, float] = {}
    for row in rows:
        if row.set == LABELLED and row.split == "train" and group(row) not in weights:
            found[group(row)] = found.get(group(row), 0.0) + PASSES
    most = MOST_SHARE / (1 - MOST_SHARE) * sum(weights.values())
    share = min(1.0, most / max(sum(found.values()), 1.0))
    return {**weights, **{name: round(value * share, 3) for name, value in found.items()}}


def check_numbers(config: Config) -> None:
    """Raises ValueError at a setting that is no number, or is of no use as one."""
    values = _flat(config)
    for name, usual in _flat(Config()).items():
        value = values[name]
        if isinstance(usual, bool):
            if not isinstance(value, bool):
                raise ValueError(f"config: {name} is neither true nor false")
        elif isinstance(usual, int | float) and not _is_number(value, -1, 1e12):
            raise ValueError(f"config: {name} is not a number")
        if isinstance(usual, dict) and not isinstance(value, dict):
            raise ValueError(f"config: {name} is not a table")
        if isinstance(usual, str) and not isinstance(value, str):
            raise ValueError(f"config: {name} is not text in quotes")
    for name, allowed in CHOICES.items():
        if values[name] not in allowed:
            shown = ", ".join(repr(one) for one in allowed)
            raise ValueError(f"config: {name} is {values[name]!r}; allowed are {shown}")
    for name, kind, what in (("layers", int, "whole numbers"), ("teachers", str, "folders")):
        found = values[name]
        if not isinstance(found, list) or not all(type(one) is kind for one in found):
            raise ValueError(f"config: {name} is {found!r}; it has to be a list of {what}")
    for name in ("teach", "new_texts", "architecture.adversarial", "architecture.divergence"):
        if values[name] < 0:
            raise ValueError(f"config: {name} is {values[name]}; it has to be 0 or more")
    for name in ("steps", "batch", "max_tokens", "term_every", "term_batch"):
        if not isinstance(getattr(config, name), int) or getattr(config, name) < 1:
            raise ValueError(f"config: {name} is not a whole number from 1 up")
    for what, values, most in (
        ("weight", config.weights, 1e9),
        ("task weight", config.task_weights, 1e9),
        ("mask", config.mask, 1.0),
    ):
        for name, value in values.items():
            if not _is_number(value, 0, most):
                raise ValueError(f"config: the {what} of {name} is not a number from 0 to {most:g}")


def _flat(config: Config) -> dict[str, object]:
    """Settings by name, those of the architecture with its name and a dot before theirs."""
    values = asdict(config)
    parts = values.pop("architecture")
    return {**values, **{f"architecture.{name}": value for name, value in parts.items()}}


def _is_number(value: object, least: float, most: float) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and least <= value <= most


def check_weights(
    config: Config, drawn: Iterable[str], sets: Iterable[str], without: frozenset[str]
) -> None:
    """Raises ValueError at a weight of rows that there are not, and where none is above 0.

    `drawn` are the groups that there are, `sets` the sets. One that is left out, or that only some
    users hold, may have a weight all the same.
    """
    drawn, sets = set(drawn), set(sets)
    for name in config.weights:
        if name not in drawn and not _may_be_missing(name, sets, without):
            raise ValueError(
                f"config: a weight is of {name}, but there are no such rows to train on; there "
                f"are {', '.join(sorted(drawn)) or 'none'}"
            )
    if not any(config.weights[name] > 0 for name in drawn & set(config.weights)):
        raise ValueError("config: no group of rows has a weight above 0")
    for name in set(config.mask) - set(config.weights):
        raise ValueError(f"config: a mask is of {name}, which has no weight")


def is_known(name: str) -> bool:
    """Whether some loader may give rows of this group."""
    base = name.removesuffix("-spans")
    if base.startswith("real-"):
        return base.removeprefix("real-") in {*SETS, "medical-qa"}
    if base.startswith("smm4h-"):
        return base.removeprefix("smm4h-") in smm4h.TASKS
    return base in {*SETS, *OPTIONAL, LABELLED, "background-named", *OWN} or _family(base) != ""


def _family(base: str) -> str:
    """The set of several parts that a group belongs to, if it does."""
    return next((one for one in _IN_PARTS if base.startswith(f"{one}-")), "")


def _may_be_missing(name: str, sets: set[str], without: frozenset[str]) -> bool:
    base = name.removesuffix("-spans")
    if {base.removeprefix("real-"), base.removesuffix("-named")} & without or base == LABELLED:
        return True
    if base.startswith("real-"):
        return is_known(name)
    family = "smm4h" if base.startswith("smm4h-") else _family(base) or base
    if family not in OPTIONAL:
        return False
    is_held = any(one == family or one.startswith(f"{family}-") for one in sets)
    # Of a set in parts a user may hold some; of another every group is there or none is.
    return not is_held or (is_known(name) and base != family)


def check_tasks(rows: Iterable[Row], tasks: list[Task]) -> None:
    """Raises ValueError where a task has no training rows, or one label would fit all of them."""
    fits: dict[str, set[str]] = {}
    for row in rows:
        for task, allowed in row.labels.items():
            fits[task] = fits.get(task, set(allowed)) & set(allowed)
    for task in tasks:
        if task.kind != "sentence":
            continue
        if task.id not in fits:
            raise ValueError(
                f"task {task.id} has no training rows: add a set that labels it, give its group a "
                "weight, or take the task out of a copy of tasks.json and give that as --tasks"
            )
        if fits[task.id]:
            label = ", ".join(sorted(fits[task.id]))
            raise ValueError(
                f"task {task.id} has one class only: every training row may be {label}; add rows "
                "of another class"
            )
