"""What each command does, from the options of the command line."""

import argparse
import json
import tomllib
from collections import Counter
from dataclasses import replace
from pathlib import Path

import torch
from safetensors import SafetensorError
from tokenizers import Tokenizer

from vigil_training import calibrate as calibration
from vigil_training import compare as comparing
from vigil_training import encoders, stored
from vigil_training import evaluate as scoring
from vigil_training import evaluate_terms as scoring_terms
from vigil_training import export as export_files
from vigil_training import gate as gating
from vigil_training import train as training
from vigil_training.architectures.make import make
from vigil_training.architectures.multitask import MultiTask
from vigil_training.batches import Mixture, group
from vigil_training.checks import check_numbers, check_tasks, check_weights, with_labels
from vigil_training.config import Config, load_config
from vigil_training.data import terms
from vigil_training.data.files import require_folder
from vigil_training.predict import answers, marks_of, onnx_runner, torch_runner
from vigil_training.prepare import Prepared, data_hash, prepare
from vigil_training.tasks import Task, load_tasks

Opened = tuple[list[Task], Config, Prepared]


def open_all(options: argparse.Namespace) -> Opened:
    """Tasks, config and data as the options name them; says what came of a user's own labels."""
    torch.set_num_threads(options.threads)
    tasks, config = _settings(options)
    require_folder(options.data, "--data")
    require_folder(options.corpus, "--corpus")
    without = frozenset(options.without)
    prepared = prepare(options.data, options.corpus, tasks, without, options.labels)
    for note in prepared.notes:
        print(note)
    if options.labels:
        config = replace(config, weights=with_labels(config, prepared.rows))
    return tasks, config, prepared


def _settings(options: argparse.Namespace) -> tuple[list[Task], Config]:
    stored.read_json(options.tasks)
    try:
        tasks = load_tasks(options.tasks)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{options.tasks}: a task is not as it should be ({error})") from None
    try:
        config = load_config(options.config)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"config {options.config} is not TOML: {error}") from None
    check_numbers(config)
    return tasks, config


def _model(
    options: argparse.Namespace, tasks: list[Task], config: Config
) -> tuple[MultiTask, Tokenizer]:
    name = encoders.locate(options.encoder)
    tokenizer = encoders.open_tokenizer(name)
    torch.manual_seed(config.seed)
    try:
        model = make(name, tokenizer, tasks, config)
    except (OSError, SafetensorError) as error:
        raise ValueError(
            f"--encoder: {name} holds no model that can be read ({type(error).__name__})"
        ) from None
    encoders.check(model)
    return model, tokenizer


def check(options: argparse.Namespace) -> None:
    """Prints rows per set, split and label; a leak or a missing set is an error."""
    _, _, prepared = open_all(options)
    counts = Counter((row.set, row.split) for row in prepared.rows)
    for (name, split), number in sorted(counts.items()):
        print(f"{name:16} {split:6} {number:7,}")
    print(f"{len({row.cluster for row in prepared.rows}):,} clusters, no leak")
    pairs = Counter((pair.set, pair.split) for pair in prepared.pairs)
    print("term pairs", dict(sorted(pairs.items())))


def train(options: argparse.Namespace, opened: Opened | None = None) -> None:
    """Trains, or goes on training, into the run's folder."""
    tasks, config, prepared = opened or open_all(options)
    model, tokenizer = _model(options, tasks, config)
    if start := options.start or config.start_from:
        stored.load_start(model, Path(start) / "model.pt", config.layers)
    if (options.run / training.CHECKPOINT).exists():
        stored.load_into(model, options.run / training.CHECKPOINT, "model")
    mixture = Mixture(prepared.rows, prepared.pairs, tasks, tokenizer, prepared.lexicon, config)
    drawn = mixture.sizes()
    sets = {row.set for row in prepared.rows}
    check_weights(config, drawn, sets, frozenset(options.without))
    check_tasks((r for r in prepared.rows if r.split == "train" and group(r) in drawn), tasks)
    print("training rows", json.dumps(drawn))
    result = training.train(model, mixture, config, options.run)
    (options.run / "train.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(f"trained in {result['seconds'] / 60:.1f} min into {options.run}")


def _trained(
    options: argparse.Namespace, tasks: list[Task], config: Config
) -> tuple[MultiTask, Tokenizer]:
    """The run's model, or that of its last checkpoint where the run is not done."""
    model, tokenizer = _model(options, tasks, config)
    done, part = options.run / "model.pt", options.run / training.CHECKPOINT
    if done.exists():
        stored.load_into(model, done)
    elif part.exists():
        stored.load_into(model, part, "model")
    else:
        raise ValueError(f"{options.run} holds no model; run train first")
    return model, tokenizer


def calibrate(options: argparse.Namespace, opened: Opened | None = None) -> None:
    """Writes calibration.json and gate.bin into the run, and the thresholds into tasks.json."""
    tasks, config, prepared = opened or open_all(options)
    model, tokenizer = _trained(options, tasks, config)
    for scale in model.scales.values():
        scale.data.fill_(1.0)
    rows = calibration.held_out(prepared.rows, "dev", prepared.lexicon)
    found = answers(torch_runner(model), tokenizer, [row.text for row in rows], tasks)
    fitted = calibration.fit(rows, found.logits, tasks)
    gate = gating.fit(prepared.rows, tasks, prepared.lexicon, config.seed)
    gate.write(options.run / "gate.bin")
    numbers = {"scale": gate.scale, "bias": gate.bias, "threshold": gate.threshold}
    result = {"tasks": fitted, "gate": numbers, "marks": {}}
    for task in tasks:
        if task.kind == "marks":
            dev = [row for row in prepared.rows if row.split == "dev"]
            marked = marks_of(torch_runner(model), tokenizer, dev, task)
            result["marks"][task.id] = calibration.fit_marks(marked, task)
    (options.run / "calibration.json").write_text(
        json.dumps(result, indent=2) + "\n", encoding="utf-8"
    )
    export_files.write_thresholds(options.tasks, _thresholds(result))
    print(json.dumps(result, indent=2))


def _thresholds(calibrated: dict) -> dict[str, float]:
    """By task, or by task and mark with a dot between them."""
    found = dict(calibrated["tasks"])
    for task, marks in calibrated["marks"].items():
        found |= {f"{task}.{mark}": one for mark, one in marks.items()}
    return {name: one["threshold"] for name, one in found.items() if "threshold" in one}


def _with_marks(tasks: list[Task], thresholds: dict[str, float]) -> list[Task]:
    """The tasks with the thresholds of marks that were fitted, whatever their file says."""

    def fitted(task: Task) -> dict[str, float]:
        return {
            mark: thresholds.get(f"{task.id}.{mark}", least)
            for mark, least in task.thresholds.items()
        }

    return [replace(task, thresholds=fitted(task)) for task in tasks]


def _calibrated(
    options: argparse.Namespace, tasks: list[Task], config: Config
) -> tuple[MultiTask, Tokenizer, gating.Gate, dict[str, float]]:
    """The run's model with its temperatures, its gate and its thresholds."""
    path = options.run / "calibration.json"
    if not path.exists():
        raise ValueError(f"{options.run} is not calibrated; run calibrate first")
    fitted = stored.read_json(path)
    model, tokenizer = _trained(options, tasks, config)
    for name, found in fitted["tasks"].items():
        model.scales[name].data.fill_(found["temperature"])
    weights = stored.read_gate_weights(options.run / "gate.bin")
    return model, tokenizer, gating.Gate(weights, **fitted["gate"]), _thresholds(fitted)


def evaluate(options: argparse.Namespace, opened: Opened | None = None) -> None:
    """Writes scores-<split>.json, .md and .png into the run; a bundle's into its manifest too."""
    tasks, config, prepared = opened or open_all(options)
    if options.int8:
        stored.check_bundle(options.int8.parent, tasks)
    model, tokenizer, gate, thresholds = _calibrated(options, tasks, config)
    tasks = _with_marks(tasks, thresholds)
    run = onnx_runner(options.int8, options.threads) if options.int8 else torch_runner(model)
    rows = calibration.held_out(prepared.rows, options.split, prepared.lexicon)
    found = answers(run, tokenizer, [row.text for row in rows], tasks)
    metrics = scoring.sentence_scores(rows, found, tasks, thresholds, options.split)
    for task in tasks:
        if task.kind == "token":
            metrics += scoring.span_scores(rows, found, task, options.split)
        elif task.kind == "marks":
            held = [row for row in prepared.rows if row.split == options.split]
            marked = marks_of(run, tokenizer, held, task)
            metrics += scoring.mark_scores(marked, task, options.split)
        elif task.kind == "vector" and "terminology" not in options.without:
            names = terms.names(options.data / "terminology")
            opened = scoring_terms.open_terms(
                prepared.pairs, names, prepared.concepts, run, tokenizer, task
            )
            clusters = {row.text: row.cluster for row in prepared.rows}
            metrics += scoring_terms.term_scores(opened, clusters, options.split)
            metrics += scoring_terms.end_to_end_scores(opened, rows, found, options.split)
    metrics += scoring.gate_scores(prepared.rows, gate, tasks, prepared.lexicon, options.split)
    stem = f"scores-{options.split}{'-int8' if options.int8 else ''}"
    text = json.dumps(metrics, indent=1) + "\n"
    (options.run / f"{stem}.json").write_text(text, encoding="utf-8")
    (options.run / f"{stem}.md").write_text(scoring.table(metrics), encoding="utf-8")
    scoring.plot(metrics, options.run / f"{stem}.png")
    if options.answers:
        path = options.run / f"{stem.replace('scores', 'answers')}.json"
        comparing.write(path, rows, found, tasks, thresholds, options.split)
    if options.int8 and options.split == "test":
        export_files.write_metrics(options.int8.parent / "manifest.json", metrics)
    print(scoring.table(metrics))


def export(options: argparse.Namespace, opened: Opened | None = None) -> None:
    """Writes the bundle into --out; its scores come by evaluating it."""
    tasks, config, prepared = opened or open_all(options)
    model, tokenizer, gate, thresholds = _calibrated(options, tasks, config)
    tasks = model.tasks = _with_marks(tasks, thresholds)
    facts = {
        "name": options.out.name,
        "version": options.version,
        "encoder": "random" if config.encoder else encoders.encoder_name(options.encoder),
        "data": {"sha256": data_hash(prepared), "sets": sorted({row.set for row in prepared.rows})},
    }
    seen = [row.text for row in prepared.rows if row.set == "own-plain" and row.split == "train"]
    manifest = export_files.write_bundle(
        options.out, model, tokenizer, gate, thresholds, facts, seen[:400]
    )
    if options.fp32:
        export_files.to_onnx(model, options.fp32)
    rows = calibration.held_out(prepared.rows, "dev", prepared.lexicon, 300)
    texts = [row.text for row in rows]
    exact = answers(torch_runner(model), tokenizer, texts, tasks)
    small = answers(
        onnx_runner(options.out / "model.onnx", options.threads), tokenizer, texts, tasks
    )
    same = export_files.agreement(exact, small, tasks, thresholds)
    (options.run / "agreement.json").write_text(json.dumps(same, indent=2) + "\n", encoding="utf-8")
    print(f"fp32 ONNX differs from PyTorch by at most {manifest['fp32Difference']}")
    print(f"int8 gives the same label on {len(texts):,} development rows:")
    for name, share in same.items():
        print(f"  {name:30} {share:.4f}")
    print(f"{sum(file['bytes'] for file in manifest['files'].values()):,} bytes in {options.out}")
