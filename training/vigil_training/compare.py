"""Whether two systems differ by more than chance: `python -m vigil_training.compare A B`.

A and B are what `evaluate --answers` wrote for the same rows. Per task and set it gives the
difference of B from A in F1 and average precision of the positive class, in the share of wrong
alarms where no row is positive, or in macro-F1 where the task has no positive class; with interval
and p by paired bootstrap over clusters, and McNemar's exact test of right and wrong answers. Each
p stands for itself: among twenty comparisons one falls under .05 by chance.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.stats import binomtest

from vigil_training.annotations import text_hash
from vigil_training.predict import Answers, decide, softmax
from vigil_training.rows import Row
from vigil_training.scores import (
    Score,
    average_precision,
    cluster_draws,
    macro_f1,
    precision_recall_f1,
)
from vigil_training.tasks import Task

DRAWS = 1000


def write(
    path: Path,
    rows: list[Row],
    answers: Answers,
    tasks: list[Task],
    thresholds: dict[str, float],
    split: str,
) -> None:
    """Writes each row's answer to each task that it has a label of; no text, but its hash.

    `gold` holds the labels that the row allows, `probability` is that of the positive label, or of
    the answered one where a task has none.
    """
    written: dict[str, dict] = {}
    for task in (task for task in tasks if task.kind == "sentence"):
        soft = softmax(answers.logits[task.id])
        found = decide(soft, task, thresholds.get(task.id))
        shown = found if task.positive is None else [task.labels.index(task.positive)] * len(rows)
        written[task.id] = {
            "labels": task.labels,
            "positive": task.positive,
            "rows": [
                {
                    "set": row.set,
                    "cluster": row.cluster,
                    "hash": text_hash(row.text),
                    "gold": row.labels[task.id],
                    "answer": task.labels[found[number]],
                    "probability": round(float(soft[number, shown[number]]), 6),
                }
                for number, row in enumerate(rows)
                if task.id in row.labels
            ],
        }
    text = json.dumps({"split": split, "tasks": written}) + "\n"
    path.write_text(text, encoding="utf-8")


def read(path: Path) -> dict:
    """What `write` wrote; raises ValueError where it is something else."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        for task in found["tasks"].values():
            labels = set(task["labels"])
            for row in task["rows"]:
                if not {*row["gold"], row["answer"]} <= labels:
                    raise ValueError
                row["key"] = (row["set"], row["hash"], row["gold"])
                row["cluster"], row["probability"] = int(row["cluster"]), float(row["probability"])
            task["rows"].sort(key=lambda row: row["key"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{path} holds no answers ({type(error).__name__}); evaluate --answers writes them"
        ) from None
    return found


def paired_bootstrap(
    clusters: Sequence[int], first: Score, second: Score, draws: int = DRAWS, seed: int = 5
) -> tuple[float, float, float, float]:
    """The second score less the first, its 95 % interval, and p.

    Both are taken on the same draws of whole clusters. p is twice the share of draws in which the
    difference is on the rarer side of 0 or on it, with one draw added to both (Davison and Hinkley
    1997, 4.2).
    """
    ones = np.ones(len(clusters))
    drawn = np.array([second(w) - first(w) for w in cluster_draws(clusters, draws, seed)])
    rarer = min((drawn <= 0).sum(), (drawn >= 0).sum())
    low, high = np.quantile(drawn, [0.025, 0.975])
    p = min(1.0, 2 * (float(rarer) + 1) / (draws + 1))
    return second(ones) - first(ones), float(low), float(high), p


def mcnemar(first: np.ndarray, second: np.ndarray) -> tuple[int, int, float]:
    """Rows that only the first has right, only the second, and p, from boolean arrays [rows].

    McNemar 1947 with the binomial distribution itself, two-sided. It takes rows for independent,
    which near-duplicates are not: give it one row of a cluster.
    """
    one, other = int((first & ~second).sum()), int((second & ~first).sum())
    if not one + other:
        return 0, 0, 1.0
    return one, other, float(binomtest(one, one + other).pvalue)


def compare(first: dict, second: dict) -> list[dict]:
    """A line per task, set and score; raises ValueError where the answers are to other rows."""
    if set(first["tasks"]) != set(second["tasks"]) or first["split"] != second["split"]:
        raise ValueError("the two were scored on other tasks or another split")
    result: list[dict] = []
    for name, task in first["tasks"].items():
        rows, others = task["rows"], second["tasks"][name]["rows"]
        if [row["key"] for row in rows] != [row["key"] for row in others]:
            raise ValueError(f"task {name}: the two were scored on other rows or other labels")
        for group in sorted({row["set"] for row in rows}):
            used = [
                (row, other)
                for row, other in zip(rows, others, strict=True)
                if row["set"] == group and _is_sure(row["gold"], task["positive"])
            ]
            where = {"task": name, "set": group, "split": first["split"]}
            result += [{**where, **line} for line in _lines(used, task)]
    return result


def _is_sure(gold: list[str], positive: str | None) -> bool:
    return len(gold) == 1 or (positive is not None and positive not in gold)


def _lines(used: list[tuple[dict, dict]], task: dict) -> list[dict]:
    positive, labels = task["positive"], task["labels"]
    # Where several labels are allowed none of them is the positive one, and any stands for "no".
    truth = np.array([labels.index(row["gold"][0]) for row, _ in used])
    if not len(truth):
        return []
    clusters = [row["cluster"] for row, _ in used]
    answers = [np.array([labels.index(pair[side]["answer"]) for pair in used]) for side in (0, 1)]
    scores: dict[str, tuple[Score, Score]]
    if positive is None:
        right = [found == truth for found in answers]
        scores = {"macro_f1": _both(lambda f, w: macro_f1(truth, f, len(labels), w), answers)}
        balance = {label: int((truth == at).sum()) for at, label in enumerate(labels)}
    else:
        at = labels.index(positive)
        is_true, found = truth == at, [one == at for one in answers]
        right = [one == is_true for one in found]
        soft = [np.array([pair[side]["probability"] for pair in used]) for side in (0, 1)]
        if is_true.any():
            scores = {
                "f1": _both(lambda f, w: precision_recall_f1(is_true, f, w)[2], found),
                "ap": _both(lambda s, w: average_precision(is_true, s, w), soft),
            }
        else:
            share = _both(lambda f, w: float(w[f].sum() / w.sum()), found)
            scores = {"false_positive_rate": share}
        balance = {positive: int(is_true.sum()), "other": int((~is_true).sum())}
    _, heads = np.unique(clusters, return_index=True)
    one, other, p = mcnemar(right[0][heads], right[1][heads])
    ones = np.ones(len(used))
    result = []
    for metric, (first, second) in scores.items():
        difference, low, high, bootstrap_p = paired_bootstrap(clusters, first, second)
        result.append(
            {
                "rows": len(used),
                "clusters": len(heads),
                "balance": balance,
                "metric": metric,
                "first": round(first(ones), 4),
                "second": round(second(ones), 4),
                "difference": round(difference, 4),
                "low": round(low, 4),
                "high": round(high, 4),
                "p_bootstrap": round(bootstrap_p, 4),
                "only_first_right": one,
                "only_second_right": other,
                "p_mcnemar": round(p, 4),
            }
        )
    return result


def _both(score, found: list[np.ndarray]) -> tuple[Score, Score]:
    return (lambda w: score(found[0], w)), (lambda w: score(found[1], w))


def table(lines: list[dict]) -> str:
    """The comparisons as a Markdown table."""
    result = [
        "| task | set | split | balance | metric | A | B | B - A | 95 % interval | p, bootstrap | "
        "only A right | only B right | p, McNemar |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    result += [
        f"| {one['task']} | {one['set']} | {one['split']} | "
        f"{', '.join(f'{label} {number:,}' for label, number in one['balance'].items())} | "
        f"{one['metric']} | {one['first']:.3f} | {one['second']:.3f} | {one['difference']:+.3f} | "
        f"{one['low']:+.3f} to {one['high']:+.3f} | {one['p_bootstrap']:.3f} | "
        f"{one['only_first_right']} | {one['only_second_right']} | {one['p_mcnemar']:.3f} |"
        for one in lines
    ]
    return "\n".join(result) + "\n"


def plot(lines: list[dict], path: Path) -> None:
    """Each difference as a point with its interval, around a line at 0."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    shown = lines[::-1]
    figure, axes = pyplot.subplots(figsize=(9, 0.28 * len(shown) + 1))
    names = [f"{one['task']}, {one['set']}, {one['metric']}" for one in shown]
    axes.hlines(names, [one["low"] for one in shown], [one["high"] for one in shown])
    axes.plot([one["difference"] for one in shown], names, "o")
    axes.axvline(0, color="grey")
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def main(arguments: list[str] | None = None) -> int:
    """Compares two files of answers; 0 done, 1 they cannot be compared, 2 wrong usage."""
    parser = argparse.ArgumentParser(prog="python -m vigil_training.compare", description=__doc__)
    parser.add_argument("first", type=Path, help="answers of A")
    parser.add_argument("second", type=Path, help="answers of B")
    parser.add_argument(
        "--out", type=Path, metavar="STEM", help="writes STEM.json, STEM.md and STEM.png"
    )
    options = parser.parse_args(arguments)
    try:
        lines = compare(read(options.first), read(options.second))
    except ValueError as error:
        print(f"compare: {error}", file=sys.stderr)
        return 1
    if options.out:
        text = json.dumps(lines, indent=1) + "\n"
        Path(f"{options.out}.json").write_text(text, encoding="utf-8")
        Path(f"{options.out}.md").write_text(table(lines), encoding="utf-8")
        plot(lines, Path(f"{options.out}.png"))
    print(table(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
