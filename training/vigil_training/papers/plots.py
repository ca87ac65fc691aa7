"""The plots of the page: learning curves of units that give a `curve`, and `[[plot]]` of settings.

An SVG carries a hash of the numbers drawn in it, by which `--check` finds it stale: the file's
other bytes depend on the version of matplotlib.
"""

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path

from vigil_training.papers.measured import Paper, mean_and_deviation
from vigil_training.papers.tables import METRICS

_HASH = re.compile(r"numbers ([0-9a-f]{64})")
_STYLES = ("-", "--", ":", "-.")
_KEYS = {"name", "title", "experiment", "variants", "tasks", "metrics", "x", "points"}


@dataclass(frozen=True)
class Panel:
    """One pair of axes: lines of (x, mean, standard deviation or None), and level lines."""

    title: str
    x: str
    y: str
    lines: dict[str, list[tuple[float, float, float | None]]]
    levels: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Plot:
    """A file of the page; panels stand side by side and share a legend."""

    file: str
    title: str
    panels: list[Panel]

    @property
    def numbers(self) -> str:
        """SHA-256 of everything that is drawn, to six digits."""
        text = json.dumps(json.loads(json.dumps(asdict(self)), parse_float=_round), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def _round(text: str) -> float:
    return round(float(text), 6)


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


def stored_hash(path: Path) -> str | None:
    """The hash of the numbers that a drawn plot shows; None where there is no such file."""
    found = _HASH.search(path.read_text(encoding="utf-8")) if path.exists() else None
    return found.group(1) if found else None


def draw(plot: Plot, path: Path) -> None:
    """Writes a plot as SVG, the same bytes each time with one version of matplotlib."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    labels = list(dict.fromkeys(k for panel in plot.panels for k in (*panel.lines, *panel.levels)))
    colours = pyplot.get_cmap("tab10").colors
    with matplotlib.rc_context({"svg.hashsalt": "papers", "svg.fonttype": "none"}):
        figure, every = pyplot.subplots(
            1, len(plot.panels), figsize=(5 * len(plot.panels) + 2, 4), squeeze=False
        )
        shown = {}
        for axes, panel in zip(every[0], plot.panels, strict=True):
            axes.set(title=panel.title, xlabel=panel.x, ylabel=panel.y)
            for at, label in enumerate(labels):
                look = {"color": colours[at % 10], "linestyle": _STYLES[at // 10 % 4]}
                if label in panel.levels:
                    shown[label] = axes.axhline(panel.levels[label], linewidth=0.8, **look)
                if label not in panel.lines:
                    continue
                x, mean, deviation = zip(*panel.lines[label], strict=True)
                dots = "o" if len(x) < 10 else None
                (shown[label],) = axes.plot(x, mean, marker=dots, linewidth=1.2, **look)
                spread = [one or 0.0 for one in deviation]
                if any(spread):
                    low = [m - s for m, s in zip(mean, spread, strict=True)]
                    high = [m + s for m, s in zip(mean, spread, strict=True)]
                    axes.fill_between(x, low, high, alpha=0.15, color=look["color"])
        figure.legend(shown.values(), shown, loc="outside right upper", fontsize=8)
        figure.set_layout_engine("constrained")
        about = {"Date": None, "Title": plot.title, "Description": f"numbers {plot.numbers}"}
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, format="svg", metadata=about)
        pyplot.close(figure)
