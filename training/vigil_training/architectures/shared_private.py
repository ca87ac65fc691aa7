"""A shared encoder and a private one per task, kept apart by two penalties (Yadav et al. 2018).

The scheme is that of Liu, Qiu and Huang 2017, "Adversarial multi-task learning for text
classification", after Bousmalis et al. 2016, "Domain separation networks".
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from vigil_training.architectures import readouts
from vigil_training.architectures.multitask import states_of
from vigil_training.architectures.reversal import gradient_reversal
from vigil_training.tasks import Task

# Where forward puts the features that the penalties are made from.
SHARED, PRIVATE = "features.shared", "features."


def adversarial_loss(logits: Tensor, known: Tensor) -> Tensor:
    """Cross entropy of the task discriminator (Yadav et al. 2018, equation 5), mean over rows.

    Both are [rows, tasks]; `known` is true where a row is labelled for a task. A row of several
    tasks has a uniform target over them; a row of none is left out, and without any it is 0.
    """
    used = known.any(dim=1)
    if not used.any():
        return logits.sum() * 0.0
    target = known[used].to(logits.dtype)
    return functional.cross_entropy(logits[used], target / target.sum(dim=1, keepdim=True))


def divergence_loss(shared: Tensor, private: Tensor) -> Tensor:
    """Frobenius norm of F^T H for features [rows, f] and [rows, h] of the same rows.

    Yadav et al. 2018, section 3.2, print no more than the norm. The columns are centred and each
    row is then made of unit length, as Bousmalis et al. 2016 do (a footnote to their equation 5)
    and as the code does that Liu et al. 2017 gave out: without it the loss would fall when
    features shrink, and a constant in both would count as something that they share. It lies
    between 0 and the number of rows, and is 0 for a single row.
    """

    def apart(features: Tensor) -> Tensor:
        return functional.normalize(features - features.mean(dim=0), dim=1)

    return torch.linalg.matrix_norm(apart(shared).T @ apart(private))


class SharedPrivate(nn.Module):
    """An encoder for all sentence tasks and one for each; a head sees the features of both.

    `make_encoder` is called once per encoder and may give a transformer or one of `words.py`;
    frozen parts may be the same object each time. `adversarial` and `divergence` weigh the two
    penalties (the paper's alpha 2 and 3) and leave them out at 0; `reversal` is the factor of the
    reversed gradient. ValueError where a task has no label per text, and with fewer than two.
    """

    def __init__(
        self,
        make_encoder: Callable[[], nn.Module],
        tasks: list[Task],
        dropout: float = 0.1,
        readout: str = "mean-max",
        adversarial: float = 0.0,
        divergence: float = 0.0,
        reversal: float = 1.0,
    ) -> None:
        super().__init__()
        other = [task.id for task in tasks if task.kind != "sentence"]
        if other or len(tasks) < 2:
            raise ValueError(
                "shared and private encoders need two sentence tasks or more, and no others; given "
                f"are {', '.join(task.id for task in tasks) or 'none'}"
            )
        self.tasks = tasks
        self.adversarial, self.divergence, self.reversal = adversarial, divergence, reversal
        self.encoder = make_encoder()
        self.private = nn.ModuleDict({task.id: make_encoder() for task in tasks})
        hidden = self.encoder.config.hidden_size
        # The first is the shared encoder's, the others those of the tasks in their order.
        self.readout = nn.ModuleList(readouts.make(readout, hidden) for _ in range(len(tasks) + 1))
        width = self.readout[0].size
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.ModuleDict(
            {task.id: nn.Linear(2 * width, len(task.labels)) for task in tasks}
        )
        self.discriminator = nn.Sequential(
            nn.Linear(width, width), nn.ReLU(), nn.Linear(width, len(tasks))
        )
        self.scales = nn.ParameterDict(
            {task.id: nn.Parameter(torch.ones(()), requires_grad=False) for task in tasks}
        )

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, known: dict[str, Tensor] | None = None
    ) -> dict[str, Tensor]:
        """Logits [rows, labels] as `task.<id>`; inputs are int64 [rows, tokens], as for MultiTask.

        With `known`, a bool [rows] per task, a private encoder reads the rows of its task only; the
        others' logits are 0, and the features come along for `penalties`: `features.shared` [rows,
        size] and `features.<id>` [known rows, size].
        """
        shared = self._features(0, self.encoder, input_ids, attention_mask)
        outputs = {}
        for number, task in enumerate(self.tasks, 1):
            rows = slice(None) if known is None else known[task.id].nonzero().squeeze(1)
            mask = attention_mask[rows]
            if known is not None and not len(mask):
                outputs[f"task.{task.id}"] = shared.new_zeros(len(shared), len(task.labels))
                outputs[PRIVATE + task.id] = shared.new_zeros(0, shared.shape[1])
                continue
            own = self._features(number, self.private[task.id], input_ids[rows], mask)
            logits = self.heads[task.id](torch.cat([shared[rows], own], dim=1))
            logits = logits / self.scales[task.id]
            if known is not None:
                outputs[PRIVATE + task.id] = own
                empty = logits.new_zeros(len(shared), logits.shape[1])
                logits = empty.index_copy(0, rows, logits)
            outputs[f"task.{task.id}"] = logits
        if known is not None:
            outputs[SHARED] = shared
        return outputs

    def penalties(self, outputs: dict[str, Tensor], known: dict[str, Tensor]) -> dict[str, Tensor]:
        """The weighed penalties by name, those that are on, from forward's answer with `known`."""
        found = {}
        shared = outputs[SHARED]
        if self.adversarial > 0:
            each = torch.stack([known[task.id] for task in self.tasks], dim=1)
            logits = self.discriminator(gradient_reversal(shared, self.reversal))
            found["adversarial"] = self.adversarial * adversarial_loss(logits, each)
        if self.divergence > 0:
            norms = [
                divergence_loss(shared[known[task.id]], outputs[PRIVATE + task.id])
                for task in self.tasks
                if known[task.id].any()
            ]
            found["divergence"] = self.divergence * sum(norms, shared.sum() * 0.0)
        return found

    def _features(self, number: int, encoder: nn.Module, ids: Tensor, mask: Tensor) -> Tensor:
        """What a readout gives, [rows, size]; dropout is on the states, as in MultiTask."""
        visible = mask.to(self.heads[self.tasks[0].id].weight.dtype)
        *lower, last = states_of(encoder, ids, mask, visible)
        return self.readout[number]((*lower, self.dropout(last)), visible)
