"""Sequence labelling of two tasks over one encoder (Zhou et al. 2021, figures 2 to 4).

A shared encoder gives e, per word; each task's decoder has a self-attention, whose output are the
task's private features p_k, and a BiLSTM with a softmax on top.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from vigil_training.architectures.discriminators import BiLstm, Discriminator, inside

Sentences = Sequence[Sequence[str]]
CHARACTERS = 30
# Of a longer word its last letters: endings tell the most, and one long word makes a batch wide.
LETTERS = 16
# So many different words are spelt at once.
PART = 64


@dataclass(frozen=True)
class Inputs:
    """Sentences as an encoder reads them: `lengths` in words [rows], and its own tensors."""

    lengths: Tensor
    tensors: tuple[Tensor, ...]


class WordEncoder(nn.Module):
    """BiLSTM over a word's vector and the ends of a BiLSTM over its characters (figure 3).

    `words` are in lower case and number the rows of `table` from 1; row 0 is the unknown word's.
    Characters are read as they are written; one that no word of `words` has is unknown. A linear
    map brings both to the width of the states, which on a CPU makes the wide LSTM three times
    faster.
    """

    def __init__(
        self,
        words: Sequence[str],
        table: Tensor,
        trained: bool,
        units: int = 64,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self._numbers = {word: number for number, word in enumerate(words, 1)}
        found = sorted({c for word in words for c in (*word, *word.upper())})
        self._characters = {c: number for number, c in enumerate(found, 1)}
        self.vectors = nn.Embedding.from_pretrained(table.clone(), freeze=not trained)
        self.characters = nn.Embedding(len(found) + 1, CHARACTERS)
        bound = math.sqrt(3 / CHARACTERS)
        nn.init.uniform_(self.characters.weight, -bound, bound)
        self.spelling = BiLstm(CHARACTERS, units)
        self.joined = nn.Linear(table.shape[1] + 2 * units, 2 * units)
        self.states = BiLstm(2 * units, units)
        self.dropout = nn.Dropout(dropout)
        self.size = 2 * units

    def read(self, sentences: Sentences) -> Inputs:
        """Word numbers and places [rows, words], and the characters of each different word.

        Different words stand in order of their length, in parts of `PART` that are as wide as the
        longest of them: most words are short, and a wide batch would mostly be padding.
        """
        width = max(map(len, sentences))
        words = sorted({word for one in sentences for word in one}, key=_letters)
        places = {word: place for place, word in enumerate(words)}
        numbers = [[self._numbers.get(word.lower(), 0) for word in one] for one in sentences]
        at = [[places[word] for word in one] for one in sentences]
        parts: list[Tensor] = []
        for start in range(0, len(words), PART):
            part = words[start : start + PART]
            spelt = [[self._characters.get(c, 0) for c in word[-LETTERS:]] or [0] for word in part]
            parts += [_padded(spelt, len(spelt[-1])), torch.tensor([len(one) for one in spelt])]
        lengths = torch.tensor([len(one) for one in sentences])
        return Inputs(lengths, (_padded(numbers, width), _padded(at, width), *parts))

    def forward(self, inputs: Inputs) -> Tensor:
        """e, [rows, words, 2 x units]."""
        numbers, at, *parts = inputs.tensors
        ends = [
            self.spelling.ends(self.characters(characters), sizes)
            for characters, sizes in zip(parts[::2], parts[1::2], strict=True)
        ]
        whole = torch.cat([self.vectors(numbers), torch.cat(ends)[at]], dim=-1)
        whole = self.joined(self.dropout(whole))
        return self.dropout(self.states(whole, inputs.lengths))


def _letters(word: str) -> tuple[int, str]:
    """How many letters are read of a word, and the word, so that the order is always the same."""
    return max(1, min(len(word), LETTERS)), word


def _padded(rows: list[list[int]], width: int) -> Tensor:
    return torch.tensor([row + [0] * (width - len(row)) for row in rows])


class PieceEncoder(nn.Module):
    """A transformer; a word's state is that of its first piece.

    Its embeddings and lowest `frozen_layers` layers stay as they are (-1 freezes nothing). In a
    sentence of more pieces than it has positions, words lose their last ones.
    """

    def __init__(
        self, body: nn.Module, tokenizer: Tokenizer, frozen_layers: int, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.body, self._tokenizer = body, tokenizer
        self.dropout = nn.Dropout(dropout)
        self.size = body.config.hidden_size
        self._most = body.config.max_position_embeddings - 2
        empty = tokenizer.encode("").ids
        self._start, self._end = empty[0], empty[-1]
        if frozen_layers >= 0:
            for part in (body.embeddings, *body.encoder.layer[:frozen_layers]):
                part.requires_grad_(False)

    def read(self, sentences: Sentences) -> Inputs:
        """Pieces and mask [rows, pieces], and where each word begins [rows, words]."""
        lengths = torch.tensor([len(one) for one in sentences])
        firsts = torch.zeros(len(sentences), int(lengths.max()), dtype=torch.long)
        rows = []
        for row, sentence in enumerate(sentences):
            found = self._tokenizer.encode_batch(list(sentence), add_special_tokens=False)
            words = [one.ids or [0] for one in found]
            if sum(map(len, words)) > self._most:
                words = [ids[: max(1, self._most // len(words))] for ids in words]
            ids = [self._start]
            for place, pieces in enumerate(words):
                firsts[row, place] = len(ids)
                ids += pieces
            rows.append(torch.tensor([*ids, self._end]))
        pieces = nn.utils.rnn.pad_sequence(rows, batch_first=True)
        mask = inside(torch.tensor([len(row) for row in rows]), pieces.shape[1]).long()
        return Inputs(lengths, (pieces, mask, firsts))

    def forward(self, inputs: Inputs) -> Tensor:
        """e, [rows, words, hidden]."""
        pieces, mask, firsts = inputs.tensors
        states = self.body(input_ids=pieces, attention_mask=mask).last_hidden_state
        index = firsts[..., None].expand(-1, -1, states.shape[-1])
        return self.dropout(states.gather(1, index))


class Decoder(nn.Module):
    """Self-attention of one head, then a BiLSTM and a softmax over the labels (figure 4).

    With `residual`, e is added to what the attention gives, as in Vaswani et al. 2017.
    """

    def __init__(self, width: int, labels: int, units: int, dropout: float, residual: bool) -> None:
        super().__init__()
        self.projections = nn.Linear(width, 3 * width)
        self.states = BiLstm(width, units)
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Linear(2 * units, labels)
        self._residual = residual

    def private(self, shared: Tensor, lengths: Tensor) -> Tensor:
        """p_k of e, both [rows, words, width]; no word attends to padding."""
        queries, keys, values = self.projections(shared).chunk(3, dim=-1)
        mask = inside(lengths, shared.shape[1])[:, None, :]
        found = nn.functional.scaled_dot_product_attention(queries, keys, values, attn_mask=mask)
        return found + shared if self._residual else found

    def forward(self, private: Tensor, lengths: Tensor) -> Tensor:
        """Log-probabilities [rows, words, labels] of p_k."""
        states = self.dropout(self.states(self.dropout(private), lengths))
        return self.out(states).log_softmax(dim=-1)


class Tagger(nn.Module):
    """Encoder, a decoder per task, and the two discriminators.

    `labels` counts each task's labels. The task discriminator reads p_k, the diversity
    discriminator e; with one task the first has nothing to tell apart and is not there.
    """

    def __init__(
        self,
        encoder: nn.Module,
        labels: Mapping[str, int],
        units: int = 64,
        dropout: float = 0.0,
        residual: bool = False,
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoders = nn.ModuleDict(
            {
                task: Decoder(encoder.size, size, units, dropout, residual)
                for task, size in labels.items()
            }
        )
        self.task_discriminator = Discriminator(encoder.size, units) if len(labels) > 1 else None
        self.diversity_discriminator = Discriminator(encoder.size, units)

    def shared(self, sentences: Sentences) -> tuple[Tensor, Tensor]:
        """e [rows, words, width] and the lengths [rows] of sentences."""
        inputs = self.encoder.read(sentences)
        return self.encoder(inputs), inputs.lengths

    def private(self, shared: Tensor, lengths: Tensor) -> dict[str, Tensor]:
        """p_k of each task."""
        return {task: one.private(shared, lengths) for task, one in self.decoders.items()}

    def labels(self, shared: Tensor, lengths: Tensor) -> dict[str, Tensor]:
        """Log-probabilities [rows, words, labels] of each task."""
        private = self.private(shared, lengths)
        return {task: one(private[task], lengths) for task, one in self.decoders.items()}

    def forward(self, sentences: Sentences) -> dict[str, Tensor]:
        """Log-probabilities of sentences, per task."""
        return self.labels(*self.shared(sentences))
