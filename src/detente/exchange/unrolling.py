"""A game with its numbers, unrolled into the tree that another solver can read.

Discounting becomes a chance move where anybody still chooses after it: with probability δ there is a next
year. What is worth less because it comes later is then worth less because it may not come, and a
choice of a later year weighs what follows as it does in Détente: with the same precision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from detente.errors import ModelError
from detente.exchange.tree import Chance, End, Move, Node, Outcome, Tree

if TYPE_CHECKING:
    from detente.engine.game import Game
    from detente.engine.tree import Layer
    from detente.engine.tree import Tree as Layers
    from detente.model import Model

MOST_NODES = 200_000
"""Nodes beyond which a game is not unrolled."""

SLACK = 1e-9
"""By how much probabilities may miss a sum of 1 and be corrected; rounding is below 1e-15."""


@dataclass(frozen=True)
class Place:
    """Where an information set of the tree stands in the game laid out.

    Attributes:
        layer: Index of the layer.
        set: Index of the information set there.
        actions: Index of each action, in the order of the tree's.
    """

    layer: int
    set: int
    actions: tuple[int, ...]


@dataclass(frozen=True)
class Unrolled:
    """A game as a tree.

    Attributes:
        tree: The tree.
        precision: What a unit of pay-off weighs in a choice there, λ of a logit equilibrium; infinite at
            noise 0.
        places: By player and number of an information set, where it comes from.
        layers: The game laid out, with its numbers.
    """

    tree: Tree
    precision: float
    places: Mapping[tuple[int, int], Place]
    layers: Layers


def unroll(game: Game, parameters: Mapping[str, float], years: int = 1, title: str = "") -> Unrolled:
    """Unroll a game for one set of numbers.

    Args:
        game: Any game without a belief grid, offers at the reservation point, or endless horizon.
        parameters: Every parameter that the game reads, a plain number each.
        years: How often its stages are played; what is then in play gets its flow pay-off for ever.
        title: Title of the tree.

    Raises:
        ModelError: The game is of another kind, its players discount differently in a tree of several
            years, or the tree would be too large.
    """
    import jax

    from detente.engine import layout

    p = SimpleNamespace(**{k: float(x) for k, x in parameters.items()})
    with jax.enable_x64(True):
        layers = layout.lay_out(game, p, years)
        discounts = [float(x) for x in layout.factors(game, p)]
        scale = 1 - discounts[0] if game.scale is None else float(game.scale(p))
        out = _Unroller(layers, discounts)
        out.grow(title)
    precision = 1 / (p.noise * scale) if getattr(p, "noise", 0.0) > 0 else float("inf")
    comment = f"Détente: {title}" if title else "Détente"
    if np.isfinite(precision):
        comment += f"; its noise is a precision (lambda) of {precision!r}"
    tree = Tree(title, game.players, tuple(out.nodes), out.outcomes, comment)
    return Unrolled(tree, precision, out.places, layers)


def unroll_model(
    model: Model, point: Mapping[str, Any] | None = None, settings: Mapping[str, int] | None = None
) -> Unrolled:
    """Unroll the game of a model.

    Args:
        model: The model.
        point: Parameters, as a user gives them; what is left out takes the default.
        settings: Sizes of grids other than the model's defaults.

    Raises:
        ModelError: The model has no game of stages that can be unrolled, or does not hold at this point.
    """
    if model.game is None:
        raise ModelError("this model has no game to unroll")
    given = point or {}
    numbers = {x.name: x.code(given[x.name]) if x.name in given else x.default for x in model.parameters}
    for condition in model.conditions:
        if not condition.holds(SimpleNamespace(**numbers)):
            raise ModelError(f"needs {condition.text}")
    game = model.game(**{**model.settings, **(settings or {})})
    return unroll(game, numbers, int(numbers.get("horizon", 1)), model.title)


@dataclass
class _Layer:
    """A layer in plain numbers."""

    layer: Layer
    edges: list[list[list[int]]] = field(default_factory=list)  # by node and action
    chance: np.ndarray | None = None
    pays: np.ndarray | None = None
    open: np.ndarray | None = None


class _Unroller:
    """Walks through the layers from the root and writes nodes down as it meets them."""

    def __init__(self, layers: Layers, discounts: list[float]) -> None:
        from detente.engine.game import Accounting, Joint

        self.layers, self.game = layers, layers.game
        self.public = not self.game.private
        kinds = {x.name: type(x) for x in self.game.stages}
        self.accounting = [kinds.get(x.stage) is Accounting for x in layers.layers]
        self.stages = [(x.stage.split("/")[0], x.year) for x in layers.layers]
        self.within = [kinds.get(name) is Joint for name, _ in self.stages]
        last = max(layers.decisions(), default=-1)
        self.survival = [x and i < last for i, x in enumerate(self.accounting)]
        if any(self.survival) and len(set(discounts)) > 1:
            raise ModelError(
                "the players discount differently; a tree of several years has no place for that"
            )
        self.discount = discounts[0]
        self.plain = [self.plainly(x) for x in layers.layers]
        self.rest = np.stack([np.asarray(x, float) for x in layers.rest], axis=-1)
        self.nodes: list[Node] = []
        self.outcomes: dict[int, Outcome] = {}
        self.places: dict[tuple[int, int], Place] = {}
        self.numbers: dict[Any, int] = {}
        self.words: dict[Any, str] = {}
        self.used: dict[tuple[int, str], int] = {}
        self.count = [0] * len(self.game.players)
        self.draws = 0

    def plainly(self, layer: Layer) -> _Layer:
        """The numbers of a layer, and its edges by node and action."""
        n = len(layer.source)
        found = _Layer(layer)
        found.edges = [[[] for _ in layer.labels] for _ in range(layer.nodes)]
        found.chance = np.ones(n) if layer.chance is None else np.asarray(layer.chance, float)
        for e, (source, action) in enumerate(zip(layer.source, layer.action, strict=True)):
            if found.chance[e] > 0:
                found.edges[source][action].append(e)
        found.pays = np.stack(
            [np.zeros(n) if x is None else np.asarray(x, float) for x in layer.pays], axis=-1
        )
        found.open = layer.legal.copy()
        for k, allowed in enumerate(layer.allowed):
            if allowed is not None:
                found.open[:, k] &= np.asarray(allowed) > 0
        return found

    def grow(self, title: str) -> None:
        """Write all nodes down."""
        zero = np.zeros(len(self.game.players))
        waiting: list[Any] = [("at", 0, 0, zero, 1.0, None)]
        while waiting:
            if len(self.nodes) > MOST_NODES:
                raise ModelError(
                    f"the tree would have more than {MOST_NODES:,} nodes; take fewer years or smaller"
                    " settings"
                )
            kind, *rest = waiting.pop()
            ahead = self.fork(*rest) if kind == "fork" else self.visit(*rest)
            waiting.extend(reversed(ahead))

    def visit(self, i: int, node: int, paid: np.ndarray, worth: float, origin: Any) -> list[Any]:
        """Write a node down, and say what comes after it.

        Args:
            i: Layer; one past the last at the end.
            node: Node of the layer, or `ENDED`.
            paid: What has been paid on the way.
            worth: What the layers' pay-offs are divided by: δ for each turn of a year written as chance.
            origin: Where in the tree a joint decision began, or None.
        """
        if node < 0:
            return self.end(paid)
        if i == len(self.plain):
            return self.end(paid + self.rest[node] / worth)
        at = self.plain[i]
        assert at.pays is not None and at.open is not None
        if at.layer.player is None:
            edges = at.edges[node][0]
            if self.survival[i]:
                return self.year(i, edges[0], paid + at.pays[edges[0]] / worth, worth)
            return self.fork(i, edges, paid, worth, None)
        if not (self.within[i] and i and self.stages[i] == self.stages[i - 1]):
            origin = len(self.nodes)
        here = int(at.layer.sets[node])
        actions = [k for k in range(len(at.layer.labels)) if at.open[here, k]]
        if len(actions) == 1:
            return self.fork(i, at.edges[node][actions[0]], paid, worth, origin)
        key = (i, here, origin if self.public else None)
        if key not in self.numbers:
            self.count[at.layer.player] += 1
            self.numbers[key] = self.count[at.layer.player]
            self.words[key] = self.different(at.layer.player, self.label(i, node))
        number = self.numbers[key]
        self.places.setdefault((at.layer.player, number), Place(i, here, tuple(actions)))
        labels = tuple(at.layer.labels[k] for k in actions)
        self.nodes.append(Move(at.layer.player, number, labels, self.words[key]))
        return [("fork", i, at.edges[node][k], paid, worth, origin) for k in actions]

    def fork(self, i: int, edges: list[int], paid: np.ndarray, worth: float, origin: Any) -> list[Any]:
        """Go along the edges of an action: a chance node if there are several."""
        at = self.plain[i]
        assert at.chance is not None and at.pays is not None
        if len(edges) > 1:
            shares = _exact([at.chance[e] for e in edges], f"stage {at.layer.stage!r}")
            self.draw(at.layer.stage, tuple(zip(self.turns(i, edges), shares, strict=True)))
        return [
            ("at", i + 1, int(at.layer.target[e]), paid + at.pays[e] / worth, worth, origin) for e in edges
        ]

    def year(self, i: int, edge: int, paid: np.ndarray, worth: float) -> list[Any]:
        """The turn of a year: there is a next one with probability δ, or what has been paid is all."""
        target = int(self.plain[i].layer.target[edge])
        if self.discount <= 0:
            return self.end(paid)
        go = _fraction(self.discount)
        if go < 1:
            self.draw(f"{self.plain[i].layer.stage}: another year", (("yes", go), ("no", 1 - go)))
        on = ("at", i + 1, target, paid, worth * self.discount, None)
        return [on] if go == 1 else [on, ("at", i + 1, -1, paid, worth, None)]

    def draw(self, label: str, branches: tuple[tuple[str, Fraction], ...]) -> None:
        """Write a chance node down, with a number of its own: what is drawn twice is drawn anew."""
        self.draws += 1
        self.nodes.append(Chance(self.draws, branches, self.different(-1, label)))

    def different(self, player: int, label: str) -> str:
        """A label that no other information set of the player (-1: of chance) has: Gambit wants it so."""
        n = self.used[player, label] = self.used.get((player, label), 0) + 1
        return label if n == 1 else f"{label} ({n})"

    def end(self, paid: np.ndarray) -> list[Any]:
        """Write an end down."""
        number = len(self.outcomes) + 1
        self.outcomes[number] = Outcome(number, tuple(float(x) + 0.0 for x in paid))
        self.nodes.append(End(number))
        return []

    def label(self, i: int, node: int) -> str:
        """An information set in words: the stage, and what the mover knows there that is not 0."""
        layer = self.plain[i].layer
        player = self.game.players[layer.player or 0]
        known = [
            f"{v.name} {v.labels[x] if v.labels else x}"
            for v, x in zip(self.game.variables, layer.states[node].tolist(), strict=True)
            if (v.known_to is None or player in v.known_to) and x
        ]
        year = f", year {layer.year + 1}" if self.layers.layers[-1].year else ""
        return layer.stage + year + (f": {', '.join(known)}" if known else "")

    def turns(self, i: int, edges: list[int]) -> list[str]:
        """Words for the ways in which an action can turn out: the variables in which they differ."""
        layer, after = self.plain[i].layer, self.plain[i + 1].layer if i + 1 < len(self.plain) else None
        targets = [int(layer.target[e]) for e in edges]
        if after is None:
            return [f"way {k + 1}" for k in range(len(edges))]
        rows = np.array([after.states[t] for t in targets if t >= 0])
        differ = (rows != rows[:1]).any(axis=0)
        words = [
            ", ".join(
                f"{v.name} {v.labels[x] if v.labels else x}"
                for v, x, shown in zip(self.game.variables, after.states[t].tolist(), differ, strict=True)
                if shown
            )
            if t >= 0
            else "over"
            for t in targets
        ]
        return [w if w and words.count(w) == 1 else f"{w or 'way'} ({k + 1})" for k, w in enumerate(words)]


def _fraction(x: float) -> Fraction:
    """The simplest fraction that is this number to the computer: 1/3, not its digits."""
    simple = Fraction(x).limit_denominator(10_000)
    return simple if float(simple) == x else Fraction(repr(x))


def _exact(shares: list[float], where: str) -> list[Fraction]:
    """Probabilities as fractions that sum to 1 exactly: the largest takes up what rounding left."""
    found = [_fraction(float(x)) for x in shares]
    missing = 1 - sum(found)
    if abs(missing) > SLACK or min(found) < 0:
        raise ModelError(f"{where}: probabilities sum to {float(sum(found))!r}, expected 1")
    top = found.index(max(found))
    found[top] += missing
    return found
