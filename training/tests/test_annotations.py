"""Annotations: from annotators' lines to hash and offsets, and how two readers agree."""

import json
import re
from pathlib import Path

import pytest

from vigil_training.annotation_labels import LABELS, compact, complete
from vigil_training.annotations import (
    convert,
    disagreements,
    kappa,
    main,
    spans_in,
    text_hash,
)
from vigil_training.data import medical_qa, vocabulary
from vigil_training.data.lexicon import Lexicon

ROOT = Path(__file__).parents[2]
CONCEPTS = frozenset(("VS0001", "VS0051", "VS0053", "VS0363"))
TEXT = "😴 mum says I'm tired, so tired, since Oxal. oxal or Oxal?"


def _one(line: dict, text: str = TEXT) -> dict:
    posts = {1: {"set": "rhmd", "text": text}}
    return convert([{"n": 1, **line}], posts, "a", CONCEPTS)[0]


def test_every_worked_case_of_the_guideline_can_be_written_down() -> None:
    guideline = (ROOT / "training" / "GUIDELINE.md").read_text(encoding="utf-8")
    cases = re.findall(r"^\| (\d+) \| (.*?) \| (?:`(.*?)`|defaults only) \|", guideline, re.M)
    posts = {int(number): {"set": "own", "text": text} for number, text, _ in cases}
    lines = [{"n": int(number), **json.loads(f"{{{answer}}}")} for number, _, answer in cases]
    known = frozenset(vocabulary.names())
    assert len(cases) == len(re.findall(r"^\| \d+ \|", guideline, re.M)) >= 60
    assert len(convert(lines, posts, "a", known)) == len(cases)


def test_an_ordinary_post_is_set_hash_and_pass() -> None:
    assert _one({}) == {"set": "rhmd", "hash": text_hash(TEXT), "pass": "a"}


def test_the_hash_survives_trimming_and_the_offsets_follow() -> None:
    record = _one({"e": [["tired", "VS0001"]]})
    padded = f"\n  {TEXT} "
    assert text_hash(padded) == record["hash"]
    assert [padded[start:end] for start, end, _ in spans_in(padded, record)] == ["tired"]
    with pytest.raises(ValueError, match="another text"):
        spans_in("tired of it", record)


def test_offsets_are_code_points_and_a_repeated_wording_moves_on() -> None:
    record = _one({"d": ["Oxal"], "e": [["tired", "VS0001"], ["tired", "VS0001", "uo"]]})
    assert [TEXT[e["start"] : e["end"]] for e in record["effects"]] == ["tired", "tired"]
    assert record["effects"][0]["start"] == TEXT.index("tired")
    assert record["effects"][1]["start"] == TEXT.rindex("tired")
    assert record["effects"][1]["marks"] == ["uncertain", "other_person"]
    assert [TEXT[start:end] for start, end in record["products"]] == ["Oxal", "Oxal"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"e": [["dizzy", "VS0001"]]}, "not in the text"),
        ({"e": [["so tired", "VS0001"], ["so tired", "VS0001"]]}, "so often"),
        ({"e": [["tired", "VS9999"]]}, "not in the vocabulary"),
        ({"e": [["tired", "VS0001", "x"]]}, "marks"),
        ({"e": [["tired "]]}, "an effect is"),
        ({"e": [["tired ", "VS0001"]]}, "untrimmed"),
        ({"d": ["Oxa"]}, "not in the text as a word"),
        ({"hm": "z"}, "unknown value"),
        ({"ade": 1}, "key ade"),
        ({"skip": "dull"}, "key skip"),
    ],
)
def test_faults_name_the_post_and_hold_no_text(line: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        _one(line)
    assert "post 1:" in str(caught.value)
    assert "since" not in str(caught.value)


def test_every_fault_is_listed_at_once() -> None:
    posts = {1: {"set": "rhmd", "text": TEXT}}
    with pytest.raises(ValueError) as caught:
        convert([{"n": 1}, {"n": 1}, {"n": 7}], posts, "a", CONCEPTS)
    assert str(caught.value) == "post 1: annotated twice\npost 7: no such post"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            {"e": [["tired", "VS0001"]]},
            {
                "adverse_effect": "yes",
                "drug_use": "yes",
                "vaccine_use": "no",
                "health_mention": "mention",
                "person": "self",
                "condition": "exist",
                "medication_sentiment": "serious-adverse-effect",
                "factuality": "asserted",
                "medication_mention": "no",
            },
        ),
        (
            {"vr": 1, "d": ["Oxal"], "e": [["tired", "VS0001", "ou"]]},
            {
                "vaccine_use": "yes",
                "drug_use": "no",
                "person": "other",
                "factuality": "uncertain",
                "medication_mention": "yes",
            },
        ),
        (
            {"e": [["tired", "VS0001", "n"]]},
            {
                "adverse_effect": "no",
                "factuality": "negated",
                "health_mention": "other",
                "person": "none",
                "drug_use": "no",
            },
        ),
        (
            {"out": "-", "e": [["tired", "VS0001", "i"]]},
            {
                "adverse_effect": "no",
                "indication": "yes",
                "drug_use": "yes",
                "medication_sentiment": "ineffective",
                "health_mention": "mention",
                "factuality": "none",
            },
        ),
        ({"vi": 0}, {"vaccine_relevance": "yes", "vaccine_intent": "no", "person": "self"}),
        (
            {"vs": "-", "p": "g"},
            {"vaccine_relevance": "yes", "vaccine_stance": "against", "person": "general"},
        ),
        (
            {},
            {
                "vaccine_intent": "unclear",
                "vaccine_stance": "neutral",
                "condition": "none",
                "birth_defect": "none",
            },
        ),
    ],
)
def test_what_follows_from_the_effects(line: dict, expected: dict[str, str]) -> None:
    labels = complete(_one(line))
    assert {label: labels[label] for label in expected} == expected


def test_compacting_changes_no_label() -> None:
    base = {"set": "s", "hash": "h", "pass": "a"}
    for effects in ([], [{"start": 0, "end": 1, "concept": "x", "marks": ["other_person"]}]):
        for label, (_, values) in LABELS.items():
            for value in values.values():
                whole = complete({**base, "effects": effects, label: value})
                record = {**base, "effects": effects, **{k: whole[k] for k in LABELS}}
                assert complete(compact(record)) == whole


def test_kappa_against_counts_by_hand() -> None:
    def records(values: str) -> list[dict]:
        return [
            {"set": "s", "hash": str(n), "withdrawal": "yes" if v == "1" else "no"}
            for n, v in enumerate(values)
        ]

    # 20 and 15 agree, 5 and 10 do not: (.7 - .5) / (1 - .5).
    first, second = records("1" * 25 + "0" * 25), records("1" * 20 + "0" * 5 + "1" * 10 + "0" * 15)
    scores = kappa(first, second)
    assert scores["withdrawal"]["kappa"] == pytest.approx(0.4)
    assert scores["withdrawal"]["agreement"] == pytest.approx(0.7)
    assert scores["vaccine_use"]["kappa"] is None
    assert kappa(first, first)["withdrawal"]["kappa"] == 1


def test_effects_agree_by_overlap_and_by_concept() -> None:
    first = [_one({"e": [["tired", "VS0001"]]})]
    second = [_one({"e": [["I'm tired", "VS0053"], ["so tired", "VS0001"]]})]
    scores = kappa(first, second)["effects"]
    assert scores == {"overlap_f1": pytest.approx(2 / 3), "concept_f1": 0.0, "effects": 3}


def test_disagreements_list_labels_and_effects_of_both() -> None:
    first, second = [_one({"q": 1})], [_one({"e": [["tired", "VS0001"]]})]
    (item,) = disagreements(first, second)
    assert item["labels"]["adverse_effect"] == ["no", "yes"]
    assert item["effects"] == [[], second[0]["effects"]]
    assert item["doubt"]
    assert disagreements(second, second) == []
    left_out = [_one({"skip": "language"})]
    assert disagreements([_one({})], left_out)[0]["skip"] == [None, "language"]
    assert kappa([_one({})], left_out)["withdrawal"]["posts"] == 0


def test_the_command_line_writes_no_text(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    (tmp_path / "posts").write_text(json.dumps({"n": 1, "set": "rhmd", "text": TEXT}))
    (tmp_path / "a").write_text('{"n":1,"e":[["tired","VS0001"]]}\n')
    (tmp_path / "b").write_text('{"n":1}\n')
    listed = "id\tterm\tclass\tsynonyms\nVS0001\tFatigue\tgeneral\ttired\n"
    (tmp_path / "vocabulary").write_text(listed)
    shared = ["--posts", str(tmp_path / "posts"), "--vocabulary", str(tmp_path / "vocabulary")]
    for name in "ab":
        out = str(tmp_path / f"{name}.out")
        arguments = ["convert", str(tmp_path / name), *shared, "--pass", name, "--out", out]
        assert main(arguments) == 0
        assert "tired" not in Path(out).read_text()
    both = [str(tmp_path / "a.out"), str(tmp_path / "b.out")]
    assert main(["disagree", *both, "--out", str(tmp_path / "differ")]) == 0
    assert len((tmp_path / "differ").read_text().splitlines()) == 1
    capsys.readouterr()
    assert main(["kappa", *both]) == 0
    assert json.loads(capsys.readouterr().out)["adverse_effect"]["agreement"] == 0
    (tmp_path / "b").write_text("tired of quotes\n")
    arguments = ["convert", str(tmp_path / "b"), *shared, "--pass", "b", "--out", both[1]]
    assert main(arguments) == 1
    assert capsys.readouterr().err == "annotations: b: line 1 is not JSON\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" a\n\t b ", "a b"),
        ("One. Two is long. Three", "One."),
        ("Dose 2.5 of x. y z", "Dose 2.5"),
        ("nothing ends here at all", "nothing"),
        ("abcdefghijklmnop", "abcdefghij"),
    ],
)
def test_long_questions_are_cut_at_a_sentence_or_word(text: str, expected: str) -> None:
    assert medical_qa.cut(text, 10) == expected


def test_questions_come_once_and_in_the_patients_words(tmp_path: Path) -> None:
    for file in medical_qa.FILES:
        items = [{"question": "does it itch", "answer": "no"}] * 2
        items.append({"question": "short", "question_text": f"{file} asks?", "answer": "no"})
        (tmp_path / file).write_text(json.dumps(items))
    rows = list(medical_qa.load(tmp_path, Lexicon(frozenset(), ())))
    assert [row.text for row in rows] == [
        "does it itch",
        *(f"{file} asks?" for file in medical_qa.FILES),
    ]
    assert all(row.labels == {} and row.spans is None for row in rows)
