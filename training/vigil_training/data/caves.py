"""CAVES: why people hesitate about vaccines, one or more of 12 reasons a tweet (Poddar 2022)."""

from collections.abc import Iterator
from pathlib import Path

from vigil_training.data.files import table
from vigil_training.data.lexicon import Lexicon
from vigil_training.rows import Row

PUBLISHER = "Poddar et al. 2022, 'CAVES', github.com/sohampoddar26/caves-data"


def load(folder: Path, lexicon: Lexicon) -> Iterator[Row]:
    """Every row is about vaccines; a reason against them rules the stance `for` out."""
    for file, split in (("train", "train"), ("val", "dev")):
        for row in table(folder / f"{file}.csv", PUBLISHER):
            reasons = row["labels"].split()
            concern = "yes" if "side-effect" in reasons else "no"
            labels = {"vaccine_relevance": ("yes",), "vaccine_side_effect_concern": (concern,)}
            if "none" not in reasons:
                labels["vaccine_stance"] = ("neutral", "against")
            yield Row("caves", row["text"], labels, None, split)
