"""Every task's scores on held-out rows, each set for itself, with intervals by cluster."""

import random
from pathlib import Path

import numpy as np

from vigil_training import augment
from vigil_training.calibrate import sure
from vigil_training.data.lexicon import Lexicon
from vigil_training.gate import Gate, is_positive
from vigil_training.predict import Answers, decide, softmax
from vigil_training.rows import Row, Span
from vigil_training.scores import (
    Score,
    auc,
    average_precision,
    calibration_error,
    counts_f1,
    entry,
    macro_f1,
    precision_recall_f1,
    span_counts,
)
from vigil_training.tasks import Task, marks

_NAMES = ("precision", "recall", "f1")
_BARS = ("f1", "hit_at_1", "hit_at_5", "end_to_end_f1", "recall_names_swapped")
_POINTS = {"ap": "o", "auc": "s", "ece": "x"}


def sentence_scores(
    rows: list[Row], answers: Answers, tasks: list[Task], thresholds: dict[str, float], split: str
) -> list[dict]:
    """Precision, recall, F1, AP, AUC and calibration error of the positive label, and macro-F1,
    accuracy and F1 of all labels where there is more than one.

    A set with rows of one kind only has no such score; its share of wrong alarms is given.
    """
    result: list[dict] = []
    for task in tasks:
        if task.kind != "sentence":
            continue
        soft = softmax(answers.logits[task.id])
        found = decide(soft, task, thresholds.get(task.id))
        for name in sorted({row.set for row in rows if task.id in row.labels}):
            known = [i for i, row in enumerate(rows) if row.set == name and task.id in row.labels]
            place = (task.id, name, split)
            result += _positive(task, place, known, rows, soft, found)
            result += _all_labels(task, place, known, rows, soft, found)
    return result


def _positive(
    task: Task,
    place: tuple[str, str, str],
    known: list[int],
    rows: list[Row],
    soft: np.ndarray,
    found: np.ndarray,
) -> list[dict]:
    used = [index for index in known if sure(rows[index], task) is not None]
    if not used:
        return []
    positive = task.labels.index(task.positive)
    truth = np.array([sure(rows[index], task) for index in used])
    guess, score = found[used] == positive, soft[used, positive]
    clusters = [rows[index].cluster for index in used]
    scores: dict[str, Score] = {
        metric: lambda w, at=at: precision_recall_f1(truth, guess, w)[at]
        for at, metric in enumerate(_NAMES)
    }
    if not truth.any():
        scores = {"false_positive_rate": lambda w: float(w[guess].sum() / w.sum())}
    elif not truth.all():
        scores["ap"] = lambda w: average_precision(truth, score, w)
        scores["auc"] = lambda w: auc(truth, score, w)
        scores["ece"] = lambda w: calibration_error(truth, score, w)
    positives = int(truth.sum())
    return [entry(place, positives, metric, clusters, one) for metric, one in scores.items()]


def _all_labels(
    task: Task,
    place: tuple[str, str, str],
    known: list[int],
    rows: list[Row],
    soft: np.ndarray,
    found: np.ndarray,
) -> list[dict]:
    used = [index for index in known if len(rows[index].labels[task.id]) == 1]
    truth = np.array([task.labels.index(rows[index].labels[task.id][0]) for index in used])
    counted = {text: int((truth == label).sum()) for label, text in enumerate(task.labels)}
    if sum(number > 0 for number in counted.values()) < 2:
        return []
    guess, right = found[used], found[used] == truth
    scores: dict[str, Score] = {
        "macro_f1": lambda w: macro_f1(truth, guess, len(task.labels), w),
        "accuracy": lambda w: float(w[right].sum() / w.sum()),
    }
    if task.positive is None:
        # Of the label that is answered, as Guo et al. 2017 count it for several classes.
        sureness = soft[used].max(axis=1)
        scores["ece"] = lambda w: calibration_error(right, sureness, w)
        for label, text in enumerate(task.labels):
            if counted[text]:
                scores[f"f1_{text}"] = lambda w, n=label: precision_recall_f1(
                    truth == n, guess == n, w
                )[2]
    clusters = [rows[index].cluster for index in used]
    several = int((truth != 0).sum())
    return [entry(place, several, metric, clusters, one, counted) for metric, one in scores.items()]


def span_scores(rows: list[Row], answers: Answers, task: Task, split: str) -> list[dict]:
    """Strict and overlapping precision, recall and F1 of each span label, per set.

    `micro` is the F1 over the spans of all labels, each matched with those of its own label.
    """
    result = []
    for name in sorted({row.set for row in rows if row.spans}):
        used = [i for i, row in enumerate(rows) if row.set == name and row.spans is not None]
        clusters = [rows[index].cluster for index in used]
        for kind in ("strict", "overlapping"):
            counts = {
                label: np.array(
                    [
                        span_counts(
                            rows[i].spans, [s for s, _ in answers.spans[i]], label, kind == "strict"
                        )
                        for i in used
                    ]
                )
                for label in ("effect", "drug", "condition")
            }
            # A label that the set does not mark would only count as false alarms.
            marked = {label: found for label, found in counts.items() if found[:, 2].any()}
            for label, found in marked.items():
                result += _span_entries((task.id, name, split), clusters, f"{label}_{kind}", found)
            if len(marked) > 1:
                total = sum(marked.values())
                result += _span_entries((task.id, name, split), clusters, f"micro_{kind}", total)
    return result


def mark_scores(found: list[tuple[Row, Span, np.ndarray]], task: Task, split: str) -> list[dict]:
    """Precision, recall and F1 of each mark, on the spans that people marked.

    A mark with a threshold is asked of effects, the others of conditions, as serving does.
    """
    result = []
    for name in sorted({row.set for row, _, _ in found}):
        for mark in task.labels:
            label = "effect" if mark in task.thresholds else "condition"
            used = [one for one in found if one[0].set == name and one[1].label == label]
            truth = np.array([mark in (span.marks or ()) for _, span, _ in used], bool)
            if not truth.any():
                continue
            guess = np.array(
                [
                    mark in marks.read(values, label, task.labels, task.thresholds)
                    for _, _, values in used
                ],
                bool,
            )
            clusters = [row.cluster for row, _, _ in used]
            for at, metric in enumerate(_NAMES):
                result.append(
                    entry(
                        (task.id, name, split),
                        int(truth.sum()),
                        f"{mark}_{metric}",
                        clusters,
                        lambda w, t=truth, g=guess, at=at: precision_recall_f1(t, g, w)[at],
                    )
                )
    return result


def _span_entries(
    place: tuple[str, str, str], clusters: list[int], stem: str, counts: np.ndarray
) -> list[dict]:
    return [
        entry(
            place,
            int(counts[:, 2].sum()),
            f"{stem}_{metric}",
            clusters,
            lambda w, at=at: counts_f1(counts, w)[at],
        )
        for at, metric in enumerate(_NAMES)
    ]


def gate_scores(
    rows: list[Row], gate: Gate, tasks: list[Task], lexicon: Lexicon, split: str
) -> list[dict]:
    """Share of each set's positives that passes, names kept and swapped, and of the background.

    `real-*` are the annotated posts of all sets together.
    """
    rng = random.Random(3)
    result = []
    groups = {name: {name} for name in sorted({row.set for row in rows})}
    annotated = {name for name in groups if name.startswith("real-")}
    if len(annotated) > 1:
        groups["real-*"] = annotated
    for name, sets in groups.items():
        used = [row for row in rows if row.set in sets and row.split == split]
        is_chatter = name == "background"
        if not is_chatter:
            used = [row for row in used if is_positive(row, tasks)]
        if not used:
            continue
        clusters = [row.cluster for row in used]
        for metric, texts in (
            ("passed" if is_chatter else "recall", [row.text for row in used]),
            ("recall_names_swapped", [augment.mask_drugs(row, lexicon, rng).text for row in used]),
        ):
            if is_chatter and metric != "passed":
                continue
            hit = np.array([gate.score(text)[0] >= gate.threshold for text in texts], float)
            result.append(
                entry(
                    ("gate", name, split),
                    0 if is_chatter else len(used),
                    metric,
                    clusters,
                    lambda w, h=hit: float((h * w).sum() / max(w.sum(), 1e-9)),
                )
            )
    return result


def table(metrics: list[dict]) -> str:
    """The scores as a Markdown table; of several classes it gives the rows of each."""
    lines = [
        "| task | set | split | rows | positive | metric | value | 95 % interval |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {m['task']} | {m['set']} | {m['split']} | {m['rows']:,} | {_balance(m)} | "
        f"{m['metric']} | {m['value']:.3f} | {m['low']:.3f} to {m['high']:.3f} |"
        for m in metrics
    ]
    return "\n".join(lines) + "\n"


def _balance(metric: dict) -> str:
    if "balance" not in metric:
        return f"{metric['positives']:,}"
    return ", ".join(f"{label} {number:,}" for label, number in metric["balance"].items())


def plot(metrics: list[dict], path: Path) -> None:
    """With intervals, per task and set: on the left bars of F1, macro-F1, hits, recall; on the
    right average precision, AUC and calibration error, which need no threshold.
    """
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    bars = [
        m
        for m in metrics
        if m["metric"] in _BARS
        or (
            m["metric"] == "macro_f1"
            and m["task"] in ("vaccine_stance", "drug_outcome", "health_mention")
        )
        or m["metric"].endswith("overlapping_f1")
    ][::-1]
    points = [m for m in metrics if m["metric"] in _POINTS][::-1]
    rows = {place: at for at, place in enumerate(dict.fromkeys(_place(m) for m in points))}
    height = 0.2 * max(len(bars), len(rows)) + 1
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(16, height))
    names = [f"{_place(m)}, {m['metric']}" for m in bars]
    left.barh(names, [m["value"] for m in bars], xerr=_errors(bars))
    for metric, mark in _POINTS.items():
        of = [m for m in points if m["metric"] == metric]
        values, heights = [m["value"] for m in of], [rows[_place(m)] for m in of]
        right.errorbar(values, heights, xerr=_errors(of), fmt=mark, label=metric)
    right.set_yticks(range(len(rows)), list(rows))
    if points:
        right.legend()
    for axes in (left, right):
        axes.set_xlim(0, 1)
        axes.margins(y=0.005)
        axes.tick_params(axis="y", labelsize=7)
    figure.tight_layout()
    figure.savefig(path, dpi=110, bbox_inches="tight")
    pyplot.close(figure)


def _place(metric: dict) -> str:
    return f"{metric['task']}, {metric['set']}"


def _errors(metrics: list[dict]) -> list[list[float]]:
    """Lengths to both ends of each interval, which may lie to one side of the value."""
    return [
        [max(0.0, m["value"] - m["low"]) for m in metrics],
        [max(0.0, m["high"] - m["value"]) for m in metrics],
    ]
