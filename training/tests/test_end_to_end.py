"""The whole way with a tiny random encoder: train, stop, go on, calibrate, evaluate, export."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from command_lines import TINY, arguments, changed, retrain

from vigil_training import commands, compare
from vigil_training import train as training
from vigil_training.cli import main
from vigil_training.predict import onnx_runner, softmax


def test_what_is_done_is_passed_over(world: Path, run: Path, capsys) -> None:
    before = {
        path: path.stat().st_mtime_ns for path in run.iterdir() if path.name != "retrain.json"
    }
    assert main(retrain(world)) == 0
    said = capsys.readouterr().out
    assert "15 labelled posts (with text 15)" in said
    assert said.count("done before") == 5
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_a_broken_bundle_is_exported_and_scored_again(
    world: Path, run: Path, monkeypatch, capsys
) -> None:
    steps: list[str] = []
    for name in ("train", "calibrate", "evaluate", "export"):
        monkeypatch.setattr(commands, name, lambda *_, name=name: steps.append(name))
    before = (world / "vigil-tiny" / "gate.bin").read_bytes()
    state = (run / "retrain.json").read_text(encoding="utf-8")
    (world / "vigil-tiny" / "gate.bin").write_bytes(before[:-1])
    try:
        assert main(retrain(world)) == 0
    finally:
        (world / "vigil-tiny" / "gate.bin").write_bytes(before)
        (run / "retrain.json").write_text(state, encoding="utf-8")
    assert steps == ["export", "evaluate"]
    assert "the bundle is corrupt" in capsys.readouterr().out


def test_a_step_that_failed_is_the_one_to_go_on_with(
    world: Path, run: Path, tmp_path: Path, monkeypatch, capsys
) -> None:
    again = tmp_path / "again"
    shutil.copytree(run, again)
    state = json.loads((again / "retrain.json").read_text(encoding="utf-8"))
    (again / "retrain.json").write_text(json.dumps(state | {"done": ["train"]}), encoding="utf-8")
    steps: list[str] = []

    def failing(*_) -> None:
        raise ValueError("no disk")

    monkeypatch.setattr(commands, "calibrate", lambda *_: steps.append("calibrate"))
    monkeypatch.setattr(commands, "evaluate", failing)
    assert main(changed(retrain(world), "--run", again)) == 1
    assert steps == ["calibrate"]
    assert "no disk" in capsys.readouterr().err
    assert json.loads((again / "retrain.json").read_text())["done"] == ["train", "calibrate"]


def test_other_labels_ask_for_another_run(world: Path, run: Path, tmp_path: Path, capsys) -> None:
    less = tmp_path / "less.ndjson"
    less.write_text((world / "labels.ndjson").read_text().split("\n", 6)[-1], encoding="utf-8")
    assert main(changed(retrain(world), "--labels", less)) == 1
    assert "was begun with other data; give --run another folder" in capsys.readouterr().err


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
        main(["train", *arguments(world, again)])
    monkeypatch.setattr(training, "_save", save)
    assert main(["train", *arguments(world, again)]) == 0
    first, second = (torch.load(f / "model.pt", weights_only=True) for f in (run, again))
    for name, values in first.items():
        assert torch.allclose(values, second[name], atol=1e-5), name


def test_another_config_does_not_go_on(world: Path, run: Path, capsys, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text(Path(TINY).read_text().replace("seed = 3", "seed = 4"))
    assert main(["train", *changed(arguments(world, run), "--config", other)]) == 1
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


def test_a_run_is_compared_with_its_bundle(run: Path, tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(compare.paired_bootstrap, "__defaults__", (50, 5))
    first, second = str(run / "answers-test.json"), str(run / "answers-test-int8.json")
    assert compare.main([first, first]) == 0
    assert capsys.readouterr().out.count("| +0.000 |") >= 5
    assert compare.main([first, second, "--out", str(tmp_path / "int8")]) == 0
    lines = json.loads((tmp_path / "int8.json").read_text())
    assert {line["task"] for line in lines} >= {"adverse_effect", "health_mention", "effect spans"}
    for line in lines:
        assert -1 <= line["low"] <= line["high"] <= 1
        assert abs(line["difference"] - (line["second"] - line["first"])) < 2e-4
        assert 0 < line["p_bootstrap"] <= 1
        assert line["task"] == "effect spans" or 0 <= line["p_mcnemar"] <= 1
    assert (tmp_path / "int8.png").stat().st_size > 1000
    shown = (tmp_path / "int8.md").read_text()
    assert shown.count("\n") == len(lines) + 2
    with pytest.raises(SystemExit) as wrong:
        compare.main([first])
    assert wrong.value.code == 2


def test_bundle_is_what_serving_expects(world: Path, run: Path) -> None:
    out = world / "vigil-tiny"
    manifest = json.loads((out / "manifest.json").read_text())
    tasks = json.loads((world / "tasks.json").read_text())["tasks"]
    assert [t["id"] for t in manifest["tasks"]] == [t["id"] for t in tasks]
    for task, ours in zip(tasks, manifest["tasks"], strict=True):
        assert ours.get("labels") == task.get("labels")
        assert manifest["thresholds"].get(task["id"]) == task.get("threshold")
    for name, file in manifest["files"].items():
        data = (out / name).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (file["sha256"], file["bytes"])
    assert manifest["version"] == f"1.0.0+{manifest['data']['sha256'][:8]}"
    assert "labelled" in manifest["data"]["sets"]
    assert manifest["files"]["gate.bin"]["bytes"] == 1 << manifest["gate"]["bits"]
    assert manifest["fp32Difference"] < 1e-3
    _check_goldens(out)
    assert manifest["metrics"] == json.loads((run / "scores-test-int8.json").read_text())


def _check_goldens(out: Path) -> None:
    goldens = [json.loads(line) for line in (out / "golden.jsonl").read_text().splitlines()]
    assert len(goldens) >= 60
    run = onnx_runner(out / "model.onnx", 1)
    exact = onnx_runner(out.parent / "fp32.onnx", 1)
    for golden in goldens:
        ids = torch.tensor([golden["ids"]])
        assert ids.shape[1] <= 128
        outputs = run(ids, torch.ones_like(ids))
        for name, expected in golden["probabilitiesInt8"].items():
            assert softmax(outputs[f"task.{name}"][0]) == pytest.approx(
                np.array(expected), abs=1e-4
            )
        outputs = exact(ids, torch.ones_like(ids))
        for name, expected in golden["probabilities"].items():
            assert softmax(outputs[f"task.{name}"][0]) == pytest.approx(
                np.array(expected), abs=1e-3
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
    given = changed(arguments(world, tmp_path / "run"), "--data", data)
    assert main(["check", *given]) == 1
    assert "phee" in capsys.readouterr().err
    assert main(["check", *given, "--without", "phee"]) == 0
    assert main(["export", *arguments(world, tmp_path / "run")]) == 1
    assert "not calibrated" in capsys.readouterr().err


def test_a_run_can_start_from_anothers_model(world: Path, run: Path, tmp_path: Path) -> None:
    quiet = tmp_path / "quiet.toml"
    still = "steps = 1\nlearning_rate = 0.0\nhead_learning_rate = 0.0"
    quiet.write_text(Path(TINY).read_text().replace("steps = 12", still))
    given = changed(arguments(world, tmp_path / "run"), "--config", quiet)
    assert main(["train", *given, "--start", str(run)]) == 0
    same(run, tmp_path / "run")
    heir = tmp_path / "heir.toml"
    heir.write_text(f'base = "{quiet}"\nstart_from = "{run}"\n')
    assert main(["train", *changed(arguments(world, tmp_path / "next"), "--config", heir)]) == 0
    same(run, tmp_path / "next")


def same(one: Path, other: Path) -> None:
    first, second = (torch.load(run / "model.pt", weights_only=True) for run in (one, other))
    assert all(torch.equal(values, second[name]) for name, values in first.items())
