"""Each loader reads its publisher's format, and says what is missing."""

from pathlib import Path

import pytest

from vigil_training.data import SETS, lexicon, load_rows, own, terms
from vigil_training.data.files import MissingData
from vigil_training.data.product import without_product
from vigil_training.rows import Row, Span, check_row, swap
from vigil_training.tasks import load_tasks


@pytest.fixture(scope="module")
def names(world: Path) -> lexicon.Lexicon:
    return lexicon.load(world / "data" / "drugs", world / "data" / "background", ["sertraline"])


@pytest.fixture(scope="module")
def by_set(world: Path, names: lexicon.Lexicon) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = {}
    for row in load_rows(world / "data", world / "corpus", names, frozenset()):
        rows.setdefault(row.set, []).append(row)
    return rows


def test_every_row_keeps_to_the_task_list(world: Path, by_set: dict[str, list[Row]]) -> None:
    labels = {
        t.id: list(t.labels) for t in load_tasks(world / "tasks.json") if t.kind == "sentence"
    }
    assert set(by_set) == {*SETS, "own-plain", "own-vivid", "own-tasks", "own-rare"}
    for rows in by_set.values():
        for row in rows:
            check_row(row, labels)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("ADR", {"adverse_effect": ("yes",), "withdrawal": ("no",), "drug_outcome": ("none",)}),
        ("WD", {"adverse_effect": ("yes",), "withdrawal": ("yes",)}),
        ("EF INF", {"adverse_effect": ("no",), "drug_outcome": ("effective", "ineffective")}),
        ("DI", {"indication": ("yes",), "symptom": ("no",)}),
    ],
)
def test_psytar_labels(tmp_path: Path, names: lexicon.Lexicon, flags: str, expected: dict) -> None:
    columns = ("ADR", "WD", "EF", "INF", "SSI", "DI")
    line = "\t".join(str(int(name in flags.split())) for name in columns)
    for split in ("train", "dev"):
        (tmp_path / "binary").mkdir(exist_ok=True)
        (tmp_path / "spans").mkdir(exist_ok=True)
        header = "\t".join(("sentences", *columns))
        text = f'{header}\n"it was ""odd"", really"\t{line}\n'
        (tmp_path / "binary" / f"{split}.tsv").write_text(text)
        (tmp_path / "spans" / f"{split}.conll").write_text("")
    row = next(iter(SETS["psytar"](tmp_path, names)))
    assert row.text == 'it was "odd", really'
    assert expected.items() <= row.labels.items()


def test_psytar_spans_join_tokens(by_set: dict[str, list[Row]]) -> None:
    row = next(row for row in by_set["psytar"] if row.text == "So tired.")
    assert row.spans == (Span(3, 8, "effect"),)
    marked = next(r for r in by_set["psytar"] if r.spans and "headache" in r.text)
    assert "headache" in {marked.text[s.start : s.end] for s in marked.spans or ()}
    assert "drug" in {span.label for span in marked.spans or ()}


def test_case_reports_find_spans_in_the_sentence(by_set: dict[str, list[Row]]) -> None:
    for name in ("ade-corpus-v2", "phee"):
        row = next(row for row in by_set[name] if row.spans)
        assert {span.label for span in row.spans or ()} == {"effect", "drug"}
        for span in row.spans or ():
            wording = row.text[span.start : span.end]
            assert wording in row.text and wording.strip() == wording


def test_sets_that_rule_labels_out(by_set: dict[str, list[Row]]) -> None:
    kinds = {row.labels["health_mention"] for row in by_set["sick-tweets"]}
    assert kinds == {("mention",), ("other", "figurative")}
    stances = {row.labels.get("vaccine_stance") for row in by_set["caves"]}
    assert stances == {("neutral", "against"), None}


@pytest.mark.parametrize(
    ("text", "is_ruled_out"),
    [
        ("this traffic gives me a headache", True),
        ("a headache since my sertraline", False),
        ("a headache since those pills", False),
        ("a headache since my jab", False),
        ("20 mg and a headache", False),
    ],
)
def test_without_a_product_there_is_no_effect(
    names: lexicon.Lexicon, text: str, is_ruled_out: bool
) -> None:
    row = without_product(Row("x", text, {"health_mention": ("mention",)}), names)
    assert row.labels.get("adverse_effect") == (("no",) if is_ruled_out else None)
    assert row.spans == (() if is_ruled_out else None)
    assert row.labels["health_mention"] == ("mention",)


def test_relevance_follows_from_words(by_set: dict[str, list[Row]]) -> None:
    found = {
        (row.text.split(",")[0], row.labels["vaccine_stance"][0]): row.labels.get(
            "vaccine_relevance"
        )
        for row in by_set["vaccine-stance"]
    }
    assert found[("the vaccine", "neutral")] == ("yes",)
    assert found[("a radio", "neutral")] == ("no",)
    assert found[("a radio", "for")] == ("yes",)
    assert found[("their shots", "neutral")] is None


def test_background_with_names_carries_no_label(by_set: dict[str, list[Row]]) -> None:
    unknown = {row.text for row in by_set["background"] if not row.labels}
    assert unknown == {"the vaccine queue was long", "took sertraline today"}


def test_posts_on_what_helped_are_effective(by_set: dict[str, list[Row]]) -> None:
    row = next(row for row in by_set["own-plain"] if row.text == "metformin did wonders")
    assert row.labels["drug_outcome"] == ("effective",)
    assert "indication" not in row.labels


def test_fully_labelled_posts_have_a_label_for_every_task(by_set: dict[str, list[Row]]) -> None:
    row = by_set["own-tasks"][0]
    assert row.labels["adverse_effect"] == ("yes",)
    assert row.labels["vaccine_intent"] == ("yes",)
    assert row.labels["birth_defect"] == ("none",)
    assert {(row.text[s.start : s.end], s.label) for s in row.spans or ()} == {
        ("nosebleeds", "effect"),
        ("rash", "condition"),
        ("warfarin", "drug"),
    }


def test_own_posts_give_pairs(world: Path) -> None:
    pair = next(iter(own.load_pairs(world / "corpus")))
    assert pair.term == pair.text[pair.start : pair.end] + " nos"


def test_vocabulary_pairs_leave_out_the_unsure(world: Path) -> None:
    pairs = {(pair.text, pair.term) for pair in terms.load(world / "data" / "terminology")}
    assert ("Dry mouth", "Xerostomia") in pairs
    assert ("Cramps", "Muscle spasm") in pairs
    assert ("sleeplessness", "insomnia") in pairs
    assert not any("Ache" in pair for pair in pairs)


@pytest.mark.parametrize("name", sorted(SETS))
def test_missing_folder_names_set_and_publisher(
    tmp_path: Path, names: lexicon.Lexicon, name: str
) -> None:
    with pytest.raises(MissingData, match=rf"{name}.*publisher|get it from") as caught:
        list(SETS[name](tmp_path / name, names))
    assert name in str(caught.value)


def test_empty_set_is_refused(world: Path, tmp_path: Path, names: lexicon.Lexicon) -> None:
    for folder in (world / "data").iterdir():
        (tmp_path / folder.name).symlink_to(folder)
    (tmp_path / "rhmd").unlink()
    (tmp_path / "rhmd").mkdir()
    (tmp_path / "rhmd" / "train.csv").write_text("Text,Label\n")
    with pytest.raises(ValueError, match="rhmd has no rows"):
        load_rows(tmp_path, world / "corpus", names, frozenset())


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (Row("x", "abc", {"adverse_effect": ("maybe",)}), "no label"),
        (Row("x", "abc", {}, (Span(1, 9, "drug"),)), "outside"),
        (Row("x", "abc", {}, (Span(2, 2, "drug"),)), "outside"),
    ],
)
def test_bad_rows_are_refused_without_their_text(row: Row, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        check_row(row, {"adverse_effect": ["no", "yes"]})
    assert "abc" not in str(caught.value)


@pytest.mark.parametrize(
    ("span", "wording"),
    [((0, 5), "xanax"), ((6, 11), "gives"), ((0, 11), "xanax gives"), ((12, 18), "rashes")],
)
def test_swapping_a_name_moves_spans(span: tuple[int, int], wording: str) -> None:
    row = Row("x", "tumsy gives rashes", {}, (Span(*span, "effect"),))
    changed = swap(row, [(0, 5)], ["xanax"])
    longer = swap(row, [(0, 5)], ["paracetamol"])
    for result, name in ((changed, "xanax"), (longer, "paracetamol")):
        (moved,) = result.spans or ()
        assert result.text[moved.start : moved.end] == wording.replace("xanax", name)
