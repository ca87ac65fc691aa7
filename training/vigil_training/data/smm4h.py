"""SMM4H, Social Media Mining for Health: the tasks of 2017 to 2022 on drugs, defects and vaccines.

One folder per task under `smm4h`, named year and task (`2020-task2`), with the organisers' files
in it or in folders below; "train", "valid" or "dev", and "test" in a name tell the part. Files
with a header are read by it, others by these orders:

- classes: tweet_id, label | tweet_id, user_id, label | tweet_id, [user_id,] label, tweet |
  tweet_id, [user_id,] tweet, label
- texts alone (2021 and 2022 task 1, and what a download script gives): tweet_id, tweet
- spans: tweet_id, type, begin, end, extraction [, meddra_code] | tweet_id, begin, end, type,
  extraction | the nine columns of 2019 tasks 2 and 3 and 2020 task 3, tweet_id, begin, end, type,
  extraction, drug, tweet, meddra_code, meddra_term
- terms of 2017 task 3: id, extraction, meddra_code

Texts, classes and spans of one part are joined by tweet_id; a tweet that is no longer to be had
("Not Available") is left out. "Received or intends to receive" of 2018 task 4 is one label there
and becomes `vaccine_use`. "Possible intake" decides nothing.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from vigil_training.data.files import require
from vigil_training.data.lexicon import Lexicon
from vigil_training.data.strict import (
    EMPTY,
    Record,
    add_drugs,
    check_classes,
    label_of,
    span,
    table,
)
from vigil_training.rows import Pair, Row, Span

PUBLISHER = "the SMM4H organisers, healthlanguageprocessing.org, on request"
Labels = dict[str, dict[str, str]]


def _binary(task: str, **others: str) -> Labels:
    plain = {"0": "no", "1": "yes", "no": "no", "yes": "yes", **others}
    return {value: {task: label} for value, label in plain.items()}


_ADE = _binary("adverse_effect", noade="no", ade="yes")
_INTAKE: Labels = {"1": {"drug_use": "yes"}, "2": {}, "3": {"drug_use": "no"}}
_STATUS = _binary("vaccine_use", vaccine_chatter="no", self_reports="yes")
_DEFECT = {
    value: {"birth_defect": label}
    for value, label in (("1", "defect"), ("2", "possible-defect"), ("3", "none"))
}
TASKS: dict[str, Labels] = {
    "2017-task1": _ADE,
    "2017-task2": _INTAKE,
    "2018-task1": _binary("medication_mention"),
    "2018-task2": _INTAKE,
    "2018-task3": _ADE,
    "2018-task4": _binary("vaccine_use"),
    "2019-task1": _ADE,
    "2019-task2": _ADE,
    "2019-task3": _ADE,
    "2020-task1": _binary("medication_mention"),
    "2020-task2": _ADE,
    "2020-task3": _ADE,
    "2020-task5": _DEFECT,
    "2021-task1": _ADE,
    "2022-task1": _ADE,
    "2022-task6": _STATUS,
}
_TERMS_ONLY = "2017-task3"
_ID, _FULL = "tweet_id", "tweet_id begin end type extraction drug tweet meddra_code meddra_term"
_ORDERS = (
    (_ID, "label"),
    (_ID, "tweet"),
    (_ID, "label", "tweet"),
    (_ID, "user_id", "label"),
    (_ID, "tweet", "label"),
    (_ID, "user_id", "label", "tweet"),
    (_ID, "user_id", "tweet", "label"),
    (_ID, "type", "begin", "end", "extraction"),
    (_ID, "begin", "end", "type", "extraction"),
    (_ID, "type", "begin", "end", "extraction", "meddra_code"),
    tuple(_FULL.split()),
)
# What a mark's type stands for; an indication is no effect of the drug.
_TYPES = {"adr": "effect", "ade": "effect", "ae": "effect", "drug": "drug", "indication": None}
_GONE = {"", "not available"}


@dataclass
class _Part:
    """What the files of one part say, by tweet_id."""

    texts: dict[str, str] = field(default_factory=dict)
    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    marks: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))
    is_marked: bool = False


def load(folder: Path, lexicon: Lexicon) -> Iterator[Row]:
    """A row per tweet with a class or with its spans, in a set of its task, `smm4h-2020-task2`.

    ValueError on a folder of no known task, unknown labels or types, one class only, spans outside
    their text.
    """
    for path, task in _folders(folder):
        if task != _TERMS_ONLY:
            yield from check_classes(f"smm4h-{task}", _rows(path, task, lexicon))


def load_pairs(folder: Path, names: dict[str, str]) -> Iterator[Pair]:
    """Each mention that has a term: its name in the file, else the code's in `names`."""
    for path, task in _folders(folder):
        name = f"smm4h-{task}"
        if task == _TERMS_ONLY:
            for file in _files(path):
                order = (_ID, "extraction", "meddra_code")
                for record in table(name, file, PUBLISHER, [order], (), order):
                    wording, term = record.fields["extraction"].strip(), _term(record, names)
                    if wording and term:
                        yield Pair(name, wording, 0, len(wording), term, _split(path, file))
            continue
        for split, part in _parts(path, task):
            for number, records in part.marks.items():
                text = part.texts.get(number, "")
                for record in records if text.lower() not in _GONE else ():
                    mark, term = _mark(record, text), _term(record, names)
                    if term and mark is not None and mark.label == "effect":
                        yield Pair(name, text, mark.start, mark.end, term, split)


def _folders(folder: Path) -> Iterator[tuple[Path, str]]:
    """The task folders; 1a, 1b and 1c of a year are one task."""
    require(folder, PUBLISHER)
    found = [path for path in sorted(folder.iterdir()) if path.is_dir()]
    known = (*TASKS, _TERMS_ONLY)
    if not found:
        raise ValueError(f"set smm4h: no task folders; known are {', '.join(sorted(known))}")
    for path in found:
        task = re.sub(r"(?<=\d)[abc]$", "", path.name)
        if task not in known:
            raise ValueError(
                f"set smm4h: folder {path.name} is no known task; known are "
                f"{', '.join(sorted(known))}"
            )
        yield path, task


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.suffix in (".tsv", ".txt", ".csv")]


def _split(folder: Path, path: Path) -> str:
    name = str(path.relative_to(folder)).lower()
    if "train" in name:
        return "train"
    if "valid" in name or "dev" in name:
        return "dev"
    return "test" if "test" in name or "eval" in name else "train"


def _parts(folder: Path, task: str) -> Iterator[tuple[str, _Part]]:
    parts: dict[str, _Part] = defaultdict(_Part)
    for path in _files(folder):
        part = parts[_split(folder, path)]
        for record in table(f"smm4h-{task}", path, PUBLISHER, _ORDERS, TASKS[task]):
            fields = record.fields
            number = fields["tweet_id"].strip()
            if "tweet" in fields:
                part.texts.setdefault(number, fields["tweet"])
            if "label" in fields and fields["label"].strip().lower() not in EMPTY:
                part.labels[number] = label_of(record, TASKS[task])
            if "begin" in fields:
                part.is_marked = True
                if fields["begin"].strip().lower() not in EMPTY:
                    part.marks[number].append(record)
    found = parts.values()
    if any(part.labels or part.marks for part in found) and not any(part.texts for part in found):
        raise ValueError(
            f"set smm4h-{task}: no file has the tweets' texts; fetch them with the organisers' "
            "script and put them there as tweet_id, tweet"
        )
    yield from parts.items()


def _rows(folder: Path, task: str, lexicon: Lexicon) -> Iterator[Row]:
    for split, part in _parts(folder, task):
        for number, text in part.texts.items():
            if text.strip().lower() in _GONE:
                continue
            labels = part.labels.get(number)
            if not part.is_marked:
                if labels:
                    yield _row(task, text, labels, None, split)
                continue
            records = part.marks.get(number, [])
            marks = [mark for record in records if (mark := _mark(record, text)) is not None]
            drugs = [*_named(records, text), *lexicon.find(text)]
            if labels is None:
                has_effect = any(mark.label == "effect" for mark in marks)
                labels = {"adverse_effect": "yes" if has_effect else "no"}
            yield _row(task, text, labels, add_drugs(marks, drugs), split)


def _row(
    task: str, text: str, labels: dict[str, str], spans: tuple[Span, ...] | None, split: str
) -> Row:
    allowed = {name: (label,) for name, label in labels.items()}
    return Row(f"smm4h-{task}", text, allowed, spans, split)


def _mark(record: Record, text: str) -> Span | None:
    """The span that a record marks; None for an indication."""
    fields = record.fields
    kind = fields["type"].strip().lower()
    if kind not in _TYPES:
        raise record.place.error(f"unknown type; known are {', '.join(sorted(_TYPES))}")
    label = _TYPES[kind]
    found = span(
        record.place, text, (fields["begin"], fields["end"]), label or "", fields["extraction"]
    )
    return found if label else None


def _named(records: list[Record], text: str) -> Iterator[tuple[int, int]]:
    """Where the drug that a record names stands in its text, if it does."""
    for record in records:
        drug = record.fields.get("drug", "").strip()
        if drug.lower() not in EMPTY and (found := re.search(re.escape(drug), text, re.IGNORECASE)):
            yield found.span()


def _term(record: Record, names: dict[str, str]) -> str | None:
    term = record.fields.get("meddra_term", "").strip()
    code = record.fields.get("meddra_code", "").strip()
    return term if term.lower() not in EMPTY else names.get(code)
