"""What a variant of the protocol `pipeline` asks for; a wrong key is one line of error."""

from dataclasses import dataclass, field, fields

from vigil_training.config import check_keys
from vigil_training.papers.pipeline_data import Sources
from vigil_training.papers.pipeline_model import Plan

MEMBERS = ("wrong", "differ", "wrong-augmented", "differ-augmented")
NORMALISERS = ("classifier", "retrieval")


@dataclass(frozen=True)
class Recipe:
    """A variant's settings.

    `members` are further classifiers, each trained on resampled rows: "wrong" raises those that the
    first classifier gets wrong, "differ" those on which the first and the one before it differ;
    with "-augmented" the rows are the training posts and `augment` new ones of each positive.
    `least` is how many spans of training posts a term needs to be a class. `context` gives the
    normaliser the post beside the span. `stages` is "trained", or "bundle" for the classifier and
    the extractor of `bundle`; a "retrieval" normaliser is the bundle's as well, and searches all
    wordings of the vocabulary or, with `wordings` false, its preferred names.
    """

    data: Sources = field(default_factory=Sources)
    plan: Plan = field(default_factory=Plan)
    members: tuple[str, ...] = ()
    factor: int = 3
    augment: int = 5
    least: int = 4
    context: bool = False
    feedback: bool = True
    stages: str = "trained"
    normaliser: str = "classifier"
    bundle: str = "models/vigil-minilm"
    wordings: bool = True


def recipe(values: dict, name: str) -> Recipe:
    """A variant's table; ValueError where a key or a choice is none of those there are."""
    given = dict(values)
    for key, kind in (("data", Sources), ("plan", Plan)):
        given[key] = kind(**_known(given.get(key, {}), kind, f"variant {name}, {key}"))
    found = Recipe(**_known(given, Recipe, f"variant {name}"))
    choices = [("members", one, MEMBERS) for one in found.members]
    choices += [("normaliser", found.normaliser, NORMALISERS)]
    choices += [("stages", found.stages, ("trained", "bundle"))]
    for key, value, allowed in choices:
        if value not in allowed:
            raise ValueError(
                f"variant {name}: {key} holds {value!r}; allowed are {', '.join(allowed)}"
            )
    if found.stages == "bundle" and (found.normaliser != "retrieval" or found.members):
        raise ValueError(
            f'variant {name}: the stages of a bundle take the normaliser "retrieval" and no members'
        )
    return found


def _known(values: dict, kind: type, where: str) -> dict:
    check_keys(values, [item.name for item in fields(kind)], where)
    return values
