"""Scores of label sequences: of whole mentions, and of words one by one."""

from collections.abc import Iterator, Sequence

from sklearn.metrics import f1_score

OUTSIDE = "O"
Tags = Sequence[Sequence[str]]


def mentions(tags: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Start, end (exclusive) and kind of each mention of a sentence's B-/I- tags.

    An I- tag that follows no tag of its kind begins a mention, as in the CoNLL evaluation.
    """
    start, kind = 0, ""
    for at, tag in enumerate([*tags, OUTSIDE]):
        now = tag[2:] if tag != OUTSIDE else ""
        if kind and (now != kind or tag.startswith("B-")):
            yield start, at, kind
            kind = ""
        if now and not kind:
            start, kind = at, now


def runs(concepts: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Start, end and concept of each run of words with one concept."""
    yield from mentions([c if c == OUTSIDE else f"I-{c}" for c in concepts])


def scores(task: str, truth: Tags, found: Tags) -> dict[str, float]:
    """Scores of sentences' labels, fractions, over all words and mentions of all sentences.

    `f1`, `precision` and `recall` are strict: start, end and kind ("ner") or start, end and concept
    ("nen") have to be right. `accuracy` is the share of words whose label is right, O included, and
    `macro_f1` the mean F1 of the labels that occur, word by word, O included. `rows` counts
    sentences, `positives` mentions.
    """
    read = runs if task == "nen" else mentions
    hits = given = true = 0
    for one, other in zip(truth, found, strict=True):
        right, answered = set(read(one)), set(read(other))
        hits, given, true = hits + len(right & answered), given + len(answered), true + len(right)
    flat = [tag for one in truth for tag in one]
    answers = [tag for one in found for tag in one]
    return {
        "f1": round(2 * hits / max(given + true, 1), 4),
        "precision": round(hits / max(given, 1), 4),
        "recall": round(hits / max(true, 1), 4),
        "accuracy": round(sum(a == b for a, b in zip(flat, answers, strict=True)) / len(flat), 4),
        "macro_f1": round(float(f1_score(flat, answers, average="macro", zero_division=0)), 4),
        "rows": len(truth),
        "positives": true,
    }
