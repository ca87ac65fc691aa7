"""A tagger that learns while it asks: the steps of Algorithm 1 of Zhou et al. 2021."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from vigil_training.active import Answers
from vigil_training.architectures.discriminators import (
    LABELLED,
    diversity_loss,
    fooling_loss,
    inside,
    task_likelihood,
)
from vigil_training.architectures.reversal import gradient_reversal
from vigil_training.architectures.tagging import Tagger

EVALUATION_BATCH = 64
# Lengths are sorted within so many batches, so that a batch has little padding.
BUCKET = 8
IGNORED = -100
# By strategy, what it asks of the log-probabilities of a word's labels, and where the sums go.
_OF_LABELS = {
    "entropy": (lambda logs: -(logs.exp() * logs).sum(dim=-1), "entropy"),
    "least-confidence": (lambda logs: logs.amax(dim=-1), "log_best"),
}


@dataclass(frozen=True)
class Rates:
    """Learning rates: of the decoders and the encoder in the tasks, and of all in the games."""

    tasks: float
    encoder: float
    games: float


class Learner:
    """A tagger with its optimisers: Adam for the tasks, others for each side of the two games.

    `sentences` are all that there are; the methods take numbers of them. `targets` has for each
    task and sentence its label numbers.
    """

    def __init__(
        self,
        model: Tagger,
        sentences: Sequence[Sequence[str]],
        targets: dict[str, list[Tensor]],
        rates: Rates,
        batch: int,
        seed: int,
    ) -> None:
        self.model, self._sentences, self._targets = model, sentences, targets
        self._batch, self._random = batch, random.Random(seed)

        body, decoders = model.encoder, model.decoders
        self._rates = rates.tasks, rates.encoder
        self._tasks = torch.optim.Adam(
            [
                {"params": _learning(part), "lr": rate}
                for part, rate in zip((decoders, body), self._rates, strict=True)
            ]
        )

        def adam(*parts: torch.nn.Module) -> torch.optim.Optimizer:
            return torch.optim.Adam([p for one in parts for p in _learning(one)], lr=rates.games)

        self._diversity, self._fooling = adam(model.diversity_discriminator), adam(body)
        if model.task_discriminator is not None:
            self._game = adam(body, decoders, model.task_discriminator)

    def sizes(self, numbers: Sequence[int]) -> np.ndarray:
        """Words of each sentence."""
        return np.array([len(self._sentences[n]) for n in numbers])

    def batches(self, numbers: Sequence[int]) -> Iterator[list[int]]:
        """Shuffled batches of sentences of like length."""
        order = list(numbers)
        self._random.shuffle(order)
        step, parts = self._batch * BUCKET, []
        for at in range(0, len(order), step):
            part = sorted(order[at : at + step], key=lambda n: len(self._sentences[n]))
            parts += [part[i : i + self._batch] for i in range(0, len(part), self._batch)]
        self._random.shuffle(parts)
        yield from parts

    def play_diversity(self, labelled: Sequence[int], unlabelled: Sequence[int]) -> None:
        """Lines 2 to 4: the discriminator's step by equation 3, the encoder's by equation 4."""
        if not labelled or not unlabelled:
            return
        self.model.train()
        known = [self._sentences[n] for n in self._draw(labelled)]
        rest = [self._sentences[n] for n in self._draw(unlabelled)]
        discriminator = self.model.diversity_discriminator
        with torch.no_grad():
            fixed = self.model.shared(known), self.model.shared(rest)
        self._step(self._diversity, diversity_loss(discriminator, *fixed))
        shared = self.model.shared(known), self.model.shared(rest)
        self._step(self._fooling, fooling_loss(discriminator, *shared))

    def play_tasks(
        self, labelled: Sequence[int], unlabelled: Sequence[int], most: int | None = None
    ) -> None:
        """Lines 9 to 12: over the labelled, each batch with one of the unlabelled beside it, the
        encoder lowers equation 2, and the decoders and the task discriminator raise it. It ends
        after `most` batches where that is given.

        Both take their step at once, from one pass with the encoder's gradient reversed (Ganin and
        Lempitsky 2015), instead of one after the other.
        """
        self.model.train()
        for part in islice(self.batches(labelled), most):
            together = part + self._draw(unlabelled)
            together.sort(key=lambda n: len(self._sentences[n]))
            shared, lengths = self.model.shared([self._sentences[n] for n in together])
            private = self.model.private(gradient_reversal(shared), lengths)
            loss = -task_likelihood(self.model.task_discriminator, private, lengths)
            self._step(self._game, loss)

    def pace(self, factor: float) -> None:
        """Sets the tasks' learning rates to so large a part of what they began with."""
        for group, rate in zip(self._tasks.param_groups, self._rates, strict=True):
            group["lr"] = rate * factor

    def fit(self, labelled: Sequence[int]) -> float:
        """Lines 13 to 15: one epoch of equation 1; returns the mean loss of a batch."""
        self.model.train()
        losses = []
        for part in self.batches(labelled):
            found = self.model([self._sentences[n] for n in part])
            loss = torch.zeros(())
            for task, logs in found.items():
                target = torch.nn.utils.rnn.pad_sequence(
                    [self._targets[task][n] for n in part], True, IGNORED
                )
                loss = loss + functional.nll_loss(logs.flatten(0, 1), target.flatten())
            self._step(self._tasks, loss)
            losses.append(float(loss.detach()))
        return sum(losses) / max(len(losses), 1)

    @torch.no_grad()
    def ask(self, numbers: Sequence[int], strategy: str, pooling: str = "product") -> Answers:
        """What a strategy wants to know of each sentence, in the order of `numbers`, and no more.

        The discriminator answers per word: DD(E(x)) is their product, or with "mean" their
        geometric mean, which does not fall with length.
        """
        answers = Answers(self.sizes(numbers))
        if strategy == "diversity":
            answers.log_labelled = np.zeros(len(numbers))
            for places, shared, lengths in self._evaluated(numbers):
                logs = self.model.diversity_discriminator(shared, lengths)[..., LABELLED]
                total = (logs * inside(lengths, shared.shape[1])).sum(dim=1).double()
                answers.log_labelled[places] = total / lengths if pooling == "mean" else total
        if strategy in _OF_LABELS:
            ask, name = _OF_LABELS[strategy]
            found = getattr(answers, name)
            found |= {task: np.zeros(len(numbers)) for task in self.model.decoders}
            for places, shared, lengths in self._evaluated(numbers):
                mask = inside(lengths, shared.shape[1])
                for task, logs in self.model.labels(shared, lengths).items():
                    found[task][places] = (ask(logs) * mask).sum(dim=1).double()
        return answers

    @torch.no_grad()
    def predict(self, numbers: Sequence[int]) -> dict[str, list[list[int]]]:
        """The best label number of each word, per task and sentence."""
        found = {task: [[] for _ in numbers] for task in self.model.decoders}
        for places, shared, lengths in self._evaluated(numbers):
            for task, logs in self.model.labels(shared, lengths).items():
                best = logs.argmax(dim=-1).tolist()
                for place, row, length in zip(places, best, lengths.tolist(), strict=True):
                    found[task][place] = row[:length]
        return found

    def _evaluated(self, numbers: Sequence[int]) -> Iterator[tuple[list[int], Tensor, Tensor]]:
        self.model.eval()
        order = sorted(range(len(numbers)), key=lambda at: len(self._sentences[numbers[at]]))
        for at in range(0, len(order), EVALUATION_BATCH):
            places = order[at : at + EVALUATION_BATCH]
            yield places, *self.model.shared([self._sentences[numbers[p]] for p in places])

    def _draw(self, numbers: Sequence[int]) -> list[int]:
        """A batch drawn without replacement."""
        return self._random.sample(list(numbers), min(self._batch, len(numbers)))

    def _step(self, optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
        self.model.zero_grad(set_to_none=True)
        loss.backward()
        learning = [p for group in optimizer.param_groups for p in group["params"]]
        torch.nn.utils.clip_grad_norm_(learning, 5.0)
        optimizer.step()


def _learning(part: torch.nn.Module) -> list[torch.nn.Parameter]:
    return [value for value in part.parameters() if value.requires_grad]
