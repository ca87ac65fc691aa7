"""Losses that leave unknown labels alone, span labels there and back."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from vigil_training.architectures.multitask import build
from vigil_training.batches import encode, make_batch
from vigil_training.config import Config
from vigil_training.rows import Pair, Row, Span
from vigil_training.tasks import Task, load_tasks, marks, sentence, term, tokens
from vigil_training.train import Mean, losses

SIZE = {
    "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32
}  # fmt: skip
LABELS = ("O", "B-effect", "I-effect", "B-drug", "I-drug")
TASK = Task("adverse_effect", "sentence", ("no", "yes"), "yes", 0.5)


def test_absent_labels_give_no_gradient(world: Path, tokenizer: Tokenizer) -> None:
    tasks = load_tasks(world / "tasks.json")
    model = build(None, tasks, 0, {**SIZE, "vocab_size": tokenizer.get_vocab_size()})
    rows = [Row("x", "dizzy spells", {"adverse_effect": ("yes",)}), Row("x", "headache")]
    found = encode(tokenizer, [row.text for row in rows], 16)
    sum(losses(model, make_batch(rows, found, tasks), None, Config()).values()).backward()
    moved = {
        task.id
        for task in tasks
        if (grad := model.heads[task.id].weight.grad) is not None and bool(grad.abs().sum() > 0)
    }
    assert moved == {"adverse_effect"}
    assert all(parameter.grad is None for parameter in model.encoder.embeddings.parameters())


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        ([[0.0, 1.0, 0.0]], 1.4076),
        ([[0.0, 1.0, 1.0]], 0.0 + 2.4076 - 2.3133),
        ([[1.0, 1.0, 1.0]], 0.0),
    ],
)
def test_loss_is_over_allowed_labels(allowed: list, expected: float) -> None:
    logits = torch.tensor([[0.0, 1.0, 2.0]], requires_grad=True)
    value = sentence.loss(logits, torch.tensor(allowed))
    value.backward()
    assert float(value.detach()) == pytest.approx(expected, abs=1e-3)
    assert torch.isfinite(logits.grad).all()


def test_targets_allow_everything_where_a_set_is_silent() -> None:
    found = sentence.targets([Row("x", "a"), Row("x", "b", {"adverse_effect": ("no",)})], TASK)
    assert found.tolist() == [[1.0, 1.0], [1.0, 0.0]]


def test_spans_survive_labels_and_back(tokenizer: Tokenizer) -> None:
    text = "Sertraline gave me stomach cramps, dizzy spells!"
    spans = (Span(0, 10, "drug"), Span(19, 33, "effect"), Span(35, 47, "effect"))
    one = encode(tokenizer, [text], 64)[0]
    labels = tokens.targets(spans, one.offsets, one.tokens, LABELS)
    soft = torch.zeros(len(labels), len(LABELS))
    for position, label in enumerate(labels):
        soft[position, max(label, 0)] = 1.0
    decoded = tokens.decode(soft, one.offsets, one.tokens, LABELS)
    assert [span for span, _ in decoded] == list(spans)
    assert {score for _, score in decoded} == {1.0}


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ("O I-effect I-effect", [(2, 5, "effect")]),
        ("B-effect B-effect O", [(0, 3, "effect")]),
        ("B-effect O B-effect", [(0, 1, "effect"), (4, 5, "effect")]),
        ("B-effect I-drug I-drug", [(0, 1, "effect"), (2, 5, "drug")]),
        ("B-drug O I-drug", [(0, 1, "drug"), (4, 5, "drug")]),
        ("O O O", []),
    ],
)
def test_decode_rules(tokenizer: Tokenizer, labels: str, expected: list) -> None:
    one = encode(tokenizer, ["a b c"], 16)[0]
    soft = torch.zeros(5, len(LABELS))
    for position, label in enumerate(["O", *labels.split(), "O"]):
        soft[position, LABELS.index(label)] = 1.0
    found = tokens.decode(soft, one.offsets, one.tokens, LABELS)
    assert [(span.start, span.end, span.label) for span, _ in found] == expected


def test_rows_without_span_marks_are_ignored(tokenizer: Tokenizer) -> None:
    one = encode(tokenizer, ["dizzy"], 16)[0]
    assert set(tokens.targets(None, one.offsets, one.tokens, LABELS)) == {tokens.IGNORED}
    target = torch.full((1, 4), tokens.IGNORED)
    silent = torch.tensor([False])
    assert float(tokens.loss(torch.randn(1, 4, 5), target, silent, LABELS)) == 0.0


def test_where_nobody_marked_conditions_a_word_may_be_one() -> None:
    labels = ("O", "B-effect", "I-effect", "B-condition", "I-condition")
    logits = torch.tensor([[[0.0, 0.0, 0.0, 9.0, 0.0]]]).repeat(2, 1, 1)
    target = torch.zeros(2, 1, dtype=torch.long)
    asked = tokens.loss(logits, target, torch.tensor([False, False]), labels)
    silent = tokens.loss(logits, target, torch.tensor([True, True]), labels)
    assert float(asked) > 15
    assert float(silent) < 0.01


def test_marks_are_learned_where_somebody_looked_for_them() -> None:
    kinds = ("negated", "uncertain", "other-person", "indication")
    spans = (Span(0, 4, "effect", ("other-person",)), Span(5, 9, "effect"))
    offsets = [(0, 0), (0, 2), (2, 4), (5, 9), (0, 0)]
    found = marks.targets(spans, offsets, kinds)
    assert found[1] == found[2] == [0.0, 0.0, 1.0, 0.0]
    assert {value for index in (0, 3, 4) for value in found[index]} == {marks.UNKNOWN}
    target = torch.tensor([found])
    wrong, right = torch.zeros(1, 5, 4), torch.zeros(1, 5, 4)
    right[0, 1:3] = torch.tensor([-9.0, -9.0, 9.0, -9.0])
    # A coin's entropy, and next to nothing; what stands on other tokens does not count.
    assert float(marks.loss(wrong, target)) == pytest.approx(np.log(2), abs=1e-5)
    assert float(marks.loss(right, target)) < 1e-3
    assert float(marks.loss(right, torch.full_like(target, marks.UNKNOWN))) == 0.0


@pytest.mark.parametrize(
    ("label", "soft", "expected"),
    [
        ("effect", [0.9, 0.2, 0.8, 0.9], ("other-person",)),
        ("effect", [0.9, 0.6, 0.2, 0.9], ("uncertain",)),
        ("condition", [0.4, 0.9, 0.2, 0.3], ("negated",)),
        ("condition", [0.1, 0.1, 0.7, 0.3], ("other-person", "indication")),
    ],
)
def test_marks_that_are_answered(label: str, soft: list, expected: tuple) -> None:
    kinds = ("negated", "uncertain", "other-person", "indication")
    thresholds = {"uncertain": 0.5, "other-person": 0.5}
    assert marks.read(np.array(soft), label, kinds, thresholds) == expected


def test_two_passes_that_agree_cost_nothing() -> None:
    one, other = torch.tensor([[2.0, 0.0], [0.0, 0.0]]), torch.tensor([[0.0, 2.0], [0.0, 9.0]])
    allowed = torch.tensor([[0.0, 1.0], [1.0, 1.0]])
    assert float(sentence.difference(one, one, allowed)) == 0.0
    alone = sentence.difference(one[:1], other[:1], allowed[:1])
    assert float(sentence.difference(one, other, allowed)) == pytest.approx(float(alone)) != 0.0


def test_smoothing_asks_for_some_doubt() -> None:
    sure, allowed = torch.tensor([[0.0, 30.0]]), torch.tensor([[0.0, 1.0]])
    assert float(sentence.loss(sure, allowed)) == pytest.approx(0.0, abs=1e-6)
    assert float(sentence.loss(sure, allowed, 0.1)) == pytest.approx(0.1 * 15, abs=1e-3)


def test_what_is_kept_is_a_running_mean_of_the_weights() -> None:
    model = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.zeros_(model.weight)
    mean, off = Mean(model, 0.5), Mean(model, 0.0)
    for step in range(20):
        torch.nn.init.constant_(model.weight, float(step))
        mean.add(model, step)
        off.add(model, step)
    # Half of the way to each new value: it trails a steady climb by one step.
    assert float(mean.values["weight"]) == pytest.approx(18.0, abs=0.01)
    assert off.values == {}


def test_span_weights_mark_the_span_only(tokenizer: Tokenizer) -> None:
    one = encode(tokenizer, ["dizzy soup dizzy"], 16)[0]
    marked = term.span_weights(Pair("x", "dizzy soup dizzy", 6, 10, "soup"), one.offsets)
    assert [piece for piece, on in zip(one.tokens, marked, strict=True) if on] == ["soup"]
    whole = term.span_weights(Pair("x", "dizzy", 90, 99, "x"), one.offsets)
    assert sum(whole) == 3


def test_term_loss_leaves_out_the_same_term() -> None:
    vectors = torch.nn.functional.normalize(torch.ones(2, 8), dim=-1)
    apart = term.loss(vectors, vectors, torch.eye(2, dtype=torch.bool))
    same = term.loss(vectors, vectors, torch.ones(2, 2, dtype=torch.bool))
    # Two rows that cannot be told apart: a coin's entropy, unless they mean the same.
    assert float(apart) == pytest.approx(np.log(2), abs=1e-5)
    assert float(same) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    "entry",
    [
        {"id": "a", "kind": "poem", "labels": ["x", "y"]},
        {"id": "a", "kind": "sentence", "labels": ["x"]},
        {"id": "a", "kind": "sentence", "labels": ["x", "y"], "positive": "z"},
        {"id": "a", "kind": "vector"},
    ],
)
def test_bad_task_lists_are_refused(tmp_path: Path, entry: dict) -> None:
    path = tmp_path / "tasks.json"
    path.write_text(json.dumps({"version": 1, "tasks": [entry]}))
    with pytest.raises(ValueError, match="task a"):
        load_tasks(path)
