"""Claims of papers: which runs are paired, what the tests say, and the verdict."""

import re

import numpy as np
import pytest
from papers_world import ALONE, TOGETHER
from scipy import stats

from vigil_training.papers import claims
from vigil_training.papers.measured import Paper
from vigil_training.papers.settings import Unit


def test_paired_test_is_that_of_scipy_and_the_corrected_one_is_wider() -> None:
    first, second = np.array(TOGETHER), np.array(ALONE)
    plain, folded = claims.paired(first, second, None), claims.paired(first, second, 1 / 4)
    expected = stats.ttest_rel(first, second)
    assert plain.p == pytest.approx(expected.pvalue) and folded.p == pytest.approx(plain.p)
    interval = expected.confidence_interval()
    assert (plain.low, plain.high) == pytest.approx((interval.low, interval.high))
    assert plain.corrected is None and folded.corrected > folded.p
    # 1 / 5 + 1 / 4 in place of 1 / 5.
    assert folded.high - folded.low == pytest.approx((plain.high - plain.low) * 1.5)
    t = expected.statistic / 1.5
    assert folded.corrected == pytest.approx(2 * stats.t.sf(t, 4))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (TOGETHER, ALONE, "holds"),
        (ALONE, TOGETHER, "does not hold"),
        (ALONE, ALONE, "not clear (p = 1.000)"),
        ((0.5, 0.6, 0.4), (0.4, 0.62, 0.41), "not clear (p = "),
        ((0.6,), (0.5,), "not clear (for it, one run)"),
        ((0.5,), (0.6,), "not clear (not for it, one run)"),
    ],
)
def test_verdicts(first: tuple, second: tuple, expected: str) -> None:
    found = claims.verdict(claims.paired(np.array(first), np.array(second), 0.25))
    assert found == expected or (expected.endswith("= ") and found.startswith(expected))


def test_a_difference_that_only_the_plain_test_finds_is_not_clear() -> None:
    first, second = (
        np.array([0.60, 0.58, 0.61, 0.57, 0.60]),
        np.array([0.57, 0.57, 0.58, 0.57, 0.58]),
    )
    found = claims.paired(first, second, 0.25)
    assert found.p < 0.05 < found.corrected
    assert claims.verdict(found).startswith("not clear")
    assert claims.verdict(claims.paired(first, second, None)) == "holds"


def test_only_runs_of_the_same_seed_and_fold_are_paired(ladder: Paper) -> None:
    up, down, late, high = claims.judge(ladder)
    assert (up.task, up.verdict, up.test.n) == ("up", "holds", "5")
    assert up.test.mean == pytest.approx(np.mean(TOGETHER) - np.mean(ALONE))
    assert down.verdict.startswith("not clear (p = ")
    # The third variant has fold 3 alone, where the other one has .49.
    assert late.test.n == "1" and late.test.mean == pytest.approx(0.4 - 0.49)
    assert (high.verdict, high.test.n) == ("reached", "5")


def test_runs_without_a_seed_in_common_are_compared_unpaired(ladder: Paper) -> None:
    moved = {
        Unit(u.experiment, u.variant, 24 if u.variant == "both" else u.seed, u.fold): one
        for u, one in ladder.results.items()
    }
    up = claims.judge(Paper(ladder.name, ladder.values, ladder.units, moved))[0]
    assert up.test.n == "5 and 5, unpaired"
    assert up.test.p < up.test.corrected
    plain = claims.unpaired(np.array(TOGETHER), np.array(ALONE[:4]), None)
    expected = stats.ttest_ind(TOGETHER, ALONE[:4], equal_var=False)
    interval = expected.confidence_interval()
    assert plain.p == pytest.approx(expected.pvalue) and plain.corrected is None
    assert (plain.low, plain.high) == pytest.approx((interval.low, interval.high))
    flat = claims.unpaired(np.array([0.5, 0.5]), np.array([0.5, 0.5]), None)
    assert claims.verdict(flat) == "not clear (p = 1.000)"


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ({"better": "both", "than": "alone"}, "claim 1: no text"),
        ({"text": "x", "better": "both", "than": "alon"}, "claim 1: no experiment has alon, both"),
        ({"text": "x", "better": "both", "than": "alone", "tasks": ["side"]}, "no task side"),
        ({"text": "x", "better": "both", "than": "alone", "experiment": "fall"}, "fall"),
        ({"text": "x", "better": "both", "than": "alone", "task": "up"}, "unknown keys task"),
    ],
)
def test_a_claim_that_names_nothing_is_refused(ladder: Paper, claim: dict, message: str) -> None:
    ladder.values["claim"] = [claim]
    with pytest.raises(ValueError, match=re.escape(message)):
        claims.judge(ladder)
