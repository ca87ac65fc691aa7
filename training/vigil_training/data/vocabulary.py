"""The open vocabulary that ships: what people say and clinical names, for each reaction."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from vigil_training.data.files import require
from vigil_training.rows import Pair

PUBLISHER = "part of this project, services/terminology/vocabulary"
FILE = Path("services/terminology/vocabulary/open.tsv")


def names(path: Path = FILE) -> dict[str, str]:
    """The preferred name of each concept."""
    return {concept: name for concept, name, _ in _lines(path)}


def concepts(path: Path = FILE) -> dict[str, str]:
    """The concept of each name and wording in lower case; wordings of several are left out."""
    found: dict[str, set[str]] = defaultdict(set)
    for concept, _, wordings in _lines(path):
        for wording in wordings:
            found[wording.lower()].add(concept)
    sure = {wording: next(iter(of)) for wording, of in found.items() if len(of) == 1}
    return sure | {name.lower(): concept for concept, name in names(path).items()}


def load(path: Path = FILE) -> Iterator[Pair]:
    """Every other wording of a concept with its preferred name."""
    for _, name, wordings in _lines(path):
        for wording in wordings:
            yield Pair("vocabulary", wording, 0, len(wording), name)


def _lines(path: Path) -> Iterator[tuple[str, str, list[str]]]:
    with require(path, PUBLISHER).open(newline="", encoding="utf-8") as file:
        for line in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            wordings = [word for word in line["synonyms"].split("|") if word]
            yield line["id"], line["term"], wordings
