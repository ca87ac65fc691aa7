"""Lines on which training and serving have to cut texts into the same pieces.

`python -m vigil_training.tokenizer_lines BUNDLE --out FILE` makes the lines from a seed, with
emoji, combining marks, right-to-left text, handles, links and whatever else Unicode holds, and
writes hashes of their ids, one per block of lines. `test/infer/tokenise-lines.test.ts` makes the
same lines in the same way and compares.
"""

import argparse
import hashlib
import json
from array import array
from collections.abc import Iterator
from pathlib import Path

from tokenizers import Tokenizer

from vigil_training.text import blank

SEED = 2_463_534_242
LINES = 100_000
BLOCK = 1_000

WORDS = (
    "Sertraline,dizzy,MIGRAINE,can't,2x,50mg,naïve,crème,ΟΔΟΣ,Straße,İstanbul,ﬁne,½,don’t,@some.one,"
    "#SideEffects,https://a.b/c?d=e#f,http,[link],[email],[SEP],[MASK],[,RT,vaccine,ok…,&amp;,<b>,"
    "antidisestablishmentarianism,(yes),e\u0301te\u0301,o\u0308\u0323,लड़की,שלום,مرحبا,日本語,한국어"
).split(",")
JOINS = [*[" "] * 5, "", "  ", ", ", "\n", "\t", "\u00a0", "\u200d", "\u0301", "\ufe0f"]
# First and last code points of scripts and signs; the last ones are all that is left.
RANGES = (
    (0x1F300, 0x1F6FF), (0x1F900, 0x1FAFF), (0x1F1E6, 0x1F1FF), (0x2600, 0x27BF),
    (0x300, 0x36F), (0x41, 0x7A), (0xC0, 0x24F), (0x1E00, 0x1EFF), (0x590, 0x5FF), (0x600, 0x6FF),
    (0x750, 0x77F), (0x8A0, 0x8FF), (0xFB1D, 0xFDFF), (0xFE70, 0xFEFF), (0x370, 0x52F),
    (0x900, 0xDFF), (0xE00, 0xEFF), (0x1100, 0x11FF), (0xAC00, 0xD7A3), (0x3040, 0x30FF),
    (0x4E00, 0x9FFF), (0x2000, 0x206F), (0x20, 0x7E), (0, 0xFF), (0xFF00, 0xFFEF),
    (0x1D400, 0x1D7FF), (0xFE00, 0xFE0F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF),
    (0x1700, 0x1BFF), (0xA640, 0xABFF), (0x10A00, 0x11FFF), (0x1E000, 0x1E9FF),
    (0, 0xD7FF), (0xE000, 0xFFFF), (0x10000, 0x1FFFF), (0x20000, 0x10FFFF),
)  # fmt: skip


def lines(count: int, seed: int = SEED) -> Iterator[str]:
    """The first `count` lines. Draws are those of xorshift with 32 bits (Marsaglia 2003)."""
    state = seed

    def draw(below: int) -> int:
        nonlocal state
        state ^= (state << 13) & 0xFFFFFFFF
        state ^= state >> 17
        state ^= (state << 5) & 0xFFFFFFFF
        return state % below

    for _ in range(count):
        parts: list[str] = []
        for _ in range(1 + draw(12)):
            if draw(3) == 0:
                parts.append(WORDS[draw(len(WORDS))])
            else:
                first, last = RANGES[draw(len(RANGES))]
                width = last - first + 1
                parts += [chr(first + draw(width)) for _ in range(1 + draw(5))]
            parts.append(JOINS[draw(len(JOINS))])
        yield "".join(parts)


def hashes(tokenizer: Tokenizer, count: int = LINES) -> list[str]:
    """16 hex digits per block: of SHA-256 over each line's number of ids and ids, 32 bits each."""
    tokenizer.no_padding()
    tokenizer.no_truncation()
    made = list(lines(count))
    result = []
    for at in range(0, count, BLOCK):
        digest = hashlib.sha256()
        for one in tokenizer.encode_batch([blank(line) for line in made[at : at + BLOCK]]):
            values = array("i", [len(one.ids), *one.ids])
            digest.update(values.tobytes())
        result.append(digest.hexdigest()[:16])
    return result


def main() -> None:
    """Writes the hashes for the tokenizer of a bundle."""
    parser = argparse.ArgumentParser(
        prog="python -m vigil_training.tokenizer_lines", description=__doc__
    )
    parser.add_argument("bundle", type=Path, help="folder with tokenizer.json")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    found = hashes(Tokenizer.from_file(str(options.bundle / "tokenizer.json")))
    text = json.dumps({"seed": SEED, "lines": LINES, "block": BLOCK, "hashes": found}, indent=1)
    options.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
