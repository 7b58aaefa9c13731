"""Private information: games played once or a few times, in which not everybody sees everything.

A logit equilibrium in agent form (`detente.engine.agent`) is found by following the principal branch from
uniform play (`detente.engine.follow`), and others by starting from what players may expect instead: the
game's conventions, and profiles drawn at random. Which one is reported, and how many were found, is said.

Everything here is for one game with its numbers; a batch is made by `jax.vmap`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from detente.engine import follow
from detente.engine.agent import AgentForm, Played
from detente.engine.game import Convention, Count, Game
from detente.engine.groups import picked, summed
from detente.engine.layout import factors, lay_out
from detente.engine.tree import ENDED, Layer, Tree
from detente.errors import ModelError

Array = Any

SHARPEST = 1e13
"""Precision, per unit of pay-off, that stands for noise 0."""

TIED = 100.0
"""Logarithm of the odds with which, at noise 0, a mover who is indifferent takes the action for ties; it
amounts to 1e-11 of pay-off."""

FIRM = 20.0  # logarithm of the odds with which a convention is expected at the start
CONVERGED = 1e-10  # residual, in pay-offs, with which an equilibrium counts as found
SAME = 1e-6  # two equilibria are the same if what is played differs by no more
GAPS = ("strategy_gap", "bayes_gap", "value_gap", "mass_gap", "regret", "mixing", "residual")
"""The certificate: as of games over years (`detente.engine.solve`), with the largest probability off the
likeliest action on the path, and the residual of the equations, in pay-off."""

PLAYED = 1e-9  # an information set reached with less is off the path


@dataclass(frozen=True)
class First:
    """A solved game, for what is asked of it.

    Attributes:
        tree: The game laid out.
        played: Strategies, beliefs and values.
        mass: Probability of each node, by layer.
    """

    tree: Tree
    played: Played
    mass: tuple[Array, ...]

    @property
    def values(self) -> tuple[Array, ...]:
        """Players' values at the start."""
        return tuple(self.played.values[0][0])

    def value(self, player: str) -> Array:
        """A player's value at the start."""
        return self.values[self.tree.game.players.index(player)]

    def choice(self, stage: str, label: str, player: str | None = None, year: int = 0, **where: int) -> Array:
        """Probability of an action, given that the stage is reached in states that match."""
        i, k, nodes = self._place(stage, label, player, year, where)
        w = jax.nn.softmax(self.played.log_mass[i][nodes])
        return (w * jnp.exp(self._strategy(i)[self.tree.layers[i].sets[nodes], k])).sum()

    def taken(
        self, stage: str, label: str, player: str | None = None, year: int | None = None, **where: int
    ) -> Array:
        """Probability that an action is taken in states that match; over all years if none is given."""
        total: Array = jnp.zeros(())
        years = [x.year for x in self.tree.layers if x.stage in (stage, f"{stage}/{player}")]
        for y in years if year is None else [year]:
            i, k, nodes = self._place(stage, label, player, y, where, some=False)
            total += (
                self.mass[i][nodes] * jnp.exp(self._strategy(i)[self.tree.layers[i].sets[nodes], k])
            ).sum()
        return total

    def reach(self, stage: str, player: str | None = None, year: int = 0, **where: int) -> Array:
        """Probability that a stage is reached in states that match."""
        i, _, nodes = self._place(stage, None, player, year, where, some=False)
        return self.mass[i][nodes].sum()

    def belief(
        self, stage: str, fact: Mapping[str, int], player: str | None = None, year: int = 0, **where: int
    ) -> Array:
        """Probability of what `fact` says, given that the stage is reached in states that match.

        The belief of the one who moves there, if `where` is what it knows. Off the path of play it is the
        limit along which the equilibrium was found.
        """
        i, _, nodes = self._place(stage, None, player, year, where)
        w = jax.nn.softmax(self.played.log_mass[i][nodes])
        return w[np.flatnonzero(np.isin(nodes, self._matching(i, {**where, **fact})))].sum()

    def _strategy(self, i: int) -> Array:
        y = self.played.strategy[i]
        if y is None:
            raise ModelError(f"stage {self.tree.layers[i].stage!r}: nobody chooses there")
        return y

    def _matching(self, i: int, where: Mapping[str, int]) -> np.ndarray:
        layer, names = self.tree.layers[i], [v.name for v in self.tree.game.variables]
        for name in where:
            if name not in names:
                raise ModelError(f"stage {layer.stage!r}: there is no variable {name!r}")
        hit = np.ones(layer.nodes, dtype=bool)
        for name, value in where.items():
            hit &= layer.states[:, names.index(name)] == value
        return np.flatnonzero(hit)

    def _place(
        self,
        stage: str,
        label: str | None,
        player: str | None,
        year: int,
        where: Mapping[str, int],
        some: bool = True,
    ) -> tuple[int, int, np.ndarray]:
        name = stage if player is None else f"{stage}/{player}"
        found = [i for i, x in enumerate(self.tree.layers) if x.stage == name and x.year == year]
        if not found:
            raise ModelError(f"there is no stage {name!r} in year {year}")
        layer = self.tree.layers[found[0]]
        if label is not None and label not in layer.labels:
            raise ModelError(f"stage {name!r}: there is no action {label!r}")
        nodes = self._matching(found[0], where)
        if some and not len(nodes):
            raise ModelError(f"stage {name!r}: no state matches {dict(where)}")
        return found[0], 0 if label is None else layer.labels.index(label), nodes


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

    def worked(x: Array) -> tuple[First, Array]:
        played, gains = form.play(x, precision)
        return First(form.tree, played, _masses(form.tree, played)), gains

    if not form.unknowns.count:
        first, _ = worked(jnp.zeros(0))
        gaps = _certificate(form, first, precision, noisy)
        holds = {c.name: _follows(first, c).astype(float) for c in game.conventions}
        return Answer(first, _tallies(game, first, years), gaps, jnp.ones(()), holds)

    starts = np.stack(_starts(form))
    x, ok = jax.vmap(lambda expected: _branch(form, expected, precision))(jnp.asarray(starts))
    k: Array = jnp.argmax(ok)
    found: Array = ok[0].astype(float)
    holds: dict[str, Array] = {}
    if len(starts) > 1:

        def judged(x: Array) -> tuple[Array, Array, list[Array]]:
            first, _ = worked(x)
            score = jnp.zeros(()) if game.prefer is None else jnp.asarray(game.prefer(first, p), float)
            return _path(first), score, [_follows(first, c) for c in game.conventions]

        rows, scores, follows = jax.vmap(judged)(jax.lax.stop_gradient(x))
        same = jnp.abs(rows[:, None] - rows[None]).max(axis=2) < SAME
        found = (ok & ~jnp.tril(same & ok[None], k=-1).any(axis=1)).sum().astype(float)
        k = jnp.argmax(jnp.where(ok, scores, -jnp.inf))
        holds = {
            c.name: (ok[i] & f[i]).astype(float)
            for i, (c, f) in enumerate(zip(game.conventions, follows, strict=True), 1)
        }
    first, gains = worked(x[k])
    gaps = _certificate(form, first, precision, noisy)
    gaps["residual"] = jnp.where(ok[k], jnp.abs(form.off(x[k], gains, precision)).max(), jnp.inf)
    return Answer(first, _tallies(game, first, years), gaps, found, holds)


def _branch(form: AgentForm, expected: Array, precision: Array) -> tuple[Array, Array]:
    """The solution that a start leads to, and whether it is one.

    Derivatives pass through it by the implicit function theorem.
    """

    def solved(_: Any, start: Array) -> tuple[Array, Array]:
        def residual(x: Array, sharp: Array) -> Array:
            # What is expected at the start fades until the precision is reached.
            return form.residual(x, sharp, expected * jnp.maximum(0.0, 1 - sharp / precision))

        found = follow.follow(residual, start, precision, form.shares)
        good = found.arrived & (found.residual < CONVERGED)
        return found.x, good.astype(float)  # a number: what is returned must have a derivative

    def turned(linear: Any, y: Array) -> Array:
        return follow.equilibrated(jax.jacobian(linear)(y), y)

    x, good = jax.lax.custom_root(
        lambda x: form.residual(x, precision), expected, solved, turned, has_aux=True
    )
    return x, good > 0


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


# --- Starts -------------------------------------------------------------------------------------------


def _wanted(layer: Layer, game: Game, convention: Convention) -> np.ndarray | None:
    """The action that a convention expects at each node, or None where it says nothing."""
    if layer.stage not in convention.play:
        return None
    said = convention.play[layer.stage]
    s = SimpleNamespace(**{v.name: layer.states[:, i] for i, v in enumerate(game.variables)})
    labels = np.broadcast_to(np.asarray(said(s) if callable(said) else said), layer.nodes)
    unknown = set(labels.tolist()) - set(layer.labels)
    if unknown:
        raise ModelError(
            f"convention {convention.name!r}: stage {layer.stage!r} has no action {unknown.pop()!r}"
        )
    return np.array([layer.labels.index(x) for x in labels])


def _biased(form: AgentForm, wanted: Mapping[int, np.ndarray], firm: float) -> np.ndarray:
    """Logits that expect an action at each information set, by layer."""
    parts = []
    for i in form.unknowns.layers:
        u = form.unknowns
        bias = np.zeros(len(u.set[i]))
        if i in wanted:
            at = wanted[i][u.set[i]]
            bias = np.where(u.action[i] == at, firm, np.where(u.first[i][u.set[i]] == at, -firm, 0.0))
        parts.append(bias)
    return np.concatenate(parts)


def _starts(form: AgentForm) -> list[np.ndarray]:
    """What is expected at precision 0: nothing, the conventions, and profiles drawn at random."""
    game = form.tree.game
    return [
        np.zeros(form.unknowns.count),
        *(_expected(form, c) for c in game.conventions),
        *_drawn(form, game.searches),
    ]


def _expected(form: AgentForm, convention: Convention) -> np.ndarray:
    named = {x.stage for x in form.tree.layers}
    for stage in convention.play:
        if stage not in named:
            raise ModelError(f"convention {convention.name!r}: there is no stage {stage!r}")
    wanted: dict[int, np.ndarray] = {}
    for i in form.unknowns.layers:
        layer = form.tree.layers[i]
        at = _wanted(layer, form.tree.game, convention)
        if at is not None:
            wanted[i] = np.zeros(layer.n_sets, dtype=int)
            wanted[i][layer.sets] = at
    return _biased(form, wanted, FIRM)


def _drawn(form: AgentForm, count: int) -> list[np.ndarray]:
    """Profiles of pure strategies, always the same ones."""
    draw = np.random.default_rng(1)
    found = []
    for _ in range(count):
        wanted = {
            i: np.array([draw.choice(np.flatnonzero(row)) for row in form.tree.layers[i].legal])
            for i in form.unknowns.layers
        }
        found.append(_biased(form, wanted, FIRM / 4))
    return found


# --- What was found -----------------------------------------------------------------------------------


def _masses(tree: Tree, played: Played) -> tuple[Array, ...]:
    """Probability of each node, carried forward in plain numbers."""
    mass, found = jnp.ones(1), []
    for layer, y in zip(tree.layers, played.strategy, strict=True):
        found.append(mass)
        along = _along(layer, mass, y)
        inside = np.flatnonzero(layer.target != ENDED)
        target = layer.target[inside]
        n = int(target.max()) + 1 if len(target) else 0
        mass = summed(picked(along, inside), target, n) if n else jnp.zeros(0)
    return (*found, mass)


def _along(layer: Layer, mass: Array, strategy: Array | None) -> Array:
    along = picked(mass, layer.source)
    if strategy is not None:
        at = layer.sets[layer.source] * len(layer.labels) + layer.action
        along = along * jnp.exp(picked(strategy.reshape(-1), at))
    return along if layer.chance is None else along * layer.chance


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
        at = _wanted(layer, first.tree.game, convention)
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


def _certificate(form: AgentForm, first: First, precision: Array, noisy: Array) -> dict[str, Array]:
    """How far the answer is an equilibrium, worked out apart from the solver."""
    tree, played = form.tree, first.played
    zero = jnp.zeros(())
    gaps: dict[str, Array] = dict.fromkeys(GAPS, zero)
    paid, ended = jnp.zeros(len(tree.game.players)), zero
    for i, layer in enumerate(tree.layers):
        y, mass = played.strategy[i], first.mass[i]
        along = _along(layer, mass, y)
        if form.pays[i] is not None:
            paid += along @ form.pays[i]
        ended += along[layer.target == ENDED].sum()
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
