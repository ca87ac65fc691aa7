"""The papers' experiments: run them, see how far they are, make their page.

papers list                           what there is, and how much of it is done
papers run yadav2018 --smoke          a minute, on posts of the project's own
papers run yadav2018 --data DATA      the whole: hours; goes on where it was stopped
papers run FILE.toml --data DATA      a paper of your own, from its settings file
papers page                           writes docs/papers.md from the results
"""

import argparse
import sys
import tempfile
from pathlib import Path

from vigil_training.data.files import MissingData
from vigil_training.papers import settings as files


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; 0 done, 1 the data or the settings do not serve or the page is stale."""
    options = _parser().parse_args(arguments)
    try:
        return {"list": _list, "run": _run, "page": _page}[options.command](options)
    except (MissingData, ValueError) as error:
        print(f"papers: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        print(f"papers: cannot use{where}: {error.strerror or error}", file=sys.stderr)
        return 1


def _list(options: argparse.Namespace) -> int:
    from vigil_training.papers import results

    if options.names:
        print(*files.names(), sep="\n")
        return 0
    for name in files.names():
        settings = files.load(name)
        units = files.protocol(settings).units(settings)
        done = results.read(settings, options.results)
        print(f"{name:12} {sum(unit in done for unit in units):4} of {len(units):4} units  "
              f"{settings.title}")  # fmt: skip
    return 0


def _run(options: argparse.Namespace) -> int:
    import torch
    from transformers.utils import logging

    from vigil_training.papers.run import run

    # Each unit opens the encoder anew; its reports would hide the progress.
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(options.threads)
    settings = files.load(options.paper, options.smoke, options.original)
    if not options.corpus.is_dir():
        raise MissingData(f"--corpus: {options.corpus} is missing; it comes with the project")
    if options.smoke:
        with tempfile.TemporaryDirectory() as folder:
            left = run(settings, None, options.corpus, Path(folder), options.only)
    else:
        if options.data is None or not options.data.is_dir():
            given = "is missing" if options.data is None else f"{options.data} is no folder"
            raise MissingData(f"--data {given}; give the folder of the data sets, or --smoke")
        limit = options.hours * 3600
        left = run(settings, options.data, options.corpus, options.results, options.only, limit)
    print(f"{settings.name}: {'all done' if not left else f'{left} units left'}")
    return 0


def _page(options: argparse.Namespace) -> int:
    from vigil_training.papers import page

    return page.main(options.check, folder=options.results)


def _parser() -> argparse.ArgumentParser:
    from vigil_training.papers import results

    parser = argparse.ArgumentParser(
        prog="papers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--results", type=Path, default=results.FOLDER, help="folder of results")
    commands = parser.add_subparsers(dest="command", required=True)
    listed = commands.add_parser("list", help="the papers, and how much of each is done")
    listed.add_argument("--names", action="store_true", help="only their names, a line each")
    run = commands.add_parser("run", help="run what is left of a paper")
    run.add_argument("paper", help="a name that `papers list` shows, or a TOML file")
    run.add_argument("--smoke", action="store_true", help="all of it, tiny, on own posts; not kept")
    run.add_argument("--data", type=Path, help="folder of the data sets")
    run.add_argument(
        "--original", action="store_true", help="on the paper's own sets, which --data has to hold"
    )
    run.add_argument("--corpus", type=Path, default=Path("training/corpus"), help="own posts")
    run.add_argument("--only", default="", help="only units whose name holds this text")
    run.add_argument("--hours", type=float, default=1e9, help="begin no unit after so many hours")
    run.add_argument("--threads", type=int, default=1)
    page = commands.add_parser("page", help="write docs/papers.md from the results")
    page.add_argument("--check", action="store_true", help="only say whether it is up to date")
    return parser


if __name__ == "__main__":
    sys.exit(main())
