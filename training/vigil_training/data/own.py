"""The project's own corpus: posts written from imagination, CC BY 4.0 (`training/corpus`).

One JSON object a line: text, ade, spans (substrings), terms (a plain name for each span), drug
(as written), role, person. Plain posts help on real tweets; of the vivid ones a few hundred do.
"""

from collections.abc import Iterator
from pathlib import Path

from vigil_training.data.ade_corpus import mark
from vigil_training.data.files import json_lines
from vigil_training.data.lexicon import Lexicon
from vigil_training.rows import Pair, Row

PUBLISHER = "part of this project, training/corpus"
PLAIN = ("plain.ndjson", "helped.ndjson")
VIVID = 300


def _items(folder: Path) -> Iterator[tuple[str, dict]]:
    for file in PLAIN:
        for item in json_lines(folder / file, PUBLISHER):
            yield "own-plain", item
    for number, item in enumerate(json_lines(folder / "vivid.ndjson", PUBLISHER)):
        if number < VIVID:
            yield "own-vivid", item


def load(folder: Path, lexicon: Lexicon) -> Iterator[Row]:
    """Every plain post and the first few hundred vivid ones."""
    for name, item in _items(folder):
        mentions = {(wording, "effect") for wording in item["spans"]}
        mentions |= {(wording, "drug") for wording in item["drug"]}
        yield Row(name, item["text"], _labels(item), mark(item["text"], mentions))


def load_pairs(folder: Path) -> Iterator[Pair]:
    """Each marked effect in its post and alone, with its term."""
    for name, item in _items(folder):
        for wording, term in zip(item["spans"], item["terms"], strict=True):
            start = item["text"].index(wording)
            yield Pair(name, item["text"], start, start + len(wording), term)


def _labels(item: dict) -> dict[str, tuple[str, ...]]:
    role, effect = item["role"], item["ade"] == 1
    labels = {
        "adverse_effect": ("yes",) if effect else ("no",),
        "withdrawal": ("yes",) if role == "withdrawal" and effect else ("no",),
    }
    if role != "helped":
        # Posts on what helped often name what it helped against; nobody marked which ones do.
        labels["indication"] = ("yes",) if role == "indication" else ("no",)
    if role == "lack-of-effect":
        labels["drug_outcome"] = ("ineffective",)
    elif role == "helped":
        labels["drug_outcome"] = ("effective",)
    elif role in ("question", "fear", "news", "advert", "other-sense", "joke"):
        labels["drug_outcome"] = ("none",)
    if role == "effect" and item["person"] != "none" and effect:
        labels["health_mention"] = ("mention",)
    return labels
