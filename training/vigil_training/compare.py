"""Whether two systems differ by more than chance: `python -m vigil_training.compare A B`.

A and B are what `evaluate --answers` wrote. Rows that both hold with the same labels are compared,
others are left out and counted. Per task and set it gives the difference of B from A in F1 and
average precision of the positive class, in the share of wrong alarms where no row is positive, or
in macro-F1 where the task has no positive class; of effect spans in strict and overlapping F1. Each
has its interval and p by paired bootstrap over clusters, and, where rows are right or wrong,
McNemar's exact test. Each p stands for itself: among twenty comparisons one falls under .05 by
chance.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from functools import partial
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
    counts_f1,
    macro_f1,
    precision_recall_f1,
    span_counts,
)
from vigil_training.tasks import Task, sentence_tasks

DRAWS = 1000
SPAN, MATCHES = "effect", ("overlapping", "strict")


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
    the answered one where a task has none. Of a row whose effects are marked it writes how many
    were matched, how many found and how many there are.
    """
    written: dict[str, dict] = {}
    for task in sentence_tasks(tasks):
        soft = softmax(answers.logits[task.id])
        found = decide(soft, task, thresholds.get(task.id))
        shown = found if task.positive is None else [task.labels.index(task.positive)] * len(rows)
        written[task.id] = {
            "labels": task.labels,
            "positive": task.positive,
            "rows": [
                {
                    **_place(row),
                    "gold": row.labels[task.id],
                    "answer": task.labels[found[number]],
                    "probability": round(float(soft[number, shown[number]]), 6),
                }
                for number, row in enumerate(rows)
                if task.id in row.labels
            ],
        }
    spans = [
        {
            **_place(row),
            **{
                match: span_counts(row.spans, [span for span, _ in found], SPAN, match == "strict")
                for match in MATCHES
            },
        }
        for row, found in zip(rows, answers.spans, strict=True)
        if row.spans is not None
    ]
    text = json.dumps({"split": split, "tasks": written, "spans": spans}) + "\n"
    path.write_text(text, encoding="utf-8")


def _place(row: Row) -> dict:
    return {"set": row.set, "cluster": row.cluster, "hash": text_hash(row.text)}


def read(path: Path) -> dict:
    """What `write` wrote; raises ValueError where it is something else."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        for task in found["tasks"].values():
            labels = set(task["labels"])
            for row in task["rows"]:
                if not {*row["gold"], row["answer"]} <= labels:
                    raise ValueError
                row["key"] = (row["set"], row["hash"], *row["gold"])
                row["cluster"], row["probability"] = int(row["cluster"]), float(row["probability"])
        for row in found.setdefault("spans", []):
            row["key"] = (row["set"], row["hash"], *(int(row[match][2]) for match in MATCHES))
            row["cluster"] = int(row["cluster"])
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


def compare(first: dict, second: dict, together: Sequence[str] = ()) -> tuple[list[dict], int]:
    """A line per task, set and score, and how many rows were left out as only one has them.

    Each of `together` is how the names of some sets begin, which are also scored as one. Raises
    ValueError where the answers are to different splits or have no row in common.
    """
    if first["split"] != second["split"]:
        raise ValueError(f"A was scored on the split {first['split']}, B on {second['split']}")
    result: list[dict] = []
    left_out = 0
    parts = [
        (name, task["rows"], second["tasks"][name]["rows"], partial(_lines, task=task))
        for name, task in first["tasks"].items()
        if name in second["tasks"]
    ]
    parts.append((f"{SPAN} spans", first["spans"], second["spans"], _span_lines))
    for name, ones, others, lines in parts:
        shared = _shared(ones, others)
        left_out += len(ones) + len(others) - 2 * len(shared)
        groups = {group: [group] for group in sorted({one["set"] for one, _ in shared})}
        for start in together:
            if sets := [group for group in groups if group.startswith(start)]:
                groups[f"{start}*"] = sets
        for group, sets in groups.items():
            where = {"task": name, "set": group, "split": first["split"]}
            used = [pair for pair in shared if pair[0]["set"] in sets]
            result += [{**where, **line} for line in lines(used)]
    if not result:
        raise ValueError("the two have no row with the same labels")
    return result, left_out


def _shared(ones: list[dict], others: list[dict]) -> list[tuple[dict, dict]]:
    """The rows that both have, in the order of their keys; of a row that is there twice, both."""
    waiting: dict[tuple, list[dict]] = {}
    for row in others:
        waiting.setdefault(row["key"], []).append(row)
    pairs = [(row, waiting[row["key"]].pop()) for row in ones if waiting.get(row["key"])]
    return sorted(pairs, key=lambda pair: pair[0]["key"])


def _is_sure(gold: list[str], positive: str | None) -> bool:
    return len(gold) == 1 or (positive is not None and positive not in gold)


def _lines(used: list[tuple[dict, dict]], task: dict) -> list[dict]:
    positive, labels = task["positive"], task["labels"]
    used = [pair for pair in used if _is_sure(pair[0]["gold"], positive)]
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
    return _compared(clusters, balance, scores, mcnemar(right[0][heads], right[1][heads]))


def _span_lines(used: list[tuple[dict, dict]]) -> list[dict]:
    counts = {m: [np.array([pair[side][m] for pair in used]) for side in (0, 1)] for m in MATCHES}
    true = int(counts["strict"][0][:, 2].sum())
    if not true:
        return []
    scores = {
        f"f1_{match}": _both(lambda c, w: counts_f1(c, w)[2], both)
        for match, both in counts.items()
    }
    return _compared([pair[0]["cluster"] for pair in used], {SPAN: true}, scores, None)


def _compared(
    clusters: list[int],
    balance: dict[str, int],
    scores: dict[str, tuple[Score, Score]],
    rights: tuple[int, int, float] | None,
) -> list[dict]:
    """A line per score; `rights` is what McNemar's test says, where rows are right or wrong."""
    ones = np.ones(len(clusters))
    result = []
    for metric, (first, second) in scores.items():
        difference, low, high, bootstrap_p = paired_bootstrap(clusters, first, second)
        line = {
            "rows": len(clusters),
            "clusters": len(set(clusters)),
            "balance": balance,
            "metric": metric,
            "first": round(first(ones), 4),
            "second": round(second(ones), 4),
            "difference": round(difference, 4),
            "low": round(low, 4),
            "high": round(high, 4),
            "p_bootstrap": round(bootstrap_p, 4),
        }
        if rights:
            line["only_first_right"], line["only_second_right"], p = rights
            line["p_mcnemar"] = round(p, 4)
        result.append(line)
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
        f"{one.get('only_first_right', '')} | {one.get('only_second_right', '')} | "
        f"{format(one['p_mcnemar'], '.3f') if 'p_mcnemar' in one else ''} |"
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
    parser.add_argument(
        "--together",
        action="append",
        default=[],
        metavar="START",
        help="also score the sets whose names begin so as one: --together real-",
    )
    options = parser.parse_args(arguments)
    try:
        lines, left_out = compare(read(options.first), read(options.second), options.together)
    except ValueError as error:
        print(f"compare: {error}", file=sys.stderr)
        return 1
    if options.out:
        text = json.dumps(lines, indent=1) + "\n"
        Path(f"{options.out}.json").write_text(text, encoding="utf-8")
        Path(f"{options.out}.md").write_text(table(lines), encoding="utf-8")
        plot(lines, Path(f"{options.out}.png"))
    print(table(lines))
    if left_out:
        print(f"left out: {left_out:,} answers to rows or labels that only one of the two has")
    return 0


if __name__ == "__main__":
    sys.exit(main())
