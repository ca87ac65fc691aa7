"""What a text goes through before the tokenizer, as an option for tasks with a label per text.

`blank` (text.py) is what every model that is served reads: links, handles and hash signs are
overwritten, always. Bai and Zhou 2020 clean some models' input and not the others', so that the
models differ; for that there are two more readings, the raw text and theirs. An uncased WordPiece
lower-cases whatever it reads, so that with the shipped encoder their "standardising case" is done
in all three, and only links and handles tell raw from clean.
"""

import re
from collections.abc import Callable

from vigil_training.text import blank

USER = "@user"
_LINK = re.compile(r"https?://\S+|\bwww\.\S+|\bhttps?\b|\[link\]", re.IGNORECASE)
_HANDLE = re.compile(r"(?<!\w)@\w+")


def clean(text: str) -> str:
    """Links taken out, lower case, `@user` for every handle (Bai and Zhou 2020, section 4.1).

    The length changes, so that offsets of spans do not hold afterwards. White space becomes one
    space.
    """
    return " ".join(_HANDLE.sub(USER, _LINK.sub(" ", text)).lower().split())


def raw(text: str) -> str:
    """The text as it is."""
    return text


READINGS: dict[str, Callable[[str], str]] = {"blanked": blank, "raw": raw, "clean": clean}


def reading(name: str) -> Callable[[str], str]:
    """A reading by its name; raises ValueError with the names that there are."""
    if name not in READINGS:
        raise ValueError(f"no reading of texts {name!r}: give one of {', '.join(READINGS)}")
    return READINGS[name]
