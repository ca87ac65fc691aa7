"""A small world: every set in its publisher's format, in words of our own, and a tiny encoder."""

import json
import os
import random
from pathlib import Path

import pytest
from command_lines import retrain
from papers_world import curves, ladder  # noqa: F401
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from vigil_training import scores
from vigil_training.cli import main

TASKS = Path(__file__).parents[2] / "schemas" / "tasks.json"
_PEOPLE = (
    "my aunt,the neighbour,our teacher,his brother,a friend,the driver,her boss,my coach".split(",")
)
_PLACES = "in the garden,at the market,on the bus,by the lake,after work,near the park".split(",")
_EFFECTS = "a rash,headache,dry mouth,shaking hands,bad dreams,stomach cramps,dizzy spells".split(
    ","
)
_DRUGS = "sertraline,metformin,ibuprofen,lisinopril,quetiapine".split(",")
_THINGS = "a kite,the soup,an old radio,two chairs,the blue door,a long letter,some bread".split(
    ","
)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


class Writer:
    """Sentences that differ from each other in several words, from a seed."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def pick(self, words: list[str]) -> str:
        return self.rng.choice(words)

    def chatter(self) -> str:
        words = [f"w{self.rng.randrange(4000)}" for _ in range(5)]
        return f"{self.pick(_PEOPLE)} saw {self.pick(_THINGS)} {' '.join(words)}"

    def effect(self) -> tuple[str, str, str]:
        """Text, drug, effect."""
        drug, effect = self.pick(_DRUGS), self.pick(_EFFECTS)
        tail = " ".join(f"w{self.rng.randrange(4000)}" for _ in range(4))
        return (
            f"{drug} gave {self.pick(_PEOPLE)} {effect} {self.pick(_PLACES)} {tail}",
            drug,
            effect,
        )


def write_world(root: Path, size: int = 60) -> None:
    """Writes data/ and corpus/ under a folder."""
    data, w = root / "data", Writer(1)
    binary = ["sentences\tADR\tWD\tEF\tINF\tSSI\tDI"]
    conll = []
    for number in range(size):
        text, _, effect = w.effect()
        binary.append(f"{text}\t1\t{number % 2}\t0\t0\t0\t0")
        tags: list[str] = []
        for word in text.split():
            prefix = "I" if tags and tags[-1].endswith("ADR") else "B"
            tags.append(f"{word}\t{prefix}-ADR" if word in effect.split() else f"{word}\tO")
        conll += [*tags, ""]
        flags = ("1\t0\t1\t0", "0\t1\t0\t1", "0\t0\t1\t1", "0\t0\t0\t0")[number % 4]
        binary.append(f'"{w.chatter()}, they said ""fine"" to it"\t0\t0\t{flags}')
    for split, rows in (("train", binary[1:-30]), ("dev", binary[-30:])):
        _write(data / "psytar" / "binary" / f"{split}.tsv", "\n".join([binary[0], *rows]) + "\n")
    _write(data / "psytar" / "spans" / "train.conll", "\n".join(conll) + "\n")
    _write(data / "psytar" / "spans" / "dev.conll", "So\tO\ntired\tB-WD\n.\tO\n\n")
    _write_case_reports(data, w, size)
    _write_tweets(data, w, size)
    _write_vocabularies(data)
    posts = []
    for number in range(size):
        text, drug, effect = w.effect()
        item = {
            "text": text,
            "ade": 1,
            "spans": [effect],
            "terms": [effect + " nos"],
            "drug": [drug],
        }
        posts.append(item | {"role": ("effect", "withdrawal")[number % 2], "person": "self"})
        calm = {
            "text": w.chatter() + f" with {drug}",
            "ade": 0,
            "spans": [],
            "terms": [],
            "drug": [drug],
        }
        posts.append(
            calm
            | {"role": ("indication", "question", "lack-of-effect")[number % 3], "person": "none"}
        )
    lines = "".join(json.dumps(post) + "\n" for post in posts)
    _write(root / "corpus" / "plain.ndjson", lines)
    helped = {"text": "metformin did wonders", "ade": 0, "spans": [], "terms": [], "drug": []}
    helped |= {"role": "helped", "person": "self"}
    _write(root / "corpus" / "helped.ndjson", json.dumps(helped) + "\n")
    _write(
        root / "corpus" / "vivid.ndjson",
        json.dumps(posts[0] | {"text": "vivid " + posts[0]["text"]}) + "\n",
    )
    effects = [
        {"wording": "nosebleeds", "concept": "VS0287"},
        {"wording": "rash", "concept": "VS0363", "marks": ["negated"]},
    ]
    full = {"text": "booked my jab, nosebleeds but no rash on warfarin", "effects": effects}
    full |= {"labels": {"vaccine_intent": "yes"}, "drug": ["warfarin"], "role": "effect"}
    full |= {"person": "self", "factuality": "asserted", "style": ["x"]}
    others = "".join(json.dumps(post) + "\n" for post in _full_posts(w, 2 * size))
    _write(root / "corpus" / "tasks.ndjson", json.dumps(full) + "\n" + others)
    rare = {**full, "text": "no idea if the jab gave me that rash, second day", "drug": []}
    rare |= {"effects": [{"wording": "rash", "concept": "VS0363", "marks": ["uncertain"]}]}
    _write(root / "corpus" / "rare.ndjson", json.dumps(rare) + "\n")
    _write(root / "corpus" / "terms.tsv", "term\tconcept\nepistaxis\tVS0287\nrash\tVS0363\n")


def _full_posts(w: Writer, size: int) -> list[dict]:
    """Posts in the full form: each label that the open sets lack, in turn with its absence."""
    labels = (
        {"birth_defect": "defect", "drug_use": "yes", "condition": "exist"},
        {"birth_defect": "possible-defect", "medication_sentiment": "ineffective"},
        {"vaccine_intent": "yes", "vaccine_relevance": "yes", "medication_sentiment": "effective"},
        {"vaccine_intent": "no", "vaccine_stance": "against", "vaccine_relevance": "yes"},
        {"vaccine_use": "yes", "vaccine_relevance": "yes", "vaccine_stance": "for"},
        {"condition": "recover", "drug_use": "yes", "drug_outcome": "effective"},
        {"condition": "deteriorate", "withdrawal": "yes", "drug_outcome": "ineffective"},
        {},
    )
    marks = ([], ["uncertain"], ["other_person"], ["indication"], ["negated"])
    posts = []
    for number in range(size):
        text, drug, effect = w.effect()
        is_report = number % 2 == 0
        effects = [{"wording": effect, "concept": "VS0363", "marks": marks[number // 2 % 5]}]
        posts.append(
            {
                "text": text if is_report else w.chatter(),
                "labels": labels[number % 8],
                "effects": effects if is_report else [],
                "drug": [drug] if is_report else [],
                "role": "effect" if is_report else "other",
                "person": "self" if is_report else "none",
                "factuality": "asserted" if is_report else "none",
                "style": ["x"],
            }
        )
    return posts


def _write_case_reports(data: Path, w: Writer, size: int) -> None:
    pairs, phee = [], []
    for number in range(size):
        text, drug, effect = w.effect()
        # Offsets count from the start of the abstract, not of the sentence.
        pairs.append(f"{number}|{text}|{effect}|{900}|{910}|{drug}|{950}|{960}")
        at, where = text.index(effect), text.index(drug)
        event = {
            "event_type": "Adverse_event",
            "Effect": {"text": [[effect]], "start": [[at]]},
            "Treatment": {
                "text": [[drug]],
                "start": [[where]],
                "Drug": {"text": [[drug]], "start": [[where]]},
            },
        }
        phee.append(json.dumps({"context": text, "annotations": [{"events": [event]}]}))
    _write(data / "ade-corpus-v2" / "DRUG-AE.rel", "\n".join(pairs) + "\n")
    negatives = [f"{number} NEG {w.chatter()}" for number in range(size)]
    _write(data / "ade-corpus-v2" / "ADE-NEG.txt", "\n".join(negatives) + "\n")
    third = size // 3
    for at, split in enumerate(("train", "dev", "test")):
        _write(
            data / "phee" / f"{split}.json", "\n".join(phee[at * third : (at + 1) * third]) + "\n"
        )


def _write_tweets(data: Path, w: Writer, size: int) -> None:
    rhmd = [f'"{w.chatter()}, ill",{number % 3}' for number in range(size)]
    _write(data / "rhmd" / "train.csv", "\n".join(["Text,Label", *rhmd]) + "\n")
    kinds = ("sick", "health", "no", "notenglish", "notsure")
    sick = [f"{kinds[number % 5]}\t@user {w.chatter()} cough" for number in range(size)]
    _write(data / "sick-tweets" / "train.tsv", "\n".join(["label\ttext", *sick]) + "\n")
    words = ("the vaccine", "a radio", "their shots")
    stance = [f'{n},"{words[n // 3 % 3]}, {w.chatter()} http",{n % 3}' for n in range(size)]
    _write(data / "vaccine-stance" / "train.csv", "\n".join([",tweet,label", *stance]) + "\n")
    reasons = ("side-effect", "side-effect pharma", "none", "rushed")
    caves = [f'{n}t,"the vaccine, {w.chatter()}",{reasons[n % 4]}' for n in range(size)]
    for split, part in (("train", caves[: size // 2]), ("val", caves[size // 2 :])):
        _write(data / "caves" / f"{split}.csv", "\n".join(["ID,text,labels", *part]) + "\n")
    tweets = [w.chatter() for _ in range(size * 4)] + [
        "the vaccine queue was long",
        "took sertraline today",
    ]
    _write(data / "background" / "tweeteval_quiet_train_text.txt", "\n".join(tweets) + "\n")


def _write_vocabularies(data: Path) -> None:
    drugs = "Medline Plus ID,Common name,Synonyms\n" + "".join(
        f"a{n},{d.title()},\n" for n, d in enumerate(_DRUGS)
    )
    _write(data / "drugs" / "medlineplus.csv", drugs)
    _write(
        data / "drugs" / "wikipedia.csv",
        "Wikipedia link,Common name,Synonyms\nx,Lisinopril,Prinivil|Zestril\n",
    )
    _write(
        data / "drugs" / "rxnorm_ingredient_brands_B-Z.tsv",
        "rxcui\ttty\tname\tbrand_names\n1\tIN\twater\t\n",
    )
    folder = data / "terminology"
    _write(
        folder / "hpo_layperson_synonyms.tsv",
        '?term\t?term_label\t?layperson\nx\t"Xerostomia"\t"Dry mouth"\nx\t"Tremor"\t"Shaking"\n',
    )
    _write(
        folder / "hpo_mapping.tsv",
        "Cramps\tC1\tHP:1\tMuscle spasm\tAB\tchecked\tOK\t\n"
        "Pain\tC2\tHP:2\tAche\tAB\tmore general term\tOK\t\n",
    )
    _write(
        folder / "ctcae_v5.tsv",
        "meddra_code\tterm\tsoc\tdefinition\n"
        "1\tInsomnia\tx\tA disorder characterized by difficulty in falling asleep.\n",
    )
    _write(
        folder / "oae_2022.tsv",
        "meddra_code\tterm\tparent\tparent_oae_id\tdefinition\n1\tsleeplessness\tx\tx\tx\n",
    )
    _write(folder / "vaers_2020_terms.tsv", "term\tcount\nPyrexia\t5\n")


@pytest.fixture(scope="session", autouse=True)
def _in_root() -> None:
    """The commands are meant to be run from the root of the project."""
    os.chdir(TASKS.parents[1])


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, tokenizer: Tokenizer) -> Path:
    """A folder with data/, corpus/, labels.ndjson, tasks.json, encoder/ (a tokenizer only)."""
    root = tmp_path_factory.mktemp("world")
    write_world(root)
    labels = [
        {"text": f"{drug} gave me hives, friend number {number}", "labels": {"drug_use": "yes"}}
        for number, drug in enumerate(_DRUGS * 3)
    ]
    _write(root / "labels.ndjson", "".join(json.dumps(item) + "\n" for item in labels))
    _write(root / "tasks.json", TASKS.read_text(encoding="utf-8"))
    (root / "encoder").mkdir()
    tokenizer.save(str(root / "encoder" / "tokenizer.json"))
    return root


@pytest.fixture(scope="session")
def run(world: Path) -> Path:
    """A run that was retrained with labels of people, from the data to a scored bundle."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scores, "DRAWS", 30)
        assert main(retrain(world)) == 0
    return world / "run"


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    """A WordPiece tokenizer that knows letters, digits and a few words, cased down like BERT's."""
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    letters = "abcdefghijklmnopqrstuvwxyz0123456789.,!?'"
    known = {word for text in (*_EFFECTS, *_DRUGS, *_PEOPLE, *_THINGS) for word in text.split()}
    pieces += [*letters, *(f"##{letter}" for letter in letters), *sorted(known - set(letters))]
    made = Tokenizer(models.WordPiece({p: n for n, p in enumerate(pieces)}, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return made
