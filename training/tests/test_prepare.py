"""Sets that a user holds, and labels of a user's own, on their way into rows and pairs."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from official_formats import FULL, MTAAL, write

from vigil_training.batches import make_term_batch
from vigil_training.checks import MOST_SHARE, with_labels
from vigil_training.config import Config
from vigil_training.encoders import open_tokenizer
from vigil_training.evaluate_terms import open_terms, term_scores
from vigil_training.prepare import Prepared, data_hash, prepare
from vigil_training.rows import Pair, Row
from vigil_training.tasks import load_tasks

TRAIN, TEST = "zoloft makes my elbows itch", "metformin again and weird hiccups for days now"
LABELS = [
    {"text": f"yellow tongue since the new tablets, day {number} of it", "spans": [
        {"label": "effect", "start": 0, "end": 13, "conceptId": "VS0287"}]}
    for number in range(30)
]  # fmt: skip


@pytest.fixture(scope="module")
def prepared(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The world with two tweets of SMM4H, entities of MTAAL and labels."""
    root = tmp_path_factory.mktemp("held")
    shutil.copytree(world / "data", root / "data")
    calm = "1{0}\t-\t-\t-\t-\tzoloft\tpicked up my {1} and went home\t-\t-\n"
    train = f"11\t16\t27\tADR\telbows itch\tzoloft\t{TRAIN}\t10037087\tpruritus\n"
    test = f"21\t20\t33\tADR\tweird hiccups\tmetformin\t{TEST}\t10020039\thiccups\n"
    write(
        root / "data",
        {
            "smm4h/2020-task3/train.tsv": FULL + train + calm.format(2, "zoloft"),
            "smm4h/2020-task3/test.tsv": FULL + test + calm.format(3, "metformin tablets"),
            "mtaal/ncbi/train.txt": MTAAL + "\nweird\tB-Disease\tD01\nhiccups\tI-Disease\tD01\n",
        },
    )  # fmt: skip
    labels = root / "labels.ndjson"
    labels.write_text("".join(json.dumps(item) + "\n" for item in LABELS), encoding="utf-8")
    tasks = load_tasks(world / "tasks.json")
    return prepare(root / "data", world / "corpus", tasks, frozenset(), [labels])


def test_pairs_of_held_sets_have_the_split_of_their_post(prepared: Prepared) -> None:
    found = {(p.text[p.start : p.end], p.term, p.split) for p in prepared.pairs if "smm4h" in p.set}
    assert found == {
        ("elbows itch", "pruritus", "train"), ("weird hiccups", "hiccups", "test")
    }  # fmt: skip


def test_names_and_wordings_of_a_concept_are_one_answer(prepared: Prepared) -> None:
    of = {pair.term.lower(): pair.concept for pair in prepared.pairs}
    assert of["pruritus"] == prepared.concepts["itching"] == prepared.concepts["pruritus"]
    # The corpus says it of `epistaxis`, the vocabulary of `Nosebleed`.
    assert prepared.concepts["nosebleed"] == prepared.concepts["epistaxis"] == "VS0287"
    unknown = {name for name, concept in of.items() if name == concept}
    assert unknown and not unknown & set(prepared.concepts)


def test_terms_of_one_concept_are_no_negatives_of_each_other(world: Path) -> None:
    pairs = [
        Pair("own", wording, 0, len(wording), term, concept=concept)
        for wording, term, concept in (
            ("my nose bled", "epistaxis", "VS0287"),
            ("bloody nose", "Nosebleed", "VS0287"),
            ("all itchy", "Rash", ""),
            ("spots", "rash", ""),
            ("queasy", "Nausea", "VS0173"),
        )
    ]
    found = make_term_batch(pairs, open_tokenizer(str(world / "encoder"))).same.tolist()
    groups = (0, 0, 1, 1, 2)
    assert found == [[one == other for other in groups] for one in groups]


def test_a_held_out_wording_is_told_by_no_other_set(prepared: Prepared) -> None:
    train = [pair for pair in prepared.pairs if pair.split == "train"]
    wordings = {pair.text.lower() for pair in train if pair.set == "mtaal"}
    assert wordings
    assert "weird hiccups" not in wordings
    assert any(pair.set == "hpo" for pair in train)


def test_terms_of_held_sets_are_scored(prepared: Prepared, world: Path) -> None:
    import numpy as np
    import torch
    from tokenizers import Tokenizer

    task = next(task for task in load_tasks(world / "tasks.json") if task.kind == "vector")

    def run(ids: torch.Tensor, mask: torch.Tensor) -> dict[str, np.ndarray]:
        return {f"task.{task.id}": np.ones((*ids.shape, task.dimensions), np.float32)}

    tokenizer = Tokenizer.from_file(str(world / "encoder" / "tokenizer.json"))
    opened = open_terms(prepared.pairs, ["rash"], {}, run, tokenizer, task)
    clusters = {row.text: row.cluster for row in prepared.rows}
    assert any("smm4h" in m["set"] for m in term_scores(opened, clusters, "test"))


def test_labels_become_rows_and_pairs_in_every_part(prepared: Prepared) -> None:
    rows = [row for row in prepared.rows if row.set == "labelled"]
    assert rows and all(row.spans for row in rows)
    assert {pair.term for pair in prepared.pairs if pair.set == "labelled"} == {"epistaxis"}
    assert prepared.notes == ("30 labelled posts (with text 30), 30 with a term",)


def test_the_hash_follows_the_training_rows_alone(prepared: Prepared) -> None:
    def of(rows: list[Row]) -> str:
        return data_hash(replace(prepared, rows=rows))

    held = [row for row in prepared.rows if row.split == "train"]
    assert data_hash(prepared) == of(held[::-1])
    assert of([row for row in held if row.set != "labelled"]) != of(held)


def test_labels_are_drawn_often_but_do_not_drown_the_rest() -> None:
    rows = [Row("labelled", str(n), {"a": ("yes",)}, split="train") for n in range(10)]
    rows.append(Row("labelled", "x", {}, (), split="train"))
    few = with_labels(Config(weights={"psytar": 1000}), rows)
    assert few == {"psytar": 1000, "labelled": 30, "labelled-spans": 3}
    many = with_labels(Config(weights={"psytar": 40}), rows)
    assert sum(many.values()) * MOST_SHARE == pytest.approx(sum(many.values()) - 40, rel=1e-3)
    own = with_labels(Config(weights={"psytar": 40, "labelled": 7}), rows)
    assert own["labelled"] == 7
