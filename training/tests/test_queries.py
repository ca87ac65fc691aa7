"""The protocol of MTAAL: parts of the sentences, scores by hand, and a unit from end to end."""

from dataclasses import replace

import pytest

from vigil_training.active_training import Learner
from vigil_training.data.mtaal import Sentence
from vigil_training.papers import queries
from vigil_training.papers.query_plans import Design, design_of, plan_of
from vigil_training.papers.settings import Settings, Unit, load
from vigil_training.tag_scores import mentions, runs, scores

DESIGN = Design("own", queries=2, per_query=3)


def sentences(name: str, count: int) -> list[Sentence]:
    return [Sentence((name, str(n), "x" * (n % 3)), ("O",) * 3, ("O",) * 3) for n in range(count)]


FILES = {"train": sentences("train", 40), "dev": sentences("dev", 14), "test": sentences("test", 9)}


def settings(**tables: dict) -> Settings:
    values = {
        "seeds": [1, 2],
        "all": {"units": 8, "vectors": "random", "dimensions": 8, "batch": 8, "evaluate_every": 1},
        "experiment": {"own": {"corpus": "own", "queries": 2, "per_query": 3}},
        "variant": {"plain": {"strategy": "random"}},
    }
    return Settings("own", "Own", "queries", {**values, **tables})


def test_mentions_and_runs():
    tags = ["B-Disease", "I-Disease", "B-Disease", "O", "I-Chemical", "I-Disease"]
    assert list(mentions(tags)) == [
        (0, 2, "Disease"), (2, 3, "Disease"), (4, 5, "Chemical"), (5, 6, "Disease")
    ]  # fmt: skip
    assert list(runs(["A", "A", "B", "O", "A"])) == [(0, 2, "A"), (2, 3, "B"), (4, 5, "A")]


def test_scores_by_hand():
    truth = [["X", "X", "O", "Y"], ["O", "O"]]
    found = [["X", "X", "O", "Z"], ["X", "O"]]
    score = scores("nen", truth, found)
    assert score["precision"] == round(1 / 3, 4) and score["recall"] == 0.5 and score["f1"] == 0.4
    assert score["accuracy"] == round(4 / 6, 4)
    assert (score["rows"], score["positives"]) == (2, 2)
    # X 4/5, O 4/5, Y and Z 0
    assert score["macro_f1"] == 0.4
    # A right label at the wrong border is no mention, and O everywhere finds none.
    assert scores("nen", truth, [["X", "O", "O", "O"], ["O", "O"]])["f1"] == 0
    assert scores("ner", [["B-A", "I-A"]], [["O", "O"]])["f1"] == 0


def test_official_parts_keep_the_scored_file_out():
    first, rest, scored = queries.parted(FILES, DESIGN, seed=3)
    assert len(first) == 12 and len(first + rest) == 54 and scored == FILES["test"]
    assert {one.tokens[0] for one in first + rest} == {"train", "dev"}
    assert not set(first) & set(rest)
    assert queries.parted(FILES, DESIGN, seed=3)[0] == first
    assert queries.parted(FILES, DESIGN, seed=4)[0] != first


def test_drawn_parts_mix_the_files():
    design = replace(DESIGN, partition=(0.2, 0.7, 0.1))
    first, rest, scored = queries.parted(FILES, design, seed=3)
    assert (len(first), len(rest), len(scored)) == (13, 44, 6)
    assert len({one.tokens for one in first + rest + scored}) == 63
    assert len({one.tokens[0] for one in scored}) > 1


def test_lengths_leave_sentences_out():
    long = Sentence(("a",) * 9, ("O",) * 9, ("O",) * 9)
    files = {**FILES, "test": [*FILES["test"], long]}
    assert len(queries.parted(files, DESIGN, 1)[2]) == 10
    assert long not in queries.parted(files, replace(DESIGN, lengths=(1, 5)), 1)[2]


def test_of_several_concepts_the_first_counts_and_none_is_outside():
    one = Sentence(("a", "b", "c"), ("B-Disease", "O", "B-Disease"), ("X1|X2", "O", "-1"))
    assert queries.tags_of(one, "nen") == ["X1", "O", "O"]


def test_counts():
    one = Sentence(("Sore", "head", "sore"), ("B-Disease", "I-Disease", "O"), ("X", "X", "O"))
    two = Sentence(("sore", "head"), ("B-Disease", "I-Disease"), ("X", "X"))
    plain = Sentence(("well",), ("O",), ("O",))
    assert queries.counted([one, two, plain, plain]) == {
        "sentences": 4, "words": 3, "entities": 2, "different entities": 1, "with an entity": 0.5
    }  # fmt: skip


def test_first_variants_of_every_experiment_come_first():
    tables = {
        "experiment": {
            "a": {"corpus": "a", "queries": 1, "per_query": 1, "first": ["two"]},
            "b": {"corpus": "b", "queries": 1, "per_query": 1, "first": ["two"], "seeds": [1]},
        },
        "variant": {"one": {}, "two": {}},
    }
    found = [(u.experiment, u.variant, u.seed) for u in queries.units(settings(**tables))]
    assert found == [
        ("a", "two", 1), ("b", "two", 1), ("a", "one", 1), ("b", "one", 1),
        ("a", "two", 2), ("a", "one", 2),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"strategy": "guess"}, "allowed are random, entropy"),
        ({"size": 3}, "unknown keys size"),
        ({"tasks": ["pos"]}, "tasks are one or both"),
        ({"alone": True, "task_discriminator": True}, "needs both tasks"),
        ({"encoder": "rnn"}, "allowed are words, transformer"),
        ({"decay": 1}, "decay is a share"),
        ({"pooling": "sum"}, "allowed are product, mean"),
    ],
)
def test_a_variant_that_makes_no_sense(table, message):
    with pytest.raises(ValueError, match=message):
        plan_of(settings(variant={"bad": table}), "bad")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"parts": ["train", "test"]}, "trained on and scored"),
        ({"scored": "exam"}, "allowed are train, dev, test"),
        ({"partition": [0.5, 0.7, 0.1]}, "three shares"),
        ({"initial": 0}, "share above 0"),
        ({"query": 3}, "unknown keys query"),
    ],
)
def test_an_experiment_that_makes_no_sense(table, message):
    given = {"corpus": "own", "queries": 1, "per_query": 1, **table}
    with pytest.raises(ValueError, match=message):
        design_of(settings(experiment={"bad": given}), "bad")


def test_a_missing_setting_is_named():
    with pytest.raises(ValueError, match="per_query"):
        design_of(settings(experiment={"bad": {"corpus": "own", "queries": 1}}), "bad")


def run(variant: dict, **also: dict) -> dict:
    made = settings(variant={"one": {**variant, **also}})
    opened = queries.open_data(made, None, None)
    return queries.run(Unit("own", "one", 1, 0), made, opened)


def test_a_unit_asks_labels_and_scores():
    found = run({"strategy": "diversity", "task_discriminator": True})
    assert [point[:2] for point in found["curve"]] == [[1, 14], [2, 17]]
    assert set(found["scores"]) == {"ner", "nen", "nen-words"}
    assert found["curve"][-1][2:] == [found["scores"][t]["f1"] for t in DESIGN.tasks]
    assert found["counts"]["sentences"] == 6
    assert found == run({"strategy": "diversity", "task_discriminator": True})


def test_strategies_ask_for_different_sentences():
    longest = run({"strategy": "length"})["counts"]["labelled words"]
    drawn = run({"strategy": "random"})["counts"]["labelled words"]
    assert longest > drawn


def test_each_task_alone():
    found = run({"strategy": "entropy", "alone": True})
    assert set(found["scores"]) == {"ner", "nen", "nen-words"} and "counts" not in found
    only = run({"strategy": "entropy", "tasks": ["ner"]})
    assert found["scores"]["ner"] == only["scores"]["ner"]
    assert only["curve"][0][3:] == [None, None]


def test_full_data_labels_everything_at_once():
    learns = {"learning_rate": 0.01, "residual": True, "units": 16}
    found = run({"strategy": "all", "rounds": 30}, **learns)
    assert found["scores"]["ner"]["f1"] > run({"strategy": "all"}, **learns)["scores"]["ner"]["f1"]
    assert "curve" not in found and found["counts"]["sentences"] == 0
    assert found["counts"]["labelled words"] > run({})["counts"]["labelled words"]


def test_the_papers_settings_make_sense():
    for smoke in (False, True):
        found = load("mtaal2021", smoke)
        for variant in found.values["variant"]:
            plan_of(found, variant)
        units = queries.units(found)
        assert units[0].variant == "MTAAL" and len(set(units)) == len(units)


def test_the_transformer_reads_the_same_sentences():
    found = run({"strategy": "random", "encoder": "transformer"}, encoder_rate=1e-4)
    assert found["curve"] != run({"strategy": "random"})["curve"]


def test_decay_falls_to_its_share(monkeypatch):
    paces = []
    monkeypatch.setattr(Learner, "pace", lambda self, factor: paces.append(round(factor, 3)))
    run({"strategy": "all", "rounds": 3}, decay=0.9)
    assert paces == [1.0, 0.55, 0.1]
