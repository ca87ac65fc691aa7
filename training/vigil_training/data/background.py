"""Ordinary tweets (the texts of TweetEval, Barbieri et al. 2020), as weak negatives.

Rows that name a drug or speak of vaccines carry no label: nobody has looked at what they say.
"""

from collections.abc import Iterator
from pathlib import Path

from vigil_training.data.files import MissingData, require
from vigil_training.data.lexicon import Lexicon
from vigil_training.data.vaccine_stance import MAYBE_WORD, VACCINE_WORD
from vigil_training.rows import Row

PUBLISHER = "Barbieri et al. 2020, 'TweetEval', github.com/cardiffnlp/tweeteval"
LABELS = {
    "adverse_effect": ("no",),
    "withdrawal": ("no",),
    "indication": ("no",),
    "symptom": ("no",),
    "drug_outcome": ("none",),
    "vaccine_relevance": ("no",),
    "vaccine_side_effect_concern": ("no",),
    "vaccine_stance": ("neutral",),
}


def load(folder: Path, lexicon: Lexicon) -> Iterator[Row]:
    """Every `*_text.txt` of the folder, one tweet a line, at least three words long."""
    require(folder, PUBLISHER)
    files = sorted(folder.glob("*_text.txt"))
    if not files:
        raise MissingData(f"{folder} holds no *_text.txt; get it from {PUBLISHER}")
    for path in files:
        with path.open(encoding="utf-8") as file:
            for line in file:
                text = line.strip()
                if len(text.split()) < 3:
                    continue
                if VACCINE_WORD.search(text) or MAYBE_WORD.search(text) or lexicon.find(text):
                    yield Row("background", text)
                else:
                    yield Row("background", text, LABELS, ())
