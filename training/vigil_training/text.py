"""Text handling that training and serving share, character by character.

Everything here has a twin in the serving code; the goldens of a bundle prove that both agree.
"""

import re

# White space as JavaScript's \s sees it; Python's own \s holds other characters.
_SPACE = r"\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_BLANKED = (
    re.compile(rf"https?://[^{_SPACE}]+"),
    re.compile(r"(?<![A-Za-z0-9_])https?(?![A-Za-z0-9_])"),
    re.compile(r"\[(?:link|email|phone)\]"),
    re.compile(r"@[A-Za-z0-9_.-]+"),
    re.compile(r"#"),
)
_TOKEN = re.compile(r"[a-z0-9]+")
_RETWEET = re.compile(r"(?<![A-Za-z0-9_])RT(?![A-Za-z0-9_])")
# Used in drug text only, where the four-letter brand "Zyrtec-D" is one word.
WORD = re.compile(r"[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]|[A-Za-z]")


def blank(text: str) -> str:
    """Overwrites links, masks, handles and hash signs with spaces; length and offsets stay.

    A model that sees them learns the habits of a data set ("has a handle") instead of the task.
    """
    for pattern in _BLANKED:
        text = pattern.sub(lambda found: " " * len(found.group()), text)
    return text


def tokens(text: str) -> list[str]:
    """Lower-case runs of a-z and 0-9 in a text; everything else separates."""
    return _TOKEN.findall(text.lower())


def duplicate_key(text: str) -> str:
    """What is left of a text for comparing it with others: no handles, links, RT or punctuation."""
    return " ".join(re.findall(r"\w+", blank(_RETWEET.sub(" ", text)).lower()))


def fnv1a32(data: bytes) -> int:
    """FNV-1a hash of 32 bits (Fowler, Noll and Vo)."""
    value = 0x811C9DC5
    for byte in data:
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value
