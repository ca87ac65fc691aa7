"""The DIEGO lab's Twitter sets on adverse drug reactions; either may be missing.

- classes (Sarker and Gonzalez 2015): any `*binary*` table, tweet_id, user_id, class, text as the
  lab's download script writes it, or tweet_id, class, text; class is 0 or 1, N or Y.
- spans (Nikfarjam et al. 2015, and the CHOP supplement): `{train,test}_tweet_posts.tsv` with
  tweet_id, user_id, text_id, text, and `{train,test}_tweet_annotations.tsv` with text_id, start,
  end, type, wording, related drug, target drug. Older copies have a UMLS id in place of a drug.

A tweet that is no longer to be had ("Not Available") is left out.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from vigil_training.data.files import MissingData, require
from vigil_training.data.lexicon import Lexicon
from vigil_training.data.strict import Record, add_drugs, check_classes, label_of, span, table
from vigil_training.rows import Row

PUBLISHER = "DIEGO lab, Arizona State University, diego.asu.edu/Publications/ADRMine.html"
_LABELS = {"0": "no", "1": "yes", "n": "no", "y": "yes"}
_CLASSES = (
    ("tweet_id", "user_id", "label", "tweet"),
    ("tweet_id", "label", "tweet"),
)
_POSTS = (("tweet_id", "user_id", "text_id", "tweet"),)
_MARKS = (
    ("text_id", "begin", "end", "type", "extraction", "drug", "target"),
    ("text_id", "begin", "end", "type", "umls", "extraction", "drug"),
)
_TYPES = ("adr", "indication")
_GONE = {"", "not available"}


def load(folder: Path, lexicon: Lexicon) -> Iterator[Row]:
    """Rows `diego` with a class, rows `diego-extraction` with spans and the class that follows.

    ValueError on unknown classes or types, one class only, spans outside their text.
    """
    require(folder, PUBLISHER)
    binary = [path for path in sorted(folder.rglob("*binary*")) if path.suffix in (".tsv", ".txt")]
    posts = sorted(folder.rglob("*_tweet_posts.tsv"))
    if not binary and not posts:
        raise MissingData(
            f"{folder} holds neither a *binary* table nor *_tweet_posts.tsv. Get the tweets with "
            f"the script of their publisher ({PUBLISHER})."
        )
    if binary:
        yield from check_classes("diego", (row for path in binary for row in _classes(path)))
    if posts:
        found = (row for path in posts for row in _spans(path, lexicon))
        yield from check_classes("diego-extraction", found)


def _classes(path: Path) -> Iterator[Row]:
    for record in table("diego", path, PUBLISHER, _CLASSES, _LABELS, ("label", "tweet")):
        text, label = record.fields["tweet"], label_of(record, _LABELS)
        if text.strip().lower() not in _GONE:
            yield Row("diego", text, {"adverse_effect": (label,)})


def _spans(path: Path, lexicon: Lexicon) -> Iterator[Row]:
    split = "test" if path.name.startswith("test") else "train"
    name = path.name.replace("_posts", "_annotations")
    marks: dict[str, list[Record]] = defaultdict(list)
    for record in table("diego-extraction", path.with_name(name), PUBLISHER, _MARKS):
        if record.fields["type"].strip().lower() not in _TYPES:
            raise record.place.error(f"unknown type; known are {', '.join(_TYPES)}")
        marks[record.fields["text_id"].strip()].append(record)
    for post in table("diego-extraction", path, PUBLISHER, _POSTS):
        text = post.fields["tweet"]
        if text.strip().lower() in _GONE:
            continue
        effects = [
            span(
                mark.place,
                text,
                (mark.fields["begin"], mark.fields["end"]),
                "effect",
                mark.fields["extraction"],
            )
            for mark in marks[post.fields["text_id"].strip()]
            if mark.fields["type"].strip().lower() == "adr"
        ]
        label = ("yes",) if effects else ("no",)
        spans = add_drugs(effects, lexicon.find(text))
        yield Row("diego-extraction", text, {"adverse_effect": label}, spans, split)
