"""From folders to rows with splits, checked; the one way in which every command reads data."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from vigil_training import splits
from vigil_training.data import lexicon, load_rows, own, terms
from vigil_training.data.files import json_lines
from vigil_training.rows import Pair, Row, check_row
from vigil_training.tasks import Task
from vigil_training.text import duplicate_key


@dataclass(frozen=True)
class Prepared:
    """Rows and pairs with their splits, and the lexicon of drug names."""

    rows: list[Row]
    pairs: list[Pair]
    lexicon: lexicon.Lexicon


def prepare(data: Path, corpus: Path, tasks: list[Task], without: frozenset[str]) -> Prepared:
    """Loads every set, splits by cluster and refuses to go on with a leak."""
    also = {
        name for item in json_lines(corpus / "plain.ndjson", own.PUBLISHER) for name in item["drug"]
    }
    names = lexicon.load(data / "drugs", data / "background", also)
    rows = load_rows(data, corpus, names, without)
    labels = {task.id: list(task.labels) for task in tasks if task.kind == "sentence"}
    for row in rows:
        check_row(row, labels)
    rows = splits.assign(rows)
    splits.check_leaks(rows)
    split = {row.text: row.split for row in rows if row.set.startswith("own")}
    pairs = [replace(pair, split=split[pair.text]) for pair in own.load_pairs(corpus)]
    if "terminology" not in without:
        held_out = {p.text[p.start : p.end].lower() for p in pairs if p.split != "train"}
        for pair in terms.load(data / "terminology"):
            if pair.text.lower() not in held_out:
                pairs.append(pair)
    return Prepared(rows, pairs, names)


def data_hash(prepared: Prepared) -> str:
    """SHA-256 over the training rows' text hashes, labels and spans, whatever their order."""
    lines = sorted(
        f"{hashlib.sha256(row.text.encode()).hexdigest()} {sorted(row.labels.items())} "
        f"{[(s.start, s.end, s.label) for s in row.spans or ()]}"
        for row in prepared.rows
        if row.split == "train"
    )
    lines += sorted(
        f"{hashlib.sha256(duplicate_key(pair.text).encode()).hexdigest()} {pair.term}"
        for pair in prepared.pairs
        if pair.split == "train"
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
