"""A vector per word: random, from an encoder's word pieces, or from a file in GloVe's format."""

import math
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from vigil_training import encoders
from vigil_training.architectures import glove


def word_vectors(
    kind: str, words: Sequence[str], known: set[str], dimensions: int, seed: int
) -> tuple[Tensor, bool]:
    """Vectors [words + 1, dimensions] of lower-case words, and whether they are to be trained.

    Row 0 is the unknown word's. `kind` is "random", where only the words of `known` get vectors of
    their own; "encoder", a word's vector being the mean of its pieces' in the shipped encoder; or
    the path of a text file with a word and its numbers on each line. Vectors from elsewhere stay as
    they are and need no label, so that words of test sentences have theirs, too. `dimensions`
    counts for "random" alone. Raises ValueError for a file that is missing or of another form.
    """
    if kind == "encoder":
        folder = encoders.locate(None)
        table = _piece_table(Path(folder))
        return _mean_of_pieces(words, encoders.open_tokenizer(folder), table), False
    drawn = torch.Generator().manual_seed(seed)
    if kind == "random":
        table = _uniform(len(words) + 1, dimensions, drawn)
        for number, word in enumerate(words, 1):
            if word not in known:
                table[number] = table[0]
        return table, True
    return _from_file(Path(kind), words, drawn), False


def _uniform(rows: int, width: int, generator: torch.Generator) -> Tensor:
    """Between plus and minus the root of 3 / width (Zhao et al. 2019)."""
    return (torch.rand(rows, width, generator=generator) * 2 - 1) * math.sqrt(3 / width)


def _piece_table(folder: Path) -> Tensor:
    for name, value in load_file(folder / "model.safetensors").items():
        if name.endswith("word_embeddings.weight"):
            return value.float()
    raise ValueError(f"vectors: {folder.name} has no word-piece embeddings")


def _mean_of_pieces(words: Sequence[str], tokenizer: Tokenizer, table: Tensor) -> Tensor:
    """Each component scaled to variance 1 over the words, as an embedding's numbers are small."""
    found = tokenizer.encode_batch(list(words), add_special_tokens=False)
    width = table.shape[1]
    means = [table[one.ids].mean(dim=0) if one.ids else torch.zeros(width) for one in found]
    vectors = functional.layer_norm(torch.stack(means), (width,))
    return torch.cat([torch.zeros(1, width), vectors])


def _from_file(path: Path, words: Sequence[str], generator: torch.Generator) -> Tensor:
    if not path.is_file():
        raise ValueError(f'vectors: {path} is no file; allowed are "random", "encoder" or a file')
    numbers = {word: number for number, word in enumerate(words, 1)}
    found, width = glove.read(path, numbers)
    if not found:
        raise ValueError(f"vectors: {path.name} has none of the {len(words)} words")
    table = _uniform(len(words) + 1, width, generator)
    table[0] = 0
    table[[numbers[word] for word in found]] = torch.tensor(list(found.values()))
    return table
