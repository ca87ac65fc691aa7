"""Command line: train, evaluate, calibrate, export, and check for the data alone."""

import argparse
import sys
from pathlib import Path

from vigil_training.data.files import MissingData
from vigil_training.splits import Leak


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; 0 done, 1 the data or the settings do not serve, 2 wrong usage."""
    options = _parser().parse_args(arguments)
    # Loaded here: --help should not wait for torch.
    from vigil_training import commands

    try:
        getattr(commands, options.command)(options)
    except (MissingData, Leak, ValueError) as error:
        print(f"vigil_training: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m vigil_training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (
        ("check", "load every set, split it, look for leaks, count the rows"),
        ("train", "train a model into --run; goes on where a stopped run was"),
        ("calibrate", "fit temperatures, thresholds and the gate on development rows"),
        ("evaluate", "score --run on a split; JSON, table and plot"),
        ("export", "write the bundle: ONNX with int8 weights, goldens, manifest"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--data", type=Path, required=True, help="folder of the data sets")
        command.add_argument(
            "--corpus", type=Path, default=Path("training/corpus"), help="own posts"
        )
        command.add_argument("--tasks", type=Path, default=Path("schemas/tasks.json"))
        command.add_argument("--without", nargs="*", default=[], help="sets to leave out")
        command.add_argument("--encoder", type=Path, help="folder of another BERT-like encoder")
        command.add_argument("--config", default="production", help="a name or a TOML file")
        command.add_argument("--run", type=Path, default=Path("training/runs/production"))
        command.add_argument("--threads", type=int, default=2)
        if name == "train":
            command.add_argument("--start", type=Path, help="run whose model to start from")
        if name == "evaluate":
            command.add_argument("--split", choices=("dev", "test"), default="test")
            command.add_argument(
                "--int8", type=Path, help="score this model.onnx, and its manifest"
            )
            command.add_argument(
                "--answers", action="store_true", help="write each row's answer, for compare.py"
            )
        if name == "export":
            command.add_argument("--out", type=Path, default=Path("models/vigil-minilm"))
            command.add_argument("--version", default="1.0.1")
    return parser
