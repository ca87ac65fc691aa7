"""One file per data set, each reading its publisher's own format from a folder of the user's.

`load_rows` runs every loader; a set that is not there is an error that names it, unless it is
left out on purpose.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from vigil_training.data import (
    ade_corpus,
    annotated,
    background,
    caves,
    medical_qa,
    own,
    phee,
    psytar,
    rhmd,
    sick_tweets,
    vaccine_stance,
)
from vigil_training.data.lexicon import Lexicon
from vigil_training.rows import Row

SETS: dict[str, Callable[[Path, Lexicon], Iterable[Row]]] = {
    "psytar": psytar.load,
    "ade-corpus-v2": ade_corpus.load,
    "phee": phee.load,
    "rhmd": rhmd.load,
    "sick-tweets": sick_tweets.load,
    "vaccine-stance": vaccine_stance.load,
    "caves": caves.load,
    "background": background.load,
}


def load_rows(data: Path, corpus: Path, lexicon: Lexicon, without: frozenset[str]) -> list[Row]:
    """Rows of every set under `data`, of the project's own corpus, and of the annotated posts.

    Raises MissingData when a folder is not there, ValueError on a set without rows.
    """
    rows: list[Row] = []
    for name, load in SETS.items():
        if name in without:
            continue
        found = list(load(data / name, lexicon))
        if not found:
            raise ValueError(f"set {name} has no rows; is the download complete?")
        rows += found
    unlabelled: list[Row] = []
    if "medical-qa" not in without and (data / "medical-qa").exists():
        unlabelled = list(medical_qa.load(data / "medical-qa", lexicon))
    rows += list(annotated.load([*rows, *unlabelled], corpus.parent / "annotations"))
    rows += own.load(corpus, lexicon)
    return rows
