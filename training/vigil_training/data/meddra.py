"""Names of MedDRA codes, for sets that give a mention's code alone.

MedDRA itself is licensed and belongs to the user: `llt.asc` and `pt.asc` of a release, in the
folder `meddra` beside the sets. Without it only the codes of CTCAE and OAE have a name.
"""

import csv
from pathlib import Path


def names(data: Path) -> dict[str, str]:
    """Preferred-term names by code, of preferred and of lowest-level terms."""
    found: dict[str, str] = {}
    for file in ("oae_2022.tsv", "ctcae_v5.tsv"):
        path = data / "terminology" / file
        if path.exists():
            with path.open(newline="", encoding="utf-8") as lines:
                rows = csv.DictReader(lines, delimiter="\t")
                found |= {row["meddra_code"]: row["term"] for row in rows}
    preferred = {cells[0]: cells[1] for cells in _cells(data / "meddra" / "pt.asc")}
    found |= preferred
    for code, _, parent, *_ in _cells(data / "meddra" / "llt.asc"):
        if parent in preferred:
            found[code] = preferred[parent]
    return found


def _cells(path: Path) -> list[list[str]]:
    if not path.exists():
        return []
    found = [line.split("$") for line in path.read_text(encoding="utf-8").split("\n") if line]
    for number, cells in enumerate(found, 1):
        if len(cells) < 3:
            raise ValueError(f"{path.name} line {number}: not a line of MedDRA's ASCII release")
    return found
