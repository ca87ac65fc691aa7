"""The lock for machines without CUDA is the lock without it, torch left to the user's command."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
CUDA = re.compile(r"(?:torch|triton|cuda-[\w-]+|nvidia-[\w-]+)==")


def _lines(name: str) -> list[str]:
    return (ROOT / name).read_text(encoding="utf-8").splitlines()


def test_the_lean_lock_has_everything_else() -> None:
    whole = _lines("requirements.lock")
    assert _lines("requirements-cpu.lock") == [line for line in whole if not CUDA.match(line)]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in whole)


def test_the_readme_names_the_locked_torch() -> None:
    [torch] = [line for line in _lines("requirements.lock") if line.startswith("torch==")]
    assert torch in (ROOT / "README.md").read_text(encoding="utf-8")
