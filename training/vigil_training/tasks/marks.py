"""Marks of effects: whether it is negated, uncertain, somebody else's, the reason for the product.

A label per token and mark, read over the pieces of a span; only spans whose marks somebody looked
for are learned from.
"""

from collections.abc import Sequence

import numpy as np
from torch import Tensor
from torch.nn import functional

from vigil_training.rows import Span

UNKNOWN = -1.0


def targets(
    spans: Sequence[Span] | None, offsets: Sequence[tuple[int, int]], labels: Sequence[str]
) -> list[list[float]]:
    """Per token and mark 1, 0 or UNKNOWN, as outside spans."""
    marked = [span for span in spans or () if span.marks is not None]
    result = []
    for start, end in offsets:
        span = next((s for s in marked if end > start and s.start < end and s.end > start), None)
        if span is None:
            result.append([UNKNOWN] * len(labels))
        else:
            result.append([float(label in (span.marks or ())) for label in labels])
    return result


def loss(logits: Tensor, target: Tensor) -> Tensor:
    """Binary cross entropy over the pieces of marked spans, times the number of such rows."""
    known = target[..., 0] != UNKNOWN
    if not known.any():
        return logits.sum() * 0.0
    flat = functional.binary_cross_entropy_with_logits(logits[known], target[known])
    return flat * known.any(dim=1).sum()


def of_span(logits: np.ndarray, span: Span, offsets: Sequence[tuple[int, int]]) -> np.ndarray:
    """Probabilities [marks] of a span: of the mean of logits [tokens, marks] over its pieces."""
    inside = [
        index
        for index, (start, end) in enumerate(offsets)
        if end > start and start < span.end and end > span.start
    ]
    return 1.0 / (1.0 + np.exp(-logits[inside].mean(axis=0)))


def read(
    probabilities: np.ndarray, label: str, labels: Sequence[str], thresholds: dict[str, float]
) -> tuple[str, ...]:
    """The marks of a span: of a condition negated or indication, of all those at threshold."""
    found = dict(zip(labels, probabilities.tolist(), strict=True))
    marks = {mark for mark, least in thresholds.items() if found[mark] >= least}
    if label == "condition":
        marks.discard("uncertain")
        marks.add(max(("negated", "indication"), key=lambda mark: found[mark]))
    return tuple(mark for mark in labels if mark in marks)
