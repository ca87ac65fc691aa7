"""Scores with intervals: every one is resampled by cluster of near-duplicates, 300 times."""

from collections.abc import Callable, Sequence

import numpy as np
from sklearn.metrics import average_precision_score

from vigil_training.rows import Span

DRAWS = 300


def interval(
    clusters: Sequence[int], score: Callable[[np.ndarray], float], seed: int = 5
) -> tuple[float, float, float]:
    """Value and 95 % interval of a score of row weights; the bootstrap draws whole clusters."""
    _, member = np.unique(np.asarray(clusters), return_inverse=True)
    size = int(member.max()) + 1
    rng = np.random.default_rng(seed)
    drawn = [
        score(np.bincount(rng.integers(0, size, size), minlength=size)[member].astype(float))
        for _ in range(DRAWS)
    ]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return score(np.ones(len(member))), float(low), float(high)


def precision_recall_f1(
    truth: np.ndarray, found: np.ndarray, weights: np.ndarray
) -> tuple[float, float, float]:
    """Of the positive class, over boolean arrays; 0 where nothing was found or is there."""
    hit = float(weights[truth & found].sum())
    precision = hit / max(float(weights[found].sum()), 1e-9)
    recall = hit / max(float(weights[truth].sum()), 1e-9)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def macro_f1(truth: np.ndarray, found: np.ndarray, labels: int, weights: np.ndarray) -> float:
    """Mean F1 over labels that occur; label numbers [rows]."""
    each = [
        precision_recall_f1(truth == label, found == label, weights)[2]
        for label in range(labels)
        if (truth == label).any()
    ]
    return float(np.mean(each))


def average_precision(truth: np.ndarray, score: np.ndarray, weights: np.ndarray) -> float:
    """Area under precision over recall; 0 where a draw holds no positive row."""
    if not weights[truth].sum():
        return 0.0
    return float(average_precision_score(truth, score, sample_weight=weights))


def best_threshold(truth: np.ndarray, score: np.ndarray, weights: np.ndarray) -> float:
    """The threshold of the best weighted F1, in the middle between the two scores around it."""
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum((weights * truth)[order])
    found = np.cumsum(weights[order])
    f1 = 2 * hits / (found + (weights * truth).sum())
    # A cut between equal scores cannot be made.
    f1[:-1][score[order][:-1] == score[order][1:]] = -1
    best = int(np.argmax(f1))
    after = score[order][best + 1] if best + 1 < len(order) else 0.0
    return float((score[order][best] + after) / 2)


def span_counts(
    truth: Sequence[Span], found: Sequence[Span], label: str, is_strict: bool
) -> tuple[int, int, int, int]:
    """Found spans that are right, found, true spans that were found, true; for one label.

    Overlapping, as SMM4H counts it, asks for one shared character with a span of the label.
    """

    def same(one: Span, other: Span) -> bool:
        if is_strict:
            return (one.start, one.end) == (other.start, other.end)
        return one.start < other.end and other.start < one.end

    gold = [span for span in truth if span.label == label]
    guess = [span for span in found if span.label == label]
    right = sum(any(same(span, other) for other in gold) for span in guess)
    reached = sum(any(same(span, other) for other in guess) for span in gold)
    return right, len(guess), reached, len(gold)


def span_f1(counts: np.ndarray, weights: np.ndarray) -> tuple[float, float, float]:
    """Precision, recall and F1 from span_counts per row [rows, 4]."""
    right, guessed, reached, gold = (counts * weights[:, None]).sum(axis=0)
    precision, recall = right / max(guessed, 1e-9), reached / max(gold, 1e-9)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)
