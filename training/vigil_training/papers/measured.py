"""What a paper's settings ask for and what its results say so far, as the page reads them."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from vigil_training.papers import results as stored
from vigil_training.papers import settings as files
from vigil_training.papers.settings import Unit


@dataclass(frozen=True)
class Paper:
    """One settings file, the units it asks for and the results of those that are done.

    A result has `scores`, task -> metric -> a fraction from 0 to 1, and `seconds`; it may have a
    `curve`, [[query, labelled, F1 per task ...], ...], and `counts`, name -> number.
    """

    name: str
    values: dict
    units: list[Unit]
    results: dict[Unit, dict]

    @property
    def experiments(self) -> dict[str, dict]:
        return self.values["experiment"]

    def variants(self, experiment: str) -> list[str]:
        """The variants of an experiment, every one where it names none."""
        return self.experiments[experiment].get("variants", list(self.values.get("variant", {})))

    def tasks(self, experiment: str) -> list[str]:
        """The tasks of an experiment: those that it names, or else that are scored or reported."""
        found = list(self.experiments[experiment].get("tasks", []))
        # Without a name a reported figure belongs to every experiment that names no tasks itself.
        unnamed = None if found else experiment
        for unit, one in self.results.items():
            if unit.experiment == experiment:
                found += one["scores"]
        for one in self.values.get("reported", []):
            if "task" in one and one.get("experiment", unnamed) == experiment:
                found.append(one["task"])
        return list(dict.fromkeys(found))

    def of(self, experiment: str, variant: str) -> dict[Unit, dict]:
        """The results of a variant in an experiment, by seed and fold."""
        return {unit: self.results[unit] for unit in self._places.get((experiment, variant), [])}

    @cached_property
    def _places(self) -> dict[tuple[str, str], list[Unit]]:
        places: dict[tuple[str, str], list[Unit]] = {}
        for unit in sorted(self.results, key=lambda unit: (unit.seed, unit.fold)):
            places.setdefault((unit.experiment, unit.variant), []).append(unit)
        return places

    def measured(
        self, experiment: str, variant: str, task: str, metric: str
    ) -> dict[tuple[int, int], float]:
        """(seed, fold) -> score of every unit that has one."""
        return {
            (unit.seed, unit.fold): float(one["scores"][task][metric])
            for unit, one in self.of(experiment, variant).items()
            if one["scores"].get(task, {}).get(metric) is not None
        }

    def stated(self, experiment: str, variant: str) -> tuple[int, int]:
        """Number of seeds and of folds that the protocol asks for (at least 1 each).

        The file's `folds` and `seeds`, of which an experiment may run fewer. The table `[stated]`
        says either where the paper has more than the file.
        """
        asked = [u for u in self.units if (u.experiment, u.variant) == (experiment, variant)]
        said = self.values.get("stated", {})
        seeds = max(len(self.values.get("seeds", [])), len({unit.seed for unit in asked}), 1)
        folds = max(self.values.get("folds", 1), len({unit.fold for unit in asked}), 1)
        return said.get("seeds", seeds), said.get("folds", folds)

    @property
    def left_out(self) -> float | None:
        """Rows that a fold leaves out per row that it keeps; None where there are no folds."""
        folds = self.values.get("folds", 1)
        return 1 / (folds - 1) if folds > 1 else None

    def seconds(self, experiment: str | None = None) -> float:
        """Summed time of the finished units, of all experiments where none is named."""
        return sum(
            float(one["seconds"])
            for unit, one in self.results.items()
            if experiment in (None, unit.experiment)
        )


def read_papers(folder: Path = stored.FOLDER) -> list[Paper]:
    """All papers with their results from a folder, by the year that their names end in.

    Raises ValueError for settings or results that cannot be used.
    """
    papers = []
    for name in sorted(files.names(), key=lambda name: (name[-4:], name)):
        settings = files.load(name)
        units = files.protocol(settings).units(settings)
        found = stored.read(settings, folder)
        papers.append(Paper(name, settings.values, units, found))
    return papers


def mean_and_deviation(values: Iterable[float]) -> tuple[float, float | None]:
    """Mean and standard deviation (with n - 1; None of a single value)."""
    numbers = np.array(list(values), float)
    return float(numbers.mean()), float(numbers.std(ddof=1)) if len(numbers) > 1 else None
