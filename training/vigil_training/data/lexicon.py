"""Names of drugs, for masking them in training and for finding rows that name one.

Built from the lists of MedlinePlus, Wikipedia and RxNorm. Names that ordinary people use for
other things (water, honey, ice) are dropped when the background tweets use them often.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from vigil_training.data.files import require
from vigil_training.text import WORD

PUBLISHER = "MedlinePlus, Wikipedia and RxNorm drug names"
_FREQUENT = 12
# Drugs that people do name that often.
_KEPT = frozenset(
    (
        "adderall xanax prozac zoloft viagra tylenol advil ibuprofen aspirin nyquil melatonin "
        "benadryl morphine codeine insulin ritalin valium percocet vicodin botox lexapro "
        "effexor cymbalta"
    ).split()
)
_STOP = frozenset(
    (
        "caffeine alcohol nicotine tobacco cannabis cocaine heroin water oxygen honey sugar "
        "glucose vitamin protein calcium iron zinc gold silver copper sulfur carbon helium "
        "nitrogen ethanol garlic ginger peppermint menthol camphor starch cellulose collagen "
        "keratin lotion cream balance relief control perform passion"
    ).split()
)


@dataclass(frozen=True)
class Lexicon:
    """Single-word drug names, lower-case; `spoken` are those offered as replacements."""

    names: frozenset[str]
    spoken: tuple[str, ...]

    def find(self, text: str) -> list[tuple[int, int]]:
        """Offsets of drug names in a text, in order."""
        return [
            (match.start(), match.end())
            for match in WORD.finditer(text)
            if match.group().lower() in self.names
        ]


def load(folder: Path, background: Path, also: Iterable[str] = ()) -> Lexicon:
    """Reads the lists of `folder`; the tweets under `background` decide what is ordinary.

    `also` adds names as people write them, such as those of the project's own corpus.
    """
    names = set(_read(folder))
    seen = Counter(
        match.group().lower()
        for path in sorted(background.glob("*_text.txt"))
        for match in WORD.finditer(path.read_text(encoding="utf-8"))
    )
    named = {name.lower() for name in also if re.fullmatch(r"[A-Za-z][A-Za-z-]{4,}", name)}
    kept = {
        name
        for name in names | named
        if name in _KEPT or (seen[name] < _FREQUENT and name not in _STOP)
    }
    return Lexicon(frozenset(kept), tuple(sorted(named & kept)) or tuple(sorted(kept)))


def _read(folder: Path) -> Iterable[str]:
    for file, columns, delimiter in (
        ("medlineplus.csv", ("Common name", "Synonyms"), ","),
        ("wikipedia.csv", ("Common name", "Synonyms"), ","),
        ("rxnorm_ingredient_brands_B-Z.tsv", ("name", "brand_names"), "\t"),
    ):
        with require(folder / file, PUBLISHER).open(newline="", encoding="utf-8") as lines:
            for row in csv.DictReader(lines, delimiter=delimiter):
                for column in columns:
                    for name in (row[column] or "").split("|"):
                        word = re.sub(
                            r" (?:injection|vaccine|topical|oral.*)$", "", name.strip(), flags=re.I
                        )
                        if re.fullmatch(r"[A-Za-z][A-Za-z-]{4,}", word):
                            yield word.lower()
