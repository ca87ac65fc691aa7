"""Annotations of real posts, kept without their text: conversion, agreement, differences.

`python -m vigil_training.annotations convert|kappa|disagree`. The formats are described in
`annotations/README.md`. No message and no output holds text of a post; posts are named by number
or by set and hash.
"""

import argparse
import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from vigil_training.annotation_labels import DERIVED, LABELS, MARKS, SKIPS, compact, complete

_CONCEPT = re.compile(r"VS\d{4}")
_KEYS = {key: label for label, (key, _) in LABELS.items()}


def text_hash(text: str) -> str:
    """First 16 hex digits of the SHA-256 of a text in UTF-8, white space at its ends taken off."""
    return hashlib.sha256(text.strip().encode()).hexdigest()[:16]


def spans_in(text: str, record: dict) -> list[tuple[int, int, dict]]:
    """Start, end and effect in the loader's text; offsets of a record count from its first word.

    Raises ValueError where the record belongs to another text.
    """
    if text_hash(text) != record["hash"]:
        raise ValueError(f"annotation {record['set']} {record['hash']} belongs to another text")
    shift = len(text) - len(text.lstrip())
    return [(e["start"] + shift, e["end"] + shift, e) for e in record.get("effects", ())]


def convert(
    lines: Iterable[dict], posts: dict[int, dict], name: str, concepts: frozenset[str]
) -> list[dict]:
    """Annotators' lines as records with hash and offsets, in the order of the posts.

    `posts` maps a number to set, hash and text; `name` is the pass; `concepts` are the ids of the
    open vocabulary. Raises ValueError that lists every line with a fault, by the post's number.
    """
    records: dict[int, dict] = {}
    faults: list[str] = []
    for line in lines:
        number = line.get("n")
        try:
            if number not in posts:
                raise ValueError("no such post")
            if number in records:
                raise ValueError("annotated twice")
            records[number] = _record(line, posts[number], name, concepts)
        except ValueError as error:
            faults.append(f"post {number}: {error}")
    if faults:
        raise ValueError("\n".join(faults))
    return [records[number] for number in sorted(records)]


def _record(line: dict, post: dict, name: str, concepts: frozenset[str]) -> dict:
    text = post["text"].strip()
    record: dict = {"set": post["set"], "hash": text_hash(text), "pass": name}
    for key, value in line.items():
        if key in ("n", "e", "d"):
            continue
        if key == "q":
            record["doubt"] = True
        elif key == "skip" and value in SKIPS:
            record["skip"] = value
        elif key in _KEYS and str(value) in LABELS[_KEYS[key]][1]:
            record[_KEYS[key]] = LABELS[_KEYS[key]][1][str(value)]
        else:
            raise ValueError(f"key {key} is unknown or has an unknown value")
    taken: Counter[str] = Counter()
    effects = [_effect(item, text, taken, concepts) for item in line.get("e", ())]
    if effects:
        record["effects"] = sorted(effects, key=lambda effect: (effect["start"], effect["end"]))
    products = sorted({span for wording in line.get("d", ()) for span in _all(text, wording)})
    if products:
        record["products"] = [list(span) for span in products]
    return compact(record)


def _effect(item: list, text: str, taken: Counter[str], concepts: frozenset[str]) -> dict:
    """The next place of a wording: a wording given twice is marked at two places."""
    if not isinstance(item, list) or not 2 <= len(item) <= 3:
        raise ValueError("an effect is [wording, concept] or [wording, concept, marks]")
    wording, concept, letters = [*item, ""][:3]
    if _CONCEPT.match(concept) and concept not in concepts:
        raise ValueError(f"concept {concept} is not in the vocabulary")
    if not wording.strip() or wording != wording.strip() or not concept.strip():
        raise ValueError("an effect has an empty or untrimmed wording or concept")
    places = [found.start() for found in re.finditer(re.escape(wording), text)]
    taken[wording] += 1
    if taken[wording] > len(places):
        raise ValueError(f"the wording of effect {concept} is not in the text (so often)")
    if set(letters) - set(MARKS):
        raise ValueError(f"marks of effect {concept} are not of {''.join(MARKS)}")
    start = places[taken[wording] - 1]
    effect = {"start": start, "end": start + len(wording), "concept": concept}
    if letters:
        effect["marks"] = [MARKS[letter] for letter in MARKS if letter in letters]
    return effect


def _all(text: str, wording: str) -> list[tuple[int, int]]:
    """Every place of a product's name as a word of its own."""
    pattern = rf"(?<!\w){re.escape(wording)}(?!\w)"
    found = [match.span() for match in re.finditer(pattern, text)] if wording.strip() else []
    if not found:
        raise ValueError("a product in d is not in the text as a word")
    return found


def _pairs(first: list[dict], second: list[dict]) -> list[tuple[dict, dict]]:
    """Records of the same posts that neither reader left out."""
    other = {(record["set"], record["hash"]): record for record in second}
    both = [(one, other.get((one["set"], one["hash"]))) for one in first]
    return [(a, b) for a, b in both if b and "skip" not in a and "skip" not in b]


def kappa(first: list[dict], second: list[dict]) -> dict[str, dict]:
    """Cohen's kappa and share of agreement per label; F1 of effects by overlap and with concept.

    Kappa is None where both readers gave one and the same label throughout.
    """
    pairs = _pairs(first, second)
    answers = [(complete(a), complete(b)) for a, b in pairs]
    result: dict[str, dict] = {}
    for label in (*DERIVED, *LABELS):
        table = Counter((a[label], b[label]) for a, b in answers)
        total = max(sum(table.values()), 1)
        left, right = Counter(), Counter()
        for (a, b), count in table.items():
            left[a] += count
            right[b] += count
        agreed = sum(count for (a, b), count in table.items() if a == b) / total
        chance = sum(left[value] * right[value] for value in left) / total**2
        score = None if chance == 1 else (agreed - chance) / (1 - chance)
        result[label] = {
            "kappa": score,
            "agreement": agreed,
            "posts": len(pairs),
            "first": dict(left),
            "second": dict(right),
        }
    result["effects"] = _effect_agreement(pairs)
    return result


def _matches(a: dict, b: dict, concept: bool) -> int:
    """Effects of `a` that overlap one of `b`, with the same concept if that is asked."""
    return sum(
        any(
            x["start"] < y["end"]
            and y["start"] < x["end"]
            and (not concept or x["concept"].lower() == y["concept"].lower())
            for y in b.get("effects", ())
        )
        for x in a.get("effects", ())
    )


def _effect_agreement(pairs: list[tuple[dict, dict]]) -> dict:
    total = sum(len(record.get("effects", ())) for pair in pairs for record in pair)

    def f1(concept: bool) -> float | None:
        hits = sum(_matches(a, b, concept) + _matches(b, a, concept) for a, b in pairs)
        return hits / total if total else None

    return {"overlap_f1": f1(False), "concept_f1": f1(True), "effects": total}


def disagreements(first: list[dict], second: list[dict]) -> list[dict]:
    """Posts where two readers differ: each label with both answers, both lists of effects."""
    found = []
    other = {(record["set"], record["hash"]): record for record in second}
    for a in first:
        b = other.get((a["set"], a["hash"]))
        if b is None:
            continue
        one, two = complete(a), complete(b)
        labels = {label: [one[label], two[label]] for label in one if one[label] != two[label]}
        item: dict = {"set": a["set"], "hash": a["hash"]}
        if a.get("skip") != b.get("skip"):
            item["skip"] = [a.get("skip"), b.get("skip")]
        if labels:
            item["labels"] = labels
        for key in ("effects", "products"):
            if a.get(key, []) != b.get(key, []):
                item[key] = [a.get(key, []), b.get(key, [])]
        if "doubt" in a or "doubt" in b:
            item["doubt"] = True
        if len(item) > 2:
            found.append(item)
    return found


def read(paths: Iterable[Path]) -> list[dict]:
    """Objects of files with one JSON object a line; a broken line is named by file and number."""
    found = []
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            if not line.strip():
                continue
            try:
                found.append(json.loads(line))
            except json.JSONDecodeError:
                # The parser's own message is not passed on: it may quote the line.
                raise ValueError(f"{path.name}: line {number} is not JSON") from None
            if not isinstance(found[-1], dict):
                raise ValueError(f"{path.name}: line {number} is not an object")
    return found


def write(path: Path, items: Iterable[dict]) -> None:
    """One JSON object a line, without spaces."""
    lines = (json.dumps(item, ensure_ascii=False, separators=(",", ":")) for item in items)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m vigil_training.annotations")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("convert", help="annotators' lines to hash and offsets")
    command.add_argument("lines", type=Path, nargs="+", help="what an annotator wrote")
    command.add_argument("--posts", type=Path, nargs="+", required=True, help="n, set, text")
    command.add_argument("--pass", dest="name", choices=("a", "b", "final"), required=True)
    command.add_argument("--out", type=Path, required=True)
    command.add_argument(
        "--vocabulary", type=Path, default=Path("services/terminology/vocabulary/open.tsv")
    )
    for name, text in (("kappa", "agreement per label"), ("disagree", "posts that differ")):
        command = commands.add_parser(name, help=text)
        command.add_argument("first", type=Path)
        command.add_argument("second", type=Path)
        if name == "disagree":
            command.add_argument("--out", type=Path, required=True)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; 0 done, 1 an input does not serve."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "convert":
            posts = {post["n"]: post for post in read(options.posts)}
            # Not above: loaders of the sets import this file.
            from vigil_training.data import vocabulary

            concepts = frozenset(vocabulary.names(options.vocabulary))
            records = convert(read(options.lines), posts, options.name, concepts)
            write(options.out, records)
            print(f"{len(records)} of {len(posts)} posts")
        elif options.command == "kappa":
            print(json.dumps(kappa(read([options.first]), read([options.second])), indent=2))
        else:
            found = disagreements(read([options.first]), read([options.second]))
            write(options.out, found)
            print(f"{len(found)} posts differ")
    except (ValueError, OSError) as error:
        print(f"annotations: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
