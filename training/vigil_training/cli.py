"""Command line: train, evaluate, calibrate, export, retrain, and check for the data alone."""

import argparse
import sys
from pathlib import Path

from vigil_training.data.files import MissingData
from vigil_training.splits import Leak

_COMMANDS = {
    "check": "load every set, split it, look for leaks, count the rows",
    "train": "train a model into --run; goes on where a stopped run was",
    "calibrate": "fit temperatures, thresholds and the gate on development rows",
    "evaluate": "score --run on a split; JSON, table and plot",
    "export": "write the bundle: ONNX with int8 weights, goldens, manifest",
    "retrain": "train, calibrate, evaluate, export and score the bundle; goes on where it was",
}


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; 0 done, 1 the data or the settings do not serve, 2 wrong usage."""
    options = _parser().parse_args(arguments)
    # Loaded here: --help should not wait for torch.
    from vigil_training import commands, retrain

    try:
        if options.command == "retrain":
            retrain.retrain(options)
        else:
            getattr(commands, options.command)(options)
    except (MissingData, Leak, ValueError) as error:
        print(f"vigil_training: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        print(f"vigil_training: cannot use{where}: {error.strerror or error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m vigil_training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in _COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text)
        is_retrain = name == "retrain"
        command.add_argument("--data", type=Path, required=True, help="folder of the data sets")
        command.add_argument(
            "--corpus", type=Path, default=Path("training/corpus"), help="own posts"
        )
        command.add_argument("--tasks", type=Path, default=Path("schemas/tasks.json"))
        command.add_argument("--without", nargs="*", default=[], help="sets to leave out")
        command.add_argument(
            "--labels", type=Path, nargs="*", default=[], metavar="FILE",
            help="labels that people gave, one JSON object a line; the same for every command",
        )  # fmt: skip
        command.add_argument(
            "--encoder", help="another BERT-like encoder: its folder, or its name on a hub"
        )
        command.add_argument("--config", default="production", help="a name or a TOML file")
        command.add_argument(
            "--run",
            type=Path,
            default=Path("training/runs/retrained" if is_retrain else "training/runs/production"),
        )
        command.add_argument("--threads", type=int, default=2)
        if name in ("train", "retrain"):
            command.add_argument(
                "--start",
                type=Path,
                help="run whose model to start from, instead of the config's start_from",
            )
        if name in ("evaluate", "retrain"):
            command.add_argument("--split", choices=("dev", "test"), default="test")
        if name == "evaluate":
            command.add_argument(
                "--int8", type=Path, help="score this model.onnx, and its manifest"
            )
            command.add_argument(
                "--answers", action="store_true", help="write each row's answer, for compare.py"
            )
        if name in ("export", "retrain"):
            bundle = "models/vigil-retrained" if is_retrain else "models/vigil-minilm"
            command.add_argument("--out", type=Path, default=Path(bundle))
            command.add_argument(
                "--fp32", type=Path, help="also write the network with fp32 weights here"
            )
            command.add_argument(
                "--version",
                default=None if is_retrain else "1.2.0",
                help="of the bundle; a retrained one is named by its data" if is_retrain else None,
            )
    return parser
