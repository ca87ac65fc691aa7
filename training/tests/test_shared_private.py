"""Shared and private encoders: the reversed gradient, the divergence, what a task may move."""

import random
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from vigil_training.architectures import vectors, words
from vigil_training.architectures.reversal import gradient_reversal
from vigil_training.architectures.shared_private import (
    SharedPrivate,
    adversarial_loss,
    divergence_loss,
)
from vigil_training.tasks import Task, sentence

TASKS = [
    Task("weather", "sentence", ("dry", "wet")),
    Task("mood", "sentence", ("low", "even", "high")),
]
PIECES = 40


def bigru() -> nn.Module:
    return words.make("bigru", 6, vectors.random_table(PIECES, 8, 4))


def bert() -> nn.Module:
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = BertConfig(vocab_size=PIECES, intermediate_size=16, **sizes)
    config._attn_implementation = "eager"
    return BertModel(config, add_pooling_layer=False)


ENCODERS = pytest.mark.parametrize("make_encoder", [bigru, bert])


def texts(rows: int, seed: int) -> tuple[Tensor, Tensor, dict[str, Tensor], dict[str, Tensor]]:
    """Ids, mask, known rows and allowed labels; weather speaks in low numbers, mood in high ones.

    Within a task, the label shows in which third or half of its words a row uses.
    """
    rng = random.Random(seed)
    ids, mask = torch.zeros(rows, 6, dtype=torch.long), torch.zeros(rows, 6, dtype=torch.long)
    known = {task.id: torch.zeros(rows, dtype=torch.bool) for task in TASKS}
    allowed = {task.id: torch.ones(rows, len(task.labels)) for task in TASKS}
    for row in range(rows):
        number = row % 2
        task = TASKS[number]
        label = rng.randrange(len(task.labels))
        length = rng.randint(3, 6)
        first = 2 + 18 * number + label * 6
        ids[row, :length] = torch.tensor([first + rng.randrange(6) for _ in range(length)])
        mask[row, :length] = 1
        known[task.id][row] = True
        allowed[task.id][row] = torch.eye(len(task.labels))[label]
    return ids, mask, known, allowed


def trained(steps: int, **options: float) -> SharedPrivate:
    torch.manual_seed(7)
    model = SharedPrivate(bigru, TASKS, 0.0, "last", **options).train()
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=0.01)
    for step in range(steps):
        ids, mask, known, allowed = texts(24, step)
        outputs = model(ids, mask, known)
        losses = [sentence.loss(outputs[f"task.{name}"], one) / 24 for name, one in allowed.items()]
        sum([*losses, *model.penalties(outputs, known).values()]).backward()
        optimizer.step()
        optimizer.zero_grad()
    return model


def accuracy(model: SharedPrivate) -> float:
    """Of the discriminator, on new texts of two tasks: one half is chance."""
    ids, mask, known, _ = texts(400, 999)
    outputs = model.eval()(ids, mask, known)
    guess = model.discriminator(outputs["features.shared"]).argmax(dim=1)
    return float((guess == known["mood"].long()).float().mean())


@pytest.mark.parametrize("weight", [1.0, 0.25, 0.0])
def test_the_gradient_is_turned_round(weight: float) -> None:
    x = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
    found = gradient_reversal(x, weight)
    assert torch.equal(found, x)
    (found * torch.tensor([5.0, 7.0, -9.0])).sum().backward()
    assert x.grad.tolist() == [-5.0 * weight, -7.0 * weight, 9.0 * weight]


def test_the_discriminator_learns_what_the_encoder_unlearns() -> None:
    ids, mask, known, _ = texts(12, 1)
    gradients = {}
    for reversal in (1.0, -1.0):
        torch.manual_seed(7)
        model = SharedPrivate(bigru, TASKS, 0.0, "last", adversarial=0.5, reversal=reversal)
        model.penalties(model(ids, mask, known), known)["adversarial"].backward()
        gradients[reversal] = (
            model.encoder.net.weight_ih_l0.grad.clone(),
            model.discriminator[0].weight.grad.clone(),
        )
        assert all(p.grad is None for p in model.private.parameters())
    # A factor of -1 undoes the reversal: the plain gradient.
    assert torch.equal(gradients[1.0][0], -gradients[-1.0][0])
    assert torch.equal(gradients[1.0][1], gradients[-1.0][1])
    assert float(gradients[1.0][0].abs().sum()) > 0


def test_targets_of_the_discriminator() -> None:
    logits = torch.tensor([[2.0, 0.0], [2.0, 0.0], [9.0, -9.0]], requires_grad=True)
    known = torch.tensor([[True, False], [True, True], [False, False]])
    value = adversarial_loss(logits, known)
    # Minus the log of 0.8808, then the mean of that and of 0.1192's.
    assert float(value.detach()) == pytest.approx((0.1269 + 1.1269) / 2, abs=1e-3)
    value.backward()
    assert logits.grad[2].tolist() == [0.0, 0.0]
    none = adversarial_loss(logits, torch.zeros(3, 2, dtype=torch.bool))
    assert float(none.detach()) == 0.0


def test_with_the_reversal_the_discriminator_is_nearer_to_chance() -> None:
    fooled = accuracy(trained(120, adversarial=1.0))
    without = accuracy(trained(120, adversarial=1.0, reversal=0.0))
    assert without > 0.85
    assert abs(fooled - 0.5) < 0.25


def test_divergence_of_features_that_are_orthogonal_and_of_those_that_are_not() -> None:
    one = torch.tensor([[1.0], [1.0], [-1.0], [-1.0]], requires_grad=True)
    other = torch.tensor([[1.0], [-1.0], [1.0], [-1.0]])
    zero = divergence_loss(one, other)
    zero.backward()
    assert float(zero.detach()) == pytest.approx(0.0, abs=1e-6)
    assert torch.isfinite(one.grad).all()
    assert float(divergence_loss(one, one).detach()) == pytest.approx(4.0)
    # Neither length nor a constant counts.
    assert float(divergence_loss(one, 0.1 * one + 3).detach()) == pytest.approx(4.0)
    assert float(divergence_loss(one[:1], one[:1]).detach()) == 0.0
    torch.manual_seed(1)
    assert float(divergence_loss(torch.randn(30, 5), torch.randn(30, 7))) > 0.5


def test_divergence_falls_in_training() -> None:
    ids, mask, known, _ = texts(200, 999)

    def value(model: SharedPrivate) -> float:
        with torch.no_grad():
            outputs = model.eval()(ids, mask, known)
        return sum(
            float(divergence_loss(outputs["features.shared"][rows], outputs[f"features.{name}"]))
            for name, rows in known.items()
        )

    before, without = value(trained(0)), value(trained(40))
    with_it = value(trained(40, divergence=0.03))
    assert with_it < 0.7 * before
    assert with_it < 0.7 * without


@ENCODERS
def test_a_masked_task_gets_no_gradient(make_encoder: Callable[[], nn.Module]) -> None:
    model = SharedPrivate(make_encoder, TASKS, 0.0, adversarial=0.1, divergence=0.1).train()
    ids, mask, known, allowed = texts(8, 3)
    known["mood"][:], allowed["mood"][:] = False, 1.0
    outputs = model(ids, mask, known)
    losses = [sentence.loss(outputs[f"task.{name}"], one) for name, one in allowed.items()]
    sum([*losses, *model.penalties(outputs, known).values()]).backward()

    def moved(part: nn.Module) -> bool:
        return any(p.grad is not None and bool(p.grad.abs().sum() > 0) for p in part.parameters())

    assert moved(model.encoder)
    assert moved(model.private["weather"]) and moved(model.heads["weather"])
    assert not moved(model.private["mood"]) and not moved(model.heads["mood"])


@ENCODERS
def test_known_rows_are_answered_as_without_knowing(
    make_encoder: Callable[[], nn.Module],
) -> None:
    model = SharedPrivate(make_encoder, TASKS).eval()
    ids, mask, known, _ = texts(8, 3)
    whole, part = model(ids, mask), model(ids, mask, known)
    assert sorted(whole) == ["task.mood", "task.weather"]
    for name, rows in known.items():
        assert torch.allclose(whole[f"task.{name}"][rows], part[f"task.{name}"][rows], atol=1e-5)
        assert not part[f"task.{name}"][~rows].any()
        assert len(part[f"features.{name}"]) == int(rows.sum())


@ENCODERS
def test_an_answer_does_not_depend_on_padding(make_encoder: Callable[[], nn.Module]) -> None:
    model = SharedPrivate(make_encoder, TASKS).eval()
    ids, mask, _, _ = texts(1, 3)
    wide = [nn.functional.pad(one, (0, 5)) for one in (ids, mask)]
    for name, logits in model(ids, mask).items():
        assert torch.allclose(logits, model(*wide)[name], atol=1e-5)


def test_every_private_encoder_and_every_scale_counts() -> None:
    model = SharedPrivate(bigru, TASKS).eval()
    ids, mask, _, _ = texts(4, 3)
    before = model(ids, mask)
    nn.init.zeros_(model.private["mood"].net.weight_ih_l0)
    nn.init.constant_(model.scales["weather"], 2.0)
    after = model(ids, mask)
    assert not torch.allclose(before["task.mood"], after["task.mood"])
    assert torch.allclose(before["task.weather"], 2 * after["task.weather"])


def test_penalties_that_are_off_are_left_out() -> None:
    ids, mask, known, _ = texts(4, 3)
    for options in ({}, {"adversarial": 0.2}, {"divergence": 0.2}):
        model = SharedPrivate(bigru, TASKS, **options)
        assert list(model.penalties(model(ids, mask, known), known)) == list(options)


@pytest.mark.parametrize(
    "tasks", [[], TASKS[:1], [*TASKS, Task("spans", "token", ("O", "B-effect"))]]
)
def test_tasks_that_cannot_be_parted(tasks: list[Task]) -> None:
    with pytest.raises(ValueError, match="two sentence tasks or more"):
        SharedPrivate(bigru, tasks)
