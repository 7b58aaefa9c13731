"""Détente's own answers, information set by information set, in the order of a tree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from detente.exchange.solvable import Stages
from detente.exchange.tree import Chance, Move, Tree
from detente.exchange.unrolling import Unrolled
from quick import LITTLE

Play = list[list[list[float]]]
"""Probabilities by player, information set in the order of the tree, action; [] where not worked out."""

YEARS = 5
"""Years of a game of public states whose play is worked out; each takes a compilation."""


@dataclass
class Answer:
    """Play, the players' values, and whether the certificate holds."""

    play: Play
    values: list[float]
    gap: float
    found: int = 1


def solved(
    game: Any, unrolled: Unrolled, points: Sequence[Mapping[str, float]], years: int = 1
) -> list[Answer]:
    """Answers at several points that differ in numbers alone, worked out in one program."""
    import jax
    import jax.numpy as jnp

    columns = {k: np.array([p[k] for p in points], float) for k in points[0]}
    run = _agent(game, unrolled, years) if game.private else _box(game, unrolled, years)
    with jax.enable_x64(True):
        records = {k: jnp.asarray(v) for k, v in columns.items()}
        if game.private:
            run = jax.vmap(run)
        found = jax.device_get(jax.jit(run, compiler_options=LITTLE)(records))
    return [_answer(unrolled.tree, jax.tree.map(lambda x, i=i: x[i], found)) for i in range(len(points))]


def _answer(tree: Tree, found: Any) -> Answer:
    rows, values, gap, count = found
    play: Play = [[] for _ in tree.players]
    for key in tree.sets:
        play[key[0]].append([float(x) for x in rows.get(key, [])])
    return Answer(play, [float(x) for x in values], float(gap), int(count))


def _agent(game: Any, unrolled: Unrolled, years: int) -> Any:
    def run(p: Any) -> Any:
        import jax.numpy as jnp

        from detente.engine.private import solve

        answer = solve(game, p, years)
        rows = {}
        for key, place in unrolled.places.items():
            strategy = answer.first.played.strategy[place.layer]
            rows[key] = [jnp.exp(strategy[place.set, k]) for k in place.actions]
        return rows, list(answer.first.values), _gap(answer.gaps), answer.found

    return run


def _box(game: Any, unrolled: Unrolled, years: int) -> Any:
    def run(p: Any) -> Any:
        import jax.numpy as jnp

        from detente.engine.solve import solve

        # Play of a later year is that of the first year of a game with fewer years.
        answers = [solve(game, p, years - t, paths=False) for t in range(min(years, YEARS))]
        answer, rows = answers[0], {}
        for key, place in unrolled.places.items():
            layer = unrolled.layers.layers[place.layer]
            if layer.year >= YEARS:
                continue
            state = layer.states[int(np.flatnonzero(layer.sets == place.set)[0])]
            where = {v.name: int(x) for v, x in zip(game.variables, state, strict=True)}
            stage, _, player = layer.stage.partition("/")
            rows[key] = [
                answers[layer.year].first.choice(stage, layer.labels[k], player or None, **where)
                for k in place.actions
            ]
        values = [answer.first.value(x) for x in game.players]
        return rows, values, _gap(answer.gaps), jnp.ones_like(values[0])

    return run


def _gap(gaps: Mapping[str, Any]) -> Any:
    import jax.numpy as jnp

    left = [x for k, x in gaps.items() if k not in ("regret", "mixing")]
    return jnp.stack([jnp.asarray(x, float) for x in left]).max(axis=0)


def read_back(stages: Stages, game: Any, points: Mapping[str, Any]) -> list[Answer]:
    """Answers of a tree that was read: `points` are arrays [point, …], ``noise`` among them."""
    import jax
    import jax.numpy as jnp

    from detente.engine.private import solve

    def run(p: Any) -> Any:
        answer = solve(game, p)
        rows = {key: stages.play(answer.first, key) for key in stages.tree.sets}
        return rows, list(answer.first.values), _gap(answer.gaps), answer.found

    with jax.enable_x64(True):
        records = {k: jnp.asarray(v, float) for k, v in points.items()}
        found = jax.device_get(jax.jit(jax.vmap(run), compiler_options=LITTLE)(records))
    n = len(records["noise"])
    return [_answer(stages.tree, jax.tree.map(lambda x, i=i: x[i], found)) for i in range(n)]


def apart(ours: Answer, theirs: Mapping[str, Any]) -> float:
    """Largest difference between two answers, in values and, where they are told, in probabilities."""
    gaps = [abs(a - b) for a, b in zip(ours.values, theirs["values"], strict=True)]
    for mine, other in zip(ours.play, theirs["play"], strict=True) if theirs["play"] else ():
        assert len(mine) == len(other)
        for x, y in zip(mine, other, strict=True):
            gaps += [abs(a - b) for a, b in zip(x, y, strict=True)] if x else []
    return max(gaps)


def ends(tree: Tree, play: Play) -> np.ndarray:
    """Probability of each end of a tree under some play: what can be seen of an equilibrium."""
    rows = {key: play[key[0]][i] for key, i in _positions(tree).items()}
    likely = np.ones(len(tree.nodes))
    for i, node in enumerate(tree.nodes):
        shares = [float(x) for _, x in node.branches] if isinstance(node, Chance) else []
        shares = rows[node.player, node.number] if isinstance(node, Move) else shares
        for share, child in zip(shares, tree.children[i], strict=True):
            likely[child] = likely[i] * share
    return likely[[not x for x in tree.children]]


def _positions(tree: Tree) -> dict[tuple[int, int], int]:
    """The place of each information set among its player's."""
    count = [0] * len(tree.players)
    found = {}
    for key in tree.sets:
        found[key] = count[key[0]]
        count[key[0]] += 1
    return found


def numbers(model: Any, point: Mapping[str, Any]) -> dict[str, float]:
    """Every parameter of a model as a number, the static ones left out."""
    return {
        p.name: p.code(point[p.name]) if p.name in point else p.default
        for p in model.parameters
        if not p.static
    }


def scale_of(game: Any, values: Mapping[str, float]) -> float:
    """What a unit of noise is worth in pay-offs."""
    if game.scale is not None:
        return float(game.scale(SimpleNamespace(**values)))
    given = game.discount(SimpleNamespace(**values)) if game.discount else values.get("discount", 0.0)
    return 1 - (next(iter(given.values())) if isinstance(given, Mapping) else given)
