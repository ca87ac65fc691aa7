"""The two discriminators of MTAAL and what is played with them (Zhou et al. 2021)."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

LABELLED, UNLABELLED = 1, 0


class BiLstm(nn.Module):
    """A bidirectional LSTM over rows of several lengths, padded behind; padding changes nothing.

    The way back is an LSTM over the turned rows, which on a CPU is faster than packed rows. Weights
    begin orthogonal (recurrent) and by Glorot and Bengio 2010, the forget gate's bias at 1
    (Jozefowicz et al. 2015).
    """

    def __init__(self, width: int, units: int) -> None:
        super().__init__()
        self.forth = nn.LSTM(width, units, batch_first=True)
        self.back = nn.LSTM(width, units, batch_first=True)
        for one in (self.forth, self.back):
            nn.init.xavier_uniform_(one.weight_ih_l0)
            for gate in one.weight_hh_l0.chunk(4):
                nn.init.orthogonal_(gate)
            nn.init.zeros_(one.bias_hh_l0)
            nn.init.zeros_(one.bias_ih_l0)
            nn.init.ones_(one.bias_ih_l0[units : 2 * units])

    def forward(self, values: Tensor, lengths: Tensor) -> Tensor:
        """[rows, words, width] and int64 [rows] to [rows, words, 2 x units], 0 on padding."""
        forth, back = self._both(values, lengths)
        found = torch.cat([forth, _turned(back, lengths)], dim=-1)
        return found * inside(lengths, values.shape[1])[..., None]

    def ends(self, values: Tensor, lengths: Tensor) -> Tensor:
        """The last states of both directions, [rows, 2 x units]."""
        forth, back = self._both(values, lengths)
        rows = torch.arange(len(lengths))
        return torch.cat([forth[rows, lengths - 1], back[rows, lengths - 1]], dim=-1)

    def _both(self, values: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        return self.forth(values)[0], self.back(_turned(values, lengths))[0]


class Discriminator(nn.Module):
    """A BiLSTM with a softmax: for each word, log-probabilities [rows, words, 2] of two sides."""

    def __init__(self, width: int, units: int) -> None:
        super().__init__()
        self.states = BiLstm(width, units)
        self.out = nn.Linear(2 * units, 2)

    def forward(self, values: Tensor, lengths: Tensor) -> Tensor:
        """Of [rows, words, width]."""
        return self.out(self.states(values, lengths)).log_softmax(dim=-1)


def task_likelihood(
    discriminator: nn.Module, private: Mapping[str, Tensor], lengths: Tensor
) -> Tensor:
    """Equation 2: the mean over words of log TD(p_k) of the task it is, summed over the tasks.

    The shared encoder lowers it; the decoders and the discriminator raise it. Raises ValueError
    unless there are two tasks.
    """
    if len(private) != 2:
        raise ValueError(f"the task discriminator tells two tasks apart, not {len(private)}")
    tasks = sorted(private)
    logs = discriminator(torch.cat([private[task] for task in tasks]), lengths.repeat(2))
    first, second = logs.chunk(2)
    return _mean(first[..., 0], lengths) + _mean(second[..., 1], lengths)


def diversity_loss(discriminator: nn.Module, labelled: tuple, unlabelled: tuple) -> Tensor:
    """Equation 3: cross entropy of telling labelled from unlabelled, both (e, lengths)."""
    found, rest = discriminator(*labelled), discriminator(*unlabelled)
    return -_mean(found[..., LABELLED], labelled[1]) - _mean(rest[..., UNLABELLED], unlabelled[1])


def fooling_loss(discriminator: nn.Module, labelled: tuple, unlabelled: tuple) -> Tensor:
    """Equation 4: the encoder's, which lets both be taken for labelled ones."""
    found, rest = discriminator(*labelled), discriminator(*unlabelled)
    return -_mean(found[..., LABELLED], labelled[1]) - _mean(rest[..., LABELLED], unlabelled[1])


def inside(lengths: Tensor, width: int) -> Tensor:
    """True on words and false on padding, [rows, width]."""
    return torch.arange(width) < lengths[:, None]


def _turned(values: Tensor, lengths: Tensor) -> Tensor:
    """Each row's words from the last to the first, padding left where it is."""
    places = torch.arange(values.shape[1]).expand(len(lengths), -1)
    order = torch.where(places < lengths[:, None], lengths[:, None] - 1 - places, places)
    return values.gather(1, order[..., None].expand_as(values))


def _mean(logs: Tensor, lengths: Tensor) -> Tensor:
    return logs[inside(lengths, logs.shape[1])].mean()
