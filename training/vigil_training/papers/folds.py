"""The protocol of Yadav, Joshi, Bai and Zhou: sentence tasks, cross-validated by cluster.

Rows of all tasks of an experiment are cut into stratified folds. A variant is trained on all folds
but one and scored on that one; with `test`, a share of the rows is set apart first and every fold's
model is scored on it, as where a paper has a test part. What a variant may say beside the settings
of a config:

- `tasks = "alone"`: a model for each task instead of one for all
- `partner = 0.25`: each task in turn, with so large a share of the other tasks' training rows
- `reading = "blanked" | "raw" | "clean"`: what is done to texts first (cleaning.py)
- `pseudo = {share, pick, from}`: labels that the variants in `from` voted for on rows set apart for
  it (`pool`, a share of the rows, in the experiment) are trained on as well
- `members = ["wrong", "differ"]`, `factor = 3`: further models on resampled rows, which vote
- `vote = [...]`: no training; what these variants vote for
- `seed`: its own instead of the file's

Frozen layers of a transformer read each text once and have no dropout (`kept_states.py`). An
experiment may have a `test` and settings for its variants (`all`) of its own. With `pool = "test"`
pseudo-labels are those of the scored rows, as in the paper: a model then knows the texts.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import torch
from sklearn.metrics import precision_recall_fscore_support
from tokenizers import Tokenizer

from vigil_training import cleaning, encoders, train
from vigil_training.architectures.kept_states import Cache, Frozen
from vigil_training.architectures.make import make
from vigil_training.batches import encode, pad
from vigil_training.checks import check_numbers
from vigil_training.config import Config, read_config
from vigil_training.epochs import Epochs
from vigil_training.papers import pseudo
from vigil_training.papers.boosting import boosted
from vigil_training.papers.parts import Parts, split
from vigil_training.papers.settings import NotYet, Settings, Unit
from vigil_training.papers.views import View, open_rows, open_view
from vigil_training.predict import softmax, torch_runner
from vigil_training.rows import Row
from vigil_training.sampling import vote
from vigil_training.tasks import Task

OWN = ("tasks", "partner", "reading", "pseudo", "members", "factor", "vote", "seed")
_BATCH = 64


@dataclass(frozen=True)
class Opened:
    """By experiment, rows with their labels by the names of the paper's tasks, and the views."""

    rows: dict[str, list[Row]]
    views: dict[str, list[View]]
    tokenizer: Tokenizer
    encoder: str
    kept: dict[int, Cache] = field(default_factory=dict)


def units(settings: Settings) -> list[Unit]:
    """Fold by fold, so that a first look at every variant comes early."""
    found = []
    for fold in range(settings.values.get("folds", 5)):
        for experiment in settings.values["experiment"]:
            table = settings.experiment(experiment)
            for seed in settings.values.get("seeds", [17]):
                for variant in settings.variants(experiment):
                    own = settings.variant(variant).get("seed", seed)
                    unit = Unit(experiment, variant, own, fold)
                    if fold < table.get("folds", fold + 1) and unit not in found:
                        found.append(unit)
    return found


def open_data(settings: Settings, data, corpus) -> Opened:
    """Rows of every experiment; settings of every variant are checked as well."""
    for experiment in settings.values["experiment"]:
        for variant in settings.variants(experiment):
            config_of(settings, experiment, variant, 0)
    # The test parts are looked at once, by others.
    rows = [row for row in open_rows(data, corpus)[0] if row.split != "test"]
    tasks = settings.values.get("task", {})
    views: dict[str, list[View]] = {}
    for experiment, table in settings.values["experiment"].items():
        if missing := [name for name in table.get("tasks", ()) if name not in tasks]:
            raise ValueError(
                f"experiment {experiment}: no table [task.{missing[0]}]; there are "
                f"{', '.join(tasks)}"
            )
        views[experiment] = [open_view(name, tasks[name], rows) for name in table["tasks"]]
    name = encoders.locate(None)
    opened = {experiment: list(_joined(found)) for experiment, found in views.items()}
    return Opened(opened, views, encoders.open_tokenizer(name), name)


def _joined(views: list[View]) -> Iterable[Row]:
    """One row per cluster, with the labels of each task that has it."""
    found: dict[int, Row] = {}
    for view in views:
        for row, label in view.rows:
            before = found.get(row.cluster, replace(row, labels={}, spans=None))
            found[row.cluster] = replace(before, labels={**before.labels, view.task.id: (label,)})
    return found.values()


def config_of(settings: Settings, experiment: str, variant: str, seed: int) -> Config:
    """The settings that training takes; ValueError at one that makes no sense."""
    found = settings.variant(variant, experiment)
    given = {key: value for key, value in found.items() if key not in OWN}
    config = read_config({"draw": "epochs", "steps": 1, "seed": seed, **given}, variant)
    check_numbers(config)
    if config.draw == "mixture" or config.epochs < 1:
        raise ValueError(f"{settings.name}, {variant}: give epochs, and draw is not mixture")
    return config


def run(unit: Unit, settings: Settings, opened: Opened, earlier: dict[Unit, dict]) -> dict:
    """Scores per task, and every answer to the scored rows as digits, for votes and tests."""
    rows, views = opened.rows[unit.experiment], opened.views[unit.experiment]
    own = settings.variant(unit.variant, unit.experiment)
    parts = split(rows, settings, unit)
    if "vote" in own:
        found = [_answers_of(name, unit, settings, earlier, "answers") for name in own["vote"]]
        voted = {v.task.id: vote([one[v.task.id] for one in found]) for v in views}
        return _result(views, rows, parts, voted, {})
    config = config_of(settings, unit.experiment, unit.variant, unit.seed)
    training = [rows[number] for number in parts.train]
    if "pseudo" in own:
        training += _pseudo_rows(unit, settings, rows, views, parts, earlier)
    is_alone = own.get("tasks") == "alone"
    share = own.get("partner")
    groups = [[view] for view in views] if is_alone or share is not None else [views]
    answers: dict[str, np.ndarray] = {}
    pooled: dict[str, np.ndarray] = {}
    for group in groups:
        together = views if share is not None else group
        chosen = list(_kept(training, together, group, share, unit.seed))
        asked = [rows[n] for n in (*parts.test, *parts.pool)]
        tasks = [view.task for view in together]
        fit = partial(_trained, tasks, config, opened, own.get("reading", "blanked"))
        members, factor = own.get("members", ()), own.get("factor", 3)
        found = boosted(chosen, asked, tasks, members, factor, unit.seed, fit)
        for view in group:
            answers[view.task.id] = found[view.task.id][: len(parts.test)]
            pooled[view.task.id] = found[view.task.id][len(parts.test) :]
    return _result(views, rows, parts, answers, pooled)


def _kept(
    rows: list[Row], together: list[View], group: list[View], share: float | None, seed: int
) -> Iterable[Row]:
    """Rows with a label of the tasks; of partners only so large a share, without their labels."""
    names = {view.task.id for view in together}
    asked = {view.task.id for view in group}
    rng = np.random.default_rng(seed)
    for row in rows:
        labels = {name: value for name, value in row.labels.items() if name in names}
        if share is not None and rng.random() >= share:
            labels = {name: value for name, value in labels.items() if name in asked}
        if labels:
            yield replace(row, labels=labels)


def _trained(
    tasks: list[Task],
    config: Config,
    opened: Opened,
    reading: str,
    rows: list[Row],
    asked: list[Row],
    seed: int,
) -> dict[str, np.ndarray]:
    """Probabilities [asked, labels] by task of a model that is trained on `rows`."""
    config = replace(config, seed=seed)
    read = cleaning.reading(reading)
    torch.manual_seed(config.seed)
    model = make(opened.encoder, opened.tokenizer, tasks, config)
    is_bert = config.architecture.encoder == "transformer" and not config.architecture.private
    if is_bert and config.frozen_layers > 0 and not config.encoder:
        found = opened.kept.get(config.frozen_layers)
        model.encoder = Frozen(model.encoder, config.frozen_layers, found)
        opened.kept[config.frozen_layers] = model.encoder.cache
    epochs = Epochs(rows, tasks, opened.tokenizer, config, read)
    train.train(model, epochs, replace(config, steps=epochs.steps()), None)
    run_model = torch_runner(model)
    found = encode(opened.tokenizer, [row.text for row in asked], config.max_tokens, read)
    order = sorted(range(len(found)), key=lambda index: len(found[index].ids))
    result = {task.id: np.zeros((len(found), len(task.labels))) for task in tasks}
    for at in range(0, len(order), _BATCH):
        part = order[at : at + _BATCH]
        outputs = run_model(*pad([found[index] for index in part]))
        for task in tasks:
            result[task.id][part] = softmax(outputs[f"task.{task.id}"])
    return result


def _pseudo_rows(
    unit: Unit,
    settings: Settings,
    rows: list[Row],
    views: list[View],
    parts: Parts,
    earlier: dict[Unit, dict],
) -> Iterable[Row]:
    """Rows of the pool with the labels that earlier variants voted for; none of them is scored."""
    own = settings.variant(unit.variant)["pseudo"]
    found = [_answers_of(name, unit, settings, earlier, "pool") for name in own["from"]]
    for view in views:
        soft = [np.eye(len(view.task.labels))[one[view.task.id]] for one in found]
        share, pick = own.get("share", 0.1), own.get("pick", "random")
        at, labels = pseudo.pseudo_labels(soft, share, pick, (unit.seed, unit.fold))
        for number, label in zip(parts.pool[at], labels, strict=True):
            yield replace(rows[number], labels={view.task.id: (view.task.labels[label],)})


def _answers_of(
    variant: str, unit: Unit, settings: Settings, earlier: dict[Unit, dict], key: str
) -> dict[str, np.ndarray]:
    """Label numbers by task that another variant gave on the same fold."""
    seed = settings.variant(variant).get("seed", unit.seed)
    wanted = Unit(unit.experiment, variant, seed, unit.fold)
    if wanted not in earlier:
        raise NotYet(
            f"{unit.variant} needs fold {unit.fold} of {variant}, which is not there: run it first"
        )
    return {name: _numbers(text) for name, text in earlier[wanted][key].items()}


def _result(
    views: list[View],
    rows: list[Row],
    parts: Parts,
    answers: dict[str, np.ndarray],
    pooled: dict[str, np.ndarray],
) -> dict:
    scores, digits = {}, {}
    for view in views:
        name, labels = view.task.id, view.task.labels
        found = answers[name] if answers[name].ndim == 1 else answers[name].argmax(axis=1)
        known = np.array([name in rows[number].labels for number in parts.test])
        truth = np.array([labels.index(rows[n].labels[name][0]) for n in parts.test[known]])
        scores[name] = scores_of(view, truth, found[known])
        digits[name] = "".join(map(str, found))
    pool = {n: "".join(map(str, p.argmax(axis=1))) for n, p in pooled.items() if len(p)}
    return {"scores": scores, "answers": digits, **({"pool": pool} if pool else {})}


def scores_of(view: View, truth: np.ndarray, found: np.ndarray) -> dict:
    """Of label numbers [rows]: precision, recall and F1 of the positive labels together, or their
    means over all labels; macro-F1 of all; accuracy; how many rows there are, and positive ones.
    """
    labels = list(range(len(view.task.labels)))
    positive = [view.task.labels.index(name) for name in view.positive]
    options = {"zero_division": 0.0}
    precision, recall, f1, _ = precision_recall_fscore_support(
        truth, found, labels=positive or labels, average="micro" if positive else "macro", **options
    )
    every = precision_recall_fscore_support(truth, found, labels=labels, average="macro", **options)
    return {
        "precision": float(precision),
        "recall": float(recall),
        "f1": float(f1),
        "macro_f1": float(every[2]),
        "accuracy": float((truth == found).mean()),
        "rows": len(truth),
        "positives": int(np.isin(truth, positive).sum()) if positive else len(truth),
    }


def _numbers(text: str) -> np.ndarray:
    return np.array([int(digit) for digit in text], int)
