"""The table of vectors, one a word piece, that a recurrent or convolutional net begins with."""

from functools import lru_cache
from math import sqrt
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import AutoModel

from vigil_training.architectures import glove

RANDOM, ENCODER = "random", "encoder"
# As wide as Yadav et al. 2018 have their vectors, where a random table is given no width.
WIDTH = 300


def table(
    vectors: str, tokenizer: Tokenizer, encoder: str, dimensions: int = 0, seed: int = 17
) -> Tensor:
    """Vectors [pieces, dimensions] by the tokenizer's ids, float32, the same on every call.

    `vectors` is "random", "encoder" (the piece embeddings of the transformer that lies at
    `encoder`, see `encoders.locate`; the tokenizer is its own) or a file in GloVe's format. With
    `dimensions` of 0 a table is as wide as its source; the encoder's can be made narrower by SVD,
    a random one has any width, a file's own width is the only one that it has. ValueError where
    they do not fit.
    """
    if dimensions < 0:
        raise ValueError(f"dimensions: {dimensions} is below 0, which stands for the source's own")
    pieces = tokenizer.get_vocab_size()
    if vectors == RANDOM:
        return random_table(pieces, dimensions or WIDTH, seed)
    if vectors == ENCODER:
        return _of_encoder(encoder, pieces, dimensions).clone()
    if not Path(vectors).is_file():
        raise ValueError(f"vectors: {vectors} is none of {RANDOM}, {ENCODER}, nor a GloVe file")
    return from_file(Path(vectors), tokenizer, dimensions, seed)


@lru_cache(maxsize=1)
def _of_encoder(encoder: str, pieces: int, dimensions: int) -> Tensor:
    found = AutoModel.from_pretrained(encoder, dtype=torch.float32)
    full = found.get_input_embeddings().weight.detach()
    if len(full) < pieces:
        raise ValueError(f"vectors: the encoder has {len(full):,} pieces, not {pieces:,}")
    return narrowed(full[:pieces], dimensions or full.shape[1])


def random_table(pieces: int, dimensions: int, seed: int) -> Tensor:
    """Uniform in ±sqrt(3 / dimensions), so that a vector's length is 1 on average."""
    generator = torch.Generator().manual_seed(seed)
    bound = sqrt(3 / dimensions)
    return (2 * torch.rand(pieces, dimensions, generator=generator) - 1) * bound


def narrowed(full: Tensor, dimensions: int) -> Tensor:
    """The best approximation [pieces, dimensions] of a table's products (Eckart and Young 1936).

    By singular value decomposition; of a singular vector's two signs, the one is taken that makes
    its largest entry positive, so that it is the same table each time.
    """
    width = full.shape[1]
    if dimensions > width:
        raise ValueError(f"dimensions: the vectors have {width}, and {dimensions} cannot be had")
    if dimensions == width:
        return full.clone()
    # The eigenvectors of the small square are the table's right singular vectors.
    exact = full.double()
    right = torch.linalg.eigh(exact.T @ exact).eigenvectors.flip(1)[:, :dimensions].T
    largest = right.gather(1, right.abs().argmax(dim=1, keepdim=True))
    return (exact @ (right * largest.sign()).T).float()


def from_file(path: Path, tokenizer: Tokenizer, dimensions: int = 0, seed: int = 17) -> Tensor:
    """Vectors of a file in GloVe's format.

    A piece takes the vector of its letters, the marks of WordPiece removed; one that the file lacks
    keeps a random vector of the length that those found have on average. ValueError where the file
    cannot be read (`glove.read`) and where no piece is found.
    """
    wanted: dict[str, list[int]] = {}
    for piece, number in tokenizer.get_vocab().items():
        wanted.setdefault(piece.removeprefix("##"), []).append(number)
    named, width = glove.read(path, wanted)
    found = {number: values for word, values in named.items() for number in wanted[word]}
    if dimensions not in (0, width):
        raise ValueError(f"dimensions: {path.name} has {width}, not {dimensions}; give 0")
    if not found:
        raise ValueError(f"{path.name}: none of its words is a piece of the tokenizer")
    known = torch.tensor(list(found.values()))
    result = random_table(tokenizer.get_vocab_size(), width, seed) * known.norm(dim=1).mean()
    result[list(found)] = known
    return result
