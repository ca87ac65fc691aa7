"""A paper's settings, what is run of them, and what is kept."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from vigil_training.papers import cli, results, settings
from vigil_training.papers import run as running
from vigil_training.papers.settings import NotYet, Settings, Unit

TEXT = """
title = "Two ways"
protocol = "folds"
folds = 2
seeds = [1]
[all]
epochs = 3
architecture = { units = 5, readout = "last" }
[experiment.one]
tasks = ["t"]
[experiment.two]
tasks = ["t"]
variants = ["a"]
all = { epochs = 9 }
[task.t]
of = "drug_use"
sets = ["own-tasks"]
labels = ["no", "yes"]
[variant.a]
architecture = { units = 7 }
[variant.b]
seed = 4
[smoke]
folds = 1
[smoke.all]
epochs = 1
[original.task.t]
sets = ["smm4h-2017-task2"]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "two2020.toml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_a_variant_lies_over_its_experiment_and_the_file(file: Path) -> None:
    found = settings.load(str(file))
    assert found.variant("a")["architecture"] == {"units": 7, "readout": "last"}
    assert (found.variant("a")["epochs"], found.variant("a", "two")["epochs"]) == (3, 9)
    assert found.variants("one") == ["a", "b"]


def test_smoke_and_the_papers_own_sets_lie_over_the_rest(file: Path) -> None:
    smoke = settings.load(str(file), smoke=True)
    assert (smoke.values["folds"], smoke.variant("a")["epochs"]) == (1, 1)
    own = settings.load(str(file), original=True)
    assert own.values["task"]["t"]["sets"] == ["smm4h-2017-task2"]
    assert own.values["task"]["t"]["of"] == "drug_use"
    unit = Unit("one", "a", 1, 0)
    hashes = {one.hash(unit) for one in (settings.load(str(file)), smoke, own)}
    assert len(hashes) == 3


def test_a_hash_changes_with_what_decides_a_result_and_with_nothing_else(file: Path) -> None:
    unit = Unit("one", "a", 1, 0)
    before = settings.load(str(file)).hash(unit)
    other = TEXT.replace("title = ", "notes = ['x']\ntitle = ") + "[variant.c]\n"
    file.write_text(other, encoding="utf-8")
    assert settings.load(str(file)).hash(unit) == before
    changes = {
        "epochs = 3": "epochs = 4",
        "units = 7": "units = 8",
        "folds = 2": "folds = 3",
        '"own-tasks"': '"own-plain"',
    }
    for old, new in changes.items():
        file.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
        assert settings.load(str(file)).hash(unit) != before, new


def test_a_vote_changes_with_those_who_vote(file: Path) -> None:
    file.write_text(TEXT + "[variant.v]\nvote = ['a', 'b']\n", encoding="utf-8")
    before = settings.load(str(file)).hash(Unit("one", "v", 1, 0))
    changed = TEXT.replace("units = 7", "units = 8") + "[variant.v]\nvote = ['a', 'b']\n"
    file.write_text(changed, encoding="utf-8")
    assert settings.load(str(file)).hash(Unit("one", "v", 1, 0)) != before


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"folds"', '"fold"', "protocol is 'fold'; allowed are folds, pipeline, queries"),
        ("folds = 2", "fold = 2", "unknown keys fold; known are"),
        ('variants = ["a"]', 'variants = ["x"]', "experiment two names the variant x"),
        ("[variant.a]", "[variants.a]", "unknown keys variants"),
        ("title =", "title", "is not TOML"),
    ],
)
def test_settings_that_make_no_sense_are_one_line(
    file: Path, old: str, new: str, message: str, capsys: pytest.CaptureFixture
) -> None:
    file.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    assert cli.main(["run", str(file), "--smoke"]) == 1
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1


def test_what_is_not_there_is_named(file: Path, capsys: pytest.CaptureFixture) -> None:
    for given, message in (
        (["run", "yadav1918"], "no paper yadav1918: give a TOML file or one of baizhou2020"),
        (["run", str(file)], "--data is missing"),
        (["run", str(file), "--data", "/no/such/folder"], "/no/such/folder is no folder"),
        (["run", str(file), "--corpus", "/no/such/folder"], "--corpus: /no/such/folder is missing"),
        (["run", "mtaal2021", "--original"], "has no table [original]"),
    ):
        assert cli.main(given) == 1
        assert message in capsys.readouterr().err


def test_results_of_other_settings_do_not_count(file: Path, tmp_path: Path) -> None:
    found, unit = settings.load(str(file)), Unit("one", "a", 1, 0)
    results.add(found, unit, {"scores": {"t": {"f1": 1 / 3}}}, tmp_path)
    assert results.read(found, tmp_path)[unit]["scores"]["t"]["f1"] == 0.33333
    file.write_text(TEXT.replace("epochs = 3", "epochs = 4"), encoding="utf-8")
    assert results.read(settings.load(str(file)), tmp_path) == {}
    with results.path_of(found, tmp_path).open("a", encoding="utf-8") as more:
        more.write('{"experiment": "one"\n')
    with pytest.raises(ValueError, match=r"two2020\.ndjson line 2 is no result"):
        results.read(found, tmp_path)


def _protocol(log: list[str], needs: dict[str, str] | None = None) -> SimpleNamespace:
    """Three units that say their names, some of which need another one's result."""
    units = [Unit("e", name, 1, 0) for name in "abc"]

    def run(unit: Unit, _settings: Settings, _opened: object, earlier: dict) -> dict:
        other = (needs or {}).get(unit.variant)
        if other and replace(unit, variant=other) not in earlier:
            raise NotYet("later")
        log.append(unit.variant)
        return {"scores": {"t": {"f1": 0.5}}}

    return SimpleNamespace(
        units=lambda _: units, run=run, open_data=lambda *_: log.append("open") or 1
    )


@pytest.fixture
def three() -> Settings:
    variants = {name: {} for name in "abc"}
    values = {"protocol": "folds", "variant": variants, "experiment": {"e": {}}}
    return Settings("three", "three", "folds", values)


def test_a_run_goes_on_where_it_was_stopped(three, tmp_path, monkeypatch) -> None:
    log: list[str] = []
    monkeypatch.setattr(running, "protocol", lambda _: _protocol(log))
    assert running.run(three, tmp_path, tmp_path, tmp_path, only="e/b") == 0
    assert log == ["open", "b"]
    assert running.run(three, tmp_path, tmp_path, tmp_path) == 0
    assert log == ["open", "b", "open", "a", "c"]
    assert running.run(three, tmp_path, tmp_path, tmp_path) == 0
    assert log[5:] == [], "nothing is left, so that nothing is opened"
    lines = (tmp_path / "three.ndjson").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["variant"] for line in lines] == ["b", "a", "c"]


def test_a_unit_that_needs_another_one_waits_for_it(three, tmp_path, monkeypatch) -> None:
    log: list[str] = []
    monkeypatch.setattr(running, "protocol", lambda _: _protocol(log, {"a": "c"}))
    assert running.run(three, tmp_path, tmp_path, tmp_path) == 0
    assert log == ["open", "b", "c", "a"]


def test_what_can_never_be_had_is_left(three, tmp_path, monkeypatch) -> None:
    log: list[str] = []
    monkeypatch.setattr(running, "protocol", lambda _: _protocol(log, {"a": "x"}))
    assert running.run(three, tmp_path, tmp_path, tmp_path) == 1
    assert log == ["open", "b", "c"]


def test_no_unit_is_begun_after_the_time(three, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(running, "protocol", lambda _: _protocol([]))
    assert running.run(three, tmp_path, tmp_path, tmp_path, seconds=0) == 3


def test_two_processes_do_not_run_one_unit(three, tmp_path, monkeypatch) -> None:
    log: list[str] = []
    monkeypatch.setattr(running, "protocol", lambda _: _protocol(log))
    with running._claimed(three, Unit("e", "b", 1, 0), tmp_path) as is_mine:
        assert is_mine
        assert running.run(three, tmp_path, tmp_path, tmp_path) == 1
    assert log == ["open", "a", "c"]


def test_a_unit_that_there_is_not_is_told(three, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(running, "protocol", lambda _: _protocol([]))
    with pytest.raises(ValueError, match="three has no unit with 'x/' in its name"):
        running.run(three, tmp_path, tmp_path, tmp_path, only="x/")


@pytest.mark.parametrize("name", settings.names())
def test_every_paper_has_what_its_page_needs(name: str) -> None:
    found = settings.load(name)
    assert settings.protocol(found).units(found)
    assert settings.load(name, smoke=True)
    for key in ("title", "paper", "built", "notes", "not_compared", "reported", "claim"):
        assert found.values.get(key), f"{name} has no {key}"
