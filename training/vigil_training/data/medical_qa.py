"""Patients' questions to doctors, from three forums; only the question is read, never the answer.

The long ones are cut, so that a reader sees what an annotation was made on: white space becomes
single spaces, and of a text over 600 characters the whole sentences that fit are kept, or whole
words where its first sentence is longer. The cut depends on the text alone.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from vigil_training.data.files import require
from vigil_training.data.lexicon import Lexicon
from vigil_training.rows import Row

PUBLISHER = "medical question answer data, github.com/LasseRegin/medical-question-answer-data"
FILES = ("ehealthforumQAs.json", "icliniqQAs.json", "questionDoctorQAs.json")
LONGEST = 600
_SENTENCE_END = re.compile(r"[.!?]+(?=\s|$)")


def load(folder: Path, lexicon: Lexicon) -> Iterator[Row]:
    """Each question once, as its patient wrote it where the forum keeps that; no labels."""
    seen: set[str] = set()
    for file in FILES:
        with require(folder / file, PUBLISHER).open(encoding="utf-8") as source:
            items = json.load(source)
        for item in items:
            text = cut(item.get("question_text") or item["question"])
            if text and text not in seen:
                seen.add(text)
                yield Row("medical-qa", text)


def cut(text: str, longest: int = LONGEST) -> str:
    """The beginning of a text, at most `longest` code points, ending with a sentence or a word."""
    text = " ".join(text.split())
    if len(text) <= longest:
        return text
    ends = [found.end() for found in _SENTENCE_END.finditer(text) if found.end() <= longest]
    if ends:
        return text[: ends[-1]]
    head, space, _ = text[: longest + 1].rpartition(" ")
    return head if space else text[:longest]
