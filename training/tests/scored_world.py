"""A few rows of two tasks with answers to them, to be scored and compared."""

import numpy as np

from vigil_training.predict import Answers
from vigil_training.rows import Row, Span
from vigil_training.tasks import Task

EFFECT = Task("adverse_effect", "sentence", ("no", "yes"), "yes")
STANCE = Task("vaccine_stance", "sentence", ("none", "for", "against"))


def world() -> tuple[list[Row], Answers]:
    """Eight rows of two tasks with spans; every answer but the last is right."""
    rows = [
        Row(
            "x",
            f"dizzy post {number}",
            {
                "adverse_effect": ("yes",) if number % 2 else ("no",),
                "vaccine_stance": (STANCE.labels[number % 3],),
            },
            (Span(0, 5, "effect"), Span(6, 10, "drug")) if number % 2 else (),
            cluster=number,
        )
        for number in range(8)
    ]
    right = {
        "adverse_effect": [n % 2 for n in range(8)],
        "vaccine_stance": [0, 1, 2, 0, 1, 2, 0, 0],
    }
    right["adverse_effect"][7] = 0
    logits = {
        task.id: np.eye(len(task.labels))[right[task.id]].astype(np.float32) * 4
        for task in (EFFECT, STANCE)
    }
    spans = [[(span, 1.0) for span in row.spans or ()] for row in rows]
    spans[7] = [(Span(3, 9, "effect"), 0.9)]
    return rows, Answers(logits, spans)
