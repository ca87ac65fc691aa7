"""A shipped bundle as the three stages: its classifier, its spans, and retrieval of concepts."""

from pathlib import Path

import numpy as np

from vigil_training import encoders
from vigil_training.data import vocabulary
from vigil_training.evaluate_terms import Finder
from vigil_training.papers.pipeline_data import LABEL, Post
from vigil_training.papers.pipeline_scores import Mention
from vigil_training.papers.views import TASKS
from vigil_training.predict import Answers, answers, decide, onnx_runner, softmax, vectors
from vigil_training.rows import Pair, Span
from vigil_training.tasks import load_tasks

_THREADS = 1


class Bundle:
    """Answers of a bundle's `model.onnx`; concepts by the nearest vector of a name.

    `names` is the preferred name of each concept; with `wordings` the vocabulary's other wordings
    are searched as well, as the services do. Raises ValueError where the folder holds no bundle.
    """

    def __init__(self, folder: Path, names: dict[str, str], wordings: bool) -> None:
        if not (folder / "model.onnx").exists():
            raise ValueError(f"bundle: {folder} holds no model.onnx; give the folder of a bundle")
        self._run = onnx_runner(folder / "model.onnx", _THREADS)
        self._tokenizer = encoders.open_tokenizer(str(folder))
        self._tasks = load_tasks(TASKS)
        term = next(task for task in self._tasks if task.kind == "vector")
        listed = [(name, concept) for concept, name in names.items()]
        if wordings:
            of = {name: concept for concept, name in names.items()}
            listed += [(pair.text, of[pair.term]) for pair in vocabulary.load()]
        pairs = [Pair("", name, 0, len(name), name) for name, _ in listed]
        found = vectors(self._run, self._tokenizer, pairs, term)
        self._finder = Finder(self._run, self._tokenizer, term, [c for _, c in listed], found)
        self._known: dict[str, tuple[bool, list[Span]]] = {}

    def _answers(self, posts: list[Post]) -> list[tuple[bool, list[Span]]]:
        new = [t for t in dict.fromkeys(post.text for post in posts) if t not in self._known]
        if new:
            found: Answers = answers(self._run, self._tokenizer, new, self._tasks)
            task = next(task for task in self._tasks if task.id == LABEL)
            labels = decide(softmax(found.logits[LABEL]), task, task.threshold)
            for text, label, spans in zip(new, labels, found.spans, strict=True):
                effects = [span for span, _ in spans if span.label == "effect"]
                self._known[text] = (task.labels[label] == task.positive, effects)
        return [self._known[post.text] for post in posts]

    def classify(self, posts: list[Post]) -> np.ndarray:
        """Whether a post reports an effect, at the task's threshold, [posts]."""
        return np.array([label for label, _ in self._answers(posts)], bool)

    def extract(self, posts: list[Post]) -> list[list[Span]]:
        """Spans of effects; complaints that are none are left out."""
        return [spans for _, spans in self._answers(posts)]

    def normalise(self, mentions: list[Mention]) -> list[str]:
        """The concept of the name nearest to each wording in its post."""
        if not mentions:
            return []
        pairs = [Pair("", post.text, s.start, s.end, "") for post, s in mentions]
        return [found[0] for found in self._finder.first(pairs)]
