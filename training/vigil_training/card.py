"""The tables of a bundle's card, from the scores in its manifest.

`python -m vigil_training.card models/vigil-minilm` puts them between the two marks in CARD.md and
leaves the rest, which people write, as it is.
"""

import argparse
import json
import sys
from pathlib import Path

BEGIN, END = "<!-- scores, made from manifest.json -->", "<!-- end of scores -->"
_EMPTY = ""

Metrics = dict[tuple[str, str], dict[str, dict]]


def tables(manifest: dict) -> str:
    """Markdown of every score that a reader of the card looks for, by kind of task."""
    found: Metrics = {}
    for one in manifest["metrics"]:
        found.setdefault((one["task"], one["set"]), {})[one["metric"]] = one
    parts = [_sentences(found), _spans(found), _marks(found), _terms(found)]
    parts += [_alarms(found), _gate(found)]
    return "\n\n".join(part for part in parts if part)


def _sentences(found: Metrics) -> str:
    rows = []
    for (task, name), scores in found.items():
        if not {"ap", "macro_f1"} & set(scores):
            continue
        first = scores.get("f1") or scores["macro_f1"]
        labels = [
            f"{key.removeprefix('f1_')} {_value(one)}"
            for key, one in scores.items()
            if key.startswith("f1_")
        ]
        macro = _value(scores.get("macro_f1"))
        rows.append(
            [
                task,
                name,
                f"{first['rows']:,}",
                f"{first['positives']:,}",
                _value(scores.get("f1")),
                _value(scores.get("ap")),
                "; ".join([macro, *labels]) if labels else macro,
            ]
        )
    head = ["task", "set", "rows", "positive", "F1", "average precision", "macro-F1; F1 by label"]
    return _table(head, rows)


def _spans(found: Metrics) -> str:
    rows = [
        [name]
        + [
            _value(scores.get(f"{label}_{kind}_f1"))
            for label in ("effect", "drug", "condition")
            for kind in ("overlapping", "strict")
        ]
        for (task, name), scores in found.items()
        if task == "spans"
    ]
    head = [
        f"{label}, {kind}"
        for label in ("effect", "drug", "condition")
        for kind in ("overlapping", "strict")
    ]
    return _table(["spans, F1 in", *head], rows)


def _marks(found: Metrics) -> str:
    rows = []
    for (task, name), scores in found.items():
        if task == "marks":
            for key, one in scores.items():
                if key.endswith("_f1"):
                    mark = key.removesuffix("_f1")
                    values = [
                        _value(scores[f"{mark}_{part}"]) for part in ("precision", "recall", "f1")
                    ]
                    rows.append([mark, name, f"{one['rows']:,}", f"{one['positives']:,}", *values])
    head = ["mark", "set", "spans", "marked", "precision", "recall", "F1"]
    return _table(head, rows)


def _terms(found: Metrics) -> str:
    rows = [
        [
            name,
            f"{next(iter(scores.values()))['rows']:,}",
            *(_value(scores.get(key)) for key in ("hit_at_1", "hit_at_5", "end_to_end_f1")),
        ]
        for (task, name), scores in found.items()
        if task == "term"
    ]
    return _table(
        ["terms, by the vector alone", "rows", "first", "in five", "end to end, F1"], rows
    )


def _alarms(found: Metrics) -> str:
    rows = [
        [task, name, f"{one['rows']:,}", _value(one, 3)]
        for (task, name), scores in found.items()
        if (one := scores.get("false_positive_rate"))
    ]
    return _table(["false alarms of", "on", "rows", "share"], rows)


def _gate(found: Metrics) -> str:
    rows = [
        [
            name,
            f"{next(iter(scores.values()))['rows']:,}",
            *(_value(scores.get(key), 3) for key in ("recall", "recall_names_swapped", "passed")),
        ]
        for (task, name), scores in found.items()
        if task == "gate"
    ]
    return _table(["gate, positives of", "rows", "kept", "kept, names swapped", "passed"], rows)


def _value(one: dict | None, digits: int = 2) -> str:
    if one is None:
        return _EMPTY
    value, low, high = (f"{one[key]:.{digits}f}" for key in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in [head, *rows]]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]]) if rows else _EMPTY


def fill(folder: Path) -> None:
    """Writes the tables into the bundle's card. Raises ValueError where the card has no marks."""
    card = folder / "CARD.md"
    text = card.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{card} has no lines '{BEGIN}' and '{END}' to put the scores between")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    card.write_text(f"{before}{BEGIN}\n\n{tables(manifest)}\n\n{END}{after}", encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """The command; 0, or 1 with a line that says what is wrong."""
    parser = argparse.ArgumentParser(prog="vigil_training.card", description=__doc__)
    parser.add_argument("bundle", type=Path, help="folder with manifest.json and CARD.md")
    try:
        fill(parser.parse_args(arguments).bundle)
    except (ValueError, OSError) as error:
        print(f"vigil_training.card: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
