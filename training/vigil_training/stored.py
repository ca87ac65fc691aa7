"""Reading what a run or a bundle holds; errors say which file is broken and what to do."""

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from vigil_training.gate import BITS
from vigil_training.tasks import Task

_LAYER = re.compile(r"(encoder\..*?layer\.)(\d+)(\..*)")


def read_json(path: Path) -> dict:
    """An object of a JSON file; ValueError where it is missing, broken or something else."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"{path} is missing") from None
    except ValueError:
        # The parser's own message is not passed on: it may quote the file.
        raise ValueError(f"{path} is not JSON; it may have been cut short") from None
    if not isinstance(found, dict):
        raise ValueError(f"{path} is not a JSON object")
    return found


def generators() -> dict:
    """States of torch's random generators, of the CPU and of every GPU, for a checkpoint."""
    return {"cpu": torch.get_rng_state(), "gpus": torch.cuda.get_rng_state_all()}


def set_generators(states: dict) -> None:
    """Goes on with states of `generators`; with another number of GPUs, of the CPU's alone."""
    torch.set_rng_state(states["cpu"].cpu())
    if len(states["gpus"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all([one.cpu() for one in states["gpus"]])


def read_state(path: Path) -> dict:
    """What `torch.save` wrote; ValueError where it cannot be read."""
    if not path.exists():
        raise ValueError(f"{path} is missing; run train first")
    try:
        found = torch.load(path, weights_only=True, map_location="cpu")
    except Exception as error:
        # A cut file fails as zip, pickle or end of file, one as bad as the other.
        raise ValueError(
            f"{path} is corrupt ({type(error).__name__}); delete it and train again"
        ) from None
    if not isinstance(found, dict):
        raise ValueError(f"{path} holds no weights; delete it and train again")
    return found


def load_into(model: nn.Module, path: Path, part: str | None = None) -> None:
    """Fills a model from a file, or from one entry of it.

    Raises ValueError where the file is corrupt or holds a model of another shape.
    """
    state = read_state(path)
    _fill(model, state.get(part) if part else state, path)


def _fill(model: nn.Module, state: dict | None, path: Path) -> None:
    try:
        model.load_state_dict(state)
    except (RuntimeError, TypeError, AttributeError):
        raise ValueError(
            f"{path} holds another model: the encoder, the config or the tasks were others then"
        ) from None


def layers_of(state: dict) -> int:
    """How many encoder layers the weights of a model are of."""
    return len({found.group(2) for found in map(_LAYER.fullmatch, state) if found})


def load_start(model: nn.Module, path: Path, layers: Sequence[int]) -> None:
    """Fills a model that keeps some of the encoder's layers from a run that may have had all.

    Raises ValueError where the file is missing, corrupt or holds a model of another shape.
    """
    state = read_state(path)
    if layers and layers_of(state) > max(layers):
        places = {str(number): str(place) for place, number in enumerate(layers)}
        names = {name: _LAYER.fullmatch(name) for name in state}
        state = {
            f"{found[1]}{places[found[2]]}{found[3]}" if found else name: state[name]
            for name, found in names.items()
            if not found or found[2] in places
        }
    _fill(model, state, path)


def read_gate_weights(path: Path) -> np.ndarray:
    """int8 weights of the gate; ValueError where the file has another size."""
    if not path.exists():
        raise ValueError(f"{path} is missing; run calibrate first")
    weights = np.frombuffer(path.read_bytes(), np.int8)
    if len(weights) != 1 << BITS:
        raise ValueError(f"{path} is corrupt: {len(weights):,} bytes instead of {1 << BITS:,}")
    return weights


def check_bundle(folder: Path, tasks: list[Task]) -> None:
    """Raises ValueError where a file of a bundle is missing or changed, or it has other tasks."""
    manifest = read_json(folder / "manifest.json")
    try:
        files, listed = manifest["files"], manifest["tasks"]
        wanted = {name: (file["sha256"], file["bytes"]) for name, file in files.items()}
        there = {task["id"]: tuple(task.get("labels", ())) for task in listed}
    except (KeyError, TypeError, AttributeError):
        raise ValueError(f"{folder}/manifest.json is not the manifest of a bundle") from None
    for name, (digest, size) in wanted.items():
        path = folder / name
        if not path.exists():
            raise ValueError(f"the bundle is not complete: {path} is missing; export it again")
        data = path.read_bytes()
        if (hashlib.sha256(data).hexdigest(), len(data)) != (digest, size):
            raise ValueError(
                f"the bundle is corrupt: {path} is not the file of its manifest; export it again"
            )
    for task in tasks:
        if there.get(task.id) != task.labels:
            raise ValueError(
                f"the bundle does not fit the list of tasks: {task.id} is missing or has other "
                "labels there; export it again or give the list that it was made with as --tasks"
            )
