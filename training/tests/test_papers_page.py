"""The page of the papers: figures side by side, claims tested, plots, and when it is stale."""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest
from scipy import stats

from vigil_training import line_plots
from vigil_training.papers import claims, page, plots, sections, settings
from vigil_training.papers.measured import Paper, read_papers
from vigil_training.papers.settings import Unit

REPOSITORY = Path(__file__).parents[2]
ALONE, TOGETHER = (0.50, 0.52, 0.51, 0.49, 0.53), (0.60, 0.61, 0.63, 0.58, 0.62)


def units(experiment: str, variant: str, seeds: list[int], folds: int) -> list[Unit]:
    return [Unit(experiment, variant, seed, fold) for seed in seeds for fold in range(folds)]


def result(**scores: float) -> dict:
    return {
        "scores": {
            task: {"f1": value, "accuracy": value + 0.1, "rows": 20, "positives": 6}
            for task, value in scores.items()
        },
        "seconds": 90.0,
    }


@pytest.fixture
def ladder() -> Paper:
    """Two variants on two tasks in 5 folds; of a third variant one fold is done."""
    values = {
        "title": "A ladder",
        "paper": "Somebody 2001, How to climb",
        "protocol": "folds",
        "folds": 5,
        "built": ["`steps.py`: rungs."],
        "data": ["Reports of ladders stand in for theirs."],
        "not_compared": ["Their attic, which nobody has."],
        "all": {"batch": 8, "architecture": {"units": 4}},
        "experiment": {"climb": {"tasks": ["up", "down"], "variants": ["alone", "both", "late"]}},
        "task": {"up": {"of": "adverse_effect", "sets": ["own-plain"], "labels": ["no", "yes"]}},
        "variant": {"alone": {}, "both": {"architecture": {"private": True}}, "late": {}},
        "reported": [
            {"variant": "alone", "task": "up", "f1": 0.7744},
            {"variant": "both", "task": "up", "f1": 0.8, "on": "development"},
            {"variant": "both", "task": "up", "f1": 0.7, "on": "test"},
            {"variant": "rope", "task": "down", "f1": 0.4},
        ],
        "claim": [
            {"text": "Both help.", "better": "both", "than": "alone", "tasks": ["up", "down"]},
            {"text": "Late helps.", "better": "late", "than": "alone", "tasks": ["up"]},
            {"text": "High.", "better": "both", "than": 0.55, "tasks": ["up"]},
        ],
    }
    asked = [u for v in ("alone", "both", "late") for u in units("climb", v, [17], 5)]
    done = {}
    for fold in range(5):
        down = ALONE[fold] + (0.01 if fold % 2 else -0.01)
        done[Unit("climb", "alone", 17, fold)] = result(up=ALONE[fold], down=ALONE[fold])
        done[Unit("climb", "both", 17, fold)] = result(up=TOGETHER[fold], down=down)
    done[Unit("climb", "late", 17, 3)] = result(up=0.4, down=0.4)
    return Paper("somebody2001", values, asked, done)


@pytest.fixture
def curves() -> Paper:
    """Two seeds with learning curves, a variant with one score, and one that was not run."""
    values = {
        "title": "Queries",
        "paper": "Somebody 2002, What to ask",
        "protocol": "queries",
        "experiment": {"pool": {"tasks": ["ner", "nen"]}},
        "variant": {"random": {}, "full": {}, "never": {}},
        "claim": [{"text": "Asking helps.", "better": "random", "than": "never"}],
        "reported": [{"variant": "random", "words": 3181, "experiment": "pool"}],
    }
    done = {}
    for seed in (1, 2):
        one = result(ner=0.3 + seed / 10, nen=0.5)
        one["curve"] = [[0, 10, 0.1 * seed, 0.2], [1, 20, 0.3 + seed / 10, 0.5]]
        one["counts"] = {"words": 1000 + 10 * seed, "share": 0.25}
        done[Unit("pool", "random", seed, 0)] = one
    done[Unit("pool", "full", 1, 0)] = result(ner=0.9, nen=0.95)
    asked = [u for v in values["variant"] for u in units("pool", v, [1, 2], 1)]
    return Paper("somebody2002", values, asked, done)


def row(text: str, *starts: str) -> list[str]:
    """The cells of the one row of a table that begins with these cells."""
    (line,) = [one for one in text.splitlines() if one.startswith("| " + " | ".join(starts) + " |")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_paired_test_is_that_of_scipy_and_the_corrected_one_is_wider() -> None:
    first, second = np.array(TOGETHER), np.array(ALONE)
    plain, folded = claims.paired(first, second, None), claims.paired(first, second, 1 / 4)
    expected = stats.ttest_rel(first, second)
    assert plain.p == pytest.approx(expected.pvalue) and folded.p == pytest.approx(plain.p)
    interval = expected.confidence_interval()
    assert (plain.low, plain.high) == pytest.approx((interval.low, interval.high))
    assert plain.corrected is None and folded.corrected > folded.p
    # 1 / 5 + 1 / 4 in place of 1 / 5.
    assert folded.high - folded.low == pytest.approx((plain.high - plain.low) * 1.5)
    t = expected.statistic / 1.5
    assert folded.corrected == pytest.approx(2 * stats.t.sf(t, 4))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (TOGETHER, ALONE, "holds"),
        (ALONE, TOGETHER, "does not hold"),
        (ALONE, ALONE, "not clear (p = 1.000)"),
        ((0.5, 0.6, 0.4), (0.4, 0.62, 0.41), "not clear (p = "),
        ((0.6,), (0.5,), "not clear (for it, one run)"),
        ((0.5,), (0.6,), "not clear (not for it, one run)"),
    ],
)
def test_verdicts(first: tuple, second: tuple, expected: str) -> None:
    found = claims.verdict(claims.paired(np.array(first), np.array(second), 0.25))
    assert found == expected or (expected.endswith("= ") and found.startswith(expected))


def test_a_difference_that_only_the_plain_test_finds_is_not_clear() -> None:
    first, second = (
        np.array([0.60, 0.58, 0.61, 0.57, 0.60]),
        np.array([0.57, 0.57, 0.58, 0.57, 0.58]),
    )
    found = claims.paired(first, second, 0.25)
    assert found.p < 0.05 < found.corrected
    assert claims.verdict(found).startswith("not clear")
    assert claims.verdict(claims.paired(first, second, None)) == "holds"


def test_only_runs_of_the_same_seed_and_fold_are_paired(ladder: Paper) -> None:
    up, down, late, high = claims.judge(ladder)
    assert (up.task, up.verdict, up.test.n) == ("up", "holds", "5")
    assert up.test.mean == pytest.approx(np.mean(TOGETHER) - np.mean(ALONE))
    assert down.verdict.startswith("not clear (p = ")
    # The third variant has fold 3 alone, where the other one has .49.
    assert late.test.n == "1" and late.test.mean == pytest.approx(0.4 - 0.49)
    assert (high.verdict, high.test.n) == ("reached", "5")


def test_runs_without_a_seed_in_common_are_compared_unpaired(ladder: Paper) -> None:
    moved = {
        Unit(u.experiment, u.variant, 24 if u.variant == "both" else u.seed, u.fold): one
        for u, one in ladder.results.items()
    }
    up = claims.judge(Paper(ladder.name, ladder.values, ladder.units, moved))[0]
    assert up.test.n == "5 and 5, unpaired"
    assert up.test.p < up.test.corrected
    plain = claims.unpaired(np.array(TOGETHER), np.array(ALONE[:4]), None)
    expected = stats.ttest_ind(TOGETHER, ALONE[:4], equal_var=False)
    interval = expected.confidence_interval()
    assert plain.p == pytest.approx(expected.pvalue) and plain.corrected is None
    assert (plain.low, plain.high) == pytest.approx((interval.low, interval.high))
    flat = claims.unpaired(np.array([0.5, 0.5]), np.array([0.5, 0.5]), None)
    assert claims.verdict(flat) == "not clear (p = 1.000)"


def test_without_results_a_claim_is_not_run(ladder: Paper) -> None:
    empty = Paper(ladder.name, ladder.values, ladder.units, {})
    assert {one.verdict for one in claims.judge(empty)} == {"not run yet"}
    text, drawn = page.page([empty])
    assert drawn == [] and "; not run yet." in text
    assert row(text, "somebody2001", "Both help.")[-1] == "**not run yet**"


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ({"better": "both", "than": "alone"}, "claim 1: no text"),
        ({"text": "x", "better": "both", "than": "alon"}, "claim 1: no experiment has alon, both"),
        ({"text": "x", "better": "both", "than": "alone", "tasks": ["side"]}, "no task side"),
        ({"text": "x", "better": "both", "than": "alone", "experiment": "fall"}, "fall"),
        ({"text": "x", "better": "both", "than": "alone", "task": "up"}, "unknown keys task"),
    ],
)
def test_a_claim_that_names_nothing_is_refused(ladder: Paper, claim: dict, message: str) -> None:
    ladder.values["claim"] = [claim]
    with pytest.raises(ValueError, match=re.escape(message)):
        claims.judge(ladder)


def test_figures_stand_beside_the_papers(ladder: Paper) -> None:
    text = sections.section(ladder, claims.judge(ladder), [])
    assert row(text, "up", "alone")[2:] == [".7744", ".510 ± .016", "5 of 5 folds"]
    assert row(text, "up", "both")[2] == ".8000 (development); .7000 (test)"
    assert row(text, "up", "late")[2:] == ["", ".400", "1 of 5 folds"]
    assert row(text, "down", "rope")[2:] == [".4000", "", "not built"]
    assert "11 runs, 16 min of computing" in text
    # 20 rows a fold, 6 of them positive, in five folds.
    assert row(text, "up", "adverse_effect", "own-plain", "no, yes")[4:] == ["100", "30"]
    assert row(text, "both", "`architecture.private = true`")
    for words in ("rungs", "stand in for theirs", "Their attic", "`architecture.units = 4`"):
        assert words in text


def test_folds_decide_the_correction(ladder: Paper) -> None:
    assert ladder.left_out == pytest.approx(1 / 4)
    ladder.values["folds"] = 1
    assert ladder.left_out is None
    assert claims.judge(ladder)[0].test.corrected is None


def test_rows_of_a_test_part_are_counted_once(ladder: Paper) -> None:
    ladder.values["test"] = 0.2
    text = sections.section(ladder, [], [])
    assert row(text, "up", "adverse_effect", "own-plain", "no, yes")[4:] == ["20", "6"]


def test_shares_of_the_partner_are_drawn_by_themselves(ladder: Paper) -> None:
    for share, name in ((0.25, "both"), (0, "alone")):
        ladder.values["variant"][name]["partner"] = share
    (plot,) = plots.plots(ladder)
    accuracy, f1 = plot.panels
    assert [point[0] for point in f1.lines["down"]] == [0.0, 0.25]
    assert (accuracy.y, f1.y) == ("accuracy", "F1") and set(f1.lines) == {"up", "down"}


def test_fewer_seeds_than_the_file_has_are_told(curves: Paper) -> None:
    curves.values["seeds"] = [1, 2, 3]
    text = sections.section(curves, [], [])
    assert row(text, "ner", "random")[-1] == "2 of 3 seeds"


def test_a_claim_on_one_task_of_two_experiments_says_which(ladder: Paper) -> None:
    ladder.values["experiment"]["fall"] = {"tasks": ["up"], "variants": ["alone", "both"]}
    text, _ = page.page([ladder])
    expected = "**holds**: up (climb); **not clear**: down; **not run yet**: up (fall)"
    assert row(text, "somebody2001", "Both help.")[-1] == expected


def test_further_metrics_are_shown_where_they_were_measured(ladder: Paper) -> None:
    ladder.values["metrics"] = ["accuracy", "recall"]
    text = sections.section(ladder, [], [])
    assert "| task | variant | accuracy, here | F1, paper | F1, here | runs |" in text
    assert row(text, "up", "alone")[2] == ".610 ± .016"


def test_fewer_folds_than_the_paper_states_are_told(ladder: Paper) -> None:
    ladder.values["stated"] = {"folds": 10}
    text = sections.section(ladder, [], [])
    assert row(text, "up", "alone")[-1] == "5 of 10 folds"


@pytest.mark.parametrize(
    ("figure", "message"),
    [
        ({"variant": "alone", "task": "sideways", "f1": 0.1}, "reported 1: no task sideways"),
        ({"variant": "alone", "task": "up", "f1": 77.4}, "fractions from 0 to 1"),
        ({"task": "up", "f1": 0.4}, "reported 1: no variant"),
        ({"variant": "alone", "experiment": "fall", "task": "up"}, "reported 1: no variant, or an"),
    ],
)
def test_a_reported_figure_without_a_place_is_refused(
    ladder: Paper, figure: dict, message: str
) -> None:
    ladder.values["reported"] = [figure]
    with pytest.raises(ValueError, match=message):
        sections.section(ladder, [], [])


def test_summary_has_every_claim_with_its_verdicts(ladder: Paper, curves: Paper) -> None:
    text, _ = page.page([ladder, curves])
    assert row(text, "somebody2001", "Both help.")[-1] == "**holds**: up; **not clear**: down"
    assert row(text, "somebody2001", "High.")[-1] == "**reached**"
    assert row(text, "somebody2002", "Asking helps.")[-1] == "**not run yet**"


def test_claims_tell_difference_interval_n_and_both_p(ladder: Paper) -> None:
    text = sections.section(ladder, claims.judge(ladder), [])
    up = claims.judge(ladder)[0].test
    figures = ["+.098", f"+{up.low:.3f} to +{up.high:.3f}".replace("0.", "."), "5", "< .001"]
    cells = row(text, "Both help.", "up")
    assert cells[2:7] == ["both - alone, F1", *figures] and cells[8] == "holds"
    # The text of a claim stands once, before its first task.
    assert row(text, "", "down")[8] == "not clear"
    assert row(text, "High.", "up", "both - .5500, F1")[3:] == ["+.058", "", "5", "", "", "reached"]


def test_counts_stand_beside_the_papers(curves: Paper) -> None:
    text = sections.section(curves, [], [])
    (words,) = [line for line in text.splitlines() if "3,181" in line]
    assert "| random | 3,181 | 1,015 ± 7 |  | .250 ± .000 |" in words


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


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with settings and results of one paper, in the files' own formats."""
    protocol = SimpleNamespace(units=lambda _: units("pool", "random", [1, 2], 1))
    monkeypatch.setattr(settings, "protocol", lambda _: protocol)
    monkeypatch.setattr(settings, "FOLDER", tmp_path / "settings")
    (tmp_path / "settings").mkdir()
    (tmp_path / "settings" / "somebody2002.toml").write_text(
        'title = "Queries"\npaper = "Somebody 2002"\nprotocol = "queries"\n'
        '[experiment.pool]\ntasks = ["ner"]\n[variant.random]\n'
    )
    (tmp_path / "results").mkdir()
    add_result(tmp_path, 1, 0.4)
    return tmp_path


def add_result(folder: Path, seed: int, value: float) -> None:
    unit = Unit("pool", "random", seed, 0)
    line = {
        "experiment": "pool", "variant": "random", "seed": seed, "fold": 0, "seconds": 3.0,
        "settings": settings.load("somebody2002").hash(unit), "scores": {"ner": {"f1": value}},
        "curve": [[0, 10, 0.2], [1, 20, value]],
    }  # fmt: skip
    with (folder / "results" / "somebody2002.ndjson").open("a") as file:
        file.write(json.dumps(line) + "\n")


def test_papers_are_read_with_their_results(world: Path) -> None:
    (paper,) = read_papers(world / "results")
    assert paper.name == "somebody2002" and len(paper.units) == 2
    assert paper.measured("pool", "random", "ner", "f1") == {(1, 0): 0.4}


def test_the_page_is_stale_when_results_or_files_change(
    world: Path, capsys: pytest.CaptureFixture
) -> None:
    docs, results = world / "docs", world / "results"
    plot = docs / "papers" / "somebody2002-pool.svg"
    assert page.main(True, docs, results) == 1
    assert page.main(False, docs, results) == 0 and plot.exists()
    assert page.main(True, docs, results) == 0
    capsys.readouterr()
    add_result(world, 2, 0.6)
    assert page.main(True, docs, results) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "papers.md" in line and "somebody2002-pool.svg" in line and page.COMMAND in line
    page.main(False, docs, results)
    assert page.stale(docs, results) == []
    assert "2 of 2 seeds" in (docs / "papers.md").read_text()
    (docs / "papers" / "old.svg").write_text("<svg/>")
    plot.write_text(plot.read_text().replace("numbers ", "no "))
    assert page.stale(docs, results) == [plot, docs / "papers" / "old.svg"]
    page.main(False, docs, results)
    assert page.stale(docs, results) == [] and not (docs / "papers" / "old.svg").exists()


def test_the_page_says_what_options_did_on_the_tasks_that_ship(ladder: Paper) -> None:
    def line(trial: str, measure: str, value: float, more: float, p: float) -> dict:
        return {"trial": trial, "measure": measure, "value": value, "more": more, "p": p}

    lines = [{"trial": "base", "measure": name, "value": 0.5} for name in ("effect", "stance")]
    lines += [line("first", "effect", 0.6, 0.1, 0.01), line("first", "stance", 0.5, 0.0, 0.9)]
    lines += [line("second", "effect", 0.7, 0.2, 0.01), line("second", "stance", 0.3, -0.2, 0.02)]
    lines += [line("third", "effect", 0.9, 0.4, 0.06), line("third", "stance", 0.5, 0.0, 1.0)]
    text, _ = page.page([ladder], lines)
    assert "| effect | 0.500 | 0.600* | 0.700* | 0.900 |" in text
    assert "- **first** goes into the recipe: better on effect." in text
    assert "- **second** stays an option: better on effect, worse on stance." in text
    assert "- **third** stays an option: no difference." in text
    assert "On the tasks of the bundle" not in page.page([ladder])[0]


def test_the_page_in_the_repository_is_up_to_date() -> None:
    assert page.stale(REPOSITORY / "docs", REPOSITORY / "training" / "papers") == [], (
        f"run {page.COMMAND}"
    )
