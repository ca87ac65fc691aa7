"""Posts, their effects and the effects' concepts, from rows and pairs, in three parts."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path

from vigil_training.data import vocabulary
from vigil_training.papers.views import open_rows
from vigil_training.prepare import concepts_of_names
from vigil_training.rows import Row

LABEL = "adverse_effect"


@dataclass(frozen=True)
class Effect:
    """Where an effect stands in its text, code points, and its concept; None where unknown."""

    start: int
    end: int
    concept: str | None


@dataclass(frozen=True)
class Post:
    """A row as the three subtasks see it; a negative one has no effects."""

    row: Row
    effects: tuple[Effect, ...]

    @property
    def text(self) -> str:
        return self.row.text

    @property
    def is_positive(self) -> bool:
        return self.row.labels[LABEL] == ("yes",)


@dataclass(frozen=True)
class Parts:
    """What is trained on, what the best epoch is chosen by, and what is scored."""

    train: list[Post]
    development: list[Post]
    test: list[Post]
    names: dict[str, str]


@dataclass(frozen=True)
class Sources:
    """Which rows each part has; sets are named by patterns such as `real-*`.

    Trained on are rows of the split train, `sets` first and then as many of `negatives` as bring
    the share of positives down to `positives` (0: none of them); of these a share, `development`,
    is set apart by cluster. The split dev of `test` is scored; the split test is never read.
    `most` bounds the rows of `sets` and of `test` (0: no bound). With `named`, a term that the
    vocabulary lacks is a concept of its own, as those of MedDRA are.
    """

    sets: Sequence[str] = ("own-plain", "own-tasks", "real-*")
    negatives: Sequence[str] = ("background",)
    test: Sequence[str] = ("real-*",)
    positives: float = 0.0710
    development: float = 0.1
    most: int = 0
    named: bool = False


def open_parts(data: Path | None, corpus: Path, sources: Sources, seed: int = 17) -> Parts:
    """The posts of each part, and the vocabulary's names by concept.

    Without `data` there are the project's own posts alone. Raises ValueError where a part has no
    post with a marked effect.
    """
    rows, pairs = open_rows(data, corpus)
    names = vocabulary.names()
    ids = concepts_of_names(corpus)
    of = {
        (p.text, p.text[p.start : p.end].lower()): ids.get(
            p.term.lower(), p.term if sources.named else None
        )
        for p in pairs
    }
    rng = random.Random(seed)
    usable = [row for row in rows if len(row.labels.get(LABEL, ())) == 1]
    chosen = _drawn(usable, sources.sets, "train", rng, sources.most)
    held = _drawn(usable, sources.test, "dev", rng, sources.most)
    have = sum(row.labels[LABEL] == ("yes",) for row in chosen)
    taken = {row.cluster for row in chosen} | {row.cluster for row in held}
    if sources.positives > 0:
        more = _drawn(usable, sources.negatives, "train", rng, 0)
        wanted = max(0, round(have / sources.positives) - len(chosen))
        chosen += [row for row in more if row.cluster not in taken][:wanted]
    parts: dict[str, list[Post]] = {"train": [], "development": []}
    for row in chosen:
        is_apart = random.Random(f"{seed}-{row.cluster}").random() < sources.development
        parts["development" if is_apart else "train"].append(_post(row, of))
    parts["test"] = [_post(row, of) for row in held]
    for name, posts in parts.items():
        if not any(post.effects for post in posts):
            raise ValueError(
                f"part {name}: none of its {len(posts)} posts has a marked effect; the sets are "
                f"{', '.join(sources.test if name == 'test' else sources.sets)}"
            )
    return Parts(**parts, names=names)


def _drawn(
    rows: Iterable[Row], patterns: Sequence[str], split: str, rng: random.Random, most: int
) -> list[Row]:
    """Rows of a split and of sets like the patterns, shuffled, at most so many."""
    found = [
        row for row in rows
        if row.split == split and any(fnmatch(row.set, pattern) for pattern in patterns)
    ]  # fmt: skip
    rng.shuffle(found)
    return found[:most] if most else found


def _post(row: Row, concept_of: dict[tuple[str, str], str | None]) -> Post:
    """A post whose row keeps spans only where it reports an effect."""
    is_positive = row.labels[LABEL] == ("yes",)
    spans = [s for s in row.spans or () if s.label == "effect"] if is_positive else []
    effects = tuple(
        Effect(s.start, s.end, concept_of.get((row.text, row.text[s.start : s.end].lower())))
        for s in spans
    )
    return Post(row if is_positive else replace(row, spans=()), effects)
