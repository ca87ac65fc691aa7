"""Lines over a number, in panels side by side: learning curves and the like, as SVG.

An SVG carries a hash of the numbers drawn in it, by which a page's check finds it stale: the file's
other bytes depend on the version of matplotlib.
"""

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path

_HASH = re.compile(r"numbers ([0-9a-f]{64})")
_STYLES = ("-", "--", ":", "-.")


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
