"""Opening a set's files, with a message that helps where they are missing."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path


class MissingData(Exception):
    """A data set's file is not where it was looked for."""


def require(path: Path, publisher: str) -> Path:
    """The path, or MissingData that names the file and who gives it out."""
    if not path.exists():
        raise MissingData(
            f"{path} is missing. Get the set from its publisher ({publisher}) and put it there, "
            f"or leave it out with --without {path.parent.name if path.suffix else path.name}."
        )
    return path


def require_folder(path: Path, option: str) -> Path:
    """The folder, or MissingData that names it and the option that gives it."""
    if not path.is_dir():
        raise MissingData(
            f"{option} {path} is no folder; run from the root of the project, or give another"
        )
    return path


def table(path: Path, publisher: str, delimiter: str = ",") -> Iterator[dict[str, str]]:
    """Rows of a delimited file with a header; a row that lacks a column is an error."""
    with require(path, publisher).open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter=delimiter):
            if None in row.values():
                raise ValueError(f"{path.name}: a row has too few columns")
            yield row


def json_lines(path: Path, publisher: str) -> Iterator[dict]:
    """Objects of a file with one JSON object per line."""
    with require(path, publisher).open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)
