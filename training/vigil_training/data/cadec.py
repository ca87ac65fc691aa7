"""CADEC: patients' posts on two groups of drugs, in brat's format (Karimi et al. 2015).

`text/NAME.txt` holds a post, `original/NAME.ann` its marks (`T1<TAB>ADR 9 19<TAB>wording`), and
`sct/NAME.ann` and `meddra/NAME.ann` their concepts (`TT1<TAB>10013649 9 19<TAB>wording`; SNOMED CT
writes `271782001 | Drowsy | 9 19`). A post becomes a row per sentence. A mark in several stretches
(`ADR 9 12;15 19`) runs from its first to its last character, since a token has one label.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from vigil_training.data.files import require
from vigil_training.data.lexicon import Lexicon
from vigil_training.data.strict import Place, add_drugs, check_classes, read_text, sentences, span
from vigil_training.rows import Pair, Row, Span

PUBLISHER = "CSIRO data access portal, doi.org/10.4225/08/570FB102BDAD2"
_TYPES = {"ADR": "effect", "Drug": "drug", "Disease": None, "Symptom": None, "Finding": None}
_OFFSETS = re.compile(r" (\d+ \d+(?:;\d+ \d+)*)$")


def load(folder: Path, lexicon: Lexicon) -> Iterator[Row]:
    """A row per sentence: its effects and drugs, and whether it has an effect.

    ValueError on unknown types, on spans outside their text and where no sentence has an effect.
    """
    yield from check_classes("cadec", _rows(folder))


def load_pairs(folder: Path, names: dict[str, str]) -> Iterator[Pair]:
    """Wordings of effects with their one concept: SNOMED CT's name, or MedDRA's out of `names`."""
    effects = {
        (path.stem, where)
        for path in _texts(folder)
        for kind, where, _, _ in _marks(folder, path)
        if kind == "ADR"
    }
    for vocabulary in ("sct", "meddra"):
        for path in sorted((folder / vocabulary).glob("*.ann")):
            for concept, where, wording, _ in _annotations(path):
                term = _term(concept, names)
                if term and wording and (path.stem, where) in effects:
                    yield Pair("cadec", wording, 0, len(wording), term)


def _texts(folder: Path) -> list[Path]:
    require(folder / "text", PUBLISHER)
    require(folder / "original", PUBLISHER)
    return sorted((folder / "text").glob("*.txt"))


def _rows(folder: Path) -> Iterator[Row]:
    for path in _texts(folder):
        text = read_text("cadec", path, PUBLISHER)
        marks: list[Span] = []
        for kind, where, _, place in _marks(folder, path):
            numbers = where.replace(";", " ").split()
            if kind not in _TYPES:
                raise place.error(f"unknown type; known are {', '.join(_TYPES)}")
            found = span(place, text, (numbers[0], numbers[-1]), _TYPES[kind] or "")
            if found.label:
                marks.append(found)
        spans = add_drugs(marks, ())
        for start, end in sentences(text):
            inside = [
                Span(max(mark.start, start) - start, min(mark.end, end) - start, mark.label)
                for mark in spans
                if mark.start < end and mark.end > start
            ]
            effect = "yes" if any(mark.label == "effect" for mark in inside) else "no"
            yield Row("cadec", text[start:end], {"adverse_effect": (effect,)}, tuple(inside))


def _marks(folder: Path, text: Path) -> Iterator[tuple[str, str, str, Place]]:
    return _annotations(require(folder / "original" / f"{text.stem}.ann", PUBLISHER))


def _annotations(path: Path) -> Iterator[tuple[str, str, str, Place]]:
    """Type or concept, offsets, wording and place of each text-bound annotation of a brat file."""
    for number, line in enumerate(read_text("cadec", path, PUBLISHER).split("\n"), 1):
        if not line.startswith("T"):
            continue
        place = Place("cadec", path, number)
        cells = line.rstrip("\r").split("\t")
        found = _OFFSETS.search(cells[1].strip()) if len(cells) > 1 else None
        if found is None:
            raise place.error("is not ID, type with offsets, and wording, separated by tabs")
        kind = cells[1].strip()[: found.start()].strip()
        yield kind, found.group(1), cells[2].strip() if len(cells) > 2 else "", place


def _term(concept: str, names: dict[str, str]) -> str | None:
    """The name of a single concept; several in one (`A + B`, `A or B`) and none have no name."""
    parts = [part.strip() for part in concept.strip(" |").split("|")]
    if len(parts) == 2 and parts[0].isdigit():
        return parts[1] or None
    return names.get(parts[0]) if len(parts) == 1 else None
