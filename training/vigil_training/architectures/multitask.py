"""Hard sharing: one BERT-like encoder, one small head per task (Caruana 1997; Dima et al. 2021)."""

from collections.abc import Sequence
from inspect import signature
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import MODEL_MAPPING, AutoConfig, AutoModel, PretrainedConfig

from vigil_training.tasks import Task

# Kinds whose logits a temperature divides.
_SCALED = ("sentence", "token")


class MultiTask(nn.Module):
    """Encoder with a head per task; forward gives `task.<id>` tensors as the bundle names them.

    Sentence heads see the mean and the maximum over tokens, [batch, labels]; token heads give
    [batch, tokens, labels], as marks heads do; vector heads [batch, tokens, dimensions].
    Temperatures, 1 until they are calibrated, divide the logits.
    """

    def __init__(self, encoder: nn.Module, tasks: list[Task], dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = encoder
        self.tasks = tasks
        self.dropout = nn.Dropout(dropout)
        hidden = encoder.config.hidden_size
        self.heads = nn.ModuleDict()
        for task in tasks:
            size = task.dimensions or len(task.labels)
            self.heads[task.id] = nn.Linear(hidden * (2 if task.kind == "sentence" else 1), size)
        scaled = [task for task in tasks if task.kind in _SCALED]
        self.scales = nn.ParameterDict(
            {task.id: nn.Parameter(torch.ones(()), requires_grad=False) for task in scaled}
        )

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> dict[str, Tensor]:
        """Both inputs are int64 [batch, tokens]; the mask is 1 on tokens and 0 on padding."""
        visible = attention_mask.to(self.heads[self.tasks[0].id].weight.dtype)
        # Made here: the library's own code for it branches on shapes, which tracing would freeze.
        additive = ((1.0 - visible) * -1e4)[:, None, None, :]
        states = self.encoder(input_ids=input_ids, attention_mask=additive).last_hidden_state
        states = self.dropout(states)
        mask = visible.unsqueeze(-1)
        mean = (states * mask).sum(dim=1) / mask.sum(dim=1)
        best = (states - (1.0 - mask) * 1e4).amax(dim=1)
        whole = torch.cat([mean, best], dim=-1)
        outputs = {}
        for task in self.tasks:
            found = self.heads[task.id](whole if task.kind == "sentence" else states)
            if task.kind in _SCALED:
                found = found / self.scales[task.id]
            outputs[f"task.{task.id}"] = found
        return outputs


def build(
    encoder: str | Path | None,
    tasks: list[Task],
    frozen_layers: int,
    size: dict[str, int] | None = None,
) -> MultiTask:
    """A model on the encoder of a folder or a hub, or, for tests, a random one of a given size.

    The embeddings and the lowest `frozen_layers` layers stay as they are (-1 freezes nothing):
    they keep what the encoder knows of words that the training sets lack, and spare much work.
    """
    if encoder is not None:
        config = AutoConfig.from_pretrained(encoder)
        body = AutoModel.from_pretrained(
            encoder, attn_implementation="eager", dtype=torch.float32, **_without_pooler(config)
        )
    else:
        config = AutoConfig.for_model("bert", **(size or {}))
        config._attn_implementation = "eager"
        body = AutoModel.from_config(config, **_without_pooler(config))
    if frozen_layers >= 0:
        for part in (body.embeddings, *_layers(body)[:frozen_layers]):
            part.requires_grad_(False)
    return MultiTask(body, tasks)


def _without_pooler(config: PretrainedConfig) -> dict[str, bool]:
    """What leaves the pooling layer out, of the kinds that have one."""
    made = signature(MODEL_MAPPING[type(config)].__init__)
    return {"add_pooling_layer": False} if "add_pooling_layer" in made.parameters else {}


def _layers(body: nn.Module) -> Sequence[nn.Module]:
    """The encoder's layers from the lowest; none where the kind shares one among all."""
    number = body.config.num_hidden_layers
    lists = (m for m in body.modules() if isinstance(m, nn.ModuleList) and len(m) == number)
    return next(lists, [])
