"""Sentence tasks: a softmax over labels, with a loss that knows what a row does not say."""

import torch
from torch import Tensor

from vigil_training.rows import Row
from vigil_training.tasks import Task


def targets(rows: list[Row], task: Task) -> Tensor:
    """Allowed labels per row, [rows, labels], as 0 and 1; a row that says nothing allows all."""
    allowed = torch.ones(len(rows), len(task.labels))
    for index, row in enumerate(rows):
        if task.id in row.labels:
            for position, label in enumerate(task.labels):
                allowed[index, position] = float(label in row.labels[task.id])
    return allowed


def loss(
    logits: Tensor, allowed: Tensor, smoothing: float = 0.0, weights: Tensor | None = None
) -> Tensor:
    """Minus the log of the probability on the allowed labels, summed over rows.

    With one allowed label it is the cross entropy; with all of them it is 0 and so is its
    gradient, so that a set without a task does not move that task's head. It is the superset
    loss of learning from partial labels (Cour, Sapp and Taskar 2011). `smoothing` is the share of
    a row's weight that goes to all labels alike (Szegedy et al. 2016). `weights` [labels] weigh a
    row by its label, one that allows several by their mean.
    """
    known = allowed.amin(dim=1) < 0.5
    if not known.any():
        return logits.sum() * 0.0
    logits, allowed = logits[known], allowed[known]
    inside = logits.masked_fill(allowed < 0.5, float("-inf"))
    whole = logits.logsumexp(dim=1)
    exact = whole - inside.logsumexp(dim=1)
    each = (1 - smoothing) * exact + smoothing * (whole - logits.mean(dim=1))
    if weights is not None:
        each = each * (allowed @ weights) / allowed.sum(dim=1)
    return each.sum()


def difference(one: Tensor, other: Tensor, allowed: Tensor) -> Tensor:
    """Kullback-Leibler divergence of two passes' answers, both ways, on rows that say something.

    The regulariser of R-Drop (Liang et al. 2021), summed over rows.
    """
    known = allowed.amin(dim=1) < 0.5
    if not known.any():
        return one.sum() * 0.0
    first, second = one[known].log_softmax(dim=1), other[known].log_softmax(dim=1)
    both = (first.exp() - second.exp()) * (first - second)
    return both.sum() / 2
