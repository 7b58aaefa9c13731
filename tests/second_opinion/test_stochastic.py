"""Random stochastic games: logit equilibria of Détente and of sgamesolver, at the same precision."""

import numpy as np
import peers
import pytest

from detente.engine.game import Accounting, Action, Branch, Game, Joint, Variable
from quick import LITTLE

pytestmark = peers.needed

PLAYERS = ("A", "B")
PRECISIONS = (1.0, 3.0, 10.0)
SEVERAL = 10.0
"""Precision from which some of these games have several equilibria. Détente's is then the limit of long
finite games, sgamesolver's the end of the branch from uniform play."""

DISCOUNT = 0.9
GAMES = 6


def stochastic(states: int) -> Game:
    """Two players with two actions each in every state; pay-offs and transitions are parameters."""
    import jax.numpy as jnp

    def over_states(p, name, *rest):
        return jnp.stack([getattr(p, "_".join([name, str(k), *rest])) for k in range(states)])[:, None]

    def moves(s, p):
        return {x: (Action("0"), Action("1")) for x in PLAYERS}

    def profile(s, p, chosen):
        a, b = chosen["A"], chosen["B"]
        ways = [
            Branch(over_states(p, "move", a, b, str(k)), {"state": 0 * s.state + k}) for k in range(states)
        ]
        pays = {x: over_states(p, "pay", a, b, x) for x in PLAYERS}
        return Action("both", branches=tuple(ways), pays=pays)

    return Game(
        players=PLAYERS,
        variables=(Variable("state", states),),
        stages=(Joint("play", moves, profile), Accounting("year", lambda s, p: {"A": 0.0, "B": 0.0})),
        start=lambda p: {"state": 0},
        endless=True,
    )


def drawn(states: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Pay-offs [state, player, action, action] in [0, 1) and transitions [state, action, action, state]."""
    draw = np.random.default_rng([states, seed])
    moves = draw.exponential(size=(states, 2, 2, states))
    return draw.random((states, 2, 2, 2)), moves / moves.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize("states", [3, 5])
def test_sgamesolver_agrees(states: int, tmp_path, record_property) -> None:
    import jax
    import jax.numpy as jnp

    from detente.engine.stationary import solve

    games = [drawn(states, seed) for seed in range(GAMES)]
    rows = [(g, precision) for g in range(GAMES) for precision in PRECISIONS]
    table: dict[str, list[float]] = {
        "noise": [1 / precision for _, precision in rows],
        "discount": [DISCOUNT] * len(rows),
    }
    for k, a, b in np.ndindex(states, 2, 2):
        for i, x in enumerate(PLAYERS):
            table[f"pay_{k}_{a}_{b}_{x}"] = [games[g][0][k, i, a, b] for g, _ in rows]
        for to in range(states):
            table[f"move_{k}_{a}_{b}_{to}"] = [games[g][1][k, a, b, to] for g, _ in rows]
    game = stochastic(states)

    def run(p):
        answer = solve(game, p)
        play = [
            [[answer.first.choice("play", c, player=x, state=k) for c in "01"] for x in PLAYERS]
            for k in range(states)
        ]
        values = [[answer.first.at(v, state=k) for v in answer.first.values] for k in range(states)]
        return jnp.array(play), jnp.array(values), answer.status, answer.gaps["residual"]

    with jax.enable_x64(True):
        records = {k: jnp.asarray(v) for k, v in table.items()}
        play, values, status, residual = jax.device_get(jax.jit(run, compiler_options=LITTLE)(records))
    assert (status == 0).all() and residual.max() < 1e-10
    values = values / (1 - DISCOUNT)  # Détente's are means over the years, sgamesolver's are sums
    told = peers.ask(
        tmp_path,
        [
            {
                "ask": "stochastic",
                "pays": games[g][0].tolist(),
                "moves": games[g][1].tolist(),
                "discount": DISCOUNT,
                "precision": precision,
                "play": play[..., i].tolist(),
                "values": values[..., i].tolist(),
            }
            for i, (g, precision) in enumerate(rows)
        ],
    )
    gaps = []
    for i, ((_, precision), theirs) in enumerate(zip(rows, told, strict=True)):
        # Ours is always one by sgamesolver's equations, and the same one where there are not several.
        assert theirs["arrived"] and theirs["off"] < 1e-8, rows[i]
        apart = np.abs(play[..., i] - theirs["play"]).max(), np.abs(values[..., i] - theirs["values"]).max()
        if precision < SEVERAL or max(apart) < 1e-3:
            gaps.append(max(apart))
    what = f"random stochastic games of {states} states"
    record_property("second opinion", [what, "sgamesolver: QRE path, residual", float(max(gaps))])
    assert max(gaps) < 1e-8
    assert len(gaps) > 2.5 * GAMES
