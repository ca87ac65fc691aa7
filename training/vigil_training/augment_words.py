"""New texts that say the same in other words: misspelt, synonyms, other places and numbers.

After Dima et al. 2021, section 3.3, who use TextAttack (Morris et al. 2020) with WordNet and
CheckList's changes (Ribeiro et al. 2020). Here synonyms are the vocabulary's other wordings of a
reaction, inside the spans that mark it, and everyday words (`augment_words.toml`) outside them.
"""

import random
import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vigil_training.rows import Pair, Row, swap
from vigil_training.text import WORD, blank

FILE = Path(__file__).with_suffix(".toml")
NUMBER = 5
# TextAttack changes a tenth of the words; CheckList moves a number by a fifth at most.
_SHARE, _NUMBER_SHARE = 0.1, 0.2
_SHORTEST = 4
_TRIES = 10
_DIGITS = re.compile(r"(?<![\w.,:/-])\d{1,6}(?![\w:/-]|[.,]\d)")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"

# A stretch of a text, in code points, and what it becomes.
Change = tuple[int, int, str]


@dataclass(frozen=True)
class Words:
    """What may stand for what: groups by each member; wordings and synonyms in lower case."""

    wordings: dict[str, tuple[str, ...]]
    synonyms: dict[str, tuple[str, ...]]
    places: dict[str, tuple[str, ...]]


def load_words(pairs: Iterable[Pair], file: Path = FILE) -> Words:
    """`pairs` are those of `data.vocabulary`: wordings of one term may stand for each other.

    A wording of two terms is left out. Raises ValueError where the file has other keys.
    """
    values = tomllib.loads(file.read_text(encoding="utf-8"))
    if set(values) != {"synonyms", "places"}:
        raise ValueError(f"{file.name}: its keys have to be synonyms and places")
    terms: dict[str, set[str]] = {}
    for pair in pairs:
        terms.setdefault(pair.term, {pair.term.lower()}).add(pair.text.lower())
    return Words(
        _groups(sorted(one) for one in terms.values()),
        _groups(values["synonyms"]),
        _groups(values["places"]),
    )


def _groups(lists: Iterable[Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """The others of its group by each member; a member of several groups is left out."""
    found: dict[str, tuple[str, ...]] = {}
    several: set[str] = set()
    for group in lists:
        for word in group:
            several |= {word} & set(found)
            found[word] = tuple(other for other in group if other != word)
    return {word: others for word, others in found.items() if others and word not in several}


def augmented(row: Row, words: Words, rng: random.Random, number: int = NUMBER) -> list[Row]:
    """So many new rows of the same labels, each in another way; the spans move along.

    The ways are taken in turn, those left out that find nothing in the text. No text comes twice
    or is that of the row; a text without a word to change gives fewer. Handles and links stay.
    """
    seen, found = {row.text}, []
    ways = [way for way in WAYS.values() if way(row, words, rng)]
    for turn in range(number * _TRIES if ways else 0):
        changes = sorted(ways[turn % len(ways)](row, words, rng))
        new = swap(row, [(start, end) for start, end, _ in changes], [to for _, _, to in changes])
        if new.text not in seen:
            seen.add(new.text)
            found.append(new)
        if len(found) == number:
            break
    return found


def misspell(row: Row, words: Words, rng: random.Random) -> list[Change]:
    """One letter inside a tenth of the longer words: swapped, replaced, dropped or added."""
    able = [m for m in WORD.finditer(blank(row.text)) if len(m.group()) >= _SHORTEST]
    return [
        (m.start(), m.end(), _misspelt(m.group(), rng))
        for m in rng.sample(able, max(1, round(len(able) * _SHARE)) if able else 0)
    ]


def _misspelt(word: str, rng: random.Random) -> str:
    """The first and the last letter stay."""
    at = rng.randrange(1, len(word) - 2)
    before, one, two, after = word[:at], word[at], word[at + 1], word[at + 2 :]
    other = rng.choice(_LETTERS)
    ways = (two + one, other + two, two, one + other + two)
    return before + rng.choice([way for way in ways if way != one + two]) + after


def synonyms(row: Row, words: Words, rng: random.Random) -> list[Change]:
    """A wording inside a marked effect or condition, or a tenth of the everyday words outside."""
    marked = [s for s in row.spans or () if s.label in ("effect", "condition")]
    inside, outside = [], []
    for start, end in _phrases(row.text, words.wordings):
        if any(s.start <= start and end <= s.end for s in marked):
            inside.append((start, end, words.wordings))
    for start, end in _phrases(row.text, words.synonyms):
        if not any(s.start < end and start < s.end for s in row.spans or ()):
            outside.append((start, end, words.synonyms))
    chosen = rng.sample(outside, min(len(outside), max(1, round(row.text.count(" ") * _SHARE))))
    if inside and (not outside or rng.random() < 0.5):
        chosen = [rng.choice(inside)]
    return [
        (start, end, rng.choice(groups[row.text[start:end].lower()]))
        for start, end, groups in chosen
    ]


def _phrases(text: str, known: dict[str, object], most: int = 5) -> list[tuple[int, int]]:
    """Places of known phrases, the longest at each word, without overlaps."""
    parts = [match.span() for match in re.finditer(r"[\w']+", blank(text))]
    found, at = [], 0
    while at < len(parts):
        for last in range(min(at + most, len(parts)) - 1, at - 1, -1):
            if text[parts[at][0] : parts[last][1]].lower() in known:
                found.append((parts[at][0], parts[last][1]))
                at = last
                break
        at += 1
    return found


def places(row: Row, words: Words, rng: random.Random) -> list[Change]:
    """Every city, country or state becomes another of its kind, the same name the same one."""
    chosen: dict[str, str] = {}
    changes = []
    names = {name.lower(): name for name in words.places}
    for start, end in _phrases(row.text, names):
        name = row.text[start:end]
        # In lower case many are other words.
        if name in words.places:
            to = chosen.setdefault(name, rng.choice(words.places[name]))
            changes.append((start, end, to))
    return changes


def numbers(row: Row, words: Words, rng: random.Random) -> list[Change]:
    """Every number in digits moves by a fifth at most, and by 1 at least; 2 and 4 stay.

    In posts those two often stand for "to" and "for" (CheckList leaves them, too).
    """
    changes = []
    for match in _DIGITS.finditer(blank(row.text)):
        value = int(match.group())
        if value not in (2, 4):
            reach = max(1, int(value * _NUMBER_SHARE))
            moves = [move for move in range(-reach, reach + 1) if move and value + move > 0]
            changes.append((match.start(), match.end(), str(value + rng.choice(moves))))
    return changes


WAYS: dict[str, Callable[[Row, Words, random.Random], list[Change]]] = {
    "misspell": misspell,
    "synonyms": synonyms,
    "places": places,
    "numbers": numbers,
}
