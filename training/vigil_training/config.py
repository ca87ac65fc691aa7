"""Settings of a training run, from a TOML file; unknown keys are errors."""

import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path


@dataclass(frozen=True)
class Config:
    """One run. `weights` says how many rows of each group a pass over the mixture holds.

    `r_drop` weighs the difference of two passes with other dropout (Liang et al. 2021), which
    doubles the work; `average` is the decay of a running mean of the weights, which is what is
    kept (Polyak and Juditsky 1992). Both are 0 where they are off.

    A group is a set's name, with `-spans` for its rows that mark spans. `encoder` is empty except
    in tests, where it sizes a random one.
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
    weights: dict[str, float] = field(default_factory=dict)
    mask: dict[str, float] = field(default_factory=dict)
    encoder: dict[str, int] = field(default_factory=dict)


def load_config(name: str) -> Config:
    """A config by the name of a file that comes with the package, or by path."""
    shipped = Path(__file__).parent / "configs" / f"{name}.toml"
    path = shipped if shipped.exists() else Path(name)
    if not path.exists():
        known = sorted(file.stem for file in shipped.parent.glob("*.toml"))
        raise ValueError(f"no config {name}: give a file or one of {', '.join(known)}")
    values = tomllib.loads(path.read_text(encoding="utf-8"))
    unknown = set(values) - {item.name for item in fields(Config)}
    if unknown:
        raise ValueError(f"config {name}: unknown keys {', '.join(sorted(unknown))}")
    return Config(**values)
