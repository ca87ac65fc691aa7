"""Short trainings beside each other: `python -m vigil_training.trials FILE --data DATA`.

A trial is what it changes of a config: settings, the share of a set's clusters that is trained on
(a learning curve is a row of such shares), or another encoder. All are scored on the same
development rows, and each is compared with the first by a paired bootstrap. A file goes on where it
stopped, and several processes may work on one.
"""

import argparse
import fcntl
import json
import random
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np
import torch

from vigil_training import compare, encoders, stored, train
from vigil_training.architectures.make import make
from vigil_training.batches import Mixture
from vigil_training.calibrate import POSTS, held_out, sure
from vigil_training.checks import check_numbers
from vigil_training.config import Config, changed, load_config
from vigil_training.data.files import MissingData
from vigil_training.data.lexicon import Lexicon
from vigil_training.line_plots import Panel, Plot, draw
from vigil_training.predict import answers, softmax, torch_runner
from vigil_training.prepare import Prepared, prepare
from vigil_training.rows import Pair, Row
from vigil_training.scores import (
    Score,
    average_precision,
    counts_f1,
    interval,
    macro_f1,
    span_counts,
)
from vigil_training.splits import Leak
from vigil_training.tasks import Task, load_tasks, sentence_tasks

# A task with fewer positive development rows has an average precision of chance alone.
LEAST_POSITIVES = 20
SCORED = (*POSTS, "own-tasks")
SEVERAL = {"health_mention": "rhmd", "vaccine_stance": "vaccine-stance"}
_OWN_KEYS = ("share", "start")
_ANSWERS = "answers.npz"


def read(path: Path) -> tuple[Config, dict[str, dict]]:
    """The config that trials start from and what each changes; ValueError where a key is unknown.

    `config` names it, every other key outside the table `trial` changes it for all.
    """
    values = tomllib.loads(path.read_text(encoding="utf-8"))
    trials = values.pop("trial", {})
    if not trials:
        raise ValueError(f"{path} has no trial: give each as a table, [trial.NAME]")
    base = changed(load_config(values.pop("config", "production")), values, path.name)
    for name, changes in trials.items():
        check_numbers(changed(base, _settings(changes), f"{path.name}, trial {name}"))
    return base, trials


def _settings(changes: dict) -> dict:
    return {key: value for key, value in changes.items() if key not in _OWN_KEYS}


def thinned(
    rows: list[Row], pairs: list[Pair], share: dict[str, float]
) -> tuple[list[Row], list[Pair]]:
    """Training rows and pairs with so large a share of a set's clusters, by the start of its name.

    What a smaller share keeps, a larger one keeps as well.
    """

    def kept(name: str, key: object) -> bool:
        wanted = next((part for start, part in share.items() if name.startswith(start)), 1.0)
        return random.Random(f"share-{key}").random() < wanted

    clusters = {row.text: row.cluster for row in rows}
    return (
        [row for row in rows if row.split != "train" or kept(row.set, row.cluster)],
        [p for p in pairs if p.split != "train" or kept(p.set, clusters.get(p.text, p.text))],
    )


def scored_rows(rows: list[Row], lexicon: Lexicon) -> list[Row]:
    """The development rows that every trial is scored on."""
    sets = (*SCORED, "psytar", *SEVERAL.values())
    return held_out([row for row in rows if row.set in sets], "dev", lexicon, 1000)


def measures(
    rows: list[Row], found: dict[str, np.ndarray], tasks: list[Task]
) -> dict[str, tuple[list[int], Score]]:
    """By name, the clusters of the rows that a score is of, and the score.

    `found` holds logits [rows, labels] by task, and `spans`, matched, found and true effects
    [rows, 3]. Scored are average precision of each task over annotated posts and own ones, and of
    adverse effects in PsyTAR; overlapping F1 of effects in annotated posts; macro-F1 of the tasks
    of several labels in the sets that they come from.
    """
    result: dict[str, tuple[list[int], Score]] = {}
    for task in sentence_tasks(tasks):
        soft = softmax(found[task.id])
        places = {f"{task.id}, AP": SCORED}
        if task.id == "adverse_effect":
            places[f"{task.id}, psytar, AP"] = ("psytar",)
        for name, sets in places.items():
            used = [i for i, r in enumerate(rows) if r.set in sets and sure(r, task) is not None]
            truth = np.array([sure(rows[index], task) for index in used], bool)
            if LEAST_POSITIVES <= truth.sum() < len(truth):
                one = partial(
                    average_precision, truth, soft[used, task.labels.index(task.positive)]
                )
                result[name] = ([rows[index].cluster for index in used], one)
        home = [i for i, row in enumerate(rows) if row.set == SEVERAL.get(task.id)]
        used = [i for i in home if len(rows[i].labels.get(task.id, ())) == 1]
        if used:
            truth = np.array([task.labels.index(rows[i].labels[task.id][0]) for i in used])
            several = partial(macro_f1, truth, soft[used].argmax(axis=1), len(task.labels))
            clusters = [rows[index].cluster for index in used]
            result[f"{task.id}, {SEVERAL[task.id]}, macro-F1"] = (clusters, several)
    used = [i for i, row in enumerate(rows) if row.set in POSTS and row.spans is not None]
    if used:
        counts = found["spans"][used]
        clusters = [rows[index].cluster for index in used]
        result["effect spans, overlapping F1"] = (clusters, lambda w: counts_f1(counts, w)[2])
    return result


def run(changes: dict, base: Config, tasks: list[Task], prepared: Prepared, folder: Path) -> None:
    """Trains a trial into its folder, goes on where it stopped, and writes its answers there."""
    config = changed(base, _settings(changes), f"trial {folder.name}")
    name = encoders.locate(changes.get("start"))
    tokenizer = encoders.open_tokenizer(name)
    torch.manual_seed(config.seed)
    model = make(name, tokenizer, tasks, config)
    if config.start_from:
        stored.load_start(model, Path(config.start_from) / "model.pt", config.layers)
    rows, pairs = thinned(prepared.rows, prepared.pairs, changes.get("share", {}))
    mixture = Mixture(rows, pairs, tasks, tokenizer, prepared.lexicon, config)
    train.train(model, mixture, config, folder)
    model.load_state_dict(torch.load(folder / "model.pt", weights_only=True))
    held = scored_rows(prepared.rows, prepared.lexicon)
    found = answers(torch_runner(model), tokenizer, [row.text for row in held], tasks)
    pairs_of = zip(held, found.spans, strict=True)
    counts = [span_counts(r.spans or (), [s for s, _ in f], "effect", False) for r, f in pairs_of]
    # Renamed when it is whole: a trial with answers is not run again.
    part = folder / f"part-{_ANSWERS}"
    np.savez(part, spans=np.array(counts), **found.logits)
    part.rename(folder / _ANSWERS)


def report(names: list[str], folder: Path, rows: list[Row], tasks: list[Task]) -> list[dict]:
    """A line per measure of each trial that is done: value, interval, difference from the first.

    The difference, its interval and p are by paired bootstrap over clusters.
    """
    done = [name for name in names if (folder / name / _ANSWERS).exists()]
    found = {n: measures(rows, dict(np.load(folder / n / _ANSWERS)), tasks) for n in done}
    lines = []
    for name in done:
        for measure, (clusters, score) in found[name].items():
            value, low, high = interval(clusters, score)
            line = {"trial": name, "measure": measure, "rows": len(clusters)}
            line |= {"value": round(value, 4), "low": round(low, 4), "high": round(high, 4)}
            if name != done[0]:
                first = found[done[0]][measure][1]
                difference = compare.paired_bootstrap(clusters, first, score)
                line |= dict(
                    zip(
                        ("more", "more_low", "more_high", "p"),
                        (round(x, 4) for x in difference),
                        strict=True,
                    )
                )
            lines.append(line)
    return lines


def table(lines: Sequence[dict]) -> str:
    """Markdown: a row per measure, a column per trial; a star where it differs from the first."""
    trials = list(dict.fromkeys(line["trial"] for line in lines))
    cells = {(line["measure"], line["trial"]): line for line in lines}
    text = [f"| measure | {' | '.join(trials)} |", f"|---|{'---|' * len(trials)}"]
    for measure in dict.fromkeys(line["measure"] for line in lines):
        row = [cells.get((measure, trial)) for trial in trials]
        shown = [
            f"{one['value']:.3f}{'*' if one.get('p', 1) < 0.05 else ''}" if one else ""
            for one in row
        ]
        text.append(f"| {measure} | {' | '.join(shown)} |")
    return "\n".join(text) + "\n"


def curves(trials: dict[str, dict], lines: list[dict], file: str) -> Plot:
    """Learning curves: a panel per set whose share a trial changes, a line per measure.

    The first trial stands for the whole set, each trial that changes nothing but the set's share
    for a part of it. Raises ValueError where there are none.
    """
    values = {(line["trial"], line["measure"]): line["value"] for line in lines}
    first, *others = trials
    shares: dict[str, list[tuple[float, str]]] = {}
    for name in others:
        match trials[name]:
            case {"share": dict(share), **rest} if len(share) == 1 and not rest:
                ((start, part),) = share.items()
                shares.setdefault(start, [(1.0, first)]).append((part, name))
    if not shares:
        raise ValueError("no trial changes nothing but a set's share: there is no curve to draw")
    panels = []
    for start, points in shares.items():
        drawn: dict[str, list[tuple[float, float, float | None]]] = {}
        for (trial, measure), value in values.items():
            for part, name in points:
                if name == trial:
                    drawn.setdefault(measure, []).append((part, value, None))
        whole = {measure: sorted(line) for measure, line in drawn.items()}
        panels.append(Panel(f"{start}-*", "share of the clusters trained on", "score", whole))
    return Plot(file, "Learning curves", panels)


def _check_same(folder: Path, base: Config, changes: dict) -> None:
    """Keeps what a trial was begun with; ValueError where its folder was begun otherwise."""
    file = folder / "settings.json"
    given = json.dumps({"base": asdict(base), "changes": changes}, indent=1, sort_keys=True) + "\n"
    if file.exists() and file.read_text(encoding="utf-8") != given:
        raise ValueError(
            f"{folder} was begun with other settings; give the trial another name, or delete it"
        )
    file.write_text(given, encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Runs every trial of a file that nobody else is at, then writes the table of all."""
    parser = argparse.ArgumentParser(prog="python -m vigil_training.trials", description=__doc__)
    parser.add_argument("file", type=Path, help="TOML: settings for all, and a table per trial")
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--corpus", type=Path, default=Path("training/corpus"), help="own posts")
    parser.add_argument("--tasks", type=Path, default=Path("schemas/tasks.json"))
    parser.add_argument("--runs", type=Path, default=Path("training/runs/trials"))
    parser.add_argument("--out", type=Path, help="also write the results here, as JSON")
    parser.add_argument("--curves", type=Path, help="also draw the learning curves here, as SVG")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    try:
        base, trials = read(options.file)
        tasks = load_tasks(options.tasks)
        prepared = prepare(options.data, options.corpus, tasks, frozenset())
    except (MissingData, Leak, ValueError, OSError) as error:
        print(f"trials: {error}", file=sys.stderr)
        return 1
    for name, changes in trials.items():
        folder = options.runs / name
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            try:
                _check_same(folder, base, changes)
            except ValueError as error:
                print(f"trials: {error}", file=sys.stderr)
                return 1
            if not (folder / _ANSWERS).exists():
                print(f"trial {name}: {changes or 'the config as it is'}", flush=True)
                run(changes, base, tasks, prepared, folder)
    rows = scored_rows(prepared.rows, prepared.lexicon)
    lines = report(list(trials), options.runs, rows, tasks)
    print(table(lines))
    if options.out:
        options.out.write_text(json.dumps(lines, indent=1) + "\n", encoding="utf-8")
    if options.curves:
        try:
            draw(curves(trials, lines, options.curves.name), options.curves)
        except ValueError as error:
            print(f"trials: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
