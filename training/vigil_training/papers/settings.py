"""What a paper's experiments are, from one TOML file each; a wrong key is one line of error."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from types import ModuleType

from vigil_training.config import check_keys

FOLDER = Path(__file__).parent / "settings"
PROTOCOLS = ("folds", "pipeline", "queries")
_KEYS = {
    "title", "paper", "protocol", "all", "experiment", "task", "variant", "smoke", "folds", "seeds",
    "test", "original", "reported", "claim", "notes", "not_compared", "built", "data", "metrics",
    "plot", "stated",
}  # fmt: skip


class NotYet(ValueError):
    """A unit needs another one's result, which is not there yet."""


@dataclass(frozen=True)
class Unit:
    """One piece of work that is done at once, and kept when it is done."""

    experiment: str
    variant: str
    seed: int
    fold: int


@dataclass(frozen=True)
class Settings:
    """A paper's file: `values` is its TOML, with the table `smoke` merged over it for a smoke run.

    So is the table `original` for a run on the paper's own sets. A protocol may know further keys,
    which it names as `KEYS`.
    """

    name: str
    title: str
    protocol: str
    values: dict
    smoke: bool = False

    def variant(self, name: str, experiment: str = "") -> dict:
        """A variant's settings: its table merged over the experiment's `all` and the file's."""
        own = self.values["experiment"].get(experiment, {}).get("all", {})
        return merged(merged(self.values.get("all", {}), own), self.values["variant"][name])

    def experiment(self, name: str) -> dict:
        """An experiment's table."""
        return self.values["experiment"][name]

    def variants(self, experiment: str) -> list[str]:
        """The variants of an experiment, every one where it names none."""
        return self.experiment(experiment).get("variants", list(self.values["variant"]))

    def hash(self, unit: Unit) -> str:
        """Of all that decides a unit's result, so that a changed setting is run again."""
        experiment = dict(self.experiment(unit.experiment))
        # Which others there are changes nothing.
        for key in ("variants", "first"):
            experiment.pop(key, None)
        variant = self.variant(unit.variant, unit.experiment)
        parts = [self.protocol, self.values.get("folds"), self.values.get("test"), experiment]
        parts += [variant, self.values.get("task", {}), self.smoke]
        asked = [*variant.get("vote", ()), *variant.get("pseudo", {}).get("from", ())]
        parts += [self.hash(replace(unit, variant=name)) for name in asked]
        text = json.dumps(parts, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def merged(below: Mapping, above: Mapping) -> dict:
    """Both tables in one; where both have a table, the two are merged as well."""
    result = dict(below)
    for key, value in above.items():
        is_table = isinstance(value, Mapping) and isinstance(result.get(key), Mapping)
        result[key] = merged(result[key], value) if is_table else value
    return result


def names() -> list[str]:
    """The papers that there are."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load(name: str, smoke: bool = False, original: bool = False) -> Settings:
    """A paper's settings by its name, or by the path of a file.

    Raises ValueError where there is no such paper, a key or a reference makes no sense, or the
    paper's own sets are asked for and it names none.
    """
    path = FOLDER / f"{name}.toml" if name in names() else Path(name)
    if path.suffix != ".toml" or not path.exists():
        raise ValueError(f"no paper {name}: give a TOML file or one of {', '.join(names())}")
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path.name} is not TOML: {error}") from None
    if values.get("protocol") not in PROTOCOLS:
        raise ValueError(
            f"{path.name}: protocol is {values.get('protocol')!r}; allowed are "
            f"{', '.join(PROTOCOLS)}"
        )
    if original and "original" not in values:
        raise ValueError(
            f"{path.name} has no table [original]: its own sets are those that it names"
        )
    for table, is_on in (("original", original), ("smoke", smoke)):
        values = merged(values, values.get(table, {})) if is_on else values
    found = Settings(path.stem, values.get("title", path.stem), values["protocol"], values, smoke)
    _check(found, path.name)
    return found


def protocol(settings: Settings) -> ModuleType:
    """The module that runs the units of a paper's protocol."""
    return import_module(f"vigil_training.papers.{settings.protocol}")


def _check(settings: Settings, file: str) -> None:
    known = _KEYS | set(getattr(protocol(settings), "KEYS", ()))
    check_keys(settings.values, sorted(known), file)
    for table in ("experiment", "variant"):
        if not settings.values.get(table):
            raise ValueError(f"{file}: there is no table [{table}.NAME]")
    for name in settings.values["experiment"]:
        for variant in settings.variants(name):
            if variant not in settings.values["variant"]:
                raise ValueError(
                    f"{file}: experiment {name} names the variant {variant}, which is no table; "
                    f"there are {', '.join(settings.values['variant'])}"
                )
