"""The project's own corpus: posts written from imagination, CC BY 4.0 (`training/corpus`).

Two forms, one JSON object a line. Short (plain, helped, vivid): text, ade, spans (substrings),
terms (a plain name for each span), drug (as written), role, person. Full (tasks, rare): text,
labels that do not follow from the rest, effects (wording, concept, marks), drug, role, person,
factuality, style; it has a label for every task, also for those that no head answers yet.
Plain posts help on real tweets; of the vivid ones a few hundred do.
"""

from collections.abc import Iterator
from pathlib import Path

from vigil_training.annotation_labels import effect_span, row_labels
from vigil_training.data.ade_corpus import mark
from vigil_training.data.files import json_lines, table
from vigil_training.data.lexicon import Lexicon
from vigil_training.rows import Pair, Row, Span

PUBLISHER = "part of this project, training/corpus"
PLAIN = ("plain.ndjson", "helped.ndjson")
VIVID = 300
# Posts with a label for every task, and the set that they are of.
FULL = {"tasks.ndjson": "own-tasks", "rare.ndjson": "own-rare"}


def _items(folder: Path) -> Iterator[tuple[str, dict]]:
    for file in PLAIN:
        for item in json_lines(folder / file, PUBLISHER):
            yield "own-plain", item
    for number, item in enumerate(json_lines(folder / "vivid.ndjson", PUBLISHER)):
        if number < VIVID:
            yield "own-vivid", item


def _full_items(folder: Path) -> Iterator[tuple[str, dict]]:
    for file, name in FULL.items():
        for item in json_lines(folder / file, PUBLISHER):
            yield name, item


def load(folder: Path, lexicon: Lexicon) -> Iterator[Row]:
    """Every plain post, the first few hundred vivid ones, and every post with all its labels."""
    for name, item in _items(folder):
        mentions = {(wording, "effect") for wording in item["spans"]}
        mentions |= {(wording, "drug") for wording in item["drug"]}
        yield Row(name, item["text"], _labels(item), mark(item["text"], mentions))
    for name, item in _full_items(folder):
        labels = row_labels(as_record(item))
        yield Row(name, item["text"], labels, _spans(item), conditions=True)


def load_pairs(folder: Path) -> Iterator[Pair]:
    """Each marked effect in its post, with its term; `terms.tsv` names the concepts."""
    for name, item in _items(folder):
        for wording, term in zip(item["spans"], item["terms"], strict=True):
            yield _pair(name, item["text"], wording, term)
    names = concept_names(folder)
    for name, item in _full_items(folder):
        for effect in item["effects"]:
            yield _pair(name, item["text"], effect["wording"], names[effect["concept"]])


def term_concepts(folder: Path) -> dict[str, str]:
    """The concept of each term that posts of the corpus carry (`terms.tsv`)."""
    lines = table(folder / "terms.tsv", PUBLISHER, "\t")
    return {line["term"]: line["concept"] for line in lines}


def concept_names(folder: Path) -> dict[str, str]:
    """The first term of each concept in `terms.tsv`, which is the one that the posts use most."""
    names: dict[str, str] = {}
    for term, concept in term_concepts(folder).items():
        names.setdefault(concept, term)
    return names


def as_record(item: dict) -> dict:
    """A post in the full form as `annotation_labels.complete` takes it."""
    own = {"person": item["person"], "factuality": item["factuality"]}
    return {**item["labels"], **own, "effects": item["effects"], "products": item["drug"]}


def _pair(name: str, text: str, wording: str, term: str) -> Pair:
    start = text.index(wording)
    return Pair(name, text, start, start + len(wording), term)


def _spans(item: dict) -> tuple[Span, ...]:
    marks = {effect["wording"]: effect.get("marks", ()) for effect in item["effects"]}
    mentions = {(wording, "effect") for wording in marks}
    mentions |= {(wording, "drug") for wording in item["drug"]}
    return tuple(
        effect_span(s.start, s.end, marks[item["text"][s.start : s.end]])
        if s.label == "effect"
        else s
        for s in mark(item["text"], mentions)
    )


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
