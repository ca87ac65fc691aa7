"""From folders to rows with splits, checked; the one way in which every command reads data."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vigil_training import splits
from vigil_training.data import (
    annotated,
    labelled,
    lexicon,
    load_optional_pairs,
    load_rows,
    meddra,
    own,
    terms,
    vocabulary,
)
from vigil_training.data.files import json_lines
from vigil_training.rows import Pair, Row, check_row
from vigil_training.tasks import Task, sentence_tasks
from vigil_training.text import duplicate_key


@dataclass(frozen=True)
class Prepared:
    """Rows and pairs with their splits, the lexicon of drug names, the concept of each name in
    lower case, and what is worth saying.
    """

    rows: list[Row]
    pairs: list[Pair]
    lexicon: lexicon.Lexicon
    concepts: dict[str, str]
    notes: tuple[str, ...] = ()


def prepare(
    data: Path,
    corpus: Path,
    tasks: list[Task],
    without: frozenset[str],
    labels: Sequence[Path] = (),
) -> Prepared:
    """Loads every set, splits by cluster and refuses to go on with a leak.

    `labels` are files that `labelled` reads.
    """
    also = {
        name for item in json_lines(corpus / "plain.ndjson", own.PUBLISHER) for name in item["drug"]
    }
    names = lexicon.load(data / "drugs", data / "background", also)
    rows = load_rows(data, corpus, names, without)
    found = labelled.Labelled()
    if labels:
        by_id = {**meddra.names(data), **vocabulary.names(), **own.concept_names(corpus)}
        found = labelled.load(labels, tasks, rows, by_id, names)
    rows += found.rows
    known = {task.id: list(task.labels) for task in sentence_tasks(tasks)}
    for row in rows:
        check_row(row, known)
    rows = splits.assign(rows)
    splits.check_leaks(rows)
    real = annotated.load_pairs(rows, corpus.parent / "annotations", vocabulary.names())
    posts = [*own.load_pairs(corpus), *real, *found.pairs]
    pairs = _split(posts, load_optional_pairs(data, without), rows)
    # What the system searches by words anyway is nothing to hold out.
    pairs += vocabulary.load()
    if "terminology" not in without:
        pairs += _apart(terms.load(data / "terminology"), pairs)
    concepts = concepts_of_names(corpus)
    pairs = [replace(p, concept=concepts.get(p.term.lower(), p.term.lower())) for p in pairs]
    return Prepared(rows, pairs, names, concepts, (found.summary(),) if labels else ())


def concepts_of_names(corpus: Path) -> dict[str, str]:
    """The concept of each name in lower case: of the vocabulary's, and of the corpus's terms."""
    own_terms = {term.lower(): concept for term, concept in own.term_concepts(corpus).items()}
    return vocabulary.concepts() | own_terms


def _split(own_pairs: list[Pair], held: Iterable[Pair], rows: list[Row]) -> list[Pair]:
    """Pairs with the split of the post that they stand in.

    Of the sets that a user holds, a wording without its post goes where its set puts it; from
    training it is left out where the same wording is held out in a post.
    """
    split = {key: row.split for row in rows if (key := duplicate_key(row.text))}
    posts, alone = list(own_pairs), []
    for pair in held:
        is_alone = (pair.start, pair.end) == (0, len(pair.text))
        (alone if is_alone else posts).append(pair)
    posts = [replace(p, split=split.get(duplicate_key(p.text), p.split)) for p in posts]
    return [*posts, *_apart(alone, posts)]


def _apart(alone: Iterable[Pair], posts: list[Pair]) -> list[Pair]:
    """Those that would not tell the term of a wording that is held out in a post."""
    held_out = {p.text[p.start : p.end].lower() for p in posts if p.split != "train"}
    return [p for p in alone if p.split != "train" or p.text.lower() not in held_out]


def data_hash(prepared: Prepared) -> str:
    """SHA-256 over the training rows' text hashes, labels and spans, whatever their order."""
    lines = sorted(
        f"{hashlib.sha256(row.text.encode()).hexdigest()} {sorted(row.labels.items())} "
        f"{[(s.start, s.end, s.label) for s in row.spans or ()]}"
        for row in prepared.rows
        if row.split == "train"
    )
    lines += sorted(
        f"{hashlib.sha256(duplicate_key(pair.text).encode()).hexdigest()} "
        f"{pair.term} {pair.concept}"
        for pair in prepared.pairs
        if pair.split == "train"
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
