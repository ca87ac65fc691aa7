"""The page of the papers: their figures beside ours, and whether their claims hold here.

`python -m vigil_training.papers page` writes `docs/papers.md` and `docs/papers/*.svg` from the
settings and results, and from the trials on the bundle's own tasks; with `--check` it writes
nothing and says what is stale.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from vigil_training import line_plots, trials
from vigil_training.papers import claims, plots
from vigil_training.papers.claims import Outcome
from vigil_training.papers.measured import Paper, read_papers
from vigil_training.papers.results import FOLDER
from vigil_training.papers.sections import section
from vigil_training.papers.tables import table

COMMAND = "python -m vigil_training.papers page"

_INTRODUCTION = f"""# The papers, run again

Made by `{COMMAND}` from the settings in
`training/vigil_training/papers/settings` and the results in `training/papers`; a test fails when
it is stale.

What the papers below propose are options of the one trainer, and the experiments of each are one
settings file:

```sh
python -m vigil_training.papers list
python -m vigil_training.papers run NAME --smoke      # a minute, on posts of the project's own
python -m vigil_training.papers run NAME --data DATA  # all of it; goes on where it was stopped
{COMMAND}
```

How to read the tables:

- **Stand-ins.** Most of the papers' data cannot be passed on. Where a section names stand-ins, a
  paper's figure and ours are of different texts: compare how the rows of a table differ, and not
  the two figures of a row.
- **Figures** are fractions. Ours are the mean ± standard deviation over runs, where a run is one
  fold with one seed. The last column says how many runs there are of those that the protocol asks
  for; a single run has no deviation.
- **Claims** are tested on the runs: the difference of two variants with the same seed and fold, and
  the p of a paired t-test. Folds share most of their training rows, so this test finds more than
  there is. Where there are folds, interval and verdict go by the corrected test (Nadeau and Bengio
  2003), whose p stands beside the other. Where all runs score the same rows, the test is about the
  luck of training and not about other rows. Variants that share no seed are compared by Welch's
  test and marked as unpaired. A claim *holds* or *does not hold* where the difference is
  significant (p < {claims.LEVEL}) in its direction or in the other; else it is *not clear*. Each p
  stands for itself: of twenty claims with nothing in them, one is decided by chance.
- A claim that a number is *reached* is judged by the mean alone, without a test.
"""


_TRIALS = """## On the tasks of the bundle that ships

Options of the papers, and R-Drop, in the bundle's own recipe: 600 steps each, scored on
development rows (`python -m vigil_training.trials training/trials/papers.toml --data DATA`). A star
stands where a paired bootstrap over clusters finds a difference from the first (p < 0.05). It knows
the luck of the rows and not that of training: trials named `seed` are the first again with other
seeds, and a difference counts below only where it is larger than any of theirs on that measure.
What is better somewhere and worse nowhere would go into the recipe.

Encoders of their own for sixteen tasks would make the bundle as many times as large, and recurrent
encoders lose to the transformer below; neither was tried here. Pseudo-labels, voting and queries
change the rows and not the recipe."""


def page(
    papers: list[Paper], trial_lines: Sequence[dict] = ()
) -> tuple[str, list[line_plots.Plot]]:
    """The page in Markdown and the plots it shows; `trial_lines` is what `trials --out` wrote."""
    parts, drawn = [], []
    summary = []
    for paper in papers:
        outcomes, own = claims.judge(paper), plots.plots(paper)
        drawn += own
        summary += _summary(paper, outcomes)
        parts.append(section(paper, outcomes, own))
    head = ["paper", "claim", "here"]
    top = [_INTRODUCTION.strip(), "## All claims", table(head, summary)]
    if trial_lines:
        top += [_TRIALS, trials.table(trial_lines).strip(), _verdicts(trial_lines)]
    return "\n\n".join([*top, *parts]) + "\n", drawn


def _verdicts(lines: Sequence[dict]) -> str:
    """A line per trial but the first: on what it is better and worse than that, beyond luck."""
    names = list(dict.fromkeys(line["trial"] for line in lines))[1:]
    again = [name for name in names if name.startswith("seed ")]
    luck: dict[str, float] = {}
    for line in lines:
        if line["trial"] in again:
            luck[line["measure"]] = max(luck.get(line["measure"], 0.0), abs(line["more"]))
    said = []
    for name in (name for name in names if name not in again):
        differs = [
            line
            for line in lines
            if line["trial"] == name
            and line["p"] < claims.LEVEL
            and abs(line["more"]) > luck.get(line["measure"], 0.0)
        ]
        better, worse = (
            [line["measure"] for line in differs if line["more"] * sign > 0] for sign in (1, -1)
        )
        parts = [
            f"{how} on {'; '.join(on)}" for how, on in (("better", better), ("worse", worse)) if on
        ]
        taken = "goes into the recipe" if better and not worse else "stays an option"
        said.append(f"- **{name}** {taken}: {', '.join(parts) or 'no difference'}.")
    if not again:
        said.append("\nNo other seed has run: which of these differences are luck is not known.")
    return "\n".join(said)


def _summary(paper: Paper, outcomes: list[Outcome]) -> list[list[str]]:
    """A row per claim: the verdicts, each with the tasks it was given on."""
    rows = []
    for text in dict.fromkeys(one.text for one in outcomes):
        of = [one for one in outcomes if one.text == text]
        places: dict[str, list[str]] = {}
        for one in of:
            found = places.setdefault(one.verdict.split(" (")[0], [])
            if one.place not in found:
                found.append(one.place)
        told = [
            f"**{verdict}**" if len(places) == 1 else f"**{verdict}**: {', '.join(names)}"
            for verdict, names in places.items()
        ]
        rows.append([paper.name, text, "; ".join(told)])
    return rows


def write(docs: Path, folder: Path = FOLDER) -> list[Path]:
    """Writes the page, and the plots that are not up to date; returns the files it changed."""
    text, drawn = _made(folder)
    changed = _stale(docs, text, drawn)
    (docs / "papers").mkdir(parents=True, exist_ok=True)
    (docs / "papers.md").write_text(text, encoding="utf-8")
    for plot in drawn:
        if docs / "papers" / plot.file in changed:
            line_plots.draw(plot, docs / "papers" / plot.file)
    for path in _unused(docs, drawn):
        path.unlink()
    return changed


def stale(docs: Path, folder: Path = FOLDER) -> list[Path]:
    """The files that `write` would change, or take away."""
    return _stale(docs, *_made(folder))


def _made(folder: Path) -> tuple[str, list[line_plots.Plot]]:
    tried = folder.parent / "trials" / "papers.json"
    lines = json.loads(tried.read_text(encoding="utf-8")) if tried.exists() else []
    return page(read_papers(folder), lines)


def _stale(docs: Path, text: str, drawn: list[line_plots.Plot]) -> list[Path]:
    path = docs / "papers.md"
    found = [] if path.exists() and path.read_text(encoding="utf-8") == text else [path]
    files = [(docs / "papers" / plot.file, plot.numbers) for plot in drawn]
    found += [file for file, numbers in files if line_plots.stored_hash(file) != numbers]
    return found + _unused(docs, drawn)


def _unused(docs: Path, drawn: list[line_plots.Plot]) -> list[Path]:
    """Plots that no settings ask for any more."""
    files = {plot.file for plot in drawn}
    return [path for path in sorted((docs / "papers").glob("*.svg")) if path.name not in files]


def main(check: bool = False, docs: Path = Path("docs"), folder: Path = FOLDER) -> int:
    """Writes the page, or says what of it is stale; 0 done or up to date, 1 stale."""
    found = stale(docs, folder) if check else write(docs, folder)
    names = ", ".join(str(path) for path in found)
    if check and found:
        print(f"papers: stale: {names}; run {COMMAND}", file=sys.stderr)
        return 1
    print(f"papers: wrote {names}" if found else "papers: the page is up to date")
    return 0
