"""Loaders of sets that a user may hold; fixtures in the publishers' formats, in our own words."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from official_formats import CADEC, CALM, DIEGO, FULL, FULL_ROWS, ITCHY, MTAAL, NAMES, TAC, write

from vigil_training.data import (
    OPTIONAL,
    OPTIONAL_PAIRS,
    cadec,
    load_optional_pairs,
    load_rows,
    meddra,
    mtaal,
    smm4h,
    tac2017,
)
from vigil_training.data.files import MissingData
from vigil_training.rows import Row


def marked(row: Row) -> set[tuple[str, str]]:
    return {(row.text[span.start : span.end], span.label) for span in row.spans or ()}


BINARY = {
    "id, class, text": f"11\t1\t{ITCHY}\n12\t0\t{CALM}\n",
    "id, text, class": f"11\t{ITCHY}\t1\n12\t{CALM}\t0\n",
    "id, user, class, text": f"11\t901\t1\t{ITCHY}\n12\t902\t0\t{CALM}\n",
    "id, user, text, class": f"11\t901\t{ITCHY}\t1\n12\t902\t{CALM}\t0\n",
    "header": f"tweet_id\tuser_id\tclass\ttweet\n11\t901\t1\t{ITCHY}\n12\t902\t0\t{CALM}\n",
    "header, other order": f"tweet\ttweet_id\tlabel\n{ITCHY}\t11\t1\n{CALM}\t12\t0\n",
    "byte order mark": f"\ufefftweet_id\ttweet\tlabel\r\n11\t{ITCHY}\t1\r\n12\t{CALM}\t0",
    "quoted": f'11\t1\t"{ITCHY}"\n12\t0\t{CALM}\n',
    "tweets that are gone": f"11\t1\t{ITCHY}\n12\t0\t{CALM}\n13\t0\tNot Available\n",
}


@pytest.mark.parametrize("content", BINARY.values(), ids=BINARY)
@pytest.mark.parametrize(
    ("task", "label"),
    [
        ("2017-task1", "adverse_effect"),
        ("2018-task1", "medication_mention"),
        ("2018-task3", "adverse_effect"),
        ("2018-task4", "vaccine_use"),
        ("2019-task1", "adverse_effect"),
        ("2020-task1", "medication_mention"),
        ("2020-task2", "adverse_effect"),
    ],
)
def test_smm4h_classes(tmp_path: Path, task: str, label: str, content: str) -> None:
    write(tmp_path, {f"{task}/train.tsv": content})
    rows = list(smm4h.load(tmp_path, NAMES))
    assert [(row.text, row.labels) for row in rows] == [
        (ITCHY, {label: ("yes",)}),
        (CALM, {label: ("no",)}),
    ]
    assert {(row.set, row.publisher_split, row.spans) for row in rows} == {
        (f"smm4h-{task}", "train", None)
    }


@pytest.mark.parametrize(
    ("task", "values", "expected"),
    [
        ("2017-task2", "123", [{"drug_use": ("yes",)}, {"drug_use": ("no",)}]),
        ("2018-task2", "123", [{"drug_use": ("yes",)}, {"drug_use": ("no",)}]),
        (
            "2020-task5",
            "123",
            [{"birth_defect": (label,)} for label in ("defect", "possible-defect", "none")],
        ),
        (
            "2022-task6",
            ("Self_reports", "Vaccine_chatter"),
            [{"vaccine_use": ("yes",)}, {"vaccine_use": ("no",)}],
        ),
    ],
)
def test_smm4h_other_classes(tmp_path: Path, task: str, values: str, expected: list) -> None:
    lines = [f"{at}\tpost {at} about it\t{value}" for at, value in enumerate(values)]
    write(tmp_path, {f"{task}/validation.tsv": "\n".join(["tweet_id\ttext\tlabel", *lines])})
    rows = list(smm4h.load(tmp_path, NAMES))
    assert [row.labels for row in rows] == expected
    assert {row.publisher_split for row in rows} == {"dev"}


@pytest.mark.parametrize("task", ["2019-task2", "2019-task3", "2020-task3"])
@pytest.mark.parametrize("header", [FULL, ""])
def test_smm4h_spans_in_one_file(tmp_path: Path, task: str, header: str) -> None:
    write(tmp_path, {f"{task}/TrainData.tsv": header + FULL_ROWS})
    itchy, calm = smm4h.load(tmp_path, NAMES)
    assert marked(itchy) == {("ws itch", "effect"), ("zoloft", "drug")}
    assert itchy.labels == {"adverse_effect": ("yes",)}
    assert (marked(calm), calm.labels) == ({("zoloft", "drug")}, {"adverse_effect": ("no",)})
    (pair,) = smm4h.load_pairs(tmp_path, {})
    assert (pair.text[pair.start : pair.end], pair.term) == ("ws itch", "pruritus")


@pytest.mark.parametrize("folder", ["2021-task1", "2021-task1b", "2022-task1"])
def test_smm4h_joins_texts_classes_and_spans(tmp_path: Path, folder: str) -> None:
    lost = "13\tADE\t0\t4\tgone\t10000001\n"
    write(
        tmp_path,
        {
            f"{folder}/train/tweets.tsv": f"11\t{ITCHY}\n12\t{CALM}\n",
            f"{folder}/train/class.tsv": "11\tADE\n12\tNoADE\n13\tADE\n",
            f"{folder}/train/spans_norm.tsv": f"11\tADE\t16\t27\telbows itch\t10037087\n{lost}",
            f"{folder}/dev/tweets.tsv": "21\tmetformin and dry lips\n",
            f"{folder}/dev/spans.tsv": "21\tADE\t14\t22\tdry lips\n",
            f"{folder}/test/tweets.tsv": f"31\t{CALM}\n",
        },
    )
    rows = list(smm4h.load(tmp_path, NAMES))
    found = {(row.publisher_split, row.labels["adverse_effect"]): marked(row) for row in rows}
    assert found == {
        ("train", ("yes",)): {("elbows itch", "effect"), ("zoloft", "drug")},
        ("train", ("no",)): {("zoloft", "drug")},
        ("dev", ("yes",)): {("dry lips", "effect"), ("metformin", "drug")},
    }
    (pair,) = smm4h.load_pairs(tmp_path, {"10037087": "Pruritus"})
    assert (pair.split, pair.term) == ("train", "Pruritus")
    assert list(smm4h.load_pairs(tmp_path, {})) == []


def test_smm4h_finds_a_wording_that_moved(tmp_path: Path) -> None:
    moved = FULL_ROWS.replace("20\t27\tADR\tws itch", "3\t14\tADR\telbows itch")
    write(tmp_path, {"2019-task2/train.tsv": FULL + moved})
    assert ("elbows itch", "effect") in marked(next(iter(smm4h.load(tmp_path, NAMES))))


def test_smm4h_terms_of_2017(tmp_path: Path) -> None:
    write(tmp_path, {"2017-task3/train.tsv": "1\tcant nod off\t10022437\n2\tbleh\t99\n"})
    (pair,) = smm4h.load_pairs(tmp_path, {"10022437": "Insomnia"})
    assert (pair.text, pair.term) == ("cant nod off", "Insomnia")
    assert list(smm4h.load(tmp_path, NAMES)) == []


def test_cadec_sentences_and_marks(tmp_path: Path) -> None:
    rows = list(cadec.load(write(tmp_path, CADEC), NAMES))
    assert [(row.text, marked(row), row.labels["adverse_effect"]) for row in rows] == [
        ("Took Zoloft for a week.", {("Zoloft", "drug")}, ("no",)),
        ("Arms felt very sore.", {("Arms felt very sore", "effect")}, ("yes",)),
        ("Fine now.", set(), ("no",)),
    ]


@pytest.mark.parametrize(
    ("names", "terms"),
    [({}, ["Limb pain"]), ({"10033425": "Pain in extremity"}, ["Limb pain", "Pain in extremity"])],
)
def test_cadec_terms(tmp_path: Path, names: dict[str, str], terms: list[str]) -> None:
    pairs = list(cadec.load_pairs(write(tmp_path, CADEC), names))
    assert [(pair.text, pair.term) for pair in pairs] == [("Arms sore", term) for term in terms]


def test_diego_spans(tmp_path: Path) -> None:
    itchy, calm = OPTIONAL["diego"](write(tmp_path, DIEGO), NAMES)
    assert marked(itchy) == {("elbows itch", "effect"), ("zoloft", "drug")}
    assert (marked(calm), calm.labels) == ({("zoloft", "drug")}, {"adverse_effect": ("no",)})


@pytest.mark.parametrize(
    "content",
    [f"11\t901\t1\t{ITCHY}\n12\t902\t0\t{CALM}\n", f"11\tY\t{ITCHY}\n12\tN\t{CALM}\n"],
)
def test_diego_classes(tmp_path: Path, content: str) -> None:
    rows = list(OPTIONAL["diego"](write(tmp_path, {"binary_tweets.txt": content}), NAMES))
    assert [row.labels["adverse_effect"] for row in rows] == [("yes",), ("no",)]


def test_tac_marks_every_place_of_a_wording(tmp_path: Path) -> None:
    write(tmp_path, {"train.json": json.dumps([TAC])})
    rows = list(tac2017.load(tmp_path, NAMES))
    assert [(row.text, marked(row)) for row in rows] == [
        ("Dry  eyes were seen.", {("Dry  eyes", "effect")}),
        ("Then DRY EYES again, and rash.", {("DRY EYES", "effect"), ("rash", "effect")}),
        ("No eyesore.", set()),
    ]
    pairs = {(pair.text, pair.term) for pair in tac2017.load_pairs(tmp_path, {})}
    assert pairs == {("Dry eyes", "Dry eye"), ("tumours", "Neoplasm")}


def test_mtaal_sentences_and_pairs(tmp_path: Path) -> None:
    write(tmp_path, {"ncbi/train.txt": MTAAL})
    first, *rest = mtaal.read(tmp_path / "ncbi" / "train.txt")
    assert list(first.mentions()) == [("Big head", "Disease", "D01"), ("tea", "Chemical", "D02")]
    assert len(rest) == 2
    (pair,) = mtaal.load_pairs(tmp_path, {})
    assert (pair.text, pair.term) == ("large head", "big head")


def test_yadav(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "condition.tsv": "1\tExist\tstill ill\n2\tRecover\tall well\n3\tDeteriorate\tworse\n",
            "medication.tsv": (
                "tweet_id\tlabel\ttext\n1\tEffective\tit works\n2\tIneffective\tno good\n"
                "3\tSerious Adverse Effect\tended up in hospital\n"
            ),
        },
    )
    rows = list(OPTIONAL["yadav"](tmp_path, NAMES))
    assert [row.labels.get("condition") for row in rows[:3]] == [
        ("exist",),
        ("recover",),
        ("deteriorate",),
    ]
    assert [row.labels for row in rows[3:]] == [
        {"medication_sentiment": ("effective",), "drug_outcome": ("effective",)},
        {"medication_sentiment": ("ineffective",), "drug_outcome": ("ineffective",)},
        {"medication_sentiment": ("serious-adverse-effect",), "adverse_effect": ("yes",)},
    ]


@pytest.mark.parametrize(
    ("file", "task", "negative", "positive"),
    [
        ("influenza", "health_mention", ("other", "figurative"), ("mention",)),
        ("symptoms", "health_mention", ("other", "figurative"), ("mention",)),
        ("vaccination", "vaccine_use", ("no",), ("yes",)),
        ("drug_usage", "drug_use", ("no",), ("yes",)),
        ("vaccine_relevance", "vaccine_relevance", ("no",), ("yes",)),
        ("vaccine_intent", "vaccine_intent", ("no", "unclear"), ("yes",)),
    ],
)
def test_joshi(tmp_path: Path, file: str, task: str, negative: tuple, positive: tuple) -> None:
    write(tmp_path, {f"{file}.tsv": "1\t0\tnot so\n2\t1\tthat is so\n"})
    rows = list(OPTIONAL["joshi"](tmp_path, NAMES))
    assert [row.labels[task] for row in rows] == [negative, positive]


LOADERS: dict[str, Callable[[Path], object]] = {
    **{name: lambda path, load=load: list(load(path, NAMES)) for name, load in OPTIONAL.items()},
    **{
        f"pairs of {name}": lambda path, load=load: list(load(path, {}))
        for name, load in OPTIONAL_PAIRS.items()
    },
}


@pytest.mark.parametrize("name", LOADERS)
def test_missing_folder_names_set_and_publisher(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name.removeprefix("pairs of ")
    with pytest.raises(MissingData, match="publisher") as caught:
        LOADERS[name](folder)
    assert folder.name in str(caught.value)


def test_names_of_codes_come_from_open_lists_and_from_a_users_meddra(tmp_path: Path) -> None:
    header = "meddra_code\tterm\tx\n"
    write(tmp_path, {"terminology/ctcae_v5.tsv": header + "1\tItch\tx\n"})
    assert meddra.names(tmp_path) == {"1": "Itch"}
    write(
        tmp_path,
        {"meddra/pt.asc": "2$Itching$$9$\n", "meddra/llt.asc": "1$Itch$2$\n3$Prickle$2$\n"},
    )
    assert meddra.names(tmp_path) == {"1": "Itching", "2": "Itching", "3": "Itching"}
    write(tmp_path, {"meddra/pt.asc": "2;Itching\n"})
    with pytest.raises(ValueError, match=r"pt\.asc line 1"):
        meddra.names(tmp_path)


def test_folders_beside_the_others_are_read_unless_left_out(world: Path, tmp_path: Path) -> None:
    for folder in (world / "data").iterdir():
        (tmp_path / folder.name).symlink_to(folder)
    write(tmp_path / "cadec", CADEC)
    write(tmp_path / "mtaal", {"ncbi/train.txt": MTAAL})
    corpus = world / "corpus"
    sets = {row.set for row in load_rows(tmp_path, corpus, NAMES, frozenset())}
    assert sets - {row.set for row in load_rows(world / "data", corpus, NAMES, frozenset())} == {
        "cadec"
    }
    assert "cadec" not in {
        row.set for row in load_rows(tmp_path, corpus, NAMES, frozenset({"cadec"}))
    }
    found = {pair.set for pair in load_optional_pairs(tmp_path, frozenset({"mtaal"}))}
    assert found == {"cadec"}
