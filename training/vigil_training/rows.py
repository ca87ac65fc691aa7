"""The shapes that loaders give and everything else takes."""

from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Span:
    """A marked piece of text; offsets in code points, end exclusive.

    The label is effect, drug or condition: a complaint that is no reported effect, as it is denied
    or the reason for taking the product. `marks` (negated, uncertain, other-person, indication) is
    None where nobody looked for them.
    """

    start: int
    end: int
    label: str
    marks: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Row:
    """One text with what its set says about it.

    `labels` maps a task to every label that the row allows: one where the set is exact, several
    where it only rules some out. A task that is missing is unknown and never trained on.
    `spans` is None where the set marks none; `conditions` says whether the marked ones hold
    complaints that are no reported effect, too, or leave them unmarked. `cluster` and `split` are
    set by `splits.assign`; `publisher_split` is train, dev, test or None.
    """

    set: str
    text: str
    labels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    spans: tuple[Span, ...] | None = None
    publisher_split: str | None = None
    cluster: int = -1
    split: str = ""
    conditions: bool = False


@dataclass(frozen=True)
class Pair:
    """A wording, inside a text or standing alone, and the name of the term that it means.

    `concept` is what the term's name stands for; `prepare` sets it.
    """

    set: str
    text: str
    start: int
    end: int
    term: str
    split: str = "train"
    concept: str = ""


def check_row(row: Row, labels: dict[str, list[str]]) -> None:
    """Raises ValueError, without the text, when a row names unknown labels or spans outside it.

    A task that `labels` does not list has no head yet; its labels are let be.
    """
    for task, allowed in row.labels.items():
        unknown = set(allowed) - set(labels[task]) if task in labels else set()
        if unknown or not allowed:
            raise ValueError(f"set {row.set}: task {task} has no label {sorted(unknown)}")
    for span in row.spans or ():
        if not 0 <= span.start < span.end <= len(row.text):
            raise ValueError(f"set {row.set}: span {span.start}-{span.end} lies outside its text")


def swap(row: Row, found: list[tuple[int, int]], names: list[str]) -> Row:
    """Replaces stretches of a row's text by names, moving the spans along.

    `found` is sorted, without overlaps; a span that cuts through a stretch grows to hold it.
    """
    pieces, moves, last, shift = [], [], 0, 0
    for (start, end), name in zip(found, names, strict=True):
        pieces += [row.text[last:start], name]
        moves.append((start, end, shift, len(name)))
        shift += len(name) - (end - start)
        last = end
    pieces.append(row.text[last:])

    def moved(position: int, is_end: bool) -> int:
        offset = 0
        for start, end, before, length in moves:
            if position >= end:
                offset = before + length - (end - start)
            elif position > start or (position == start and not is_end):
                return start + before + (length if is_end else 0)
        return position + offset

    spans = row.spans and tuple(
        replace(span, start=moved(span.start, False), end=moved(span.end, True))
        for span in row.spans
    )
    return replace(row, text="".join(pieces), spans=spans)
