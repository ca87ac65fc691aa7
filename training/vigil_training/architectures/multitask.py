"""Hard sharing: one BERT-like encoder, one small head per task (Caruana 1997; Dima et al. 2021)."""

from collections.abc import Sequence
from inspect import signature
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import MODEL_MAPPING, AutoConfig, AutoModel, PretrainedConfig

from vigil_training.architectures.readouts import READOUTS
from vigil_training.tasks import Task

# Kinds whose logits a temperature divides.
_SCALED = ("sentence", "token")


class MultiTask(nn.Module):
    """Encoder with a head per task; forward gives `task.<id>` tensors as the bundle names them.

    Sentence heads see what `readout` makes of the states, [batch, labels]; token heads give
    [batch, tokens, labels], as marks heads do; vector heads [batch, tokens, dimensions].
    Temperatures, 1 until they are calibrated, divide the logits.
    """

    def __init__(
        self,
        encoder: nn.Module,
        tasks: list[Task],
        dropout: float = 0.1,
        readout: str = "mean-max",
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.tasks = tasks
        self.dropout = nn.Dropout(dropout)
        hidden = encoder.config.hidden_size
        self.readout = READOUTS[readout](hidden)
        self.heads = nn.ModuleDict()
        for task in tasks:
            size = task.dimensions or len(task.labels)
            width = self.readout.size if task.kind == "sentence" else hidden
            self.heads[task.id] = nn.Linear(width, size)
        scaled = [task for task in tasks if task.kind in _SCALED]
        self.scales = nn.ParameterDict(
            {task.id: nn.Parameter(torch.ones(()), requires_grad=False) for task in scaled}
        )

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> dict[str, Tensor]:
        """Both inputs are int64 [batch, tokens]; the mask is 1 on tokens and 0 on padding."""
        visible = attention_mask.to(self.heads[self.tasks[0].id].weight.dtype)
        *lower, last = states_of(self.encoder, input_ids, attention_mask, visible)
        states = self.dropout(last)
        whole = self.readout((*lower, states), visible)
        outputs = {}
        for task in self.tasks:
            found = self.heads[task.id](whole if task.kind == "sentence" else states)
            if task.kind in _SCALED:
                found = found / self.scales[task.id]
            outputs[f"task.{task.id}"] = found
        return outputs


def states_of(
    encoder: nn.Module, input_ids: Tensor, attention_mask: Tensor, visible: Tensor
) -> tuple[Tensor, ...]:
    """States [batch, tokens, hidden] of every layer, the embeddings first.

    `visible` is the mask as numbers. An encoder with `plain_mask` takes the mask as it is.
    """
    mask = attention_mask
    if not getattr(encoder, "plain_mask", False):
        # Made here: the library's own code for it branches on shapes, which tracing would freeze.
        mask = ((1.0 - visible) * -1e4)[:, None, None, :]
    return encoder(
        input_ids=input_ids, attention_mask=mask, output_hidden_states=True
    ).hidden_states


def build(
    encoder: str | Path | None,
    tasks: list[Task],
    frozen_layers: int,
    size: dict | None = None,
    layers: Sequence[int] = (),
) -> MultiTask:
    """A model on a transformer, made as `transformer` says."""
    return MultiTask(transformer(encoder, frozen_layers, size, layers), tasks)


def transformer(
    encoder: str | Path | None,
    frozen_layers: int,
    size: dict | None = None,
    layers: Sequence[int] = (),
) -> nn.Module:
    """The encoder of a folder or a hub, or a random one of a given size.

    `size` holds settings of the encoder's kind, which is BERT unless `model_type` says otherwise.
    `layers` are the numbers, from 0 up, of the layers that are kept; none keeps all. A few layers
    from the bottom to the top are where a smaller student starts (Sanh et al. 2019). The
    embeddings and the lowest `frozen_layers` of them stay as they are (-1 freezes nothing):
    they keep what the encoder knows of words that the training sets lack, and spare much work.
    Raises ValueError where the encoder has no such layers.
    """
    if encoder is not None:
        config = AutoConfig.from_pretrained(encoder)
        body = AutoModel.from_pretrained(
            encoder, attn_implementation="eager", dtype=torch.float32, **_without_pooler(config)
        )
    else:
        config = AutoConfig.for_model(**{"model_type": "bert", **(size or {})})
        config._attn_implementation = "eager"
        body = AutoModel.from_config(config, **_without_pooler(config))
    if layers:
        _keep(body, layers)
    if frozen_layers >= 0:
        for part in (body.embeddings, *_layers(body)[:frozen_layers]):
            part.requires_grad_(False)
    return body


def _without_pooler(config: PretrainedConfig) -> dict[str, bool]:
    """What leaves the pooling layer out, of the kinds that have one."""
    made = signature(MODEL_MAPPING[type(config)].__init__)
    return {"add_pooling_layer": False} if "add_pooling_layer" in made.parameters else {}


def _keep(body: nn.Module, layers: Sequence[int]) -> None:
    """Leaves only the layers of these numbers, in their order, in an encoder."""
    found = _layers(body)
    if list(layers) != sorted(set(layers) & set(range(len(found)))):
        raise ValueError(
            f"layers: {list(layers)} are not numbers of the encoder's {len(found)} layers, each "
            f"once, from low to high: they go from 0 to {len(found) - 1}"
            if len(found)
            else "layers: this kind of encoder shares one among all, of which none can be left out"
        )
    for number in reversed(range(len(found))):
        if number not in layers:
            del found[number]
    body.config.num_hidden_layers = len(found)


def _layers(body: nn.Module) -> Sequence[nn.Module]:
    """The encoder's layers from the lowest; none where the kind shares one among all."""
    number = body.config.num_hidden_layers
    lists = (m for m in body.modules() if isinstance(m, nn.ModuleList) and len(m) == number)
    return next(lists, [])
