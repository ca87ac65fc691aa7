"""Scores of the way from wordings to concepts: on given spans, and from text to concept.

Names and wordings of one concept (of the open vocabulary, or `terms.tsv` of the corpus) are the
same answer; a name that neither has is a concept of its own. Concepts that no training pair has are
scored apart, since a table of the training data would find the others.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from tokenizers import Tokenizer

from vigil_training.predict import Answers, Runner, vectors
from vigil_training.rows import Pair, Row, Span
from vigil_training.scores import counts_f1, entry, is_match, matched
from vigil_training.tasks import Task

FIRST = 5
_NAMES = ("precision", "recall", "f1")

# An effect's place in a text and its concept.
Named = tuple[Span, str]


@dataclass(frozen=True)
class Finder:
    """Vectors [names, dimensions] of the names to search in, and the concept of each."""

    run: Runner
    tokenizer: Tokenizer
    task: Task
    concepts: list[str]
    vectors: np.ndarray

    def first(self, wordings: list[Pair]) -> list[list[str]]:
        """The nearest distinct concepts of each wording in its text, at most FIRST, best first."""
        near = vectors(self.run, self.tokenizer, wordings, self.task) @ self.vectors.T
        # Some concepts have several names, none of them many.
        ranked = np.argsort(-near, axis=1, kind="stable")[:, : 8 * FIRST]
        return [
            list(dict.fromkeys(self.concepts[name] for name in row))[:FIRST]
            for row in ranked.tolist()
        ]


@dataclass(frozen=True)
class Terms:
    """The pairs, what concept a name stands for, and where names are searched."""

    pairs: list[Pair]
    concept_of: dict[str, str]
    finder: Finder

    def concept(self, name: str) -> str:
        """The concept of a name; of one that is not listed, the name itself."""
        return self.concept_of.get(name.lower(), name.lower())

    def parts(self) -> list[tuple[str, Callable[[str], bool]]]:
        """All concepts, those that a training pair has, and the others."""
        seen = {self.concept(pair.term) for pair in self.pairs if pair.split == "train"}
        return [
            ("all", lambda concept: True),
            ("seen-terms", lambda concept: concept in seen),
            ("unseen-terms", lambda concept: concept not in seen),
        ]


def open_terms(
    pairs: list[Pair],
    names: list[str],
    concept_of: dict[str, str],
    run: Runner,
    tokenizer: Tokenizer,
    task: Task,
) -> Terms:
    """Makes the vectors of `names` and of every term that posts' effects are paired with."""
    own = {pair.term.lower() for pair in pairs if _is_post(pair)}
    listed = sorted(own | {name.lower() for name in names})
    found = vectors(run, tokenizer, [Pair("", t, 0, len(t), t) for t in listed], task)
    of_each = [concept_of.get(name, name) for name in listed]
    return Terms(pairs, concept_of, Finder(run, tokenizer, task, of_each, found))


def _is_post(pair: Pair) -> bool:
    """Whether the wording stands in a post; in sets that users hold it may stand alone."""
    is_alone = (pair.start, pair.end) == (0, len(pair.text))
    return pair.set.startswith(("own", "real")) or not is_alone


def _group(name: str) -> str:
    """The corpus's files are one set, each set of real posts is one of its own."""
    return "own" if name.startswith("own") else name


def term_scores(terms: Terms, clusters: dict[str, int], split: str) -> list[dict]:
    """Share of held-out effects, given in their posts, whose concept is first or in the first five.

    `clusters` has the cluster of each text: effects of near-duplicates stand and fall together. A
    text that was dropped as a repeat has none and stands for itself.
    """
    result = []
    for group in _groups(terms, split):
        held = [p for p in terms.pairs if p.split == split and _group(p.set) == group]
        truth = [terms.concept(pair.term) for pair in held]
        ranked = terms.finder.first(held)
        for part, is_in in terms.parts():
            used = [number for number, concept in enumerate(truth) if is_in(concept)]
            if not used:
                continue
            place = _place(terms, group, part, split)
            for most in (1, FIRST):
                hit = np.array([truth[n] in ranked[n][:most] for n in used], float)
                result.append(
                    entry(
                        place,
                        len(used),
                        f"hit_at_{most}",
                        [clusters.get(held[n].text, -1 - n) for n in used],
                        lambda w, h=hit: float((h * w).sum() / max(w.sum(), 1e-9)),
                    )
                )
    return result


def end_to_end_scores(terms: Terms, rows: list[Row], answers: Answers, split: str) -> list[dict]:
    """Micro precision, recall and F1 of effects that were found in posts and put to a concept.

    A found effect is right where it overlaps a true one of the same concept; each counts once
    (SMM4H 2021, task 1c). For seen and unseen terms, the true effects and the answers are those of
    such concepts. Posts without an effect count; posts with an effect of unknown term are left out.
    """
    known = {
        (pair.text, pair.text[pair.start : pair.end].lower()): terms.concept(pair.term)
        for pair in terms.pairs
        if pair.split == split
    }
    result = []
    for group in _groups(terms, split):
        chosen = [
            (row, gold, [span for span, _ in spans if span.label == "effect"])
            for row, spans in zip(rows, answers.spans, strict=True)
            if _group(row.set) == group and (gold := _gold(row, known)) is not None
        ]
        flat = [(row, span) for row, _, found in chosen for span in found]
        first = terms.finder.first([Pair(r.set, r.text, s.start, s.end, "") for r, s in flat])
        answered = iter(zip((span for _, span in flat), (one[0] for one in first), strict=True))
        found = [[next(answered) for _ in spans] for _, _, spans in chosen]
        for part, is_in in terms.parts():
            counts = np.array(
                [
                    _counts(_only(gold, is_in), _only(guess, is_in))
                    for (_, gold, _), guess in zip(chosen, found, strict=True)
                ]
            )
            if not len(counts) or not counts[:, 2].any():
                continue
            result += [
                entry(
                    _place(terms, group, part, split),
                    int(counts[:, 2].sum()),
                    f"end_to_end_{name}",
                    [row.cluster for row, _, _ in chosen],
                    lambda w, c=counts, at=at: counts_f1(c, w)[at],
                )
                for at, name in enumerate(_NAMES)
            ]
    return result


def _groups(terms: Terms, split: str) -> list[str]:
    return sorted({_group(p.set) for p in terms.pairs if p.split == split and _is_post(p)})


def _place(terms: Terms, group: str, part: str, split: str) -> tuple[str, str, str]:
    return terms.finder.task.id, f"{group}, {part}, among {len(terms.finder.concepts)} names", split


def _gold(row: Row, known: dict[tuple[str, str], str]) -> list[Named] | None:
    """A row's effects with their concepts; None where one has none or nothing is marked."""
    result = []
    for span in row.spans or ():
        if span.label == "effect":
            concept = known.get((row.text, row.text[span.start : span.end].lower()))
            if concept is None:
                return None
            result.append((span, concept))
    return None if row.spans is None else result


def _only(effects: list[Named], is_in: Callable[[str], bool]) -> list[Named]:
    return [(span, concept) for span, concept in effects if is_in(concept)]


def _counts(gold: list[Named], guess: list[Named]) -> tuple[int, int, int]:
    fits = [
        [concept == answer and is_match(span, found, False) for found, answer in guess]
        for span, concept in gold
    ]
    return matched(fits), len(guess), len(gold)
