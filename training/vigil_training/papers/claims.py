"""Whether a paper's claims hold in our results: `[[claim]]` of its settings, tested.

A claim says that one variant is `better` than another in a metric, or at least a number. Its
experiments and tasks are all that have both variants, unless it names some.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from vigil_training.papers.measured import Paper

LEVEL = 0.05
_KEYS = {"text", "better", "than", "tasks", "metric", "experiment"}


@dataclass(frozen=True)
class Difference:
    """A difference of two means with its 95 % interval.

    `p` is the t-test's; `corrected` that with the variance of overlapping training parts added
    (Nadeau and Bengio 2003), None where nothing overlaps. Where one of the two was run once, only
    `mean` is there. `n` says how many values there were.
    """

    n: str
    mean: float
    low: float | None = None
    high: float | None = None
    p: float | None = None
    corrected: float | None = None


@dataclass(frozen=True)
class Outcome:
    """A claim on one task of one experiment; `test` is None where a side has not been run.

    `elsewhere` says whether other experiments of the paper have the task as well.
    """

    text: str
    experiment: str
    task: str
    metric: str
    better: str
    than: str
    test: Difference | None
    verdict: str
    elsewhere: bool

    @property
    def place(self) -> str:
        return f"{self.task} ({self.experiment})" if self.elsewhere else self.task


def paired(first: np.ndarray, second: np.ndarray, ratio: float | None) -> Difference:
    """The paired t-test of first less second, both [n], as in Joshi et al. 2019.

    Folds share most of their training rows, so that this test finds too much. With `ratio`, rows
    left out per row trained on, the corrected test (Nadeau and Bengio 2003) adds it to the 1 / n of
    the variance, and the interval is that test's.
    """
    differences = first - second
    n, mean = len(differences), float(differences.mean())
    if n < 2:
        return Difference(f"{n}", mean)
    spread = float(differences.std(ddof=1))
    errors = [spread * np.sqrt(1 / n + more) for more in (0.0, ratio or 0.0)]
    return _tested(f"{n}", mean, errors, n - 1, ratio)


def unpaired(first: np.ndarray, second: np.ndarray, ratio: float | None) -> Difference:
    """Welch's t-test of first [n] less second [m], for runs that share no seed.

    With `ratio` each variance is corrected as `paired` does it.
    """
    n, mean = f"{len(first)} and {len(second)}, unpaired", float(first.mean() - second.mean())
    if min(len(first), len(second)) < 2:
        return Difference(n, mean)
    sides = [(one.var(ddof=1), len(one)) for one in (first, second)]
    parts = [[v * (1 / m + more) for v, m in sides] for more in (0.0, ratio or 0.0)]
    errors = [np.sqrt(sum(part)) for part in parts]
    below = sum(v**2 / m**2 / (m - 1) for v, m in sides)
    freedom = sum(parts[0]) ** 2 / below if below else 1.0
    return _tested(n, mean, errors, freedom, ratio)


def _tested(
    n: str, mean: float, errors: list[float], freedom: float, ratio: float | None
) -> Difference:
    """From the standard errors of the plain and the corrected test."""
    reach = float(stats.t.ppf(1 - LEVEL / 2, freedom) * errors[1])
    p, corrected = (_p(mean, error, freedom) for error in errors)
    return Difference(n, mean, mean - reach, mean + reach, p, corrected if ratio else None)


def _p(mean: float, error: float, freedom: float) -> float:
    if error == 0:
        return 1.0 if mean == 0 else 0.0
    return float(2 * stats.t.sf(abs(mean) / error, freedom))


def verdict(test: Difference | None) -> str:
    """In words, by the corrected p where there is one."""
    if test is None:
        return "not run yet"
    p = test.p if test.corrected is None else test.corrected
    if p is None:
        return f"not clear ({'for' if test.mean > 0 else 'not for'} it, one run)"
    if p >= LEVEL:
        return f"not clear (p = {number(p)})"
    return "holds" if test.mean > 0 else "does not hold"


def number(value: float | None, sign: bool = False) -> str:
    """A fraction with three digits and no zero before the point; empty for None."""
    if value is None:
        return ""
    text = f"{value:+.3f}" if sign else f"{value:.3f}"
    return text.replace("0.", ".", 1) if abs(value) < 0.9995 else text


def judge(paper: Paper) -> list[Outcome]:
    """Every claim of a paper on every task it is about; ValueError names what it cannot find."""
    return [
        _outcome(paper, claim, experiment, task)
        for at, claim in enumerate(paper.values.get("claim", []), 1)
        for experiment in _experiments(paper, claim, at)
        for task in _tasks(paper, claim, experiment, at)
    ]


def _experiments(paper: Paper, claim: dict, at: int) -> list[str]:
    missing = {"text", "better", "than"} - set(claim)
    unknown = set(claim) - _KEYS
    if missing or unknown:
        what = (
            "no " + ", ".join(sorted(missing)) if missing else "unknown keys " + ", ".join(unknown)
        )
        raise ValueError(f"{paper.name}: claim {at}: {what}")
    named = claim.get("experiment", list(paper.experiments))
    named = [named] if isinstance(named, str) else named
    if unknown := [name for name in named if name not in paper.experiments]:
        raise ValueError(f"{paper.name}: claim {at}: no experiment {', '.join(unknown)}")
    sides = {side for side in (claim["better"], claim["than"]) if isinstance(side, str)}
    found = [name for name in named if sides <= set(paper.variants(name))]
    if not found:
        raise ValueError(f"{paper.name}: claim {at}: no experiment has {', '.join(sorted(sides))}")
    return found


def _tasks(paper: Paper, claim: dict, experiment: str, at: int) -> list[str]:
    everywhere = {task for one in paper.experiments for task in paper.tasks(one)}
    if unknown := set(claim.get("tasks", [])) - everywhere:
        raise ValueError(
            f"{paper.name}: claim {at}: no task {', '.join(sorted(unknown))}; there are "
            f"{', '.join(sorted(everywhere))}"
        )
    known = paper.tasks(experiment)
    return [task for task in claim.get("tasks", known) if task in known]


def _outcome(paper: Paper, claim: dict, experiment: str, task: str) -> Outcome:
    metric, better, than = claim.get("metric", "f1"), claim["better"], claim["than"]
    test, found = _test(paper, experiment, task, metric, better, than)
    shown = than if isinstance(than, str) else f"{than:.4f}".lstrip("0")
    elsewhere = sum(task in paper.tasks(one) for one in paper.experiments) > 1
    place = (claim["text"], experiment, task, metric, better, shown)
    return Outcome(*place, test, found, elsewhere)


def _test(
    paper: Paper, experiment: str, task: str, metric: str, better: str, than: str | float
) -> tuple[Difference | None, str]:
    """The difference, and the verdict."""
    first = paper.measured(experiment, better, task, metric)
    if not isinstance(than, str):
        if not first:
            return None, verdict(None)
        mean = float(np.mean([*first.values()])) - than
        return Difference(f"{len(first)}", mean), "reached" if mean >= 0 else "not reached"
    second = paper.measured(experiment, than, task, metric)
    if not first or not second:
        return None, verdict(None)
    both = sorted(first.keys() & second.keys())
    if both:
        sides = [np.array([side[key] for key in both]) for side in (first, second)]
        test = paired(*sides, paper.left_out)
    else:
        sides = [np.array([*side.values()]) for side in (first, second)]
        test = unpaired(*sides, paper.left_out)
    return test, verdict(test)
