"""PsyTAR: sentences of patients' reviews of four psychiatric drugs (Zolnoori et al. 2019).

`binary/{train,dev}.tsv` holds one column per label, `spans/{train,dev}.conll` one token a line.
Both files hold the same sentences; they stay separate rows, joined by their cluster.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from vigil_training.data.files import require, table
from vigil_training.data.lexicon import Lexicon
from vigil_training.rows import Row, Span

PUBLISHER = "Zolnoori et al. 2019, 'The PsyTAR dataset', Data in Brief"
# Of the illness and its symptoms nobody said whether they are the reason for the drug.
_SPANS: dict[str, tuple] = {
    "ADR": ("effect",),
    "WD": ("effect",),
    "DI": ("condition", ("indication",)),
    "SSI": ("condition",),
}
_NO_SPACE_BEFORE = re.compile(r"^[.,;:!?)\]'%]")


def load(folder: Path, lexicon: Lexicon) -> Iterator[Row]:
    """Sentence labels from `binary`, spans from `spans`; drug names are marked by the lexicon."""
    for split in ("train", "dev"):
        for row in table(folder / "binary" / f"{split}.tsv", PUBLISHER, "\t"):
            yield Row("psytar", row["sentences"], _labels(row), None, split)
        for text, effects in _sentences(folder / "spans" / f"{split}.conll"):
            drugs = [Span(start, end, "drug") for start, end in lexicon.find(text)]
            free = [d for d in drugs if all(d.end <= e.start or d.start >= e.end for e in effects)]
            # The two folders are split differently; a sentence goes where `binary` puts it.
            spans = tuple(sorted(effects + free, key=_start))
            yield Row("psytar", text, {}, spans, conditions=True)


def _labels(row: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """Withdrawal counts as an adverse effect; a row both EF and INF allows either outcome."""
    is_set = {name: row[name].strip() == "1" for name in ("ADR", "WD", "EF", "INF", "SSI", "DI")}
    outcome = [name for name, key in (("effective", "EF"), ("ineffective", "INF")) if is_set[key]]

    def yes(value: bool) -> tuple[str, ...]:
        return ("yes",) if value else ("no",)

    return {
        "adverse_effect": yes(is_set["ADR"] or is_set["WD"]),
        "withdrawal": yes(is_set["WD"]),
        "drug_outcome": tuple(outcome) or ("none",),
        "indication": yes(is_set["DI"]),
        "symptom": yes(is_set["SSI"]),
    }


def _sentences(path: Path) -> Iterator[tuple[str, list[Span]]]:
    """Joins tokens to running text, and their B-/I- tags to spans of effects and conditions."""
    text, spans, open_tag = "", [], ""
    with require(path, PUBLISHER).open(encoding="utf-8") as file:
        for line in [*file, "\n"]:
            token, _, tag = line.rstrip("\n").partition("\t")
            if not token:
                if text:
                    yield text, spans
                text, spans, open_tag = "", [], ""
                continue
            glue = not text or _NO_SPACE_BEFORE.match(token) or text[-1] in "('"
            start = len(text) + (0 if glue else 1)
            text += ("" if glue else " ") + token
            name = tag.partition("-")[2]
            if name in _SPANS:
                if tag.startswith("I-") and open_tag == name:
                    spans[-1] = replace(spans[-1], end=len(text))
                else:
                    spans.append(Span(start, len(text), *_SPANS[name]))
            open_tag = name


def _start(span: Span) -> int:
    return span.start
