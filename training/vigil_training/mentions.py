"""Effects in their posts with the concepts that they mean, to fit the confidence of terms on.

`python -m vigil_training.mentions --data DATA --split dev --out FILE` writes a JSON object a line:
set, post (the same number for near-duplicates), text as it was loaded, start and end in code
points, concepts (ids of the open vocabulary that are right). It takes the annotated posts and the
project's own. The file holds texts of data sets that are not ours to pass on: it is written to
--out alone, which should lie outside the repository.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from vigil_training.data.files import MissingData
from vigil_training.prepare import Prepared, prepare
from vigil_training.splits import Leak
from vigil_training.tasks import load_tasks
from vigil_training.text import duplicate_key


def mentions(prepared: Prepared, split: str) -> Iterator[dict]:
    """The effects of a split, each once.

    An effect whose term is no name of the vocabulary's is left out: nobody could find it.
    """
    posts = {duplicate_key(row.text): row.cluster for row in prepared.rows}
    found: dict[tuple[str, str, int, int], set[str]] = defaultdict(set)
    for pair in prepared.pairs:
        if pair.split == split and pair.set.startswith(("own-", "real-")):
            concept = prepared.concepts.get(pair.term.lower())
            if concept is not None:
                found[pair.set, pair.text, pair.start, pair.end].add(concept)
    for number, ((name, text, start, end), right) in enumerate(found.items()):
        yield {
            "set": name,
            # A post that was dropped as a repeat stands for itself.
            "post": posts.get(duplicate_key(text), -1 - number),
            "text": text,
            "start": start,
            "end": end,
            "concepts": sorted(right),
        }


def main(arguments: list[str] | None = None) -> int:
    """0 written, 1 the data do not serve, 2 wrong usage."""
    options = _parser().parse_args(arguments)
    try:
        prepared = prepare(
            options.data,
            options.corpus,
            load_tasks(options.tasks),
            frozenset(options.without),
            options.labels,
        )
        found = list(mentions(prepared, options.split))
        with options.out.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(item, ensure_ascii=False) + "\n" for item in found)
    except (MissingData, Leak, ValueError) as error:
        print(f"mentions: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"mentions: cannot use {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    print(f"{len(found)} mentions of {len({item['post'] for item in found})} posts")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m vigil_training.mentions",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--corpus", type=Path, default=Path("training/corpus"), help="own posts")
    parser.add_argument("--tasks", type=Path, default=Path("schemas/tasks.json"))
    parser.add_argument("--without", nargs="*", default=[], help="sets to leave out")
    parser.add_argument(
        "--labels", type=Path, nargs="*", default=[], metavar="FILE",
        help="labels that people gave, the same as in training",
    )  # fmt: skip
    parser.add_argument("--split", choices=("train", "dev", "test"), default="dev")
    parser.add_argument(
        "--out", type=Path, required=True,
        help="file to write; it holds texts of the data sets, so keep it out of the repository",
    )  # fmt: skip
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
