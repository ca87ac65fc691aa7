"""What the units of a paper came to: one JSON object a line, committed, so that a run goes on."""

import fcntl
import json
from dataclasses import asdict
from pathlib import Path

from vigil_training.papers.settings import Settings, Unit

FOLDER = Path("training/papers")


def path_of(settings: Settings, folder: Path = FOLDER) -> Path:
    """The file of a paper's results."""
    return folder / f"{settings.name}.ndjson"


def read(settings: Settings, folder: Path = FOLDER) -> dict[Unit, dict]:
    """The result of every unit that was run with the settings as they are now.

    Raises ValueError at a line that is no result.
    """
    path = path_of(settings, folder)
    found: dict[Unit, dict] = {}
    if not path.exists():
        return found
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            item = json.loads(line)
            unit = Unit(item["experiment"], item["variant"], item["seed"], item["fold"])
            is_current = _is_current(settings, unit, item["settings"])
        except (ValueError, KeyError, TypeError):
            raise ValueError(f"{path} line {number} is no result; delete the line") from None
        if is_current:
            found[unit] = item
    return found


def add(settings: Settings, unit: Unit, result: dict, folder: Path = FOLDER) -> None:
    """Appends a unit's result; several processes may do so at once."""
    folder.mkdir(parents=True, exist_ok=True)
    line = json.dumps({**asdict(unit), "settings": settings.hash(unit), **_rounded(result)})
    with path_of(settings, folder).open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(line + "\n")


def _is_current(settings: Settings, unit: Unit, digest: str) -> bool:
    if unit.experiment not in settings.values["experiment"]:
        return False
    return unit.variant in settings.variants(unit.experiment) and settings.hash(unit) == digest


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, 5)
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    return value
