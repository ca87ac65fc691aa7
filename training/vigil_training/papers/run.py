"""Runs what is left of a paper: units in their order, each kept when it is done."""

import fcntl
import tempfile
import time
from pathlib import Path

from tqdm import tqdm

from vigil_training.papers import results
from vigil_training.papers.settings import NotYet, Settings, Unit, protocol


def run(
    settings: Settings,
    data: Path | None,
    corpus: Path,
    folder: Path = results.FOLDER,
    only: str = "",
    seconds: float = float("inf"),
) -> int:
    """Runs every unit without a result whose name (experiment/variant/seed/fold) holds `only`.

    No new unit is begun after so many seconds. Several processes may work on one paper: each takes
    units that no other one is at. Returns how many units are still to do. Raises MissingData where
    a set that the paper needs is not there.
    """
    module = protocol(settings)
    wanted = [unit for unit in module.units(settings) if only in name_of(unit)]
    if not wanted:
        raise ValueError(f"{settings.name} has no unit with {only!r} in its name")
    began, opened = time.monotonic(), None
    progress = tqdm(total=len(wanted), desc=settings.name, unit="unit", mininterval=5)
    left = wanted
    while left and time.monotonic() - began < seconds:
        waiting = []
        for unit in left:
            if time.monotonic() - began > seconds:
                break
            with _claimed(settings, unit, folder) as is_mine:
                earlier = results.read(settings, folder)
                if is_mine and unit not in earlier:
                    progress.set_postfix_str(name_of(unit))
                    opened = opened or protocol(settings).open_data(settings, data, corpus)
                    try:
                        results.add(settings, unit, _timed(unit, settings, opened, earlier), folder)
                    except NotYet:
                        waiting.append(unit)
                        continue
            progress.update()
        if len(waiting) == len(left):
            break
        left = waiting
    progress.close()
    done = results.read(settings, folder)
    return sum(unit not in done for unit in wanted)


def _timed(unit: Unit, settings: Settings, opened: object, earlier: dict[Unit, dict]) -> dict:
    # Processor time: a run that is stopped for a while computes nothing meanwhile.
    started = time.process_time()
    found = protocol(settings).run(unit, settings, opened, earlier)
    return {**found, "seconds": round(time.process_time() - started, 1)}


def name_of(unit: Unit) -> str:
    """A unit as people name it."""
    return f"{unit.experiment}/{unit.variant}/{unit.seed}/{unit.fold}"


class _claimed:
    """A lock per unit; what it gives says whether this process has it."""

    def __init__(self, settings: Settings, unit: Unit, folder: Path) -> None:
        whose = str(folder.resolve()).replace("/", "-")
        place = Path(tempfile.gettempdir()) / f"vigil-papers{whose}"
        place.mkdir(parents=True, exist_ok=True)
        self._path = place / f"{settings.name}-{name_of(unit)}".replace("/", "_")

    def __enter__(self) -> bool:
        self._file = self._path.open("w")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def __exit__(self, *_: object) -> None:
        self._file.close()
