"""NCBI disease and BC5CDR in the three columns of MTAAL (Zhou et al. 2021): token, tag, concept.

`{ncbi,cdr}/{train,dev,test}.txt`, a blank line after each sentence. The concept is a MeSH or OMIM
id on the first token of a mention and after it; several are joined by `|`, and -1 is none. A
disease named in an abstract need not be an effect, so that these sentences give no rows; they
serve sequence labelling by itself, and their wordings serve the term head.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vigil_training.data.files import require
from vigil_training.data.strict import Place, read_text
from vigil_training.rows import Pair

PUBLISHER = "Dogan et al. 2014 and Li et al. 2016, US National Library of Medicine"
PARTS = ("ncbi", "cdr")
TAGS = ("O", "B-Disease", "I-Disease", "B-Chemical", "I-Chemical")
_NO_CONCEPT = {"O", "", "-1"}


@dataclass(frozen=True)
class Sentence:
    """Tokens of a sentence, each with its tag and concept; the three are as long as each other."""

    tokens: tuple[str, ...]
    tags: tuple[str, ...]
    concepts: tuple[str, ...]

    def mentions(self) -> Iterator[tuple[str, str, str]]:
        """Wording, kind and concept of each mention."""
        starts = [at for at, tag in enumerate(self.tags) if tag.startswith("B-")]
        for start in starts:
            kind, end = self.tags[start][2:], start + 1
            while end < len(self.tags) and self.tags[end] == f"I-{kind}":
                end += 1
            yield " ".join(self.tokens[start:end]), kind, self.concepts[start]


def read(path: Path) -> Iterator[Sentence]:
    """The sentences of one file; ValueError on a line without three columns, or an unknown tag."""
    rows: list[list[str]] = []
    for number, line in enumerate([*read_text("mtaal", path, PUBLISHER).split("\n"), ""], 1):
        cells = line.rstrip("\r").split("\t")
        if cells == [""]:
            if rows:
                yield Sentence(*(tuple(column) for column in zip(*rows, strict=True)))
            rows = []
            continue
        place = Place("mtaal", path, number)
        if len(cells) != 3:
            raise place.error(f"has {len(cells)} columns instead of 3")
        if cells[1] not in TAGS:
            raise place.error(f"unknown tag; known are {', '.join(TAGS)}")
        rows.append(cells)


def load_pairs(folder: Path, names: dict[str, str]) -> Iterator[Pair]:
    """Wordings of one disease, each with the wording that is used most for it in training.

    The concepts' own names are not in the set, and `names` has other codes.
    """
    require(folder, PUBLISHER)
    used: dict[str, Counter[str]] = defaultdict(Counter)
    for part in PARTS:
        if not (folder / part).exists():
            continue
        for sentence in read(folder / part / "train.txt"):
            for wording, kind, concept in sentence.mentions():
                if kind == "Disease" and concept not in _NO_CONCEPT:
                    used[concept][wording.lower()] += 1
    if not used:
        raise ValueError("set mtaal has no mentions; is the download complete?")
    for wordings in used.values():
        # The first of those used most, whatever the order of the files.
        term = min(wordings, key=lambda wording: (-wordings[wording], wording))
        for wording in sorted(wordings):
            if wording != term:
                yield Pair("mtaal", wording, 0, len(wording), term)
