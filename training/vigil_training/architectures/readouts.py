"""Readouts: what the heads of sentence tasks see of an encoder's states.

Each is made as `cls(hidden_size)`, says in `size` how wide its answer is, and takes the states of
all layers, a tuple of [batch, tokens, hidden] that begins with the embeddings, and a mask
[batch, tokens] of float, 1 on tokens and 0 on padding, which is on the right.
"""

import torch
from torch import Tensor, nn

from vigil_training.architectures.readouts_bert import BERT_READOUTS

_FAR = 1e4


class MeanMax(nn.Module):
    """Mean and maximum over the tokens of the last layer, [batch, 2 x hidden]."""

    def __init__(self, hidden_size: int) -> None:
        super().__init__()
        self.size = 2 * hidden_size

    def forward(self, hidden_states: tuple[Tensor, ...], mask: Tensor) -> Tensor:
        """Padding changes neither half."""
        states, mask = hidden_states[-1], mask.unsqueeze(-1)
        mean = (states * mask).sum(dim=1) / mask.sum(dim=1)
        best = (states - (1.0 - mask) * _FAR).amax(dim=1)
        return torch.cat([mean, best], dim=-1)


class Max(nn.Module):
    """Maximum over the tokens of the last layer, [batch, hidden] (Collobert et al. 2011)."""

    def __init__(self, hidden_size: int) -> None:
        super().__init__()
        self.size = hidden_size

    def forward(self, hidden_states: tuple[Tensor, ...], mask: Tensor) -> Tensor:
        """Padding is left out."""
        return (hidden_states[-1] - (1.0 - mask.unsqueeze(-1)) * _FAR).amax(dim=1)


class Last(nn.Module):
    """The states at the end of the sequence, of a net that reads both ways, [batch, hidden].

    The first half of a state, which has read forwards, at the last token; the second, which has
    read backwards, at the first (Yadav et al. 2018, section 3.1). ValueError where the states
    cannot be halved.
    """

    def __init__(self, hidden_size: int) -> None:
        super().__init__()
        if hidden_size % 2:
            raise ValueError(f"readout last: {hidden_size} states cannot be halved in two ways")
        self.size = hidden_size

    def forward(self, hidden_states: tuple[Tensor, ...], mask: Tensor) -> Tensor:
        """Where a row's last token stands follows from its mask."""
        states, half = hidden_states[-1], self.size // 2
        last = mask.sum(dim=1).long() - 1
        rows = torch.arange(len(states), device=states.device)
        return torch.cat([states[rows, last, :half], states[:, 0, half:]], dim=-1)


READOUTS: dict[str, type[nn.Module]] = {
    "mean-max": MeanMax,
    "max": Max,
    "last": Last,
    **BERT_READOUTS,
}


def make(name: str, hidden_size: int) -> nn.Module:
    """A readout by its name; ValueError with those that there are where it is none."""
    if name not in READOUTS:
        raise ValueError(f"readout {name}: it is none of {', '.join(sorted(READOUTS))}")
    return READOUTS[name](hidden_size)
