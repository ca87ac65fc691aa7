"""A model as its config has it: which encoder, shared or private, and what its heads read."""

from functools import partial

from tokenizers import Tokenizer

from vigil_training.architectures import vectors, words
from vigil_training.architectures.multitask import MultiTask, transformer
from vigil_training.architectures.shared_private import SharedPrivate
from vigil_training.config import Config
from vigil_training.tasks import Task


def make(
    name: str, tokenizer: Tokenizer, tasks: list[Task], config: Config
) -> MultiTask | SharedPrivate:
    """A model with the encoder `name` (a folder, or a name on a hub), or with another over its
    pieces; a random one of the size that `config.encoder` gives where it gives one.

    Raises ValueError where the options do not fit each other, OSError where `name` has no model.
    """
    parts = config.architecture
    if parts.encoder == "transformer":
        size = {**config.encoder, "vocab_size": tokenizer.get_vocab_size()}
        source = None if config.encoder else name
        encoder = partial(transformer, source, config.frozen_layers, size, config.layers)
    else:
        table = vectors.table(parts.vectors, tokenizer, name, parts.dimensions, config.seed)
        learns = parts.learn_vectors or parts.vectors == vectors.RANDOM
        shared = words.embedding(table, learns)
        encoder = partial(words.make, parts.encoder, parts.units, shared)
    if not parts.private:
        if parts.adversarial or parts.divergence:
            raise ValueError("config: adversarial and divergence need private = true")
        return MultiTask(encoder(), tasks, parts.dropout, parts.readout)
    return SharedPrivate(
        encoder,
        tasks,
        readout=parts.readout,
        dropout=parts.dropout,
        adversarial=parts.adversarial,
        divergence=parts.divergence,
    )
