"""Annotations of real posts (`training/annotations`), joined to the texts of the sets they name.

The annotations hold no text: a record names its post by set and hash. Each joined post becomes a
row of its own beside that of its set, `real-rhmd` beside `rhmd`, with every label of the guideline.
A third of the posts is the development set in real language and a tenth the test that is looked at
once, at the end; the posts' clusters go along (`splits.assign`).
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from vigil_training.annotation_labels import effect_span, row_labels
from vigil_training.annotations import read, spans_in, text_hash
from vigil_training.rows import Pair, Row, Span
from vigil_training.text import duplicate_key

FILE = "final.ndjson"
_PARTS, _DEV, _TEST = 30, 10, 3


def load(rows: Iterable[Row], folder: Path) -> Iterator[Row]:
    """A row for each annotated text among `rows`; none where the folder has no annotations.

    A text that several rows share is joined once.
    """
    for row, record in _joined(rows, folder):
        yield _row(row, record)


def load_pairs(rows: Iterable[Row], folder: Path, names: dict[str, str]) -> Iterator[Pair]:
    """Each effect of the rows that `load` has given, in its post, with its concept's name."""
    plain = (replace(r, set=r.set.removeprefix("real-")) for r in rows if r.set.startswith("real-"))
    for row, record in _joined(plain, folder):
        for start, end, effect in spans_in(row.text, record):
            if concept := effect.get("concept"):
                yield Pair(f"real-{row.set}", row.text, start, end, names.get(concept, concept))


def _joined(rows: Iterable[Row], folder: Path) -> Iterator[tuple[Row, dict]]:
    if not (folder / FILE).exists():
        return
    records = {(item["set"], item["hash"]): item for item in read([folder / FILE])}
    for row in rows:
        record = records.pop((row.set, text_hash(row.text)), None)
        if record is not None and "skip" not in record:
            yield row, record


def split_of(text: str) -> str:
    """train, dev or test, always the same for a text, whatever its case, handles and links."""
    digest = hashlib.blake2b(duplicate_key(text).encode(), digest_size=4, person=b"real").digest()
    part = int.from_bytes(digest) % _PARTS
    return "dev" if part < _DEV else "test" if part < _DEV + _TEST else "train"


def _row(row: Row, record: dict) -> Row:
    shift = len(row.text) - len(row.text.lstrip())
    spans = [
        effect_span(start, end, effect.get("marks", ()))
        for start, end, effect in spans_in(row.text, record)
    ]
    spans += [Span(s + shift, e + shift, "drug") for s, e in record.get("products", ())]
    in_order = tuple(sorted(spans, key=lambda span: (span.start, span.end)))
    split = split_of(row.text)
    return Row(f"real-{row.set}", row.text, row_labels(record), in_order, split, conditions=True)
