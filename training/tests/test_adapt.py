"""Language training on open texts: what is left out, who learns, what is held out, going on."""

import json
import random
from pathlib import Path

import pytest
import torch
from tiny_encoders import write_encoder
from tokenizers import Tokenizer
from transformers import AutoModel

from vigil_training import adapt, adapt_texts
from vigil_training.adapt_texts import MASKED, Masker, Texts, mask_words, open_texts
from vigil_training.batches import encode
from vigil_training.config import Config
from vigil_training.encoders import open_tokenizer
from vigil_training.rows import Row
from vigil_training.splits import hashed_split
from vigil_training.tasks.tokens import IGNORED, words
from vigil_training.text import duplicate_key

WORDS = "embeddings.word_embeddings.weight"
TEXTS = ("my aunt saw two chairs in the garden", "headache after work and bad dreams", "a kite")


@pytest.fixture
def masking(tokenizer: Tokenizer) -> Tokenizer:
    """A tokenizer that has a piece for what is left out."""
    made = Tokenizer.from_str(tokenizer.to_str())
    made.add_special_tokens(["[MASK]"])
    return made


@pytest.fixture
def folder(masking: Tokenizer, tmp_path: Path) -> Path:
    torch.manual_seed(1)
    return write_encoder(tmp_path / "encoder", "bert", masking)


def test_whole_words_are_left_out(masking: Tokenizer) -> None:
    found = encode(masking, ["zzyzx saw headache, qwxv and two chairs by wqz xyq"], 64)[0]
    size, mask = masking.get_vocab_size(), masking.token_to_id("[MASK]")
    groups = words(found.offsets, found.tokens)
    longest = max(len(positions) for positions in groups)
    assert longest > 1
    pieces = sum(len(positions) for positions in groups)
    rng, left, kinds, seen = random.Random(2), 0, [0, 0, 0], set()
    for _ in range(2000):
        ids, targets = mask_words(found, rng, mask, size)
        out = {at for at, target in enumerate(targets) if target != IGNORED}
        for positions in groups:
            assert not out & set(positions) or set(positions) <= out, "a word is left out in part"
        assert MASKED * pieces <= len(out) < MASKED * pieces + longest
        assert all(ids[at] == found.ids[at] for at in range(len(ids)) if at not in out)
        assert all(targets[at] == found.ids[at] for at in out)
        left += len(out)
        seen |= out
        for at in out:
            kinds[0 if ids[at] == mask else 2 if ids[at] == found.ids[at] else 1] += 1
    assert seen == {at for positions in groups for at in positions}, "special pieces are kept"
    shares = [kind / left for kind in kinds]
    assert shares == pytest.approx([0.8, 0.1, 0.1], abs=0.015)


def test_a_text_without_words_keeps_its_pieces(masking: Tokenizer) -> None:
    found = encode(masking, ["@somebody"], 64)[0]
    ids, targets = mask_words(found, random.Random(1), 7, 50)
    assert ids == found.ids
    assert set(targets) == {IGNORED}


def test_batches_follow_from_seed_and_step(masking: Tokenizer) -> None:
    texts = {"one": list(TEXTS), "two": ["some bread and an old radio"]}
    masker = Masker(masking, 32)

    def drawn(seed: int, start: int) -> dict[int, torch.Tensor]:
        config = Config(seed=seed, steps=20, batch=4)
        return {step: batch[0] for step, batch in masker.drawn(texts, config, start)}

    whole, rest, other = drawn(1, 0), drawn(1, 17), drawn(2, 0)
    assert list(whole) == list(range(20))
    assert list(rest) == [17, 18, 19]
    assert all(torch.equal(whole[step], rest[step]) for step in rest)
    assert not all(torch.equal(whole[step], other[step]) for step in whole)
    assert len({tuple(ids.flatten().tolist()) for ids in whole.values()}) > 10, "not drawn anew"


def test_links_and_handles_are_not_learned(masking: Tokenizer) -> None:
    masker = Masker(masking, 32)
    rng = random.Random(1)
    (ids, mask, _), *_ = masker.batches(["@someone a kite https://x.y/z"], 4, rng)
    assert ids.shape == mask.shape == (1, 4), "[CLS] a kite [SEP]"


def test_only_what_is_left_out_has_a_loss(masking: Tokenizer, folder: Path) -> None:
    encoder = AutoModel.from_pretrained(folder).eval()
    table = encoder.get_input_embeddings().weight
    head = adapt.Head(encoder.config.hidden_size, table.shape[1], torch.ones(len(table)))
    ids, mask, targets = Masker(masking, 32).batches(list(TEXTS), 4, random.Random(3))[0]
    value = adapt.loss(encoder, head, (ids, mask, targets))
    logits = head(encoder(input_ids=ids, attention_mask=mask).last_hidden_state, table)
    expected = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
    torch.testing.assert_close(value, expected)
    adapt.loss(encoder, head, (ids, mask, targets), True).backward()
    assert all(parameter.grad is None for parameter in encoder.parameters())
    assert head.dense.weight.grad.abs().sum() > 0
    value.backward()
    assert encoder.encoder.layer[0].output.dense.weight.grad.abs().sum() > 0


def test_held_out_and_test_texts_are_not_learned_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        Row("background", "to learn from", split="train"),
        Row("rhmd", "to learn from, too", split="train"),
        Row("rhmd", "to learn from, too", spans=(), split="train"),
        Row("own-plain", "a post of our own", split="train"),
        Row("background", "to hold out", split="dev"),
        Row("caves", "never read", split="test"),
        Row("phee", "a case report", split="train"),
    ]
    asked = [f"question {n} about w{n} and x{n * n} of y{n * 7}?" for n in range(60)]
    near = "why does my knee ache after every long walk in the cold rain"
    file = {"question_text": near + " today"}
    folder = tmp_path / "medical-qa"
    folder.mkdir()
    for name in ("icliniqQAs.json", "questionDoctorQAs.json"):
        (folder / name).write_text("[]", encoding="utf-8")
    items = [file, *({"question_text": text} for text in asked)]
    (folder / "ehealthforumQAs.json").write_text(json.dumps(items), encoding="utf-8")
    found = open_texts([*rows, Row("real-medical-qa", near, split="dev")], tmp_path)
    questions = found.train.pop("medical-qa")
    assert near + " today" not in questions
    assert found.train == {
        "background": ["to learn from"],
        "rhmd": ["to learn from, too"],
        "own-": ["a post of our own"],
    }
    assert 30 < len(questions) < 60
    assert {hashed_split(duplicate_key(text)) for text in questions} == {"train"}
    held = set(found.held_out) - {"to hold out"}
    assert held == {text for text in asked if hashed_split(duplicate_key(text)) == "dev"}
    assert near + " today" in open_texts(rows, tmp_path).train["medical-qa"]
    assert "medical-qa" not in open_texts(rows, tmp_path, frozenset({"medical-qa"})).train
    monkeypatch.setattr(adapt_texts, "HELD_OUT", 1)
    assert len(open_texts(rows, tmp_path).held_out) == 1
    with pytest.raises(ValueError, match="no texts"):
        open_texts(rows[-2:], tmp_path, frozenset({"medical-qa"}))


def test_training_lowers_the_held_out_loss_and_embeddings_may_stay(
    masking: Tokenizer, folder: Path, tmp_path: Path
) -> None:
    lines = [f"{who} saw {what} {where}" for who in ("my aunt", "his brother", "the driver")
             for what in ("a kite", "two chairs", "some bread")
             for where in ("in the garden", "on the bus", "after work")]  # fmt: skip
    texts = Texts({"one": lines[:-5]}, lines[-5:])
    config = Config(steps=120, batch=8, learning_rate=2e-3, head_learning_rate=5e-3)
    encoder = AutoModel.from_pretrained(folder)
    encoder.embeddings.requires_grad_(False)
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    found = adapt.adapt(encoder, masking, texts, config, tmp_path / "out", 1000)
    assert found["adapted"] < found["head"] - 0.2 < found["untrained"]
    same = {
        name for name, value in encoder.state_dict().items() if torch.equal(value, before[name])
    }
    assert WORDS in same
    assert not any(name.startswith("encoder.layer") for name in same)


def arguments(world: Path, folder: Path, out: Path, **also: str) -> list[str]:
    given = {
        "data": world / "data", "corpus": world / "corpus", "tasks": world / "tasks.json",
        "encoder": folder, "out": out, "steps": 20, "batch": 4, "every": 7, "threads": 1,
        "max-tokens": 24, **also,
    }  # fmt: skip
    return [part for name, value in given.items() for part in (f"--{name}", str(value))]


def test_a_stopped_run_ends_like_one_that_was_not(
    world: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert adapt.main(arguments(world, folder, whole)) == 0, capsys.readouterr().err
    assert "held-out loss" in capsys.readouterr().out
    usual, calls = adapt.loss, []

    def stopping(encoder, head, batch, is_head_alone=False):
        calls.append(encoder.training)
        if sum(calls) == 17:
            raise OSError("the power went")
        return usual(encoder, head, batch, is_head_alone)

    with monkeypatch.context() as patch:
        patch.setattr(adapt, "loss", stopping)
        assert adapt.main(arguments(world, folder, broken)) == 1
    assert (broken / "checkpoint.pt").exists()
    assert adapt.main(arguments(world, folder, broken, seed="5")) == 1
    assert "was begun with other settings or texts" in capsys.readouterr().err
    assert adapt.main(arguments(world, folder, broken)) == 0
    assert not (broken / "checkpoint.pt").exists()
    reports = [json.loads((one / "adapt.json").read_text()) for one in (whole, broken)]
    assert reports[0]["losses"] == pytest.approx(reports[1]["losses"])
    first, second = (AutoModel.from_pretrained(one, add_pooling_layer=False).state_dict()
                     for one in (whole, broken))  # fmt: skip
    start = AutoModel.from_pretrained(folder, add_pooling_layer=False).state_dict()
    for name, value in first.items():
        torch.testing.assert_close(value, second[name])
    assert not torch.equal(first["encoder.layer.0.output.dense.weight"],
                           start["encoder.layer.0.output.dense.weight"])  # fmt: skip
    assert open_tokenizer(str(whole)).get_vocab_size() == len(start[WORDS])
    capsys.readouterr()
    assert adapt.main(arguments(world, folder, whole)) == 0
    assert "done before" in capsys.readouterr().out
    assert adapt.main(arguments(world, folder, whole, steps="30")) == 1
    assert "holds an encoder of another run" in capsys.readouterr().err


def test_what_cannot_be_trained_is_refused(
    world: Path, folder: Path, tokenizer: Tokenizer, tmp_path: Path, capsys
) -> None:
    out = tmp_path / "out"
    for also, message in (
        ({"data": str(tmp_path / "none")}, "--data"),
        ({"steps": "0"}, "steps is not a whole number from 1 up"),
    ):
        assert adapt.main(arguments(world, folder, out, **also)) == 1
        assert message in capsys.readouterr().err
    tokenizer.save(str(folder / "tokenizer.json"))
    assert adapt.main(arguments(world, folder, out)) == 1
    assert "no piece for a word left out" in capsys.readouterr().err
