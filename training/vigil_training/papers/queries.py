"""The protocol of MTAAL: a tagger asks for labels, a query at a time (Zhou et al. 2021).

An experiment says where sentences come from and how many are labelled, a variant what is trained
and what is asked for (query_plans.py). Scores are of three tasks: `ner`, mentions with their
kinds; `nen`, stretches of words with their concepts, both strict; and `nen-words`, the share of
words whose concept is right, O included, which is what the authors' published code counts as the
F1 of NEN. A unit gives its `curve` and `counts` beside its scores.
"""

import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel

from vigil_training import encoders
from vigil_training.active import query
from vigil_training.active_training import Learner, Rates
from vigil_training.architectures.tagging import PieceEncoder, Tagger, WordEncoder
from vigil_training.architectures.word_vectors import word_vectors
from vigil_training.data.mtaal import Sentence, read
from vigil_training.papers.query_plans import EVERYTHING, FILES, Design, Plan, design_of, plan_of
from vigil_training.papers.settings import Settings, Unit
from vigil_training.tag_scores import OUTSIDE, mentions, scores

KEYS = ("plot", "stated")
SMOKE = Path(__file__).parent / "smoke" / "mtaal"


def units(settings: Settings) -> list[Unit]:
    """Seed by seed, the variants of `first` of every experiment before the others."""
    found = []
    for place, experiment in enumerate(settings.values["experiment"]):
        design = design_of(settings, experiment)
        for round_, seed in enumerate(design.seeds or settings.values.get("seeds", [17])):
            for at, variant in enumerate(settings.variants(experiment)):
                order = (round_, variant not in design.first, place, at)
                found.append((order, Unit(experiment, variant, seed, 0)))
    return [unit for _, unit in sorted(found, key=lambda pair: pair[0])]


def open_data(settings: Settings, data: Path | None, corpus: Path) -> dict[str, dict]:
    """By experiment and file, its sentences; without `data`, those of the smoke run.

    Raises MissingData where a file is not there, ValueError for settings that make no sense.
    """
    for variant in settings.values["variant"]:
        plan_of(settings, variant)
    opened = {}
    for experiment in settings.values["experiment"]:
        design = design_of(settings, experiment)
        folder = SMOKE if data is None else data / "mtaal" / design.corpus
        opened[experiment] = {file: list(read(folder / f"{file}.txt")) for file in FILES}
    return opened


def parted(
    files: Mapping[str, Sequence[Sentence]], design: Design, seed: int
) -> tuple[list[Sentence], list[Sentence], list[Sentence]]:
    """Labelled, unlabelled and scored sentences of one seed."""
    low, high = design.lengths
    kept = {
        name: [one for one in found if low <= len(one.tokens) <= high]
        for name, found in files.items()
    }
    drawn = random.Random(f"parts-{seed}")
    if design.partition:
        every = [one for name in FILES for one in kept[name]]
        drawn.shuffle(every)
        first, second, third = (round(len(every) * share) for share in design.partition)
        ends = first, first + second
        return every[:first], every[first : ends[1]], every[ends[1] : ends[1] + third]
    pool = [one for name in design.parts for one in kept[name]]
    drawn.shuffle(pool)
    count = max(1, round(len(pool) * design.initial))
    return pool[:count], pool[count:], kept[design.scored]


def tags_of(sentence: Sentence, task: str) -> list[str]:
    """B-/I- tags, or concepts; of several concepts the first, and O for none (as the authors)."""
    if task == "ner":
        return list(sentence.tags)
    return [OUTSIDE if c in ("", "-1") else c.split("|")[0] for c in sentence.concepts]


def run(
    unit: Unit, settings: Settings, opened: dict[str, dict], earlier: Mapping | None = None
) -> dict:
    """A variant with one seed: `scores`, `counts` and `curve`; it needs no `earlier` results.

    A point of the curve is [query, labelled sentences, F1 per task of the design], None for a task
    that the variant has not; where everything is labelled from the beginning there is none.
    """
    design, plan = design_of(settings, unit.experiment), plan_of(settings, unit.variant)
    parts = parted(opened[unit.experiment], design, unit.seed)
    groups = [(task,) for task in plan.tasks] if plan.alone else [plan.tasks]
    found = [_ask(design, plan, tasks, parts, unit.seed) for tasks in groups]
    points = []
    for queries in zip(*(one["points"] for one in found), strict=True):
        each = {task: one["f1"] for point in queries for task, one in point["scores"].items()}
        f1 = [each.get(task) for task in design.tasks]
        points.append([queries[0]["query"], queries[0]["labelled"], *f1])
    last = [one["points"][-1]["scores"] for one in found]
    result = {"scores": {task: values for one in last for task, values in one.items()}}
    if not plan.alone:
        result["counts"] = found[0]["counts"]
    return result if plan.strategy == EVERYTHING else {**result, "curve": points}


def _ask(design: Design, plan: Plan, tasks: tuple[str, ...], parts: tuple, seed: int) -> dict:
    """Algorithm 1 with one model: what it scored after queries, and what it asked for."""
    torch.manual_seed(seed)
    first, rest, scored = parts
    sentences = [*first, *rest, *scored]
    known = len(first) + len(rest)
    labelled, unlabelled = list(range(len(first))), list(range(len(first), known))
    tags = {task: [tags_of(one, task) for one in sentences] for task in tasks}
    labels = {
        task: [OUTSIDE, *sorted({tag for one in found[:known] for tag in one} - {OUTSIDE})]
        for task, found in tags.items()
    }
    learner = _learner(sentences, known, tags, labels, plan, seed)
    generator = np.random.default_rng(seed)
    if plan.strategy == EVERYTHING:
        labelled, unlabelled = labelled + unlabelled, []
    asked: list[int] = []
    points = []
    rounds = plan.rounds or design.queries
    for number in range(1, rounds + 1):
        if unlabelled:
            places = _query(learner, plan, labelled, unlabelled, design.per_query, generator)
            picked = [unlabelled[place] for place in places]
            asked += picked
            labelled += picked
            unlabelled = sorted(set(unlabelled) - set(picked))
        if plan.task_discriminator:
            learner.play_tasks(labelled, unlabelled, plan.game_batches or None)
        learner.pace(1 - plan.decay * (number - 1) / max(rounds - 1, 1))
        for _ in range(plan.epochs):
            learner.fit(labelled)
        if number % plan.evaluate_every == 0 or number == rounds:
            found = _score(learner, tags, labels, range(known, len(sentences)))
            points.append({"query": number, "labelled": len(labelled), "scores": found})
    counts = counted([sentences[n] for n in asked[: plan.counted]])
    counts["labelled words"] = sum(len(sentences[n].tokens) for n in labelled)
    return {"points": points, "counts": counts}


def _score(learner: Learner, tags: dict, labels: dict, numbers: Sequence[int]) -> dict[str, dict]:
    """Scores of the sentences with these numbers, with those of `nen-words` where there is nen."""
    result = {}
    for task, found in learner.predict(numbers).items():
        named = [[labels[task][label] for label in one] for one in found]
        result[task] = scores(task, [tags[task][n] for n in numbers], named)
    if "nen" in result:
        words = ("accuracy", "macro_f1", "rows", "positives")
        result["nen-words"] = {name: result["nen"][name] for name in words}
        result["nen-words"]["f1"] = result["nen"]["accuracy"]
    return result


def counted(queried: Sequence[Sentence]) -> dict[str, float]:
    """Table 4: different words, mentions, and the share of sentences that have one.

    `different entities` counts wordings once; the authors' code counts every mention.
    """
    found = [[*one.mentions()] for one in queried]
    return {
        "sentences": len(queried),
        "words": len({word.lower() for one in queried for word in one.tokens}),
        "entities": sum(len([*mentions(one.tags)]) for one in queried),
        "different entities": len({m[0].lower() for one in found for m in one}),
        "with an entity": sum(map(bool, found)) / max(len(queried), 1),
    }


def _query(
    learner: Learner,
    plan: Plan,
    labelled: list[int],
    unlabelled: list[int],
    count: int,
    generator: np.random.Generator,
) -> Sequence[int]:
    if plan.strategy == "diversity":
        for _ in range(plan.diversity_steps):
            learner.play_diversity(labelled, unlabelled)
    answers = learner.ask(unlabelled, plan.strategy, plan.pooling)
    return query(plan.strategy, answers, count, generator)


def _learner(
    sentences: list[Sentence],
    known: int,
    tags: dict[str, list],
    labels: dict[str, list[str]],
    plan: Plan,
    seed: int,
) -> Learner:
    """Labels are those of the first `known` sentences; others have O, and nobody trains on it."""
    tokens = [one.tokens for one in sentences]
    if plan.encoder == "transformer":
        folder = encoders.locate(None)
        body = AutoModel.from_pretrained(folder, add_pooling_layer=False)
        tokenizer = encoders.open_tokenizer(folder)
        encoder = PieceEncoder(body, tokenizer, plan.frozen_layers, plan.dropout)
    else:
        words = sorted({word.lower() for one in tokens for word in one})
        seen = {word.lower() for one in tokens[:known] for word in one}
        table, trained = word_vectors(plan.vectors, words, seen, plan.dimensions, seed)
        encoder = WordEncoder(words, table, trained, plan.units, plan.dropout)
    sizes = {task: len(found) for task, found in labels.items()}
    model = Tagger(encoder, sizes, plan.units, plan.dropout, plan.residual)
    numbers = {task: {label: n for n, label in enumerate(found)} for task, found in labels.items()}
    targets = {
        task: [torch.tensor([numbers[task].get(tag, 0) for tag in one]) for one in found]
        for task, found in tags.items()
    }
    rates = Rates(plan.learning_rate, plan.encoder_rate or plan.learning_rate, plan.game_rate)
    return Learner(model, tokens, targets, rates, plan.batch, seed)
