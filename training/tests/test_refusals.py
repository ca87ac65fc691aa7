"""What cannot serve is refused in one line that says what is wrong, before any hour is spent."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from command_lines import TINY, arguments, changed

from vigil_training.cli import main


@pytest.fixture
def refused(capsys) -> Callable[[list[str]], str]:
    """Runs a command that must fail; gives its one line of error."""

    def run(given: list[str]) -> str:
        capsys.readouterr()
        assert main(given) == 1
        lines = [line for line in capsys.readouterr().err.split("\n") if "vigil_training:" in line]
        assert len(lines) == 1
        return lines[0]

    return run


@pytest.fixture
def copy(world: Path, tmp_path: Path) -> Path:
    """The world with files that a test may change."""
    for name in ("data", "corpus"):
        shutil.copytree(world / name, tmp_path / name)
    for name in ("tasks.json", "labels.ndjson"):
        shutil.copy(world / name, tmp_path / name)
    shutil.copytree(world / "encoder", tmp_path / "encoder")
    return tmp_path


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def _config(folder: Path, old: str, new: str) -> Path:
    path = folder / "changed.toml"
    shutil.copy(TINY, path)
    _edit(path, old, new)
    return path


@pytest.mark.parametrize("option", ["--data", "--corpus", "--tasks", "--labels", "--config"])
def test_a_missing_file_or_folder_is_named(
    world: Path, tmp_path: Path, refused, option: str
) -> None:
    said = refused(["check", *changed(arguments(world, tmp_path), option, tmp_path / "nowhere")])
    assert "nowhere" in said


@pytest.mark.parametrize("command", ["train", "calibrate", "evaluate", "export"])
def test_a_run_that_is_not_there_is_named(
    world: Path, tmp_path: Path, refused, command: str
) -> None:
    given = [command, *arguments(world, tmp_path / "empty")]
    if command == "train":
        given += ["--start", str(tmp_path / "nowhere")]
    assert "run train first" in refused(given) or "run calibrate first" in refused(given)


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("background/tweeteval_quiet_train_text.txt", "\n", "set background has no rows"),
        ("phee/train.json", "", "set phee has no rows"),
    ],
)
def test_an_empty_set_is_refused(copy: Path, refused, file: str, text: str, message: str) -> None:
    for path in (copy / "data" / file).parent.iterdir():
        path.write_text(text, encoding="utf-8")
    assert message in refused(["check", *arguments(copy, copy / "run")])


def test_an_empty_optional_set_is_refused(copy: Path, refused) -> None:
    (copy / "data" / "cadec").mkdir()
    assert "cadec" in refused(["check", *arguments(copy, copy / "run")])


def test_a_task_of_one_class_is_refused(copy: Path, refused) -> None:
    path = copy / "data" / "caves"
    for file in path.iterdir():
        file.write_text(file.read_text().replace("side-effect", "rushed"), encoding="utf-8")
    said = refused(["train", *arguments(copy, copy / "run")])
    assert (
        "task vaccine_side_effect_concern has one class only: every training row may be no" in said
    )


def test_a_task_without_rows_is_refused(copy: Path, refused) -> None:
    _edit(copy / "tasks.json", '"id": "symptom"', '"id": "boredom"')
    said = refused(["train", *arguments(copy, copy / "run")])
    assert "task boredom has no training rows" in said


def test_labels_of_another_list_of_tasks_are_refused(copy: Path, refused) -> None:
    _edit(copy / "tasks.json", '"figurative"', '"as-a-figure"')
    said = refused(["check", *arguments(copy, copy / "run")])
    assert "task health_mention has no label" in said


def test_wrong_labels_of_people_are_refused(copy: Path, refused) -> None:
    _edit(copy / "labels.ndjson", '"drug_use": "yes"', '"drug_use": "sometimes"')
    said = refused(["check", *arguments(copy, copy / "run")])
    assert "labels.ndjson line 1: task drug_use has no label sometimes; it has no, yes" in said


def test_spans_outside_the_text_are_refused(copy: Path, refused) -> None:
    item = {"text": "a rash", "spans": [{"label": "effect", "start": 2, "end": 7}]}
    (copy / "labels.ndjson").write_text(json.dumps(item), encoding="utf-8")
    said = refused(["check", *arguments(copy, copy / "run")])
    assert "line 1: span 2-7 lies outside its text of 6 characters" in said


def test_without_ordinary_posts_there_is_no_gate(
    world: Path, run: Path, tmp_path: Path, refused
) -> None:
    shutil.copytree(run, tmp_path / "run")
    given = ["calibrate", *arguments(world, tmp_path / "run"), "--without", "background"]
    assert "the gate cannot be fitted: it needs rows of the set background" in refused(given)


def test_a_broken_list_of_tasks_is_refused(copy: Path, refused) -> None:
    (copy / "tasks.json").write_text('{"tasks": [', encoding="utf-8")
    assert "tasks.json is not JSON" in refused(["check", *arguments(copy, copy / "run")])
    (copy / "tasks.json").write_text('{"tasks": [{"kind": "sentence"}]}', encoding="utf-8")
    assert "a task is not as it should be ('id')" in refused(
        ["check", *arguments(copy, copy / "run")]
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("seed = 3", "sead = 3", "unknown keys sead"),
        ("seed = 3", "seed 3", "is not TOML"),
        ("steps = 12", 'steps = "many"', "steps is not a number"),
        ("steps = 12", "steps = 1.5", "steps is not a whole number from 1 up"),
        ("[weights]", "mask = 3\n[weights]", "mask is not a table"),
        ("psytar = 1", "psytarr = 1", "a weight is of psytarr, but there are no such rows"),
        ("caves = 1", "caves-spans = 1", "a weight is of caves-spans"),
        ("psytar = 1", "psytar = -1", "the weight of psytar is not a number"),
        ("psytar = 1", 'psytar = "much"', "the weight of psytar is not a number"),
        ("[weights]", "[mask]\nphee = 0.5\n[weights]", "a mask is of phee, which has no weight"),
    ],
)
def test_a_wrong_config_is_refused(
    world: Path, tmp_path: Path, refused, old: str, new: str, message: str
) -> None:
    config = _config(tmp_path, old, new)
    assert message in refused(["train", *changed(arguments(world, tmp_path), "--config", config)])


def test_an_unknown_config_names_the_known_ones(world: Path, tmp_path: Path, refused) -> None:
    given = changed(arguments(world, tmp_path / "run"), "--config", "no-such-config")
    assert "production" in refused(["train", *given])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('base = "no-such-config"', "no config no-such-config"),
        ("base = 3", "base is 3; it has to be the name of a config"),
        ('base = "student"', "its base student has a base itself"),
        ('base = "production"\nstepps = 3', "unknown keys stepps"),
        ('base = "production"\nstart_from = 3', "start_from is not text in quotes"),
    ],
)
def test_a_config_changes_another(
    world: Path, tmp_path: Path, refused, text: str, message: str
) -> None:
    path = tmp_path / "heir.toml"
    path.write_text(text, encoding="utf-8")
    assert message in refused(["train", *changed(arguments(world, tmp_path), "--config", path)])


def test_a_set_that_is_left_out_may_have_a_weight(world: Path, tmp_path: Path) -> None:
    config = _config(tmp_path, "steps = 12", "steps = 1")
    given = changed(arguments(world, tmp_path / "run"), "--config", config)
    assert main(["train", *given, "--without", "phee"]) == 0


@pytest.mark.parametrize(
    ("name", "command", "message"),
    [
        ("model.pt", "calibrate", "model.pt is corrupt"),
        ("checkpoint.pt", "train", "checkpoint.pt is corrupt"),
        ("gate.bin", "export", "gate.bin is corrupt"),
        ("calibration.json", "export", "calibration.json is not JSON"),
    ],
)
def test_a_corrupt_run_is_refused(
    world: Path, run: Path, tmp_path: Path, refused, name: str, command: str, message: str
) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(run, broken)
    data = (broken / name).read_bytes()
    (broken / name).write_bytes(data[: len(data) // 2])
    assert message in refused([command, *arguments(world, broken)])


def test_a_run_of_other_tasks_is_refused(copy: Path, run: Path, refused) -> None:
    _edit(copy / "tasks.json", '"dimensions": 128', '"dimensions": 64')
    said = refused(["calibrate", *arguments(copy, run)])
    assert "holds another model: the encoder, the config or the tasks were others" in said


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda out: (out / "model.onnx").write_bytes(b"x"), "the bundle is corrupt"),
        (lambda out: (out / "tokenizer.json").unlink(), "tokenizer.json is missing"),
        (lambda out: (out / "manifest.json").write_text("{"), "manifest.json is not JSON"),
        (lambda out: (out / "manifest.json").write_text("{}"), "not the manifest of a bundle"),
        (lambda out: (out / "manifest.json").unlink(), "manifest.json is missing"),
        (
            lambda out: _edit(out / "manifest.json", '"figurative"', '"other-word"'),
            "does not fit the list of tasks: health_mention",
        ),
    ],
)
def test_a_corrupt_bundle_is_refused(
    world: Path, run: Path, tmp_path: Path, refused, change, message: str
) -> None:
    out = tmp_path / "bundle"
    shutil.copytree(world / "vigil-tiny", out)
    change(out)
    given = ["evaluate", *arguments(world, run), "--int8", str(out / "model.onnx")]
    assert message in refused(given)
