"""Query strategies: each asks for what its score says, and the discriminator's score counts."""

import numpy as np
import pytest
import torch

from vigil_training.active import STRATEGIES, Answers, query
from vigil_training.active_training import Learner, Rates
from vigil_training.architectures.discriminators import diversity_loss
from vigil_training.architectures.tagging import Tagger, WordEncoder

LINES = ["the rash went away", "no headache at all", "fever and a sore head came back", "she slept"]
SENTENCES = [line.split() for line in LINES * 3]
WORDS = sorted({word for one in SENTENCES for word in one})


def answers(**also) -> Answers:
    given = {"words": np.array([3, 9, 5, 4]), "log_labelled": np.log([0.9, 0.8, 0.1, 0.5])}
    return Answers(**{**given, **also})


def learner(encoder_rate: float = 0.01) -> Learner:
    torch.manual_seed(3)
    encoder = WordEncoder(WORDS, torch.randn(len(WORDS) + 1, 8), False, 8)
    targets = {
        "ner": [torch.tensor([w in ("rash", "headache") for w in one]).long() for one in SENTENCES],
        "nen": [torch.tensor([2 * (w == "fever") for w in one]) for one in SENTENCES],
    }
    model = Tagger(encoder, {"ner": 3, "nen": 4}, 8)
    return Learner(model, SENTENCES, targets, Rates(0.01, encoder_rate, 0.01), 4, 5)


def ask(strategy: str, given: Answers, count: int = 2, seed: int = 1) -> list[int]:
    return list(query(strategy, given, count, np.random.default_rng(seed)))


def test_entropy_asks_for_the_flattest():
    entropy = {"ner": np.array([0.1, 2.0, 0.3, 1.0])}
    assert ask("entropy", answers(entropy=entropy)) == [1, 3]


def test_two_tasks_are_added():
    each = {"ner": np.array([0.1, 2.0, 0.3, 1.0]), "nen": np.array([0.0, 0.0, 3.0, 0.5])}
    assert ask("entropy", answers(entropy=each)) == [2, 1]
    sure = np.log([0.9, 0.3, 0.8, 0.5])
    other = np.log([0.9, 0.9, 0.1, 0.9])
    assert ask("least-confidence", answers(log_best={"ner": sure})) == [1, 3]
    assert ask("least-confidence", answers(log_best={"ner": sure, "nen": other})) == [2, 1]


def test_least_confidence_tells_improbable_sentences_apart():
    # 1 - P is 1 to the last digit for all of them.
    logs = np.array([-90.0, -70.0, -200.0, -80.0])
    assert ask("least-confidence", answers(log_best={"ner": logs}), 4) == [2, 0, 3, 1]


def test_diversity_asks_for_the_least_like_labelled_ones():
    assert ask("diversity", answers()) == [2, 3]


def test_length_asks_for_the_longest():
    assert ask("length", answers()) == [1, 2]


def test_random_draws_by_seed_and_without_replacement():
    drawn = ask("random", answers(), 4)
    assert sorted(drawn) == [0, 1, 2, 3] and drawn == ask("random", answers(), 4)
    assert {tuple(ask("random", answers(), 4, seed)) for seed in range(9)} != {tuple(drawn)}


def test_an_unknown_strategy_is_refused():
    with pytest.raises(ValueError, match="allowed are random, entropy"):
        ask("guess", answers())


def test_answers_are_the_models_own():
    one = learner()
    numbers = [2, 0, 3]
    found = one.ask(numbers, "diversity")
    alone = one.ask([0], "diversity")
    assert found.words.tolist() == [7, 4, 2]
    # Neither order nor neighbours change what is answered of a sentence.
    assert np.isclose(found.log_labelled[1], alone.log_labelled[0], atol=1e-5)
    mean = one.ask([0], "diversity", "mean")
    assert np.isclose(mean.log_labelled[0] * 4, alone.log_labelled[0], atol=1e-5)
    logs = one.model([SENTENCES[0]])["nen"][0].detach()
    entropy = one.ask(numbers, "entropy").entropy["nen"]
    assert np.isclose(entropy[1], float(-(logs.exp() * logs).sum()), atol=1e-4)
    best = one.ask(numbers, "least-confidence").log_best["nen"]
    assert np.isclose(best[1], float(logs.amax(dim=-1).sum()), atol=1e-4)


def test_every_strategy_gets_the_answers_that_it_reads():
    one, numbers = learner(), [0, 1, 2, 3]
    for strategy in STRATEGIES:
        assert sorted(ask(strategy, one.ask(numbers, strategy), 4)) == numbers


def test_the_discriminator_changes_what_is_queried():
    one, numbers = learner(), [0, 1, 2, 3]
    orders = []
    for labelled in ([0, 1], [2, 3]):
        one = learner()
        rest = [n for n in numbers if n not in labelled]
        parts = [[SENTENCES[n] for n in side] for side in (labelled, rest)]
        optimizer = torch.optim.Adam(one.model.diversity_discriminator.parameters(), 0.01)
        for _ in range(60):
            with torch.no_grad():
                shared = [one.model.shared(part) for part in parts]
            optimizer.zero_grad()
            diversity_loss(one.model.diversity_discriminator, *shared).backward()
            optimizer.step()
        orders.append(ask("diversity", one.ask(numbers, "diversity", "mean"), 4))
        assert set(orders[-1][:2]) == set(rest)
    assert orders[0] != orders[1]


def test_the_diversity_game_moves_the_discriminator_and_the_encoder_alone():
    one = learner()
    before = {name: value.clone() for name, value in one.model.state_dict().items()}
    one.play_diversity([0, 1], [2, 3])
    moved = {n for n, value in one.model.state_dict().items() if not value.equal(before[n])}
    assert any(n.startswith("encoder.") for n in moved)
    assert any(n.startswith("diversity_discriminator") for n in moved)
    assert not any(n.startswith(("decoders", "task_discriminator")) for n in moved)


def test_fitting_learns_both_tasks():
    one = learner()
    first = one.fit(range(12))
    for _ in range(80):
        last = one.fit(range(12))
    assert last < first / 4
    found = one.predict([1, 2])
    assert found["ner"][0] == [0, 1, 0, 0] and found["nen"][1][0] == 2


def test_the_task_game_moves_everything_but_the_label_layers():
    one = learner()
    before = {name: value.clone() for name, value in one.model.state_dict().items()}
    one.play_tasks(range(6), range(6, 12))
    moved = {n for n, value in one.model.state_dict().items() if not value.equal(before[n])}
    assert any(n.startswith("encoder.states") for n in moved)
    assert any(n.startswith("task_discriminator") for n in moved)
    assert "decoders.ner.projections.weight" in moved
    assert not any(n.startswith(("diversity", "decoders.ner.out")) for n in moved)
    still = {name: value.clone() for name, value in one.model.state_dict().items()}
    one.play_tasks(range(6), range(6, 12), 0)
    assert all(value.equal(still[n]) for n, value in one.model.state_dict().items())


def test_the_encoder_has_a_rate_of_its_own():
    one = learner(encoder_rate=0.0)
    before = {name: value.clone() for name, value in one.model.state_dict().items()}
    one.fit(range(12))
    moved = {n for n, value in one.model.state_dict().items() if not value.equal(before[n])}
    assert "decoders.ner.out.weight" in moved
    assert not any(n.startswith("encoder.") for n in moved)


def test_the_pace_scales_the_rates():
    changes = []
    for factor in (0.0, 0.1, 1.0):
        one = learner()
        before = one.model.decoders["ner"].out.weight.detach().clone()
        one.pace(factor)
        one.fit(range(12))
        changes.append(float((one.model.decoders["ner"].out.weight.detach() - before).abs().max()))
    assert changes[0] == 0 < changes[1] < changes[2]
