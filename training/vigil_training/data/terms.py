"""Pairs of wordings that mean the same reaction, from open vocabularies, for the term head."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from vigil_training.data.files import require
from vigil_training.rows import Pair

HPO = "Human Phenotype Ontology, lay-person synonyms"
OAE = "Ontology of Adverse Events, github.com/OAE-ontology/OAE"
CTCAE = "CTCAE v5, US National Cancer Institute"


def load(folder: Path) -> Iterator[Pair]:
    """Lay and clinical names of the HPO, and CTCAE and OAE names that share a code."""
    for path, lay, clinical in (
        (folder / "hpo_layperson_synonyms.tsv", 2, 1),
        (folder / "hpo_mapping.tsv", 0, 3),
    ):
        for row in _lines(path, HPO):
            if len(row) <= max(lay, clinical) or not _is_sure(row):
                continue
            yield from _pair("hpo", row[lay], row[clinical])
    by_code: dict[str, set[str]] = defaultdict(set)
    for file, publisher in (("ctcae_v5.tsv", CTCAE), ("oae_2022.tsv", OAE)):
        for row in _lines(folder / file, publisher):
            by_code[row[0]].add(row[1].lower())
            definition = row[-1].split(": ")[0].removeprefix("A disorder characterized by ")
            definition = definition.split(". ")[0]
            if publisher == CTCAE and 12 < len(definition) < 90:
                yield from _pair("ctcae", definition, row[1])
    for names in by_code.values():
        first, *others = sorted(names)
        for other in others:
            yield from _pair("oae", other, first)


def names(folder: Path) -> list[str]:
    """Term names to search in, when retrieval is scored: CTCAE and the VAERS terms."""
    found = {row[1].lower() for row in _lines(folder / "ctcae_v5.tsv", CTCAE)}
    found |= {row[0].lower() for row in _lines(folder / "vaers_2020_terms.tsv", "US VAERS")}
    return sorted(found)


def _lines(path: Path, publisher: str) -> Iterator[list[str]]:
    with require(path, publisher).open(newline="", encoding="utf-8") as file:
        rows = csv.reader(file, delimiter="\t")
        if path.name != "hpo_mapping.tsv":
            next(rows)
        yield from (row for row in rows if row and row[0])


def _is_sure(row: list[str]) -> bool:
    """Leaves out mappings that their authors marked no, ? or more general."""
    marks = " ".join(row[4:]).lower().split()
    return not ({"no", "?"} & set(marks) or "more general" in " ".join(marks))


def _pair(name: str, wording: str, term: str) -> Iterator[Pair]:
    wording, term = wording.strip().strip('"'), term.strip().strip('"')
    if wording and term and wording.lower() != term.lower():
        yield Pair(name, wording, 0, len(wording), term)
