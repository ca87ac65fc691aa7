"""The whole way with a tiny random encoder: train, stop, go on, calibrate, evaluate, export."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from vigil_training import compare
from vigil_training import train as training
from vigil_training.cli import main
from vigil_training.predict import onnx_runner, softmax

TINY = str(Path(__file__).parent / "tiny.toml")


def _arguments(world: Path, run: Path) -> list[str]:
    return [
        "--data", str(world / "data"), "--corpus", str(world / "corpus"), "--config", TINY,
        "--tasks", str(world / "tasks.json"), "--encoder", str(world / "encoder"),
        "--run", str(run),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def run(world: Path) -> Path:
    """A run that is trained, calibrated and scored."""
    folder = world / "run"
    for command in ("train", "calibrate", "evaluate"):
        also = ["--answers"] if command == "evaluate" else []
        assert main([command, *_arguments(world, folder), *also]) == 0
    return folder


def test_a_stopped_run_ends_like_one_that_was_not(
    world: Path, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stopped(Exception):
        pass

    def save_and_stop(*given) -> None:
        save(*given)
        raise Stopped

    save, again = training._save, world / "again"
    monkeypatch.setattr(training.train, "__defaults__", (5,))
    monkeypatch.setattr(training, "_save", save_and_stop)
    with pytest.raises(Stopped):
        main(["train", *_arguments(world, again)])
    monkeypatch.setattr(training, "_save", save)
    assert main(["train", *_arguments(world, again)]) == 0
    first, second = (torch.load(f / "model.pt", weights_only=True) for f in (run, again))
    for name, values in first.items():
        assert torch.allclose(values, second[name], atol=1e-5), name


def test_another_config_does_not_go_on(world: Path, run: Path, capsys, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text(Path(TINY).read_text().replace("seed = 3", "seed = 4"))
    arguments = _arguments(world, run)
    arguments[arguments.index(TINY)] = str(other)
    assert main(["train", *arguments]) == 1
    assert "another config" in capsys.readouterr().err


def test_scores_name_set_split_balance_and_interval(run: Path) -> None:
    scores = json.loads((run / "scores-test.json").read_text())
    assert {m["task"] for m in scores} >= {
        "adverse_effect",
        "health_mention",
        "spans",
        "term",
        "gate",
    }
    for metric in scores:
        assert 0 <= metric["low"] <= metric["high"] <= 1
        assert metric["rows"] > 0 and metric["split"] == "test"
    assert (run / "scores-test.md").read_text().count("\n") == len(scores) + 2
    assert (run / "scores-test.png").stat().st_size > 1000


def test_a_run_does_not_differ_from_itself(run: Path) -> None:
    answers = compare.read(run / "answers-test.json")
    lines = compare.compare(answers, answers)
    assert {line["task"] for line in lines} >= {"adverse_effect", "health_mention"}
    assert {(line["difference"], line["p_mcnemar"]) for line in lines} == {(0, 1)}


def test_bundle_is_what_serving_expects(world: Path, run: Path, tmp_path: Path) -> None:
    out = tmp_path / "vigil-tiny"
    assert main(["export", *_arguments(world, run), "--out", str(out)]) == 0
    manifest = json.loads((out / "manifest.json").read_text())
    tasks = json.loads((world / "tasks.json").read_text())["tasks"]
    assert [t["id"] for t in manifest["tasks"]] == [t["id"] for t in tasks]
    for task, ours in zip(tasks, manifest["tasks"], strict=True):
        assert ours.get("labels") == task.get("labels")
        assert manifest["thresholds"].get(task["id"]) == task.get("threshold")
    for name, file in manifest["files"].items():
        data = (out / name).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (file["sha256"], file["bytes"])
    assert manifest["files"]["gate.bin"]["bytes"] == 1 << manifest["gate"]["bits"]
    assert manifest["fp32Difference"] < 1e-3
    _check_goldens(out)
    scored = ["evaluate", *_arguments(world, run), "--int8", str(out / "model.onnx")]
    assert main(scored) == 0
    metrics = json.loads((out / "manifest.json").read_text())["metrics"]
    assert metrics == json.loads((run / "scores-test-int8.json").read_text())


def _check_goldens(out: Path) -> None:
    goldens = [json.loads(line) for line in (out / "golden.jsonl").read_text().splitlines()]
    assert len(goldens) >= 60
    run = onnx_runner(out / "model.onnx", 1)
    for golden in goldens:
        ids = torch.tensor([golden["ids"]])
        assert ids.shape[1] <= 128
        outputs = run(ids, torch.ones_like(ids))
        for name, expected in golden["probabilitiesInt8"].items():
            assert softmax(outputs[f"task.{name}"][0]) == pytest.approx(
                np.array(expected), abs=1e-4
            )
        for span in golden["spans"]:
            assert 0 <= span["start"] < span["end"] <= len(golden["text"])


def test_outputs_do_not_depend_on_padding(world: Path, run: Path, tmp_path: Path) -> None:
    from vigil_training.architectures.multitask import build
    from vigil_training.config import load_config
    from vigil_training.predict import torch_runner
    from vigil_training.tasks import load_tasks

    config = load_config(TINY)
    state = torch.load(run / "model.pt", weights_only=True)
    vocabulary = state["encoder.embeddings.word_embeddings.weight"].shape[0]
    model = build(
        None, load_tasks(world / "tasks.json"), 0, {**config.encoder, "vocab_size": vocabulary}
    )
    model.load_state_dict(state)
    ids = torch.randint(5, vocabulary, (1, 6))
    wide = torch.cat([ids, torch.zeros(1, 5, dtype=torch.long)], dim=1)
    mask = torch.cat([torch.ones(1, 6), torch.zeros(1, 5)], dim=1).long()
    short, long = torch_runner(model)(ids, torch.ones_like(ids)), torch_runner(model)(wide, mask)
    for name, values in short.items():
        same = long[name][:, :6] if values.ndim == 3 else long[name]
        assert np.abs(values - same).max() < 1e-5


def test_missing_things_are_said_plainly(world: Path, tmp_path: Path, capsys) -> None:
    data = tmp_path / "data"
    shutil.copytree(world / "data", data)
    shutil.rmtree(data / "phee")
    arguments = _arguments(world, tmp_path / "run")
    arguments[arguments.index(str(world / "data"))] = str(data)
    assert main(["check", *arguments]) == 1
    assert "phee" in capsys.readouterr().err
    assert main(["check", *arguments, "--without", "phee"]) == 0
    assert main(["export", *_arguments(world, tmp_path / "run")]) == 1
    assert "not calibrated" in capsys.readouterr().err


def test_a_run_can_start_from_anothers_model(world: Path, run: Path, tmp_path: Path) -> None:
    quiet = tmp_path / "quiet.toml"
    still = "steps = 1\nlearning_rate = 0.0\nhead_learning_rate = 0.0"
    quiet.write_text(Path(TINY).read_text().replace("steps = 12", still))
    arguments = _arguments(world, tmp_path / "run")
    arguments[arguments.index(TINY)] = str(quiet)
    assert main(["train", *arguments, "--start", str(run)]) == 0
    first, second = (torch.load(f / "model.pt", weights_only=True) for f in (run, tmp_path / "run"))
    assert all(torch.equal(values, second[name]) for name, values in first.items())


def test_an_unknown_config_names_the_known_ones(world: Path, tmp_path: Path, capsys) -> None:
    arguments = _arguments(world, tmp_path / "run")
    arguments[arguments.index(TINY)] = "no-such-config"
    assert main(["train", *arguments]) == 1
    assert "production" in capsys.readouterr().err
