"""What a sentence head reads of a BERT: the four variants of Bai and Zhou 2020 (Figure 2).

Each is made as `cls(hidden_size)`, tells the width of what it gives as `size`, and takes the
hidden states of all layers, a tuple of [batch, tokens, hidden] with the embeddings first, and the
mask, float [batch, tokens], 1 on tokens and 0 on the padding behind them. Sequences are padded on
the right. Too few layers are a ValueError.

Their pooled output is BioBERT's own layer, which its makers trained. Here it has the same form
and starts from nothing: the encoders of this project are built without one.
"""

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence


class Recurrent(nn.Module):
    """The end states of a BiGRU over the last layer's states, Figure 2(a): [batch, hidden].

    Half the width for each direction, which the paper does not say: the forward state behind the
    last token, then the backward state at the first. The text has the GRU read the pooled output,
    which is one vector and no sequence; read here are the states that it is made from.
    """

    def __init__(self, hidden_size: int) -> None:
        super().__init__()
        units = hidden_size // 2
        self.size = 2 * units
        self.gru = nn.GRU(hidden_size, units, batch_first=True, bidirectional=True)

    def forward(self, hidden_states: tuple[Tensor, ...], mask: Tensor) -> Tensor:
        """End states of both directions side by side; padding is never read."""
        lengths = mask.sum(dim=1).long().cpu()
        packed = pack_padded_sequence(
            hidden_states[-1], lengths, batch_first=True, enforce_sorted=False
        )
        _, ends = self.gru(packed)
        return torch.cat([ends[0], ends[1]], dim=-1)


class FirstStates(nn.Module):
    """The first token's states in the last `layers` layers, the lowest first, as one vector.

    With `pooled`, the pooled output stands before them: a linear layer and tanh over the first
    token's state in the last layer (Devlin et al. 2019).
    """

    layers = 3
    pooled = False

    def __init__(self, hidden_size: int) -> None:
        super().__init__()
        self.size = hidden_size * (self.layers + self.pooled)
        self.pooler = nn.Linear(hidden_size, hidden_size) if self.pooled else None

    def forward(self, hidden_states: tuple[Tensor, ...], mask: Tensor) -> Tensor:
        """[batch, size]; the mask is not needed, as the first token is never padding."""
        if len(hidden_states) < self.layers:
            raise ValueError(
                f"the readout takes states of {self.layers} layers, there are {len(hidden_states)}"
            )
        first = [states[:, 0] for states in hidden_states[-self.layers :]]
        if self.pooler is not None:
            first.insert(0, torch.tanh(self.pooler(first[-1])))
        return torch.cat(first, dim=-1)


class PoolerLast2(FirstStates):
    """Pooled output and the first states of the last two layers, Figure 2(b)."""

    layers = 2
    pooled = True


class Last3(FirstStates):
    """First states of the last three layers, Figure 2(c).

    The paper's text says "the last two hidden layers" of it; its name there and in Table 2,
    "last3hidden0", says three, and two would be model (b) without its pooled output.
    """


class PoolerLast3(FirstStates):
    """Pooled output and the first states of the last three layers, Figure 2(d)."""

    pooled = True


BERT_READOUTS: dict[str, type[nn.Module]] = {
    "gru": Recurrent,
    "pooler+last2": PoolerLast2,
    "last3": Last3,
    "pooler+last3": PoolerLast3,
}
