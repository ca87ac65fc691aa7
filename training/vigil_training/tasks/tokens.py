"""The span task: B-/I- labels on the first piece of each word, and back from them to spans."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from vigil_training.rows import Span

IGNORED = -100
CONDITION = "condition"


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
    spans = [span for span in spans if f"B-{span.label}" in labels]
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


def loss(logits: Tensor, target: Tensor, silent: Tensor, labels: Sequence[str]) -> Tensor:
    """Cross entropy over marked words, mean per word times the number of marked rows.

    In `silent` rows [rows] nobody marked conditions: a word that is outside every span may be one,
    and either answer is right.
    """
    known = target != IGNORED
    if not known.any():
        return logits.sum() * 0.0
    logs = functional.log_softmax(logits, dim=-1)
    right = logs.gather(-1, target.clamp(min=0).unsqueeze(-1)).squeeze(-1)
    either = [index for index, label in enumerate(labels) if label == "O" or label[2:] == CONDITION]
    is_open = silent.unsqueeze(1) & (target == labels.index("O"))
    right = torch.where(is_open, logs[..., either].logsumexp(dim=-1), right)
    return -right[known].mean() * known.any(dim=1).sum()


def decode(
    probabilities: Tensor,
    offsets: Sequence[tuple[int, int]],
    pieces: Sequence[str],
    labels: Sequence[str],
) -> list[tuple[Span, float]]:
    """Spans with scores from [tokens, labels] probabilities.

    A word takes the best label of its first piece; neighbours of one kind are one span, as two
    effects have a comma or an "and" between them. The score is the mean over words of
    p(B-x) + p(I-x).
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
            if kind == current:
                span, scores = found[-1]
                found[-1] = (Span(span.start, end, kind), [*scores, score])
            else:
                found.append((Span(start, end, kind), [score]))
        current = kind
    return [(span, sum(scores) / len(scores)) for span, scores in found]
