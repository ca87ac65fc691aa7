"""The hashes that serving's tokeniser is held to are those of the bundle that ships."""

import json
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from vigil_training import tokenizer_lines

ROOT = Path(__file__).parents[2]


def test_the_first_hashes_are_those_of_the_bundle() -> None:
    path = ROOT / "models" / "vigil-minilm" / "tokenizer.json"
    if not path.exists():
        pytest.skip("the bundle is not here")
    golden = json.loads((ROOT / "test" / "infer" / "tokenise-lines.json").read_text())
    assert len(golden["hashes"]) * golden["block"] == golden["lines"] == tokenizer_lines.LINES
    found = tokenizer_lines.hashes(Tokenizer.from_file(str(path)), 2 * golden["block"])
    assert found == golden["hashes"][:2]


def test_the_lines_hold_what_they_are_for() -> None:
    text = "\n".join(tokenizer_lines.lines(2000))
    for sign in ("\u0301", "\u200d", "ש", "ع", "한", "日", "@some.one", "[SEP]"):
        assert sign in text
    assert any(0x1F300 <= ord(sign) <= 0x1F6FF for sign in text)
    assert not any(0xD800 <= ord(sign) <= 0xDFFF for sign in text)
