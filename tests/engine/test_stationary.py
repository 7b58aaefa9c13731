"""Endless games: policy iteration, closed forms, Bellman equations worked out again in NumPy."""

from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from scipy.special import softmax

from detente.engine import by_state, device, flat, stationary
from detente.engine.equations import system
from detente.engine.game import (
    Accounting,
    Action,
    Branch,
    Decision,
    Game,
    Joint,
    Variable,
)
from detente.errors import ModelError
from quick import LITTLE


def solved(game: Game, p: dict[str, Any], read: Any = None, tangent: dict[str, Any] | None = None) -> Any:
    """Solve an endless game; with a tangent also the derivatives of everything in that direction."""

    def run(p: dict[str, Any]) -> dict[str, Any]:
        answer = stationary.solve(game, p)
        found = {k: getattr(answer, k) for k in ("status", "route", "cycled", "found")}
        found |= {
            "gaps": dict(answer.gaps),
            "values": dict(zip(game.players, answer.first.values, strict=True)),
        }
        return found | (read(answer.first) if read else {})

    size = max(np.size(x) for x in p.values())

    def full(x: Any) -> np.ndarray:
        return np.broadcast_to(np.asarray(x, float), size).copy()

    given: Any = ({k: full(x) for k, x in p.items()},)
    call: Any = run
    if tangent is not None:
        given += ({k: full(tangent.get(k, 0.0)) for k in p},)
        call = lambda p, t: jax.jvp(run, (p,), (t,))  # noqa: E731
    with jax.enable_x64(True):
        key = repr((Path(__file__).read_text(), game.players, game.shape, size, tangent is None))
        return jax.device_get(
            device.kept(key, lambda: jax.jit(call, compiler_options=LITTLE).lower(*given).compile())(*given)
        )


# --- One player -------------------------------------------------------------------------------

STATES, ACTIONS = 4, 3


def markov() -> Game:
    """A decision problem: pay-offs r and, for each action, a Markov chain q over the states: parameters."""

    def actions(s: Any, p: Any) -> Any:
        for a in range(ACTIONS):
            pays = sum((s.place == i) * getattr(p, f"r{i}{a}") for i in range(STATES))
            chance = [
                sum((s.place == i) * getattr(p, f"q{i}{a}{j}") for i in range(STATES)) for j in range(STATES)
            ]
            branches = tuple(Branch(x, {"place": 0 * s.place + j}) for j, x in enumerate(chance))
            yield Action(f"{a}", pays={"ann": pays}, branches=branches)

    return Game(
        players=("ann",),
        variables=(Variable("place", STATES),),
        stages=(Decision("act", "ann", actions), Accounting("year", lambda s, p: {})),
        start=lambda p: {"place": 0},
        endless=True,
    )


def problem(seed: int) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    return draw.normal(size=(STATES, ACTIONS)), draw.dirichlet(np.full(STATES, 0.4), size=(STATES, ACTIONS))


def policy_iteration(r: np.ndarray, q: np.ndarray, d: float) -> np.ndarray:
    """Howard's algorithm: the values of the best policy, normalised."""
    policy = np.zeros(STATES, int)
    while True:
        here = np.arange(STATES)
        value = np.linalg.solve(np.eye(STATES) - d * q[here, policy], (1 - d) * r[here, policy])
        better = ((1 - d) * r + d * q @ value).argmax(axis=1)
        if (better == policy).all():
            return value
        policy = better


def test_one_player_against_policy_iteration_and_the_logit_choice():
    # What is paid for the action comes this year; what follows it is next year's.
    discounts, noises = np.array([0.5, 0.9, 0.99, 0.999, 0.9, 0.9]), np.array([0, 0, 0, 0, 0.1, 1.0])
    games = [problem(k) for k in range(6)]
    p = {f"r{i}{a}": np.array([r[i, a] for r, _ in games]) for i in range(STATES) for a in range(ACTIONS)}
    for i, a, j in np.ndindex(STATES, ACTIONS, STATES):
        p[f"q{i}{a}{j}"] = np.array([q[i, a, j] for _, q in games])
    found = solved(markov(), p | {"discount": discounts, "noise": noises})
    assert (found["status"] == stationary.CONVERGED).all()
    assert found["gaps"]["residual"].max() < 1e-12
    for k, (r, q) in enumerate(games):
        d, value = discounts[k], found["values"]["ann"][:, 0, k]
        if noises[k] == 0:
            np.testing.assert_allclose(value, policy_iteration(r, q, d), atol=1e-11)
            assert found["gaps"]["regret"][k] < 1e-9
        else:
            gains = (1 - d) * r + d * q @ value
            chosen = softmax(gains / (noises[k] * (1 - d)), axis=1)
            np.testing.assert_allclose(value, (chosen * gains).sum(axis=1), atol=1e-12)


# --- Several players at once ------------------------------------------------------------------

PLACES = 3


def stochastic(searches: int = 0) -> Game:
    """Two players, two actions, three states; pay-offs and the chance of the next state are parameters."""

    def profile(s: Any, p: Any, chosen: Any) -> Action:
        place = chosen["a"] + chosen["b"]

        def here(name: str) -> Any:
            return sum((s.place == i) * getattr(p, f"{name}{i}{place}") for i in range(PLACES))

        moved = here("q")
        return Action(
            "",
            pays={"a": here("a"), "b": here("b")},
            branches=(Branch(moved, {"place": (s.place + 1) % PLACES}), Branch(1 - moved)),
        )

    return Game(
        players=("a", "b"),
        variables=(Variable("place", PLACES),),
        stages=(
            Joint("play", lambda s, p: {x: [Action("0"), Action("1")] for x in "ab"}, profile),
            Accounting("year", lambda s, p: {}),
        ),
        start=lambda p: {"place": 0},
        endless=True,
        searches=searches,
    )


PLACE = [(x, i, j, k) for x in ("a", "b", "q") for i, j, k in np.ndindex(PLACES, 2, 2)]


def table(games: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    return {f"{x}{i}{j}{k}": np.array([g[x][i, j, k] for g in games]) for x, i, j, k in PLACE}


def worth(game: dict[str, np.ndarray], d: float, values: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What each profile is worth at each state, [state, action of a, action of b], by player."""
    later = {x: np.stack([v, np.roll(v, -1)], axis=-1)[:, None, None] for x, v in values.items()}
    chance = np.stack([1 - game["q"], game["q"]], axis=-1)
    return {x: (1 - d) * game[x] + d * (chance * later[x]).sum(axis=-1) for x in values}


def randomly(seed: int) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(seed)
    return {"a": draw.normal(size=(3, 2, 2)), "b": draw.normal(size=(3, 2, 2)), "q": draw.random((3, 2, 2))}


def cycling() -> dict[str, np.ndarray]:
    """A game in which simple iteration comes back to where it was."""
    draw = np.random.default_rng(0)
    for _ in range(31):
        game = {
            "a": draw.normal(size=(3, 2, 2)),
            "b": draw.normal(size=(3, 2, 2)),
            "q": draw.random((3, 2, 2)),
        }
    return game


GAMES = [randomly(k) for k in range(5)]
REPEATED = GAMES[0] | {"q": np.zeros((3, 2, 2))}
CASES = [
    # game, discount, noise
    (GAMES[0], 0.8, 0.3),
    (GAMES[1], 0.95, 0.1),
    (GAMES[2], 0.9, 0.02),
    (GAMES[3], 0.9, 0.0),
    (GAMES[4], 0.6, 0.0),
    (GAMES[0], 0.0, 0.3),
    (REPEATED, 0.8, 0.3),
    (cycling(), 0.9, 0.5),
]


def read(first: Any) -> dict[str, Any]:
    return {f"{x}{i}": first.choice("play", "1", player=x, place=i) for x in "ab" for i in range(PLACES)}


@pytest.fixture(scope="module")
def found() -> Any:
    """The cases solved, and the derivatives in one direction."""
    games, discounts, noises = zip(*CASES, strict=True)
    p = table(list(games)) | {"discount": np.array(discounts), "noise": np.array(noises)}
    return p, solved(stochastic(), p, read, DIRECTION)


DIRECTION = {f"{x}{i}{j}{k}": 0.1 * (1 + i - j + 2 * k) for x, i, j, k in PLACE} | {
    "discount": 0.02,
    "noise": 0.01,
}


def test_values_satisfy_the_bellman_equation_and_strategies_the_logit_choice(found):
    got, _ = found[1]
    assert (got["status"] == stationary.CONVERGED).all()
    assert got["gaps"]["residual"].max() < 1e-12
    assert got["gaps"]["strategy_gap"].max() < 1e-10
    for n, (game, d, noise) in enumerate(CASES):
        values = {x: got["values"][x][:, 0, n] for x in "ab"}
        later = worth(game, d, values)
        for i in range(PLACES):
            played = {x: np.array([1 - got[f"{x}{i}"][n], got[f"{x}{i}"][n]]) for x in "ab"}
            gains = {"a": later["a"][i] @ played["b"], "b": later["b"][i].T @ played["a"]}
            for x in "ab":
                assert values[x][i] == pytest.approx(played[x] @ gains[x], abs=1e-12), (n, i)
                if noise:
                    chosen = softmax(gains[x] / (noise * (1 - d)))
                    np.testing.assert_allclose(played[x], chosen, atol=1e-10, err_msg=f"case {n}, state {i}")
                else:
                    assert gains[x].max() - played[x] @ gains[x] < 1e-11, (n, i)
    assert got["gaps"]["regret"][3:5].max() < 1e-9


def test_without_a_future_or_without_change_each_state_is_its_stage_game(found):
    got, _ = found[1]
    for x in "ab":
        np.testing.assert_allclose(got["values"][x][..., 5], got["values"][x][..., 6], atol=1e-11)
        assert np.ptp(got["values"][x][..., 5]) > 0.1


def test_where_iteration_cycles_continuation_converges(found):
    got, _ = found[1]
    assert got["cycled"].tolist() == [False] * 7 + [True]
    assert got["route"].tolist() == [stationary.ITERATION] * 7 + [stationary.PRECISION]
    assert stationary.STATUS[got["status"][-1]] == "converged"
    assert (got["found"] == 1).all()


def test_matrices_and_sums_over_the_ways_are_the_same(found, monkeypatch, tmp_path):
    """What follows is a product of matrices by default; with every way looked up it comes out the same."""
    p, (got, _) = found

    def matrices() -> list[bool]:
        return [x.profiles.matrix is not None for x in system(stochastic(), p).joint]

    assert matrices() == [True]
    monkeypatch.setenv("DETENTE_CACHE", str(tmp_path))
    monkeypatch.setattr(flat, "DENSE", 0)
    assert matrices() == [False]
    sums = solved(stochastic(), p, read)
    for x in "ab":
        np.testing.assert_allclose(sums["values"][x], got["values"][x], rtol=0, atol=1e-12)
    assert (sums["route"] == got["route"]).all()


def test_equations_solved_state_by_state_are_solved():
    """Against the whole matrix of derivatives, taken one by one."""
    p = {k: np.array([v[0], v[1]]) for k, v in table(GAMES).items()}
    p |= {"discount": np.array([0.8, 0.95]), "noise": np.array([0.3, 0.02])}
    draw = np.random.default_rng(5)
    with jax.enable_x64(True):
        s = system(stochastic(), {k: jax.numpy.asarray(v) for k, v in p.items()})
        assert by_state.suits(s)
        x = jax.numpy.asarray(draw.normal(size=(s.unknowns, 2)))
        column, row = draw.normal(size=(s.unknowns, 2)), draw.normal(size=(s.unknowns + 1, 2))
        right = draw.normal(size=(s.unknowns + 1, 2))
        weight = np.array([0.7, 0.4])
        bordered = by_state.solver(s, x, weight, (column, row))(right)
        plain = by_state.solver(s, x)(right[:-1])
        for k in range(2):
            one = system(stochastic(), {n: jax.numpy.asarray(v[k : k + 1]) for n, v in p.items()})

            def off(x, weight, one=one):
                return one.off(x[:, None], weight)[0][:, 0]

            whole = jax.jacfwd(off)(x[:, k], 1.0)
            np.testing.assert_allclose(whole @ plain[:, k], right[:-1, k], rtol=0, atol=1e-12)
            whole = np.column_stack([jax.jacfwd(off)(x[:, k], weight[k]), column[:, k]])
            np.testing.assert_allclose(whole @ bordered[:, k], right[:-1, k], rtol=0, atol=1e-11)
            np.testing.assert_allclose(row[:, k] @ bordered[:, k], right[-1, k], rtol=0, atol=1e-11)


def test_derivatives_are_central_differences(found):
    p, (_, slopes) = found
    step, moved = 1e-5, []
    for sign in (1, -1):
        q = {k: x + sign * step * DIRECTION.get(k, 0.0) for k, x in p.items()}
        q["noise"] = np.where(p["noise"] > 0, q["noise"], 0.0)
        q["discount"] = np.where(p["discount"] > 0, q["discount"], 0.0)
        moved.append(solved(stochastic(), q, read, DIRECTION)[0])
    smooth = np.flatnonzero((p["noise"] > 0) & (p["discount"] > 0))
    for x in "ab":
        by_steps = (moved[0]["values"][x] - moved[1]["values"][x]) / (2 * step)
        np.testing.assert_allclose(
            slopes["values"][x][..., smooth], by_steps[..., smooth], rtol=1e-6, atol=1e-6
        )
    for name in ("a0", "b2"):
        by_steps = (moved[0][name] - moved[1][name]) / (2 * step)
        np.testing.assert_allclose(slopes[name][smooth], by_steps[smooth], rtol=1e-6, atol=1e-6)


# --- Several equilibria, and none -------------------------------------------------------------


def hunt(searches: int, discount: Any = None) -> Game:
    """A stag hunt played for ever."""
    payoffs = {("stag", "stag"): (4.0, 4.0), ("stag", "hare"): (0.0, 3.0), ("hare", "stag"): (3.0, 0.0)}

    def profile(s: Any, p: Any, chosen: Any) -> Action:
        a, b = payoffs.get((chosen["a"], chosen["b"]), (3.0, 3.0))
        return Action("", pays={"a": a, "b": b})

    return Game(
        players=("a", "b"),
        variables=(),
        stages=(
            Joint("play", lambda s, p: {x: [Action("stag"), Action("hare")] for x in "ab"}, profile),
            Accounting("year", lambda s, p: {}),
        ),
        start=lambda p: {},
        endless=True,
        searches=searches,
        discount=discount,
    )


def test_further_starts_find_the_other_equilibria():
    answer = solved(hunt(12), {"discount": 0.9, "noise": np.array([0.1, 0.1, 4.0])})
    assert (answer["status"] == stationary.CONVERGED).all()
    # At low noise both hunt, neither does, or both mix; the branch from uniform play leads to the hare.
    assert answer["found"].tolist() == [3, 3, 1]
    np.testing.assert_allclose(answer["values"]["a"][0, :2], 3.0, atol=1e-5)


def inspected() -> Game:
    """Two states in turn: a wants to be where b is, and b elsewhere; out is worse for both."""

    def profile(s: Any, p: Any, chosen: Any) -> Action:
        a, b = (chosen[x] for x in "ab")
        met = float(a == b) if "out" not in (a, b) else 0.5
        pays = {x: (-2.0 if chosen[x] == "out" else won) + s.place for x, won in (("a", met), ("b", 1 - met))}
        skew = 1 + s.place * (a == "left") * (b == "left")
        return Action("", pays={"a": skew * pays["a"], "b": pays["b"]}, to={"place": 1 - s.place})

    moves = [Action("out"), Action("left"), Action("right")]
    return Game(
        players=("a", "b"),
        variables=(Variable("place", 2),),
        stages=(
            Joint("play", lambda s, p: {x: moves for x in "ab"}, profile),
            Accounting("year", lambda s, p: {}),
        ),
        start=lambda p: {"place": 0},
        endless=True,
    )


@pytest.mark.parametrize("whole", [False, True], ids=["state by state", "the whole matrix"])
def test_play_that_leaves_the_first_action_out_keeps_its_digits(whole, monkeypatch, tmp_path):
    """Mixing between two others, at a noise that makes the logits against the first ten millions."""
    if whole:  # as for games with other stages
        monkeypatch.setenv("DETENTE_CACHE", str(tmp_path))
        monkeypatch.setattr(by_state, "suits", lambda s: False)

    def read(first: Any) -> dict[str, Any]:
        shares = {f"{x}{i}": first.choice("play", "left", player=x, place=i) for x in "ab" for i in range(2)}
        return shares | {"out": first.choice("play", "out", player="a", place=0)}

    answer = solved(inspected(), {"discount": 0.9, "noise": np.array([1e-4, 1e-7, 1e-9])}, read)
    assert (answer["status"] == stationary.CONVERGED).all()
    assert answer["gaps"]["residual"].max() < 1e-14
    assert answer["gaps"]["strategy_gap"].max() < 1e-6  # gains are worked out anew, and multiplied by 1e10
    assert answer["out"].max() < 1e-300
    np.testing.assert_allclose(answer["a0"], 0.5, atol=1e-8)
    np.testing.assert_allclose(answer["b0"], 0.5, atol=1e-8)
    # At the second place a wins 4 and 2 where both meet, 1 elsewhere: b goes left a quarter of the time.
    np.testing.assert_allclose(answer["b1"][1:], 0.25, atol=1e-6)


def test_an_endless_game_can_be_too_large():
    game = Game(
        players=("a",),
        variables=(Variable("place", stationary.MOST + 1),),
        stages=(Decision("act", "a", lambda s, p: [Action("rest")]), Accounting("year", lambda s, p: {})),
        start=lambda p: {"place": 0},
        endless=True,
    )
    with pytest.raises(ModelError, match=f"an endless game may have {stationary.MOST}"):
        solved(game, {"discount": 0.5, "noise": 0.1})


def test_what_does_not_converge_says_so(monkeypatch, tmp_path):
    """The game that cycles, without Newton's method and without continuation."""
    monkeypatch.setenv("DETENTE_CACHE", str(tmp_path))
    monkeypatch.setattr(stationary, "_continued", lambda game, p, s, x, *_: (x + np.nan, x[0] + np.inf))
    monkeypatch.setattr(stationary, "newton", lambda s, x: (x, np.nan * x[0] + np.inf))
    game, d, noise = CASES[-1]
    p = table([game, GAMES[0]]) | {"discount": np.array([d, 0.5]), "noise": np.array([noise, 0.3])}
    answer = solved(stochastic(), p)
    assert answer["status"].tolist() == [stationary.CYCLING, stationary.NOT_CONVERGED]
    assert answer["cycled"].tolist() == [True, False]
    assert answer["gaps"]["residual"][0] > 1e-3
    assert (answer["found"] == 0).all()
