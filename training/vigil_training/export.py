"""The bundle that serving reads: ONNX with int8 weights, tokenizer, gate, goldens, manifest."""

import hashlib
import json
import re
import tempfile
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from vigil_training import goldens
from vigil_training.architectures.multitask import MultiTask
from vigil_training.encoders import ENCODER
from vigil_training.gate import BITS, Gate
from vigil_training.predict import MAX_TOKENS, Answers, decide, onnx_runner, softmax, torch_runner
from vigil_training.quantise import quantise
from vigil_training.tasks import Task

EXACT = 1e-3
TOLERANCE = 0.02
MOST_BYTES = 30_000_000
FILES = ("model.onnx", "tokenizer.json", "golden.jsonl", "gate.bin")


class _Outputs(nn.Module):
    """Gives the outputs as a tuple: the exporter names them by order."""

    def __init__(self, model: MultiTask) -> None:
        super().__init__()
        self.model = model
        self.names = [f"task.{task.id}" for task in model.tasks]

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, ...]:
        found = self.model(input_ids, attention_mask)
        return tuple(found[name] for name in self.names)


def to_onnx(model: MultiTask, path: Path) -> None:
    """Writes fp32 ONNX with dynamic rows and tokens."""
    wrapped = _Outputs(model.cpu().eval()).eval()
    ids = torch.randint(5, model.encoder.config.vocab_size, (2, 9))
    mask = torch.ones_like(ids)
    mask[1, 6:] = 0
    axes = {name: {0: "rows", 1: "tokens"} for name in ("input_ids", "attention_mask")}
    for task in model.tasks:
        axes[f"task.{task.id}"] = (
            {0: "rows"} if task.kind == "sentence" else {0: "rows", 1: "tokens"}
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            wrapped, (ids, mask), str(path), dynamo=False, opset_version=17, dynamic_axes=axes,
            input_names=["input_ids", "attention_mask"], output_names=wrapped.names,
        )  # fmt: skip
    onnx.checker.check_model(str(path))


def largest_difference(model: MultiTask, path: Path, vocabulary: int) -> float:
    """Largest difference of PyTorch and ONNX over batches of other shapes than the traced one."""
    exact, exported = torch_runner(model), onnx_runner(path)
    generator = torch.Generator().manual_seed(1)
    worst = 0.0
    for rows, width in ((1, 2), (1, MAX_TOKENS), (7, 33)):
        ids = torch.randint(5, vocabulary, (rows, width), generator=generator)
        mask = torch.ones_like(ids)
        mask[0, max(2, width - 3) :] = 0
        first, second = exact(ids, mask), exported(ids, mask)
        for name, values in first.items():
            # What stands on padding is nobody's answer.
            where = mask.bool().numpy() if values.ndim == 3 else slice(None)
            worst = max(worst, float(np.abs(values[where] - second[name][where]).max()))
    return worst


def agreement(
    exact: Answers, small: Answers, tasks: list[Task], thresholds: dict[str, float]
) -> dict[str, float]:
    """Share of rows with the same label from both models, per sentence task."""
    return {
        task.id: float(
            np.mean(
                decide(softmax(exact.logits[task.id]), task, thresholds.get(task.id))
                == decide(softmax(small.logits[task.id]), task, thresholds.get(task.id))
            )
        )
        for task in tasks
        if task.kind == "sentence"
    }


def write_bundle(
    out: Path,
    model: MultiTask,
    tokenizer: Tokenizer,
    gate: Gate,
    thresholds: dict[str, float],
    facts: dict,
    texts: list[str],
) -> dict:
    """Writes every file but the card; returns the manifest.

    `facts` holds name, version, encoder and data; `texts` show how large activations get. Raises
    ValueError where the exported model differs from PyTorch or the bundle is too large; how large
    one with an encoder of the user's own gets is theirs to say.
    """
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        exact = Path(folder) / "exact.onnx"
        to_onnx(model, exact)
        difference = largest_difference(model, exact, tokenizer.get_vocab_size())
        if difference > EXACT:
            raise ValueError(f"the exported model differs from PyTorch by {difference:.4f}")
        quantise(exact, out / "model.onnx", tokenizer, texts)
    gate.write(out / "gate.bin")
    items = goldens.make(
        torch_runner(model), onnx_runner(out / "model.onnx", 1), tokenizer, model.tasks, gate
    )
    with (out / "golden.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(item, ensure_ascii=True) + "\n" for item in items)
    # The consumer cuts and pads for itself.
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.save(str(out / "tokenizer.json"), pretty=False)
    manifest = {
        "format": 1,
        **{key: facts[key] for key in ("name", "version", "encoder")},
        "maxTokens": MAX_TOKENS,
        "hidden": model.encoder.config.hidden_size,
        "files": {name: _file(out / name) for name in FILES},
        "tasks": [_task(task) for task in model.tasks],
        "thresholds": thresholds,
        "gate": {
            "file": "gate.bin", "hash": "fnv1a32", "bits": BITS, "weights": "int8",
            "scale": gate.scale, "bias": gate.bias, "threshold": gate.threshold, "ngrams": [1, 2],
        },
        "golden": {"file": "golden.jsonl", "tolerance": TOLERANCE, "batch": 1},
        "data": facts["data"],
        "fp32Difference": round(difference, 7),
        "metrics": [],
    }  # fmt: skip
    manifest["files"]["model.onnx"]["precision"] = "int8"
    total = sum(file["bytes"] for file in manifest["files"].values())
    if total > MOST_BYTES and facts["encoder"] == ENCODER:
        raise ValueError(f"the bundle has {total:,} bytes, more than {MOST_BYTES:,}")
    _write_manifest(out / "manifest.json", manifest)
    return manifest


def write_metrics(path: Path, metrics: list[dict]) -> None:
    """Puts scores into a bundle's manifest."""
    _write_manifest(path, {**json.loads(path.read_text(encoding="utf-8")), "metrics": metrics})


def _write_manifest(path: Path, manifest: dict) -> None:
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8")


def write_thresholds(tasks_file: Path, thresholds: dict[str, float]) -> None:
    """Puts thresholds into tasks.json, leaving everything else of the file as it is."""
    text = tasks_file.read_text(encoding="utf-8")
    for name, value in thresholds.items():
        task, _, mark = name.partition(".")
        key = f'"{re.escape(mark)}": ' if mark else '"threshold": '
        pattern = rf'("id": "{re.escape(task)}",(?:(?!"id":).)*?{key})[0-9.]+'
        text, count = re.subn(pattern, rf"\g<1>{value}", text, flags=re.DOTALL)
        if count != 1:
            raise ValueError(f"{tasks_file.name} has no threshold of task {name}")
    tasks_file.write_text(text, encoding="utf-8")


def _file(path: Path) -> dict:
    data = path.read_bytes()
    return {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


def _task(task: Task) -> dict:
    found: dict = {"id": task.id, "kind": task.kind, "output": f"task.{task.id}"}
    if task.kind == "vector":
        found["dimensions"] = task.dimensions
    else:
        found["labels"] = list(task.labels)
    return found
