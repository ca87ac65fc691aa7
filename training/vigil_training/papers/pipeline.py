"""Protocol of three subtasks in a row: label of a post, spans of effects, their concepts.

Dima et al. 2021. A unit is a variant with a seed: its models are trained, the best epoch is chosen
on the development part, and both that part and the test part are answered by algorithm 2.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from vigil_training.papers.pipeline_bundle import Bundle
from vigil_training.papers.pipeline_data import Parts, Post, open_parts
from vigil_training.papers.pipeline_model import Base
from vigil_training.papers.pipeline_recipe import recipe
from vigil_training.papers.pipeline_scores import Stages, answer, given_scores, scores
from vigil_training.papers.pipeline_trained import Trained
from vigil_training.papers.settings import Settings, Unit


@dataclass
class Opened:
    """Where the data lie, and what was made from them: parts, states and models."""

    data: Path | None
    corpus: Path
    made: dict[str, Any] = field(default_factory=dict)

    def once(self, key: tuple, make: Callable[[], Any]) -> Any:
        """What `make` gives; made once for all units of a process."""
        name = json.dumps(key, sort_keys=True, default=asdict)
        if name not in self.made:
            self.made[name] = make()
        return self.made[name]


def units(settings: Settings) -> list[Unit]:
    """Every variant with the first seed, then with the next."""
    found = [
        Unit(experiment, variant, seed, 0)
        for seed in settings.values.get("seeds", [17])
        for experiment in settings.values["experiment"]
        for variant in settings.variants(experiment)
    ]
    for unit in found:
        recipe(settings.variant(unit.variant, unit.experiment), unit.variant)
    return found


def open_data(settings: Settings, data: Path | None, corpus: Path) -> Opened:
    """Nothing is read before a unit needs it; without `data` only the project's own posts are."""
    return Opened(data, corpus)


def run(unit: Unit, settings: Settings, opened: Opened, earlier: Mapping | None = None) -> dict:
    """Scores of the test part; those of the development part, too, and counts of the data.

    It needs no `earlier` results; models that variants share are made once in a process.

    A bundle was trained on the development part, so that its scores there are left out.
    """
    made = recipe(settings.variant(unit.variant, unit.experiment), unit.variant)
    parts: Parts = opened.once(
        ("parts", made.data), lambda: open_parts(opened.data, opened.corpus, made.data)
    )
    bundle = None
    if made.normaliser == "retrieval":
        bundle = opened.once(
            ("bundle", made.bundle, made.wordings),
            lambda: Bundle(Path(made.bundle), parts.names, made.wordings),
        )
    result: dict[str, Any] = {"parts": {n: len(getattr(parts, n)) for n in ("train", "test")}}
    if made.stages == "bundle":
        stages = Stages(bundle.classify, bundle.extract, bundle.normalise)
    else:
        base = opened.once(("base", made.plan), lambda: Base(made.plan))
        trained = Trained(parts, base, made, unit.seed, opened.once)
        stages = trained.stages(bundle.normalise if bundle else None)
        result["terms"] = {"classes": len(trained.terms), "covered": round(trained.covered, 4)}
    result["scores"] = _scores(parts.test, stages, made.feedback)
    if bundle is None:
        result["development"] = _scores(parts.development, stages, made.feedback)
    return result


def _scores(posts: list[Post], stages: Stages, feedback: bool) -> dict[str, dict]:
    found = scores(posts, answer(stages, posts, feedback))
    found["normalise given spans"] = given_scores(posts, stages)
    return {
        task: {k: v if isinstance(v, int) else round(v, 4) for k, v in one.items()}
        for task, one in found.items()
    }
