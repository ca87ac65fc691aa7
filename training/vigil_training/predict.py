"""Answers of a model to many rows, the same way for PyTorch and for ONNX Runtime."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from tokenizers import Tokenizer
from torch import Tensor
from tqdm import tqdm

from vigil_training.architectures.multitask import MultiTask
from vigil_training.batches import encode, pad
from vigil_training.rows import Pair, Span
from vigil_training.tasks import Task, term, tokens

# Token ids and mask, int64 [rows, tokens], to arrays by output name.
Runner = Callable[[Tensor, Tensor], dict[str, np.ndarray]]
MAX_TOKENS = 128


@dataclass(frozen=True)
class Answers:
    """Logits [rows, labels] per sentence task, and the spans found in each row with scores."""

    logits: dict[str, np.ndarray]
    spans: list[list[tuple[Span, float]]]


def torch_runner(model: MultiTask) -> Runner:
    """Runs a PyTorch model without gradients, on the device it lies on."""
    model.eval()
    device = next(model.parameters()).device

    def run(ids: Tensor, mask: Tensor) -> dict[str, np.ndarray]:
        with torch.inference_mode():
            outputs = model(ids.to(device), mask.to(device))
        return {name: value.cpu().numpy() for name, value in outputs.items()}

    return run


def onnx_runner(path: Path, threads: int = 2) -> Runner:
    """Runs an exported model on the CPU."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(path), options, ["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]

    def run(ids: Tensor, mask: Tensor) -> dict[str, np.ndarray]:
        inputs = {"input_ids": ids.numpy(), "attention_mask": mask.numpy()}
        return dict(zip(names, session.run(names, inputs), strict=True))

    return run


def answers(
    run: Runner, tokenizer: Tokenizer, texts: list[str], tasks: list[Task], batch: int = 32
) -> Answers:
    """Runs texts in batches of like length; longer ones than MAX_TOKENS are cut."""
    found = encode(tokenizer, texts, MAX_TOKENS)
    order = sorted(range(len(texts)), key=lambda index: len(found[index].ids))
    logits = {
        t.id: np.zeros((len(texts), len(t.labels)), np.float32)
        for t in tasks
        if t.kind == "sentence"
    }
    spans: list[list[tuple[Span, float]]] = [[] for _ in texts]
    token_task = next((task for task in tasks if task.kind == "token"), None)
    for at in _progress(range(0, len(order), batch), "answering"):
        part = order[at : at + batch]
        outputs = run(*pad([found[index] for index in part]))
        for name, values in logits.items():
            values[part] = outputs[f"task.{name}"]
        if token_task is None:
            continue
        soft = torch.softmax(torch.from_numpy(outputs[f"task.{token_task.id}"]), dim=-1)
        for position, index in enumerate(part):
            one = found[index]
            spans[index] = tokens.decode(soft[position], one.offsets, one.tokens, token_task.labels)
    return Answers(logits, spans)


def vectors(run: Runner, tokenizer: Tokenizer, pairs: list[Pair], task: Task) -> np.ndarray:
    """Unit vectors [pairs, dimensions] of the pairs' wordings in their texts."""
    found = encode(tokenizer, [pair.text for pair in pairs], MAX_TOKENS)
    order = sorted(range(len(pairs)), key=lambda index: len(found[index].ids))
    result = np.zeros((len(pairs), task.dimensions), np.float32)
    for at in _progress(range(0, len(order), 64), "making vectors"):
        part = order[at : at + 64]
        ids, mask = pad([found[index] for index in part])
        weights = torch.zeros(ids.shape)
        for row, index in enumerate(part):
            marked = term.span_weights(pairs[index], found[index].offsets)
            weights[row, : len(marked)] = torch.tensor(marked)
        states = torch.from_numpy(run(ids, mask)[f"task.{task.id}"])
        result[part] = term.pooled(states, weights).numpy()
    return result


def _progress(batches: range, what: str) -> Iterable[int]:
    return tqdm(batches, what, unit="batch", mininterval=5, leave=False)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities along the last axis."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def decide(probabilities: np.ndarray, task: Task, threshold: float | None) -> np.ndarray:
    """Label numbers [rows]: the positive one at its threshold, else the best of the others.

    A task without a positive label answers its most probable one.
    """
    if task.positive is None or threshold is None:
        return probabilities.argmax(axis=1)
    positive = task.labels.index(task.positive)
    others = probabilities.copy()
    others[:, positive] = -1.0
    return np.where(probabilities[:, positive] >= threshold, positive, others.argmax(axis=1))
