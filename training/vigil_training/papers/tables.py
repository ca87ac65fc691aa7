"""The tables of the page: a paper's figures with ours beside them."""

from collections.abc import Iterable

from vigil_training.papers.claims import number
from vigil_training.papers.measured import Paper, mean_and_deviation

# In the order in which they stand in a table; others come behind, by name.
METRICS = {
    "accuracy": "accuracy",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "macro_f1": "macro-F1",
}
_PLACE = {"task", "variant", "experiment"}


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]])


def duration(seconds: float) -> str:
    """`48 s`, `12 min` or `1 h 05 min`."""
    minutes = round(seconds / 60)
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


def figures(paper: Paper, experiment: str) -> str:
    """Per task and variant the paper's figures and ours, side by side."""
    tasks, variants = paper.tasks(experiment), paper.variants(experiment)
    built = {name for one in paper.experiments for name in paper.variants(one)}
    reported = [one for one in _reported(paper, experiment) if one.get("task") in tasks]
    metrics = _metrics(paper, experiment, reported)
    given = {metric for one in reported for metric in metrics if metric in one}
    head = ["task", "variant"]
    for metric in metrics:
        name = METRICS.get(metric, metric.replace("_", " "))
        head += [f"{name}, paper"] if metric in given else []
        head += [f"{name}, here"]
    rows = []
    for task in tasks:
        named = [one["variant"] for one in reported if one["task"] == task]
        others = [variant for variant in named if variant not in built]
        for variant in dict.fromkeys([*variants, *others]):
            cells = [task, variant]
            for metric in metrics:
                if metric in given:
                    cells.append(_printed(reported, task, variant, metric))
                measured = paper.measured(experiment, variant, task, metric)
                cells.append(_measured(list(measured.values())))
            done = sum(task in one["scores"] for one in paper.of(experiment, variant).values())
            rows.append([*cells, _done(paper, experiment, variant, done)])
    seconds = paper.seconds(experiment)
    time = f"\n\nComputing: {duration(seconds)}." if seconds else ""
    return table([*head, "runs"], rows) + time


def _reported(paper: Paper, experiment: str) -> list[dict]:
    """The paper's figures of an experiment; ValueError names one that makes no sense."""
    tasks = {task for one in paper.experiments for task in paper.tasks(one)}
    found = []
    for at, one in enumerate(paper.values.get("reported", []), 1):
        where = f"{paper.name}: reported {at}"
        if "variant" not in one or one.get("experiment", experiment) not in paper.experiments:
            raise ValueError(f"{where}: no variant, or an experiment that there is not")
        if "task" in one and one["task"] not in tasks:
            raise ValueError(
                f"{where}: no task {one['task']}; there are {', '.join(sorted(tasks))}"
            )
        if "task" in one and any(not 0 <= value <= 1 for value in _numbers(one).values()):
            raise ValueError(f"{where}: scores are fractions from 0 to 1")
        if one.get("experiment", experiment) == experiment:
            found.append(one)
    return found


def _numbers(table: dict) -> dict[str, float]:
    return {k: v for k, v in table.items() if isinstance(v, int | float) and type(v) is not bool}


def _metrics(paper: Paper, experiment: str, reported: list[dict]) -> list[str]:
    """F1, what the paper reports, and of the settings' `metrics` those that were measured."""
    scored = {
        metric
        for unit, one in paper.results.items()
        if unit.experiment == experiment
        for scores in one["scores"].values()
        for metric in scores
    }
    found = {"f1"} | {key for one in reported for key in _numbers(one)}
    found |= scored & set(paper.values.get("metrics", []))
    order = list(METRICS)
    return sorted(found, key=lambda key: (order.index(key) if key in order else len(order), key))


def _printed(reported: list[dict], task: str, variant: str, metric: str) -> str:
    """The paper's figures, as printed; where there are several, with what tells them apart."""
    found = []
    for one in reported:
        if (one["task"], one["variant"]) == (task, variant) and metric in one:
            text = f"{one[metric]:.4f}".replace("0.", ".", 1)
            marks = [v for k, v in one.items() if isinstance(v, str) and k not in _PLACE]
            found.append(" ".join([text, *[f"({mark})" for mark in marks]]))
    return "; ".join(found)


def _measured(values: list[float]) -> str:
    if not values:
        return ""
    mean, deviation = mean_and_deviation(values)
    return number(mean) if deviation is None else f"{number(mean)} ± {number(deviation)}"


def _done(paper: Paper, experiment: str, variant: str, done: int) -> str:
    if variant not in paper.variants(experiment):
        return "not built"
    seeds, folds = paper.stated(experiment, variant)
    unit = "runs" if seeds > 1 and folds > 1 else "folds" if folds > 1 else "seeds"
    if seeds * folds == 1:
        return "1 run" if done else "not run yet"
    return f"{done} of {seeds * folds} {unit}" if done else "not run yet"


def counts(paper: Paper, experiment: str) -> str:
    """Tables of numbers that results hold beside scores, with the paper's; empty without any."""
    found = {
        variant: _gathered(paper.of(experiment, variant).values())
        for variant in paper.variants(experiment)
    }
    names = list(dict.fromkeys(name for numbers in found.values() for name in numbers))
    printed = {one["variant"]: one for one in _reported(paper, experiment) if "task" not in one}
    rows = []
    for variant, numbers in found.items():
        cells = [variant]
        for name in names:
            theirs = [printed[variant][name]] if name in printed.get(variant, {}) else []
            cells += [_count(theirs), _count(numbers.get(name, []))]
        rows += [cells] if numbers else []
    titles = [f"{name.replace('_', ' ')}, {who}" for name in names for who in ("paper", "here")]
    return table(["variant", *titles], rows) if rows else ""


def _gathered(results: Iterable[dict]) -> dict[str, list[float]]:
    gathered: dict[str, list[float]] = {}
    for one in results:
        tables = [value for key, value in one.items() if key != "scores"]
        for table in (value for value in tables if isinstance(value, dict)):
            for name, value in _numbers(table).items():
                gathered.setdefault(name, []).append(float(value))
    return gathered


def _count(values: list[float]) -> str:
    if not values:
        return ""
    mean, deviation = mean_and_deviation(values)
    texts = [number(one) if abs(mean) <= 1 else f"{one:,.0f}" for one in (mean, deviation or 0)]
    return texts[0] if deviation is None else " ± ".join(texts)
