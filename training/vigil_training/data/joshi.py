"""The tweets of Joshi et al. (2019): three pairs of tasks on health mentions, use and intent.

Their publishers give out tweet ids with labels; the texts are fetched by id. This loader takes
the result, one file each, with the header tweet_id, label, text or with these columns in order;
label is 0 or 1 and any file may be missing:

- `influenza.tsv` (Lamb et al. 2013), `symptoms.tsv` (Robinson et al. 2015): personal health mention
- `vaccination.tsv` (Weissenbacher et al. 2018): received, or means to, a vaccine
- `drug_usage.tsv` (Jiang et al. 2016): takes a medicine
- `vaccine_relevance.tsv`, `vaccine_intent.tsv` (Dredze et al. 2016)
"""

from collections.abc import Iterator
from pathlib import Path

from vigil_training.data.files import MissingData, require
from vigil_training.data.lexicon import Lexicon
from vigil_training.data.strict import check_classes, label_of, table
from vigil_training.rows import Row

PUBLISHER = "the authors of the six sets that Joshi et al. 2019 name, ALTA workshop"
_ORDERS = (("tweet_id", "label", "tweet"), ("tweet_id", "tweet", "label"))
_NO, _YES = ("no",), ("yes",)
_MENTION = ("health_mention", ("other", "figurative"), ("mention",))
_FILES: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "influenza": _MENTION,
    "symptoms": _MENTION,
    "vaccination": ("vaccine_use", _NO, _YES),
    "drug_usage": ("drug_use", _NO, _YES),
    "vaccine_relevance": ("vaccine_relevance", _NO, _YES),
    "vaccine_intent": ("vaccine_intent", ("no", "unclear"), _YES),
}


def load(folder: Path, lexicon: Lexicon) -> Iterator[Row]:
    """Rows of every file there is, in a set of its own (`joshi-influenza`).

    ValueError on an unknown label or one class only.
    """
    require(folder, PUBLISHER)
    found = [name for name in _FILES if (folder / f"{name}.tsv").exists()]
    if not found:
        raise MissingData(
            f"{folder} has none of {', '.join(f'{name}.tsv' for name in _FILES)}. Get the ids from "
            f"their publishers ({PUBLISHER}) and the texts by id."
        )
    for name in found:
        task, negative, positive = _FILES[name]
        labels = {"0": {task: negative}, "1": {task: positive}}
        path = folder / f"{name}.tsv"
        records = table(f"joshi-{name}", path, PUBLISHER, _ORDERS, labels, ("label", "tweet"))
        yield from check_classes(
            f"joshi-{name}",
            (
                Row(f"joshi-{name}", record.fields["tweet"], label_of(record, labels))
                for record in records
            ),
        )
