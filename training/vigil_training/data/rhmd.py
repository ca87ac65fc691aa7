"""RHMD: personal health mentions on Reddit (Naseem et al. 2022)."""

from collections.abc import Iterator
from pathlib import Path

from vigil_training.data.files import table
from vigil_training.data.lexicon import Lexicon
from vigil_training.data.product import without_product
from vigil_training.rows import Row

PUBLISHER = "Naseem et al. 2022, 'RHMD', github.com/usmaann/RHMD-Health-Mention-Dataset"
_LABELS = {"0": "figurative", "1": "other", "2": "mention"}


def load(folder: Path, lexicon: Lexicon) -> Iterator[Row]:
    """Three classes; `mention` is an illness of any person, not only of the author.

    Complaints in a text without any product are no effects of one.
    """
    for row in table(folder / "train.csv", PUBLISHER):
        labels = {"health_mention": (_LABELS[row["Label"]],)}
        yield without_product(Row("rhmd", row["Text"], labels), lexicon)
