"""Each row once per epoch, of all tasks together or a task at a time."""

import math
import random
from collections.abc import Callable, Iterator

from tokenizers import Tokenizer
from torch import Tensor

from vigil_training.augment_words import augmented, load_words
from vigil_training.batches import Batch, balanced, encode, has_positive, make_batch
from vigil_training.config import Config
from vigil_training.data import vocabulary
from vigil_training.rows import Row
from vigil_training.sampling import task_batches
from vigil_training.tasks import Task
from vigil_training.text import blank


class Epochs:
    """Each row once per epoch, in batches of like length: of all tasks or, drawn by their number
    of batches, of one task each.

    It gives what `Mixture` gives, for as many steps as `steps` says, whatever `config.steps` is.
    """

    def __init__(
        self,
        rows: list[Row],
        tasks: list[Task],
        tokenizer: Tokenizer,
        config: Config,
        reading: Callable[[str], str] = blank,
    ) -> None:
        if not rows:
            raise ValueError("no rows to train on")
        if config.new_texts:
            rows = [*rows, *_new_rows(rows, tasks, config)]
        self._rows, self._tasks, self._config = rows, tasks, config
        self._found = encode(tokenizer, [row.text for row in rows], config.max_tokens, reading)
        everything = {"": list(range(len(rows)))}
        self._parts = _by_task(rows, tasks) if config.draw == "by-task" else everything
        self._sizes = {name: config.batches.get(name, config.batch) for name in self._parts}

    def steps(self) -> int:
        """Steps of all epochs."""
        return self._config.epochs * sum(
            math.ceil(len(part) / self._sizes[name]) for name, part in self._parts.items()
        )

    def class_weights(self) -> dict[str, Tensor]:
        """As `Mixture` has it."""
        return balanced(self._rows, self._tasks)

    def batches(self, start: int) -> Iterator[tuple[int, Batch, None]]:
        """Steps from `start` to the last one, each with its batch."""
        lengths = {
            name: [len(self._found[number].ids) for number in part]
            for name, part in self._parts.items()
        }
        drawn = task_batches(lengths, self._sizes, self._config.seed)
        for step, (name, places) in zip(range(self.steps()), drawn, strict=False):
            if step >= start:
                numbers = [self._parts[name][place] for place in places]
                rows = [self._rows[number] for number in numbers]
                yield step, make_batch(rows, [self._found[n] for n in numbers], self._tasks), None


def _new_rows(rows: list[Row], tasks: list[Task], config: Config) -> Iterator[Row]:
    """New texts of the rows with a positive label."""
    words = load_words(vocabulary.load())
    for number, row in enumerate(rows):
        if has_positive(row, tasks):
            rng = random.Random(f"{config.seed}-new-{number}")
            yield from augmented(row, words, rng, config.new_texts)


def _by_task(rows: list[Row], tasks: list[Task]) -> dict[str, list[int]]:
    """Row numbers by the first task that a row has a label of; spans are a task of their own."""
    parts: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        name = next((task.id for task in tasks if task.id in row.labels), "spans")
        parts.setdefault(name, []).append(number)
    return parts
