"""Vaccine stance on Twitter, 2014 to 2021: 0 neutral or irrelevant, 1 against, 2 for.

Relevance is not marked. Rows with a stance, or with a word that only vaccination has, are
relevant; rows of label 0 without any such word (a radio station, a band) are hard negatives.
Rows that only say "shot" or "jab" stay unknown.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from vigil_training.data.files import table
from vigil_training.data.lexicon import Lexicon
from vigil_training.rows import Row

PUBLISHER = "vaccine stance tweets 2014-2021, labelled 0/1/2, MIT-licensed repository"
_LABELS = {"0": "neutral", "1": "against", "2": "for"}
VACCINE_WORD = re.compile(r"vacc|vax|immuni[sz]|inocul", re.IGNORECASE)
MAYBE_WORD = re.compile(r"\bshots?\b|\bjab(?:s|bed)?\b|immunity", re.IGNORECASE)


def load(folder: Path, lexicon: Lexicon) -> Iterator[Row]:
    """Stance for every row, relevance where it follows."""
    for row in table(folder / "train.csv", PUBLISHER):
        text, stance = row["tweet"], _LABELS[row["label"]]
        labels = {"vaccine_stance": (stance,)}
        if stance != "neutral" or VACCINE_WORD.search(text):
            labels["vaccine_relevance"] = ("yes",)
        elif not MAYBE_WORD.search(text):
            labels["vaccine_relevance"] = ("no",)
            labels["vaccine_side_effect_concern"] = ("no",)
        yield Row("vaccine-stance", text, labels)
