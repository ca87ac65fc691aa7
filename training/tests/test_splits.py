"""Clusters, splits and the check that refuses leaks."""

import random
from dataclasses import replace

import pytest

from vigil_training.clusters import clusters, similar_pairs
from vigil_training.rows import Row
from vigil_training.splits import Leak, assign, check_leaks

LONG = "my doctor changed the tablets last week and now i sleep much better than before at night"


def _others(count: int) -> list[Row]:
    return [Row("x", f"line {n} about thing {n * 7} and place {n * 13}", {}) for n in range(count)]


def test_near_duplicates_share_a_cluster() -> None:
    texts = [
        LONG,
        "something else altogether was said here",
        f"RT @you: {LONG}! http://a.b",
        LONG.upper(),
    ]
    found = clusters([*texts, LONG.replace("night", "noon")])
    assert found[0] == found[2] == found[3] == found[4]
    assert found[1] != found[0]


def _alike(pairs: int, shared: int, apart: int) -> list[frozenset[int]]:
    """Sets of random numbers, the first and second alike, the third and fourth, and so on."""
    rng, found = random.Random(3), []
    for _ in range(pairs):
        both = {rng.getrandbits(32) for _ in range(shared)}
        found += [frozenset(both | {rng.getrandbits(32) for _ in range(apart)}) for _ in "ab"]
    return found


def test_nearly_all_pairs_are_found_and_other_hashes_look_elsewhere() -> None:
    sets = _alike(1000, shared=14, apart=3)
    found = set(similar_pairs(sets, 0.7, seed=1))
    assert len(found) == 1000 and all(b == a + 1 and a % 2 == 0 for a, b in found)
    hard = _alike(1000, shared=4, apart=6)
    first, second = (set(similar_pairs(hard, 0.25, seed)) for seed in (1, 2))
    # At .25 a pair is found with a probability of .4; equal hashes would find equal pairs.
    assert 330 < len(first) < 470 and 330 < len(second) < 470
    assert 100 < len(first & second) < 220


def test_texts_without_words_do_not_fall_together_with_others() -> None:
    found = clusters(["", "@a", "hello there you", "🤢"])
    assert found[2] not in (found[0], found[1])


def test_a_publishers_test_row_takes_its_cluster_along() -> None:
    rows = [
        Row("phee", LONG, publisher_split="test"),
        Row("ade-corpus-v2", LONG + " again"),
        Row("psytar", "a sentence of its own kind with enough words", publisher_split="dev"),
        Row("psytar", "a sentence of its own kind with enough words now", publisher_split="train"),
    ]
    assert [row.split for row in assign(rows)] == ["test", "test", "dev", "dev"]


def test_training_rows_of_a_set_with_a_test_stay() -> None:
    rows = [replace(row, set="phee", publisher_split="train") for row in _others(60)]
    rows.append(Row("phee", LONG, publisher_split="test"))
    assert {row.split for row in assign(rows)[:-1]} == {"train"}


def test_others_fall_by_hash_into_all_three() -> None:
    rows = assign(_others(300))
    assert {row.split for row in rows} == {"train", "dev", "test"}
    assert rows == assign(_others(300))
    check_leaks(rows)


def test_exact_repeats_of_a_set_are_dropped() -> None:
    assert len(assign([Row("x", LONG), Row("x", LONG + " @a"), Row("y", LONG)])) == 2


@pytest.mark.parametrize("text", [LONG, f"@a {LONG} http", LONG.replace("night", "noon")])
@pytest.mark.parametrize("split", ["dev", "test"])
def test_check_finds_a_leak(text: str, split: str) -> None:
    rows = [replace(row, split="train") for row in _others(20)]
    rows += [Row("x", LONG, split="train"), Row("y", text, split=split)]
    with pytest.raises(Leak) as caught:
        check_leaks(rows)
    assert "tablets" not in str(caught.value)
