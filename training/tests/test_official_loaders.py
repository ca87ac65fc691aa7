"""Loaders of sets that a user may hold; fixtures in the publishers' formats, in our own words."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

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
from vigil_training.data.lexicon import Lexicon
from vigil_training.rows import Row

NAMES = Lexicon(frozenset({"zoloft", "metformin"}), ("zoloft",))
ITCHY, CALM = "zoloft makes my elbows itch", "picked up my zoloft today"
SECRET = "quokka"


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return root


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


FULL = "tweet_id\tbegin\tend\ttype\textraction\tdrug\ttweet\tmeddra_code\tmeddra_term\n"
FULL_ROWS = (
    f"11\t20\t27\tADR\tws itch\tzoloft\t{ITCHY}\t10037087\tpruritus\n"
    f"11\t0\t6\tIndication\tzoloft\tzoloft\t{ITCHY}\t-\t-\n"
    f"12\t-\t-\t-\t-\tzoloft\t{CALM}\t-\t-\n"
)


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


CADEC = {
    "text/DRUG.1.txt": "Took Zoloft for a week.\nArms felt very sore. Fine now.",
    "original/DRUG.1.ann": (
        "T1\tDrug 5 11\tZoloft\n"
        "#1\tAnnotatorNotes T1\tsome note\n"
        "T2\tADR 24 28;39 43\tArms sore\n"
        "T3\tDisease 45 49\tFine\n"
    ),
    "sct/DRUG.1.ann": "TT2\t45326000 | Limb pain | 24 28;39 43\tArms sore\n"
    "TT3\tCONCEPT_LESS 45 49\tFine\n",
    "meddra/DRUG.1.ann": "TT2\t10033425 24 28;39 43\tArms sore\n",
}


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


DIEGO = {
    "train_tweet_posts.tsv": (
        f"11\t901\tt1\t{ITCHY}\n12\t902\tt2\t{CALM}\n13\t903\tt3\tNot Available\n"
    ),
    "train_tweet_annotations.tsv": (
        "t1\t16\t27\tADR\telbows itch\tsertraline\tsertraline\n"
        "t2\t0\t6\tIndication\tpicked\tsertraline\tsertraline\n"
        "t3\t90\t99\tADR\tgone\tsertraline\tsertraline\n"
    ),
}


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


def section(text: str, *mentions: tuple) -> dict:
    return {"label_id": "X", "section_text": text, "adverse_events": [list(m) for m in mentions]}


TAC = section(
    "Dry  eyes were seen. Then DRY EYES again, and rash.\n* tumours in mice\nNo eyesore.",
    ("Dry eyes", "Dry eye", 1.0, "Dry eyes", 1.0, "0", "9", "human"),
    ("rash", None, None, None, None, None, "4", "human"),
    ("tumours", "Neoplasm", 2.0, "Tumour", 3.0, None, "7", "animal"),
)


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


MTAAL = (
    "Big\tB-Disease\tD01\nhead\tI-Disease\tD01\nafter\tO\tO\ntea\tB-Chemical\tD02\n\n"
    "large\tB-Disease\tD01\nhead\tI-Disease\tD01\n\nbig\tB-Disease\tD01\nhead\tI-Disease\tD01\n"
    "odd\tB-Disease\t-1\n"
)


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


BAD: dict[str, tuple[str, dict[str, str], str]] = {
    "unknown label": (
        "smm4h",
        {"2019-task1/train.tsv": f"1\t1\t{SECRET} a\n2\t0\tb\n3\t7\t{SECRET}"},
        r"smm4h-2019-task1: 2019-task1/train.tsv line 3: unknown label; known are 0, 1",
    ),
    "one class": (
        "smm4h",
        {"2019-task1/train.tsv": f"1\t1\t{SECRET} a\n2\t1\tb\n"},
        "smm4h-2019-task1: task adverse_effect has one class only, yes",
    ),
    "empty file": ("smm4h", {"2019-task1/train.tsv": ""}, "smm4h-2019-task1 has no labelled rows"),
    "no files": ("smm4h", {"2019-task1/notes.md": SECRET}, "smm4h-2019-task1 has no labelled rows"),
    "no texts": (
        "smm4h",
        {"2017-task1/train.tsv": "1\t901\t1\n2\t902\t0\n"},
        "no file has the tweets",
    ),
    "unknown task": ("smm4h", {"2016-task9/train.tsv": SECRET}, "2016-task9 is no known task"),
    "odd columns": ("smm4h", {"2019-task1/train.tsv": f"{SECRET}\n"}, "line 1: no header, and"),
    "span outside": (
        "smm4h",
        {"2019-task2/train.tsv": FULL + FULL_ROWS.replace("20\t27", "20\t99")},
        "train.tsv line 2: span 20-99 lies outside its text of 27",
    ),
    "offset no number": (
        "smm4h",
        {"2019-task2/train.tsv": FULL + FULL_ROWS.replace("20\t27", "x\t2")},
        "line 2: an offset is not a number",
    ),
    "unknown type": (
        "smm4h",
        {"2019-task2/train.tsv": FULL + FULL_ROWS.replace("ADR", SECRET)},
        "line 2: unknown type; known are ade",
    ),
    "missing column": (
        "smm4h",
        {"2019-task2/train.tsv": "tweet_id\tbegin\n1\t2\n"},
        "there is no column end or type or extraction",
    ),
    "too few columns": (
        "smm4h",
        {"2019-task1/train.tsv": f"tweet_id\tlabel\ttweet\n1\t{SECRET}\n"},
        "line 2: has 2 columns instead of 3",
    ),
    "cadec span": (
        "cadec",
        {**CADEC, "original/DRUG.1.ann": "T1\tADR 5 999\tx\n"},
        r"original/DRUG.1.ann line 1: span 5-999 lies outside",
    ),
    "cadec line": (
        "cadec",
        {**CADEC, "original/DRUG.1.ann": f"T1\tADR {SECRET}\n"},
        "line 1: is not ID, type with offsets",
    ),
    "cadec type": (
        "cadec",
        {**CADEC, "original/DRUG.1.ann": f"T1\t{SECRET} 0 4\tx\n"},
        "line 1: unknown type; known are ADR",
    ),
    "cadec one class": ("cadec", {**CADEC, "original/DRUG.1.ann": ""}, "one class only, no"),
    "diego span": (
        "diego",
        {**DIEGO, "train_tweet_annotations.tsv": "t1\t16\t99\tADR\tx\ta\ta\n"},
        "train_tweet_annotations.tsv line 1: span 16-99 lies outside",
    ),
    "diego type": (
        "diego",
        {**DIEGO, "train_tweet_annotations.tsv": f"t1\t1\t9\t{SECRET}\tx\ta\ta\n"},
        "line 1: unknown type; known are adr, indication",
    ),
    "tac span": (
        "tac2017-adr",
        {
            "train.json": json.dumps(
                [TAC, section("short", ("x", "X", 1.0, "X", 1.0, "3", "9", "human"))]
            )
        },
        "train.json line 2: span 3-12 lies outside",
    ),
    "tac no json": ("tac2017-adr", {"train.json": f'[{{"{SECRET}'}, "train.json is not JSON"),
    "tac empty": ("tac2017-adr", {"train.json": "[]"}, "has no sections"),
    "tac mention": (
        "tac2017-adr",
        {"train.json": json.dumps([section("x", ("y",))])},
        "eight values",
    ),
    "yadav label": (
        "yadav",
        {"condition.tsv": f"tweet_id\tlabel\ttext\n1\tbad\t{SECRET}\n"},
        "condition.tsv line 2: unknown label; known are deteriorate, exist, recover",
    ),
    "yadav one class": ("yadav", {"medication.tsv": f"1\teffective\t{SECRET}\n"}, "one class only"),
    "joshi column": (
        "joshi",
        {"influenza.tsv": f"tweet_id\tlabel\n1\t{SECRET}\n"},
        "there is no column tweet",
    ),
    "joshi empty": ("joshi", {"symptoms.tsv": ""}, "joshi-symptoms has no labelled rows"),
}


@pytest.mark.parametrize(("name", "files", "message"), BAD.values(), ids=BAD)
def test_bad_input_is_refused_without_its_text(
    tmp_path: Path, name: str, files: dict[str, str], message: str
) -> None:
    folder = write(tmp_path / name, files)
    with pytest.raises(ValueError, match=message) as caught:
        list(OPTIONAL[name](folder, NAMES))
    assert name.split("-")[0] in str(caught.value)
    assert SECRET not in str(caught.value)
    assert "elbows" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (f"{SECRET}\tO\n", "train.txt line 1: has 2 columns instead of 3"),
        (f"a\tO\tO\n{SECRET}\tB-Thing\tO\n", "train.txt line 2: unknown tag; known are O"),
        ("", "set mtaal has no mentions"),
    ],
)
def test_bad_mtaal_is_refused(tmp_path: Path, content: str, message: str) -> None:
    write(tmp_path, {"cdr/train.txt": content})
    with pytest.raises(ValueError, match=message) as caught:
        list(mtaal.load_pairs(tmp_path, {}))
    assert SECRET not in str(caught.value)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "influenza.tsv").write_bytes(b"1\t0\tcaf\xe9\n")
    with pytest.raises(ValueError, match=r"joshi-influenza: .*byte 7 is not UTF-8"):
        list(OPTIONAL["joshi"](tmp_path, NAMES))


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
