"""Checks the project's own corpus and counts its grid.

`python -m vigil_training.corpus check` ends with 1 and says what is wrong, by file and line and
without the text; `count` prints how much of the planned grid is there and what is missing.
"""

import argparse
import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

from vigil_training.annotation_labels import LABELS, MARKS, complete
from vigil_training.clusters import shingles, similar_pairs
from vigil_training.corpus_grid import report
from vigil_training.data.files import MissingData, json_lines
from vigil_training.data.own import FULL, as_record, term_concepts
from vigil_training.data.vocabulary import names
from vigil_training.text import duplicate_key

PUBLISHER = "part of this project"
ROOT = Path(__file__).parents[2]
FILES = ("plain.ndjson", "helped.ndjson", "vivid.ndjson", *FULL)
ROLES = frozenset(
    (
        "effect indication negated fear question joke news advert other-sense plain-use "
        "lack-of-effect withdrawal general helped interaction plan"
    ).split()
)
PLATFORMS = frozenset("x bluesky reddit forum".split())
STYLES = PLATFORMS | frozenset("spelling slang emoji hashtags dialect".split())
PER_FRAME = 3
NEAR = 0.8
_SHORT_KEYS = {"text", "ade", "spans", "terms", "drug", "role", "person"}
_FULL_KEYS = {"text", "labels", "effects", "drug", "role", "person", "factuality", "style"}
_TOKEN = re.compile(r"\w+(?:'\w+)?")


def frame(text: str, drugs: list[str], effects: list[str]) -> str:
    """What a post is without its products, effects and numbers: posts of one frame share it."""
    text = text.lower()
    for words, mask in ((effects, " EFFECT "), (drugs, " DRUG ")):
        for word in sorted(words, key=len, reverse=True):
            text = re.sub(rf"(?<!\w){re.escape(word.lower())}(?!\w)", mask, text)
    return " ".join(re.sub(r"\d+", "0", word) for word in _TOKEN.findall(text))


def read(folder: Path) -> list[tuple[str, dict]]:
    """Every post with its place, such as ("plain.ndjson:12", post)."""
    return [
        (f"{file}:{number}", item)
        for file in FILES
        for number, item in enumerate(json_lines(folder / file, PUBLISHER), 1)
    ]


def check_post(item: dict, concepts: dict[str, str], terms: dict[str, str]) -> list[str]:
    """What is wrong with one post."""
    is_full = "labels" in item
    keys = _FULL_KEYS if is_full else _SHORT_KEYS
    if set(item) != keys:
        return [f"keys differ: {sorted(set(item) ^ keys)}"]
    if not isinstance(item["text"], str) or not item["text"].strip():
        return ["text is empty"]
    wrong = [] if item["role"] in ROLES else [f"role {item['role']} is unknown"]
    wrong += [
        f"drug {i} is not in the text" for i, d in enumerate(item["drug"]) if not _in(d, item)
    ]
    return wrong + (_check_full(item, concepts, terms) if is_full else _check_short(item, terms))


def _in(wording: str, item: dict) -> bool:
    return bool(wording.strip()) and wording in item["text"]


def _in_as_words(wording: str, item: dict) -> bool:
    """Whether the first place of a wording is not inside a longer word: it is the one taken."""
    start = item["text"].find(wording)
    pattern = re.compile(rf"(?<!\w){re.escape(wording)}(?!\w)")
    return _in(wording, item) and pattern.match(item["text"], start) is not None


def _check_short(item: dict, terms: dict[str, str]) -> list[str]:
    wrong = [
        f"span {i} is not in the text"
        for i, s in enumerate(item["spans"])
        if not _in_as_words(s, item)
    ]
    if len(item["spans"]) != len(item["terms"]):
        wrong.append("spans and terms differ in number")
    if item["ade"] not in (0, 1) or bool(item["spans"]) != (item["ade"] == 1):
        wrong.append("ade does not go with the spans")
    if item["person"] not in ("self", "other", "none"):
        wrong.append(f"person {item['person']} is unknown")
    return wrong + [f"term {term} has no concept" for term in item["terms"] if term not in terms]


def _check_full(item: dict, concepts: dict[str, str], terms: dict[str, str]) -> list[str]:
    wrong, named = [], set(terms.values())
    for effect in item["effects"]:
        if not _in_as_words(effect.get("wording", ""), item):
            wrong.append(f"the wording of {effect.get('concept')} is not in the text")
        if effect.get("concept") not in concepts:
            wrong.append(f"concept {effect.get('concept')} is unknown")
        elif effect["concept"] not in named:
            wrong.append(f"concept {effect['concept']} has no term in terms.tsv")
        if set(effect.get("marks", ())) - set(MARKS.values()):
            wrong.append(f"marks {effect['marks']} are unknown")
    record = as_record(item)
    for label, value in record.items():
        if label not in ("effects", "products") and value not in _values(label):
            wrong.append(f"{label} {value} is unknown")
    if wrong:
        return wrong
    for label in item["labels"]:
        less = {key: value for key, value in record.items() if key != label}
        if complete(less) == complete(record):
            wrong.append(f"label {label} says only what follows from the rest")
    if set(item["style"]) - STYLES or len(set(item["style"]) & PLATFORMS) != 1:
        wrong.append("style names something unknown, or not one platform")
    return wrong


def _values(label: str) -> set[str]:
    return set(LABELS[label][1].values()) if label in LABELS else set()


def check(folder: Path, vocabulary: Path) -> list[str]:
    """Everything that is wrong with the corpus, a line each."""
    concepts, terms = names(vocabulary), term_concepts(folder)
    posts = read(folder)
    wrong = [f"terms.tsv: {t} has no known concept" for t, c in terms.items() if c not in concepts]
    wrong += [f"{at}: {what}" for at, item in posts for what in check_post(item, concepts, terms)]
    return wrong or _check_together(posts)


def _check_together(posts: list[tuple[str, dict]]) -> list[str]:
    frames: dict[str, list[str]] = defaultdict(list)
    keys: dict[str, str] = {}
    wrong = []
    for at, item in posts:
        frames[frame(item["text"], item["drug"], wordings(item))].append(at)
        first = keys.setdefault(duplicate_key(item["text"]), at)
        if first != at:
            wrong.append(f"{at}: the same post as {first}")
    for places in frames.values():
        if len(places) > PER_FRAME:
            wrong.append(f"{', '.join(places)}: more than {PER_FRAME} posts from one frame")
    # Short posts share most of their words by chance, so that only longer ones are compared.
    long = [
        (at, item["text"]) for at, item in posts if len(duplicate_key(item["text"]).split()) > 7
    ]
    for one, other in similar_pairs([shingles(text) for _, text in long], NEAR, seed=1):
        wrong.append(f"{long[other][0]}: a near-duplicate of {long[one][0]}")
    return wrong


def wordings(item: dict) -> list[str]:
    """The wordings of a post's effects."""
    return item["spans"] if "spans" in item else [e["wording"] for e in item["effects"]]


def frame_counts(posts: list[tuple[str, dict]]) -> Counter[int]:
    """How many frames hold one post, two, three."""
    frames = Counter(frame(item["text"], item["drug"], wordings(item)) for _, item in posts)
    return Counter(frames.values())


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; 0 fine, 1 the corpus is wrong, 2 wrong usage."""
    parser = argparse.ArgumentParser(prog="python -m vigil_training.corpus", description=__doc__)
    parser.add_argument("command", choices=("check", "count"))
    parser.add_argument("--corpus", type=Path, default=ROOT / "training" / "corpus")
    parser.add_argument(
        "--vocabulary",
        type=Path,
        default=ROOT / "services" / "terminology" / "vocabulary" / "open.tsv",
    )
    options = parser.parse_args(arguments)
    try:
        wrong = check(options.corpus, options.vocabulary)
    except (MissingData, json.JSONDecodeError) as error:
        reason = error if isinstance(error, MissingData) else "a line is not JSON"
        print(f"corpus: {reason}", file=sys.stderr)
        return 1
    for line in wrong:
        print(line, file=sys.stderr)
    if wrong:
        print(f"corpus: {len(wrong)} findings", file=sys.stderr)
        return 1
    posts = read(options.corpus)
    if options.command == "count":
        print(report(posts, term_concepts(options.corpus), frame_counts(posts)))
    else:
        print(f"corpus: {len(posts)} posts, nothing wrong")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
