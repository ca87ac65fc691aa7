"""int8 on a tiny random model: heads exact, answers near fp32's, and the same in any company."""

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper
from tokenizers import Tokenizer

from vigil_training.architectures.multitask import MultiTask, build
from vigil_training.config import load_config
from vigil_training.export import to_onnx
from vigil_training.predict import Runner, onnx_runner
from vigil_training.quantise import quantise
from vigil_training.tasks import load_tasks

TEXTS = ["took sertraline today", "the vaccine queue was long", "a rash after metformin again"]


@pytest.fixture(scope="module")
def networks(world: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[MultiTask, Path, Path]:
    """The model, with channels of very different sizes, as fp32 and as int8 ONNX."""
    folder = tmp_path_factory.mktemp("networks")
    config = load_config(str(Path(__file__).parent / "tiny.toml"))
    tokenizer = Tokenizer.from_file(str(world / "encoder" / "tokenizer.json"))
    torch.manual_seed(4)
    size = {**config.encoder, "vocab_size": tokenizer.get_vocab_size()}
    model = build(None, load_tasks(world / "tasks.json"), 0, size)
    for layer in model.encoder.encoder.layer:
        layer.output.LayerNorm.weight.data[0] = 8.0
    to_onnx(model, folder / "exact.onnx")
    quantise(folder / "exact.onnx", folder / "small.onnx", tokenizer, TEXTS)
    return model, folder / "exact.onnx", folder / "small.onnx"


def _batch(model: MultiTask, rows: int, width: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(rows * 100 + width)
    return torch.randint(
        5, model.encoder.config.vocab_size, (rows, width), generator=generator
    )  # fmt: skip


def test_the_encoder_is_int8_and_the_heads_are_exact(
    networks: tuple[MultiTask, Path, Path],
) -> None:
    model, _, small = networks
    graph = onnx.load(str(small)).graph
    stored = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    dense = [node for node in graph.node if node.op_type == "MatMulIntegerToFloat"]
    assert len(dense) == 6 * len(model.encoder.encoder.layer)
    assert all("/encoder/" in node.name for node in dense)
    assert all(stored[node.input[1]].dtype == np.int8 for node in dense)
    for head in model.heads.values():
        weight = head.weight.detach().numpy()
        assert any(
            one.shape in (weight.shape, weight.T.shape)
            and np.array_equal(one if one.shape == weight.shape else one.T, weight)
            for one in stored.values()
        )


def test_int8_answers_like_fp32(networks: tuple[MultiTask, Path, Path]) -> None:
    model, exact, small = networks
    ids = _batch(model, 16, 12)
    full, short = (onnx_runner(path, 1)(ids, torch.ones_like(ids)) for path in (exact, small))
    for task in model.tasks:
        if task.kind == "sentence":
            name = f"task.{task.id}"
            assert np.abs(full[name] - short[name]).mean() < 0.02 * full[name].std(), name


@pytest.mark.parametrize("padding", [0, 5])
def test_company_changes_nothing(networks: tuple[MultiTask, Path, Path], padding: int) -> None:
    model, _, small = networks
    run: Runner = onnx_runner(small, 1)
    ids = _batch(model, 16, 12)
    mask = torch.ones_like(ids)
    wide = torch.nn.functional.pad(ids, (0, padding))
    together = run(wide, torch.nn.functional.pad(mask, (0, padding)))
    for row in range(len(ids)):
        alone = run(ids[row : row + 1], mask[row : row + 1])
        for name, values in alone.items():
            shared = together[name][row : row + 1]
            shared = shared[:, : ids.shape[1]] if values.ndim == 3 else shared
            assert np.abs(values - shared).max() < 1e-4, name
