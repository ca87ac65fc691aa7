"""Encodings of any tokenizer in the form of WordPiece, which everything after them reads.

There a piece that goes on with a word begins with ##, an offset holds no white space, and what
stands for no character has none. Byte-level BPE and SentencePiece have other marks.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tokenizers import Encoding, Tokenizer

# What WordPiece's splitter sets apart beside punctuation.
_SIGNS = frozenset("$+<=>^`|~")


class Pieces(Protocol):
    """The parts of an encoding that are read: ids, offsets in code points, and pieces."""

    ids: list[int]
    offsets: list[tuple[int, int]]
    tokens: list[str]


@dataclass(frozen=True)
class _Pieces:
    ids: list[int]
    offsets: list[tuple[int, int]]
    tokens: list[str]


def is_wordpiece(tokenizer: Tokenizer) -> bool:
    """Whether ## says already where a word goes on."""
    return getattr(tokenizer.model, "continuing_subword_prefix", None) == "##"


def as_wordpiece(
    tokenizer: Tokenizer, encodings: Sequence[Encoding], texts: Sequence[str]
) -> list[Pieces]:
    """The encodings of the texts, as they are or put into that form."""
    if is_wordpiece(tokenizer):
        return list(encodings)
    return [_converted(one, text) for one, text in zip(encodings, texts, strict=True)]


def _converted(encoding: Encoding, text: str) -> Pieces:
    """Words are those of the tokenizer, parted before and after punctuation."""
    offsets: list[tuple[int, int]] = []
    pieces: list[str] = []
    last, word = (0, 0), -1
    for piece, (start, end), number in zip(
        encoding.tokens, encoding.offsets, encoding.word_ids, strict=True
    ):
        while start < end and text[start].isspace():
            start += 1
        while start < end and text[end - 1].isspace():
            end -= 1
        if number is None or start == end:
            offsets.append((0, 0))
            pieces.append(piece)
            continue
        # Several pieces may be the bytes of one character.
        is_same = number == word and last[1] > start
        is_apart = _stands_alone(text[start]) or (last[1] > 0 and _stands_alone(text[last[1] - 1]))
        goes_on = is_same or (number == word and not is_apart)
        pieces.append(f"##{piece}" if goes_on else piece.lstrip("#") or piece)
        offsets.append((start, end))
        last, word = (start, end), number
    return _Pieces(encoding.ids, offsets, pieces)


def _stands_alone(character: str) -> bool:
    return character in _SIGNS or unicodedata.category(character).startswith("P")
