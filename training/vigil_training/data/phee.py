"""PHEE: adverse and therapeutic events in case reports (Sun et al. 2022).

About four fifths of its sentences are also in ADE-corpus-v2; clusters keep them on one side.
"""

from collections.abc import Iterator
from pathlib import Path

from vigil_training.data.files import json_lines
from vigil_training.data.lexicon import Lexicon
from vigil_training.rows import Row, Span

PUBLISHER = "Sun et al. 2022, 'PHEE', github.com/ZhaoyueSun/PHEE"


def load(folder: Path, lexicon: Lexicon) -> Iterator[Row]:
    """Effects of adverse events and all drugs; the effect of a therapeutic event is not adverse."""
    for split in ("train", "dev", "test"):
        for item in json_lines(folder / f"{split}.json", PUBLISHER):
            events = [event for part in item["annotations"] for event in part["events"]]
            adverse = [event for event in events if event["event_type"] == "Adverse_event"]
            found = [span for event in adverse for span in _spans(event.get("Effect"), "effect")]
            for event in events:
                found += _spans((event.get("Treatment") or {}).get("Drug"), "drug")
            yield Row(
                "phee",
                item["context"],
                {"adverse_effect": ("yes",) if adverse else ("no",)},
                _without_overlaps(found),
                split,
            )


def _spans(argument: dict | None, label: str) -> list[Span]:
    if not argument:
        return []
    return [
        Span(start, start + len(wording), label)
        for wordings, starts in zip(argument["text"], argument["start"], strict=True)
        for wording, start in zip(wordings, starts, strict=True)
        if wording
    ]


def _without_overlaps(found: list[Span]) -> tuple[Span, ...]:
    """Keeps the longest of spans that overlap: a token has one label."""
    kept: list[Span] = []
    for span in sorted(set(found), key=lambda span: (span.start - span.end, span.start)):
        if all(span.end <= other.start or span.start >= other.end for other in kept):
            kept.append(span)
    return tuple(sorted(kept, key=lambda span: span.start))
