"""Scores of row weights, so that every one can be resampled by cluster of near-duplicates.

A score takes the weight of each row: all ones for its value, the number of times that a row's
cluster was drawn for its interval (`interval`). `entry` is one line of every table of scores.
"""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching

from vigil_training.rows import Span

DRAWS = 300
BINS = 15

Score = Callable[[np.ndarray], float]


def cluster_draws(clusters: Sequence[int], draws: int, seed: int = 5) -> np.ndarray:
    """Row weights [draws, rows] of a bootstrap that draws whole clusters with replacement.

    Field and Welsh 2007 call it the cluster bootstrap: near-duplicates stand and fall together.
    """
    _, member = np.unique(np.asarray(clusters), return_inverse=True)
    size = int(member.max()) + 1
    rng = np.random.default_rng(seed)
    return np.stack(
        [
            np.bincount(rng.integers(0, size, size), minlength=size)[member].astype(float)
            for _ in range(draws)
        ]
    )


def interval(clusters: Sequence[int], score: Score, seed: int = 5) -> tuple[float, float, float]:
    """Value and 95 % percentile interval (Efron 1979); the bootstrap draws whole clusters.

    Draws for which the score is not a number, as AUC is where a draw has one class, are left out.
    """
    value = score(np.ones(len(clusters)))
    drawn = np.array([score(weights) for weights in cluster_draws(clusters, DRAWS, seed)])
    drawn = drawn[~np.isnan(drawn)]
    low, high = np.quantile(drawn if len(drawn) else [value], [0.025, 0.975])
    return value, float(low), float(high)


def entry(
    place: tuple[str, str, str],
    positives: int,
    metric: str,
    clusters: Sequence[int],
    score: Score,
    balance: dict[str, int] | None = None,
) -> dict:
    """A score with its task, set and split (`place`), class balance and interval.

    `clusters` has the cluster of each row; `balance` counts the rows of each label where the
    number of positive rows does not say it.
    """
    value, low, high = interval(clusters, score)
    task, name, split = place
    return {
        "task": task,
        "set": name,
        "split": split,
        "positives": positives,
        "rows": len(clusters),
        **({"balance": balance} if balance else {}),
        "metric": metric,
        "value": round(value, 4),
        "low": round(low, 4),
        "high": round(high, 4),
    }


def precision_recall_f1(
    truth: np.ndarray, found: np.ndarray, weights: np.ndarray
) -> tuple[float, float, float]:
    """Of the positive class, over boolean arrays; 0 where nothing was found or is there."""
    hit = float(weights[truth & found].sum())
    return _rates(hit, float(weights[found].sum()), float(weights[truth].sum()))


def _rates(hit: float, found: float, true: float) -> tuple[float, float, float]:
    precision, recall = hit / max(found, 1e-9), hit / max(true, 1e-9)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def macro_f1(truth: np.ndarray, found: np.ndarray, labels: int, weights: np.ndarray) -> float:
    """Mean F1 over the labels that the drawn rows have; label numbers [rows]."""
    each = [
        precision_recall_f1(truth == label, found == label, weights)[2]
        for label in range(labels)
        if weights[truth == label].any()
    ]
    return float(np.mean(each))


def average_precision(truth: np.ndarray, score: np.ndarray, weights: np.ndarray) -> float:
    """Precision at each found positive row, averaged; 0 where a draw holds no positive row.

    The sum over thresholds of precision times the gain in recall, without interpolation
    (scikit-learn's definition); rows of one score are found together.
    """
    _, level = np.unique(-score, return_inverse=True)
    positive = np.bincount(level, weights * truth)
    precision = np.cumsum(positive) / np.maximum(np.cumsum(np.bincount(level, weights)), 1e-9)
    return float((precision * positive).sum() / max(positive.sum(), 1e-9))


def auc(truth: np.ndarray, score: np.ndarray, weights: np.ndarray) -> float:
    """Area under the ROC curve: how often a positive row scores above a negative one.

    A tie counts half (Hanley and McNeil 1982). Not a number where a draw has one class only.
    """
    _, level = np.unique(score, return_inverse=True)
    positive = np.bincount(level, weights * truth)
    negative = np.bincount(level, weights * ~truth)
    pairs = positive.sum() * negative.sum()
    if not pairs:
        return float("nan")
    below = np.cumsum(negative) - negative
    return float((positive * (below + negative / 2)).sum() / pairs)


def calibration_error(truth: np.ndarray, score: np.ndarray, weights: np.ndarray) -> float:
    """Expected calibration error over 15 bins of equal mass (Nixon et al. 2019).

    The mean over rows of the distance, in a row's bin, between the mean probability and the share
    of true rows. Rows of one probability share a bin. A finite sample cannot reach 0, and a
    bootstrap draw repeats rows, so that the interval leans upwards where rows are few.
    """
    levels, level = np.unique(score, return_inverse=True)
    mass = np.bincount(level, weights)
    middle = (np.cumsum(mass) - mass / 2) / mass.sum()
    bins = np.minimum((middle * BINS).astype(int), BINS - 1)
    expected = np.bincount(bins, mass * levels, BINS)
    happened = np.bincount(bins, np.bincount(level, weights * truth), BINS)
    return float(np.abs(expected - happened).sum() / mass.sum())


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


def is_match(one: Span, other: Span, is_strict: bool) -> bool:
    """Strict asks for the same offsets, overlapping for one shared character; same label in both.

    As the SMM4H tasks have it (Weissenbacher et al. 2019).
    """
    if one.label != other.label:
        return False
    if is_strict:
        return (one.start, one.end) == (other.start, other.end)
    return one.start < other.end and other.start < one.end


def matched(fits: Sequence[Sequence[bool]]) -> int:
    """The most pairs [true, found] that fit, with each true and each found one in one pair only.

    So a long answer that covers three effects finds one of them, and three fragments of one effect
    are one hit and two false alarms.
    """
    table = np.array(fits, bool)
    if not table.any():
        return 0
    return int((maximum_bipartite_matching(csr_matrix(table), "column") >= 0).sum())


def span_counts(
    truth: Sequence[Span], found: Sequence[Span], label: str, is_strict: bool
) -> tuple[int, int, int]:
    """Matched, found and true spans of one label in one text."""
    gold = [span for span in truth if span.label == label]
    guess = [span for span in found if span.label == label]
    fits = [[is_match(one, other, is_strict) for other in guess] for one in gold]
    return matched(fits), len(guess), len(gold)


def counts_f1(counts: np.ndarray, weights: np.ndarray) -> tuple[float, float, float]:
    """Micro precision, recall and F1 from matched, found and true per text [texts, 3].

    Counted over all texts together, as SMM4H does; 0 where nothing was found or is there.
    """
    return _rates(*(float(total) for total in (counts * weights[:, None]).sum(axis=0)))
