"""From a post to its label, spans and concepts (algorithm 2 of Dima et al. 2021), and scores."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from vigil_training.papers.pipeline_data import Effect, Post
from vigil_training.rows import Span
from vigil_training.scores import counts_f1, is_match, macro_f1, matched, precision_recall_f1

# A wording in its post.
Mention = tuple[Post, Span]


@dataclass(frozen=True)
class Stages:
    """The three stages: posts to labels [posts], to spans, and mentions to concepts."""

    classify: Callable[[list[Post]], np.ndarray]
    extract: Callable[[list[Post]], list[list[Span]]]
    normalise: Callable[[list[Mention]], list[str]]


@dataclass(frozen=True)
class Answer:
    """What is said of a post; one without a reported effect has no effects."""

    is_positive: bool
    effects: tuple[Effect, ...] = ()


def answer(stages: Stages, posts: list[Post], feedback: bool) -> list[Answer]:
    """Algorithm 2: only posts with the label go on to the extractor, and spans to the normaliser.

    With `feedback` a post in which the extractor finds nothing loses the label (line 12).
    """
    labels = np.asarray(stages.classify(posts), bool)
    positive = [post for post, label in zip(posts, labels, strict=True) if label]
    spans = stages.extract(positive)
    flat = [(post, span) for post, found in zip(positive, spans, strict=True) for span in found]
    named = iter(stages.normalise(flat))
    effects = iter(
        tuple(Effect(span.start, span.end, next(named)) for span in found) for found in spans
    )
    result = []
    for label in labels:
        found = next(effects) if label else ()
        result.append(Answer(bool(label) and (bool(found) or not feedback), found))
    return result


def scores(posts: Sequence[Post], answers: Sequence[Answer]) -> dict[str, dict]:
    """Of each subtask; fractions from 0 to 1.

    "classify" is 1a. "extract" is 1b with one shared character for a hit, "extract strict" with the
    same offsets. "normalise" is 1c: the spans share a character and the concept is right; posts
    with an effect of unknown concept are left out of it, as `evaluate_terms` does. Spans are
    micro-averaged over all posts, negative ones too.
    """
    truth = np.array([post.is_positive for post in posts])
    found = np.array([one.is_positive for one in answers])
    ones = np.ones(len(posts))
    precision, recall, f1 = precision_recall_f1(truth, found, ones)
    result = {
        "classify": {
            "precision": precision,
            "recall": recall,
            "f1": f1,
            "accuracy": float((truth == found).mean()),
            "macro_f1": macro_f1(truth.astype(int), found.astype(int), 2, ones),
            "rows": len(posts),
            "positives": int(truth.sum()),
        }
    }
    both = list(zip(posts, answers, strict=True))
    known = [(p, a) for p, a in both if all(effect.concept for effect in p.effects)]
    for name, pairs, is_strict, is_named in (
        ("extract", both, False, False),
        ("extract strict", both, True, False),
        ("normalise", known, False, True),
    ):
        counts = np.array([_counts(p.effects, a.effects, is_strict, is_named) for p, a in pairs])
        precision, recall, f1 = counts_f1(counts, np.ones(len(counts)))
        result[name] = {
            "precision": precision,
            "recall": recall,
            "f1": f1,
            "rows": len(pairs),
            "positives": int(counts[:, 2].sum()),
        }
    return result


def given_scores(posts: Sequence[Post], stages: Stages) -> dict:
    """How often the normaliser is right on the true spans, whatever comes before it."""
    flat = [
        ((post, Span(one.start, one.end, "effect")), one.concept)
        for post in posts
        for one in post.effects
        if one.concept
    ]
    named = stages.normalise([mention for mention, _ in flat])
    right = [name == concept for name, (_, concept) in zip(named, flat, strict=True)]
    return {"accuracy": float(np.mean(right)), "rows": len(flat), "positives": len(flat)}


def _counts(
    gold: Sequence[Effect], guess: Sequence[Effect], is_strict: bool, is_named: bool
) -> tuple[int, int, int]:
    """Matched, found and true effects of a post."""
    fits = [
        [
            is_match(_span(one), _span(other), is_strict)
            and (not is_named or one.concept == other.concept)
            for other in guess
        ]
        for one in gold
    ]
    return matched(fits), len(guess), len(gold)


def _span(effect: Effect) -> Span:
    return Span(effect.start, effect.end, "effect")
