"""Verdicts: the share that counts, its interval, and the word."""

import numpy as np
import pytest
from scipy.stats import binomtest

from detente.case.case import Claim
from detente.case.claims import Vocabulary, parse_test
from detente.gallery.redline import MODEL
from detente.study.verdicts import answer, judge, wilson, word

WORDS = Vocabulary(MODEL, {}, {}, (), 40)


def verdict(text, failed=None, names=None, **outcomes):
    test = parse_test(text, WORDS)
    values = {call: np.asarray(outcomes[call.outcome], dtype=float) for call in test.calls}
    n = len(next(iter(outcomes.values())))
    claim = Claim("a-claim", "rival", "hard power", "It is so.", text)
    said = answer(test, values, names or {}, np.zeros(n, bool) if failed is None else failed)
    return judge(claim, test, said)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [  # Newcombe (1998), Statistics in Medicine 17:857-872, table I, score method
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_published_intervals(k, n, low, high):
    assert wilson(k, n) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("k", "n", "level"), [(0, 1, 0.95), (7, 7, 0.9), (3, 1024, 0.99), (500, 1024, 0.5)])
def test_wilson_agrees_with_scipy(k, n, level):
    interval = binomtest(k, n).proportion_ci(level, method="wilson")
    assert wilson(k, n, level) == pytest.approx((interval.low, interval.high), abs=1e-12)


def test_wilson_at_the_ends():
    assert wilson(0, 64)[0] == 0.0
    assert wilson(64, 64)[1] == 1.0
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("k", "n", "level"), [(3, 2, 0.95), (-1, 2, 0.95), (1, 2, 1.0)])
def test_wilson_refuses_what_is_no_count(k, n, level):
    with pytest.raises(ValueError, match=r"found .*, expected"):
        wilson(k, n, level)


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (1.0, "follows"),
        (0.95, "follows"),
        (0.949, "mostly follows"),
        (0.75, "mostly follows"),
        (0.749, "depends"),
        (0.251, "depends"),
        (0.25, "mostly fails"),
        (0.051, "mostly fails"),
        (0.05, "fails"),
        (0.0, "fails"),
    ],
)
def test_boundaries_belong_to_the_stronger_word(share, expected):
    assert word(share) == expected


def test_a_verdict_counts_what_it_can():
    zone = [-3.0, -2.0, -1.0, 1.0, np.nan, -9.0]
    result = verdict("zone() < 0", failed=[False] * 5 + [True], zone=zone)
    assert (result.draws, result.undefined, result.failed, result.counted, result.held) == (6, 1, 1, 4, 3)
    assert result.share == 0.75
    assert (result.low, result.high) == wilson(3, 4)
    assert result.word == "mostly follows"
    assert result.margin_median == 1.5  # of 3, 2, 1, −1; the failed draw's 9 is not among them
    assert result.margin_low == pytest.approx(-0.7)
    assert result.margin_high == pytest.approx(2.85)
    assert (result.id, result.side, result.section) == ("a-claim", "rival", "hard power")
    assert (result.says, result.test) == ("It is so.", "zone() < 0")


def test_a_failed_draw_is_not_also_undefined():
    result = verdict("zone() < 0", failed=[True, False], zone=[np.nan, -1.0])
    assert (result.failed, result.undefined, result.counted) == (1, 0, 1)


def test_without_a_counted_draw_there_is_no_answer():
    result = verdict("zone() < 0", failed=[True, False], zone=[-1.0, np.nan])
    assert (result.share, result.low, result.high, result.word) == (None, None, None, "no answer")
    assert (result.margin_low, result.margin_median, result.margin_high) == (None, None, None)
    assert (result.draws, result.failed, result.undefined) == (2, 1, 1)


def test_a_division_by_zero_leaves_its_draw_out():
    result = verdict(
        "broken_deals(10) / deal_within(10) > 0.5", broken_deals=[0.0, 0.6], deal_within=[0.0, 0.8]
    )
    assert (result.share, result.undefined) == (1.0, 1)


def test_a_test_of_names_alone_is_judged_over_all_draws():
    test = parse_test("sanctions_cost > 0.1", WORDS)
    claim = Claim("c", "argument", "s", "", test.text)
    result = judge(claim, test, answer(test, {}, {"sanctions_cost": 0.2}, np.zeros(5, bool)))
    assert (result.draws, result.held) == (5, 5)
