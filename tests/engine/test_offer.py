"""Offers at the reservation point: closed forms, ties, terms that cannot be, noise worked out by hand."""

from typing import Any

import numpy as np
import pytest
from scipy.special import expit, softmax

from detente.engine.game import (
    Accounting,
    Action,
    Branch,
    Chance,
    Count,
    Decision,
    First,
    Game,
    Offer,
    Share,
    Terms,
    Variable,
)
from detente.errors import ModelError

CHECKED = ("strategy_gap", "value_gap", "mass_gap")


def nothing(s: Any, p: Any) -> dict[str, Any]:
    return {}


def test_rubinsteins_shares_with_outside_options_over_a_finite_horizon(solve_game):
    # After the last year there is nothing: the last proposer leaves the responder its outside option.
    def terms_of(n: int, d1: float, d2: float, w1: float, w2: float) -> float:
        """The proposer's share, n turns before the end, player 1 proposing first."""
        kept = [0.0, 0.0]  # continuation values of players 1 and 2 after the last year
        for k in reversed(range(n)):
            mover = k % 2
            other = 1 - mover
            left = max((w1, w2)[other], (d1, d2)[other] * kept[other])
            kept = [0.0, 0.0]
            kept[mover], kept[other] = 1 - left, left
        return kept[0]

    game = alternating()
    p = {
        "d1": np.array([0.9, 0.9, 0.9, 0.95, 0.5]),
        "d2": np.array([0.9, 0.9, 0.9, 0.8, 0.5]),
        "out_a": np.array([0.0, 0.2, 0.6, 0.0, 0.0]),
        "out_b": np.array([0.0, 0.6, 0.2, 0.0, 0.0]),
        "noise": 0.0,
    }
    for n in (1, 5, 20):
        found = solve_game(
            game,
            p,
            horizon=n,
            read=lambda first, p: {"left": first.amount("offer a", "split"), "b": first.value("b")},
        )
        share = [terms_of(n, *(p[k][i] for k in ("d1", "d2", "out_a", "out_b"))) for i in range(5)]
        np.testing.assert_allclose(found["values"]["a"], share, atol=1e-12)
        np.testing.assert_allclose(found["left"], 1 - np.array(share), atol=1e-12)
        np.testing.assert_allclose(found["b"], 1 - np.array(share), atol=1e-12)
        np.testing.assert_allclose(found["tallies"]["deals"][0], 1.0, atol=1e-15)
        np.testing.assert_allclose(found["tallies"]["fights"], 0.0, atol=1e-15)
        assert found["gaps"]["regret"].max() < 1e-12
        assert max(found["gaps"][k].max() for k in CHECKED) < 1e-13
    # N=5 and N=20 at (.9, .9), from the published closed form.
    assert terms_of(5, 0.9, 0.9, 0, 0) == pytest.approx(0.8371, abs=1e-9)
    assert terms_of(20, 0.9, 0.9, 0, 0) == pytest.approx(0.462328, abs=1e-6)


def alternating() -> Game:
    """Rubinstein's pie with outside options; the turn passes at the end of the year."""

    def offer(proposer: str, responder: str, turn: int) -> Offer:
        def otherwise(s: Any, p: Any) -> Any:
            yield Action("wait")
            yield Action("fight", ends={responder: getattr(p, f"out_{responder}")})

        return Offer(
            f"offer {proposer}",
            proposer,
            responder,
            lambda s, p: [Terms("split", ends={proposer: 1.0}, amount=(0.0, 1.0), lasting=True)],
            otherwise,
            lambda s: s.turn == turn,
        )

    return Game(
        players=("a", "b"),
        variables=(Variable("turn", 2),),
        stages=(
            offer("a", "b", 0),
            offer("b", "a", 1),
            Chance("pass", lambda s, p: [Branch(1.0, {"turn": 1 - s.turn})]),
            Accounting("year", nothing),
        ),
        start=lambda p: {"turn": 0},
        tallies=(Count("deals", "offer a", "split"), Count("fights", "offer a", "fight")),
        discount=lambda p: {"a": p.d1, "b": p.d2},
        scale=lambda p: 1.0,
    )


def settlement(lasting: bool = False, **terms: Any) -> Game:
    """A one-shot demand: the status quo share, a price, or war; ann proposes, bob answers."""

    def offered(s: Any, p: Any) -> Any:
        yield Terms(
            "price",
            pays={"ann": p.prize, "bob": -p.prize},
            amount=(p.low, p.high),
            lasting=lasting,
            to={"dealt": 1},
        )
        yield Terms("peace", legal=s.place == 0, pays={"ann": p.gift}, allowed=p.free > 0, to={"dealt": 2})

    def otherwise(s: Any, p: Any) -> Any:
        yield Action("quiet")
        yield Action("war", pays={"bob": -p.cost}, to={"place": 1 + 0 * s.place})
        yield Action("last", ends={"bob": p.end, "ann": 0.2}, pays={"bob": -0.3}, allowed=p.desperate > 0)

    return Game(
        players=("bob", "ann"),
        variables=(Variable("place", 2), Variable("dealt", 3)),
        stages=(
            Offer("talk", "ann", "bob", offered, otherwise, lambda s: s.dealt == 0),
            Accounting("year", lambda s, p: {"bob": 0.3 + 0.2 * s.place, "ann": 0.1 + 0.0 * s.place}),
        ),
        start=lambda p: {"place": 0, "dealt": 0},
        tallies=(
            Count("prices", "talk", "price"),
            Count("wars", "talk", "war"),
            Count("nones", "talk", "none"),
            First("price_first", "talk", "price"),
            Share("dealt", lambda s: s.dealt == 1),
        ),
    )


P = {
    "discount": 0.8,
    "prize": 0.5,
    "low": 0.1,
    "high": 1.0,
    "gift": 0.05,
    "free": 1.0,
    "cost": 0.7,
    "end": 0.2,
    "desperate": 1.0,
}


def read(first: Any, p: Any) -> dict[str, Any]:
    return {
        "amount": first.amount("talk", "price"),
        "ann": first.value("ann"),
        "choice": {k: first.choice("talk", k) for k in ("price", "peace", "none", "quiet", "war", "last")},
        "there": first.choice("talk", "peace", place=1),
        "dealt": first.choice("talk", "none", dealt=1),
    }


@pytest.mark.parametrize("lasting", [False, True])
def test_an_offer_under_noise_by_hand(solve_game, lasting):
    noise = np.array([0.05, 0.3, 2.0])
    found = solve_game(settlement(lasting), P | {"noise": noise}, read=read)
    d = P["discount"]
    for i, e in enumerate(noise):
        # Bob's alternatives: quiet 0.3, war 0.5 for ever less the cost, an end of 0.2 less a payment.
        options = np.array([0.3, 0.5 - (1 - d) * P["cost"], 0.2 - (1 - d) * 0.3])
        q = softmax(options / (e * (1 - d)))
        ann = q @ [0.1, 0.1, 0.2]
        bare = 0.3 - (1 - d) * P["prize"]
        worth = 1 if lasting else 1 - d
        x = np.clip((q @ options - bare) / worth, P["low"], P["high"])
        price = 0.1 + (1 - d) * P["prize"] - worth * x
        peace = 0.1 + (1 - d) * P["gift"]
        able = [bare + worth * x >= q @ options - 1e-12, 0.3 >= q @ options - 1e-12, True]
        gains = np.where(able, [price, peace, ann], -np.inf)
        chosen = softmax(gains / (e * (1 - d)))
        np.testing.assert_allclose(found["amount"][i], x if able[0] else np.nan, rtol=1e-13)
        np.testing.assert_allclose(found["ann"][i], chosen @ [price, peace, ann], rtol=1e-13)
        bob = chosen @ [bare + worth * x, 0.3, q @ options]
        np.testing.assert_allclose(found["values"]["bob"][i], bob, rtol=1e-13)
        got = [found["choice"][k][i] for k in ("price", "peace", "none", "quiet", "war", "last")]
        np.testing.assert_allclose(got, [*chosen, *(chosen[2] * q)], rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(found["tallies"]["prices"][0, i], chosen[0], rtol=1e-12)
        np.testing.assert_allclose(found["tallies"]["price_first"][0, i], chosen[0], rtol=1e-12)
        np.testing.assert_allclose(found["tallies"]["dealt"][0, i], chosen[0], rtol=1e-12)
        np.testing.assert_allclose(found["tallies"]["wars"][0, i], chosen[2] * q[1], rtol=1e-12)
        np.testing.assert_allclose(found["tallies"]["nones"][0, i], chosen[2], rtol=1e-12)
    assert found["there"].max() == 0
    assert found["dealt"].max() == 0
    assert max(found["gaps"][k].max() for k in CHECKED) < 1e-13


def test_two_years_of_offers_by_hand_and_the_mass_that_is_left(solve_game):
    # At noise 0 nobody errs: the price is struck where ann gains by it, in the year in which she does.
    found = solve_game(settlement(), P | {"noise": 0.0, "prize": np.array([0.5, -0.5]), "free": 0.0}, 2, read)
    d = P["discount"]
    # War is worth 0.5 − 0.14 = 0.36 to bob in the last year, and in the first 0.2·0.5 + 0.8·0.5 − 0.14 = 0.36
    # too; quiet 0.2·0.3 + 0.8·0.36 = 0.348. So his reservation is 0.36 in both years.
    # By any price ann would lose, and war follows. In year 2 quiet is worth 0.5 to bob: the first price then
    # gives ann 0.5 against 0.5, a tie, which is an agreement; by the second she still loses.
    prize = np.array([0.5, -0.5])
    x = np.clip((0.36 - (0.3 - (1 - d) * prize)) / (1 - d), 0.1, 1.0)
    assert (x > prize).all()
    np.testing.assert_allclose(found["amount"], x, rtol=1e-12)
    np.testing.assert_allclose(found["tallies"]["prices"], [[0.0, 0.0], [1.0, 0.0]], atol=1e-12)
    np.testing.assert_allclose(found["tallies"]["wars"], [[1.0, 1.0], [1.0, 1.0]], atol=1e-12)
    np.testing.assert_allclose(found["ann"], 0.1, atol=1e-13)
    np.testing.assert_allclose(found["values"]["bob"], 0.36, atol=1e-13)
    assert found["gaps"]["regret"].max() < 1e-11


def test_ties_go_to_agreement_and_to_actions_taken_when_tied(solve_game):
    def game(tied: str) -> Game:
        return Game(
            players=("ann", "bob"),
            variables=(),
            stages=(
                Offer(
                    "talk",
                    "ann",
                    "bob",
                    # What ann wins by the price is what bob asks for: she gains nothing.
                    lambda s, p: [Terms("price", pays={"ann": 0.4}, amount=(0.0, 1.0))],
                    lambda s, p: [
                        Action("stay", pays={"bob": 0.4}, when_tied=tied == "stay"),
                        Action("go", pays={"bob": 0.4, "ann": 0.7 * p.more}, when_tied=tied == "go"),
                    ],
                ),
                Accounting("year", nothing),
            ),
            start=lambda p: {},
        )

    def choices(first: Any, p: Any) -> dict[str, Any]:
        return {k: first.choice("talk", k) for k in ("price", "stay", "go")}

    p = {"discount": 0.9, "noise": 0.0, "more": np.array([0.0, 1.0])}
    found = solve_game(game("stay"), p, read=choices)
    np.testing.assert_allclose(found["price"], 1.0)
    found = solve_game(game("go"), p, read=choices)
    np.testing.assert_allclose(found["price"], [1.0, 0.0], atol=1e-15)
    np.testing.assert_allclose(found["go"], [0.0, 1.0], atol=1e-15)
    found = solve_game(game(""), p, read=choices)
    np.testing.assert_allclose(found["go"], [0.0, 0.5], atol=1e-15)


def test_preventive_war_over_two_periods(solve_game):
    # After Fearon (1995): a makes every offer of the year's share; b fights now at 1 − p1 − c or waits.
    # Normalised over two periods: year 1 weighs 1−δ, and what comes after it δ, at the value of the state.
    def game() -> Game:
        def otherwise(s: Any, p: Any) -> Any:
            won = p.p1 + s.later * (p.p2 - p.p1)
            yield Action("fight", ends={"a": won - p.c_a, "b": 1 - won - p.c_b})

        return Game(
            players=("a", "b"),
            variables=(Variable("later", 2), Variable("at_peace", 2)),
            stages=(
                Offer(
                    "divide",
                    "a",
                    "b",
                    # Terms of peace: a takes the year's stake, and leaves x of it to b.
                    lambda s, p: [
                        Terms("peace", to={"at_peace": 1 + 0 * s.at_peace}, pays={"a": 1.0}, amount=(0, 1))
                    ],
                    otherwise,
                ),
                Chance("rise", lambda s, p: [Branch(1.0, {"later": 1 + 0 * s.later})]),
                Accounting("year", nothing),
            ),
            start=lambda p: {"later": 0, "at_peace": 0},
            tallies=(Count("wars", "divide", "fight"),),
        )

    d, p1, c = 0.7, 0.2, 0.1
    p2 = np.array([0.3, 0.45, 0.55, 0.65, 0.9])
    # Nothing follows year 2, so it is worth (1−δ) of its stake. b's reservation then is the war pay-off
    # 1 − p2 − c, and x = (1 − p2 − c)/(1−δ) must not exceed 1: otherwise war.
    x2 = (1 - p2 - c) / (1 - d)
    peace2 = x2 <= 1
    b2 = np.where(peace2, np.maximum(1 - p2 - c, 0), 1 - p2 - c)
    a2 = np.where(peace2 & (1 - d >= b2 + p2 - c), 1 - d - b2, p2 - c)
    b2 = np.where(peace2 & (1 - d >= b2 + p2 - c), b2, 1 - p2 - c)
    need = 1 - p1 - c - d * b2
    x1 = np.clip(need / (1 - d), 0, 1)
    agree = (need <= 1 - d) & ((1 - d) * (1 - x1) + d * a2 >= p1 - c)
    found = solve_game(
        game(),
        {"discount": d, "noise": 0.0, "p1": p1, "p2": p2, "c_a": c, "c_b": c},
        2,
        lambda first, p: {"x": first.amount("divide", "peace"), "war": first.choice("divide", "fight")},
    )
    np.testing.assert_allclose(found["war"], 1.0 * ~agree, atol=1e-12)
    np.testing.assert_allclose(found["x"], np.where(need <= 1 - d, x1, np.nan), rtol=1e-12)
    value = np.where(agree, (1 - d) * x1 + d * b2, 1 - p1 - c)
    np.testing.assert_allclose(found["values"]["b"], value, atol=1e-12)


@pytest.mark.parametrize("horizon", [1, 3])
def test_a_hundred_terms_are_as_good_as_the_best_of_them(solve_game, horizon):
    # Ann may ask for any k/N of the stake for ever, take it or leave it; bob's war gives him 1 − p − c.
    n = 120
    game = Game(
        players=("ann", "bob"),
        variables=(Variable("share", n + 1), Variable("settled", 2)),
        stages=(
            Offer(
                "demand",
                "ann",
                "bob",
                lambda s, p: [
                    Terms(f"{k}", to={"share": 0 * s.share + k, "settled": 1 + 0 * s.settled})
                    for k in range(n + 1)
                ],
                lambda s, p: [Action("fight", ends={"ann": p.power - 0.1, "bob": 1 - p.power - 0.1})],
                lambda s: s.settled == 0,
            ),
            Accounting("year", lambda s, p: {"ann": s.share / n, "bob": 1 - s.share / n}),
        ),
        start=lambda p: {"share": 0, "settled": 0},
        tallies=(Count("wars", "demand", "fight"),),
    )
    power = np.array([0.3, 0.55, 0.95])
    found = solve_game(game, {"discount": 0.9, "noise": 0.0, "power": power}, horizon)
    share = np.floor(n * np.minimum(power + 0.1, 1.0) + 1e-9) / n
    np.testing.assert_allclose(found["values"]["ann"], share, atol=1e-12)
    np.testing.assert_allclose(found["tallies"]["wars"], 0.0, atol=1e-15)


def test_what_an_offer_cannot_be(solve_game):
    def game(terms: Any = None, otherwise: Any = None, **more: Any) -> Game:
        return Game(
            players=("ann", "bob"),
            variables=(Variable("place", 2),),
            stages=(
                Offer(
                    "talk",
                    "ann",
                    "bob",
                    terms or (lambda s, p: [Terms("deal")]),
                    otherwise or (lambda s, p: [Action("leave")]),
                ),
                Decision("act", "ann", lambda s, p: [Action("rest")]),
                Accounting("year", nothing),
            ),
            start=lambda p: {"place": 0},
        )

    p = {"discount": 0.5, "noise": 0.1}
    with pytest.raises(ModelError, match="stage 'talk': the name 'leave' is used twice"):
        solve_game(game(lambda s, p: [Terms("leave")]), p)
    with pytest.raises(ModelError, match="the name 'none' is used twice"):
        solve_game(game(lambda s, p: [Terms("none")]), p)
    with pytest.raises(ModelError, match=r"no action is legal at \{'place': 1\}"):
        solve_game(game(otherwise=lambda s, p: [Action("leave", legal=s.place == 0)]), p)
    with pytest.raises(ModelError, match="the first legal action must always be allowed"):
        solve_game(game(otherwise=lambda s, p: [Action("leave", allowed=p.noise > 0)]), p)
    with pytest.raises(ModelError, match=r"action 'deal': leads to place outside 0…1"):
        solve_game(game(lambda s, p: [Terms("deal", to={"place": s.place + 1})]), p)
    with pytest.raises(ModelError, match="there is no player 'eve'"):
        solve_game(game(lambda s, p: [Terms("deal", pays={"eve": 1.0})]), p)
    with pytest.raises(ModelError, match="there is no amount of talk 'deal'"):
        solve_game(game(), p, read=lambda first, p: {"x": first.amount("talk", "deal")})


def test_decisions_after_an_offer_and_a_mover_who_is_indifferent(solve_game):
    """What passes within the year can be read too, and noise 0 in an ordinary decision."""

    def act(s: Any, p: Any) -> Any:
        yield Action("rest")
        yield Action("work", pays={"ann": p.fee}, when_tied=True)

    game = Game(
        players=("ann", "bob"),
        variables=(Variable("place", 2),),
        stages=(
            Offer(
                "talk",
                "bob",
                "ann",
                lambda s, p: [Terms("deal")],
                lambda s, p: [Action("leave", to={"place": 1})],
            ),
            Decision("act", "ann", act),
            Accounting("year", nothing),
        ),
        start=lambda p: {"place": 0},
    )
    fee = np.array([-0.2, 0.0, 1e-9, 0.2])
    found = solve_game(
        game,
        {"discount": 0.5, "noise": 0.0, "fee": fee},
        read=lambda first, p: {"work": first.choice("act", "work"), "deal": first.choice("talk", "deal")},
    )
    np.testing.assert_allclose(found["work"], [0.0, 1.0, 1.0, 1.0], atol=1e-15)
    np.testing.assert_allclose(found["deal"], 1.0)
    noisy = solve_game(
        game,
        {"discount": 0.5, "noise": 0.3, "fee": fee},
        read=lambda first, p: {"work": first.choice("act", "work")},
    )
    np.testing.assert_allclose(noisy["work"], expit(fee / 0.3), rtol=1e-13)
