"""The term task: a span's vector and the vector of the term it means lie close together."""

import torch
from torch import Tensor
from torch.nn import functional

from vigil_training.rows import Pair

TEMPERATURE = 0.05


def pooled(states: Tensor, weights: Tensor) -> Tensor:
    """Unit vectors [rows, dimensions]: means of token states [rows, tokens, dimensions].

    `weights` [rows, tokens] is 1 on the tokens of the span and 0 elsewhere.
    """
    sums = (states * weights.unsqueeze(-1)).sum(dim=1)
    return functional.normalize(sums / weights.sum(dim=1, keepdim=True).clamp(min=1), dim=-1)


def span_weights(pair: Pair, offsets: list[tuple[int, int]]) -> list[float]:
    """1 for tokens that touch the span, else 0; all of the text's tokens if none does."""
    touching = [float(start < pair.end and end > pair.start) for start, end in offsets]
    touching = [
        t if end > start else 0.0 for t, (start, end) in zip(touching, offsets, strict=True)
    ]
    return touching if any(touching) else [float(end > start) for start, end in offsets]


def loss(wordings: Tensor, terms: Tensor, same: Tensor) -> Tensor:
    """InfoNCE (van den Oord et al. 2018) in both directions, over the batch's terms.

    `same` [rows, rows] is true where two rows mean the same term: those are no negatives.
    """
    scores = wordings @ terms.T / TEMPERATURE
    own = torch.eye(len(scores), dtype=torch.bool, device=scores.device)
    scores = scores.masked_fill(same & ~own, float("-inf"))
    target = torch.arange(len(scores), device=scores.device)
    both = functional.cross_entropy(scores, target) + functional.cross_entropy(scores.T, target)
    return both / 2
