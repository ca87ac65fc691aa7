"""Near-duplicate clusters by MinHash and union-find.

Two texts are near-duplicates when the word pairs of their duplicate keys overlap by at least
`threshold` (Jaccard). Candidates come from 32 bands of 3 minima (Broder 1997), so that a
pair at .6 is found with a probability of .9996; each candidate is then compared exactly.
"""

import hashlib
from itertools import pairwise

import numpy as np

from vigil_training.text import duplicate_key

_BANDS, _ROWS = 32, 3
_HALF = np.uint64(32)


def shingles(text: str) -> frozenset[int]:
    """Hashed word pairs of a text, with its words themselves where it has fewer than four."""
    words = duplicate_key(text).split()
    parts = [f"{a} {b}" for a, b in pairwise(words)]
    if len(words) < 4:
        parts += words
    return frozenset(
        int.from_bytes(hashlib.blake2b(part.encode(), digest_size=4).digest()) for part in parts
    )


def similar_pairs(sets: list[frozenset[int]], threshold: float, seed: int) -> list[tuple[int, int]]:
    """Index pairs whose Jaccard similarity is at least `threshold`; empty sets match nothing."""
    rows = [index for index, found in enumerate(sets) if found]
    if not rows:
        return []
    flat = np.concatenate([np.fromiter(sets[index], np.uint64) for index in rows])
    starts = np.cumsum([0] + [len(sets[index]) for index in rows[:-1]])
    random = np.random.default_rng(seed)
    pairs: list[tuple[int, int]] = []
    checked: set[tuple[int, int]] = set()
    for _ in range(_BANDS):
        minima = []
        for _ in range(_ROWS):
            # Multiply and shift (Dietzfelbinger 1997): products wrap, the high half is the hash.
            a, b = random.integers(0, 1 << 64, 2, dtype=np.uint64)
            hashed = (flat * (a | np.uint64(1)) + b) >> _HALF
            minima.append(np.minimum.reduceat(hashed, starts))
        buckets: dict[tuple[int, ...], list[int]] = {}
        for index, key in zip(rows, zip(*(m.tolist() for m in minima), strict=True), strict=True):
            bucket = buckets.setdefault(key, [])
            for other in bucket:
                if (other, index) not in checked:
                    checked.add((other, index))
                    if jaccard(sets[other], sets[index]) >= threshold:
                        pairs.append((other, index))
            bucket.append(index)
    return pairs


def jaccard(one: frozenset[int], other: frozenset[int]) -> float:
    """Share of the shingles of two texts that both hold."""
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared) if shared else 0.0


def clusters(texts: list[str], threshold: float = 0.6) -> list[int]:
    """A cluster number per text: the lowest index of the texts it belongs with."""
    parent = list(range(len(texts)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    first: dict[str, int] = {}
    for index, text in enumerate(texts):
        parent[index] = first.setdefault(duplicate_key(text), index)
    keep = sorted(first.values())
    for one, other in similar_pairs([shingles(texts[index]) for index in keep], threshold, seed=1):
        low, high = sorted((root(keep[one]), root(keep[other])))
        parent[high] = low
    return [root(index) for index in range(len(texts))]
