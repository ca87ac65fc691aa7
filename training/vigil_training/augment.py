"""What keeps the model from learning drug names instead of language.

Names are replaced in a share of the rows, by other names or by made-up ones, and names are put
into ordinary tweets, so that a name alone is no sign of an effect.
"""

import random
from dataclasses import replace

from vigil_training.data.lexicon import Lexicon
from vigil_training.rows import Row, Span, swap
from vigil_training.text import WORD, blank

_STARTS = (
    "ab ac al am bri ca cel cor da do el fen flu ga ibo ju ke lo lu me na ox pra re so ta ve xi zo"
).split()
_MIDDLES = ("ba cle da fe ga la li lo ma ne no pa ri ro ta ti to va vi xa").split()
_ENDS = ("dol fen lin mab mine nib pam pine pril quin ra sartan statin tine vir xa zole").split()


def made_up(rng: random.Random) -> str:
    """A word that sounds like a drug and is none that anybody knows."""
    return rng.choice(_STARTS) + rng.choice(_MIDDLES) + rng.choice(_ENDS)


def name(rng: random.Random, lexicon: Lexicon, made_up_share: float = 0.3) -> str:
    """A name from the lexicon, as people write it, or a made-up one."""
    word = made_up(rng) if rng.random() < made_up_share else rng.choice(lexicon.spoken)
    return word.capitalize() if rng.random() < 0.4 else word


def mask_drugs(row: Row, lexicon: Lexicon, rng: random.Random) -> Row:
    """Replaces every drug name of a row, the same name by the same one."""
    found = lexicon.find(row.text)
    if not found:
        return row
    chosen: dict[str, str] = {}
    names = [
        chosen.setdefault(row.text[start:end].lower(), name(rng, lexicon)) for start, end in found
    ]
    return swap(row, found, names)


def name_dropped(row: Row, lexicon: Lexicon, rng: random.Random) -> Row:
    """An ordinary tweet with a drug's name in the place of one of its words: a negative.

    The name is marked as a drug span. A row without a word to replace comes back as it is.
    """
    words = [match for match in WORD.finditer(blank(row.text)) if len(match.group()) >= 4]
    if not words:
        return row
    match = rng.choice(words)
    word = name(rng, lexicon)
    changed = swap(row, [(match.start(), match.end())], [word])
    span = Span(match.start(), match.start() + len(word), "drug")
    return replace(changed, spans=(span,), set="background-named")
