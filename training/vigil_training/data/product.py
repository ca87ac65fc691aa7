"""Whether a text speaks of a product at all: without one there is no effect of one."""

import re

from vigil_training.data.lexicon import Lexicon
from vigil_training.data.vaccine_stance import MAYBE_WORD, VACCINE_WORD
from vigil_training.rows import Row

_WORDS = re.compile(
    r"\b(?:meds?|medic\w*|pills?|tablets?|drugs?|dos(?:e|es|age)|prescri\w*|side.?effects?|"
    r"treat(?:ed|ment|ments)|therapy|chemo\w*|antibiotics?|anti\w{4,}|steroids?|vitamins?|"
    r"supplements?|inject\w*|withdrawal|overdos\w*|\d+ ?mg)\b",
    re.IGNORECASE,
)
# Meth, weed and drink are no products here, but their effects are not ruled out either.
_OTHERS = re.compile(
    r"\b(?:meth|weed|heroin|cocaine|opio\w*|opiates?|alcohol|drunk)\b", re.IGNORECASE
)
_NO_EFFECT = {"adverse_effect": ("no",), "withdrawal": ("no",)}


def without_product(row: Row, lexicon: Lexicon) -> Row:
    """The row, with "no effect of a product" and no spans where its text has no sign of one."""
    for pattern in (_WORDS, _OTHERS, VACCINE_WORD, MAYBE_WORD):
        if pattern.search(row.text):
            return row
    if lexicon.find(row.text):
        return row
    return Row(row.set, row.text, {**row.labels, **_NO_EFFECT}, (), row.publisher_split)
