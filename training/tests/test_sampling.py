"""What is drawn how often, counted."""

from collections import Counter
from itertools import islice

import numpy as np
import pytest
from scipy.stats import chisquare

from vigil_training.sampling import (
    balanced_weights,
    probabilities,
    resample,
    task_batches,
    vote,
)


def test_a_task_is_as_probable_as_its_share_of_the_mini_batches() -> None:
    # 640 / 64 = 10, 160 / 16 = 10 and 80 / 16 = 5 batches.
    assert probabilities([640, 160, 80], [64, 16, 16]) == pytest.approx([0.4, 0.4, 0.2])


@pytest.mark.parametrize(("sizes", "batches"), [([], []), ([0, 3], [1, 1]), ([3], [0])])
def test_a_task_without_rows_cannot_be_drawn(sizes: list[int], batches: list[int]) -> None:
    with pytest.raises(ValueError, match="above 0"):
        probabilities(sizes, batches)


LENGTHS = {"a": list(range(64)), "b": [3] * 48, "c": [5] * 7}
SIZES = {"a": 8, "b": 4, "c": 2}


def test_draws_match_their_probabilities() -> None:
    drawn = Counter(name for name, _ in islice(task_batches(LENGTHS, SIZES, 17), 6000))
    expected = np.array([64 / 8, 48 / 4, 7 / 2]) / (64 / 8 + 48 / 4 + 7 / 2) * 6000
    assert chisquare([drawn[name] for name in "abc"], expected).pvalue > 0.01
    assert chisquare([drawn[name] for name in "abc"], [2000] * 3).pvalue < 1e-6


def test_every_row_comes_once_before_its_task_is_packed_anew() -> None:
    rounds: dict[str, list[list[int]]] = {name: [] for name in LENGTHS}
    for name, rows in islice(task_batches(LENGTHS, SIZES, 17), 400):
        rounds[name].append(rows)
    for name, parts in rounds.items():
        in_round = -(-len(LENGTHS[name]) // SIZES[name])
        first, second = parts[:in_round], parts[in_round : 2 * in_round]
        for part in (first, second):
            assert sorted(row for rows in part for row in rows) == list(range(len(LENGTHS[name])))
        assert first != second


def test_rows_of_like_length_share_a_batch_and_the_seed_decides() -> None:
    long = {"a": [row * 7 % 64 for row in range(64)]}
    batches = [rows for _, rows in islice(task_batches(long, {"a": 8}, 1), 8)]
    assert all(max(long["a"][r] for r in b) - min(long["a"][r] for r in b) == 7 for b in batches)
    again = [rows for _, rows in islice(task_batches(long, {"a": 8}, 1), 8)]
    other = [rows for _, rows in islice(task_batches(long, {"a": 8}, 2), 8)]
    assert batches == again != other


def test_rare_classes_weigh_more() -> None:
    assert balanced_weights([0] * 9 + [1], 2) == pytest.approx([10 / 18, 5.0])
    with pytest.raises(ValueError, match="class 2 of 3 has no row"):
        balanced_weights([0, 1], 3)


def test_raised_rows_are_there_three_times_and_a_third_of_the_others_once() -> None:
    raised = np.arange(100) % 10 == 0
    counts = Counter(resample(raised, 3, 17).tolist())
    assert [counts[row] for row in np.flatnonzero(raised)] == [3] * 10
    others = [counts[row] for row in np.flatnonzero(~raised)]
    assert Counter(others) == {0: 60, 1: 30}
    assert resample(raised, 3, 17).tolist() == resample(raised, 3, 17).tolist()
    assert resample(raised, 3, 17).tolist() != resample(raised, 3, 18).tolist()


def test_a_factor_of_one_leaves_the_rows_as_they_are() -> None:
    assert resample([True, False, False], 1, 0).tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="factor of 0"):
        resample([True], 0, 0)


def test_most_votes_win_and_the_earlier_member_where_it_is_a_tie() -> None:
    assert vote([[0, 1, 1], [1, 1, 0], [1, 0, 0]]).tolist() == [1, 1, 0]
    assert vote([[2, 0], [1, 1]]).tolist() == [2, 0]
