"""Tables of vectors, recurrent and convolutional encoders, and what heads read of their states."""

from pathlib import Path

import pytest
import torch
from tiny_encoders import write_encoder
from tokenizers import Tokenizer
from torch import Tensor, nn

from vigil_training.architectures import readouts, vectors, words
from vigil_training.architectures.multitask import MultiTask
from vigil_training.batches import encode, pad
from vigil_training.tasks import Task

TASK = Task("dizzy", "sentence", ("no", "yes"), "yes", 0.5)
SHORT, LONG = "a rash", "my aunt saw the blue door, a kite and some bread by the lake"


def ids_of(tokenizer: Tokenizer, *texts: str) -> tuple[Tensor, Tensor]:
    return pad(encode(tokenizer, list(texts), 64))


@pytest.mark.parametrize(
    ("kind", "readout"),
    [
        *((kind, readout) for kind in words.KINDS for readout in ("mean-max", "max")),
        ("bigru", "last"),
        ("bilstm", "last"),
    ],
)
def test_an_answer_does_not_depend_on_its_neighbours_length(
    tokenizer: Tokenizer, kind: str, readout: str
) -> None:
    torch.manual_seed(3)
    table = vectors.random_table(tokenizer.get_vocab_size(), 12, 5)
    model = MultiTask(words.make(kind, 4, table), [TASK], 0.0, readout).eval()
    # A padding's vector that is not 0 would leak into windows and into backward reading.
    assert float(table[0].norm()) > 0.5
    alone = model(*ids_of(tokenizer, SHORT))["task.dizzy"]
    beside = model(*ids_of(tokenizer, SHORT, LONG))["task.dizzy"]
    assert torch.allclose(alone[0], beside[0], atol=1e-6)
    assert not torch.allclose(beside[0], beside[1], atol=1e-4)


@pytest.mark.parametrize(
    ("kind", "layers", "hidden"),
    [("bigru", 1, 8), ("bilstm", 1, 8), ("cnn", 1, 4), ("bilstm-cnn", 2, 4)],
)
def test_states_of_every_layer_with_nothing_on_padding(
    tokenizer: Tokenizer, kind: str, layers: int, hidden: int
) -> None:
    table = vectors.random_table(tokenizer.get_vocab_size(), 12, 5)
    encoder = words.make(kind, 4, table)
    ids, mask = ids_of(tokenizer, SHORT, LONG)
    found = encoder(input_ids=ids, attention_mask=mask)
    assert (encoder.config.hidden_size, encoder.config.num_hidden_layers) == (hidden, layers)
    assert [tuple(one.shape) for one in found.hidden_states[:1]] == [(*ids.shape, 12)]
    assert len(found.hidden_states) == layers + 1
    assert found.last_hidden_state is found.hidden_states[-1]
    assert tuple(found.last_hidden_state.shape) == (*ids.shape, hidden)
    for states in found.hidden_states:
        assert not states[mask == 0].any()
        assert states[mask == 1].any()


def test_kinds_differ_in_what_they_read(tokenizer: Tokenizer) -> None:
    """A window of three sees its neighbours only; a net that reads both ways sees everything."""
    ids, mask = ids_of(tokenizer, LONG)
    other = ids.clone()
    other[0, 1] = tokenizer.token_to_id("kite")
    table = vectors.random_table(tokenizer.get_vocab_size(), 12, 5)
    changed = {}
    for kind in words.KINDS:
        torch.manual_seed(1)
        encoder = words.make(kind, 4, table)
        before, after = (encoder(one, mask).last_hidden_state[0] for one in (ids, other))
        moved = ((before - after).abs().amax(dim=1) > 0).nonzero().squeeze(1).tolist()
        changed[kind] = max(moved)
    last = ids.shape[1] - 1
    assert changed["cnn"] <= 2
    assert changed["bigru"] > 4 and changed["bilstm"] > 4 and changed["bilstm-cnn"] > 4
    assert last > 8


def test_a_table_learns_only_where_it_is_told_to(tokenizer: Tokenizer) -> None:
    table = vectors.random_table(tokenizer.get_vocab_size(), 12, 5)
    inputs = ids_of(tokenizer, SHORT)
    for learn in (True, False):
        encoder = words.make("bigru", 4, table, learn)
        encoder(*inputs).last_hidden_state.sum().backward()
        assert (encoder.embeddings.weight.grad is not None) == learn
        assert torch.equal(encoder.embeddings.weight, table)
    shared = words.embedding(table)
    one, other = (words.make(kind, 4, shared) for kind in ("bigru", "cnn"))
    assert one.embeddings is other.embeddings is shared


def test_unknown_kinds_and_sizes_are_refused() -> None:
    table = vectors.random_table(5, 4, 1)
    with pytest.raises(ValueError, match="none of transformer, bigru, bilstm, cnn, bilstm-cnn"):
        words.make("lstm", 4, table)
    with pytest.raises(ValueError, match="units: 0"):
        words.make("cnn", 0, table)
    with pytest.raises(ValueError, match="odd number"):
        words.Convolution(4, words.embedding(table), width=4)
    with pytest.raises(ValueError, match="cannot be halved"):
        readouts.make("last", 5)
    with pytest.raises(ValueError, match="readout first: it is none of"):
        readouts.make("first", 4)


def test_readouts_by_hand() -> None:
    states = torch.tensor(
        [[[1.0, -5.0], [3.0, 2.0], [9.0, 9.0]], [[0.0, 1.0], [2.0, 3.0], [4.0, 8.0]]]
    )
    mask = torch.tensor([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0]])
    layers = (torch.zeros(2, 3, 7), states)
    expected = {
        "mean-max": [[2.0, -1.5, 3.0, 2.0], [2.0, 4.0, 4.0, 8.0]],
        "max": [[3.0, 2.0], [4.0, 8.0]],
        # Forwards at the last token, backwards at the first.
        "last": [[3.0, -5.0], [4.0, 1.0]],
    }
    for name, values in expected.items():
        readout = readouts.make(name, 2)
        found = readout(layers, mask)
        assert found.tolist() == values
        assert readout.size == found.shape[1]


def test_last_is_what_a_recurrent_net_ends_with(tokenizer: Tokenizer) -> None:
    encoder = words.make("bigru", 4, vectors.random_table(tokenizer.get_vocab_size(), 12, 5))
    ids, mask = ids_of(tokenizer, SHORT)
    states = encoder(ids, mask).hidden_states
    _, ends = encoder.net(encoder.embeddings(ids))
    found = readouts.make("last", 8)(states, mask.float())
    assert torch.allclose(found, torch.cat([ends[0], ends[1]], dim=1), atol=1e-6)


def test_random_vectors_follow_from_the_seed(tokenizer: Tokenizer) -> None:
    one = vectors.table("random", tokenizer, "", 300)
    assert torch.equal(one, vectors.table("random", tokenizer, "", 300))
    assert not torch.equal(one, vectors.table("random", tokenizer, "", 300, seed=18))
    assert float(one.abs().max()) <= 0.1
    assert float(one.norm(dim=1).mean()) == pytest.approx(1.0, abs=0.02)


def test_vectors_of_the_encoder(tokenizer: Tokenizer, tmp_path: Path) -> None:
    folder = str(write_encoder(tmp_path / "bert", "bert", tokenizer))
    full = vectors.table("encoder", tokenizer, folder)
    assert tuple(full.shape) == (tokenizer.get_vocab_size(), 32)
    narrow = vectors.table("encoder", tokenizer, folder, 20)
    assert torch.equal(narrow, vectors.table("encoder", tokenizer, folder, 20))
    with pytest.raises(ValueError, match="the vectors have 32, and 40 cannot be had"):
        vectors.table("encoder", tokenizer, folder, 40)


def test_narrowed_vectors_keep_the_products_as_well_as_can_be() -> None:
    torch.manual_seed(2)
    full = torch.randn(40, 6) * torch.tensor([9.0, 5.0, 3.0, 0.0, 0.0, 0.0])
    full = full @ nn.init.orthogonal_(torch.empty(6, 6))
    narrow = vectors.narrowed(full, 3)
    assert torch.allclose(narrow @ narrow.T, full @ full.T, atol=1e-2)
    # The sign does not hang on that of the table: both halves of a mirrored pair fare alike.
    assert torch.allclose(vectors.narrowed(-full, 3), -narrow, atol=1e-4)
    lossy = vectors.narrowed(full, 2)
    assert torch.allclose(lossy, narrow[:, :2], atol=1e-4)
    assert torch.equal(vectors.narrowed(full, 6), full)


def test_vectors_of_a_glove_file(tokenizer: Tokenizer, tmp_path: Path) -> None:
    path = tmp_path / "vectors.txt"
    lines = "rash 1 2 3\nRash 8 8 8\nX 0.5 -1 2e-1\nzeppelin 7 7 7\n"
    path.write_text(f"4 3\n{lines}", encoding="utf-8")
    found = vectors.table(str(path), tokenizer, "")
    assert found[tokenizer.token_to_id("rash")].tolist() == [1.0, 2.0, 3.0]
    letters = [found[tokenizer.token_to_id(piece)].tolist() for piece in ("x", "##x")]
    assert letters == [pytest.approx([0.5, -1.0, 0.2])] * 2
    other = found[tokenizer.token_to_id("kite")]
    assert float(other.norm()) > 0 and not (found == 7.0).any()


@pytest.mark.parametrize(
    ("content", "dimensions", "message"),
    [
        ("rash 1 2 3\nkite 1 2\n", 0, "line 2: 2 numbers instead of 3"),
        ("rash\n", 0, "line 1: 0 numbers instead of one or more"),
        ("rash 1 2\nkite 1 b\n", 0, "line 2: not numbers only"),
        ("zeppelin 1 2 3\n", 0, "none of its words is a piece"),
        ("rash 1 2 3\n", 2, "vectors.txt has 3, not 2"),
    ],
)
def test_glove_files_that_are_broken(
    tokenizer: Tokenizer, tmp_path: Path, content: str, dimensions: int, message: str
) -> None:
    path = tmp_path / "vectors.txt"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        vectors.table(str(path), tokenizer, "", dimensions)


def test_vectors_that_are_nowhere(tokenizer: Tokenizer) -> None:
    with pytest.raises(ValueError, match="none of random, encoder, nor a GloVe file"):
        vectors.table("glove", tokenizer, "")
    with pytest.raises(ValueError, match="below 0"):
        vectors.table("random", tokenizer, "", -1)
