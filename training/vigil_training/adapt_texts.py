"""Texts for language training, and batches of them with whole words left out.

Texts are those of posts, reviews and questions of the open sets and the project's own, each once
and without their labels.
"""

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from vigil_training.batches import CHUNK, encode
from vigil_training.clusters import clusters
from vigil_training.config import Config
from vigil_training.data import medical_qa
from vigil_training.encodings import Pieces
from vigil_training.rows import Row
from vigil_training.splits import hashed_split
from vigil_training.tasks.tokens import IGNORED, words
from vigil_training.text import duplicate_key

SETS = ("background", "rhmd", "sick-tweets", "vaccine-stance", "caves", "psytar")
OWN = "own-"
QUESTIONS = "medical-qa"
MASKED = 0.15
# So many of them become the mask and so many any piece; the rest stay (Devlin et al. 2019).
AS_MASK, AS_OTHER = 0.8, 0.1
HELD_OUT = 1000
COUNTED = 20_000

# Input ids, mask and targets, int64 [rows, tokens]; targets are IGNORED where nothing is left out.
Batch = tuple[Tensor, Tensor, Tensor]


@dataclass(frozen=True)
class Texts:
    """Training texts by set, and held-out ones."""

    train: dict[str, list[str]]
    held_out: list[str]

    def digest(self) -> str:
        """SHA-256 of all texts, in order."""
        found = hashlib.sha256()
        for text in (*(text for name in sorted(self.train) for text in self.train[name]), "",
                     *self.held_out):  # fmt: skip
            found.update(f"{text}\0".encode())
        return found.hexdigest()


def open_texts(rows: Sequence[Row], data: Path, without: frozenset[str] = frozenset()) -> Texts:
    """The texts of rows with splits, and of the questions that lie under `data`.

    Training texts are those of training rows, held-out ones of development rows, at most HELD_OUT;
    test rows are not read. ValueError where either are none.
    """
    train: dict[str, dict[str, None]] = {}
    held: dict[str, None] = {}
    used = [row for row in rows if row.set in SETS or row.set.startswith(OWN)]
    if QUESTIONS not in without and (data / QUESTIONS).exists():
        used += _questions([row.text for row in rows if row.split != "train"], data / QUESTIONS)
    for row in used:
        name = OWN if row.set.startswith(OWN) else row.set
        if row.split == "train":
            train.setdefault(name, {})[row.text] = None
        elif row.split == "dev":
            held[row.text] = None
    if not train or not held:
        raise ValueError("no texts to train on and to hold out: all sets with posts are left out")
    chosen = random.Random("held-out").sample(list(held), min(HELD_OUT, len(held)))
    return Texts({name: list(found) for name, found in train.items()}, chosen)


def _questions(held: list[str], folder: Path) -> list[Row]:
    """Questions with splits by hash of their cluster; near-duplicates of held-out texts are out."""
    texts = [row.text for row in medical_qa.load(folder, None)]
    numbers = clusters([*held, *texts])
    taken, first = set(numbers[: len(held)]), {}
    rows = []
    for text, number in zip(texts, numbers[len(held) :], strict=True):
        if number not in taken:
            key = first.setdefault(number, duplicate_key(text))
            rows.append(Row(QUESTIONS, text, split=hashed_split(key)))
    return rows


def mask_words(
    found: Pieces, rng: random.Random, mask: int, vocabulary: int
) -> tuple[list[int], list[int]]:
    """Input ids and targets of a text, with whole words left out, at least MASKED of the pieces.

    Targets are IGNORED where nothing is left out. A text without words keeps all its pieces.
    """
    ids, targets = list(found.ids), [IGNORED] * len(found.ids)
    groups = words(found.offsets, found.tokens)
    wanted = MASKED * sum(len(positions) for positions in groups)
    rng.shuffle(groups)
    for positions in groups:
        if wanted <= 0:
            break
        wanted -= len(positions)
        for position in positions:
            targets[position] = ids[position]
            drawn = rng.random()
            if drawn < AS_MASK:
                ids[position] = mask
            elif drawn < AS_MASK + AS_OTHER:
                ids[position] = rng.randrange(vocabulary)
    return ids, targets


class Masker:
    """Makes batches of texts with words left out; which ones follows from the generator alone."""

    def __init__(self, tokenizer: Tokenizer, max_tokens: int) -> None:
        names = ("[MASK]", "<mask>")
        found = [tokenizer.token_to_id(n) for n in names if tokenizer.token_to_id(n) is not None]
        if not found:
            raise ValueError(
                f"--encoder: its tokenizer has no piece for a word left out ({' or '.join(names)})"
            )
        self._mask, self._tokenizer, self._max_tokens = found[0], tokenizer, max_tokens

    def batches(self, texts: list[str], size: int, rng: random.Random) -> list[Batch]:
        """All texts once, in batches of like length, those in a random order."""
        found = encode(self._tokenizer, texts, self._max_tokens)
        found.sort(key=lambda one: len(one.ids))
        parts = [found[at : at + size] for at in range(0, len(found), size)]
        rng.shuffle(parts)
        return [self._batch(part, rng) for part in parts]

    def counts(self, texts: list[str], size: int) -> Tensor:
        """How often each piece stands in some of the texts, [size]."""
        some = random.Random("counts").sample(texts, min(COUNTED, len(texts)))
        found = encode(self._tokenizer, some, self._max_tokens)
        ids = [
            number for one in found
            for number, (start, end) in zip(one.ids, one.offsets, strict=True) if end > start
        ]  # fmt: skip
        return torch.bincount(torch.tensor(ids), minlength=size).float()

    def _batch(self, part: list[Pieces], rng: random.Random) -> Batch:
        size = self._tokenizer.get_vocab_size()
        made = [mask_words(one, rng, self._mask, size) for one in part]
        ids = pad_sequence([torch.tensor(one) for one, _ in made], batch_first=True)
        visible = [torch.ones(len(one), dtype=torch.long) for one, _ in made]
        targets = pad_sequence([torch.tensor(one) for _, one in made], True, IGNORED)
        return ids, pad_sequence(visible, batch_first=True), targets

    def drawn(
        self, texts: dict[str, list[str]], config: Config, start: int
    ) -> Iterator[tuple[int, Batch]]:
        """Steps from `start` on; a set is drawn by the root of its size, so that none drowns."""
        names = list(texts)
        weights = [len(texts[name]) ** 0.5 for name in names]
        for chunk in range(start // CHUNK, (config.steps + CHUNK - 1) // CHUNK):
            rng = random.Random(f"{config.seed}-adapt-{chunk}")
            sets = rng.choices(names, weights, k=config.batch * CHUNK)
            made = self.batches([rng.choice(texts[name]) for name in sets], config.batch, rng)
            for step, batch in enumerate(made, chunk * CHUNK):
                if start <= step < config.steps:
                    yield step, batch
