"""Labels that people gave: the forms that are read, whose label counts, what is refused."""

import json
from pathlib import Path

import pytest

from vigil_training.annotations import text_hash
from vigil_training.data import labelled
from vigil_training.data.files import MissingData
from vigil_training.data.lexicon import Lexicon
from vigil_training.rows import Pair, Row, Span
from vigil_training.tasks import Task

TASKS = [
    Task("adverse_effect", "sentence", ("no", "yes"), "yes", 0.5),
    Task("vaccine_stance", "sentence", ("neutral", "against", "for")),
    Task("spans", "token", ("O", "B-effect", "I-effect", "B-drug", "I-drug")),
    Task("marks", "marks", ("negated", "other-person")),
    Task("term", "vector", dimensions=4),
]
LEXICON = Lexicon(frozenset({"sertraline"}), ("sertraline",))
NAMES = {"VS0287": "epistaxis"}
OTHERS = [Row("rhmd", "  my nose bled on sertraline")]
POST = {"id": "bluesky:1", "revision": 0, "text": "nosebleeds on sertraline", "lang": "en"}
ANN = {
    "v": 1, "taskId": "t1", "postId": "bluesky:1", "revision": 0, "person": "ann",
    "answers": {"adverse_effect": "yes"}, "spans": [], "verdict": "answered", "at": 1000,
}  # fmt: skip
EFFECT = {"label": "effect", "start": 0, "end": 10, "conceptId": "VS0287"}
BOB = ANN | {"person": "bob"}
DRUG = Span(14, 24, "drug")


def _load(tmp_path: Path, *items: dict) -> labelled.Labelled:
    path = tmp_path / "labels.ndjson"
    path.write_text("".join(f"{json.dumps(item)}\n\n" for item in items), encoding="utf-8")
    return labelled.load([path], TASKS, OTHERS, NAMES, LEXICON)


def test_a_text_with_labels_and_spans(tmp_path: Path) -> None:
    text = POST["text"]
    found = _load(tmp_path, {"text": text, "labels": {"vaccine_stance": "for"}, "spans": [EFFECT]})
    spans = (Span(0, 10, "effect"), DRUG)
    assert found.rows == [Row("labelled", text, {"vaccine_stance": ("for",)}, spans)]
    assert found.pairs == [Pair("labelled", text, 0, 10, "epistaxis")]


def test_a_concept_of_another_terminology_makes_no_pair(tmp_path: Path) -> None:
    found = _load(tmp_path, {"text": POST["text"], "spans": [EFFECT | {"conceptId": "10015090"}]})
    assert found.rows[0].spans == (Span(0, 10, "effect"), DRUG)
    assert found.pairs == []
    assert "concepts without a name here 1" in found.summary()


def test_marks_of_effects(tmp_path: Path) -> None:
    child = {"label": "effect", "start": 0, "end": 10, "marks": ["other-person"]}
    none = {"label": "effect", "start": 14, "end": 24, "marks": []}
    [row] = _load(tmp_path, {"text": POST["text"], "spans": [child, none]}).rows
    assert [span.marks for span in row.spans or ()] == [("other-person",), ()]


@pytest.mark.parametrize(
    ("item", "spans"),
    [
        ({"text": "on sertraline again", "labels": {"adverse_effect": "no"}}, None),
        ({"text": "on sertraline again", "spans": []}, (Span(3, 13, "drug"),)),
    ],
)
def test_no_spans_is_not_the_same_as_none_given(tmp_path: Path, item: dict, spans) -> None:
    assert _load(tmp_path, item).rows[0].spans == spans


def test_a_post_of_another_set_is_found_by_its_hash(tmp_path: Path) -> None:
    item = {"set": "rhmd", "hash": text_hash(OTHERS[0].text), "labels": {"adverse_effect": "yes"}}
    missing = {"set": "not-here", "hash": "0" * 16, "labels": {}}
    item["spans"] = [{"label": "effect", "start": 0, "end": 12}]
    found = _load(tmp_path, item, missing)
    # Offsets count from the first word; the text of the set begins with two spaces.
    assert found.rows[0].spans == (Span(2, 14, "effect"), Span(18, 28, "drug"))
    assert found.rows[0].text == OTHERS[0].text
    assert found.lines["of sets that are not here"] == 1


@pytest.mark.parametrize(
    ("labels", "answers", "spans"),
    [
        ([ANN], ("yes",), None),
        ([ANN | {"spans": [EFFECT]}], ("yes",), (Span(0, 10, "effect"), DRUG)),
        # The last word of one person counts, whatever the order of the lines.
        ([ANN | {"answers": {"adverse_effect": "no"}, "at": 2000}, ANN], ("no",), None),
        # Two people who differ leave both answers open, and no spans.
        ([ANN, BOB | {"answers": {"adverse_effect": "no"}}], ("no", "yes"), None),
        (
            [ANN | {"spans": [EFFECT]}, BOB | {"spans": [EFFECT | {"end": 9}]}],
            ("yes",),
            None,
        ),
        ([ANN, BOB | {"verdict": "skipped"}], ("yes",), None),
    ],
)  # fmt: skip
def test_labels_of_people(tmp_path: Path, labels: list[dict], answers: tuple, spans) -> None:
    [row] = _load(tmp_path, POST, *labels).rows
    assert row.text == POST["text"]
    assert row.labels == {"adverse_effect": answers}
    assert row.spans == spans


def test_labels_of_the_label_queue_may_be_withdrawn_or_outlive_their_post(tmp_path: Path) -> None:
    kept = {"text": "another post", "labels": {"adverse_effect": "no"}}
    withdrawn = ANN | {"verdict": "withdrawn", "at": 3000}
    edited = ANN | {"revision": 1}
    found = _load(tmp_path, kept, POST, ANN, withdrawn, edited)
    assert [row.text for row in found.rows] == ["another post"]
    assert found.lines["withdrawn"] == found.lines["without their post"] == 1
    assert "withdrawn 1" in found.summary()


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({"text": "secret", "labels": {"adverse_efect": "yes"}}, "unknown task adverse_efect"),
        ({"text": "secret", "labels": {"spans": "yes"}}, "unknown task spans"),
        ({"text": "secret", "labels": {"adverse_effect": "maybe"}}, "no label maybe; it has no"),
        ({"text": "secret", "labels": {"adverse_effect": ["yes"]}}, "has no label"),
        ({"text": "secret", "labels": ["adverse_effect"]}, "not an object of task and label"),
        ({"text": "secret"}, "neither labels nor spans"),
        ({"text": " ", "labels": {"adverse_effect": "yes"}}, "its text is empty"),
        ({"text": "secret", "spans": [EFFECT | {"end": 99}]}, "span 0-99 lies outside its text"),
        ({"text": "secret", "spans": [EFFECT | {"start": 5, "end": 5}]}, "span 5-5 lies outside"),
        ({"text": "secret", "spans": [EFFECT | {"start": "0"}]}, "not a whole number"),
        ({"text": "secret", "spans": [EFFECT | {"label": "place"}]}, "no label place; known are"),
        ({"text": "secret", "spans": [{"label": "effect"}]}, "needs label, start and end"),
        (
            {"text": "secret", "spans": [EFFECT | {"end": 3, "marks": ["odd"]}]},
            "known are negated, other-person",
        ),
        ({"text": "secret", "spans": {"label": "effect"}}, "spans are not a list"),
        ({"set": "rhmd", "hash": "0" * 16, "labels": {}}, "set rhmd has no text of this hash"),
        (ANN | {"verdict": "perhaps"}, "verdict is none of"),
        (ANN | {"at": "noon"}, "at is not a number"),
        ({"words": "secret"}, "it has none of"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_by_file_and_line(tmp_path: Path, item: dict, message: str) -> None:
    good = {"text": "another post", "labels": {"adverse_effect": "no"}}
    with pytest.raises(ValueError, match=message) as found:
        _load(tmp_path, good, item)
    assert "labels.ndjson line 3" in str(found.value)
    assert "secret" not in str(found.value)
    assert "\n" not in str(found.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no line gives a labelled post"),
        ('{"text": "secret', "line 1: it is not JSON"),
        ('["secret"]', "line 1: it is not an object"),
    ],
)
def test_broken_files_are_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "labels.ndjson"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message) as found:
        labelled.load([path], TASKS, OTHERS, NAMES, LEXICON)
    assert "secret" not in str(found.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingData, match=r"labels\.ndjson is missing"):
        labelled.load([tmp_path / "labels.ndjson"], TASKS, OTHERS, NAMES, LEXICON)
