"""Options of the trainer that the papers brought: each does what it says, and nothing when off."""

from collections import Counter
from dataclasses import replace

import pytest
import torch
from tokenizers import Tokenizer

from vigil_training.architectures.make import make
from vigil_training.batches import Mixture, encode, make_batch
from vigil_training.config import Architecture, Config
from vigil_training.data.lexicon import Lexicon
from vigil_training.epochs import Epochs
from vigil_training.rows import Row, Span
from vigil_training.tasks import Task, sentence
from vigil_training.train import losses, optimiser, rate, train

A = Task("a", "sentence", ("no", "yes"))
B = Task("b", "sentence", ("no", "yes"))
SMALL = Architecture("bilstm", 4, "random", 8, readout="last", dropout=0.0)
SIZE = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
        "intermediate_size": 16, "max_position_embeddings": 128}  # fmt: skip
CONFIG = Config(draw="epochs", epochs=2, batch=4, max_tokens=12, architecture=SMALL)


def _rows() -> list[Row]:
    rows = [Row("x", f"soup number {n}", {"a": ("yes",) if n < 3 else ("no",)}) for n in range(12)]
    return rows + [Row("x", f"long walk {n} in the rain", {"b": ("no",)}) for n in range(5)] + [
        Row("x", "a sunny day", {"b": ("yes",)})
    ]  # fmt: skip


def _model(tokenizer: Tokenizer, config: Config = CONFIG, tasks: tuple[Task, ...] = (A, B)):
    torch.manual_seed(1)
    return make("", tokenizer, list(tasks), config)


def _batch(tokenizer: Tokenizer, rows: list[Row]):
    return make_batch(rows, encode(tokenizer, [row.text for row in rows], 12), [A, B])


def test_an_epoch_has_every_row_once(tokenizer: Tokenizer) -> None:
    epochs = Epochs(_rows(), [A, B], tokenizer, CONFIG)
    assert epochs.steps() == 2 * 5
    steps = list(epochs.batches(0))
    for epoch in (steps[:5], steps[5:]):
        seen = Counter(
            tuple(row[row > 0].tolist()) for _, batch, _ in epoch for row in batch.input_ids
        )
        assert len(seen) == 18 and set(seen.values()) == {1}
    order = [batch.input_ids.tolist() for _, batch, _ in steps]
    assert order[:5] != order[5:]


def test_a_run_that_goes_on_has_the_batches_it_would_have_had(tokenizer: Tokenizer) -> None:
    whole = [b.input_ids.tolist() for _, b, _ in Epochs(_rows(), [A], tokenizer, CONFIG).batches(0)]
    rest = [b.input_ids.tolist() for _, b, _ in Epochs(_rows(), [A], tokenizer, CONFIG).batches(6)]
    assert whole[6:] == rest


def test_by_task_a_batch_has_one_task_and_its_own_size(tokenizer: Tokenizer) -> None:
    config = replace(CONFIG, draw="by-task", epochs=34, batches={"b": 2})
    drawn = Counter()
    for _, batch, _ in Epochs(_rows(), [A, B], tokenizer, config).batches(0):
        known = [name for name, one in batch.allowed.items() if bool((one.amin(dim=1) < 0.5).any())]
        assert len(known) == 1 and len(batch.input_ids) <= (2 if known == ["b"] else 4)
        drawn[known[0]] += 1
    # Three batches of each task: as many draws of one as of the other.
    assert drawn.total() == 204 and abs(drawn["a"] - 102) < 25


def test_new_texts_are_of_rows_with_the_positive_label(tokenizer: Tokenizer) -> None:
    known = Task("a", "sentence", ("no", "yes"), "yes")
    more = Epochs(_rows(), [known, B], tokenizer, replace(CONFIG, new_texts=3))
    batches = [batch for _, batch, _ in more.batches(0)][: more.steps() // 2]
    yes = sum(
        int((batch.allowed["a"] == torch.tensor([0.0, 1.0])).all(dim=1).sum()) for batch in batches
    )
    assert yes == 3 * (1 + 3)
    assert sum(len(batch.input_ids) for batch in batches) == len(_rows()) + 3 * 3


def test_balanced_weights_make_a_rare_label_count_as_much(tokenizer: Tokenizer) -> None:
    weights = Epochs(_rows(), [A, B], tokenizer, CONFIG).class_weights()
    assert weights["a"].tolist() == pytest.approx([12 / (2 * 9), 12 / (2 * 3)])
    logits = torch.zeros(2, 2)
    allowed = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    plain = sentence.loss(logits, allowed)
    assert sentence.loss(logits, allowed, 0.0, torch.tensor([1.0, 3.0])) == pytest.approx(2 * plain)
    model, batch = _model(tokenizer), _batch(tokenizer, _rows())
    on, off = (losses(model, batch, None, CONFIG, one)["a"] for one in (weights, None))
    assert on.item() != pytest.approx(off.item(), rel=1e-3)


def test_balanced_weights_of_a_mixture_are_of_what_is_drawn(tokenizer: Tokenizer) -> None:
    often = [Row("few", f"soup number {n}", {"a": ("yes",)}, split="train") for n in range(2)]
    seldom = [Row("many", f"long walk {n}", {"a": ("no",)}, split="train") for n in range(60)]
    config = Config(weights={"few": 3, "many": 1})
    mixture = Mixture(often + seldom, [], [A], tokenizer, Lexicon(frozenset(), ()), config)
    # Of four rows that are drawn three say yes, whatever the sets' sizes.
    assert mixture.class_weights()["a"].tolist() == pytest.approx([4 / (2 * 1), 4 / (2 * 3)])


def test_r_drop_has_the_labels_of_both_passes_and_their_difference(tokenizer: Tokenizer) -> None:
    parts = replace(SMALL, dropout=0.5)
    config = replace(CONFIG, architecture=parts)
    model, batch = _model(tokenizer, config).train(), _batch(tokenizer, _rows())
    torch.manual_seed(5)
    one, other = (losses(model, batch, None, config) for _ in range(2))
    assert one["a"].item() != pytest.approx(other["a"].item(), rel=1e-3)
    torch.manual_seed(5)
    inputs = batch.input_ids, batch.attention_mask
    first, second = (model(*inputs) for _ in range(2))
    torch.manual_seed(5)
    both = losses(model, batch, None, replace(config, r_drop=2.0))
    for task in "ab":
        assert both[task].item() == pytest.approx((one[task] + other[task]).item() / 2)
    apart = sum(
        sentence.difference(first[f"task.{t}"], second[f"task.{t}"], batch.allowed[t]) for t in "ab"
    )
    assert both["r_drop"].item() == pytest.approx(2 * apart.item() / len(batch.input_ids)) != 0


def test_the_last_mean_is_over_the_steps_since_the_one_before(tokenizer: Tokenizer) -> None:
    still = replace(CONFIG, learning_rate=0.0, head_learning_rate=0.0, batch=20)
    model = _model(tokenizer, still)
    epochs = Epochs(_rows(), [A, B], tokenizer, replace(still, epochs=3))
    config = replace(still, epochs=3, steps=epochs.steps())
    found = train(model, epochs, config, None, every=2)
    once = losses(model, _batch(tokenizer, _rows()), None, config)
    assert found["a"] == pytest.approx(once["a"].item(), rel=1e-4)


def test_the_weight_of_a_task_multiplies_its_loss(tokenizer: Tokenizer) -> None:
    model, batch = _model(tokenizer), _batch(tokenizer, _rows())
    plain = losses(model, batch, None, CONFIG)
    half = losses(model, batch, None, replace(CONFIG, task_weights={"a": 0.5}))
    assert half["a"].item() == pytest.approx(0.5 * plain["a"].item())
    assert half["b"].item() == pytest.approx(plain["b"].item())


def test_the_weight_of_spans_multiplies_theirs(tokenizer: Tokenizer) -> None:
    spans = Task("spans", "token", ("O", "B-effect", "I-effect"))
    config = Config(encoder=SIZE, frozen_layers=0)
    model = make("", tokenizer, [A, spans], config).eval()
    rows = [Row("x", "a rash", {"a": ("yes",)}, (Span(2, 6, "effect"),))]
    batch = make_batch(rows, encode(tokenizer, ["a rash"], 12), [A, spans])
    plain = losses(model, batch, None, config)
    more = losses(model, batch, None, replace(config, task_weights={"spans": 3.0}))
    assert more["spans"].item() == pytest.approx(3 * plain["spans"].item())
    assert more["a"].item() == pytest.approx(plain["a"].item())


@pytest.mark.parametrize("name", ["adamw", "adam", "adadelta", "radam"])
def test_each_optimiser_is_the_one_it_is_called(tokenizer: Tokenizer, name: str) -> None:
    model = _model(tokenizer)
    made = optimiser(model, replace(CONFIG, optimizer=name, head_learning_rate=0.5))
    assert type(made).__name__.lower() == name
    fast = {id(p) for p in made.param_groups[1]["params"]}
    assert made.param_groups[1]["lr"] == 0.5
    assert fast == {id(p) for p in model.heads.parameters()}
    every = {id(p) for group in made.param_groups for p in group["params"]}
    assert every == {id(p) for p in model.parameters() if p.requires_grad}


def test_a_constant_rate_does_not_fall() -> None:
    linear, constant = Config(steps=100), Config(steps=100, schedule="constant")
    assert rate(0, constant) == rate(0, linear) < 1
    assert rate(99, constant) == 1.0 > rate(99, linear)


def test_vectors_change_only_where_they_may(tokenizer: Tokenizer, tmp_path) -> None:
    file = tmp_path / "vectors.txt"
    file.write_text("soup .1 .2\nrain .3 .4\n", encoding="utf-8")
    for learns in (False, True):
        parts = replace(SMALL, vectors=str(file), dimensions=0, learn_vectors=learns)
        config = replace(CONFIG, architecture=parts, steps=4, learning_rate=0.1)
        model = _model(tokenizer, config)
        before = model.encoder.embeddings.weight.clone()
        train(model, Epochs(_rows(), [A, B], tokenizer, config), config, None)
        assert bool((model.encoder.embeddings.weight == before).all()) is not learns


def test_penalties_without_private_encoders_are_refused(tokenizer: Tokenizer) -> None:
    config = replace(CONFIG, architecture=replace(SMALL, adversarial=0.1))
    with pytest.raises(ValueError, match="need private = true"):
        _model(tokenizer, config)


def test_penalties_are_part_of_the_loss_where_they_are_on(tokenizer: Tokenizer) -> None:
    on = replace(CONFIG, architecture=replace(SMALL, private=True, adversarial=0.1, divergence=0.1))
    off = replace(CONFIG, architecture=replace(SMALL, private=True))
    batch = _batch(tokenizer, _rows())
    assert {"adversarial", "divergence"} <= set(losses(_model(tokenizer, on), batch, None, on))
    assert set(losses(_model(tokenizer, off), batch, None, off)) == {"a", "b"}


def test_a_private_model_trains_and_its_unknown_task_does_not(tokenizer: Tokenizer) -> None:
    parts = replace(SMALL, private=True, adversarial=0.1, divergence=0.1)
    config = replace(CONFIG, architecture=parts, steps=6)
    model = _model(tokenizer, config)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    only_a = [row for row in _rows() if "a" in row.labels]
    config = replace(config, weight_decay=0.0)
    train(model, Epochs(only_a, [A, B], tokenizer, config), config, None)
    state = model.state_dict().items()
    # All encoders begin with the one table of vectors.
    moved = {n for n, v in state if "embeddings" not in n and not torch.equal(v, before[n])}
    assert any(name.startswith("private.a") for name in moved)
    assert any(name.startswith("heads.a") for name in moved)
    assert not any(name.startswith(("private.b", "heads.b")) for name in moved)
