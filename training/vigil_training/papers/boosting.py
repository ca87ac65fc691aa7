"""Further models that are trained on what the first ones find hard, and vote with them.

Dima et al. 2021, section 4: "wrong" raises the rows that the first model gets wrong, "differ" those
on which the first and the one before differ; the other rows are thinned by the same factor.
"""

from collections.abc import Callable, Sequence

import numpy as np

from vigil_training.rows import Row
from vigil_training.sampling import resample, vote
from vigil_training.tasks import Task

KINDS = ("wrong", "differ")
# From training rows, rows that are asked and a seed to probabilities [asked, labels] by task.
Train = Callable[[list[Row], list[Row], int], dict[str, np.ndarray]]


def boosted(
    rows: list[Row],
    asked: list[Row],
    tasks: Sequence[Task],
    members: Sequence[str],
    factor: int,
    seed: int,
    train: Train,
) -> dict[str, np.ndarray]:
    """What the members vote for, as probabilities of 0 and 1 [asked, labels] by task.

    Without members it is what one model answers. A row counts as wrong where one of its labels is.
    Raises ValueError for a member of another kind.
    """
    if unknown := [one for one in members if one not in KINDS]:
        raise ValueError(f"members: {unknown[0]!r} is none of {', '.join(KINDS)}")
    if not members:
        return train(rows, asked, seed)
    answers = []
    training = rows
    for number in range(len(members) + 1):
        found = train(training, [*rows, *asked], seed + 1000 * number)
        answers.append({task.id: found[task.id].argmax(axis=1) for task in tasks})
        if number < len(members):
            other = answers[-1] if members[number] == "differ" else None
            raised = [_is_raised(row, at, tasks, answers[0], other) for at, row in enumerate(rows)]
            chosen = resample(raised, factor, seed + number)
            training = [rows[at] for at in chosen]
    return {
        task.id: np.eye(len(task.labels))[vote([one[task.id][len(rows) :] for one in answers])]
        for task in tasks
    }


def _is_raised(row: Row, at: int, tasks: Sequence[Task], first: dict, other: dict | None) -> bool:
    """Whether the first model's answer differs from another's, or from a label where it is None."""
    for task in tasks:
        if task.id in row.labels:
            truth = task.labels.index(row.labels[task.id][0])
            if first[task.id][at] != (truth if other is None else other[task.id][at]):
                return True
    return False
