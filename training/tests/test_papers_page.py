"""The page of the papers: figures side by side, what is told, and when it is stale."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from papers_world import units

from vigil_training.papers import claims, page, plots, sections, settings
from vigil_training.papers.measured import Paper, read_papers
from vigil_training.papers.settings import Unit

REPOSITORY = Path(__file__).parents[2]


def row(text: str, *starts: str) -> list[str]:
    """The cells of the one row of a table that begins with these cells."""
    (line,) = [one for one in text.splitlines() if one.startswith("| " + " | ".join(starts) + " |")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_without_results_a_claim_is_not_run(ladder: Paper) -> None:
    empty = Paper(ladder.name, ladder.values, ladder.units, {})
    assert {one.verdict for one in claims.judge(empty)} == {"not run yet"}
    text, drawn = page.page([empty])
    assert drawn == [] and "; not run yet." in text
    assert row(text, "somebody2001", "Both help.")[-1] == "**not run yet**"


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
    assert "No other seed has run" in text
    lines += [line("seed 2", "effect", 0.37, -0.13, 0.04), line("seed 2", "stance", 0.5, 0.0, 0.8)]
    again, _ = page.page([ladder], lines)
    assert "- **first** stays an option: no difference." in again
    assert "- **second** stays an option: better on effect, worse on stance." in again
    assert "**seed 2**" not in again and "No other seed has run" not in again
    assert "On the tasks of the bundle" not in page.page([ladder])[0]


def test_the_page_in_the_repository_is_up_to_date() -> None:
    assert page.stale(REPOSITORY / "docs", REPOSITORY / "training" / "papers") == [], (
        f"run {page.COMMAND}"
    )
