"""The parts that an experiment's rows fall into: trained on, scored, and without labels."""

from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from vigil_training.papers.settings import Settings, Unit
from vigil_training.rows import Row


@dataclass(frozen=True)
class Parts:
    """Row numbers, int [n] each: trained on, scored, and without labels; the pool may be empty.

    Raises ValueError where a row lies in two parts; only with `transductive` does the pool hold
    the scored rows, and then it holds just those.
    """

    train: np.ndarray
    test: np.ndarray
    pool: np.ndarray
    transductive: bool = False

    def __post_init__(self) -> None:
        shared = {
            "the training and the test part": np.intersect1d(self.train, self.test),
            "the training part and the pool": np.intersect1d(self.train, self.pool),
        }
        if not self.transductive:
            shared["the test part and the pool"] = np.intersect1d(self.test, self.pool)
        elif not np.array_equal(np.sort(self.test), np.sort(self.pool)):
            raise ValueError(
                "where pseudo-labels are transductive the pool has to be the test part"
            )
        for where, rows in shared.items():
            if len(rows):
                raise ValueError(f"{where} share {len(rows)} rows")


def split(rows: list[Row], settings: Settings, unit: Unit) -> Parts:
    """The unit's parts; the test and the pool are the same for every seed and fold."""
    labels = np.array([" ".join(f"{t}={v[0]}" for t, v in sorted(r.labels.items())) for r in rows])
    clusters = np.array([row.cluster for row in rows])
    rest = np.arange(len(rows))
    apart = []
    table = settings.experiment(unit.experiment)
    test, pool = table.get("test", settings.values.get("test", 0)), table.get("pool", 0)
    for share in (test, 0 if pool == "test" else pool):
        part = np.array([], int)
        if share:
            part = rest[_cut(labels[rest], clusters[rest], round(1 / share), 1)[0]]
            rest = np.setdiff1d(rest, part)
        apart.append(part)
    held = _cut(labels[rest], clusters[rest], settings.values.get("folds", 5), unit.seed)[unit.fold]
    training, scored = np.delete(rest, held), apart[0] if len(apart[0]) else rest[held]
    if pool == "test":
        return Parts(training, scored, scored, transductive=True)
    return Parts(training, scored, apart[1])


def _cut(labels: np.ndarray, clusters: np.ndarray, number: int, seed: int) -> list[np.ndarray]:
    """Row numbers of each part; labels too rare for every part are cut along with the commonest."""
    kinds, counts = np.unique(labels, return_counts=True)
    common = kinds[counts.argmax()]
    labels = np.where(np.isin(labels, kinds[counts < number]), common, labels)
    cutter = StratifiedGroupKFold(n_splits=number, shuffle=True, random_state=seed)
    return [part for _, part in cutter.split(labels, labels, clusters)]
