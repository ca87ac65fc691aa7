"""Pseudo-labels and hard voting (Bai and Zhou 2020, sections 3.3 and 4.1; Lee 2013).

In the paper the organisers' test part is what is scored, and also what pseudo-labels are made for.
Here rows fall into three parts: those trained on, those scored, and a pool that is neither. A
pseudo-label is what models that were trained on the first say of a row of the pool; what a row of
the pool is truly labelled is never read. The paper's own way, with the scored rows as the pool, is
transductive: a model then knows the texts that it is scored on, though not their labels. It is an
option, off in the settings that come along.
"""

from collections.abc import Sequence

import numpy as np

from vigil_training.sampling import vote

PICKS = ("random", "surest")


def pseudo_labels(
    probabilities: Sequence[np.ndarray],
    share: float = 0.1,
    pick: str = "random",
    seed: int | Sequence[int] = 42,
) -> tuple[np.ndarray, np.ndarray]:
    """Positions in the pool [n], ascending, and a hard label for each [n].

    `probabilities` has [pool, labels] of each model; the label is what they vote for. The paper
    adds 10 % of the answers and does not say which: "random" draws them, "surest" takes those with
    the highest mean probability of the label voted for, which is its share of the votes where the
    models' answers are hard. Raises ValueError on an unknown pick or a share outside (0, 1].
    """
    if pick not in PICKS:
        raise ValueError(f"no pick {pick!r}: give one of {', '.join(PICKS)}")
    if not 0 < share <= 1:
        raise ValueError(f"share is {share}; it has to lie above 0 and be 1 at most")
    labels = vote([one.argmax(axis=1) for one in probabilities])
    count = max(1, round(share * len(labels)))
    if pick == "random":
        found = np.random.default_rng(seed).choice(len(labels), count, replace=False)
    else:
        mean = np.mean([np.asarray(one) for one in probabilities], axis=0)
        found = np.argsort(-mean[np.arange(len(labels)), labels], kind="stable")[:count]
    found = np.sort(found)
    return found, labels[found]
