"""Answers of a model to many rows, the same way for PyTorch and for ONNX Runtime."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from tokenizers import Tokenizer
from torch import Tensor
from tqdm import tqdm

from vigil_training.architectures.multitask import MultiTask
from vigil_training.batches import encode, pad
from vigil_training.encodings import Pieces
from vigil_training.rows import Pair, Row, Span
from vigil_training.tasks import Task, marks, term, tokens

# Token ids and mask, int64 [rows, tokens], to arrays by output name.
Runner = Callable[[Tensor, Tensor], dict[str, np.ndarray]]
MAX_TOKENS = 128
# Labels of spans that may carry marks.
MARKED = ("effect", "condition")


@dataclass(frozen=True)
class Answers:
    """Logits [rows, labels] per sentence task, and the spans found in each row with scores.

    The spans of a model that reads marks carry theirs.
    """

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
        for position, index in enumerate(part):
            spans[index] = spans_of(outputs, position, found[index], tasks)
    return Answers(logits, spans)


def spans_of(
    outputs: dict[str, np.ndarray], row: int, encoding: Pieces, tasks: list[Task]
) -> list[tuple[Span, float]]:
    """Spans with scores of one row of a batch, with marks where the model reads them."""
    token_task = next(task for task in tasks if task.kind == "token")
    soft = torch.softmax(torch.from_numpy(outputs[f"task.{token_task.id}"][row]), dim=-1)
    found = tokens.decode(soft, encoding.offsets, encoding.tokens, token_task.labels)
    marks_task = next((task for task in tasks if task.kind == "marks"), None)
    if marks_task is None:
        return found
    logits = outputs[f"task.{marks_task.id}"][row]
    return [
        (replace(span, marks=_marks(logits, span, encoding, marks_task)), score)
        if span.label in MARKED
        else (span, score)
        for span, score in found
    ]


def _marks(logits: np.ndarray, span: Span, encoding: Pieces, task: Task) -> tuple[str, ...]:
    found = marks.of_span(logits, span, encoding.offsets)
    return marks.read(found, span.label, task.labels, task.thresholds)


def marks_of(
    run: Runner, tokenizer: Tokenizer, rows: list[Row], task: Task
) -> list[tuple[Row, Span, np.ndarray]]:
    """Every span whose marks somebody looked for, with the model's probabilities [marks]."""
    used = [row for row in rows if any(s.marks is not None for s in row.spans or ())]
    found = encode(tokenizer, [row.text for row in used], MAX_TOKENS)
    result = []
    for at in range(0, len(used), 32):
        part = found[at : at + 32]
        logits = run(*pad(part))[f"task.{task.id}"]
        for position, (row, encoding) in enumerate(zip(used[at : at + 32], part, strict=True)):
            last = max(end for _, end in encoding.offsets)
            for span in row.spans or ():
                if span.marks is not None and span.start < last:
                    result.append(
                        (row, span, marks.of_span(logits[position], span, encoding.offsets))
                    )
    return result


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
