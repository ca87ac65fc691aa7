"""One file per data set, each reading its publisher's own format from a folder of the user's.

`load_rows` runs every loader; a set that is not there is an error that names it, unless it is
left out on purpose.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from vigil_training.data import (
    ade_corpus,
    annotated,
    background,
    cadec,
    caves,
    diego,
    joshi,
    meddra,
    medical_qa,
    mtaal,
    own,
    phee,
    psytar,
    rhmd,
    sick_tweets,
    smm4h,
    tac2017,
    vaccine_stance,
    yadav,
)
from vigil_training.data.lexicon import Lexicon
from vigil_training.rows import Pair, Row

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
# Sets that nobody is asked for: each is read where its folder lies beside the others.
# SMM4H, CADEC, DIEGO, Yadav's and Joshi's are licensed to a user, not to pass on.
OPTIONAL: dict[str, Callable[[Path, Lexicon], Iterable[Row]]] = {
    "smm4h": smm4h.load,
    "cadec": cadec.load,
    "diego": diego.load,
    "tac2017-adr": tac2017.load,
    "yadav": yadav.load,
    "joshi": joshi.load,
}
OPTIONAL_PAIRS: dict[str, Callable[[Path, dict[str, str]], Iterable[Pair]]] = {
    "smm4h": smm4h.load_pairs,
    "cadec": cadec.load_pairs,
    "tac2017-adr": tac2017.load_pairs,
    "mtaal": mtaal.load_pairs,
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
    for name, load in OPTIONAL.items():
        if name not in without and (data / name).exists():
            rows += load(data / name, lexicon)
    unlabelled: list[Row] = []
    if "medical-qa" not in without and (data / "medical-qa").exists():
        unlabelled = list(medical_qa.load(data / "medical-qa", lexicon))
    rows += list(annotated.load([*rows, *unlabelled], corpus.parent / "annotations"))
    rows += own.load(corpus, lexicon)
    return rows


def load_optional_pairs(data: Path, without: frozenset[str]) -> Iterator[Pair]:
    """Wordings with their terms, of the optional sets that lie under `data`."""
    names = meddra.names(data)
    for name, load in OPTIONAL_PAIRS.items():
        if name not in without and (data / name).exists():
            yield from load(data / name, names)
