"""A paper's task as rows of our sets: which sets, which labels, how many.

`[task.NAME]` has `sets` (names, or their beginnings with a *), `labels`, and either `of`, a task of
`schemas/tasks.json` whose labels they are, or `map`, from "task.label" to one of the labels. A key
of `map` may ask for several labels, "task.label+task.label", and for a set, "set:task.label"; a row
that fits none, or several that differ, is left out. `most` bounds the rows, of all or by label.
`positive` lists the labels that precision, recall and F1 are of; without it they are means over all
labels.
"""

import fnmatch
import random
from dataclasses import dataclass
from pathlib import Path

from vigil_training.config import check_keys
from vigil_training.data import own
from vigil_training.data.lexicon import Lexicon
from vigil_training.prepare import prepare
from vigil_training.rows import Pair, Row
from vigil_training.splits import assign
from vigil_training.tasks import Task, load_tasks

_KEYS = {"of", "sets", "labels", "map", "most", "positive"}
TASKS = Path("schemas/tasks.json")


@dataclass(frozen=True)
class View:
    """A task of a paper: its labels, which of them are positive, and its rows' label each."""

    task: Task
    positive: tuple[str, ...]
    rows: tuple[tuple[Row, str], ...]


def open_rows(data: Path | None, corpus: Path) -> tuple[list[Row], list[Pair]]:
    """Rows with clusters and splits, and pairs; without `data` those of the project's own posts."""
    if data is None:
        rows = assign(list(own.load(corpus, Lexicon(frozenset(), ()))))
        return rows, list(own.load_pairs(corpus))
    prepared = prepare(data, corpus, load_tasks(TASKS), frozenset())
    return prepared.rows, prepared.pairs


def open_view(name: str, given: dict, rows: list[Row]) -> View:
    """A paper's task over rows; one row of each cluster, the first with a label, set by set.

    Raises ValueError where the table makes no sense, a set has no rows, or a label none.
    """
    where = f"task {name}"
    check_keys(given, sorted(_KEYS), where)
    labels, sets = tuple(given.get("labels", ())), given.get("sets", ())
    if len(labels) < 2 or not sets or bool(given.get("of")) == bool(given.get("map")):
        raise ValueError(f"{where} needs sets, two labels or more, and either of or map")
    names = sorted({row.set for row in rows})
    for one in sets:
        if not fnmatch.filter(names, one):
            raise ValueError(f"{where}: no set {one}; there are {', '.join(names)}")
    rng, chosen, seen = random.Random(f"view-{name}"), {label: [] for label in labels}, set()
    place: dict[str, int] = {}
    for at, one in enumerate(sets):
        place = {**dict.fromkeys(fnmatch.filter(names, one), at), **place}
    for row in sorted((row for row in rows if row.set in place), key=lambda row: place[row.set]):
        label = _label(row, given, labels)
        if label and row.cluster not in seen:
            seen.add(row.cluster)
            chosen[label].append(row)
    most = given.get("most") or {}
    kept = []
    for label, found in chosen.items():
        if not found:
            raise ValueError(f"{where}: no row has the label {label}")
        share = most / sum(map(len, chosen.values())) * len(found) if _is_number(most) else (
            most.get(label, len(found))
        )  # fmt: skip
        kept += [(row, label) for row in rng.sample(found, min(len(found), max(2, round(share))))]
    rng.shuffle(kept)
    positive = tuple(given.get("positive", ()))
    if not set(positive) <= set(labels):
        raise ValueError(f"{where}: positive {positive} is none of {', '.join(labels)}")
    only = positive[0] if len(positive) == 1 else None
    return View(Task(name, "sentence", labels, only), positive, tuple(kept))


def _label(row: Row, given: dict, labels: tuple[str, ...]) -> str | None:
    """The one label that a row has for sure."""
    if given.get("of"):
        found = row.labels.get(given["of"], ())
        return found[0] if len(found) == 1 and found[0] in labels else None
    fits = {label for key, label in given["map"].items() if _fits(row, key)}
    return fits.pop() if len(fits) == 1 and fits <= set(labels) else None


def _fits(row: Row, key: str) -> bool:
    """Whether a row is of the key's set and allows each of its labels."""
    name, _, wanted = key.rpartition(":")
    parts = [one.partition(".") for one in wanted.split("+")]
    return (not name or fnmatch.fnmatch(row.set, name)) and all(
        label in row.labels.get(task, ()) for task, _, label in parts
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)
