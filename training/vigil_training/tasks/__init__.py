"""The kinds of task: a label per text, a label per token, marks and a vector per span.

`schemas/tasks.json` lists the tasks for training and serving alike; what a kind needs in
training is one file here.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Task:
    """One entry of tasks.json."""

    id: str
    kind: str
    labels: tuple[str, ...] = ()
    positive: str | None = None
    threshold: float | None = None
    dimensions: int = 0
    thresholds: dict[str, float] = field(default_factory=dict)


def load_tasks(path: Path) -> list[Task]:
    """Reads tasks.json; raises ValueError where a task's kind or labels make no sense."""
    tasks = []
    for item in json.loads(path.read_text(encoding="utf-8"))["tasks"]:
        task = Task(
            item["id"],
            item["kind"],
            tuple(item.get("labels", ())),
            item.get("positive"),
            item.get("threshold"),
            item.get("dimensions", 0),
            item.get("thresholds", {}),
        )
        if task.kind not in ("sentence", "token", "marks", "vector"):
            raise ValueError(f"task {task.id}: unknown kind {task.kind}")
        if (task.kind == "vector") != (task.dimensions > 0) or (
            task.kind != "vector" and len(task.labels) < 2
        ):
            raise ValueError(f"task {task.id}: labels or dimensions do not fit its kind")
        if task.positive is not None and task.positive not in task.labels:
            raise ValueError(f"task {task.id}: positive is none of its labels")
        tasks.append(task)
    return tasks


def sentence_tasks(tasks: list[Task]) -> list[Task]:
    """The tasks with one answer per text, in the order of the file."""
    return [task for task in tasks if task.kind == "sentence"]
