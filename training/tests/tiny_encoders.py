"""Tiny random encoders of several kinds, each with a tokenizer of its own, in folders."""

from pathlib import Path

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoConfig, AutoModel

TEXTS = (
    "took sertraline and had dizzy spells all night, a rash too!",
    "the vaccine queue was long; metformin gave my aunt stomach cramps",
    "crème brûlée 😵 in the garden, no headache on ibuprofen today",
)
_SIZE = {
    "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64
}  # fmt: skip
# Positions of RoBERTa's kind begin behind the number of the padding.
_POSITIONS = {"bert": 128, "electra": 128, "deberta-v2": 128, "roberta": 130, "xlm-roberta": 514}
ROBERTA_SPECIALS = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")


def byte_bpe() -> Tokenizer:
    """Byte-level BPE with RoBERTa's special tokens, as BERTweet-large has it."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        TEXTS,
        trainers.BpeTrainer(
            vocab_size=330, special_tokens=list(ROBERTA_SPECIALS), initial_alphabet=alphabet,
            show_progress=False,
        ),
    )  # fmt: skip
    made.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    return made


def sentence_piece() -> Tokenizer:
    """A unigram model over ▁, as XLM-R has it."""
    made = Tokenizer(models.Unigram())
    made.normalizer = normalizers.NFKC()
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.train_from_iterator(
        TEXTS,
        trainers.UnigramTrainer(
            vocab_size=90, special_tokens=list(ROBERTA_SPECIALS), unk_token="<unk>",
            show_progress=False,
        ),
    )  # fmt: skip
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return made


def write_encoder(folder: Path, kind: str, tokenizer: Tokenizer, **also: int) -> Path:
    """A random encoder of a kind that `transformers` knows, with its tokenizer."""
    positions = _POSITIONS[kind]
    size = {**_SIZE, "vocab_size": tokenizer.get_vocab_size(), "max_position_embeddings": positions}
    AutoModel.from_config(AutoConfig.for_model(kind, **{**size, **also})).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder
