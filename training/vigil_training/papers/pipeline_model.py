"""Classifier, extractor and normaliser on one encoder whose lower layers are frozen.

Dima et al. 2021, section 3.2: three heads of one model, trained a task at a time (algorithm 1).
"""

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence
from tqdm import tqdm

from vigil_training import encoders
from vigil_training.architectures.kept_states import Cache, cut
from vigil_training.architectures.multitask import MultiTask, build
from vigil_training.batches import encode
from vigil_training.encodings import Pieces
from vigil_training.rows import Span
from vigil_training.sampling import balanced_weights, task_batches
from vigil_training.tasks import Task, tokens
from vigil_training.text import blank

CLASSIFY, EXTRACT, NORMALISE = "classify", "extract", "normalise"
# Tags of the extractor; the neighbours of one kind are one span.
TAGS = ("O", "AE")
_ANSWERED = 64


@dataclass(frozen=True)
class Plan:
    """How models are made and trained.

    `encoder` is a folder or a name on a hub, empty for the one that comes along; `size` sizes a
    random one of it, in tests. `batches` holds rows of a mini-batch per subtask. `class_weights` is
    "balanced" or empty and is the classifier's only.
    """

    encoder: str = ""
    size: dict = field(default_factory=dict)
    frozen_layers: int = 5
    max_tokens: int = 128
    dropout: float = 0.1
    readout: str = "mean-max"
    batches: dict[str, int] = field(
        default_factory=lambda: {CLASSIFY: 64, EXTRACT: 16, NORMALISE: 16}
    )
    epochs: int = 30
    learning_rate: float = 5e-5
    class_weights: str = "balanced"

    def __post_init__(self) -> None:
        if self.class_weights not in ("", "balanced"):
            raise ValueError(f"class_weights is {self.class_weights!r}; allowed: balanced or empty")
        if set(self.batches) != {CLASSIFY, EXTRACT, NORMALISE}:
            raise ValueError(f"batches has to name {CLASSIFY}, {EXTRACT} and {NORMALISE}")


@dataclass(frozen=True)
class Lesson:
    """What one subtask learns from: keys of the cache, and a class each or a class per token."""

    keys: Sequence[str | tuple[str, str]]
    targets: Sequence[int] | Sequence[list[int]]


class Base:
    """The tokenizer, the frozen layers' states and the layers that every model begins with."""

    def __init__(self, plan: Plan) -> None:
        name = encoders.locate(plan.encoder or None)
        self.tokenizer: Tokenizer = encoders.open_tokenizer(name)
        self._plan = plan
        size = {**plan.size, "vocab_size": self.tokenizer.get_vocab_size()}
        torch.manual_seed(0)
        none = [Task("none", "sentence", ("no", "yes"))]
        body = build(None if plan.size else name, none, -1, size).encoder
        lower, self._upper = cut(body, plan.frozen_layers)
        self.cache = Cache(lower)
        self._pieces: dict[str, Pieces] = {}

    def add_texts(self, texts: Sequence[str]) -> None:
        """Makes the states of texts; links and handles are blanked."""
        new = [text for text in dict.fromkeys(texts) if text not in self._pieces]
        found = encode(self.tokenizer, new, self._plan.max_tokens)
        self._pieces |= dict(zip(new, found, strict=True))
        self.cache.add(new, [one.ids for one in found])

    def add_spans(self, spans: Sequence[str | tuple[str, str]]) -> None:
        """Makes the states of spans alone, or of `[CLS] span [SEP] text [SEP]`."""
        new = list(dict.fromkeys(spans))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(self._plan.max_tokens)
        blanked = [blank(o) if isinstance(o, str) else tuple(map(blank, o)) for o in new]
        found = self.tokenizer.encode_batch(blanked)
        keys = [("span", one) for one in new]
        self.cache.add(keys, [one.ids for one in found], [one.type_ids for one in found])

    def tags(self, text: str, spans: Sequence[Span]) -> list[int]:
        """A tag number per token of a text; pieces inside a word and special tokens are ignored."""
        pieces = self._pieces[text]
        named = ("O", "B-effect", "I-effect")
        found = tokens.targets(spans, pieces.offsets, pieces.tokens, named)
        return [min(tag, 1) for tag in found]

    def spans(self, text: str, soft: Tensor) -> list[Span]:
        """The spans of a text by its tags' probabilities [tokens, 2]."""
        pieces = self._pieces[text]
        soft = functional.pad(soft[: len(pieces.ids)], (0, 1))
        named = ("O", "B-effect", "I-effect")
        return [span for span, _ in tokens.decode(soft, pieces.offsets, pieces.tokens, named)]

    def model(self, terms: int) -> MultiTask:
        """A new model with its three heads; the normaliser's tells so many terms apart."""
        tasks = [
            Task(CLASSIFY, "sentence", ("no", "yes")),
            Task(EXTRACT, "token", TAGS),
            Task(NORMALISE, "sentence", tuple(str(number) for number in range(terms))),
        ]
        upper = copy.deepcopy(self._upper).requires_grad_(True)
        return MultiTask(upper, tasks, self._plan.dropout, self._plan.readout)

    def train(
        self,
        lessons: dict[str, Lesson],
        terms: int,
        seed: int,
        score: Callable[[MultiTask], float],
    ) -> MultiTask:
        """A model as it was after its best epoch by `score`, in which more is better.

        An epoch is as many steps as the subtasks' mini-batches are together.
        """
        plan = self._plan
        torch.manual_seed(seed)
        model = self.model(terms)
        optimizer = torch.optim.AdamW(model.parameters(), plan.learning_rate)
        batches = {name: plan.batches[name] for name in lessons}
        lengths = {n: [self.cache.length(k) for k in one.keys] for n, one in lessons.items()}
        steps = sum(math.ceil(len(one.keys) / batches[name]) for name, one in lessons.items())
        weights = None
        if plan.class_weights and CLASSIFY in lessons:
            weights = torch.tensor(balanced_weights(lessons[CLASSIFY].targets, 2)).float()
        drawn = task_batches(lengths, batches, seed)
        best, kept = -math.inf, model.state_dict()
        progress = tqdm(total=plan.epochs * steps, unit="step", mininterval=5, leave=False)
        for _ in range(plan.epochs):
            model.train()
            for _ in range(steps):
                name, rows = next(drawn)
                loss = self._loss(model, name, lessons[name], rows, weights)
                loss.backward()
                torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
                optimizer.zero_grad()
                progress.update()
            found = score(model.eval())
            if found > best:
                best, kept = found, copy.deepcopy(model.state_dict())
        progress.close()
        model.load_state_dict(kept)
        return model.eval()

    def _loss(
        self, model: MultiTask, name: str, lesson: Lesson, rows: list[int], weights: Tensor | None
    ) -> Tensor:
        """Cross entropy (equation 2); only the classifier's has class weights."""
        logits = model(*self.cache.batch([lesson.keys[row] for row in rows]))[f"task.{name}"]
        targets = [lesson.targets[row] for row in rows]
        if name == EXTRACT:
            padded = pad_sequence([torch.tensor(t) for t in targets], True, tokens.IGNORED)
            return functional.cross_entropy(logits.transpose(1, 2), padded)
        used = weights if name == CLASSIFY else None
        return functional.cross_entropy(logits, torch.tensor(targets), weight=used)

    def answers(self, model: MultiTask, name: str, keys: Sequence) -> list[Tensor]:
        """Probabilities of each key: [classes], or [tokens and padding, tags] of the extractor."""
        order = sorted(range(len(keys)), key=lambda at: self.cache.length(keys[at]))
        found: dict[int, Tensor] = {}
        for first in range(0, len(order), _ANSWERED):
            part = order[first : first + _ANSWERED]
            with torch.inference_mode():
                logits = model(*self.cache.batch([keys[at] for at in part]))[f"task.{name}"]
            found |= dict(zip(part, logits.softmax(dim=-1), strict=True))
        return [found[at] for at in range(len(keys))]

    def classes(self, model: MultiTask, name: str, keys: Sequence) -> np.ndarray:
        """The most probable class of each key, [keys]."""
        return np.array([int(one.argmax()) for one in self.answers(model, name, keys)], int)
