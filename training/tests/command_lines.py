"""The options with which the tests call the commands on the small world."""

from pathlib import Path

TINY = str(Path(__file__).parent / "tiny.toml")


def arguments(world: Path, run: Path) -> list[str]:
    """What every command takes."""
    return [
        "--data", str(world / "data"), "--corpus", str(world / "corpus"), "--config", TINY,
        "--tasks", str(world / "tasks.json"), "--encoder", str(world / "encoder"),
        "--run", str(run), "--labels", str(world / "labels.ndjson"), "--threads", "1",
    ]  # fmt: skip


def retrain(world: Path) -> list[str]:
    """The whole way, into the world's `run` and `vigil-tiny`, with `fp32.onnx` beside them."""
    return [
        "retrain", *arguments(world, world / "run"),
        "--out", str(world / "vigil-tiny"), "--fp32", str(world / "fp32.onnx"),
    ]  # fmt: skip


def changed(given: list[str], option: str, value: str | Path) -> list[str]:
    """The same options with another value for one."""
    at = given.index(option)
    return [*given[: at + 1], str(value), *given[at + 2 :]]
