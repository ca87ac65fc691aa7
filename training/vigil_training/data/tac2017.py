"""TAC 2017: adverse reactions in 101 drug labels, normalised (Demner-Fushman et al. 2018).

`train.json` is a list of sections; a mention is wording, preferred term with code, lowest-level
term with code, offset, length, and whom it happened to. About one mention is marked per distinct
wording, and some have no offset, so every place of a wording in its section is marked here.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from vigil_training.data.files import require
from vigil_training.data.lexicon import Lexicon
from vigil_training.data.strict import Place, add_drugs, sentences, span
from vigil_training.rows import Pair, Row, Span

PUBLISHER = "US National Library of Medicine, bionlp.nlm.nih.gov/tac2017adversereactions"
_FILE = "train.json"


def load(folder: Path, lexicon: Lexicon) -> Iterator[Row]:
    """A row per sentence or line of a section, with spans only: a label tells of nobody's effect.

    Sentences with what was seen in animals or in a class of drugs are left out.
    """
    for place, section in _sections(folder):
        text, mentions = section["section_text"], section["adverse_events"]
        spans = _given(place, text, mentions) + _expanded(text, mentions, {"human"})
        others = _expanded(text, mentions, {"animal", "drug_class"})
        effects = add_drugs(spans, ())
        for start, end in sentences(text):
            if any(start <= other.start < end for other in others):
                continue
            inside = [
                Span(max(mark.start, start) - start, min(mark.end, end) - start, "effect")
                for mark in effects
                if mark.start < end and mark.end > start
            ]
            sentence = text[start:end]
            marked = add_drugs(inside, lexicon.find(sentence))
            yield Row("tac2017-adr", sentence, {}, marked)


def load_pairs(folder: Path, names: dict[str, str]) -> Iterator[Pair]:
    """Each wording with its preferred term, once for each section; `names` is not needed."""
    for _, section in _sections(folder):
        seen = {(mention[0].strip(), mention[1]) for mention in section["adverse_events"]}
        for wording, term in sorted((w, t) for w, t in seen if w and t):
            yield Pair("tac2017-adr", wording, 0, len(wording), term)


def _sections(folder: Path) -> Iterator[tuple[Place, dict]]:
    path = require(folder / _FILE, PUBLISHER)
    try:
        found = json.loads(path.read_bytes())
    except ValueError:
        # The parser's own message quotes the file.
        raise ValueError(f"set tac2017-adr: {_FILE} is not JSON; is it complete?") from None
    if not isinstance(found, list) or not found:
        raise ValueError(f"set tac2017-adr: {_FILE} has no sections")
    for number, section in enumerate(found, 1):
        place = Place("tac2017-adr", path, number)
        if not isinstance(section, dict) or not {"section_text", "adverse_events"} <= set(section):
            raise place.error("a section needs section_text and adverse_events")
        if any(len(mention) != 8 for mention in section["adverse_events"]):
            raise place.error("a mention needs eight values")
        yield place, section


def _given(place: Place, text: str, mentions: list[list]) -> list[Span]:
    """Spans of the offsets that the set gives, where a mention is in one piece."""
    return [
        span(place, text, (offset, _end(offset, length)), "effect", wording)
        for wording, _, _, _, _, offset, length, whom in mentions
        if whom == "human" and offset is not None and "," not in str(offset)
    ]


def _end(offset: str, length: str) -> str:
    is_number = str(offset).isdigit() and str(length).isdigit()
    return str(int(offset) + int(length)) if is_number else ""


def _expanded(text: str, mentions: list[list], whom: set[str]) -> list[Span]:
    wordings = {" ".join(mention[0].split()) for mention in mentions if mention[7] in whom}
    patterns = [
        re.escape(wording).replace(r"\ ", r"\s+")
        for wording in sorted(wordings, key=lambda wording: (-len(wording), wording))
        if wording
    ]
    if not patterns:
        return []
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)", re.IGNORECASE)
    return [Span(*found.span(), "effect") for found in pattern.finditer(text)]
