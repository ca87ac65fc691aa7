"""The tagger of MTAAL: padding, attention, the two games and the kinds of word vectors."""

import pytest
import torch
from tiny_encoders import byte_bpe, write_encoder
from transformers import AutoModel

from vigil_training import encoders
from vigil_training.architectures import tagging
from vigil_training.architectures.discriminators import (
    Discriminator,
    diversity_loss,
    fooling_loss,
    task_likelihood,
)
from vigil_training.architectures.reversal import gradient_reversal
from vigil_training.architectures.tagging import PieceEncoder, Tagger, WordEncoder
from vigil_training.architectures.word_vectors import word_vectors

SHORT, LONG = "no headache".split(), "the vaccine queue was long and my aunt had cramps".split()
WORDS = sorted({word.lower() for word in SHORT + LONG})
LABELS = {"ner": 3, "nen": 5}


def word_encoder(dropout: float = 0.0) -> WordEncoder:
    torch.manual_seed(2)
    return WordEncoder(WORDS, torch.randn(len(WORDS) + 1, 12), False, 8, dropout)


def piece_encoder(tmp_path, frozen_layers: int = 1) -> PieceEncoder:
    folder = write_encoder(tmp_path / "bert", "bert", byte_bpe())
    body = AutoModel.from_pretrained(folder, add_pooling_layer=False)
    return PieceEncoder(body, encoders.open_tokenizer(str(folder)), frozen_layers)


@pytest.fixture(params=["words", "transformer"])
def encoder(request, tmp_path):
    return word_encoder() if request.param == "words" else piece_encoder(tmp_path)


def test_neighbours_change_nothing(encoder):
    model = Tagger(encoder, LABELS, 8).eval()
    alone, beside = model([SHORT]), model([LONG, SHORT])
    for task, size in LABELS.items():
        assert beside[task].shape == (2, len(LONG), size)
        assert torch.allclose(beside[task][1, :2], alone[task][0], atol=1e-5)
        assert torch.allclose(alone[task].exp().sum(dim=-1), torch.ones(1, 2), atol=1e-5)
    shared, lengths = model.shared([LONG, SHORT])
    side = model.diversity_discriminator(shared, lengths)
    assert torch.allclose(side[1, :2], model.diversity_discriminator(*model.shared([SHORT]))[0],
                          atol=1e-5)  # fmt: skip


def test_a_word_is_read_in_both_directions():
    model = word_encoder().eval()
    first = model(model.read([LONG]))
    last = model(model.read([[*LONG[:-1], "headache"]]))
    first_changed = model(model.read([["headache", *LONG[1:]]]))
    assert not torch.allclose(first[0, 0], last[0, 0], atol=1e-6)
    assert not torch.allclose(first[0, -1], first_changed[0, -1], atol=1e-6)


def test_spelling_tells_unknown_words_apart():
    model = word_encoder().eval()
    states = [model(model.read([[word]])) for word in ("unheard", "unseen")]
    assert not torch.allclose(*states, atol=1e-6)


def test_words_that_are_spelt_in_several_parts_have_the_same_states(monkeypatch):
    model = word_encoder().eval()
    whole = model.read([LONG, SHORT])
    monkeypatch.setattr(tagging, "PART", 2)
    parts = model.read([LONG, SHORT])
    assert len(parts.tensors) > len(whole.tensors)
    assert torch.allclose(model(parts), model(whole), atol=1e-6)


def test_a_residual_adds_the_shared_features():
    private = {}
    for residual in (False, True):
        torch.manual_seed(4)
        model = Tagger(word_encoder(), LABELS, 8, residual=residual)
        shared, lengths = model.shared([LONG])
        private[residual] = model.private(shared, lengths)["ner"]
    assert torch.allclose(private[True] - private[False], shared, atol=1e-5)


def test_lower_layers_stay_frozen(tmp_path):
    model = Tagger(piece_encoder(tmp_path), LABELS, 8)
    sum(one.sum() for one in model([LONG]).values()).backward()
    got = {n for n, value in model.encoder.named_parameters() if value.grad is not None}
    assert got and not any("embeddings" in n or "layer.0." in n for n in got)
    assert any("layer.1." in n for n in got)


def test_a_sentence_longer_than_the_positions_is_cut(tmp_path):
    model = Tagger(piece_encoder(tmp_path), LABELS, 8).eval()
    assert model([["stomach", "cramps"] * 40])["ner"].shape == (1, 80, 3)


def test_the_task_game_is_won_by_the_discriminator_and_lost_with_a_reversed_encoder():
    torch.manual_seed(6)
    private = {task: torch.randn(6, 4, 8) for task in LABELS}
    lengths = torch.tensor([4, 4, 3, 2, 4, 1])
    discriminator = Discriminator(8, 8)
    optimizer = torch.optim.Adam(discriminator.parameters(), 0.02)
    first = float(task_likelihood(discriminator, private, lengths).detach())
    for _ in range(60):
        optimizer.zero_grad()
        (-task_likelihood(discriminator, private, lengths)).backward()
        optimizer.step()
    assert first < -1.0 and float(task_likelihood(discriminator, private, lengths).detach()) > -0.2
    # The gradient for e is the opposite of the one without reversal.
    gradients = []
    for turn in (lambda e: e, gradient_reversal):
        model = Tagger(word_encoder(), LABELS, 8)
        torch.manual_seed(1)
        shared = torch.ones(1, 4, 16, requires_grad=True)
        size = torch.tensor([4])
        for number, value in enumerate(model.parameters()):
            value.data = torch.randn(value.shape, generator=torch.Generator().manual_seed(number))
        task_likelihood(
            model.task_discriminator, model.private(turn(shared), size), size
        ).backward()
        gradients.append(shared.grad)
    assert gradients[0].abs().max() > 0 and torch.allclose(gradients[0], -gradients[1])


def test_one_task_has_no_task_discriminator():
    model = Tagger(word_encoder(), {"ner": 3}, 8)
    assert model.task_discriminator is None
    with pytest.raises(ValueError, match="two tasks"):
        task_likelihood(Discriminator(16, 8), {"ner": torch.ones(1, 2, 16)}, torch.tensor([2]))


def test_equations_three_and_four():
    def sides(values, lengths):
        return torch.log(torch.tensor([0.2, 0.8])).expand(*values.shape[:2], 2)

    one = torch.zeros(2, 3, 4), torch.tensor([3, 1])
    expected = -torch.log(torch.tensor(0.8))
    assert torch.isclose(diversity_loss(sides, one, one), expected - torch.log(torch.tensor(0.2)))
    assert torch.isclose(fooling_loss(sides, one, one), 2 * expected)


def test_random_vectors_are_trained_and_unknown_words_share_one():
    table, is_trained = word_vectors("random", ["ache", "cold"], {"cold"}, 30, 1)
    assert is_trained and table.shape == (3, 30)
    assert table[1].equal(table[0]) and not table[2].equal(table[0])
    assert float(table.abs().max()) <= (3 / 30) ** 0.5


def test_vectors_of_the_encoder_know_words_no_sentence_was_labelled_for():
    words = ["headache", "headaches", "zebra"]
    table, is_trained = word_vectors("encoder", words, set(), 0, 1)
    near, far = torch.cosine_similarity(table[1], table[2:])
    assert not is_trained and near > far + 0.2


def test_vectors_from_a_file(tmp_path):
    path = tmp_path / "glove.txt"
    path.write_text("ache 1 2\nother 5 6\n", encoding="utf-8")
    table, is_trained = word_vectors(str(path), ["ache", "cold"], set(), 0, 1)
    assert not is_trained and table[1].tolist() == [1.0, 2.0] and table.shape == (3, 2)
    path.write_text("2 2\nache 1 2\ncold 3\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"line 3: 1 numbers instead of 2"):
        word_vectors(str(path), ["ache", "cold"], set(), 0, 1)
    path.write_text("ache 1 2\n", encoding="utf-8")
    with pytest.raises(ValueError, match="none of the 1 words"):
        word_vectors(str(path), ["zebra"], set(), 0, 1)
    with pytest.raises(ValueError, match='allowed are "random", "encoder" or a file'):
        word_vectors("glove", ["ache"], set(), 0, 1)
