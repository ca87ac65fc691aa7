"""The models of a variant: the first one's three stages and the further classifiers beside it."""

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from vigil_training.architectures.multitask import MultiTask
from vigil_training.augment_words import augmented, load_words
from vigil_training.data import vocabulary
from vigil_training.papers.pipeline_data import Parts, Post
from vigil_training.papers.pipeline_model import CLASSIFY, EXTRACT, NORMALISE, Base, Lesson
from vigil_training.papers.pipeline_recipe import Recipe
from vigil_training.papers.pipeline_scores import Mention, Stages, answer, scores
from vigil_training.rows import Span
from vigil_training.sampling import resample, vote

Once = Callable[[tuple, Callable[[], Any]], Any]


class Trained:
    """The models of a variant and seed, and what they answer.

    `once` gives what it is given a key and a function for, made once only, so that variants share
    their models. `terms` are the concepts that the normaliser tells apart, `covered` is the share
    of the training posts' effects that has one of them.
    """

    def __init__(self, parts: Parts, base: Base, made: Recipe, seed: int, once: Once) -> None:
        self._parts, self._base, self._made, self._seed = parts, base, made, seed
        counts = Counter(e.concept for post in parts.train for e in post.effects if e.concept)
        self.terms = sorted(term for term, number in counts.items() if number >= made.least)
        if not self.terms:
            raise ValueError(f"no term has {made.least} spans in training posts; lower least")
        self.covered = sum(counts[term] for term in self.terms) / counts.total()
        base.add_texts([p.text for p in (*parts.train, *parts.development, *parts.test)])
        shared = (made.data, made.plan, made.least, made.context, seed)
        self._models = [once(("first", *shared), self._first)]
        for number in range(len(made.members)):
            chain = (made.members[: number + 1], made.factor, made.augment)
            self._models.append(once(("member", *shared, *chain), lambda n=number: self._member(n)))

    def stages(self, normalise: Callable[[list[Mention]], list[str]] | None) -> Stages:
        """The ensemble's classifier, the first model's extractor, and its normaliser or another."""
        first = self._models[0]
        return Stages(
            lambda posts: vote([self._labels(model, posts) for model in self._models]) == 1,
            lambda posts: self._extract(first, posts),
            normalise or (lambda mentions: self._normalise(first, mentions)),
        )

    def _first(self) -> MultiTask:
        texts = [post.text for post in self._parts.train]
        labels = [int(post.is_positive) for post in self._parts.train]
        return self._base.train(
            self._lessons(texts, labels), len(self.terms), self._seed, self._three_scores
        )

    def _member(self, number: int) -> MultiTask:
        """A further classifier; it is trained as the first is, on other rows of its subtask."""
        kind, is_augmented = self._made.members[number].partition("-")[::2]
        posts = list(self._parts.train)
        if is_augmented:
            posts += self._new_posts()
            self._base.add_texts([post.text for post in posts])
        labels = np.array([int(post.is_positive) for post in posts])
        first = self._labels(self._models[0], posts)
        other = labels if kind == "wrong" else self._labels(self._models[-1], posts)
        seed = 1000 * (number + 1) + self._seed
        chosen = resample(first != other, self._made.factor, seed)
        lessons = self._lessons([posts[at].text for at in chosen], labels[chosen].tolist())
        return self._base.train(lessons, len(self.terms), seed, self._label_score)

    def _new_posts(self) -> list[Post]:
        words = load_words(vocabulary.load())
        return [
            Post(row, ())
            for number, post in enumerate(self._parts.train)
            if post.is_positive
            for row in augmented(
                post.row, words, random.Random(f"{self._seed}-{number}"), self._made.augment
            )
        ]

    def _lessons(self, texts: list[str], labels: list[int]) -> dict[str, Lesson]:
        """Of the classifier the given rows; of the others the training posts with effects."""
        posts = [post for post in self._parts.train if post.effects]
        tags = [self._base.tags(post.text, _spans(post)) for post in posts]
        numbers = {term: number for number, term in enumerate(self.terms)}
        named = [
            (self._key(post, Span(e.start, e.end, "effect")), numbers[e.concept])
            for post in posts
            for e in post.effects
            if e.concept in numbers
        ]
        self._base.add_spans([key[1] for key, _ in named])
        return {
            CLASSIFY: Lesson(texts, labels),
            EXTRACT: Lesson([post.text for post in posts], tags),
            NORMALISE: Lesson([key for key, _ in named], [number for _, number in named]),
        }

    def _key(self, post: Post, span: Span) -> tuple[str, str | tuple[str, str]]:
        wording = post.text[span.start : span.end]
        return "span", ((wording, post.text) if self._made.context else wording)

    def _labels(self, model: MultiTask, posts: list[Post]) -> np.ndarray:
        return self._base.classes(model, CLASSIFY, [post.text for post in posts])

    def _extract(self, model: MultiTask, posts: list[Post]) -> list[list[Span]]:
        soft = self._base.answers(model, EXTRACT, [post.text for post in posts])
        return [self._base.spans(p.text, one) for p, one in zip(posts, soft, strict=True)]

    def _normalise(self, model: MultiTask, mentions: list[Mention]) -> list[str]:
        keys = [self._key(post, span) for post, span in mentions]
        self._base.add_spans([key[1] for key in keys])
        return [self.terms[number] for number in self._base.classes(model, NORMALISE, keys)]

    def _three_scores(self, model: MultiTask) -> float:
        """Mean F1 of the subtasks on the development part."""
        stages = Stages(
            lambda posts: self._labels(model, posts) == 1,
            lambda posts: self._extract(model, posts),
            lambda mentions: self._normalise(model, mentions),
        )
        posts = self._parts.development
        found = scores(posts, answer(stages, posts, self._made.feedback))
        return float(np.mean([found[task]["f1"] for task in ("classify", "extract", "normalise")]))

    def _label_score(self, model: MultiTask) -> float:
        """F1 of the first subtask on the development part."""
        posts = self._parts.development
        stages = Stages(
            lambda posts: self._labels(model, posts) == 1,
            lambda posts: [[] for _ in posts],
            lambda mentions: [],
        )
        return scores(posts, answer(stages, posts, False))["classify"]["f1"]


def _spans(post: Post) -> list[Span]:
    return [Span(one.start, one.end, "effect") for one in post.effects]
