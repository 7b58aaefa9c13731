"""Private information: games played once or a few times, in which not everybody sees everything.

A logit equilibrium in agent form (`detente.engine.agent`) is found by following the principal branch from
uniform play (`detente.engine.follow`), and others by starting from what players may expect instead: the
game's conventions, and profiles drawn at random. Which one is reported, and how many were found, is said.

Everything here is for one game with its numbers; a batch is made by `jax.vmap`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from detente.engine import follow
from detente.engine.agent import AgentForm
from detente.engine.game import Convention, Count, Game
from detente.engine.groups import summed
from detente.engine.layout import factors, lay_out
from detente.engine.logits import Pivots
from detente.engine.reading import First, along, masses
from detente.engine.starts import starts, wanted
from detente.engine.tree import ENDED
from detente.errors import ModelError

Array = Any
Point = tuple[Array, Pivots]  # unknowns, and what they are measured against

SHARPEST = 1e13
"""Precision, per unit of pay-off, that stands for noise 0."""

TIED = 100.0
"""Logarithm of the odds with which, at noise 0, a mover who is indifferent takes the action for ties; it
amounts to 1e-11 of pay-off."""

CONVERGED = 1e-10  # residual, in pay-offs, with which an equilibrium counts as found
SAME = 1e-6  # two equilibria are the same if what is played differs by no more
GAPS = ("strategy_gap", "bayes_gap", "value_gap", "mass_gap", "regret", "mixing", "residual")
"""The certificate: as of games over years (`detente.engine.solve`), with the largest probability off the
likeliest action on the path, and the residual of the equations, in pay-off."""

CACHED = 4096
"""Numbers that a step of the search works on, of the records solved together."""

WIDE = 2048
"""Numbers that a step along a branch works on, above which branches are followed one by one."""

PLAYED = 1e-9  # an information set reached with less is off the path


@dataclass(frozen=True)
class Answer:
    """A solved game.

    Attributes:
        first: For what is asked of it.
        tallies: By name, after 1, 2, … years, shape [year].
        gaps: The certificate.
        found: Different equilibria found, a lower bound on how many there are.
        holds: By convention, whether play follows it in the equilibrium found from it.
    """

    first: First
    tallies: Mapping[str, Array]
    gaps: Mapping[str, Array]
    found: Array
    holds: Mapping[str, Array]


def solve(game: Game, parameters: Mapping[str, Array], years: int = 1) -> Answer:
    """Solve a game with private information.

    Args:
        game: The game.
        parameters: Every parameter that the game reads, a number each.
        years: How often its stages are played.
    """
    p = SimpleNamespace(**parameters)
    precision, noisy = sharpness(game, p)

    def favour(sharp: Array) -> Array:
        # Rises with the logarithm of the precision, so that ties are decided before the curve gets steep.
        odds = TIED * (jnp.log1p(sharp) / jnp.log1p(precision)) ** 3
        return jnp.where(noisy, 0.0, odds / jnp.maximum(sharp, 1.0))

    form = AgentForm(lay_out(game, p, years), favour)

    def worked(x: Array, pivots: Pivots) -> tuple[First, Array]:
        played, gains = form.play(x, precision, pivots)
        # Once all strategies are known: beliefs do not depend on those worked out on the way back, but how
        # likely states are across information sets does.
        played = replace(played, log_mass=tuple(form.forward(dict(enumerate(played.strategy)))))
        return First(form.tree, played, masses(form.tree, played)), gains

    if not form.unknowns.count:
        first, _ = worked(jnp.zeros(0), ())
        gaps = certificate(form, first, precision, noisy)
        holds = {c.name: _follows(first, c).astype(float) for c in game.conventions}
        return Answer(first, _tallies(game, first, years), gaps, jnp.ones(()), holds)

    expected = jnp.asarray(np.stack(starts(form)))
    pivots = form.logits.pivots()
    at, ok = _each(form, lambda start: _branch(form, (start, pivots), precision), expected)
    if game.folds:
        further = jax.tree.map(lambda x: x[1:], at)
        behind, turned = _each(form, lambda at: _branch(form, at, precision, back=True), further)
        at = jax.tree.map(lambda *x: jnp.concatenate(x), at, behind)
        ok = jnp.concatenate([ok, ok[1:] & turned])
    k: Array = jnp.argmax(ok)
    found: Array = ok[0].astype(float)
    holds: dict[str, Array] = {}
    if len(expected) > 1:

        def judged(at: Point) -> tuple[Array, Array, list[Array]]:
            first, _ = worked(*at)
            score = jnp.zeros(()) if game.prefer is None else jnp.asarray(game.prefer(first, p), float)
            return _path(first), score, [_follows(first, c) for c in game.conventions]

        rows, scores, follows = jax.vmap(judged)(jax.lax.stop_gradient(at))
        same = jnp.abs(rows[:, None] - rows[None]).max(axis=2) < SAME
        found = (ok & ~jnp.tril(same & ok[None], k=-1).any(axis=1)).sum().astype(float)
        k = jnp.argmax(jnp.where(ok, scores, -jnp.inf))
        holds = {
            c.name: (ok[i] & f[i]).astype(float)
            for i, (c, f) in enumerate(zip(game.conventions, follows, strict=True), 1)
        }
    x, pivots = jax.tree.map(lambda x: x[k], at)
    first, gains = worked(x, pivots)
    gaps = certificate(form, first, precision, noisy)
    gaps["residual"] = jnp.where(ok[k], jnp.abs(form.off(x, gains, precision)).max(), jnp.inf)
    return Answer(first, _tallies(game, first, years), gaps, found, holds)


def size(game: Game, parameters: Mapping[str, Any]) -> int:
    """How many numbers a step of the search works on: nodes, for each unknown and each start."""
    form = AgentForm(lay_out(game, SimpleNamespace(**parameters), 1), lambda _: jnp.zeros(()))
    return _width(form) * (len(starts(form)) if form.unknowns.count else 1)


def _width(form: AgentForm) -> int:
    """The same for one start."""
    return sum(layer.nodes for layer in form.tree.layers) * (form.unknowns.count + 1)


def _each(form: AgentForm, follow: Callable[[Any], Any], starts: Any) -> Any:
    """Follow branches side by side; the larger ones one by one, so that none waits for the slowest."""
    return jax.lax.map(follow, starts) if _width(form) > WIDE else jax.vmap(follow)(starts)


def _branch(form: AgentForm, start: Point, precision: Array, back: bool = False) -> tuple[Point, Array]:
    """The solution that a start leads to, and whether it is one; or, from a solution, the one behind a fold.

    Derivatives pass through it by the implicit function theorem, with the pivots as they are.
    """

    def residual(at: Point) -> Point:
        x, pivots = at
        # The pivots solve nothing; returned as they are, they leave derivatives where they are.
        return form.residual(x, precision, jax.lax.stop_gradient(pivots)), pivots

    def solved(_: Any, start: Point) -> tuple[Point, Array]:
        expected, first = start

        def residual(x: Array, sharp: Array, *pivots: Any) -> Array:
            # What is expected at the start fades until the precision is reached.
            fading = jnp.maximum(0.0, 1 - sharp / precision)
            bias = 0.0 if back else form.logits.measured(expected, first, pivots) * fading
            return form.residual(x, sharp, pivots, bias)

        def turn(x: Array, *old: Any) -> tuple[Pivots, Callable[[Array], Array]]:
            new = form.logits.likeliest(x, old)
            return new, lambda x: form.logits.measured(x, old, new)

        found = follow.follow(residual, expected, precision, form.shares, back=back, frame=first, turn=turn)
        good = found.arrived & (found.residual < CONVERGED)
        return (found.x, found.frame), good.astype(float)  # numbers: what is returned must have a derivative

    def turned(linear: Any, y: Point) -> Point:
        off, pivots = y
        slope = jax.jacobian(lambda x: linear((x, jax.tree.map(jnp.zeros_like, pivots)))[0])(off)
        return follow.equilibrated(slope, off), pivots

    at, good = jax.lax.custom_root(residual, start, solved, turned, has_aux=True)
    return at, good > 0


def sharpness(game: Game, p: SimpleNamespace) -> tuple[Array, Array]:
    """Precision of choices, and whether there is any noise."""
    if game.scale is not None:
        scale = game.scale(p)
    else:
        scale = 1 - factors(game, p)[0]
    noise = jnp.asarray(p.noise, float)
    noisy = noise > 0
    sharp = jnp.where(noisy, 1 / (jnp.where(noisy, noise, 1.0) * scale), SHARPEST / scale)
    return sharp, noisy


# --- What was found -----------------------------------------------------------------------------------


def _path(first: First) -> Array:
    """Probability that each action of each information set is taken, in one row."""
    parts = []
    for i in first.tree.decisions():
        layer, y = first.tree.layers[i], first.played.strategy[i]
        reach = summed(first.mass[i], layer.sets, layer.n_sets)
        parts.append((reach[:, None] * jnp.exp(y)).reshape(-1))
    return jnp.concatenate(parts)


def _follows(first: First, convention: Convention) -> Array:
    """Whether what a convention expects is what is most likely, wherever it is expected on the path."""
    fine: Array = jnp.asarray(True)
    for i in first.tree.decisions():
        layer = first.tree.layers[i]
        at = wanted(layer, first.tree.game, convention)
        if at is not None:
            likely = jnp.exp(first.played.strategy[i])[layer.sets, at]
            fine &= ((likely > 0.5) | (first.mass[i] < PLAYED)).all()
    return fine


def _tallies(game: Game, first: First, years: int) -> dict[str, Array]:
    found = {}
    for t in game.tallies:
        if not isinstance(t, Count):
            raise ModelError(f"tally {t.name!r}: only counts exist in a game with private information")
        stage, _, player = t.stage.partition("/")
        each = [first.taken(stage, t.action, player or None, y) for y in range(years)]
        found[t.name] = jnp.cumsum(jnp.stack(each))
    return found


def certificate(form: AgentForm, first: First, precision: Array, noisy: Array) -> dict[str, Array]:
    """How far the answer is an equilibrium, worked out apart from the solver."""
    tree, played = form.tree, first.played
    zero = jnp.zeros(())
    gaps: dict[str, Array] = dict.fromkeys(GAPS, zero)
    paid, ended = jnp.zeros(len(tree.game.players)), zero
    for i, layer in enumerate(tree.layers):
        y, mass = played.strategy[i], first.mass[i]
        moved = along(layer, mass, y)
        if form.pays[i] is not None:
            paid += moved @ form.pays[i]
        ended += moved[layer.target == ENDED].sum()
        if y is None:
            continue
        reach = summed(mass, layer.sets, layer.n_sets)
        there = reach > PLAYED
        share = mass / jnp.where(there, reach, 1.0)[layer.sets]
        apart = jnp.where(there[layer.sets], jnp.abs(share - played.belief[i]), 0.0)
        q, chosen = played.worth[i], jnp.exp(y)
        best = jnp.where(form.opened[i], q, -jnp.inf).max(axis=1)
        logit = jnp.exp(form.choice(i, q, precision))
        found = {
            "bayes_gap": apart.max(),
            "regret": (best - (chosen * q).sum(axis=1)).max(),
            "strategy_gap": jnp.where(noisy, jnp.abs(chosen - logit).max(), 0.0),
            "mixing": jnp.where(there, 1 - chosen.max(axis=1), 0.0).max(),
        }
        gaps |= {k: jnp.maximum(gaps[k], v) for k, v in found.items()}
    last = first.mass[-1]
    gaps["mass_gap"] = jnp.abs(ended + last.sum() - 1)
    gaps["value_gap"] = jnp.abs(paid + last @ form.rest - played.values[0][0]).max()
    return gaps
