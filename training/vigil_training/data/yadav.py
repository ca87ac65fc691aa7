"""Medical sentiment in posts of patient.info (Yadav et al. 2018): conditions and medicines.

The authors describe classes and no file format, so that this loader takes the plainest one:
`condition.tsv` with exist, recover or deteriorate, `medication.tsv` with effective, ineffective or
serious-adverse-effect, each with the header tweet_id, label, text or with these columns in order.
Either file may be missing.
"""

from collections.abc import Iterator
from pathlib import Path

from vigil_training.data.files import MissingData, require
from vigil_training.data.lexicon import Lexicon
from vigil_training.data.strict import check_classes, label_of, table
from vigil_training.rows import Row

PUBLISHER = "Yadav et al. 2018, 'Medical Sentiment Analysis using Social Media', LRE map"
_ORDERS = (("tweet_id", "label", "tweet"),)
_NEEDS = ("label", "tweet")
_SERIOUS = {
    "medication_sentiment": ("serious-adverse-effect",),
    "adverse_effect": ("yes",),
}
_FILES: dict[str, dict[str, dict[str, tuple[str, ...]]]] = {
    "condition": {name: {"condition": (name,)} for name in ("exist", "recover", "deteriorate")},
    "medication": {
        **{
            name: {"medication_sentiment": (name,), "drug_outcome": (name,)}
            for name in ("effective", "ineffective")
        },
        "serious-adverse-effect": _SERIOUS,
        "serious adverse effect": _SERIOUS,
    },
}


def load(folder: Path, lexicon: Lexicon) -> Iterator[Row]:
    """Rows `yadav-condition` and `yadav-medication`; a serious adverse effect is one here too.

    ValueError on an unknown label or one class only.
    """
    require(folder, PUBLISHER)
    found = [name for name in _FILES if (folder / f"{name}.tsv").exists()]
    if not found:
        raise MissingData(
            f"{folder} has neither condition.tsv nor medication.tsv. Get the set from its "
            f"publisher ({PUBLISHER}) and write it as tweet_id, label, text."
        )
    for name in found:
        labels = _FILES[name]
        path = folder / f"{name}.tsv"
        records = table(f"yadav-{name}", path, PUBLISHER, _ORDERS, labels, _NEEDS)
        rows = (
            Row(f"yadav-{name}", record.fields["tweet"], label_of(record, labels))
            for record in records
        )
        yield from check_classes(f"yadav-{name}", rows, follows="adverse_effect")
