"""Scores on tables worked out by hand, against scikit-learn, and by what must always hold."""

import numpy as np
import pytest
from scored_world import EFFECT, STANCE, world
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from vigil_training import evaluate, evaluate_terms
from vigil_training.data.lexicon import Lexicon
from vigil_training.gate import BITS, Gate, features
from vigil_training.predict import Answers
from vigil_training.rows import Pair, Row, Span
from vigil_training.scores import (
    auc,
    average_precision,
    best_threshold,
    calibration_error,
    counts_f1,
    entry,
    interval,
    macro_f1,
    matched,
    precision_recall_f1,
    span_counts,
)
from vigil_training.tasks import Task

TRUTH = np.array([True, False, True, True, False, False])
FOUND = np.array([True, True, False, True, False, False])
SCORE = np.array([0.9, 0.8, 0.3, 0.7, 0.3, 0.1])
ONES = np.ones(6)


def _drawn(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Truth, scores with ties and integer weights of forty rows, both classes among them."""
    rng = np.random.default_rng(seed)
    truth = np.concatenate([[True, False], rng.random(38) < 0.3])
    return truth, rng.integers(0, 12, 40) / 12, rng.integers(0, 4, 40).astype(float) + truth


@pytest.mark.parametrize(
    ("compute", "expected"),
    [
        (lambda: precision_recall_f1(TRUTH, FOUND, ONES), (2 / 3, 2 / 3, 2 / 3)),
        (lambda: precision_recall_f1(TRUTH, TRUTH & False, ONES), (0, 0, 0)),
        # The last three rows weigh nothing: two found, one of them right, one missed.
        (lambda: precision_recall_f1(TRUTH, FOUND, np.repeat([1.0, 0], 3)), (0.5, 0.5, 0.5)),
        # F1 of 4/5, 0 and 1; a label that no row has is left out.
        (
            lambda: macro_f1(np.array([0, 0, 1, 2]), np.array([0, 0, 0, 2]), 4, np.ones(4)),
            (4 / 5 + 0 + 1) / 3,
        ),
        # Positives at ranks 1, 3 and, tied with a negative, at 5: 1/3 + 2/9 + 3/15.
        (lambda: average_precision(TRUTH, SCORE, ONES), 1 / 3 + 2 / 9 + 1 / 5),
        # Of nine pairs: 3 and 2 below the two high ones, 1 and a tie below the low one.
        (lambda: auc(TRUTH, SCORE, ONES), 6.5 / 9),
        (lambda: best_threshold(np.array([1, 1, 0, 0]) > 0, SCORE[[0, 1, 2, 5]], ONES[:4]), 0.55),
    ],
)
def test_by_hand(compute, expected) -> None:
    assert compute() == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(5))
def test_like_scikit_learn(seed: int) -> None:
    truth, score, weights = _drawn(seed)
    assert auc(truth, score, weights) == pytest.approx(
        roc_auc_score(truth, score, sample_weight=weights)
    )
    assert average_precision(truth, score, weights) == pytest.approx(
        average_precision_score(truth, score, sample_weight=weights)
    )
    assert macro_f1(truth * 1, (score > 0.5) * 1, 2, weights) == pytest.approx(
        f1_score(truth, score > 0.5, average="macro", sample_weight=weights)
    )


@pytest.mark.parametrize("seed", range(5))
def test_what_always_holds(seed: int) -> None:
    truth, score, weights = _drawn(seed)
    for perfect in (auc, average_precision):
        assert perfect(truth, truth * 1.0, weights) == pytest.approx(1)
    assert precision_recall_f1(truth, truth, weights) == pytest.approx((1, 1, 1))
    assert calibration_error(truth, truth * 1.0, weights) == 0
    assert auc(truth, 1 - score, weights) == pytest.approx(1 - auc(truth, score, weights))
    assert auc(~truth, score, weights) == pytest.approx(1 - auc(truth, score, weights))
    assert auc(truth, score**3, weights) == pytest.approx(auc(truth, score, weights))
    turned = np.random.default_rng(seed).permutation(40)
    repeated = np.repeat(np.arange(40), weights.astype(int))
    for one in (auc, average_precision, calibration_error):
        value = one(truth, score, weights)
        assert value == pytest.approx(one(truth[turned], score[turned], weights[turned]))
        # A weight is a number of copies.
        copies = np.ones(len(repeated))
        assert value == pytest.approx(one(truth[repeated], score[repeated], copies))


@pytest.mark.parametrize(
    ("truth", "score", "expected"),
    [
        # One probability, one bin: .7 said, .7 true.
        ([1] * 7 + [0] * 3, [0.7] * 10, 0.0),
        ([1] * 3 + [0] * 7, [0.7] * 10, 0.4),
        # Two levels of five rows each: |.2 - 2/5| and |.9 - 4/5|, half of the rows each.
        ([1, 1, 0, 0, 0, 1, 1, 1, 1, 0], [0.2] * 5 + [0.9] * 5, 0.15),
        ([1, 0], [0.0, 1.0], 1.0),
    ],
)
def test_calibration_error_by_hand(truth: list, score: list, expected: float) -> None:
    found = calibration_error(np.array(truth) > 0, np.array(score), np.ones(len(truth)))
    assert found == pytest.approx(expected)


def test_calibration_bins_hold_the_same_mass() -> None:
    # Thirty rows, two to a bin: within each pair one is said .05 too high, one .05 too low.
    score = np.arange(30) / 30
    truth = np.arange(30) % 2 == 0
    by_hand = np.mean([abs(score[at : at + 2].mean() - 0.5) for at in range(0, 30, 2)])
    assert calibration_error(truth, score, np.ones(30)) == pytest.approx(by_hand)


A, B, C = Span(0, 5, "effect"), Span(10, 15, "effect"), Span(20, 25, "drug")


@pytest.mark.parametrize(
    ("found", "strict", "overlapping"),
    [
        ([A, B], 2, 2),
        ([A, Span(12, 18, "effect"), Span(20, 25, "effect")], 1, 2),
        # One long answer finds one effect; two fragments of one effect are one hit.
        ([Span(0, 15, "effect")], 0, 1),
        ([Span(0, 2, "effect"), Span(3, 5, "effect")], 0, 1),
        # The end is outside a span: touching is no overlap.
        ([Span(5, 10, "effect")], 0, 0),
        # The long answer is left to the second effect, whatever the order.
        ([Span(3, 12, "effect"), Span(1, 2, "effect")], 0, 2),
        ([A, A], 1, 1),
        ([Span(0, 5, "drug")], 0, 0),
        ([], 0, 0),
    ],
)
def test_span_counts_by_hand(found: list, strict: int, overlapping: int) -> None:
    guessed = sum(span.label == "effect" for span in found)
    assert span_counts([A, B, C], found, "effect", True) == (strict, guessed, 2)
    assert span_counts([A, B, C], found, "effect", False) == (overlapping, guessed, 2)
    assert span_counts(found, [A, B, C], "effect", False) == (overlapping, 2, guessed)


def test_matching_is_one_to_one_and_the_largest() -> None:
    assert matched([]) == matched([[], []]) == 0
    assert matched([[True, True], [True, False]]) == 2
    assert matched([[True], [True], [True]]) == 1


def test_span_f1_is_counted_over_all_texts() -> None:
    counts = np.array([[1, 1, 1], [0, 3, 0], [1, 2, 3]])
    assert counts_f1(counts, np.ones(3)) == pytest.approx((2 / 6, 2 / 4, 0.4))
    assert counts_f1(counts, np.array([2.0, 0, 0])) == pytest.approx((1, 1, 1))


def test_interval_draws_clusters() -> None:
    values = np.array([0.0] * 50 + [1.0] * 50)

    def mean(weights: np.ndarray) -> float:
        return float((values * weights).sum() / max(weights.sum(), 1e-9))

    value, low, high = interval(list(range(100)), mean)
    assert value == 0.5 and 0.35 < low < 0.5 < high < 0.65
    _, low, high = interval([0] * 50 + [1] * 50, mean)
    assert (low, high) == (0.0, 1.0)


def test_draws_without_a_class_are_left_out() -> None:
    truth, score = np.array([True, False]), np.array([0.9, 0.1])
    line = entry(("a", "b", "test"), 1, "auc", [0, 1], lambda w: auc(truth, score, w))
    assert (line["value"], line["low"], line["high"]) == (1, 1, 1)
    assert np.isnan(auc(truth, score, np.array([1.0, 0.0])))


def test_every_score_has_its_place_and_balance() -> None:
    rows, answers = world()
    found = evaluate.sentence_scores(rows, answers, [EFFECT, STANCE], {}, "test")
    by = {(line["task"], line["metric"]): line for line in found}
    effect = {metric for task, metric in by if task == "adverse_effect"}
    assert effect == {"precision", "recall", "f1", "ap", "auc", "ece", "macro_f1", "accuracy"}
    assert by["adverse_effect", "recall"]["value"] == 0.75
    assert by["adverse_effect", "auc"]["value"] == pytest.approx((3 + 0.5) / 4)
    assert by["vaccine_stance", "accuracy"]["value"] == pytest.approx(7 / 8)
    assert by["vaccine_stance", "macro_f1"]["balance"] == {"none": 3, "for": 3, "against": 2}
    assert all((line["set"], line["split"], line["rows"]) == ("x", "test", 8) for line in found)
    assert "none 3, for 3, against 2" in evaluate.table(found)


def test_spans_per_label_and_over_both() -> None:
    rows, answers = world()
    found = evaluate.span_scores(rows, answers, Task("spans", "token"), "test")
    by = {line["metric"]: line["value"] for line in found}
    assert by["effect_overlapping_f1"] == 1 and by["effect_strict_f1"] == 0.75
    assert by["drug_strict_precision"] == 1 and by["drug_strict_recall"] == 0.75
    # Seven found, six as marked, of eight.
    assert by["micro_strict_f1"] == pytest.approx(12 / 15)


DIZZY = dict.fromkeys(("dizzy", "woozy", "dizziness", "vertigo"), 0)
MEANING = {**DIZZY, "puking": 1, "vomiting": 1, "rash": 2}


def _vectors(run, tokenizer, pairs: list[Pair], task: Task) -> np.ndarray:
    """A dimension for each meaning."""
    words = [pair.text[pair.start : pair.end] for pair in pairs]
    return np.array([np.eye(3)[MEANING[word]] for word in words]).reshape(-1, 3)


def test_terms_on_given_spans_and_end_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate_terms, "vectors", _vectors)
    texts = ["dizzy and puking", "woozy", "nothing here", "puking"]
    pairs = [
        Pair("own-plain", texts[0], 0, 5, "vertigo", "test"),
        Pair("own-plain", texts[0], 10, 16, "vomiting", "test"),
        Pair("own-tasks", texts[1], 0, 5, "rash", "test"),
        Pair("own-plain", texts[3], 0, 6, "vomiting", "train"),
    ]
    marked = [(Span(0, 5, "effect"), Span(10, 16, "effect")), (Span(0, 5, "effect"),), ()]
    rows = [
        Row("own-plain", text, {}, spans, cluster=number)
        for number, (text, spans) in enumerate(zip(texts, marked, strict=False))
    ]
    rows.append(Row("own-plain", "rash of unknown name", {}, (Span(0, 4, "effect"),), cluster=9))
    # In the second post the place is right and the concept wrong.
    found = [list(marked[0][:1]), list(marked[1]), [], [Span(0, 4, "effect")]]
    answers = Answers({}, [[(span, 1.0) for span in spans] for spans in found])
    concepts = {"vertigo": "C1", "dizziness": "C1", "vomiting": "C2", "rash": "C3"}
    terms = evaluate_terms.open_terms(
        pairs, ["dizziness"], concepts, None, None, Task("term", "vector")
    )
    clusters = {text: number for number, text in enumerate(texts)}
    given = {
        (line["set"].split(", ")[1], line["metric"]): (line["value"], line["rows"])
        for line in evaluate_terms.term_scores(terms, clusters, "test")
    }
    assert given["all", "hit_at_1"] == (pytest.approx(2 / 3, abs=1e-4), 3)
    assert given["all", "hit_at_5"] == (1, 3)
    assert given["seen-terms", "hit_at_1"] == (1, 1)
    assert given["unseen-terms", "hit_at_1"] == (0.5, 2)
    whole = {
        (line["set"].split(", ")[1], line["metric"]): (
            line["value"],
            line["rows"],
            line["positives"],
        )
        for line in evaluate_terms.end_to_end_scores(terms, rows, answers, "test")
    }
    assert whole["all", "end_to_end_precision"] == (0.5, 3, 3)
    assert whole["all", "end_to_end_recall"] == (pytest.approx(1 / 3, abs=1e-4), 3, 3)
    assert whole["all", "end_to_end_f1"] == (0.4, 3, 3)
    assert whole["seen-terms", "end_to_end_f1"] == (0, 3, 1)
    assert whole["unseen-terms", "end_to_end_f1"] == (0.5, 3, 2)


def test_the_gate_is_scored_on_annotated_posts_together() -> None:
    weights = np.zeros(1 << BITS, np.int8)
    weights[features("rash")] = 1
    gate = Gate(weights, 1.0, 0.0, 1.0)
    lexicon = Lexicon(frozenset({"zoloft"}), ("paxil",))
    texts = {"real-a": ("rash", "rash again", "itch"), "real-b": ("a rash",), "psytar": ("itch",)}
    rows = [
        Row(name, f"zoloft {text}", {"adverse_effect": ("yes",)}, split="dev", cluster=number)
        for name, of in texts.items()
        for number, text in enumerate(of)
    ]
    rows.append(Row("background", "tea", {"adverse_effect": ("no",)}, split="dev"))
    found = evaluate.gate_scores(rows, gate, [EFFECT], lexicon, "dev")
    kept = {one["set"]: one["value"] for one in found if one["metric"] == "recall"}
    assert kept == pytest.approx({"psytar": 0, "real-a": 0.6667, "real-b": 1, "real-*": 0.75})
    swapped = {one["set"]: one["rows"] for one in found if one["metric"] == "recall_names_swapped"}
    assert swapped == {"psytar": 1, "real-a": 3, "real-b": 1, "real-*": 4}
    assert [one["value"] for one in found if one["metric"] == "passed"] == [0]
