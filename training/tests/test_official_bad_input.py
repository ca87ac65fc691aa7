"""What loaders of official formats refuse: by set, file and line, and without the text."""

import json
from pathlib import Path

import pytest
from official_formats import CADEC, DIEGO, FULL, FULL_ROWS, NAMES, SECRET, TAC, section, write

from vigil_training.data import OPTIONAL, mtaal

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
