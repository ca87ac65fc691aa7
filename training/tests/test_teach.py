"""Teachers whose answers are followed on every row, and encoders of fewer layers."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer

from vigil_training import teach
from vigil_training.architectures.multitask import MultiTask, build
from vigil_training.batches import Batch, encode, make_batch
from vigil_training.config import Config
from vigil_training.rows import Row
from vigil_training.stored import load_start
from vigil_training.tasks import Task
from vigil_training.train import losses, train

SIZE = {
    "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32
}  # fmt: skip
TASKS = [
    Task("adverse_effect", "sentence", ("no", "yes"), "yes", 0.5),
    Task("drug_outcome", "sentence", ("none", "effective", "ineffective")),
    Task("spans", "token", ("O", "B-effect", "I-effect")),
    Task("marks", "marks", ("negated", "uncertain")),
    Task("term", "vector", dimensions=8),
]
TEXTS = ("dizzy spells", "headache at the market", "two chairs and some bread, a kite")
Make = Callable[..., MultiTask]


@pytest.fixture
def make(tokenizer: Tokenizer) -> Make:
    def made(seed: int, **also: int) -> MultiTask:
        torch.manual_seed(seed)
        size = {**SIZE, "vocab_size": tokenizer.get_vocab_size(), **also}
        model = build(None, TASKS, -1, size)
        for head in model.heads.values():
            # A random net answers much the same to everything.
            torch.nn.init.normal_(head.weight, std=0.5)
        return model

    return made


@pytest.fixture
def batch(tokenizer: Tokenizer) -> Batch:
    """Rows of which nobody knows anything."""
    rows = [Row("background", text) for text in TEXTS]
    return make_batch(rows, encode(tokenizer, list(TEXTS), 24), TASKS)


def store(model: MultiTask, run: Path, config: Config | None = None) -> str:
    run.mkdir()
    torch.save(model.state_dict(), run / "model.pt")
    if config is not None:
        teach.describe(model, config, run)
    return str(run)


class Rows:
    """What `train` draws from: the same batch at every step."""

    def __init__(self, batch: Batch, steps: int) -> None:
        self._batch, self._steps = batch, steps

    def batches(self, start: int):
        return ((step, self._batch, None) for step in range(start, self._steps))


def gap(student: MultiTask, teachers: list[MultiTask], batch: Batch) -> dict[str, float]:
    student.eval()
    inputs = batch.input_ids, batch.attention_mask
    taught = teach.answers(teachers, *inputs)
    found = teach.losses(TASKS, student(*inputs), taught, batch.attention_mask)
    return {name: float(value.detach()) for name, value in found.items()}


def test_on_unlabelled_rows_a_student_moves_to_its_teacher(
    make: Make, batch: Batch, tmp_path: Path
) -> None:
    teacher = make(1)
    run = store(teacher, tmp_path / "teacher")
    teacher.eval()
    base = Config(seed=4, steps=60, learning_rate=2e-3, head_learning_rate=5e-3)
    student, idle = make(2), make(2)
    before = gap(student, [teacher], batch)
    assert set(before) == {"adverse_effect", "drug_outcome", "spans", "marks"}
    assert all(value > 0.01 for value in before.values()), before
    train(idle, Rows(batch, 60), replace(base, weight_decay=0.0), tmp_path / "idle")
    assert gap(idle, [teacher], batch) == pytest.approx(before)
    train(student, Rows(batch, 60), replace(base, teach=1.0, teachers=[run]), tmp_path / "student")
    after = gap(student, [teacher], batch)
    assert all(after[name] < 0.2 * before[name] for name in before), (before, after)


def test_without_weight_teachers_are_not_even_opened(
    make: Make, batch: Batch, tmp_path: Path
) -> None:
    config = Config(steps=1, teachers=[str(tmp_path / "nothing")])
    train(make(2), Rows(batch, 1), config, tmp_path / "run")
    found = losses(make(2), batch, None, config, teachers=[make(1)])
    assert float(found["teach"].detach()) == 0.0
    assert "teach" not in losses(make(2), batch, None, config)


def test_the_weight_scales_what_teachers_say(make: Make, batch: Batch) -> None:
    student, teacher = make(2).eval(), make(1).eval()
    one, three = (
        float(found["teach"].detach())
        for weight in (1.0, 3.0)
        for found in [losses(student, batch, None, Config(teach=weight), teachers=[teacher])]
    )
    assert one == pytest.approx(sum(gap(student, [teacher], batch).values()) / len(TEXTS))
    assert three == pytest.approx(3 * one)


def test_a_task_weighs_alike_in_labels_and_in_what_teachers_say(make: Make, batch: Batch) -> None:
    student, teacher = make(2).eval(), make(1).eval()
    config = Config(teach=1.0, task_weights={"spans": 2.0, "marks": 0.0})
    found = float(losses(student, batch, None, config, teachers=[teacher])["teach"].detach())
    gaps = gap(student, [teacher], batch)
    expected = sum(gaps.values()) + gaps["spans"] - gaps["marks"]
    assert found == pytest.approx(expected / len(TEXTS))


def test_several_teachers_answer_with_the_mean_of_their_softened_probabilities(
    make: Make, batch: Batch
) -> None:
    one, other = make(1).eval(), make(3).eval()
    inputs = batch.input_ids, batch.attention_mask
    found = teach.answers([one, other], *inputs)
    logits = [model(*inputs)["task.drug_outcome"] for model in (one, other)]
    expected = sum(torch.softmax(value / teach.TEMPERATURE, dim=1) for value in logits) / 2
    torch.testing.assert_close(found["drug_outcome"], expected)
    assert "term" not in found


def test_the_same_answers_are_no_loss_and_padding_has_none(make: Make, batch: Batch) -> None:
    teacher = make(1).eval()
    assert gap(teacher, [teacher], batch) == pytest.approx(
        dict.fromkeys(("adverse_effect", "drug_outcome", "spans", "marks"), 0.0), abs=1e-5
    )
    inputs = batch.input_ids, batch.attention_mask
    taught, outputs = teach.answers([teacher], *inputs), make(2).eval()(*inputs)
    before = teach.losses(TASKS, outputs, taught, batch.attention_mask)
    padding = batch.attention_mask == 0
    assert padding.any()
    for name in ("spans", "marks"):
        outputs[f"task.{name}"] = outputs[f"task.{name}"].masked_fill(padding[..., None], 9.0)
    after = teach.losses(TASKS, outputs, taught, batch.attention_mask)
    assert {name: float(v.detach()) for name, v in after.items()} == pytest.approx(
        {name: float(v.detach()) for name, v in before.items()}
    )


def test_a_described_teacher_may_be_of_another_size(
    make: Make, batch: Batch, tmp_path: Path
) -> None:
    large = make(1, hidden_size=48, num_hidden_layers=3, num_attention_heads=4)
    runs = [store(large, tmp_path / "large", Config()), store(make(3), tmp_path / "same")]
    deep = make(5, num_hidden_layers=3)
    runs.append(store(deep, tmp_path / "deep"))
    student = make(2)
    state = torch.get_rng_state()
    opened = teach.open_teachers(Config(teach=1.0, teachers=runs), student)
    assert torch.equal(torch.get_rng_state(), state), "what is drawn after it would be others"
    assert [one.encoder.config.num_hidden_layers for one in opened] == [3, 2, 3]
    assert not any(one.training or p.requires_grad for one in opened for p in one.parameters())
    inputs = batch.input_ids, batch.attention_mask
    for one, model in zip(opened, (large, None, deep), strict=True):
        if model is not None:
            torch.testing.assert_close(
                one(*inputs)["task.spans"], model.eval()(*inputs)["task.spans"]
            )


def test_a_run_says_what_it_is(make: Make, batch: Batch, tmp_path: Path) -> None:
    config = Config(steps=1)
    model = make(1)
    train(model, Rows(batch, 1), config, tmp_path / "run")
    opened = teach.open_teachers(Config(teachers=[str(tmp_path / "run")]), make(2))
    inputs = batch.input_ids, batch.attention_mask
    torch.testing.assert_close(
        opened[0](*inputs)["task.spans"], model.eval()(*inputs)["task.spans"]
    )
    assert (tmp_path / "run" / "teacher.json").is_file()


def test_teachers_that_cannot_teach_are_refused(make: Make, tmp_path: Path) -> None:
    student = make(2)

    def refused(message: str, *runs: str) -> None:
        with pytest.raises(ValueError, match=message):
            teach.open_teachers(Config(teach=0.5, teachers=list(runs)), student)

    refused("teachers names no folder")
    refused("holds no model.pt; give folders of finished runs", str(tmp_path / "missing"))
    other = build(None, TASKS[:1], -1, {**SIZE, "vocab_size": student.encoder.config.vocab_size})
    refused("holds another model", store(other, tmp_path / "other"))
    wide = make(1, vocab_size=900)
    refused("vocabulary of 900 pieces", store(wide, tmp_path / "wide", Config()))


def test_only_the_chosen_layers_are_kept(make: Make, batch: Batch, tmp_path: Path) -> None:
    whole = make(1, num_hidden_layers=4).encoder
    whole.save_pretrained(tmp_path)
    kept = build(tmp_path, TASKS, 1, layers=[0, 1, 3]).encoder
    assert kept.config.num_hidden_layers == len(kept.encoder.layer) == 3
    for layer, number in zip(kept.encoder.layer, (0, 1, 3), strict=True):
        own = whole.encoder.layer[number].state_dict()
        for name, value in layer.state_dict().items():
            torch.testing.assert_close(value, own[name])
    learning = [layer.attention.self.query.weight.requires_grad for layer in kept.encoder.layer]
    assert learning == [False, True, True]
    inputs = {"input_ids": batch.input_ids, "attention_mask": batch.attention_mask}
    assert len(kept(**inputs, output_hidden_states=True).hidden_states) == 4
    kept.save_pretrained(tmp_path / "kept")
    again = build(tmp_path / "kept", TASKS, 0).encoder.eval()
    torch.testing.assert_close(
        again(**inputs).last_hidden_state, kept.eval()(**inputs).last_hidden_state
    )
    assert len(build(tmp_path, TASKS, 0).encoder.encoder.layer) == 4


def test_a_student_starts_from_the_layers_of_a_run_that_it_keeps(
    make: Make, tmp_path: Path
) -> None:
    whole = make(1, num_hidden_layers=4)
    store(whole, tmp_path / "run")
    student = make(2, num_hidden_layers=3)
    load_start(student, tmp_path / "run" / "model.pt", [0, 1, 3])
    for layer, number in zip(student.encoder.encoder.layer, (0, 1, 3), strict=True):
        expected = whole.encoder.encoder.layer[number].state_dict()
        torch.testing.assert_close(layer.state_dict(), expected)
    torch.testing.assert_close(student.heads.state_dict(), whole.heads.state_dict())
    # A run that has no more than these layers is taken as it is.
    store(student, tmp_path / "short")
    again = make(3, num_hidden_layers=3)
    load_start(again, tmp_path / "short" / "model.pt", [0, 1, 3])
    torch.testing.assert_close(again.state_dict(), student.state_dict())
    with pytest.raises(ValueError, match="holds another model"):
        load_start(make(4, num_hidden_layers=2), tmp_path / "run" / "model.pt", [0, 1, 3])


@pytest.mark.parametrize("layers", [[0, 4], [-1], [1, 0], [0, 0], ["0"]])
def test_layers_that_there_are_not_are_refused(make: Make, tmp_path: Path, layers: list) -> None:
    make(1, num_hidden_layers=4).encoder.save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="they go from 0 to 3"):
        build(tmp_path, TASKS, 0, layers=layers)
