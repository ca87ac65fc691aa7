"""A run from the data to a scored bundle: train, calibrate, evaluate, export, score the bundle.

What is done is kept in `retrain.json` of the run's folder, so that a run that was stopped goes on
with the step that it was in, and the training with the step of its last checkpoint.
"""

import argparse
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from vigil_training import commands, encoders, stored
from vigil_training.commands import Opened
from vigil_training.prepare import data_hash

STATE = "retrain.json"
_MADE = {
    "train": ("model.pt", "train.json"),
    "calibrate": ("calibration.json", "gate.bin"),
    "evaluate": ("scores-{split}.json", "answers-{split}.json"),
    "export": ("agreement.json",),
    "score": ("scores-{split}-int8.json", "answers-{split}-int8.json"),
}


def retrain(options: argparse.Namespace) -> None:
    """Takes a run through all steps, passing over those that are done.

    Raises ValueError where the run was begun with other data or settings.
    """
    print(f"reading the sets under {options.data}", flush=True)
    opened = commands.open_all(options)
    given = _given(options, opened)
    options.version = options.version or f"1.0.0+{given['data'][:8]}"
    options.run.mkdir(parents=True, exist_ok=True)
    done = _done(options, given)
    began, number = time.monotonic(), 0
    for name, step in _steps(options, opened).items():
        number += 1
        where = f"step {number} of {len(_MADE)}, {name}"
        if name in done and _is_there(options, name, opened):
            print(f"{where}: done before", flush=True)
            continue
        print(where, flush=True)
        # What follows from a step is made anew with it.
        done = done[: list(_MADE).index(name)]
        _write(options, given, done)
        step()
        done = [*done, name]
        _write(options, given, done)
    seconds = time.monotonic() - began
    print(
        f"{options.out} version {options.version} is ready, after {seconds / 60:.1f} min; scores "
        f"in {options.run}/scores-{options.split}-int8.md. Name this folder as the model of the "
        "services to serve it; its thresholds are in its manifest and in "
        f"{options.tasks}."
    )


def _steps(options: argparse.Namespace, opened: Opened) -> dict[str, Callable[[], None]]:
    def evaluate(int8: Path | None) -> Callable[[], None]:
        given = argparse.Namespace(**{**vars(options), "answers": True, "int8": int8})
        return lambda: commands.evaluate(given, opened)

    return {
        "train": lambda: commands.train(options, opened),
        "calibrate": lambda: commands.calibrate(options, opened),
        "evaluate": evaluate(int8=None),
        "export": lambda: commands.export(options, opened),
        "score": evaluate(int8=options.out / "model.onnx"),
    }


def _given(options: argparse.Namespace, opened: Opened) -> dict:
    """What a run follows from; thresholds are left out, as calibrating writes them."""
    tasks, config, prepared = opened
    listed = [[task.id, task.kind, task.labels, task.dimensions] for task in tasks]
    return {
        "data": data_hash(prepared),
        "config": hashlib.sha256(json.dumps(asdict(config)).encode()).hexdigest(),
        "tasks": hashlib.sha256(json.dumps(listed).encode()).hexdigest(),
        "encoder": encoders.encoder_name(options.encoder),
        "start": options.start.name if options.start else None,
    }


def _done(options: argparse.Namespace, given: dict) -> list[str]:
    path = options.run / STATE
    if not path.exists():
        return []
    saved = stored.read_json(path)
    before = saved.get("given")
    if before != given:
        other = [name for name in given if not before or before.get(name) != given[name]]
        raise ValueError(
            f"{options.run} was begun with other {', '.join(other)}; give --run another folder"
        )
    return saved.get("done", [])


def _is_there(options: argparse.Namespace, name: str, opened: Opened) -> bool:
    if name == "export":
        try:
            stored.check_bundle(options.out, opened[0])
        except ValueError as error:
            print(f"exporting again: {error}")
            return False
    made = (file.format(split=options.split) for file in _MADE[name])
    return all((options.run / file).exists() for file in made)


def _write(options: argparse.Namespace, given: dict, done: list[str]) -> None:
    text = json.dumps({"given": given, "done": done}, indent=2) + "\n"
    (options.run / STATE).write_text(text, encoding="utf-8")
