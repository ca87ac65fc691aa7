"""A paper's section of the page: what was built, data, figures, claims, plots, what is missing."""

import json

from vigil_training.line_plots import Plot
from vigil_training.papers.claims import LEVEL, Difference, Outcome, number
from vigil_training.papers.measured import Paper
from vigil_training.papers.tables import METRICS, counts, duration, figures, table


def section(paper: Paper, outcomes: list[Outcome], plots: list[Plot]) -> str:
    """The section in Markdown."""
    values = paper.values
    parts = [f"## {values.get('title', paper.name)}", _head(paper)]
    parts += _under("What was built", _list(values.get("built", [])), _variants(paper))
    parts += _under("Data", _list(values.get("data", [])), _tasks(paper))
    for name in paper.experiments:
        parts += _under(f"Results, {name}", figures(paper, name), counts(paper, name))
    parts += _under("Claims", _claims(outcomes))
    shown = [f"![{plot.title}](papers/{plot.file})\n\n{plot.title}." for plot in plots]
    parts += _under("Curves", *shown)
    parts += _under("Notes", _list(values.get("notes", [])))
    parts += _under("Not compared, and why", _list(values.get("not_compared", [])))
    return "\n\n".join(parts)


def _under(heading: str, *parts: str) -> list[str]:
    """The parts that are not empty, with their heading; nothing if all are."""
    found = [part for part in parts if part]
    return [f"### {heading}", *found] if found else []


def _head(paper: Paper) -> str:
    file = f"{paper.name}.toml"
    runs = f"{len(paper.results)} runs, {duration(paper.seconds())} of computing in all"
    if not paper.results:
        runs = "not run yet"
    return (
        f"{paper.values.get('paper', paper.name).rstrip('.')}. Settings: "
        f"[`{file}`](../training/vigil_training/papers/settings/{file}), protocol "
        f"`{paper.values['protocol']}`; {runs}."
    )


def _list(lines: list[str]) -> str:
    return "\n".join(f"- {line.strip()}" for line in lines)


def _flat(values: dict, stem: str = "") -> list[str]:
    return [
        line
        for key, value in values.items()
        for line in (
            _flat(value, f"{stem}{key}.")
            if isinstance(value, dict)
            else [f"`{stem}{key} = {json.dumps(value, ensure_ascii=False)}`"]
        )
    ]


def _variants(paper: Paper) -> str:
    everyone = _flat(paper.values.get("all", {}))
    changed = [
        [name, ", ".join(_flat(values)) or "nothing"]
        for name, values in paper.values.get("variant", {}).items()
    ]
    said = f"Of every variant: {', '.join(everyone)}.\n\n" if everyone else ""
    return said + table(["variant", "what it sets"], changed)


def _tasks(paper: Paper) -> str:
    rows = []
    for name, task in paper.values.get("task", {}).items():
        labels = task.get("labels") or [f"{k} as {v}" for k, v in task.get("map", {}).items()]
        tested, positives = _tested(paper, name)
        sets = ", ".join(task.get("sets", []))
        rows.append([name, _text(task.get("of", "")), sets, _text(labels), tested, positives])
    head = ["task", "task of ours", "sets", "labels", "rows scored", "positive"]
    return table(head, rows) if rows else ""


def _text(value: str | list[str]) -> str:
    return value if isinstance(value, str) else ", ".join(value)


def _tested(paper: Paper, task: str) -> tuple[str, str]:
    """Rows and positives that one seed's runs of a variant scored, each row once."""
    sums: dict[tuple, list[tuple[int, int]]] = {}
    for unit, one in paper.results.items():
        scores = one["scores"].get(task)
        if scores and "rows" in scores:
            found = sums.setdefault((unit.experiment, unit.variant, unit.seed), [])
            found.append((scores["rows"], scores.get("positives", 0)))
    # With a test part of its own every fold scores the same rows.
    join = max if paper.values.get("test") else sum
    every = [tuple(join(side) for side in zip(*found, strict=True)) for found in sums.values()]
    rows, positives = max(every, default=(0, 0))
    return (f"{rows:,}" if rows else "", f"{positives:,}" if rows > positives else "")


def _claims(outcomes: list[Outcome]) -> str:
    """Every claim on every task; the interval and the verdict are by the corrected test."""
    rows, before = [], None
    for one in outcomes:
        text, before = ("" if one.text == before else one.text), one.text
        what = f"{one.better} - {one.than}, {METRICS.get(one.metric, one.metric)}"
        rows.append([text, one.place, what, *_difference(one.test), one.verdict.split(" (p")[0]])
    percent = f"{1 - LEVEL:.0%}".replace("%", " %")
    head = ["claim", "on", "tested", "difference", f"{percent} interval", "n", "p", "p, corrected"]
    return table([*head, "here"], rows) if rows else ""


def _difference(test: Difference | None) -> list[str]:
    if test is None:
        return [""] * 5
    interval = "" if test.low is None else f"{number(test.low, True)} to {number(test.high, True)}"
    return [number(test.mean, True), interval, test.n, _p(test.p), _p(test.corrected)]


def _p(value: float | None) -> str:
    return "" if value is None else "< .001" if value < 0.001 else number(value)
