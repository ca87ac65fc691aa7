"""Encoders of other kinds: pieces of words, and the whole way from data to bundle."""

from pathlib import Path

import numpy as np
import pytest
from tiny_encoders import TEXTS, byte_bpe, sentence_piece, write_encoder
from tokenizers import Tokenizer

from vigil_training import encoders
from vigil_training.architectures.multitask import build
from vigil_training.batches import encode
from vigil_training.cli import main
from vigil_training.export import write_bundle
from vigil_training.gate import BITS, Gate
from vigil_training.predict import answers, onnx_runner, torch_runner
from vigil_training.rows import Span
from vigil_training.stored import check_bundle, load_into
from vigil_training.tasks import load_tasks, tokens

TINY = Path(__file__).parent / "tiny.toml"
LABELS = ("O", "B-effect", "I-effect", "B-drug", "I-drug")


@pytest.fixture
def make(tokenizer: Tokenizer) -> dict[str, Tokenizer]:
    """A tokenizer for each kind of encoder."""
    return {
        "bert": tokenizer,
        "electra": tokenizer,
        "deberta-v2": tokenizer,
        "roberta": byte_bpe(),
        "xlm-roberta": sentence_piece(),
    }


@pytest.fixture
def quick(tmp_path: Path) -> Path:
    """Two steps, with the encoder's own size."""
    text = TINY.read_text(encoding="utf-8").split("[encoder]")[0]
    path = tmp_path / "quick.toml"
    path.write_text(text.replace("steps = 12", "steps = 2"), encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", ["bert", "roberta", "xlm-roberta"])
def test_words_and_spans_are_the_same_for_every_tokenizer(make: dict, kind: str) -> None:
    text = "took  sertraline, dizzy spells! (a rash)  😵 crème"
    one = encode(make[kind], [text], 64)[0]
    words = [
        text[one.offsets[at[0]][0] : one.offsets[at[-1]][1]]
        for at in tokens.words(one.offsets, one.tokens)
    ]
    assert words == "took|sertraline|,|dizzy|spells|!|(|a|rash|)|😵|crème".split("|")
    spans = (Span(6, 16, "drug"), Span(18, 30, "effect"), Span(33, 39, "effect"))
    labels = tokens.targets(spans, one.offsets, one.tokens, LABELS)
    heads = [LABELS[label] for label in labels if label != tokens.IGNORED]
    expected = "O B-drug O B-effect I-effect O O B-effect I-effect O O O"
    assert heads == expected.split()


@pytest.mark.parametrize("kind", ["roberta", "xlm-roberta", "electra"])
def test_an_encoder_is_trained_and_exported(
    make: dict, kind: str, world: Path, quick: Path, tmp_path: Path, capsys
) -> None:
    folder = write_encoder(tmp_path / f"tiny-{kind}", kind, make[kind])
    assert main(_train(world, quick, tmp_path, str(folder))) == 0, capsys.readouterr().err
    tasks = load_tasks(world / "tasks.json")
    model = build(folder, tasks, 0)
    load_into(model, tmp_path / "run" / "model.pt")
    tokenizer = encoders.open_tokenizer(str(folder))
    gate = Gate(np.zeros(1 << BITS, np.int8), 1.0, 0.0, 0.0)
    facts = {"name": "x", "version": "1", "encoder": encoders.encoder_name(str(folder)), "data": {}}
    out = tmp_path / "bundle"
    manifest = write_bundle(out, model, tokenizer, gate, {}, facts, list(TEXTS))
    check_bundle(out, tasks)
    assert manifest["encoder"] == f"tiny-{kind}"
    assert manifest["fp32Difference"] < 1e-3
    texts = ["took sertraline, dizzy spells", "a long vaccine queue"]
    exact = answers(torch_runner(model), tokenizer, texts, tasks)
    small = answers(onnx_runner(out / "model.onnx", 1), tokenizer, texts, tasks)
    for name, values in exact.logits.items():
        assert np.abs(values - small.logits[name]).max() < 0.1, name


def test_a_kind_whose_masks_differ_is_refused(
    make: dict, world: Path, quick: Path, tmp_path: Path, capsys
) -> None:
    folder = write_encoder(tmp_path / "deberta", "deberta-v2", make["deberta-v2"])
    assert main(_train(world, quick, tmp_path, str(folder))) == 1
    assert "depend on padding" in capsys.readouterr().err


def _train(world: Path, quick: Path, tmp_path: Path, encoder: str) -> list[str]:
    return [
        "train", "--data", str(world / "data"), "--corpus", str(world / "corpus"),
        "--tasks", str(world / "tasks.json"), "--config", str(quick), "--encoder", encoder,
        "--run", str(tmp_path / "run"), "--threads", "1",
    ]  # fmt: skip


def test_an_encoder_that_reads_too_little_is_refused(
    make: dict, world: Path, quick: Path, tmp_path: Path, capsys
) -> None:
    folder = write_encoder(tmp_path / "short", "bert", make["bert"], max_position_embeddings=64)
    assert main(_train(world, quick, tmp_path, str(folder))) == 1
    assert "reads 64 tokens at most; 128 are needed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("tokenizer.json", "is corrupt or of an unknown kind"),
        ("model.safetensors", "holds no model that can be read"),
        ("config.json", "config.json is not JSON"),
    ],
)
def test_a_broken_folder_is_refused(
    make: dict, world: Path, quick: Path, tmp_path: Path, capsys, broken: str, message: str
) -> None:
    folder = write_encoder(tmp_path / "broken", "bert", make["bert"])
    (folder / broken).write_text("{", encoding="utf-8")
    assert main(_train(world, quick, tmp_path, str(folder))) == 1
    assert message in capsys.readouterr().err


def test_a_tokenizer_of_another_model_is_refused(make: dict, tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "mixed", "bert", make["bert"], vocab_size=40)
    with pytest.raises(ValueError, match="do not belong together"):
        encoders.open_tokenizer(str(folder))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("/no/such/folder", "is no folder, and no name"),
        ("some where/else/again", "is no folder, and no name"),
        ("nobody/has-this-encoder", "cannot be fetched from the hub"),
    ],
)
def test_an_encoder_that_is_nowhere_is_refused(
    world: Path, quick: Path, tmp_path: Path, monkeypatch, capsys, name: str, message: str
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert main(_train(world, quick, tmp_path, name)) == 1
    assert message in capsys.readouterr().err
