"""Joint decisions: equations solved by SciPy, closed forms at noise 0, backward induction by hand."""

from itertools import product
from math import comb
from typing import Any

import numpy as np
import pytest
from scipy.optimize import root
from scipy.special import softmax

from detente.engine.game import Accounting, Action, Branch, Count, First, Game, Joint, Variable
from detente.errors import ModelError

NOISES = np.array([0.0, 0.02, 0.3, 2.0])


def once(*sizes: int) -> Game:
    """A game played once by a, b, …; parameter a01 is what a gets where a plays 0 and b plays 1."""
    players = "abc"[: len(sizes)]

    def moves(s: Any, p: Any) -> Any:
        return {x: [Action(f"{x}{k}") for k in range(n)] for x, n in zip(players, sizes, strict=True)}

    def profile(s: Any, p: Any, chosen: Any) -> Action:
        place = "".join(chosen[x][-1] for x in players)
        return Action("play", ends={x: getattr(p, x + place) for x in players})

    return Game(
        players=tuple(players),
        variables=(),
        stages=(Joint("play", moves, profile), Accounting("year", lambda s, p: {})),
        start=lambda p: {},
        tallies=(Count("first", "play", "a/a0"),),
    )


def records(cases: list[tuple[dict[str, np.ndarray], float]]) -> dict[str, np.ndarray]:
    """Parameters of a batch of games, each with its noise."""
    found = {"noise": np.array([noise for _, noise in cases])}
    for x, table in cases[0][0].items():
        for place in np.ndindex(table.shape):
            found[x + "".join(map(str, place))] = np.array([payoffs[x][place] for payoffs, _ in cases])
    return found


def shares(players: str, sizes: tuple[int, ...]) -> Any:
    def read(first: Any, p: Any) -> dict[str, Any]:
        return {
            x: [first.choice("play", f"{x}{k}", player=x) for k in range(n)]
            for x, n in zip(players, sizes, strict=True)
        }

    return read


def by_scipy(payoffs: dict[str, np.ndarray], noise: float) -> list[np.ndarray]:
    """The logit equilibrium by SciPy, for a noise at which there is one only."""
    tables = list(payoffs.values())
    sizes = tables[0].shape

    def against(played: list[np.ndarray], k: int) -> np.ndarray:
        gains = np.zeros(sizes[k])
        for place in product(*map(range, sizes)):
            others = np.prod([played[j][place[j]] for j in range(len(sizes)) if j != k])
            gains[place[k]] += others * tables[k][place]
        return gains

    def off(x: np.ndarray) -> np.ndarray:
        played = [softmax(y) for y in np.split(x, np.cumsum(sizes)[:-1])]
        return x - np.concatenate([against(played, k) for k in range(len(sizes))]) / noise

    found = root(off, np.zeros(sum(sizes)), tol=1e-13)
    assert np.abs(off(found.x)).max() < 1e-10
    return [softmax(y) for y in np.split(found.x, np.cumsum(sizes)[:-1])]


PENNIES = {"a": np.array([[9.0, -1.0], [-1.0, 1.0]]), "b": np.array([[-1.0, 1.0], [1.0, -1.0]])}
INSPECTION = {"a": np.array([[1.0, -2.0], [0.0, 0.0]]), "b": np.array([[-0.5, 0.0], [-0.3, -1.0]])}
CYCLE = {
    "a": np.array([[0.0, -1.0, 2.0], [1.0, 0.0, -1.0], [-1.0, 3.0, 0.0]]),
    "b": np.array([[0.0, 1.0, -2.0], [-1.0, 0.0, 1.0], [1.0, -3.0, 0.0]]),
}


def mixed(payoffs: dict[str, np.ndarray]) -> list[np.ndarray]:
    """The completely mixed equilibrium of two players: each makes the other indifferent."""
    a, b = payoffs["a"], payoffs["b"]
    n = len(a)

    def equal(m: np.ndarray) -> np.ndarray:
        rows = np.vstack([m[1:] - m[0], np.ones(n)])
        return np.linalg.solve(rows, np.eye(n)[-1])

    return [equal(b.T), equal(a)]


@pytest.mark.parametrize("games", [[PENNIES, INSPECTION], [CYCLE]], ids=["two by two", "three by three"])
def test_mixing_makes_the_other_indifferent_and_noise_bends_it(solve_game, games):
    sizes = games[0]["a"].shape
    cases = [(payoffs, noise) for payoffs in games for noise in NOISES]
    found = solve_game(once(*sizes), records(cases), read=shares("ab", sizes))
    for i, (payoffs, noise) in enumerate(cases):
        expected = mixed(payoffs) if noise == 0 else by_scipy(payoffs, noise)
        for k, x in enumerate("ab"):
            got = [y[i] for y in found[x]]
            np.testing.assert_allclose(got, expected[k], atol=1e-10, err_msg=f"{x} at noise {noise}")
            value = expected[0] @ payoffs[x] @ expected[1]
            assert found["values"][x][i] == pytest.approx(value, abs=1e-10)
    assert found["gaps"]["strategy_gap"].max() < 1e-9
    assert max(found["gaps"]["regret"][i] for i, (_, noise) in enumerate(cases) if noise == 0) < 1e-11
    np.testing.assert_allclose(found["tallies"]["first"][0], found["a"][0], rtol=1e-13)
    assert found["gaps"]["mass_gap"].max() < 1e-14


def test_three_players_at_once(solve_game):
    draw = np.random.default_rng(7)
    payoffs = {x: draw.normal(size=(2, 3, 2)) for x in "abc"}
    found = solve_game(
        once(2, 3, 2), records([(payoffs, 0.5), (payoffs, 2.0)]), read=shares("abc", (2, 3, 2))
    )
    for i, noise in enumerate((0.5, 2.0)):
        for x, expected in zip("abc", by_scipy(payoffs, noise), strict=True):
            np.testing.assert_allclose([y[i] for y in found[x]], expected, atol=1e-11)
    assert found["gaps"]["strategy_gap"].max() < 1e-12


def test_the_inspection_game_has_dreshers_values(solve_game):
    """n periods, m inspections, one violation: v(n,m) = −C(n−1,m) / Σ_{i≤m} C(n,i) b^{m−i}."""
    n, most = 6, 3

    def moves(s: Any, p: Any) -> Any:
        return {
            "inspector": [Action("wait"), Action("inspect", legal=s.left > 0)],
            "inspected": [Action("comply"), Action("violate")],
        }

    def profile(s: Any, p: Any, chosen: Any) -> Action:
        caught, acted = chosen["inspector"] == "inspect", chosen["inspected"] == "violate"
        if acted:
            gain = p.caught if caught else -1.0
            return Action("over", ends={"inspector": gain, "inspected": -gain})
        return Action("on", to={"left": np.maximum(s.left - 1, 0) if caught else s.left})

    game = Game(
        players=("inspector", "inspected"),
        variables=(Variable("left", most + 1),),
        stages=(Joint("day", moves, profile), Accounting("end", lambda s, p: {})),
        start=lambda p: {"left": p.inspections},
        tallies=(First("violated", "day", "violate"),),
        discount=lambda p: 1.0,
        scale=lambda p: 1.0,
    )
    b = np.array([1.0, 1.0, 0.5, 2.0, 1.0, 0.3, 2.0, 0.7])
    m = np.array([0, 1, 1, 2, 3, 3, 1, 2])
    p = {"noise": 0.0, "caught": b, "inspections": m}
    found = solve_game(
        game, p, horizon=n, read=lambda first, p: {"v": first.choice("day", "violate", "inspected")}
    )
    expected = [
        -comb(n - 1, k) / sum(comb(n, i) * x ** (k - i) for i in range(k + 1))
        for k, x in zip(m, b, strict=True)
    ]
    np.testing.assert_allclose(found["values"]["inspector"], expected, atol=1e-9)
    np.testing.assert_allclose(found["values"]["inspected"], -np.array(expected), atol=1e-9)
    assert found["gaps"]["regret"].max() < 1e-10
    assert max(found["gaps"][k].max() for k in ("strategy_gap", "value_gap", "mass_gap")) < 1e-9
    assert (np.diff(found["tallies"]["violated"], axis=0) >= -1e-12).all()


def test_two_years_of_a_joint_decision_by_hand(solve_game):
    """Actions that are not legal or not allowed, branches, a variable that moves, and ties, in one game."""
    d, noise = 0.6, 0.25

    def moves(s: Any, p: Any) -> Any:
        return {
            "ann": [Action("up", legal=s.place == 0), Action("down")],
            "bob": [Action("left"), Action("right"), Action("out", allowed=p.free > 0)],
        }

    def profile(s: Any, p: Any, chosen: Any) -> Action:
        if chosen["bob"] == "out":
            return Action("out", ends={"ann": 0.1, "bob": 0.45}, pays={"bob": 0.1})
        if chosen == {"ann": "up", "bob": "left"}:
            return Action("", branches=(Branch(p.luck, {"place": 1 + 0 * s.place}), Branch(1 - p.luck, {})))
        if chosen["ann"] == "up":
            return Action("", pays={"ann": p.prize, "bob": -0.2})
        return Action("", to={"place": 1 - s.place}, pays={"bob": 0.3 * (chosen["bob"] == "left")})

    flow = {"ann": np.array([0.2, 0.9]), "bob": np.array([0.5, 0.1])}
    game = Game(
        players=("ann", "bob"),
        variables=(Variable("place", 2),),
        stages=(
            Joint("meet", moves, profile),
            Accounting(
                "year", lambda s, p: {x: flow[x][0] + s.place * (flow[x][1] - flow[x][0]) for x in flow}
            ),
        ),
        start=lambda p: {"place": p.first},
        tallies=(Count("lefts", "meet", "left"), First("left_within", "meet", "bob/left")),
    )
    first, luck, prize = np.array([0, 1, 0, 1]), 0.3, 1.4
    free = np.array([1.0, 1.0, 0.0, 0.0])
    p = {"discount": d, "noise": noise, "first": first, "free": free, "luck": luck, "prize": prize}
    found = solve_game(
        game,
        p,
        2,
        lambda f, p: {"up": f.choice("meet", "up", "ann"), "there": f.choice("meet", "up", "ann", place=1)},
    )

    def stage(
        after: dict[str, np.ndarray], place: int, free: bool
    ) -> tuple[dict[str, float], list[np.ndarray]]:
        rows = [0, 1] if place == 0 else [1]
        columns = [0, 1, 2] if free else [0, 1]
        tables = {x: np.empty((2, 3)) for x in flow}
        for x in flow:
            here, other = after[x][place], after[x][1 - place]
            pay = (1 - d) * np.array([[0.0, prize], [0.0, 0.0]] if x == "ann" else [[0.0, -0.2], [0.3, 0.0]])
            tables[x][:, :2] = (
                np.array([[luck * after[x][1] + (1 - luck) * here, here], [other, other]]) + pay
            )
            tables[x][:, 2] = {"ann": 0.1, "bob": 0.45 + (1 - d) * 0.1}[x]
        cut = {x: t[np.ix_(rows, columns)] for x, t in tables.items()}
        played = by_scipy(cut, noise * (1 - d))
        value = {x: float(played[0] @ cut[x] @ played[1]) for x in flow}
        full = [np.zeros(2), np.zeros(3)]
        full[0][rows], full[1][columns] = played
        return value, full

    for i in range(4):
        last = [stage(flow, k, free[i] > 0) for k in (0, 1)]
        start = {x: (1 - d) * flow[x] + d * np.array([last[k][0][x] for k in (0, 1)]) for x in flow}
        value, played = stage(start, first[i], free[i] > 0)
        assert found["values"]["ann"][i] == pytest.approx(value["ann"], abs=1e-11)
        assert found["values"]["bob"][i] == pytest.approx(value["bob"], abs=1e-11)
        assert found["up"][i] == pytest.approx(played[0][0], abs=1e-11)
        assert found["there"][i] == 0
        there = played[0][0] * played[1][0] * (luck * (first[i] == 0) + (first[i] == 1))
        moved = [0.0, 0.0]
        moved[1] += played[0][0] * played[1][0] * luck
        moved[first[i]] += played[0][0] * (played[1][0] * (1 - luck) + played[1][1])
        moved[1 - first[i]] += played[0][1] * (played[1][0] + played[1][1])
        assert there <= 1
        lefts = sum(moved[k] * last[k][1][1][0] for k in (0, 1))
        np.testing.assert_allclose(
            found["tallies"]["lefts"][:, i], [played[1][0], played[1][0] + lefts], atol=1e-11
        )
        assert found["tallies"]["left_within"][0, i] == pytest.approx(played[1][0], abs=1e-11)
    assert max(x.max() for k, x in found["gaps"].items() if k != "regret") < 1e-11
    assert 0 < found["gaps"]["regret"].max() <= noise * np.log(3)


def test_ties_in_a_joint_decision_and_the_branch_from_uniform_play(solve_game):
    # A stag hunt: uniform play favours the hare. And a player to whom nothing matters.
    stag = {"a": np.array([[4.0, 0.0], [3.0, 3.0]]), "b": np.array([[4.0, 3.0], [0.0, 3.0]])}
    found = solve_game(once(2, 2), records([(stag, 0.0), (stag, 0.01)]), read=shares("ab", (2, 2)))
    np.testing.assert_allclose(found["a"][1], 1.0, atol=1e-12)

    def idle(tied: str) -> Game:
        return Game(
            players=("a", "b"),
            variables=(),
            stages=(
                Joint(
                    "play",
                    lambda s, p: {
                        "a": [Action(k, when_tied=k == tied) for k in ("x", "y", "z")],
                        "b": [Action("only")],
                    },
                    lambda s, p, chosen: Action("", ends={"a": 1.0, "b": 2.0 * (chosen["a"] == "z")}),
                ),
                Accounting("year", lambda s, p: {}),
            ),
            start=lambda p: {},
        )

    for tied, share in (("z", 1.0), ("y", 0.0), ("", 1 / 3)):
        found = solve_game(idle(tied), {"noise": 0.0}, read=lambda f, p: {"z": f.choice("play", "z", "a")})
        np.testing.assert_allclose(found["z"], share, atol=1e-12)
        np.testing.assert_allclose(found["values"]["b"], 2 * share, atol=1e-12)


def test_what_a_joint_decision_cannot_be(solve_game):
    def game(moves: Any, profile: Any = lambda s, p, chosen: Action("")) -> Game:
        return Game(
            players=("a", "b"),
            variables=(Variable("place", 2),),
            stages=(Joint("play", moves, profile), Accounting("year", lambda s, p: {})),
            start=lambda p: {"place": 0},
        )

    p = {"discount": 0.5, "noise": 0.1}
    with pytest.raises(ModelError, match="stage 'play': there is no player 'eve'"):
        solve_game(game(lambda s, p: {"eve": [Action("x")]}), p)
    with pytest.raises(ModelError, match="no action is legal at"):
        solve_game(game(lambda s, p: {"a": [Action("x", legal=s.place == 0)]}), p)
    with pytest.raises(ModelError, match="leads to place outside"):
        solve_game(
            game(
                lambda s, p: {"a": [Action("x")]}, lambda s, p, chosen: Action("", to={"place": s.place + 1})
            ),
            p,
        )


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_linear_equations_are_solved_as_by_a_library_also_where_rows_have_to_change_places(n):
    import jax

    from detente.engine.follow import FEW, equilibrated

    assert 1 < FEW < 5  # below, operations written out; above, a library
    draw = np.random.default_rng(n)
    matrix = draw.normal(size=(40, n, n)) * 10.0 ** draw.uniform(-6, 6, (40, n, 1))
    matrix[:20, 0, 0] = 0.0 if n > 1 else 1.0
    right = draw.normal(size=(40, n, 2))
    with jax.enable_x64(True):
        found = np.asarray(jax.jit(jax.vmap(equilibrated))(matrix, right))
    np.testing.assert_allclose(found, np.linalg.solve(matrix, right), rtol=1e-9)
