"""Train, dev and test by cluster of near-duplicates, over all sets at once.

A publisher's test or dev row takes its whole cluster along, so that a sentence of PHEE's test
part is in no training row of ADE-corpus-v2. Every other cluster falls by a hash of its text.
"""

import hashlib
from collections import defaultdict
from dataclasses import replace

from vigil_training.clusters import clusters, jaccard, shingles, similar_pairs
from vigil_training.rows import Row
from vigil_training.text import duplicate_key

_DEV, _TEST = 10, 10


class Leak(Exception):
    """A test or dev row has a near-duplicate in training."""


def assign(rows: list[Row]) -> list[Row]:
    """Sets `cluster` and `split` of every row; exact repeats with the same labels are dropped."""
    numbers = clusters([row.text for row in rows])
    members: dict[int, list[int]] = defaultdict(list)
    for index, number in enumerate(numbers):
        members[number].append(index)
    complete = {row.set for row in rows if row.publisher_split == "test"}
    split = {
        number: _split([rows[index] for index in found], complete)
        for number, found in members.items()
    }
    seen: set[tuple] = set()
    result = []
    for row, number in zip(rows, numbers, strict=True):
        kind = "spans" if row.spans is not None else "labels"
        key = (row.set, kind, duplicate_key(row.text), tuple(sorted(row.labels.items())))
        if key not in seen:
            seen.add(key)
            result.append(replace(row, cluster=number, split=split[number]))
    return result


def hashed_split(text: str) -> str:
    """train, dev or test, always the same for a text."""
    part = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest()) % 100
    return "test" if part < _TEST else "dev" if part < _TEST + _DEV else "train"


def _split(rows: list[Row], complete: set[str]) -> str:
    """A publisher's test comes before its dev, and both before a hash.

    Training rows of a set with a publisher's test stay there; of a set with only a dev part, a
    tenth becomes the test.
    """
    named = {row.publisher_split for row in rows}
    for split in ("test", "dev"):
        if split in named:
            return split
    if any(row.publisher_split == "train" and row.set in complete for row in rows):
        return "train"
    hashed = hashed_split(duplicate_key(rows[0].text))
    return "train" if "train" in named and hashed == "dev" else hashed


def check_leaks(rows: list[Row], threshold: float = 0.7) -> None:
    """Raises Leak, with counts and sets only, where a held-out row resembles a training row.

    Looks again with other hashes than the clusters were made with.
    """
    sets = [shingles(row.text) for row in rows]
    keys: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        keys[duplicate_key(row.text)].add(row.split)
    found = [
        (rows[one].set, rows[other].set)
        for one, other in similar_pairs(sets, threshold, seed=2)
        if "train" in (rows[one].split, rows[other].split)
        and rows[one].split != rows[other].split
        and jaccard(sets[one], sets[other]) >= threshold
    ]
    exact = sum("train" in splits and len(splits) > 1 for splits in keys.values())
    if found or exact:
        raise Leak(
            f"{len(found)} near-duplicates and {exact} exact ones lie in training and outside it, "
            f"among sets {sorted({name for pair in found for name in pair})}"
        )
