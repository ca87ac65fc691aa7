"""GloVe's text format: a word and the numbers of its vector a line (Pennington et al. 2014)."""

from collections.abc import Container
from pathlib import Path


def read(path: Path, wanted: Container[str]) -> tuple[dict[str, list[float]], int]:
    """Vectors of the wanted words, each as it is written or else in lower case, and their width.

    A first line of two numbers, with which word2vec's text form begins, is passed over. Raises
    ValueError where a line has another number of columns than the first, and where a column of a
    wanted word is no number.
    """
    exact: dict[str, list[float]] = {}
    folded: dict[str, list[float]] = {}
    width = 0
    with path.open(encoding="utf-8") as file:
        for line, text in enumerate(file, 1):
            word, *columns = text.rstrip().split(" ")
            if line == 1 and len(columns) == 1:
                continue
            width = width or len(columns)
            if len(columns) != width or width == 0:
                raise ValueError(
                    f"vectors: {path.name} line {line}: {len(columns)} numbers instead of "
                    f"{width or 'one or more'}"
                )
            for found, name in ((exact, word), (folded, word.lower())):
                if name in wanted:
                    try:
                        found[name] = [float(column) for column in columns]
                    except ValueError:
                        raise ValueError(
                            f"vectors: {path.name} line {line}: not numbers only"
                        ) from None
    return folded | exact, width
