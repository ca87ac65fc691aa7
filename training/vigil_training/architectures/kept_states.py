"""An encoder cut in two: a lower part that never learns, and the layers above it that do.

Frozen layers give a text the same states at every step, so they are computed once and kept
(Dima et al. 2021 freeze 11 of 12 layers). The upper part takes those states in place of ids, so
that many models share one lower part, and inputs of two texts (token types) are kept as well.
"""

from collections.abc import Hashable, Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence
from tqdm import tqdm
from transformers import PretrainedConfig
from transformers.modeling_outputs import BaseModelOutput

_BATCH = 64


class Upper(nn.Module):
    """The highest layers; an encoder as `MultiTask` takes it, but of states instead of ids."""

    def __init__(self, layers: nn.ModuleList, config: PretrainedConfig) -> None:
        super().__init__()
        self.layer = layers
        self.config = config

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, output_hidden_states: bool = True
    ) -> BaseModelOutput:
        """`input_ids` are states [batch, tokens, hidden], the mask is additive [batch, 1, 1, t]."""
        states = [input_ids]
        for layer in self.layer:
            found = layer(states[-1], attention_mask)
            states.append(found[0] if isinstance(found, tuple) else found)
        return BaseModelOutput(last_hidden_state=states[-1], hidden_states=tuple(states))


def cut(body: nn.Module, frozen_layers: int) -> tuple[nn.Module, Upper]:
    """The encoder without the layers above the lowest `frozen_layers`, frozen, and those layers.

    Raises ValueError where it has no list of layers of BERT's kind, or no layer would learn.
    """
    layers = getattr(getattr(body, "encoder", None), "layer", None)
    if not isinstance(layers, nn.ModuleList):
        raise ValueError("frozen layers are cut off encoders of BERT's kind only (encoder.layer)")
    if not 0 <= frozen_layers < len(layers):
        raise ValueError(
            f"frozen_layers is {frozen_layers}; of {len(layers)} layers 0 to {len(layers) - 1} may "
            "be frozen"
        )
    upper = Upper(layers[frozen_layers:], body.config)
    body.encoder.layer = layers[:frozen_layers]
    return body.eval().requires_grad_(False), upper


class Cache:
    """The lower part's states of every text that it was given, by a key, in half precision."""

    def __init__(self, lower: nn.Module) -> None:
        self.lower = lower
        self._states: dict[Hashable, Tensor] = {}

    def add(
        self,
        keys: Sequence[Hashable],
        ids: Sequence[Sequence[int]],
        types: Sequence[Sequence[int]] | None = None,
    ) -> None:
        """Computes the states of texts that it lacks; `types` tell two texts of one input apart.

        `ids` and `types` are numbers per text and token.
        """
        types = types or [[0] * len(one) for one in ids]
        new = {key: at for at, key in enumerate(keys) if key not in self._states}
        if not new:
            return
        order = sorted(new.values(), key=lambda at: len(ids[at]))
        parts = range(0, len(order), _BATCH)
        shown = tqdm(
            parts, "frozen layers", unit="batch", mininterval=5, leave=False, disable=len(parts) < 9
        )
        for first in shown:
            part = order[first : first + _BATCH]
            padded = _padded([ids[at] for at in part])
            mask = _padded([[1] * len(ids[at]) for at in part])
            with torch.no_grad():
                states = self.lower(
                    input_ids=padded,
                    attention_mask=((1.0 - mask) * -1e4)[:, None, None, :],
                    token_type_ids=_padded([types[at] for at in part]),
                ).last_hidden_state
            for at, found in zip(part, states, strict=True):
                self._states[keys[at]] = found[: len(ids[at])].half().clone()

    def __contains__(self, key: Hashable) -> bool:
        return key in self._states

    def length(self, key: Hashable) -> int:
        """Tokens of a text."""
        return len(self._states[key])

    def batch(self, keys: Sequence[Hashable]) -> tuple[Tensor, Tensor]:
        """States [texts, tokens, hidden] and the mask, 1 on tokens and 0 on padding."""
        states = [self._states[key] for key in keys]
        mask = _padded([[1] * len(one) for one in states])
        return pad_sequence(states, batch_first=True).float(), mask


class Frozen(nn.Module):
    """An encoder that is called as the whole one is, and takes its lower states from a cache.

    The states of a text are kept under its pieces' numbers, about 800 bytes a token where a state
    is 384 numbers wide. Of the layers it tells the highest frozen one and those above it. It has no
    `cache` at first, or that of another model of the same encoder and as many frozen layers. As
    states are made once, the frozen part has no dropout.
    """

    def __init__(self, body: nn.Module, frozen_layers: int, cache: Cache | None = None) -> None:
        super().__init__()
        lower, self.upper = cut(body, frozen_layers)
        self.cache = cache or Cache(lower)
        self.config = body.config

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, output_hidden_states: bool = True
    ) -> BaseModelOutput:
        """`input_ids` int64 [batch, tokens], the mask additive [batch, 1, 1, tokens]; padding is
        on the right, and its states are 0.
        """
        lengths = (attention_mask[:, 0, 0] == 0).sum(dim=1).tolist()
        keys = [tuple(row[:n]) for row, n in zip(input_ids.tolist(), lengths, strict=True)]
        self.cache.add(keys, keys)
        states, _ = self.cache.batch(keys)
        wider = input_ids.shape[1] - states.shape[1]
        return self.upper(nn.functional.pad(states, (0, 0, 0, wider)), attention_mask)


def _padded(rows: Sequence[Sequence[int]]) -> Tensor:
    return pad_sequence([torch.tensor(row) for row in rows], batch_first=True)
