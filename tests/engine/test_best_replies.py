"""Noise 0, discounting by player, the unit of noise, and what is read off the first year."""

from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from detente.engine.game import Accounting, Action, Belief, Commitment, Count, Decision, Game, Variable
from detente.errors import ModelError


def nothing(s: Any, p: Any) -> dict[str, Any]:
    return {}


def asking() -> Game:
    """Ann names a price within the year or none; bob, who sees it, pays or goes. Price 2 is a tie."""

    def ask(s: Any, p: Any) -> Any:
        yield Action("none")
        yield Action("low", to={"price": 1}, pays={"ann": p.bonus}, when_tied=True)
        yield Action("high", to={"price": 2})

    def reply(s: Any, p: Any) -> Any:
        price = 0.3 * s.price
        yield Action("go", pays={"bob": 0.6})
        yield Action(
            "pay", legal=s.price > 0, pays={"ann": price, "bob": 1.2 - price}, when_tied=True, to={"place": 1}
        )

    return Game(
        players=("ann", "bob"),
        variables=(Variable("place", 2), Variable("price", 3, between=("ask", "reply"))),
        stages=(
            Decision("ask", "ann", ask),
            Decision("reply", "bob", reply),
            Accounting("year", lambda s, p: {"bob": 0.1 * s.place}),
        ),
        start=lambda p: {"place": 0},
        tallies=(Count("sales", "reply", "pay"),),
    )


def test_at_noise_zero_the_best_is_done_and_ties_are_broken_as_the_model_says(solve_game):
    # The same numbers with noise: the limit is best replies, and a tie is half and half.
    d, noise = 0.9, np.array([0.0, 0.0, 0.0, 1e-4, 0.2])
    bonus = np.array([0.0, 0.3, 0.31, 0.0, 0.0])

    def read(first: Any, p: Any) -> dict[str, Any]:
        return {
            "ask": [first.choice("ask", k) for k in ("none", "low", "high")],
            "pay": [first.choice("reply", "pay", price=k) for k in range(3) if k],
            "ann": first.value("ann"),
            "there": first.choice("reply", "pay", price=2, place=1),
        }

    found = solve_game(asking(), {"discount": d, "noise": noise, "bonus": bonus}, read=read)
    # Bob at price k: 1.2 − 0.3k for the year and 0.1 for ever, against 0.6.
    gain = np.array([(0.9 - 0.6) * (1 - d) + 0.1, (0.6 - 0.6) * (1 - d) + 0.1])
    pay = np.where(noise == 0, 1.0, expit(gain[:, None] / (np.maximum(noise, 1e-9) * (1 - d))))
    np.testing.assert_allclose(found["pay"], pay, rtol=1e-12)
    # At place 1 the 0.1 is there anyway: a tie at price 2, broken at noise 0 alone.
    np.testing.assert_allclose(found["there"], [1, 1, 1, 0.5, 0.5], atol=1e-12)
    # Ann: the high price; with a bonus of 0.3 for the low one a tie, which is the low one's.
    np.testing.assert_allclose(np.array(found["ask"])[:, :3].T, [[0, 0, 1], [0, 1, 0], [0, 1, 0]], atol=1e-12)
    np.testing.assert_allclose(found["ann"][:3], 0.1 * np.array([0.6, 0.6, 0.61]), atol=1e-15)
    np.testing.assert_allclose(found["ask"][2][3], 1.0, atol=1e-12)
    np.testing.assert_allclose(found["tallies"]["sales"][0][:3], 1.0, atol=1e-12)
    assert found["gaps"]["regret"][:3].max() < 1e-10
    np.testing.assert_array_equal(found["gaps"]["strategy_gap"][:3], 0.0)


def test_a_promise_at_noise_zero_makes_the_mover_indifferent(solve_game):
    """Eve breaks so often that the belief that keeping earns her is worth no more than the prize."""
    game = Game(
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
                bound=lambda s, p: (p.honest, 0.0 * p.honest),
                where=lambda s: s.broken == 0,
            ),
            Accounting("year", lambda s, p: {"eve": s.trust + 0.0 * s.broken}),
        ),
        start=lambda p: {"broken": 0, "trust": p.trust},
        belief=Belief("trust", 3),
    )
    d, honest, trust = 0.5, 0.8, 0.5
    prize = np.array([0.2, 1.1, 3.0])
    found = solve_game(
        game,
        {"discount": d, "noise": 0.0, "prize": prize, "honest": honest, "trust": trust},
        read=lambda first, p: {"breaks": first.choice("promise", "break")},
    )
    free = 1 - honest * trust
    broke = trust * (1 - honest) / free

    def kept(r: Any) -> Any:
        return trust * (1 - (1 - honest) * r) / (1 - free * r)

    # Keeping is worth the belief it earns, breaking the prize and the belief that it leaves.
    aim = (1 - d) * prize + broke
    mixed = (aim - trust) / (free * aim - trust * (1 - honest))
    r = np.where(aim <= kept(0.0), 0.0, np.where(aim >= kept(1.0), 1.0, mixed))
    assert 0 < r[1] < 1 and r[0] == 0 and r[2] == 1
    np.testing.assert_allclose(found["breaks"], free * r, atol=1e-10)
    np.testing.assert_allclose(found["values"]["eve"], free * r * aim + (1 - free * r) * kept(r), atol=1e-10)
    assert found["gaps"]["regret"].max() < 1e-10
    assert found["gaps"]["bayes_gap"].max() < 1e-12


def waiting(**more: Any) -> Game:
    """Ann takes a fee this year or moves on; the year pays 1 to each where they have moved."""
    return Game(
        players=("ann", "bob"),
        variables=(Variable("place", 2),),
        stages=(
            Decision(
                "go",
                "ann",
                lambda s, p: (
                    Action("take", pays={"ann": p.fee, "bob": p.fee}),
                    Action("move", legal=s.place == 0, to={"place": 1}),
                ),
            ),
            Accounting("year", lambda s, p: {"ann": 1.0 * s.place, "bob": 1.0 * s.place}),
        ),
        start=lambda p: {"place": 0},
        **more,
    )


def test_players_discount_as_the_game_says_and_noise_has_the_unit_that_it_says(solve_game):
    noise, fee = np.array([0.0, 0.3]), 0.7
    one = {"noise": noise, "fee": fee}

    def read(first: Any, p: Any) -> dict[str, Any]:
        return {"move": first.choice("go", "move")}

    # Without a discount the game is played once: its flow is its pay-off.
    once = solve_game(waiting(), one, read=read)
    move = np.array([1.0, expit((1 - fee) / 0.3)])
    np.testing.assert_allclose(once["move"], move, rtol=1e-12)
    np.testing.assert_allclose(once["values"]["bob"], move + (1 - move) * fee, rtol=1e-12)
    # By player: a fee is (1−δ) to each, and two years weigh differently to them.
    game = waiting(discount=lambda p: {"ann": p.patient, "bob": p.hasty}, scale=lambda p: 0.25)
    found = solve_game(game, one | {"patient": 0.9, "hasty": 0.4}, horizon=2, read=read)
    for i, e in enumerate(noise):

        def year(after: dict[str, np.ndarray]) -> tuple[dict[str, np.ndarray], float]:
            d = {"ann": 0.9, "bob": 0.4}
            stay = {x: after[x] + (1 - d[x]) * fee for x in d}
            gain = after["ann"][1] - stay["ann"][0]
            moved = float(gain > 0) if e == 0 else float(expit(gain / (e * 0.25)))  # noqa: B023
            value = {x: np.array([moved * after[x][1] + (1 - moved) * stay[x][0], stay[x][1]]) for x in d}
            return value, moved

        flow = np.array([0.0, 1.0])
        last, _ = year({"ann": flow, "bob": flow})
        first, moved = year({x: (1 - d) * flow + d * last[x] for x, d in (("ann", 0.9), ("bob", 0.4))})
        assert found["move"][i] == pytest.approx(moved, rel=1e-12)
        for x in ("ann", "bob"):
            assert found["values"][x][i] == pytest.approx(first[x][0], rel=1e-12), (x, i)
    assert found["gaps"]["regret"][0] == 0


def test_regret_is_in_years_of_stake_and_without_discounting_in_the_unit_of_noise(solve_game):
    def game(**more: Any) -> Game:
        return Game(
            players=("ann",),
            variables=(),
            stages=(
                Decision(
                    "end",
                    "ann",
                    lambda s, p: (Action("a", ends={"ann": 0.0}), Action("b", ends={"ann": p.win})),
                ),
                Accounting("year", nothing),
            ),
            start=lambda p: {},
            **more,
        )

    win, noise = np.array([0.2, 1.0]), 0.5
    worse = win * expit(-win / (noise * 4.0))
    endless = solve_game(game(discount=lambda p: 1.0, scale=lambda p: 4.0), {"noise": noise, "win": win})
    np.testing.assert_allclose(endless["gaps"]["regret"], worse / 4.0, rtol=1e-12)
    scaled = solve_game(game(discount=lambda p: 0.75, scale=lambda p: 4.0), {"noise": noise, "win": win})
    np.testing.assert_allclose(scaled["gaps"]["regret"], worse / 0.25, rtol=1e-12)
    with pytest.raises(ModelError, match="where nothing is discounted, `scale` must be given"):
        solve_game(game(discount=lambda p: 1.0), {"noise": noise, "win": win})


def test_what_the_discount_cannot_be_and_names_that_do_not_exist(solve_game):
    one = {"noise": 0.1, "fee": 0.7, "d": 0.5}
    with pytest.raises(ModelError, match="the discount of 'bob' is missing"):
        solve_game(waiting(discount=lambda p: {"ann": p.d}, scale=lambda p: 1.0), one)
    with pytest.raises(ModelError, match="where players differ in their discount, `scale` must be given"):
        solve_game(waiting(discount=lambda p: {"ann": p.d, "bob": 2 * p.d}), one)
    for read, words in (
        (lambda first, p: {"x": first.value("eve")}, "there is no player 'eve'; there are ann, bob"),
        (lambda first, p: {"x": first.choice("go", "stay")}, "no action of go 'stay'; there are take, move"),
        (lambda first, p: {"x": first.choice("went", "take")}, "there is no stage 'went'"),
        (lambda first, p: {"x": first.amount("go", "take")}, "there is no amount of go 'take'"),
    ):
        with pytest.raises(ModelError, match=words):
            solve_game(waiting(), one, read=read)
