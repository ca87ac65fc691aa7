"""Sets that a user may hold, in their publishers' formats and in words of our own."""

from pathlib import Path

from vigil_training.data.lexicon import Lexicon

NAMES = Lexicon(frozenset({"zoloft", "metformin"}), ("zoloft",))
ITCHY, CALM = "zoloft makes my elbows itch", "picked up my zoloft today"
SECRET = "quokka"


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return root


FULL = "tweet_id\tbegin\tend\ttype\textraction\tdrug\ttweet\tmeddra_code\tmeddra_term\n"
FULL_ROWS = (
    f"11\t20\t27\tADR\tws itch\tzoloft\t{ITCHY}\t10037087\tpruritus\n"
    f"11\t0\t6\tIndication\tzoloft\tzoloft\t{ITCHY}\t-\t-\n"
    f"12\t-\t-\t-\t-\tzoloft\t{CALM}\t-\t-\n"
)


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


def section(text: str, *mentions: tuple) -> dict:
    return {"label_id": "X", "section_text": text, "adverse_events": [list(m) for m in mentions]}


TAC = section(
    "Dry  eyes were seen. Then DRY EYES again, and rash.\n* tumours in mice\nNo eyesore.",
    ("Dry eyes", "Dry eye", 1.0, "Dry eyes", 1.0, "0", "9", "human"),
    ("rash", None, None, None, None, None, "4", "human"),
    ("tumours", "Neoplasm", 2.0, "Tumour", 3.0, None, "7", "animal"),
)


MTAAL = (
    "Big\tB-Disease\tD01\nhead\tI-Disease\tD01\nafter\tO\tO\ntea\tB-Chemical\tD02\n\n"
    "large\tB-Disease\tD01\nhead\tI-Disease\tD01\n\nbig\tB-Disease\tD01\nhead\tI-Disease\tD01\n"
    "odd\tB-Disease\t-1\n"
)
