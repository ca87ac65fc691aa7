"""Recurrent and convolutional encoders over word pieces (Yadav et al. 2018; Joshi et al. 2019).

They are called as a transformer is, with ids and a mask [batch, tokens] of int64, 1 on tokens and
0 on padding on the right, and answer with the states of every layer; those on padding are 0, and
no row's states depend on how much padding follows it.
"""

from dataclasses import dataclass
from types import SimpleNamespace

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

_CELLS: dict[str, type[nn.RNNBase]] = {"gru": nn.GRU, "lstm": nn.LSTM}


@dataclass(frozen=True)
class States:
    """States [batch, tokens, hidden] of the last layer and of all, the embeddings first.

    The embeddings are as wide as the table of vectors.
    """

    last_hidden_state: Tensor
    hidden_states: tuple[Tensor, ...]


class _Words(nn.Module):
    """What the three have in common: the vectors of the pieces, and how they are called."""

    plain_mask = True

    def __init__(self, vectors: nn.Embedding, hidden_size: int, layers: int) -> None:
        super().__init__()
        self.embeddings = vectors
        self.config = SimpleNamespace(
            model_type="words",
            vocab_size=vectors.num_embeddings,
            hidden_size=hidden_size,
            num_hidden_layers=layers,
        )

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, output_hidden_states: bool = True
    ) -> States:
        """States of all layers, which `output_hidden_states` asks of a transformer."""
        visible = attention_mask.unsqueeze(-1).to(self.embeddings.weight.dtype)
        embedded = self.embeddings(input_ids) * visible
        layers = self.layers(embedded, attention_mask)
        return States(layers[-1], (embedded, *layers))

    def layers(self, embedded: Tensor, mask: Tensor) -> list[Tensor]:
        """States [batch, tokens, hidden] of each layer from embeddings that are 0 on padding."""
        raise NotImplementedError


class Recurrent(_Words):
    """A GRU or LSTM that reads both ways, `units` wide each; states are 2 x `units` wide.

    "gru" is the encoder of Yadav et al. 2018 (equation 1), "lstm" Joshi's B.
    """

    def __init__(self, kind: str, units: int, vectors: nn.Embedding) -> None:
        super().__init__(vectors, 2 * units, 1)
        self.net = _both_ways(kind, vectors.embedding_dim, units)

    def layers(self, embedded: Tensor, mask: Tensor) -> list[Tensor]:
        return [_read(self.net, embedded, mask)]


class Convolution(_Words):
    """`units` filters over windows of `width` pieces, then the rectifier: Joshi's C."""

    def __init__(self, units: int, vectors: nn.Embedding, width: int = 3) -> None:
        super().__init__(vectors, units, 1)
        self.net = _filters(vectors.embedding_dim, units, width)

    def layers(self, embedded: Tensor, mask: Tensor) -> list[Tensor]:
        return [_slide(self.net, embedded, mask)]


class RecurrentConvolution(_Words):
    """An LSTM that reads both ways, then filters over its states: Joshi's B+C."""

    def __init__(self, units: int, vectors: nn.Embedding, width: int = 3) -> None:
        super().__init__(vectors, units, 2)
        self.recurrent = _both_ways("lstm", vectors.embedding_dim, units)
        self.net = _filters(2 * units, units, width)

    def layers(self, embedded: Tensor, mask: Tensor) -> list[Tensor]:
        states = _read(self.recurrent, embedded, mask)
        return [states, _slide(self.net, states, mask)]


KINDS = {
    "bigru": lambda units, vectors: Recurrent("gru", units, vectors),
    "bilstm": lambda units, vectors: Recurrent("lstm", units, vectors),
    "cnn": Convolution,
    "bilstm-cnn": RecurrentConvolution,
}


def make(kind: str, units: int, table: Tensor | nn.Embedding, learn: bool = True) -> nn.Module:
    """An encoder of a kind of `KINDS` over a table [pieces, dimensions] (`vectors.table`).

    A table given as nn.Embedding is used itself, so that several encoders may share it, and learns
    or not as it does; another is copied, and learns where `learn` says so. ValueError where the
    kind is unknown or there are no units.
    """
    if kind not in KINDS:
        raise ValueError(f"encoder {kind}: it is none of transformer, {', '.join(KINDS)}")
    if units < 1:
        raise ValueError(f"units: {units}, and an encoder {kind} needs one or more")
    is_shared = isinstance(table, nn.Embedding)
    return KINDS[kind](units, table if is_shared else embedding(table, learn))


def embedding(table: Tensor, learn: bool = True) -> nn.Embedding:
    """A layer that begins with a copy of a table, and stays so where it does not learn."""
    return nn.Embedding.from_pretrained(table.clone(), freeze=not learn)


def _both_ways(kind: str, inputs: int, units: int) -> nn.RNNBase:
    return _CELLS[kind](inputs, units, batch_first=True, bidirectional=True)


def _filters(inputs: int, units: int, width: int) -> nn.Conv1d:
    if width % 2 == 0:
        raise ValueError(f"width: {width} pieces have no middle; give an odd number")
    return nn.Conv1d(inputs, units, width, padding=width // 2)


def _read(net: nn.RNNBase, inputs: Tensor, mask: Tensor) -> Tensor:
    """Packed, so that reading backwards begins at a row's last token."""
    packed = pack_padded_sequence(
        inputs, mask.sum(dim=1).cpu(), batch_first=True, enforce_sorted=False
    )
    states, _ = pad_packed_sequence(net(packed)[0], batch_first=True, total_length=mask.shape[1])
    return states


def _slide(net: nn.Conv1d, inputs: Tensor, mask: Tensor) -> Tensor:
    """Windows see 0 on both sides of a row's tokens, whether padding follows or nothing."""
    found = torch.relu(net(inputs.transpose(1, 2))).transpose(1, 2)
    return found * mask.unsqueeze(-1).to(found.dtype)
