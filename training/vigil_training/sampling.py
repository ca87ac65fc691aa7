"""What is drawn how often: batches of several tasks, weights of classes, rows of boosted members.

Dima et al. 2021, "Transformer-based Multi-Task Learning for Adverse Effect Mention Analysis in
Tweets" (SMM4H 2021).
"""

import random
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

# Batches that are packed together by length.
_CHUNK = 16


def probabilities(sizes: Sequence[int], batches: Sequence[int]) -> list[float]:
    """How probable each task is at a step: its number of mini-batches over that of all.

    `sizes` counts each task's rows, `batches` those of its mini-batch (equation 1). Raises
    ValueError where one is not above 0.
    """
    if not sizes or min(*sizes, *batches, 1) < 1:
        raise ValueError(f"rows {list(sizes)} and batches {list(batches)} must all be above 0")
    shares = [size / batch for size, batch in zip(sizes, batches, strict=True)]
    return [share / sum(shares) for share in shares]


def task_batches(
    lengths: Mapping[str, Sequence[int]], batches: Mapping[str, int], seed: int
) -> Iterator[tuple[str, list[int]]]:
    """Mini-batches without end, each of one task: its name and row numbers (algorithm 1).

    `lengths` holds a length per row and task, so that rows of like length lie in one batch. A task
    whose rows are used up is shuffled and packed anew. The same seed gives the same batches.
    """
    rng = random.Random(seed)
    names = list(lengths)
    chances = probabilities([len(lengths[n]) for n in names], [batches[n] for n in names])
    packed: dict[str, list[list[int]]] = {name: [] for name in names}
    while True:
        name = rng.choices(names, chances)[0]
        if not packed[name]:
            packed[name] = _pack(lengths[name], batches[name], rng)
        yield name, packed[name].pop()


def _pack(lengths: Sequence[int], size: int, rng: random.Random) -> list[list[int]]:
    """Every row once, in shuffled batches."""
    order = rng.sample(range(len(lengths)), len(lengths))
    parts = []
    for first in range(0, len(order), size * _CHUNK):
        like = sorted(order[first : first + size * _CHUNK], key=lambda row: lengths[row])
        parts += [like[at : at + size] for at in range(0, len(like), size)]
    rng.shuffle(parts)
    return parts


def balanced_weights(
    labels: Sequence[int], classes: int, often: Sequence[float] | None = None
) -> np.ndarray:
    """A weight per class [classes], rows / (classes x rows of the class) (King and Zeng 2001).

    `labels` are class numbers; a row counts as often as `often` says, or once. Raises ValueError
    where a class has no row.
    """
    if missing := sorted(set(range(classes)) - set(labels)):
        raise ValueError(f"balanced class weights: class {missing[0]} of {classes} has no row")
    counts = np.bincount(labels, often, classes)
    return counts.sum() / (classes * counts)


def resample(raised: Sequence[bool], factor: int, seed: int) -> np.ndarray:
    """Row numbers of a boosted member's training set, sorted.

    Each row of `raised` [rows] is there `factor` times; of the others, one in `factor` is there
    once, drawn without replacement (section 4). Raises ValueError where the factor is below 1.
    """
    if factor < 1:
        raise ValueError(f"resampling by a factor of {factor}: it has to be 1 or more")
    mask = np.asarray(raised, bool)
    rest = np.flatnonzero(~mask)
    kept = np.random.default_rng(seed).choice(rest, round(len(rest) / factor), replace=False)
    return np.sort(np.concatenate([np.repeat(np.flatnonzero(mask), factor), kept]))


def vote(answers: Sequence[np.ndarray]) -> np.ndarray:
    """Hard voting over the models' label numbers, int [rows] each: the label most of them give.

    Of labels with as many votes, the one that the earliest model gave; so two models that differ
    are answered by the first. Raises ValueError without models or where lengths differ.
    """
    if not len(answers) or len({len(one) for one in answers}) != 1:
        raise ValueError("voting takes at least one model's answers, all to the same rows")
    table = np.stack([np.asarray(one) for one in answers])
    # Votes for each model's own answer: argmax takes the earliest of equal ones.
    votes = (table[:, None, :] == table[None, :, :]).sum(axis=1)
    return table[votes.argmax(axis=0), np.arange(table.shape[1])]
