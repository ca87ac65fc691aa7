"""New texts of the same meaning, and where the spans go."""

import random
from pathlib import Path

import pytest

from vigil_training.augment_words import (
    WAYS,
    Words,
    augmented,
    load_words,
    misspell,
    numbers,
    places,
    synonyms,
)
from vigil_training.data import vocabulary
from vigil_training.rows import Pair, Row, Span, swap

TEXT = "@someone moved to Leeds, took 20 mg for 3 days and my belly hurts a lot, really awful"
EFFECT = "belly hurts"


def _row(text: str = TEXT, effect: str = EFFECT) -> Row:
    at = text.index(effect)
    spans = (Span(at, at + len(effect), "effect"),)
    return Row("own", text, {"adverse_effect": ("yes",)}, spans, cluster=4, split="train")


@pytest.fixture(scope="module")
def words() -> Words:
    wordings = ("belly hurts", "sore tummy", "gut ache")
    return load_words([Pair("vocabulary", w, 0, len(w), "Abdominal pain") for w in wordings])


def _apply(row: Row, way: str, words: Words, seed: int) -> Row:
    changes = sorted(WAYS[way](row, words, random.Random(seed)))
    return swap(row, [(s, e) for s, e, _ in changes], [to for _, _, to in changes])


def test_five_new_texts_that_keep_labels_and_mark_the_effect(words: Words) -> None:
    row = _row()
    found = augmented(row, words, random.Random(17))
    assert len({row.text, *(one.text for one in found)}) == 6
    named = {EFFECT, "sore tummy", "gut ache", "abdominal pain"}
    for one in found:
        assert (one.labels, one.cluster, one.split) == (row.labels, 4, "train")
        (span,) = one.spans
        inside = one.text[span.start : span.end]
        # A misspelt one has no name of its own, but the same first and last letter.
        assert inside in named or (inside[0], inside[-1]) == ("b", "s")
    assert found == augmented(row, words, random.Random(17))
    assert found != augmented(row, words, random.Random(18))
    assert len(augmented(row, words, random.Random(17), 2)) == 2


@pytest.mark.parametrize("way", WAYS)
def test_each_way_changes_its_own_kind_of_word(way: str, words: Words) -> None:
    texts = {_apply(_row(), way, words, seed).text for seed in range(8)}
    assert TEXT not in texts and len(texts) > 1
    for text in texts:
        assert text.startswith("@someone ")
        assert ("Leeds" not in text) == (way == "places") or way == "misspell"
        assert ("20" not in text) == (way == "numbers")


def test_a_misspelt_word_keeps_its_first_and_last_letter(words: Words) -> None:
    row = Row("own", "dizziness", {}, ())
    for seed in range(20):
        ((start, end, to),) = misspell(row, words, random.Random(seed))
        assert (start, end) == (0, 9)
        assert to[0] == "d" and to[-1] == "s" and abs(len(to) - 9) <= 1


def test_wordings_of_a_reaction_are_exchanged_inside_spans_only(words: Words) -> None:
    unmarked = Row("own", "belly hurts", {}, ())
    assert synonyms(unmarked, words, random.Random(0)) == []
    row = Row("own", "belly hurts", {}, (Span(0, 11, "effect"),))
    found = {synonyms(row, words, random.Random(seed))[0][2] for seed in range(20)}
    assert found == {"sore tummy", "gut ache", "abdominal pain"}


def test_everyday_words_are_exchanged_outside_spans_only(words: Words) -> None:
    marked = Row("own", "awful", {}, (Span(0, 5, "effect"),))
    assert synonyms(marked, words, random.Random(0)) == []
    ((start, end, to),) = synonyms(Row("own", "so awful", {}, ()), words, random.Random(0))
    assert (start, end) == (3, 8) and to in words.synonyms["awful"]


def test_a_place_stays_of_its_kind_and_numbers_move_a_little(words: Words) -> None:
    row = Row("own", "Leeds to France, reading in Leeds: 50 mg, 2 days, 4 pm, 1.5 h, a1c", {}, ())
    found = places(row, words, random.Random(3))
    cities, countries = set(words.places["London"]), set(words.places["Spain"])
    assert [row.text[start:end] for start, end, _ in found] == ["Leeds", "France", "Leeds"]
    assert found[0][2] == found[2][2] and found[0][2] in cities | {"London"}
    assert found[1][2] in countries | {"Spain"}
    for seed in range(20):
        ((start, end, to),) = numbers(row, words, random.Random(seed))
        assert row.text[start:end] == "50" and to != "50" and 40 <= int(to) <= 60


def test_a_text_without_words_gives_none(words: Words) -> None:
    assert augmented(Row("own", "@a :) http", {}, ()), words, random.Random(0)) == []


def test_a_wording_of_two_terms_is_left_out() -> None:
    pairs = [Pair("", "off colour", 0, 10, "Malaise"), Pair("", "off colour", 0, 10, "Pallor")]
    found = load_words([*pairs, Pair("", "pasty", 0, 5, "Pallor")])
    assert "off colour" not in found.wordings and "pasty" in found.wordings


def test_the_files_that_come_along_fit(tmp_path: Path) -> None:
    found = load_words(vocabulary.load())
    assert len(found.wordings) > 5000 and len(found.synonyms) > 100 and len(found.places) > 50
    for groups in (found.synonyms, found.places):
        assert all(word not in others for word, others in groups.items())
    file = tmp_path / "other.toml"
    file.write_text("names = []", encoding="utf-8")
    with pytest.raises(ValueError, match="synonyms and places"):
        load_words([], file)
