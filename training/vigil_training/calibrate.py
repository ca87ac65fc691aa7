"""Temperatures and thresholds, from development rows only.

A temperature (Guo et al. 2017) is the divisor of a task's logits with the least loss on the
development rows of every set that labels the task. A threshold is the one of the best F1 of the
positive label. For adverse effects the rows are annotated posts and ordinary tweets with a drug's
name put in, where there are such, weighed so that 7 % are positive, about the share among tweets
that name a drug. A mark's threshold is the one of the best F1 over the effects that people have
marked, but no less than a half.
"""

import random

import numpy as np

from vigil_training import augment
from vigil_training.data.lexicon import Lexicon
from vigil_training.predict import softmax
from vigil_training.rows import Row, Span
from vigil_training.scores import best_threshold
from vigil_training.tasks import Task

# A mark takes an effect out of the main count, so that it has to be more likely than not.
LEAST_MARK = 0.5
BASE_RATE = {"adverse_effect": 0.07}
# Posts as people write them, and ordinary tweets with a drug's name put in.
POSTS = (
    "real-background",
    "real-caves",
    "real-medical-qa",
    "real-rhmd",
    "real-sick-tweets",
    "real-vaccine-stance",
)
SOCIAL = {"adverse_effect": (*POSTS, "background-named"), "indication": POSTS}


def held_out(rows: list[Row], split: str, lexicon: Lexicon, most: int = 1500) -> list[Row]:
    """Rows of a split, at most so many per set and kind, with drugs put into ordinary tweets.

    The choice is the same every time.
    """
    rng = random.Random(f"held-out-{split}")
    groups: dict[tuple[str, bool], list[Row]] = {}
    for row in rows:
        if row.split == split and (row.labels or row.spans is not None):
            groups.setdefault((row.set, row.spans is not None), []).append(row)
    chosen: list[Row] = []
    for key in sorted(groups):
        found = rng.sample(groups[key], min(most, len(groups[key])))
        chosen += found
        if key[0] == "background":
            chosen += [augment.name_dropped(row, lexicon, rng) for row in found[:500]]
    return chosen


def sure(row: Row, task: Task) -> bool | None:
    """Whether a row has the task's positive label; None where its set does not decide it."""
    allowed = row.labels.get(task.id)
    if allowed is None or task.positive is None:
        return None
    if task.positive not in allowed:
        return False
    return True if len(allowed) == 1 else None


def temperature(logits: np.ndarray, allowed: np.ndarray) -> float:
    """The divisor from .3 to 4 with the least loss; `allowed` is 0 or 1, [rows, labels]."""
    candidates = np.geomspace(0.3, 4.0, 60)
    losses = [
        -np.log((softmax(logits / value) * allowed).sum(axis=1) + 1e-9).mean()
        for value in candidates
    ]
    return float(candidates[int(np.argmin(losses))])


def fit(rows: list[Row], logits: dict[str, np.ndarray], tasks: list[Task]) -> dict[str, dict]:
    """Per sentence task: temperature, threshold where it has a positive label, and on what."""
    result: dict[str, dict] = {}
    for task in tasks:
        if task.kind != "sentence":
            continue
        known = [index for index, row in enumerate(rows) if task.id in row.labels]
        if not known:
            raise ValueError(f"task {task.id} has no development rows")
        allowed = np.array(
            [[float(label in rows[i].labels[task.id]) for label in task.labels] for i in known]
        )
        value = temperature(logits[task.id][known], allowed)
        result[task.id] = {"temperature": value}
        if task.positive is None:
            continue
        used = [(i, truth) for i in known if (truth := sure(rows[i], task)) is not None]
        social = [(i, truth) for i, truth in used if rows[i].set in SOCIAL.get(task.id, ())]
        if len({truth for _, truth in social}) == 2:
            used = social
        truth = np.array([found for _, found in used])
        if truth.all() or not truth.any():
            raise ValueError(f"task {task.id}: its development rows are all of one class")
        weights = np.ones(len(truth))
        if rate := BASE_RATE.get(task.id):
            weights[~truth] = truth.sum() * (1 - rate) / rate / (~truth).sum()
        picked = softmax(logits[task.id][[index for index, _ in used]] / value)
        score = picked[:, task.labels.index(task.positive)]
        result[task.id] |= {
            "threshold": round(best_threshold(truth, score, weights), 4),
            "sets": sorted({rows[index].set for index, _ in used}),
            "rows": len(used),
            "positives": int(truth.sum()),
            "base_rate": round(float((weights * truth).sum() / weights.sum()), 4),
        }
    return result


def fit_marks(
    found: list[tuple[Row, Span, np.ndarray]], task: Task
) -> dict[str, dict[str, float | int]]:
    """Per mark with a threshold: the threshold, and on how many effects it was fitted.

    A mark that all of the effects have, or none, is left out and keeps the threshold it had.
    """
    result: dict[str, dict[str, float | int]] = {}
    used = [(span, values) for _, span, values in found if span.label == "effect"]
    for mark in task.thresholds:
        truth = np.array([mark in (span.marks or ()) for span, _ in used])
        if not len(truth) or truth.all() or not truth.any():
            continue
        score = np.array([values[task.labels.index(mark)] for _, values in used])
        result[mark] = {
            "threshold": max(
                LEAST_MARK, round(best_threshold(truth, score, np.ones(len(truth))), 4)
            ),
            "spans": len(truth),
            "positives": int(truth.sum()),
        }
    return result
