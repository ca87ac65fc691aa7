"""Reading a publisher's files strictly: errors name set, file and line, and never the text."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from vigil_training.data.files import require
from vigil_training.rows import Row, Span

Meaning = TypeVar("Meaning")
# How the columns of these sets are called in one file or another.
_NAMES = {
    "tweet_id": "tweet_id tweetid id",
    "text_id": "text_id",
    "user_id": "user_id userid",
    "created_at": "created_at",
    "label": "label class",
    "tweet": "tweet text tweet_text",
    "begin": "begin start start_offset",
    "end": "end end_offset",
    "type": "type semantic_type",
    "extraction": "extraction span annotated_text",
    "drug": "drug",
    "meddra_code": "meddra_code meddra_id pt_id ptid llt_id",
    "meddra_term": "meddra_term",
}
_COLUMN = {alias: name for name, aliases in _NAMES.items() for alias in aliases.split()}
_NUMBERS = {"user_id", "begin", "end", "meddra_code"}
EMPTY = {"", "-", "nan", "none", "null"}
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


@dataclass(frozen=True)
class Place:
    """Where in a set something stands; `line` is a line, or the number of an entry."""

    set: str
    path: Path
    line: int

    def error(self, what: str) -> ValueError:
        """What is wrong there, ready to be raised; `what` must not quote the text."""
        file = f"{self.path.parent.name}/{self.path.name}"
        return ValueError(f"set {self.set}: {file} line {self.line}: {what}")


@dataclass(frozen=True)
class Record:
    """One line of a table, by column name."""

    place: Place
    fields: dict[str, str]


def read_text(name: str, path: Path, publisher: str) -> str:
    """A file's text as it is, line ends included, so that offsets hold."""
    try:
        return require(path, publisher).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Place(name, path, 1).error(f"byte {error.start} is not UTF-8") from None


def table(
    name: str,
    path: Path,
    publisher: str,
    orders: Sequence[tuple[str, ...]],
    known: Iterable[str] = (),
    needs: tuple[str, ...] = (),
) -> list[Record]:
    """Records of a table, by its header or, where it has none, by the order that fits most lines.

    `orders` are the documented orders of columns; `known` the labels in lower case, which tell a
    column of labels from one of texts. A table without the columns of `needs` is refused; a last
    column `tweet` may hold tabs.
    """
    lines = _lines(name, path, publisher)
    if not lines:
        return []
    header = [_COLUMN.get(re.sub(r"\W+", "_", cell.strip().lower())) for cell in lines[0][1]]
    if {"tweet_id", "text_id"} & {*header} and len({*header} - {None}) > 1:
        order = tuple(column or f"other {at}" for at, column in enumerate(header))
        lines = lines[1:]
    else:
        order = _order(lines, orders, set(known), Place(name, path, lines[0][0]))
    if "begin" in order:
        needs = (*needs, "end", "type", "extraction")
    missing = [column for column in needs if column not in order]
    if missing:
        raise Place(name, path, 1).error(f"there is no column {' or '.join(missing)}")
    return [_record(cells, order, Place(name, path, number)) for number, cells in lines]


def label_of(record: Record, labels: dict[str, Meaning]) -> Meaning:
    """What the record's label means; an unknown one is an error that lists those that are."""
    found = labels.get(record.fields["label"].strip().lower())
    if found is None:
        raise record.place.error(f"unknown label; known are {', '.join(sorted(labels))}")
    return found


def span(place: Place, text: str, offsets: tuple[str, str], label: str, wording: str = "") -> Span:
    """A span that lies inside its text.

    Where the text at its offsets is not the wording but the text holds it once, it stands there:
    downloading tweets again shifts them.
    """
    try:
        start, end = int(offsets[0]), int(offsets[1])
    except ValueError:
        raise place.error("an offset is not a number") from None
    if not 0 <= start < end <= len(text):
        raise place.error(f"span {start}-{end} lies outside its text of {len(text)} characters")
    wording = wording.strip()
    if wording and text[start:end].lower() != wording.lower() and text.count(wording) == 1:
        start = text.index(wording)
        end = start + len(wording)
    return Span(start, end, label)


def add_drugs(spans: list[Span], drugs: Iterable[tuple[int, int]]) -> tuple[Span, ...]:
    """Spans without overlaps, the longest first; a drug stays where nothing else is marked."""
    kept: list[Span] = []
    for found in sorted(set(spans), key=lambda item: (item.start - item.end, item.start)):
        if all(found.end <= other.start or found.start >= other.end for other in kept):
            kept.append(found)
    for start, end in drugs:
        if all(end <= other.start or start >= other.end for other in kept):
            kept.append(Span(start, end, "drug"))
    return tuple(sorted(kept, key=lambda item: item.start))


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Offsets of sentences and lines that hold a letter or digit, without white space around."""
    start = 0
    for end in [*(found.start() for found in _SENTENCE_END.finditer(text)), len(text)]:
        piece = text[start:end]
        if any(letter.isalnum() for letter in piece):
            yield start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
        start = end


def check_classes(name: str, rows: Iterable[Row], follows: str = "") -> list[Row]:
    """The rows; ValueError where there is none, or where a task has one class only.

    A task that `follows` from some labels of another may have one.
    """
    rows = list(rows)
    if not rows:
        raise ValueError(f"set {name} has no labelled rows; is the download complete?")
    seen: dict[str, set[tuple[str, ...]]] = {}
    for row in rows:
        for task, allowed in row.labels.items():
            seen.setdefault(task, set()).add(allowed)
    for task, found in seen.items():
        if len(found) == 1 and task != follows:
            raise ValueError(f"set {name}: task {task} has one class only, {'/'.join(*found)}")
    return rows


def _lines(name: str, path: Path, publisher: str) -> list[tuple[int, list[str]]]:
    text = read_text(name, path, publisher)
    if path.suffix == ".csv":
        reader = csv.reader(text.split("\n"))
        return [(reader.line_num, cells) for cells in reader if cells]
    lines = [line.rstrip("\r") for line in text.split("\n")]
    return [
        (number, [_unquoted(cell) for cell in line.split("\t")])
        for number, line in enumerate(lines, 1)
        if line.strip()
    ]


def _unquoted(cell: str) -> str:
    """Without the quotes of a spreadsheet; a quote that a tweet's author set stays."""
    inner = cell[1:-1]
    is_quoted = len(cell) > 1 and cell[0] == cell[-1] == '"'
    return inner.replace('""', '"') if is_quoted and '"' not in inner.replace('""', "") else cell


def _order(
    lines: list[tuple[int, list[str]]],
    orders: Sequence[tuple[str, ...]],
    known: set[str],
    place: Place,
) -> tuple[str, ...]:
    def fits(cells: list[str], order: tuple[str, ...]) -> bool:
        return all(
            value.strip().lower() in known
            if column == "label"
            else value.strip().isdigit() or value.strip().lower() in EMPTY
            for column, value in zip(order, cells, strict=False)
            if column == "label" or column in _NUMBERS
        )

    width = len(lines[0][1])
    of_width = [order for order in orders if len(order) == width]
    for order in of_width:
        if 2 * sum(fits(cells, order) for _, cells in lines) > len(lines):
            return order
    if of_width and not any("label" in order for order in of_width):
        return of_width[0]
    allowed = "; ".join(", ".join(order) for order in orders)
    raise place.error(f"no header, and the columns fit none of: {allowed}")


def _record(cells: list[str], order: tuple[str, ...], place: Place) -> Record:
    if len(cells) > len(order) and order[-1] == "tweet":
        cells = [*cells[: len(order) - 1], "\t".join(cells[len(order) - 1 :])]
    if len(cells) != len(order):
        raise place.error(f"has {len(cells)} columns instead of {len(order)}")
    return Record(place, dict(zip(order, cells, strict=True)))
