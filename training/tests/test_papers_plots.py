"""Plots of the papers: what their lines are, and that the same numbers give the same bytes."""

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from papers_world import TOGETHER, result

from vigil_training import line_plots
from vigil_training.papers import plots
from vigil_training.papers.measured import Paper
from vigil_training.papers.settings import Unit


def test_curves_are_means_over_seeds(curves: Paper) -> None:
    (plot,) = plots.plots(curves)
    assert plot.file == "somebody2002-pool.svg"
    ner, nen = plot.panels
    assert [point[:2] for point in ner.lines["random"]] == [
        (10.0, pytest.approx(0.15)),
        (20.0, pytest.approx(0.45)),
    ]
    assert ner.lines["random"][0][2] == pytest.approx(np.std([0.1, 0.2], ddof=1))
    assert nen.levels == {"full": 0.95} and "never" not in ner.lines


def test_a_curve_of_one_task_stands_in_its_own_panel(curves: Paper) -> None:
    one = result(nen=0.4) | {"curve": [[0, 10, None, 0.3], [1, 20, None, 0.4]]}
    curves.results[Unit("pool", "never", 1, 0)] = one
    ner, nen = plots.plots(curves)[0].panels
    assert "never" not in ner.lines | ner.levels
    assert [point[1] for point in nen.lines["never"]] == [0.3, 0.4]
    one["curve"][0].append(0.5)
    with pytest.raises(ValueError, match="somebody2002, never: a curve without the tasks of pool"):
        plots.plots(curves)


def test_a_score_by_what_variants_stand_for(ladder: Paper) -> None:
    ladder.values["plot"] = [
        {
            "name": "share", "title": "By share", "experiment": "climb", "x": "share",
            "points": {"both": 1.0, "alone": 0.0}, "metrics": ["accuracy"], "tasks": ["up"],
        }
    ]  # fmt: skip
    (plot,) = plots.plots(ladder)
    (panel,) = plot.panels
    assert [x for x, *_ in panel.lines["up"]] == [0.0, 1.0]
    assert panel.lines["up"][1][1] == pytest.approx(np.mean(TOGETHER) + 0.1)
    ladder.values["plot"][0]["experiment"] = "fall"
    with pytest.raises(ValueError, match="plot 1: experiment fall"):
        plots.plots(ladder)


def test_a_plot_is_the_same_bytes_each_time_and_knows_its_numbers(
    curves: Paper, tmp_path: Path
) -> None:
    (plot,) = plots.plots(curves)
    line_plots.draw(plot, tmp_path / "a.svg")
    line_plots.draw(plot, tmp_path / "b.svg")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert line_plots.stored_hash(tmp_path / "a.svg") == plot.numbers
    words = "".join(ElementTree.parse(tmp_path / "a.svg").getroot().itertext())
    assert "labelled sentences" in words and "random" in words and "full" in words
    curves.results[Unit("pool", "random", 2, 0)]["curve"][1][2] = 0.51
    assert plots.plots(curves)[0].numbers != plot.numbers
