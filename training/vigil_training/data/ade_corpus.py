"""ADE-corpus-v2: sentences of case reports (Gurulingappa et al. 2012).

The offsets in `DRUG-AE.rel` count from the start of the abstract, so that a span is looked for
in its sentence. `ADE-NEG.txt` has sentences without an effect; nobody marked the drugs there.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from vigil_training.data.files import require
from vigil_training.data.lexicon import Lexicon
from vigil_training.rows import Row, Span

PUBLISHER = "Gurulingappa et al. 2012, 'ADE corpus', github.com/trunghlt/AdverseDrugReaction"


def load(folder: Path, lexicon: Lexicon) -> Iterator[Row]:
    """A row per sentence; the pairs of one sentence are joined."""
    sentences: dict[str, set[tuple[str, str]]] = defaultdict(set)
    with require(folder / "DRUG-AE.rel", PUBLISHER).open(encoding="utf-8") as file:
        for line in file:
            _, text, effect, _, _, drug, _, _ = line.rstrip("\n").split("|")
            sentences[text] |= {(effect, "effect"), (drug, "drug")}
    for text, mentions in sentences.items():
        yield Row("ade-corpus-v2", text, {"adverse_effect": ("yes",)}, mark(text, mentions))
    with require(folder / "ADE-NEG.txt", PUBLISHER).open(encoding="utf-8") as file:
        for line in file:
            text = line.rstrip("\n").partition(" NEG ")[2]
            if text:
                yield Row("ade-corpus-v2", text, {"adverse_effect": ("no",)})


def mark(text: str, mentions: set[tuple[str, str]]) -> tuple[Span, ...]:
    """First place of each wording in a sentence; where two overlap the longer one stays."""
    spans: list[Span] = []
    for wording, label in sorted(mentions, key=lambda mention: (-len(mention[0]), mention)):
        start = text.find(wording)
        end = start + len(wording)
        if start >= 0 and all(end <= span.start or start >= span.end for span in spans):
            spans.append(Span(start, end, label))
    return tuple(sorted(spans, key=lambda span: span.start))
