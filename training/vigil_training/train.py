"""The training loop: one encoder, all tasks, checkpoints that a stopped run goes on from."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from tqdm import tqdm

from vigil_training import teach
from vigil_training.architectures.multitask import MultiTask
from vigil_training.architectures.shared_private import SharedPrivate
from vigil_training.batches import Batch, Mixture, TermBatch
from vigil_training.config import Config
from vigil_training.epochs import Epochs
from vigil_training.stored import generators, set_generators
from vigil_training.tasks import Task, marks, sentence, term, tokens

CHECKPOINT = "checkpoint.pt"


def losses(
    model: MultiTask | SharedPrivate,
    batch: Batch,
    terms: TermBatch | None,
    config: Config,
    class_weights: dict[str, torch.Tensor] | None = None,
    teachers: Sequence[MultiTask] = (),
) -> dict[str, torch.Tensor]:
    """Loss per task; a task's share is over the rows of the batch, known or not.

    So each labelled row weighs the same, and a task that is rare in a batch moves it little.
    `class_weights` holds a weight per label [labels] of the sentence tasks that have some;
    `teachers` are followed on every row, in every task that they answer, weighed as its labels are.
    """
    device = next(model.parameters()).device
    inputs = batch.input_ids.to(device), batch.attention_mask.to(device)
    rows = len(batch.input_ids)
    allowed = {name: value.to(device) for name, value in batch.allowed.items()}
    is_private = config.architecture.private
    known = {name: one.amin(dim=1) < 0.5 for name, one in allowed.items()}
    outputs = model(*inputs, known=known) if is_private else model(*inputs)
    found = _by_labels(model.tasks, outputs, batch, allowed, config, class_weights or {})
    other = model(*inputs) if config.r_drop > 0 else None
    if other is not None:
        again = _by_labels(model.tasks, other, batch, allowed, config, class_weights or {})
        found = {name: (value + again[name]) / 2 for name, value in found.items()}
    for task in model.tasks:
        if task.kind == "vector" and terms is not None:
            states = model(terms.input_ids.to(device), terms.attention_mask.to(device))
            vectors = term.pooled(states[f"task.{task.id}"], terms.weights.to(device))
            half = len(vectors) // 2
            same = terms.same.to(device)
            found[task.id] = term.loss(vectors[:half], vectors[half:], same) * config.term_weight
    found = {name: config.task_weights.get(name, 1.0) * value for name, value in found.items()}
    if is_private:
        found |= model.penalties(outputs, known)
    if other is not None:
        found["r_drop"] = config.r_drop * sum(
            sentence.difference(outputs[f"task.{name}"], other[f"task.{name}"], one) / rows
            for name, one in allowed.items()
        )
    if teachers:
        taught = teach.answers(teachers, *inputs)
        gaps = teach.losses(model.tasks, outputs, taught, inputs[1])
        weighed = (config.task_weights.get(name, 1.0) * gap for name, gap in gaps.items())
        found["teach"] = config.teach * sum(weighed) / rows
    return found


def _by_labels(
    tasks: Sequence[Task],
    outputs: dict[str, torch.Tensor],
    batch: Batch,
    allowed: dict[str, torch.Tensor],
    config: Config,
    class_weights: dict[str, torch.Tensor],
) -> dict[str, torch.Tensor]:
    """Loss per task of what one pass over the batch answers, by the batch's labels and spans."""
    found = {
        name: sentence.loss(
            outputs[f"task.{name}"], one, config.label_smoothing, class_weights.get(name)
        )
        for name, one in allowed.items()
    }
    for task in tasks:
        answer = outputs[f"task.{task.id}"]
        device = answer.device
        if task.kind == "token":
            spans, silent = batch.spans.to(device), batch.silent.to(device)
            found[task.id] = tokens.loss(answer, spans, silent, task.labels)
        if task.kind == "marks":
            found[task.id] = marks.loss(answer, batch.marks.to(device))
    return {name: value / len(batch.input_ids) for name, value in found.items()}


_FRESH = ("heads.", "readout.", "discriminator.")
_OPTIMIZERS = {
    "adamw": torch.optim.AdamW,
    "adam": torch.optim.Adam,
    "adadelta": torch.optim.Adadelta,
    "radam": torch.optim.RAdam,
}


def optimiser(model: MultiTask | SharedPrivate, config: Config) -> torch.optim.Optimizer:
    """The config's optimiser, with another rate for what starts from nothing, heads above all."""
    learning = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    fresh = [p for name, p in learning if name.startswith(_FRESH)]
    body = [p for name, p in learning if not name.startswith(_FRESH)]
    groups = [
        {"params": body, "lr": config.learning_rate},
        {"params": fresh, "lr": config.head_learning_rate},
    ]
    return _OPTIMIZERS[config.optimizer](groups, weight_decay=config.weight_decay)


def rate(step: int, config: Config) -> float:
    """A factor of the learning rate: a linear warm-up, then linear decay to 0, or none."""
    warm = max(1, int(config.steps * config.warmup))
    if config.schedule == "constant":
        return min((step + 1) / warm, 1.0)
    return min((step + 1) / warm, (config.steps - step) / max(1, config.steps - warm))


class Mean:
    """A running mean of the weights that learn; empty where `decay` is 0.

    Early on it forgets faster, so that it does not hold on to where the model began.
    """

    def __init__(self, model: MultiTask, decay: float) -> None:
        self._decay = decay
        learning = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
        self.values = {n: p.detach().clone() for n, p in learning} if decay > 0 else {}

    @torch.no_grad()
    def add(self, model: MultiTask, step: int) -> None:
        """Takes in the weights after a step, counted from 0."""
        decay = min(self._decay, (1 + step) / (10 + step))
        for name, value in model.named_parameters():
            if name in self.values:
                self.values[name].lerp_(value, 1 - decay)


def train(
    model: MultiTask | SharedPrivate,
    mixture: Mixture | Epochs,
    config: Config,
    run: Path | None,
    every: int = 100,
) -> dict[str, float]:
    """Trains to the config's last step, from `run`'s checkpoint if it has one.

    Writes `checkpoint.pt`, `model.pt` and one line per `every` steps to `losses.jsonl`, or nothing
    where `run` is None; the model has the trained weights, their running mean if there is one.
    Returns seconds and the last mean losses. Raises ValueError where the checkpoint has another
    config.
    """
    if run is not None:
        run.mkdir(parents=True, exist_ok=True)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model.to(device).train()
    teachers = teach.open_teachers(config, model) if config.teach > 0 else []
    if run is not None:
        teach.describe(model, config, run)
    torch.manual_seed(config.seed)
    optimizer = optimiser(model, config)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rate(step, config))
    mean = Mean(model, config.average)
    start, spent = 0, 0.0
    if run is not None and (run / CHECKPOINT).exists():
        saved = torch.load(run / CHECKPOINT, weights_only=True, map_location=device)
        if saved["config"] != asdict(config):
            raise ValueError(f"{run} holds a run with another config; give --run another folder")
        model.load_state_dict(saved["model"])
        mean.values = saved["mean"]
        optimizer.load_state_dict(saved["optimizer"])
        scheduler.load_state_dict(saved["scheduler"])
        set_generators(saved["random"])
        start, spent = saved["step"], saved["seconds"]
    began = time.monotonic() - spent
    sums: dict[str, float] = {}
    since = 0
    means: dict[str, float] = {}
    weights = {
        name: value.to(device)
        for name, value in (mixture.class_weights() if config.class_weights else {}).items()
    }
    progress = tqdm(
        total=config.steps, initial=start, unit="step", mininterval=5, disable=run is None
    )
    for step, batch, terms in mixture.batches(start):
        found = losses(model, batch, terms, config, weights, teachers)
        sum(found.values()).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        scheduler.step()
        optimizer.zero_grad()
        mean.add(model, step)
        for name, value in found.items():
            sums[name] = sums.get(name, 0.0) + float(value.detach())
        progress.update()
        done, since = step + 1, since + 1
        if done % every == 0 or done == config.steps:
            means = {name: value / since for name, value in sums.items()}
            sums, since = {}, 0
            if run is None:
                continue
            with (run / "losses.jsonl").open("a", encoding="utf-8") as file:
                seconds = time.monotonic() - began
                file.write(json.dumps({"step": done, "seconds": round(seconds, 1), **means}) + "\n")
            _save(run, model, mean, optimizer, scheduler, done, seconds, config)
    progress.close()
    model.load_state_dict(mean.values, strict=False)
    if run is not None:
        torch.save(model.state_dict(), run / "model.pt")
    return {"seconds": time.monotonic() - began, **means}


def _save(run, model, mean, optimizer, scheduler, step, seconds, config) -> None:
    """Written beside the last one and renamed, so that a stop in between loses nothing."""
    part = run / f"{CHECKPOINT}.part"
    torch.save(
        {
            "config": asdict(config),
            "model": model.state_dict(),
            "mean": mean.values,
            "optimizer": optimizer.state_dict(),
            "scheduler": scheduler.state_dict(),
            "random": generators(),
            "step": step,
            "seconds": seconds,
        },
        part,
    )
    part.rename(run / CHECKPOINT)
