"""The gate: a linear model over hashed words and word pairs, cheap enough for every post.

It has to let through whatever any task may find, and to refuse most of ordinary chatter. Names
of products are the lexicon's business in serving, so they are swapped here in half of the rows.
"""

import random
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from vigil_training import augment
from vigil_training.data.lexicon import Lexicon
from vigil_training.rows import Row
from vigil_training.tasks import Task
from vigil_training.text import blank, fnv1a32, tokens

BITS = 18
# Under the twentieth that is allowed: another sample of chatter passes a little more or less.
PASSED = 0.045


@dataclass(frozen=True)
class Gate:
    """int8 weights [2^BITS]; a post passes when bias + scale * sum of its weights >= threshold."""

    weights: np.ndarray
    scale: float
    bias: float
    threshold: float

    def score(self, text: str) -> tuple[float, int]:
        """The score of a text, and the number of its distinct features."""
        found = features(text)
        return self.bias + self.scale * float(self.weights[found].sum(dtype=np.int64)), len(found)

    def write(self, path: Path) -> None:
        """Writes the weights as bytes; the other numbers go to the manifest."""
        path.write_bytes(self.weights.astype(np.int8).tobytes())


@cache
def _slot(feature: str) -> int:
    return fnv1a32(feature.encode()) & ((1 << BITS) - 1)


def features(text: str) -> list[int]:
    """Slots of the distinct words and word pairs of a text; two features may share a slot."""
    words = tokens(blank(text))
    pairs = [f"{a} {b}" for a, b in pairwise(words)]
    return [_slot(feature) for feature in dict.fromkeys(words + pairs)]


def matrix(texts: list[str]) -> csr_matrix:
    """Feature counts [texts, 2^BITS]."""
    found = [features(text) for text in texts]
    ends = np.cumsum([0] + [len(slots) for slots in found])
    columns = np.array([slot for slots in found for slot in slots], dtype=np.int32)
    shape = (len(texts), 1 << BITS)
    result = csr_matrix((np.ones(len(columns), np.float32), columns, ends), shape=shape)
    result.sum_duplicates()
    return result


def is_positive(row: Row, tasks: list[Task]) -> bool:
    """Whether some task surely has more to say of a row than its first label."""
    return any(
        task.id in row.labels and task.labels[0] not in row.labels[task.id]
        for task in tasks
        if task.kind == "sentence" and task.id not in ("vaccine_stance", "health_mention")
    ) or row.labels.get("health_mention") == ("mention",)


def fit(rows: list[Row], tasks: list[Task], lexicon: Lexicon, seed: int) -> Gate:
    """Learns from training rows; the threshold lets PASSED of the development chatter through."""
    rng = random.Random(seed)
    used = [r for r in rows if (r.set == "background" and r.labels) or is_positive(r, tasks)]
    train = [row for row in used if row.split == "train"]
    texts = [
        augment.mask_drugs(row, lexicon, rng).text if rng.random() < 0.5 else row.text
        for row in train
    ]
    is_on = np.array([row.set != "background" for row in train])
    chatter = [row.text for row in rows if row.set == "background" and row.split == "dev"]
    if not chatter or is_on.all() or not is_on.any():
        raise ValueError(
            "the gate cannot be fitted: it needs rows of the set background in training and "
            "development, and positive rows of other sets in training"
        )
    model = LogisticRegression(C=1.0, max_iter=200)
    model.fit(matrix(texts), is_on)
    coefficients = model.coef_[0]
    scale = float(np.abs(coefficients).max() / 127)
    weights = np.clip(np.rint(coefficients / scale), -127, 127).astype(np.int8)
    bias = float(model.intercept_[0])
    gate = Gate(weights, scale, bias, 0.0)
    scores = np.array([gate.score(text)[0] for text in chatter])
    return Gate(weights, scale, bias, float(np.quantile(scores, 1 - PASSED)))
