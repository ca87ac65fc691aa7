"""From rows to padded tensors: encoding, the mixture of sets, batches of like length.

Everything drawn follows from the seed and the chunk's number alone, so that a run that was
stopped goes on with the very batches it would have had.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import torch
from tokenizers import Tokenizer
from torch import Tensor

from vigil_training import augment
from vigil_training.augment_words import augmented, load_words
from vigil_training.config import Config
from vigil_training.data import vocabulary
from vigil_training.data.lexicon import Lexicon
from vigil_training.encodings import Pieces, as_wordpiece
from vigil_training.rows import Pair, Row
from vigil_training.sampling import balanced_weights
from vigil_training.tasks import Task, marks, sentence, sentence_tasks, term, tokens
from vigil_training.text import blank

CHUNK = 16
# Names and wordings are short; a whole post around one would only make the batch wide.
TERM_TOKENS = 32
TERM_CONTEXT = 50


@dataclass(frozen=True)
class Batch:
    """Inputs [rows, tokens], allowed labels per sentence task, label numbers per token.

    `silent` [rows] is true where a set marks no conditions; `marks` is [rows, tokens, marks].
    """

    input_ids: Tensor
    attention_mask: Tensor
    allowed: dict[str, Tensor]
    spans: Tensor
    silent: Tensor
    marks: Tensor


@dataclass(frozen=True)
class TermBatch:
    """Wordings then terms, [2 x pairs, tokens]; weights mark the span; same-term matrix."""

    input_ids: Tensor
    attention_mask: Tensor
    weights: Tensor
    same: Tensor


def encode(
    tokenizer: Tokenizer,
    texts: list[str],
    max_tokens: int,
    reading: Callable[[str], str] = blank,
) -> list[Pieces]:
    """Pieces of texts, blanked or read in another way, cut to `max_tokens`, without padding."""
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    blanked = [reading(text) for text in texts]
    return as_wordpiece(tokenizer, tokenizer.encode_batch(blanked), blanked)


def pad(encodings: list[Pieces]) -> tuple[Tensor, Tensor]:
    """Input ids and mask, int64, padded on the right with 0."""
    width = max(len(encoding.ids) for encoding in encodings)
    ids = torch.zeros(len(encodings), width, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for index, encoding in enumerate(encodings):
        ids[index, : len(encoding.ids)] = torch.tensor(encoding.ids)
        mask[index, : len(encoding.ids)] = 1
    return ids, mask


def make_batch(rows: list[Row], encodings: list[Pieces], tasks: list[Task]) -> Batch:
    """Tensors for rows that are encoded already."""
    ids, mask = pad(encodings)
    spans = torch.full_like(ids, tokens.IGNORED)
    token_task = next((task for task in tasks if task.kind == "token"), None)
    if token_task is not None:
        for index, (row, found) in enumerate(zip(rows, encodings, strict=True)):
            labels = tokens.targets(row.spans, found.offsets, found.tokens, token_task.labels)
            spans[index, : len(labels)] = torch.tensor(labels)
    marks_task = next((task for task in tasks if task.kind == "marks"), None)
    marked = torch.full((*ids.shape, len(marks_task.labels) if marks_task else 0), marks.UNKNOWN)
    if marks_task is not None:
        for index, (row, found) in enumerate(zip(rows, encodings, strict=True)):
            values = marks.targets(row.spans, found.offsets, marks_task.labels)
            marked[index, : len(values)] = torch.tensor(values)
    allowed = {t.id: sentence.targets(rows, t) for t in sentence_tasks(tasks)}
    silent = torch.tensor([not row.conditions for row in rows])
    return Batch(ids, mask, allowed, spans, silent, marked)


def make_term_batch(pairs: list[Pair], tokenizer: Tokenizer) -> TermBatch:
    """Each pair's wording, in its text, and its term alone."""
    found = encode(tokenizer, [p.text for p in pairs] + [p.term for p in pairs], TERM_TOKENS)
    ids, mask = pad(found)
    alone = [Pair(p.set, p.term, 0, len(p.term), p.term) for p in pairs]
    weights = torch.zeros(ids.shape)
    for index, (pair, encoding) in enumerate(zip([*pairs, *alone], found, strict=True)):
        marked = term.span_weights(pair, encoding.offsets)
        weights[index, : len(marked)] = torch.tensor(marked)
    names = [pair.concept or pair.term.lower() for pair in pairs]
    same = torch.tensor([[one == other for other in names] for one in names])
    return TermBatch(ids, mask, weights, same)


class Mixture:
    """Draws batches from groups of training rows, by the weights of the config."""

    def __init__(
        self,
        rows: list[Row],
        pairs: list[Pair],
        tasks: list[Task],
        tokenizer: Tokenizer,
        lexicon: Lexicon,
        config: Config,
    ) -> None:
        self._groups: dict[str, list[Row]] = {}
        for row in rows:
            if row.split == "train" and (row.labels or row.spans is not None):
                self._groups.setdefault(group(row), []).append(row)
        plain = self._groups.get("background-spans")
        if plain:
            self._groups["background-named"] = plain
        self._weights = {
            name: weight for name, weight in config.weights.items() if name in self._groups
        }
        if not self._weights:
            raise ValueError("no rows to train on: the config's weights name none of the sets")
        train = [pair for pair in pairs if pair.split == "train"]
        posts = [pair for pair in train if len(pair.text) > pair.end - pair.start]
        lay = [pair for pair in train if pair.set == "vocabulary"]
        rest = [pair for pair in train if len(pair.text) == pair.end - pair.start]
        rest = [pair for pair in rest if pair.set != "vocabulary"]
        self._pairs_by_kind = (posts, lay, rest)
        self._tasks, self._tokenizer = tasks, tokenizer
        self._lexicon, self._config = lexicon, config
        self._words = load_words(vocabulary.load()) if config.new_texts else None

    def sizes(self) -> dict[str, int]:
        """Training rows per group that is drawn from."""
        return {name: len(self._groups[name]) for name in self._weights}

    def batches(self, start: int) -> Iterator[tuple[int, Batch, TermBatch | None]]:
        """Steps from `start` to the last one of the config, each with its batches."""
        config = self._config
        for chunk in range(start // CHUNK, (config.steps + CHUNK - 1) // CHUNK):
            for offset, batch in enumerate(self._chunk(chunk)):
                step = chunk * CHUNK + offset
                if start <= step < config.steps:
                    yield step, batch, self._terms(step)

    def class_weights(self) -> dict[str, Tensor]:
        """Of every sentence task a weight per label, as `balanced` has it of what is drawn."""
        drawn = [
            (row, weight / len(self._groups[name]))
            for name, weight in self._weights.items()
            for row in self._groups[name]
        ]
        return balanced([row for row, _ in drawn], self._tasks, [often for _, often in drawn])

    def _chunk(self, number: int) -> list[Batch]:
        rng = random.Random(f"{self._config.seed}-{number}")
        size = self._config.batch
        names = rng.choices(list(self._weights), list(self._weights.values()), k=size * CHUNK)
        rows = [self._augmented(name, rng.choice(self._groups[name]), rng) for name in names]
        found = encode(self._tokenizer, [row.text for row in rows], self._config.max_tokens)
        order = sorted(range(len(rows)), key=lambda index: len(found[index].ids))
        parts = [order[at : at + size] for at in range(0, len(order), size)]
        rng.shuffle(parts)
        return [
            make_batch([rows[i] for i in part], [found[i] for i in part], self._tasks)
            for part in parts
        ]

    def _augmented(self, name: str, row: Row, rng: random.Random) -> Row:
        if name == "background-named":
            return augment.name_dropped(row, self._lexicon, rng)
        if rng.random() < self._config.mask.get(name, self._config.mask_share):
            row = augment.mask_drugs(row, self._lexicon, rng)
        if self._words is None or not has_positive(row, self._tasks):
            return row
        # As often a new text as if all of them were rows beside it.
        is_new = rng.randrange(self._config.new_texts + 1) > 0
        return next(iter(augmented(row, self._words, rng, 1)), row) if is_new else row

    def _terms(self, step: int) -> TermBatch | None:
        if not any(self._pairs_by_kind) or step % self._config.term_every:
            return None
        rng = random.Random(f"{self._config.seed}-term-{step}")
        size = self._config.term_batch
        kinds = [found for found in self._pairs_by_kind if found]
        drawn = [rng.choice(kinds[number % len(kinds)]) for number in range(size)]
        return make_term_batch(
            [_within(pair, TERM_CONTEXT if rng.random() < 0.6 else 0) for pair in drawn],
            self._tokenizer,
        )


def _within(pair: Pair, most: int) -> Pair:
    """The wording with whole words of the text around it, at most so many characters a side."""
    start, end = 0, len(pair.text)
    if pair.start > most:
        start = pair.text.find(" ", pair.start - most, pair.start) + 1 or pair.start
    if pair.end + most < end:
        end = pair.text.rfind(" ", pair.end, pair.end + most)
        end = pair.end if end < 0 else end
    text = pair.text[start:end]
    return replace(pair, text=text, start=pair.start - start, end=pair.end - start)


def has_positive(row: Row, tasks: list[Task]) -> bool:
    """Whether a row surely has the positive label of some task."""
    return any(row.labels.get(t.id) == (t.positive,) for t in tasks if t.positive is not None)


def balanced(
    rows: list[Row], tasks: list[Task], often: list[float] | None = None
) -> dict[str, Tensor]:
    """A weight per label [labels] of every sentence task (`sampling.balanced_weights`).

    `often` is how often each row is drawn, in any unit; without it all are alike. Rows that allow
    several labels are not counted, tasks without rows left out.
    """
    found = {}
    for task in sentence_tasks(tasks):
        known = [
            (task.labels.index(labels[0]), share)
            for row, share in zip(rows, often or [1.0] * len(rows), strict=True)
            if len(labels := row.labels.get(task.id, ())) == 1
        ]
        if known:
            numbers, shares = zip(*known, strict=True)
            weights = balanced_weights(numbers, len(task.labels), shares)
            found[task.id] = torch.tensor(weights, dtype=torch.float32)
    return found


def group(row: Row) -> str:
    """The name under which a config weighs a row."""
    return f"{row.set}-spans" if row.spans is not None else row.set
