"""Which unlabelled sentences are asked for next, from what a model answers (Zhou et al. 2021).

Each score is the higher the more a label would tell; the highest are queried.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

STRATEGIES = ("random", "entropy", "least-confidence", "diversity", "length")


@dataclass
class Answers:
    """What the strategies read of unlabelled sentences, each array [sentences].

    `entropy` and `log_best` have one array per task: the entropy of the label distributions summed
    over the words, and the log-probability of the best label sequence. `log_labelled` is the log of
    DD(E(x)), the probability of being a labelled sentence; `words` counts words. What a
    strategy does not read may be empty.
    """

    words: np.ndarray
    log_labelled: np.ndarray = field(default_factory=lambda: np.zeros(0))
    entropy: dict[str, np.ndarray] = field(default_factory=dict)
    log_best: dict[str, np.ndarray] = field(default_factory=dict)


def check(strategy: str) -> None:
    """ValueError for a strategy that there is not."""
    if strategy not in STRATEGIES:
        raise ValueError(f"unknown strategy {strategy}; allowed are {', '.join(STRATEGIES)}")


def entropy(answers: Answers) -> np.ndarray:
    """Sum over the tasks of the entropies (Reichart et al. 2008); one task's alone if it is one."""
    return np.sum([*answers.entropy.values()], axis=0)


def least_confidence(answers: Answers) -> np.ndarray:
    """Sum over the tasks of 1 - P(best label sequence) (Culotta and McCallum 2005)."""
    return np.sum([-np.expm1(one) for one in answers.log_best.values()], axis=0)


def diversity(answers: Answers) -> np.ndarray:
    """1 - DD(E(x)), equation 5."""
    return -np.expm1(answers.log_labelled)


def query(
    strategy: str, answers: Answers, count: int, generator: np.random.Generator
) -> Sequence[int]:
    """Numbers of the `count` sentences to be labelled next, or of all where there are fewer.

    1 - P is 1 to the last digit where P is small; such sentences are ranked by the logarithm.
    """
    check(strategy)
    size = len(answers.words)
    if strategy == "random":
        return generator.permutation(size)[:count].tolist()
    ties = np.zeros(size)
    if strategy == "entropy":
        scores = entropy(answers)
    elif strategy == "least-confidence":
        scores = least_confidence(answers)
        ties = -np.sum([*answers.log_best.values()], axis=0)
    elif strategy == "diversity":
        scores, ties = diversity(answers), -answers.log_labelled
    else:
        scores = answers.words.astype(float)
    return np.lexsort((-ties, -scores))[:count].tolist()
