"""Annotations joined to rows, on invented texts."""

import json

from vigil_training.annotations import text_hash
from vigil_training.data import annotated
from vigil_training.rows import Row, Span

TEXTS = ["  oxal gave me a rash", "went to the market", "took oxal for my headache", "left out"]


def records():
    return [
        {"set": "rhmd", "hash": text_hash(TEXTS[0]), "pass": "final",
         "effects": [{"start": 15, "end": 19, "concept": "VS0363"}], "products": [[0, 4]]},
        {"set": "rhmd", "hash": text_hash(TEXTS[1]), "pass": "final"},
        {"set": "rhmd", "hash": text_hash(TEXTS[2]), "pass": "final", "drug_use": "yes",
         "effects": [{"start": 17, "end": 25, "concept": "VS0053", "marks": ["indication"]}]},
        {"set": "rhmd", "hash": text_hash(TEXTS[3]), "pass": "final", "skip": "language"},
        {"set": "caves", "hash": text_hash(TEXTS[1]), "pass": "final"},
    ]  # fmt: skip


def joined(tmp_path, rows):
    lines = "\n".join(json.dumps(record) for record in records())
    (tmp_path / annotated.FILE).write_text(lines + "\n", encoding="utf-8")
    return list(annotated.load(rows, tmp_path))


def test_a_record_is_joined_to_its_text_once(tmp_path):
    rows = [Row("rhmd", text) for text in [*TEXTS, TEXTS[0], "nobody annotated this"]]
    found = joined(tmp_path, rows)
    assert [row.text for row in found] == TEXTS[:3]
    assert {row.set for row in found} == {"real-rhmd"}


def test_spans_lie_where_the_text_has_them(tmp_path):
    first, _, third = joined(tmp_path, [Row("rhmd", text) for text in TEXTS])
    assert first.spans == (Span(2, 6, "drug"), Span(17, 21, "effect", ()))
    assert [first.text[span.start : span.end] for span in first.spans] == ["oxal", "rash"]
    # What a product is taken for is a complaint, and no effect of it.
    assert third.spans == (Span(17, 25, "condition", ("indication",)),)
    assert third.labels["indication"] == ("yes",) and third.labels["adverse_effect"] == ("no",)


def test_an_ordinary_post_has_every_label_by_default(tmp_path):
    _, second, _ = joined(tmp_path, [Row("rhmd", text) for text in TEXTS])
    assert second.labels["adverse_effect"] == ("no",)
    assert second.labels["vaccine_relevance"] == ("no",)
    # Nobody is asked, and who does not speak of vaccines has no worry about them.
    assert second.labels["vaccine_side_effect_concern"] == ("no",)


def test_whether_a_vaccine_worries_is_known_only_of_posts_without_one(tmp_path):
    about = records()[1] | {"vaccine_relevance": "yes"}
    (tmp_path / annotated.FILE).write_text(json.dumps(about), encoding="utf-8")
    (found,) = annotated.load([Row("rhmd", TEXTS[1])], tmp_path)
    assert found.labels["vaccine_relevance"] == ("yes",)
    assert "vaccine_side_effect_concern" not in found.labels


def test_a_third_is_for_development_and_a_tenth_for_the_end():
    splits = [annotated.split_of(f"text number {number}") for number in range(6000)]
    shares = {name: splits.count(name) / len(splits) for name in ("dev", "test", "train")}
    assert abs(shares["dev"] - 1 / 3) < 0.03 and abs(shares["test"] - 0.1) < 0.02
    assert annotated.split_of("@user A Text http") == annotated.split_of("a text")


def test_without_annotations_there_are_no_rows(tmp_path):
    assert list(annotated.load([Row("rhmd", TEXTS[0])], tmp_path)) == []
