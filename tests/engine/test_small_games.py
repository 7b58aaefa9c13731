"""Games of a few lines, each kind of stage against a closed form worked out by hand.

Values are normalised: a flow of u a year for ever is worth u. A choice with gain g (normalised) over the
other action is made with probability expit(g / (noise·(1−δ))). Payments in years of stake count 1−δ.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import expit, softmax

from detente.engine.game import (
    Accounting,
    Action,
    Belief,
    Branch,
    Chance,
    Commitment,
    Count,
    Decision,
    First,
    Game,
    Level,
    Share,
    Variable,
)

NOISES = np.array([0.05, 0.3, 2.0])


def nothing(s: Any, p: Any) -> dict[str, Any]:
    return {}


# --- A decision -------------------------------------------------------------------------------


def three_ways(s: Any, p: Any) -> Any:
    """Stay; work for a fee, in state 0 alone; or move on, which the parameters may forbid."""
    yield Action("stay")
    yield Action("work", legal=s.place == 0, pays={"ann": 0.4, "bob": -0.1})
    yield Action("move", allowed=p.free > 0, to={"place": 1 + 0 * s.place}, pays={"ann": -p.fare})


MOVING = Game(
    players=("ann", "bob"),
    variables=(Variable("place", 2),),
    stages=(
        Decision("choose", "ann", three_ways),
        Accounting("year", lambda s, p: {"ann": 0.5 * (s.place == 1), "bob": 1.0 * (s.place == 0)}),
    ),
    start=lambda p: {"place": 0},
    tallies=(
        Count("works", "choose", "work"),
        First("moved_within", "choose", "move", until={"place": 0}),
        Share("there", lambda s: s.place == 1),
        Level("place", lambda s: s.place),
    ),
)


@pytest.mark.parametrize("free", [1.0, 0.0])
def test_a_decision_is_the_logit_choice_and_its_value_the_expected_one(solve_game, free):
    d, fare = 0.8, 1.5
    p = {"discount": d, "noise": NOISES, "free": free, "fare": fare}
    found = solve_game(MOVING, p)
    # What ann gains over staying: 0, a fee now, or 0.5 for ever less the fare now.
    gains = np.array([0.0, (1 - d) * 0.4, 0.5 - (1 - d) * fare if free else -np.inf])
    chosen = softmax(gains / (NOISES[:, None] * (1 - d)), axis=1)
    moved = 0.0 if not free else 1.0
    np.testing.assert_allclose(found["values"]["ann"], chosen @ np.where(chosen[0] > 0, gains, 0), atol=1e-14)
    bob = np.array([1.0, 1.0 - (1 - d) * 0.1, 0.0])
    np.testing.assert_allclose(found["values"]["bob"], chosen @ bob, atol=1e-14)
    np.testing.assert_allclose(found["tallies"]["works"][0], chosen[:, 1], rtol=1e-13)
    np.testing.assert_allclose(found["tallies"]["there"][0], moved * chosen[:, 2], rtol=1e-13)
    np.testing.assert_allclose(found["tallies"]["moved_within"][0], moved * chosen[:, 2], rtol=1e-13)


def test_two_years_are_the_first_with_the_values_of_the_second_after_it(solve_game):
    d, fare, noise = 0.8, 1.5, 0.3
    found = solve_game(MOVING, {"discount": d, "noise": noise, "free": 1.0, "fare": fare}, horizon=2)

    def choose(after: np.ndarray) -> tuple[float, np.ndarray]:
        """Ann's value at state 0 and her choice, given what the states are worth after the stage."""
        values = np.array([after[0], after[0] + (1 - d) * 0.4, after[1] - (1 - d) * fare])
        chosen = softmax(values / (noise * (1 - d)))
        return float(chosen @ values), chosen

    def stay_there(after: np.ndarray) -> float:
        """The same at state 1: stay, or move in place against the fare."""
        return after[1] - (1 - d) * fare * expit(-fare / noise)

    flow = np.array([0.0, 0.5])
    value, last = choose(flow)
    before_last = np.array([value, stay_there(flow)])
    value, first = choose((1 - d) * flow + d * before_last)
    assert found["values"]["ann"][0] == pytest.approx(value, rel=1e-13)
    here = 1 - first[2]
    there = first[2] + here * last[2]
    assert found["tallies"]["there"][:, 0] == pytest.approx([first[2], there], rel=1e-13)
    assert found["tallies"]["place"][:, 0] == pytest.approx([first[2], there], rel=1e-13)
    assert found["tallies"]["moved_within"][:, 0] == pytest.approx([first[2], there], rel=1e-13)
    assert found["tallies"]["works"][:, 0] == pytest.approx([first[1], first[1] + here * last[1]], rel=1e-13)


def test_regret_of_one_choice_is_what_the_worse_action_costs_by_how_often_it_is_taken(solve_game):
    game = Game(
        players=("ann",),
        variables=(Variable("place", 1),),
        stages=(
            Decision(
                "choose",
                "ann",
                lambda s, p: (Action("rest"), Action("work", pays={"ann": p.fee + 0.0 * s.place})),
            ),
            Accounting("year", nothing),
        ),
        start=lambda p: {"place": 0},
    )
    fee = np.array([-0.4, 0.1, 0.4])
    found = solve_game(game, {"discount": 0.9, "noise": 0.3, "fee": fee})
    regret = np.abs(fee) * expit(-np.abs(fee) / 0.3)
    np.testing.assert_allclose(found["gaps"]["regret"], regret, rtol=1e-12)
    assert (regret <= 0.3 * np.log(2)).all()


# --- Chance -----------------------------------------------------------------------------------


def test_chance_is_a_markov_chain(solve_game):
    def weather(s: Any, p: Any) -> Any:
        """0 → 1 with probability up; 1 → 0 with probability down; 2 is for ever."""
        rise, fall = p.up * (s.sky == 0), p.down * (s.sky == 1)
        yield Branch(rise, {"sky": np.where(s.sky == 0, 1, s.sky)})
        yield Branch(fall, {"sky": np.where(s.sky == 1, 0, s.sky)})
        yield Branch(0.1 * (s.sky == 1), {"sky": np.where(s.sky == 1, 2, s.sky)})
        yield Branch(1 - rise - fall - 0.1 * (s.sky == 1), {})

    flow = np.array([0.0, 1.0, -0.5])
    game = Game(
        players=("ann",),
        variables=(Variable("sky", 3),),
        stages=(
            Chance("weather", weather),
            Accounting("year", lambda s, p: {"ann": 1.0 * (s.sky == 1) - 0.5 * (s.sky == 2)}),
        ),
        start=lambda p: {"sky": p.first},
        tallies=(Share("sunny", lambda s: s.sky == 1), Level("sky", lambda s: s.sky)),
    )
    d, up, down, years = 0.9, 0.3, 0.45, 6
    step = np.array([[1 - up, up, 0.0], [down, 0.9 - down, 0.1], [0.0, 0.0, 1.0]])
    first = np.arange(3)
    found = solve_game(
        game, {"discount": d, "noise": 0.1, "up": up, "down": down, "first": first}, horizon=years
    )
    value = flow
    for _ in range(years):
        value = step @ ((1 - d) * flow + d * value)
    np.testing.assert_allclose(found["values"]["ann"], value, rtol=1e-13)
    for n in range(years):
        after = np.linalg.matrix_power(step, n + 1)
        np.testing.assert_allclose(found["tallies"]["sunny"][n], after[:, 1], rtol=1e-13)
        np.testing.assert_allclose(found["tallies"]["sky"][n], after @ np.arange(3), rtol=1e-13)
    assert max(x.max() for x in found["gaps"].values()) < 1e-14


# --- Commitment -------------------------------------------------------------------------------


def promise(worth: Callable[[Any, Any], Any], points: int, drift: Any = None) -> Game:
    """A decision under commitment of eve's, in a game where the belief is worth something to her."""
    return Game(
        players=("eve",),
        variables=(Variable("broken", 2),),
        stages=(
            Commitment(
                "promise",
                "eve",
                lambda s, p: (
                    Action("keep"),
                    Action("break", to={"broken": 1 + 0 * s.broken}, pays={"eve": p.prize}),
                ),
                bound=lambda s, p: (p.honest, p.crooked),
                where=lambda s: s.broken == 0,
            ),
            Accounting("year", lambda s, p: {"eve": worth(s, p)}, drift),
        ),
        start=lambda p: {"broken": 0, "trust": p.trust},
        belief=Belief("trust", points),
        tallies=(
            Share("broken", lambda s: s.broken == 1),
            Level("trust", lambda s: s.trust),
            Level("trust_if_kept", lambda s: s.trust * (s.broken == 0)),
            Count("breaks", "promise", "break"),
        ),
    )


CASES = {
    "prize": np.array([0.5, 0.5, -0.2, 1.5, 0.5, 0.5]),
    "honest": np.array([1.0, 0.9, 0.9, 0.7, 1.0, 0.6]),
    "crooked": np.array([0.0, 0.2, 0.2, 0.1, 1.0, 0.6]),
    "trust": np.array([0.5, 0.5, 0.25, 0.75, 0.25, 0.5]),
}


def by_hand(i: int, noise: float, discount: float) -> tuple[float, float, float, float]:
    """The root r, the probability of a break, and the beliefs after a break and after keeping."""
    mu, free, loose = CASES["trust"][i], 1 - CASES["honest"][i], 1 - CASES["crooked"][i]
    u = mu * free + (1 - mu) * loose
    broke = mu if u == 0 else mu * free / u

    def kept(r: float) -> float:
        return mu * (1 - free * r) / (1 - u * r)

    def gap(r: float) -> float:
        gain = (1 - discount) * CASES["prize"][i] + broke - kept(r)
        return r - expit(gain / (noise * (1 - discount)))

    r = float(brentq(gap, 0.0, 1.0 - 1e-15, xtol=1e-15))  # type: ignore[arg-type]
    return r, u * r, broke, kept(r)


def test_a_promise_is_broken_as_the_belief_that_this_very_strategy_implies_makes_worth_while(solve_game):
    # The belief itself is what a year is worth, so interpolation is exact and the root has one equation.
    d, noise = 0.6, 1.0
    found = solve_game(
        promise(lambda s, p: s.trust + 0.0 * s.broken, points=5),
        CASES | {"discount": np.full(6, d), "noise": np.full(6, noise)},
        read=lambda first, p: {"after": first.at(first.before["year"][0])},
    )
    for i in range(6):
        _, breaks, broke, kept = by_hand(i, noise, d)
        prize = (1 - d) * CASES["prize"][i]
        value = breaks * (prize + broke) + (1 - breaks) * kept
        assert found["values"]["eve"][i] == pytest.approx(value, rel=1e-12), i
        assert found["tallies"]["breaks"][0, i] == pytest.approx(breaks, rel=1e-12), i
        assert found["tallies"]["broken"][0, i] == pytest.approx(breaks, rel=1e-12), i
        assert found["tallies"]["trust"][0, i] == pytest.approx(CASES["trust"][i], rel=1e-12), i
        assert found["tallies"]["trust_if_kept"][0, i] == pytest.approx((1 - breaks) * kept, rel=1e-12), i
        assert found["values"]["eve"][i] == pytest.approx(CASES["trust"][i] + breaks * prize, rel=1e-12), i
    for name in ("strategy_gap", "bayes_gap", "value_gap", "mass_gap"):
        assert found["gaps"][name].max() < 1e-12


def test_a_break_that_nobody_can_be_free_to_make_does_not_happen_and_teaches_nothing(solve_game):
    found = solve_game(
        promise(lambda s, p: s.trust + 0.0 * s.broken, points=5),
        {
            "discount": 0.6,
            "noise": 1.0,
            "prize": 9.0,
            "honest": 1.0,
            "crooked": 1.0,
            "trust": np.array([0.0, 0.3, 1.0]),
        },
    )
    np.testing.assert_array_equal(found["tallies"]["breaks"], 0.0)
    np.testing.assert_allclose(found["tallies"]["trust"][0], [0.0, 0.3, 1.0], atol=1e-15)


def test_belief_drifts_between_years_and_is_a_martingale_otherwise(solve_game):
    game = promise(lambda s, p: 0.0 * s.trust + 0.0 * s.broken, 5, lambda m, p: 0.9 * m + 0.1 * p.home)
    p = CASES | {"discount": np.full(6, 0.6), "noise": np.full(6, 1.0), "home": np.full(6, 0.8)}
    trust = solve_game(game, p, horizon=3)["tallies"]["trust"]
    expected = CASES["trust"]
    for n in range(3):
        expected = 0.9 * expected + 0.08
        np.testing.assert_allclose(trust[n], expected, rtol=1e-12)


def test_the_probability_of_a_break_counts_bound_movers(solve_game):
    found = solve_game(
        promise(lambda s, p: s.trust + 0.0 * s.broken, points=5),
        CASES | {"discount": np.full(6, 0.6), "noise": np.full(6, 1.0)},
        read=lambda first, p: {"breaks": first.at(first.probability["promise"]["break"])},
    )
    np.testing.assert_allclose(found["breaks"], found["tallies"]["breaks"][0], rtol=1e-12)


# --- Offers, anticipation, ends -----------------------------------------------------------------


def test_an_offer_exists_until_it_is_answered(solve_game):
    def offer(s: Any, p: Any) -> Any:
        yield Action("none")
        for k in (1, 2):
            yield Action(f"offer {k}", to={"table": k})

    def reply(s: Any, p: Any) -> Any:
        yield Action("no")
        share = 0.2 * s.table
        yield Action(
            "yes",
            legal=(s.table > 0) & (s.done == 0),
            to={"done": 1 + 0 * s.done},
            pays={"bob": share, "ann": 1 - share},
        )

    game = Game(
        players=("ann", "bob"),
        variables=(Variable("done", 2), Variable("table", 3, between=("offer", "reply"))),
        stages=(
            Decision("offer", "ann", offer),
            Decision("reply", "bob", reply),
            Accounting("year", nothing),
        ),
        start=lambda p: {"done": 0},
        tallies=(Count("deals", "reply", "yes"), Share("done", lambda s: s.done == 1)),
    )
    d = 0.5
    found = solve_game(game, {"discount": d, "noise": NOISES})
    yes = np.array([[0.0, expit(0.2 / x), expit(0.4 / x)] for x in NOISES])
    worth = yes * [0.0, 0.8, 0.6]
    offers = softmax(worth / NOISES[:, None], axis=1)
    np.testing.assert_allclose(found["values"]["ann"], (1 - d) * (offers * worth).sum(1), rtol=1e-13)
    np.testing.assert_allclose(
        found["values"]["bob"], (1 - d) * (offers * yes * [0.0, 0.2, 0.4]).sum(1), rtol=1e-13
    )
    for name in ("deals", "done"):
        np.testing.assert_allclose(found["tallies"][name][0], (offers * yes).sum(1), rtol=1e-13)


def test_a_decision_may_depend_on_what_is_done_later_in_the_year(solve_game):
    def guard(s: Any, p: Any, later: Any) -> Any:
        yield Action("sleep")
        yield Action("watch", pays={"ann": 2 * later["steal"] - 1})

    def steal(s: Any, p: Any) -> Any:
        yield Action("pass")
        yield Action("steal", ends={"bob": 0.3, "ann": -0.7})

    game = Game(
        players=("ann", "bob"),
        variables=(Variable("place", 1),),
        stages=(
            Decision("guard", "ann", guard, anticipates="steal"),
            Decision("steal", "bob", steal),
            Accounting("year", lambda s, p: {"bob": 0.25}),
        ),
        start=lambda p: {"place": 0},
        tallies=(
            Count("watched", "guard", "watch"),
            Count("stolen", "steal", "steal"),
            Share("on", lambda s: s.place == 0),
        ),
    )
    d = 0.5
    found = solve_game(game, {"discount": d, "noise": NOISES}, horizon=2)
    last = expit(0.05 / (NOISES * (1 - d)))
    first = expit((0.05 - d * last * 0.05) / (NOISES * (1 - d)))
    watched = expit((2 * first - 1) / NOISES)
    np.testing.assert_allclose(found["tallies"]["stolen"], [first, first + (1 - first) * last], rtol=1e-13)
    np.testing.assert_allclose(found["tallies"]["on"], [1 - first, (1 - first) * (1 - last)], rtol=1e-13)
    np.testing.assert_allclose(found["tallies"]["watched"][0], watched, rtol=1e-13)
    pay = (1 - d) * (2 * first - 1) * watched
    later = (1 - d) * (2 * last - 1) * expit((2 * last - 1) / NOISES) - 0.7 * last
    np.testing.assert_allclose(
        found["values"]["ann"], pay - 0.7 * first + (1 - first) * d * later, rtol=1e-12
    )
