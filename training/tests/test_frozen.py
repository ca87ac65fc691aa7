"""Frozen layers that read each text once give what the whole encoder gives."""

import pytest
import torch
from torch import nn
from transformers import BertConfig, BertModel

from vigil_training.architectures.kept_states import Frozen
from vigil_training.architectures.multitask import MultiTask
from vigil_training.tasks import Task

TASK = Task("adverse_effect", "sentence", ("no", "yes"), "yes", 0.5)
IDS = torch.tensor([[2, 7, 9, 3, 0], [2, 8, 6, 5, 3]])
MASK = (IDS > 0).long()


def bert() -> BertModel:
    torch.manual_seed(5)
    config = BertConfig(
        vocab_size=50, hidden_size=16, num_hidden_layers=4, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=16, attn_implementation="eager",
    )  # fmt: skip
    return BertModel(config, add_pooling_layer=False)


def answer(encoder: nn.Module, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    torch.manual_seed(6)
    model = MultiTask(encoder, [TASK], readout="last3").eval()
    with torch.inference_mode():
        return model(ids, mask)["task.adverse_effect"]


def test_answers_are_those_of_the_whole_encoder() -> None:
    expected = answer(bert(), IDS, MASK)
    first = Frozen(bert(), 2)
    # Kept states are of half precision.
    close = {"atol": 2e-3, "rtol": 2e-3}
    torch.testing.assert_close(answer(first, IDS, MASK), expected, **close)
    assert (2, 7, 9, 3) in first.cache and (2, 7, 9, 3, 0) not in first.cache
    # From another's states, each row in a batch of another width.
    again = Frozen(bert(), 2, first.cache)
    torch.testing.assert_close(answer(again, IDS[:1, :4], MASK[:1, :4]), expected[:1], **close)
    wide, more = (torch.nn.functional.pad(one, (0, 2)) for one in (IDS, MASK))
    torch.testing.assert_close(answer(again, wide, more), expected, **close)


def test_lower_layers_read_each_text_once() -> None:
    encoder, seen = Frozen(bert(), 2), []
    lowest = encoder.cache.lower.encoder.layer[0]
    lowest.register_forward_hook(lambda *given: seen.append(len(given[2])))
    model = MultiTask(encoder, [TASK], readout="last3").train()
    for _ in range(3):
        model(IDS, MASK)
    more = torch.cat([IDS, torch.tensor([[2, 4, 3, 0, 0]])])
    model(more, (more > 0).long())
    assert seen == [2, 1]


def test_only_the_upper_layers_learn() -> None:
    encoder = Frozen(bert(), 2)
    model = MultiTask(encoder, [TASK], readout="last3").train()
    model(IDS, MASK)["task.adverse_effect"].square().sum().backward()
    learning = {name for name, p in encoder.named_parameters() if p.grad is not None}
    assert {name.split(".")[:3][-1] for name in learning} == {"0", "1"}
    assert len(encoder.upper.layer) == 2 and encoder.upper.training


def test_training_after_scoring_works_from_one_cache() -> None:
    first = Frozen(bert(), 2)
    answer(first, IDS, MASK)
    model = MultiTask(Frozen(bert(), 2, first.cache), [TASK], readout="last3").train()
    model(IDS, MASK)["task.adverse_effect"].sum().backward()
    weight = model.encoder.upper.layer[1].output.dense.weight
    assert bool(weight.grad.abs().sum() > 0)


@pytest.mark.parametrize("layers", [-1, 4, 5])
def test_all_layers_or_less_than_none_are_refused(layers: int) -> None:
    with pytest.raises(ValueError, match="of 4 layers 0 to 3 may be frozen"):
        Frozen(bert(), layers)
