"""Readouts of a BERT: exact values on states made by hand, padding, and training through them."""

from itertools import combinations

import pytest
import torch
from torch import Tensor, nn

from vigil_training.architectures.multitask import MultiTask
from vigil_training.architectures.readouts_bert import BERT_READOUTS
from vigil_training.tasks import Task

HIDDEN = 4
WIDTHS = {"gru": 4, "pooler+last2": 12, "last3": 12, "pooler+last3": 16}


def states(layers: int = 4, rows: int = 2, tokens: int = 3) -> tuple[Tensor, ...]:
    """Embeddings and layers; each number is its layer, row, token and place, as digits."""
    at = torch.arange(rows * tokens * HIDDEN).reshape(rows, tokens, HIDDEN)
    return tuple((layer + 1) / 10 + at / 100 for layer in range(layers + 1))


def made(name: str) -> nn.Module:
    torch.manual_seed(3)
    return BERT_READOUTS[name](HIDDEN)


@pytest.mark.parametrize("name", BERT_READOUTS)
def test_width_is_as_told(name: str) -> None:
    readout = made(name)
    assert readout.size == WIDTHS[name]
    assert readout(states(), torch.ones(2, 3)).shape == (2, readout.size)


@pytest.mark.parametrize(
    ("name", "layers"),
    [("pooler+last2", [3, 4]), ("last3", [2, 3, 4]), ("pooler+last3", [2, 3, 4])],
)
def test_first_states_of_the_last_layers(name: str, layers: list[int]) -> None:
    readout, given = made(name), states()
    expected = [given[layer][:, 0] for layer in layers]
    if name.startswith("pooler"):
        with torch.no_grad():
            readout.pooler.weight.copy_(2 * torch.eye(HIDDEN))
            readout.pooler.bias.fill_(0.5)
        expected.insert(0, torch.tanh(2 * given[4][:, 0] + 0.5))
    found = readout(given, torch.ones(2, 3))
    torch.testing.assert_close(found, torch.cat(expected, dim=1))


def test_gru_gives_the_ends_of_both_directions() -> None:
    readout, given = made("gru"), states()
    found = readout(given, torch.tensor([[1.0, 1.0, 1.0], [1.0, 1.0, 0.0]]))
    for row, length in ((0, 3), (1, 2)):
        with torch.no_grad():
            alone, _ = readout.gru(given[-1][row : row + 1, :length])
        half = HIDDEN // 2
        torch.testing.assert_close(found[row, :half], alone[0, -1, :half])
        torch.testing.assert_close(found[row, half:], alone[0, 0, half:])


@pytest.mark.parametrize("name", BERT_READOUTS)
def test_padding_changes_nothing(name: str) -> None:
    readout, given = made(name), states()
    wide = tuple(torch.cat([one, torch.full((2, 2, HIDDEN), 9.0)], dim=1) for one in given)
    mask = torch.tensor([[1.0, 1.0, 1.0, 0.0, 0.0]] * 2)
    torch.testing.assert_close(readout(wide, mask), readout(given, torch.ones(2, 3)))


def test_each_reads_something_else() -> None:
    """Moving one state at a time tells which layers and tokens a readout reads."""

    def reads(name: str) -> tuple:
        readout, mask = made(name), torch.ones(1, 3)
        given = tuple(one.clone().requires_grad_() for one in states(rows=1))
        readout(given, mask).square().sum().backward()
        grads = [one.grad for one in given]
        return readout.size, *(
            (layer, token)
            for layer, grad in enumerate(grads)
            if grad is not None
            for token in range(3)
            if bool(grad[0, token].abs().sum() > 0)
        )

    assert {name: reads(name) for name in BERT_READOUTS} == {
        "gru": (4, (4, 0), (4, 1), (4, 2)),
        "pooler+last2": (12, (3, 0), (4, 0)),
        "last3": (12, (2, 0), (3, 0), (4, 0)),
        "pooler+last3": (16, (2, 0), (3, 0), (4, 0)),
    }


@pytest.mark.parametrize("name", ["pooler+last2", "last3", "pooler+last3"])
def test_too_few_layers_are_refused(name: str) -> None:
    readout = made(name)
    few = states(layers=4)[: readout.layers - 1]
    with pytest.raises(
        ValueError, match=rf"states of {readout.layers} layers, there are {len(few)}"
    ):
        readout(few, torch.ones(2, 3))


TASK = Task("adverse_effect", "sentence", ("no", "yes"), "yes", 0.5)


def through(name: str) -> MultiTask:
    """A tiny random BERT of three layers whose sentence head reads by a readout."""
    from transformers import BertConfig, BertModel

    torch.manual_seed(5)
    config = BertConfig(
        vocab_size=50, hidden_size=16, num_hidden_layers=3, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=16, attn_implementation="eager",
    )  # fmt: skip
    return MultiTask(BertModel(config, add_pooling_layer=False), [TASK], readout=name)


@pytest.mark.parametrize("name", BERT_READOUTS)
def test_multitask_answers_alike_with_padding(name: str) -> None:
    model = through(name).eval()
    ids = torch.tensor([[2, 7, 9, 3]])
    wide = torch.nn.functional.pad(ids, (0, 3))
    with torch.inference_mode():
        alone = model(ids, torch.ones_like(ids))["task.adverse_effect"]
        padded = model(wide, (wide > 0).long())["task.adverse_effect"]
    torch.testing.assert_close(alone, padded, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("name", BERT_READOUTS)
def test_multitask_trains_the_readout(name: str) -> None:
    model = through(name)
    ids = torch.tensor([[2, 7, 9, 3], [2, 8, 6, 3]])
    logits = model(ids, torch.ones_like(ids))["task.adverse_effect"]
    nn.functional.cross_entropy(logits, torch.tensor([0, 1])).backward()
    learning = [*model.readout.parameters(), *model.encoder.encoder.layer[0].parameters()]
    assert all(bool(p.grad.abs().sum() > 0) for p in learning if p.dim() > 1)


def test_multitask_answers_differ_by_readout() -> None:
    ids = torch.tensor([[2, 7, 9, 3]])
    found = {}
    for name in BERT_READOUTS:
        with torch.inference_mode():
            found[name] = through(name).eval()(ids, torch.ones_like(ids))["task.adverse_effect"]
    assert all(not torch.allclose(found[a], found[b]) for a, b in combinations(found, 2))
