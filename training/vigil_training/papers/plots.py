"""The plots of the page: curves of units that give a `curve`, and the `[[plot]]` of settings."""

import re

from vigil_training.line_plots import Panel, Plot
from vigil_training.papers.measured import Paper, mean_and_deviation
from vigil_training.papers.tables import METRICS

_KEYS = {"name", "title", "experiment", "variants", "tasks", "metrics", "x", "points"}


def plots(paper: Paper) -> list[Plot]:
    """The plots of a paper that have results: its `[[plot]]`, and one of each other experiment."""
    own = paper.values.get("plot", [])
    for at, one in enumerate(own, 1):
        missing, unknown = {"name", "title", "experiment"} - set(one), set(one) - _KEYS
        if missing or unknown or one["experiment"] not in paper.experiments:
            what = ", ".join(sorted(missing | unknown)) or f"experiment {one['experiment']}"
            raise ValueError(f"{paper.name}: plot {at}: {what} is missing or unknown")
    named = {one["experiment"] for one in own}
    rest = [_usual(paper, name) for name in paper.experiments if name not in named]
    made = [_points(paper, one) if "points" in one else _curves(paper, one) for one in own + rest]
    return [plot for plot in made if any(panel.lines for panel in plot.panels)]


def _usual(paper: Paper, experiment: str) -> dict:
    """Scores by the share of the partners' rows where variants set `partner`; else the curves."""
    plot = {"name": experiment, "experiment": experiment}
    tables = {name: paper.values["variant"].get(name, {}) for name in paper.variants(experiment)}
    shares = {name: table["partner"] for name, table in tables.items() if "partner" in table}
    if len(shares) < 2:
        return plot | {"title": f"Learning curves, {experiment}"}
    x = "share of the partner's training rows"
    return plot | {"title": f"Scores by {x}, {experiment}", "points": shares, "x": x}


def _file(paper: Paper, name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", f"{paper.name} {name}".lower()).strip("-") + ".svg"


def _curves(paper: Paper, one: dict) -> Plot:
    """Scores by labelled sentences, a panel per task in the order of the curve's columns."""
    experiment = one["experiment"]
    tasks = paper.tasks(experiment)
    panels = []
    for column, task in enumerate(tasks, 2):
        if task not in one.get("tasks", tasks):
            continue
        lines, levels = {}, {}
        for variant in one.get("variants", paper.variants(experiment)):
            curves = [
                found["curve"]
                for found in paper.of(experiment, variant).values()
                if found.get("curve")
            ]
            scores = paper.measured(experiment, variant, task, "f1").values()
            if any(len(point) != len(tasks) + 2 for curve in curves for point in curve):
                raise ValueError(
                    f"{paper.name}, {variant}: a curve without the tasks of {experiment}"
                )
            line = _mean_curve(curves, column) if curves else []
            if line:
                lines[variant] = line
            elif scores and not curves:
                levels[variant] = mean_and_deviation(scores)[0]
        panels.append(Panel(task, "labelled sentences", "F1", lines, levels))
    return Plot(_file(paper, one["name"]), one["title"], panels)


def _mean_curve(curves: list[list], column: int) -> list[tuple[float, float, float | None]]:
    """Mean and deviation over runs at each query that every run has got to and was scored at."""
    scored = [{point[0]: point for point in curve if point[column] is not None} for curve in curves]
    shared = sorted(set.intersection(*(set(one) for one in scored)))
    return [
        (
            mean_and_deviation(one[query][1] for one in scored)[0],
            *mean_and_deviation(one[query][column] for one in scored),
        )
        for query in shared
    ]


def _points(paper: Paper, one: dict) -> Plot:
    """Scores by a number that each variant stands for, a panel per metric and a line per task."""
    experiment, panels = one["experiment"], []
    points = sorted(one["points"].items(), key=lambda pair: pair[1])
    for metric in one.get("metrics", ["accuracy", "f1"]):
        lines = {}
        for task in one.get("tasks", paper.tasks(experiment)):
            found = [
                (float(x), paper.measured(experiment, variant, task, metric).values())
                for variant, x in points
            ]
            line = [(x, *mean_and_deviation(values)) for x, values in found if values]
            if line:
                lines[task] = line
        panels.append(Panel("", one.get("x", ""), METRICS.get(metric, metric), lines))
    return Plot(_file(paper, one["name"]), one["title"], panels)
