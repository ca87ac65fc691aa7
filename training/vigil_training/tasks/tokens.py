"""The span task: B-/I- labels on the first piece of each word, and back from them to spans."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from vigil_training.rows import Span

IGNORED = -100


def words(offsets: Sequence[tuple[int, int]], pieces: Sequence[str]) -> list[list[int]]:
    """Token positions of each word; a piece that starts with ## goes on with the word before.

    Special tokens have the offsets (0, 0) and belong to no word.
    """
    found: list[list[int]] = []
    for position, ((start, end), piece) in enumerate(zip(offsets, pieces, strict=True)):
        if end <= start:
            continue
        if piece.startswith("##") and found:
            found[-1].append(position)
        else:
            found.append([position])
    return found


def targets(
    spans: Sequence[Span] | None,
    offsets: Sequence[tuple[int, int]],
    pieces: Sequence[str],
    labels: Sequence[str],
) -> list[int]:
    """Label numbers per token; IGNORED for pieces inside words, special tokens, unmarked rows."""
    result = [IGNORED] * len(offsets)
    if spans is None:
        return result
    last: Span | None = None
    for positions in words(offsets, pieces):
        start, end = offsets[positions[0]][0], offsets[positions[-1]][1]
        span = next((s for s in spans if s.start < end and s.end > start), None)
        if span is None:
            result[positions[0]] = labels.index("O")
        else:
            prefix = "I" if span == last else "B"
            result[positions[0]] = labels.index(f"{prefix}-{span.label}")
        last = span
    return result


def loss(logits: Tensor, target: Tensor) -> Tensor:
    """Cross entropy over marked words, mean per word times the number of marked rows."""
    marked = (target != IGNORED).any(dim=1).sum()
    if marked == 0:
        return logits.sum() * 0.0
    flat = functional.cross_entropy(
        logits.reshape(-1, logits.shape[-1]), target.reshape(-1), ignore_index=IGNORED
    )
    return flat * marked


def decode(
    probabilities: Tensor,
    offsets: Sequence[tuple[int, int]],
    pieces: Sequence[str],
    labels: Sequence[str],
) -> list[tuple[Span, float]]:
    """Spans with scores from [tokens, labels] probabilities.

    A word takes the best label of its first piece; B-x starts a span, I-x goes on with one of x
    or starts one. The score is the mean over words of p(B-x) + p(I-x).
    """
    found: list[tuple[Span, list[float]]] = []
    current = ""
    for positions in words(offsets, pieces):
        row = probabilities[positions[0]]
        label = labels[int(torch.argmax(row))]
        kind = label.partition("-")[2]
        start, end = offsets[positions[0]][0], offsets[positions[-1]][1]
        if kind:
            score = float(row[labels.index(f"B-{kind}")] + row[labels.index(f"I-{kind}")])
            if label.startswith("I-") and kind == current:
                span, scores = found[-1]
                found[-1] = (Span(span.start, end, kind), [*scores, score])
            else:
                found.append((Span(start, end, kind), [score]))
        current = kind
    return [(span, sum(scores) / len(scores)) for span, scores in found]
