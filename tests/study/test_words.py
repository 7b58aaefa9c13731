"""The answer's sentences are made from the numbers: when these change, so do they."""

from dataclasses import replace

import numpy as np
import pytest

from detente.case.read import read
from detente.study.summary import Certificate, Deal, Effect, Judged, Share, Summary
from detente.study.verdicts import Verdict, word
from detente.study.words import answer, certificate, interval, number, percent

CASE = read("missile-limits")


def deal(share: float, draws: int = 1000) -> Deal:
    found = Share.of(np.arange(draws) < share * draws)
    assert found
    return Deal(found, (-0.3, -0.1, 0.02, 0.1, 0.2), (-1.0, 0.0, 1.0), (400, 600))


def effect(id: str, opens: float, closes: float = 0.0, before: float = 0.5, draws: int = 1000) -> Effect:
    error = ((opens + closes - (opens - closes) ** 2) / draws) ** 0.5
    share = Share(before + opens - closes, 0.0, 1.0, draws)
    return Effect(id, "", f"what {id} is", share, before, 0.01, opens, closes, error, 0, "")


def verdict(side: str, share: float | None) -> Judged:
    says = Verdict(
        id="c", side=side, section="s", says="So it is.", test="zone() < 0",
        share=share, low=share, high=share,
        word="no answer" if share is None else word(share), draws=100, undefined=0, failed=0, held=0,
        margin_low=None, margin_median=None, margin_high=None,
    )  # fmt: skip
    return Judged(says, ())


BASE = Summary(
    draws=1000,
    deal=deal(0.5),
    claims=(verdict("argument", 0.97), verdict("argument", 0.5), verdict("rival", 0.01)),
    mechanisms=(effect("fear", 0.1), effect("war_experience", 0.3), effect("sanctions", 0.0, 0.4)),
    levers=(effect("treaty", 0.2), effect("fund", 0.25)),
    paths={},
    inputs={},
    certificate=Certificate(3000, 0, (), {"regret": 0.2, "mass_gap": 2e-15}),
)


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.97, "Throughout the range of assumptions a deal exists"),
        (0.8, "Over most of the range of assumptions a deal exists"),
        (0.5, "depends on the assumptions"),
        (0.1, "Over most of the range of assumptions no deal"),
        (0.02, "Throughout the range of assumptions, or nearly, no deal"),
    ],
)
def test_the_first_sentence_is_hedged_by_the_share(share, words):
    first = answer(CASE, replace(BASE, deal=deal(share)))[0]
    assert words in first and f"{100 * share:.0f} % of 1,000 draws" in first


def test_fewer_draws_widen_the_interval_that_is_told():
    wide, narrow = (answer(CASE, replace(BASE, deal=deal(0.5, n)))[0] for n in (40, 4000))
    assert "35 % to 65 %" in wide and "48 % to 52 %" in narrow


def test_the_strongest_mechanism_and_lever_are_named():
    second = answer(CASE, BASE)[1]
    assert second.index("war experience") < second.index("fear") and "without it 80 % of draws" in second
    assert "of the 2 levers tried, fund opens most (from 50 % to 75 % of 1,000 draws)" in second
    assert "sanctions" not in second  # its absence closes deals
    swapped = replace(BASE, mechanisms=(effect("fear", 0.3), effect("war_experience", 0.1)))
    other = answer(CASE, swapped)[1]
    assert other.index("fear") < other.index("war experience")


def test_a_change_within_its_error_blocks_nothing():
    weak = replace(BASE, mechanisms=(effect("fear", 0.03, 0.02, draws=100),), levers=(effect("fund", 0.0),))
    second = answer(CASE, weak)[1]
    assert "No single mechanism" in second and "none of the 1 levers tried clearly" in second


def test_the_third_sentence_counts_the_verdicts_of_each_side():
    third = answer(CASE, BASE)[2]
    assert third == (
        "Of the argument's 2 claims 1 follows and 1 depends; of the rival readings' 1 claim 1 fails."
    )
    more = replace(BASE, claims=(*BASE.claims, verdict("argument", 0.99), verdict("rival", None)))
    assert answer(CASE, more)[2] == (
        "Of the argument's 3 claims 2 follow and 1 depends; of the rival readings' 2 claims 1 fails and"
        " 1 has no answer."
    )


def test_a_model_without_deals_speaks_of_none():
    other = answer(replace(CASE, model="preventive_war"), replace(BASE, deal=None))
    assert "does not ask for a deal" in other[0] and "blocks" not in other[1]
    assert other[2] == answer(CASE, BASE)[2]


def test_without_an_answer_the_sentences_say_so():
    nothing = answer(CASE, replace(BASE, deal=None, claims=()))
    assert "cannot be said" in nothing[0] and "nothing can be said" in nothing[1]
    assert nothing[2] == "The case makes no claim."


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0 %"),
        (0.001, "under 1 %"),
        (0.006, "1 %"),
        (0.994, "99 %"),
        (0.999, "over 99 %"),
        (1.0, "100 %"),
    ],
)
def test_per_cents_never_claim_all_or_nothing_wrongly(share, text):
    assert percent(share) == text


def test_numbers_and_intervals():
    assert (number(0.1234), number(-0.02), number(0.0001), number(-0.0)) == (
        "+0.123",
        "−0.020",
        "0.000",
        "0.000",
    )
    assert interval(0.1, 0.2) == "10 % to 20 %" and interval(0.997, 0.999) == "over 99 %"


def test_the_certificate_tells_failures_with_their_reasons():
    assert certificate(BASE.certificate).startswith(
        "Certificate: 3,000 solves, all with an answer; largest mass gap"
    )
    failed = Certificate(3000, 12, (("not solved: noise is 0", 12),), {})
    assert "12 without an answer; 12 × not solved: noise is 0" in certificate(failed)
