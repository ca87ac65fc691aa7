"""Blanking and the gate's features: what serving repeats character by character."""

import pytest

from vigil_training.gate import BITS, Gate, features
from vigil_training.text import blank, duplicate_key, fnv1a32


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hi @some.one-x! ok", f"hi {' ' * 11}! ok"),
        ("see https://a.org/b#c now", "see                   now"),
        ("http and https but httpx", "     and       but httpx"),
        ("[link] [email] [phone] [linked]", "                       [linked]"),
        ("#tag", " tag"),
        ("é@é", "é@é"),
        ("é@e", "é  "),
        ("http://x\u00a0y", "        \u00a0y"),
        ("👩🏽‍⚕️ @a", "👩🏽‍⚕️   "),
    ],
)
def test_blank(text: str, expected: str) -> None:
    assert blank(text) == expected
    assert len(blank(text)) == len(text)


def test_duplicate_key_forgets_handles_links_and_retweets() -> None:
    assert duplicate_key("RT @a: So Tired! http://x.y") == duplicate_key("so tired http")


@pytest.mark.parametrize(
    ("data", "expected"), [(b"", 0x811C9DC5), (b"a", 0xE40C292C), (b"foobar", 0xBF9CF968)]
)
def test_fnv_has_its_published_values(data: bytes, expected: int) -> None:
    assert fnv1a32(data) == expected


def test_features_are_distinct_words_and_pairs() -> None:
    mask = (1 << BITS) - 1
    words = ["sick", "of", "it", "sick of", "of it", "it sick"]
    assert features("Sick-of it, SICK of it @x") == [fnv1a32(w.encode()) & mask for w in words]


def test_score_adds_weights_once_per_feature() -> None:
    import numpy as np

    weights = np.zeros(1 << BITS, np.int8)
    weights[features("sick")[0]] = -100
    gate = Gate(weights, 0.5, 1.0, 0.0)
    assert gate.score("sick sick") == (1.0 - 50.0, 2)
    assert gate.score("") == (1.0, 0)
