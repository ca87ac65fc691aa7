"""Settings of a training run, from a TOML file; unknown keys are errors."""

import tomllib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path


@dataclass(frozen=True)
class Architecture:
    """What a model is made of; the defaults are those of the bundle that ships.

    `encoder` is "transformer", "bigru", "bilstm", "cnn" or "bilstm-cnn"; all but the first have so
    many `units` a layer (and direction) and begin from the `vectors` of the transformer's word
    pieces ("encoder"), of a file in GloVe's format, or "random" ones, of so many `dimensions` (0:
    as many as there are), and change them only where `learn_vectors` says so. `readout` names what
    a sentence head reads of the states (`architectures/readouts.py`). `private` gives each sentence
    task an encoder of its own beside the shared one; `adversarial` and `divergence` weigh the
    penalties of `shared_private.py`.
    """

    encoder: str = "transformer"
    units: int = 100
    vectors: str = "encoder"
    dimensions: int = 0
    learn_vectors: bool = False
    readout: str = "mean-max"
    dropout: float = 0.1
    private: bool = False
    adversarial: float = 0.0
    divergence: float = 0.0


@dataclass(frozen=True)
class Config:
    """One run. `weights` says how many rows of each group a pass over the mixture holds.

    `r_drop` weighs the difference of two passes with other dropout (Liang et al. 2021), in sentence
    tasks; both learn from the labels, which doubles the work. `average` is the decay of a running
    mean of the weights, which is what is kept (Polyak and Juditsky 1992). Both are 0 where they are
    off.

    A group is a set's name, with `-spans` for its rows that mark spans. `encoder` is empty except
    in tests, where it sizes a random one. `layers` are the numbers of the encoder's layers that are
    kept, all of them where it is empty.

    `new_texts` is how many new texts a row with a positive label has beside its own, misspelt or
    with other words, places and numbers (`augment_words.py`; Dima et al. 2021 have five).

    `start_from` is the folder of a run whose model it begins from, with those of its layers that
    are kept. `teachers` are folders of runs whose answers are followed as well, weighed by `teach`.

    `draw` is "mixture", by the weights; "epochs", each row once per epoch in batches of every task;
    or "by-task", where a batch has the rows of one task, drawn by the number of its batches (Dima
    et al. 2021, algorithm 1). With the last two `epochs` says how many steps there are, and
    `batches` how large a task's batches are where they are not of `batch` rows. `class_weights` is
    "balanced" or empty; `task_weights` weigh a task's loss.
    """

    seed: int = 17
    steps: int = 2000
    batch: int = 32
    max_tokens: int = 64
    learning_rate: float = 8e-5
    head_learning_rate: float = 6e-4
    warmup: float = 0.06
    frozen_layers: int = 2
    mask_share: float = 0.35
    term_every: int = 3
    term_batch: int = 48
    term_weight: float = 0.5
    label_smoothing: float = 0.0
    r_drop: float = 0.0
    average: float = 0.0
    layers: list[int] = field(default_factory=list)
    start_from: str = ""
    teachers: list[str] = field(default_factory=list)
    teach: float = 0.0
    new_texts: int = 0
    draw: str = "mixture"
    epochs: int = 0
    batches: dict[str, int] = field(default_factory=dict)
    optimizer: str = "adamw"
    weight_decay: float = 0.01
    schedule: str = "linear"
    class_weights: str = ""
    task_weights: dict[str, float] = field(default_factory=dict)
    architecture: Architecture = field(default_factory=Architecture)
    weights: dict[str, float] = field(default_factory=dict)
    mask: dict[str, float] = field(default_factory=dict)
    encoder: dict[str, int] = field(default_factory=dict)


def load_config(name: str) -> Config:
    """A config by the name of a file that comes with the package, or by path.

    Its key `base` names another, which it changes as `changed` does. Raises ValueError where there
    is no such file, or a key is unknown.
    """
    values = _values(name)
    base = values.pop("base", None)
    if base is None:
        return read_config(values, name)
    if not isinstance(base, str):
        raise ValueError(f"config {name}: base is {base!r}; it has to be the name of a config")
    first = _values(base)
    if "base" in first:
        raise ValueError(f"config {name}: its base {base} has a base itself; give it all there")
    return changed(read_config(first, base), values, name)


def changed(base: Config, changes: dict, name: str) -> Config:
    """A config with other settings, those in tables (weights, architecture) one by one.

    Raises ValueError, with `name`, at an unknown key.
    """
    values = asdict(base)
    for key, value in changes.items():
        is_table = isinstance(value, dict) and isinstance(values.get(key), dict)
        values[key] = {**values[key], **value} if is_table else value
    return read_config(values, name)


def _values(name: str) -> dict:
    shipped = Path(__file__).parent / "configs" / f"{name}.toml"
    path = shipped if shipped.exists() else Path(name)
    if not path.exists():
        known = sorted(file.stem for file in shipped.parent.glob("*.toml"))
        raise ValueError(f"no config {name}: give a file or one of {', '.join(known)}")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def read_config(values: dict, name: str) -> Config:
    """A config from the tables of a TOML file; ValueError, with `name`, at an unknown key."""
    check_keys(values, _names(Config), f"config {name}")
    parts = values.get("architecture", {})
    if not isinstance(parts, dict):
        raise ValueError(f"config {name}: architecture is not a table")
    check_keys(parts, _names(Architecture), f"config {name}, architecture")
    return Config(**{**values, "architecture": Architecture(**parts)})


def _names(kind: type) -> list[str]:
    return [item.name for item in fields(kind)]


def check_keys(values: Iterable[str], known: Iterable[str], where: str) -> None:
    """Raises ValueError at keys that are none of the known ones, and says which there are."""
    known = list(known)
    if unknown := sorted(set(values) - set(known)):
        raise ValueError(
            f"{where}: unknown keys {', '.join(unknown)}; known are {', '.join(known)}"
        )
