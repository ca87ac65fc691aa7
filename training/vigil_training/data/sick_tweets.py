"""Sick tweets: who is ill, on Twitter (Paul and Dredze 2011)."""

from collections.abc import Iterator
from pathlib import Path

from vigil_training.data.files import table
from vigil_training.data.lexicon import Lexicon
from vigil_training.data.product import without_product
from vigil_training.rows import Row

PUBLISHER = "Paul and Dredze 2011, 'You are what you tweet'"
# `health` and `no` rule a mention out; which of the two other classes it is was not asked.
_LABELS = {
    "sick": ("mention",),
    "health": ("other", "figurative"),
    "no": ("other", "figurative"),
}


def load(folder: Path, lexicon: Lexicon) -> Iterator[Row]:
    """English rows that the annotators were sure of; see rhmd.py for those without a product."""
    for row in table(folder / "train.tsv", PUBLISHER, "\t"):
        if row["label"] in _LABELS:
            labels = {"health_mention": _LABELS[row["label"]]}
            yield without_product(Row("sick-tweets", row["text"], labels), lexicon)
