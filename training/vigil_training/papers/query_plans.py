"""What an experiment and a variant of the protocol `queries` may say, and what makes no sense."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from vigil_training.active import STRATEGIES
from vigil_training.config import check_keys
from vigil_training.papers.settings import Settings

TASKS = ("ner", "nen")
SCORED = ("ner", "nen", "nen-words")
FILES = ("train", "dev", "test")
EVERYTHING = "all"


@dataclass(frozen=True)
class Design:
    """An experiment: the `corpus` (a folder of mtaal/), and how its sentences are parted.

    Sentences of the files `parts` are the pool, of which the share `initial` is labelled at first;
    those of the file `scored` are scored. With `partition`, three shares, the sentences of all
    files are drawn into labelled, unlabelled and scored instead, as the authors did. `lengths`
    leaves out what has fewer or more words. A seed draws its own parts, the same for each variant.
    Variants of `first` are run before the others.
    """

    corpus: str
    queries: int
    per_query: int
    parts: tuple[str, ...] = ("train", "dev")
    scored: str = "test"
    initial: float = 0.2222
    partition: tuple[float, ...] = ()
    lengths: tuple[int, ...] = (1, 1000)
    tasks: tuple[str, ...] = SCORED
    variants: tuple[str, ...] = ()
    seeds: tuple[int, ...] = ()
    first: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """A variant: the tasks that share an encoder, and how sentences are queried.

    With `alone`, each task has a model and queries of its own (the single-task scenario).
    `strategy` is one of active.STRATEGIES, or "all": no queries, everything labelled from the
    beginning. `diversity_steps` counts the batches on which the diversity discriminator and the
    encoder play before each query; 0 leaves it as it began. `task_discriminator` says whether
    equation 2 is played before each epoch, on `game_batches` batches (0: as many as there are).
    `encoder` is "words" (BiLSTM) or "transformer" (the shipped one), with the learning rate
    `encoder_rate` where that is not 0. `rounds`, where it is not 0, stands for the number of
    queries, as "all" has none. `counted` is how many of the first queried sentences are counted.
    Learning rates fall linearly, query by query, by the share `decay` in all.
    """

    tasks: tuple[str, ...] = TASKS
    alone: bool = False
    strategy: str = "random"
    pooling: str = "product"
    task_discriminator: bool = False
    game_batches: int = 0
    diversity_steps: int = 1
    encoder: str = "words"
    vectors: str = "encoder"
    dimensions: int = 100
    units: int = 64
    frozen_layers: int = 4
    dropout: float = 0.0
    residual: bool = False
    learning_rate: float = 1e-3
    encoder_rate: float = 0.0
    decay: float = 0.0
    game_rate: float = 1e-4
    batch: int = 32
    epochs: int = 1
    rounds: int = 0
    evaluate_every: int = 5
    counted: int = 1000


def _made(kind: type, table: Mapping, where: str) -> object:
    check_keys(table, [item.name for item in fields(kind)], where)
    try:
        return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in table.items()})
    except TypeError as error:
        raise ValueError(f"{where}: {str(error).partition('__init__() ')[2]}") from None


def design_of(settings: Settings, experiment: str) -> Design:
    """The design of an experiment; ValueError names a setting that makes no sense."""
    where = f"{settings.name}: experiment {experiment}"
    design = _made(Design, settings.experiment(experiment), where)
    for file in (*design.parts, design.scored):
        _one_of(file, FILES, f"{where}: parts and scored")
    if not design.partition and design.scored in design.parts:
        raise ValueError(f"{where}: sentences of {design.scored} would be trained on and scored")
    if design.partition and (len(design.partition) != 3 or sum(design.partition) > 1.0001):
        raise ValueError(f"{where}: partition needs three shares that come to 1 at most")
    if not 0 < design.initial <= 1 or min(design.queries, design.per_query) < 1:
        raise ValueError(f"{where}: initial is a share above 0; queries and per_query are 1 up")
    return design


def plan_of(settings: Settings, variant: str) -> Plan:
    """The plan of a variant; ValueError names a setting that makes no sense."""
    where = f"{settings.name}: variant {variant}"
    plan = _made(Plan, settings.variant(variant), where)
    _one_of(plan.strategy, (*STRATEGIES, EVERYTHING), f"{where}: strategy")
    _one_of(plan.encoder, ("words", "transformer"), f"{where}: encoder")
    _one_of(plan.pooling, ("product", "mean"), f"{where}: pooling")
    if not plan.tasks or set(plan.tasks) - set(TASKS):
        raise ValueError(f"{where}: tasks are one or both of {', '.join(TASKS)}")
    if not 0 <= plan.decay < 1:
        raise ValueError(f"{where}: decay is a share from 0 to less than 1")
    if plan.task_discriminator and (plan.alone or len(plan.tasks) < 2):
        raise ValueError(f"{where}: the task discriminator needs both tasks in one model")
    return plan


def _one_of(value: str, allowed: Sequence[str], where: str) -> None:
    if value not in allowed:
        raise ValueError(f"{where}: {value!r} is unknown; allowed are {', '.join(allowed)}")
