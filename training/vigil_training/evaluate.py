"""Every task's scores on held-out rows, each set for itself, with intervals by cluster."""

import random
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from vigil_training import augment
from vigil_training.calibrate import sure
from vigil_training.data.lexicon import Lexicon
from vigil_training.gate import Gate, is_positive
from vigil_training.predict import Answers, Runner, decide, softmax, vectors
from vigil_training.rows import Pair, Row
from vigil_training.scores import (
    average_precision,
    interval,
    macro_f1,
    precision_recall_f1,
    span_counts,
    span_f1,
)
from vigil_training.tasks import Task

_NAMES = ("precision", "recall", "f1")


def sentence_scores(
    rows: list[Row], answers: Answers, tasks: list[Task], thresholds: dict[str, float], split: str
) -> list[dict]:
    """Precision, recall, F1 and AP of the positive label; macro-F1 and accuracy of all labels.

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
            result += _positive(task, name, known, rows, soft, found, split)
            result += _all_labels(task, name, known, rows, found, split)
    return result


def _positive(task, name, known, rows, soft, found, split) -> list[dict]:
    used = [index for index in known if sure(rows[index], task) is not None]
    if not used:
        return []
    positive = task.labels.index(task.positive)
    truth = np.array([sure(rows[index], task) for index in used])
    guess, score = found[used] == positive, soft[used, positive]
    clusters = [rows[index].cluster for index in used]

    def entry(metric, compute) -> dict:
        return _entry(task, name, split, int(truth.sum()), len(used), metric, clusters, compute)

    if not truth.any():
        return [
            entry(
                "false_positive_rate", lambda weights: float(weights[guess].sum() / weights.sum())
            )
        ]
    result = [
        entry(metric, lambda w, at=at: precision_recall_f1(truth, guess, w)[at])
        for at, metric in enumerate(_NAMES)
    ]
    if not truth.all():
        result.append(entry("ap", lambda weights: average_precision(truth, score, weights)))
    return result


def _all_labels(task, name, known, rows, found, split) -> list[dict]:
    used = [index for index in known if len(rows[index].labels[task.id]) == 1]
    truth = np.array([task.labels.index(rows[index].labels[task.id][0]) for index in used])
    if len(set(truth.tolist())) < 2:
        return []
    guess = found[used]
    clusters = [rows[index].cluster for index in used]
    several = int((truth != 0).sum())

    def entry(metric, compute) -> dict:
        return _entry(task, name, split, several, len(used), metric, clusters, compute)

    result = [entry("macro_f1", lambda w: macro_f1(truth, guess, len(task.labels), w))]
    if task.positive is None:
        for label, text in enumerate(task.labels):
            if (truth == label).any():
                result.append(
                    entry(
                        f"f1_{text}",
                        lambda w, n=label: precision_recall_f1(truth == n, guess == n, w)[2],
                    )
                )
    return result


def span_scores(rows: list[Row], answers: Answers, task: Task, split: str) -> list[dict]:
    """Strict and overlapping precision, recall and F1 of each span label, per set."""
    result = []
    for name in sorted({row.set for row in rows if row.spans}):
        used = [i for i, row in enumerate(rows) if row.set == name and row.spans is not None]
        clusters = [rows[index].cluster for index in used]
        for label in ("effect", "drug"):
            for kind in ("strict", "overlapping"):
                counts = np.array(
                    [
                        span_counts(
                            rows[i].spans, [s for s, _ in answers.spans[i]], label, kind == "strict"
                        )
                        for i in used
                    ]
                )
                total = int(counts[:, 3].sum())
                if not total:
                    continue
                result += [
                    _entry(
                        task,
                        name,
                        split,
                        total,
                        len(used),
                        f"{label}_{kind}_{metric}",
                        clusters,
                        lambda weights, c=counts, at=at: float(span_f1(c, weights)[at]),
                    )
                    for at, metric in enumerate(_NAMES)
                ]
    return result


def term_scores(
    pairs: list[Pair], names: list[str], run: Runner, tokenizer: Tokenizer, task: Task, split: str
) -> list[dict]:
    """Share of held-out effects, in their posts, whose term is first or among the first five.

    Searched among `names` and every term of the own corpus; terms that no training pair has are
    scored apart.
    """
    held = [pair for pair in pairs if pair.split == split]
    if not held:
        return []
    seen = {pair.term.lower() for pair in pairs if pair.split == "train"}
    own = {pair.term.lower() for pair in pairs if pair.set.startswith("own")}
    terms = sorted(own | set(names))
    index = vectors(run, tokenizer, [Pair("", t, 0, len(t), t) for t in terms], task)
    query = vectors(run, tokenizer, held, task)
    ranked = np.argsort(-(query @ index.T), axis=1)[:, :5]
    result = []
    for part, is_in in (
        ("all", lambda pair: True),
        ("seen-terms", lambda pair: pair.term.lower() in seen),
        ("unseen-terms", lambda pair: pair.term.lower() not in seen),
    ):
        used = [number for number, pair in enumerate(held) if is_in(pair)]
        if not used:
            continue
        for most in (1, 5):
            hit = np.array(
                [held[n].term.lower() in [terms[t] for t in ranked[n, :most]] for n in used], float
            )
            # Effects of one post stand and fall together.
            clusters = [hash(held[n].text) for n in used]
            result.append(
                _entry(
                    task,
                    f"own, {part}, among {len(terms)} names",
                    split,
                    len(used),
                    len(used),
                    f"hit_at_{most}",
                    clusters,
                    lambda w, h=hit: float((h * w).sum() / max(w.sum(), 1e-9)),
                )
            )
    return result


def _entry(task, name, split, positives, rows, metric, clusters, compute) -> dict:
    value, low, high = interval(clusters, compute)
    return {
        "task": task if isinstance(task, str) else task.id,
        "set": name,
        "split": split,
        "positives": positives,
        "rows": rows,
        "metric": metric,
        "value": round(value, 4),
        "low": round(low, 4),
        "high": round(high, 4),
    }


def gate_scores(
    rows: list[Row], gate: Gate, tasks: list[Task], lexicon: Lexicon, split: str
) -> list[dict]:
    """Share of each set's positives that passes, names kept and swapped, and of the background."""
    rng = random.Random(3)
    result = []
    for name in sorted({row.set for row in rows}):
        used = [row for row in rows if row.set == name and row.split == split]
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
                _entry(
                    "gate",
                    name,
                    split,
                    0 if is_chatter else len(used),
                    len(used),
                    metric,
                    clusters,
                    lambda w, h=hit: float((h * w).sum() / max(w.sum(), 1e-9)),
                )
            )
    return result


def table(metrics: list[dict]) -> str:
    """The scores as a Markdown table."""
    lines = [
        "| task | set | split | rows | positive | metric | value | 95 % interval |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {m['task']} | {m['set']} | {m['split']} | {m['rows']:,} | {m['positives']:,} | "
        f"{m['metric']} | {m['value']:.3f} | {m['low']:.3f} to {m['high']:.3f} |"
        for m in metrics
    ]
    return "\n".join(lines) + "\n"


def plot(metrics: list[dict], path: Path) -> None:
    """One bar with its interval per task and set: F1, macro-F1, hit rate or recall."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    shown = [
        m
        for m in metrics
        if m["metric"] in ("f1", "hit_at_1", "recall_names_swapped")
        or (
            m["metric"] == "macro_f1"
            and m["task"] in ("vaccine_stance", "drug_outcome", "health_mention")
        )
        or m["metric"].endswith("overlapping_f1")
    ][::-1]
    figure, axes = pyplot.subplots(figsize=(9, 0.28 * len(shown) + 1))
    values = [m["value"] for m in shown]
    # Around a rate of 1 the bootstrap's interval may end a rounding error below the value.
    errors = [
        [max(0.0, m["value"] - m["low"]) for m in shown],
        [max(0.0, m["high"] - m["value"]) for m in shown],
    ]
    axes.barh([f"{m['task']}, {m['set']}, {m['metric']}" for m in shown], values, xerr=errors)
    axes.set_xlim(0, 1)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
