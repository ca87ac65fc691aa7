"""Teachers: the student also learns what one or several trained models answer (Hinton et al. 2015).

Every row teaches every task in this way, also those that its set does not label. Teachers read
the student's own pieces, so that they need its tokenizer; their encoders may be larger.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel

from vigil_training.architectures.multitask import MultiTask, transformer
from vigil_training.config import Config
from vigil_training.stored import layers_of, load_into, read_json, read_state
from vigil_training.tasks import Task

TEMPERATURE = 2.0
DESCRIPTION = "teacher.json"
MODEL = "model.pt"
_KINDS = ("sentence", "token", "marks")


def describe(model: nn.Module, config: Config, run: Path) -> None:
    """Writes a run's `teacher.json`, by which its model is made again: encoder and readout.

    Recurrent and private encoders cannot teach; of them nothing is written.
    """
    if isinstance(model, MultiTask) and isinstance(model.encoder, PreTrainedModel):
        parts = {"encoder": model.encoder.config.to_dict(), "readout": config.architecture.readout}
        (run / DESCRIPTION).write_text(json.dumps(parts, indent=1) + "\n", encoding="utf-8")


def open_teachers(config: Config, student: nn.Module) -> list[MultiTask]:
    """The models of the config's teachers, without gradients, on the student's device.

    A run without `teacher.json` is taken to have the student's encoder and readout, with as many
    layers as its weights tell. Raises ValueError where no teacher is named, or a folder holds no
    finished run, or one of other tasks or another vocabulary.
    """
    if not config.teachers:
        raise ValueError("config: teach is above 0, but teachers names no folder of a run")
    device = next(student.parameters()).device
    # Building draws random weights, which must not change what the student draws.
    with torch.random.fork_rng(devices=[]):
        teachers = [_open(Path(folder), config, student) for folder in config.teachers]
    return [teacher.to(device).eval().requires_grad_(False) for teacher in teachers]


def _open(folder: Path, config: Config, student: nn.Module) -> MultiTask:
    if not (folder / MODEL).is_file():
        raise ValueError(f"teachers: {folder} holds no {MODEL}; give folders of finished runs")
    own = student.encoder.config
    if (folder / DESCRIPTION).is_file():
        parts = read_json(folder / DESCRIPTION)
        size, readout = parts["encoder"], parts["readout"]
    elif isinstance(student.encoder, PreTrainedModel):
        layers = layers_of(read_state(folder / MODEL))
        size = {**own.to_dict(), "num_hidden_layers": layers}
        readout = config.architecture.readout
    else:
        raise ValueError(f"teachers: {folder} holds no {DESCRIPTION}; only transformers can teach")
    pieces = getattr(own, "vocab_size", size["vocab_size"])
    if size["vocab_size"] != pieces:
        raise ValueError(
            f"teachers: {folder} reads a vocabulary of {size['vocab_size']:,} pieces, the student "
            f"one of {pieces:,}; both need the same tokenizer"
        )
    teacher = MultiTask(transformer(None, -1, size), student.tasks, readout=readout)
    load_into(teacher, folder / MODEL)
    return teacher


@torch.no_grad()
def answers(
    teachers: Sequence[MultiTask], input_ids: Tensor, attention_mask: Tensor
) -> dict[str, Tensor]:
    """The mean of the teachers' softened probabilities by task, shaped as the logits are.

    Sentence and token tasks have a softmax over labels, marks one probability each. Vectors are
    left out: each model has a space of its own.
    """
    found: dict[str, Tensor] = {}
    for teacher in teachers:
        outputs = teacher(input_ids, attention_mask)
        for task in teacher.tasks:
            if task.kind in _KINDS:
                soft = _softened(outputs[f"task.{task.id}"], task.kind)
                found[task.id] = found.get(task.id, 0.0) + soft / len(teachers)
    return found


def _softened(logits: Tensor, kind: str) -> Tensor:
    return (
        torch.sigmoid(logits / TEMPERATURE)
        if kind == "marks"
        else torch.softmax(logits / TEMPERATURE, dim=-1)
    )


def losses(
    tasks: Sequence[Task], outputs: dict[str, Tensor], taught: dict[str, Tensor], mask: Tensor
) -> dict[str, Tensor]:
    """Kullback-Leibler divergence of the student's answers from the teachers', by task.

    `outputs` are the student's logits, `taught` what `answers` gives, `mask` [rows, tokens] is 1
    on tokens. Each is the sum over rows; of a token task a row counts the mean over its tokens. A
    token weighs for the marks as much as the teachers believe that it lies in a span. Softened
    gradients shrink with the square of the temperature, by which the sum is multiplied
    (Hinton et al. 2015, section 2.1).
    """
    shares = mask / mask.sum(dim=1, keepdim=True)
    spans = [1.0 - taught[t.id][..., t.labels.index("O")] for t in tasks if t.kind == "token"]
    found = {}
    for task in tasks:
        if task.kind not in _KINDS:
            continue
        logits, target = outputs[f"task.{task.id}"] / TEMPERATURE, taught[task.id]
        if task.kind == "marks":
            # KL of a Bernoulli: cross entropy without the target's own entropy.
            gap = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
            gap = (gap - functional.binary_cross_entropy(target, target, reduction="none")).mean(-1)
            gap = gap * spans[0] if spans else gap
        else:
            logs = logits.log_softmax(dim=-1)
            gap = functional.kl_div(logs, target, reduction="none").sum(dim=-1)
        weighted = gap if task.kind == "sentence" else (gap * shares).sum(dim=1)
        found[task.id] = weighted.sum() * TEMPERATURE**2
    return found
