"""Laying a game out as a tree: which states can be reached, who can tell which apart, where actions lead.

Stage functions are called on the states that can be reached when the stage begins. What can be reached,
who can tell what apart and where actions lead is static; what they pay and how likely they are may be traced.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from detente.engine.game import Accounting, Action, Branch, Chance, Decision, Game, Joint, Stage
from detente.engine.tree import ENDED, Layer, Tree
from detente.errors import ModelError

Array = Any


def lay_out(game: Game, p: SimpleNamespace, years: int = 1) -> Tree:
    """Lay a game out over a number of years.

    Args:
        game: Without belief grid and offers at the reservation point.
        p: Parameters, plain or traced numbers.
        years: How often the stages are played. After them the flow pay-off of the state lasts for ever.

    Raises:
        ModelError: The game has a kind of stage that cannot be laid out, or contradicts itself.
    """
    for stage in game.stages:
        if not isinstance(stage, Decision | Joint | Chance | Accounting):
            kind = type(stage).__name__.lower()
            raise ModelError(f"stage {stage.name!r}: a stage of kind {kind} cannot be laid out as a tree")
    if game.belief is not None:
        raise ModelError(f"game: the belief {game.belief.name!r} is a grid and cannot be laid out as a tree")
    if game.endless:
        raise ModelError("game: a game without an end cannot be laid out as a tree")
    out = _Builder(game, p)
    for year in range(years):
        for stage in game.stages:
            out.add(stage, year)
    return out.finished()


def factors(game: Game, p: SimpleNamespace) -> tuple[Array, ...]:
    """The discount factor of each player."""
    given = game.discount(p) if game.discount is not None else getattr(p, "discount", 0.0)
    return (
        tuple(given[x] for x in game.players) if isinstance(given, Mapping) else (given,) * len(game.players)
    )


class _Builder:
    """Lays a game out stage by stage."""

    def __init__(self, game: Game, p: SimpleNamespace) -> None:
        self.game, self.p = game, p
        self.names = [v.name for v in game.variables]
        self.sizes = [v.size for v in game.variables]
        given = game.start(p)
        for name, value in given.items():
            if isinstance(value, jax.Array):
                raise ModelError(f"game: the start of {name!r} must be a plain whole number")
        self.states = np.array([[int(given.get(n, 0)) for n in self.names]], dtype=np.int64)
        self.discounts = factors(game, p)
        self.weight: tuple[Array, ...] = (1.0,) * len(game.players)
        self.layers: list[Layer] = []

    def finished(self) -> Tree:
        """The tree; what is still in play gets the flow pay-off of its state for ever."""
        year = next((x for x in self.game.stages if isinstance(x, Accounting)), None)
        rest: tuple[Array, ...] = (0.0,) * len(self.game.players)
        if year is not None and len(self.states):
            rest = tuple(w * u for w, u in zip(self.weight, self.flow(year), strict=True))
        n = len(self.states)
        return Tree(
            self.game, tuple(self.layers), tuple(jnp.broadcast_to(jnp.asarray(x, float), n) for x in rest)
        )

    def add(self, stage: Stage, year: int) -> None:
        """Lay out one stage."""
        if not len(self.states):
            return
        s = self.seen()
        if isinstance(stage, Accounting):
            self.account(stage, year)
        elif isinstance(stage, Joint):
            self.joint(stage, year, {x: list(a) for x, a in stage.moves(s, self.p).items()})
        elif isinstance(stage, Chance):
            nodes = np.arange(len(self.states))
            action = Action(stage.name, branches=tuple(stage.branches(s, self.p)))
            edges = _Edges(self, f"stage {stage.name!r}")
            edges.add(nodes, nodes, 0, action)
            self.close(edges, stage.name, year, None, nodes, [action])
        elif isinstance(stage, Decision):
            if stage.anticipates is not None:
                raise ModelError(
                    f"stage {stage.name!r}: a decision that anticipates cannot be laid out as a tree"
                )
            actions, sets = list(stage.actions(s, self.p)), self.known(stage.player)
            edges = _Edges(self, f"stage {stage.name!r}")
            legal = self.legality(actions, sets, edges.where)
            for k, action in enumerate(actions):
                nodes = np.flatnonzero(legal[sets, k])
                edges.add(nodes, nodes, k, action)
            self.close(edges, stage.name, year, stage.player, sets, actions, legal)

    def account(self, stage: Accounting, year: int) -> None:
        """The year's pay-offs, on an edge from each node to itself; then everything is worth less."""
        nodes = np.arange(len(self.states))
        pays = tuple(
            jnp.broadcast_to(w * (1 - d) * u, len(nodes))
            for w, d, u in zip(self.weight, self.discounts, self.flow(stage), strict=True)
        )
        one = np.ones((len(nodes), 1), dtype=bool)
        self.layers.append(
            Layer(stage.name, year, None, self.states, nodes, (stage.name,), one, np.zeros(1, bool), (None,),
                  nodes, 0 * nodes, nodes, None, pays)
        )  # fmt: skip
        self.weight = tuple(w * d for w, d in zip(self.weight, self.discounts, strict=True))

    def joint(self, stage: Joint, year: int, moves: Mapping[str, list[Action]]) -> None:
        """The players choose one after the other, and none sees what the others chose."""
        where, players = f"stage {stage.name!r}", list(moves)
        for player in players:
            if player not in self.game.players:
                raise ModelError(f"{where}: there is no player {player!r}")
        at, taken = np.arange(len(self.states)), np.zeros((len(self.states), 0), dtype=int)
        for player in players[:-1]:
            actions, sets = moves[player], self.known(player)
            legal = self.legality(actions, sets, where)
            source, chosen = (x.astype(int) for x in np.nonzero(legal[sets[at]]))
            pays: tuple[Array | None, ...] = (None,) * len(self.game.players)
            mover = self.game.players.index(player)
            self.layers.append(
                Layer(f"{stage.name}/{player}", year, mover, self.states[at], sets[at],
                      tuple(a.label for a in actions), legal, np.array([a.when_tied for a in actions]),
                      self.allowances(actions, sets), source, chosen, np.arange(len(source)), None, pays,
                      self.weight[mover])
            )  # fmt: skip
            at, taken = at[source], np.concatenate([taken[source], chosen[:, None]], axis=1)
        last, s = players[-1], self.seen()
        actions, sets = moves[last], self.known(last)
        legal, edges = self.legality(actions, sets, where), _Edges(self, where)
        for profile in np.unique(taken, axis=0) if len(players) > 1 else np.zeros((1, 0), dtype=int):
            nodes = np.flatnonzero((taken == profile).all(axis=1))
            for k, mine in enumerate(actions):
                here = nodes[legal[sets[at[nodes]], k]]
                if len(here):
                    others = {x: moves[x][i].label for x, i in zip(players[:-1], profile, strict=True)}
                    action = stage.profile(s, self.p, {**others, last: mine.label})
                    edges.add(here, at[here], k, action)
        self.close(edges, f"{stage.name}/{last}", year, last, sets, actions, legal, at)

    def close(
        self,
        edges: _Edges,
        stage: str,
        year: int,
        player: str | None,
        sets: np.ndarray,
        actions: list[Action],
        legal: np.ndarray | None = None,
        at: np.ndarray | None = None,
    ) -> None:
        """Finish a layer from its edges: the states they lead to are the nodes of the next one."""
        at = np.arange(len(self.states)) if at is None else at
        chance = player is None
        states, target = edges.leads()
        self.layers.append(
            Layer(
                stage,
                year,
                None if chance else self.game.players.index(player),
                self.states[at],
                sets[at],
                tuple(a.label for a in actions),
                np.ones((len(at), 1), dtype=bool) if legal is None else legal,
                np.array([a.when_tied for a in actions]),
                (None,) if chance else self.allowances(actions, sets),
                np.concatenate(edges.source),
                np.concatenate(edges.action),
                target,
                _joined(edges.chance, edges.source, 1.0),
                tuple(_joined(x, edges.source, 0.0) for x in zip(*edges.pays, strict=True)),
                1.0 if chance else self.weight[self.game.players.index(player)],
            )
        )
        self.states = states

    # What stage functions see and say

    def seen(self) -> SimpleNamespace:
        """The variables at the present states."""
        return SimpleNamespace(**{n: self.states[:, i] for i, n in enumerate(self.names)})

    def known(self, player: str) -> np.ndarray:
        """Information sets of a player over the present states."""
        columns = [i for i, v in enumerate(self.game.variables) if v.known_to is None or player in v.known_to]
        return _numbered(self.states[:, columns], [self.sizes[i] for i in columns])[1]

    def flow(self, year: Accounting) -> list[Array]:
        """The year's pay-off at the present states, by player."""
        given = year.flow(self.seen(), self.p)
        for name in given:
            if name not in self.game.players:
                raise ModelError(f"stage {year.name!r}: there is no player {name!r}")
        return [jnp.asarray(given.get(x, 0.0), float) for x in self.game.players]

    def legality(self, actions: Sequence[Action], sets: np.ndarray, where: str) -> np.ndarray:
        """Which actions are legal in which information set: the same at all its nodes."""
        legal = np.zeros((int(sets.max()) + 1, len(actions)), dtype=bool)
        for k, action in enumerate(actions):
            if isinstance(action.legal, jax.Array):
                raise ModelError(f"{where}, action {action.label!r}: `legal` must be static; use `allowed`")
            here = np.broadcast_to(np.asarray(action.legal, dtype=bool), len(sets))
            legal[sets, k] = here
            if (legal[sets, k] != here).any():
                raise ModelError(
                    f"{where}, action {action.label!r}: legal at some nodes of an information set"
                    " only; the mover would learn what it is not to know"
                )
        if not legal.any(axis=1).all():
            node = np.flatnonzero(~legal[sets].any(axis=1))[0]
            at = {k: int(x) for k, x in zip(self.names, self.states[node], strict=True)}
            raise ModelError(f"{where}: no action is legal at {at}")
        first = np.argmax(legal, axis=1)
        for k, action in enumerate(actions):
            if action.allowed is not True and (first == k).any():
                raise ModelError(
                    f"{where}, action {action.label!r}: the first legal action must always be allowed"
                )
        return legal

    def allowances(self, actions: Sequence[Action], sets: np.ndarray) -> tuple[Array | None, ...]:
        """For each action None, or whether it is allowed in each information set."""
        first = np.unique(sets, return_index=True)[1]
        n = len(sets)
        return tuple(
            None if a.allowed is True else jnp.broadcast_to(jnp.asarray(a.allowed), n)[first] for a in actions
        )

    def paid(self, action: Action, where: str) -> list[Array | None]:
        """What an action pays by player, discounted to the start of the game."""
        ends = action.ends or {}
        for name in (*action.pays, *ends):
            if name not in self.game.players:
                raise ModelError(f"{where}: there is no player {name!r}")
        found: list[Array | None] = []
        for player, w, d in zip(self.game.players, self.weight, self.discounts, strict=True):
            parts = [w * (1 - d) * jnp.asarray(action.pays[player], float)] if player in action.pays else []
            parts += [w * jnp.asarray(ends[player], float)] if player in ends else []
            found.append(sum(parts[1:], parts[0]) if parts else None)
        return found

    def moved(self, at: np.ndarray, to: Mapping[str, Array], where: str) -> np.ndarray:
        """Where states lead when variables change."""
        rows = self.states[at]
        for name, value in to.items():
            if name not in self.names:
                raise ModelError(f"{where}: there is no variable {name!r}")
            if isinstance(value, jax.Array):
                raise ModelError(f"{where}: where it leads in {name!r} must be static")
            i = self.names.index(name)
            rows[:, i] = np.broadcast_to(np.asarray(value), len(self.states))[at]
            if (rows[:, i] < 0).any() or (rows[:, i] >= self.sizes[i]).any():
                raise ModelError(f"{where}: leads to {name} outside 0…{self.sizes[i] - 1} where it is legal")
        return rows


class _Edges:
    """Edges of a layer while they are collected."""

    def __init__(self, builder: _Builder, where: str) -> None:
        self.builder, self.where = builder, where
        self.source: list[np.ndarray] = []
        self.action: list[np.ndarray] = []
        self.rows: list[np.ndarray | None] = []
        self.chance: list[Array | None] = []
        self.pays: list[list[Array | None]] = []

    def add(self, nodes: np.ndarray, at: np.ndarray, number: int, action: Action) -> None:
        """Add the edges of an action taken at nodes whose states have the places `at`."""
        where, b = f"{self.where}, action {action.label!r}", self.builder
        n = len(b.states)

        def here(x: Array, places: np.ndarray) -> Array:
            return (
                jnp.broadcast_to(x, n)[places] if isinstance(x, jax.Array) else np.broadcast_to(x, n)[places]
            )

        pays = b.paid(action, where)
        for branch in action.branches or (Branch(1.0, action.to),):
            some, places, likely = nodes, at, branch.probability
            if not isinstance(likely, jax.Array):  # no edge where it is known to be impossible
                possible = here(likely, at) > 0
                some, places = nodes[possible], at[possible]
            self.source.append(some)
            self.action.append(np.full(len(some), number))
            self.rows.append(None if action.ends is not None else b.moved(places, branch.to, where))
            self.chance.append(None if isinstance(likely, float) and likely == 1.0 else here(likely, places))
            self.pays.append([None if x is None else here(x, places) for x in pays])

    def leads(self) -> tuple[np.ndarray, np.ndarray]:
        """The states that the edges lead to, and for each edge which one."""
        rows = [x for x in self.rows if x is not None]
        width = len(self.builder.names)
        found = np.concatenate(rows) if rows else np.zeros((0, width), dtype=np.int64)
        states, number = _numbered(found, self.builder.sizes)
        target, used = [], 0
        for row, source in zip(self.rows, self.source, strict=True):
            if row is None:
                target.append(np.full(len(source), ENDED))
            else:
                target.append(number[used : used + len(row)])
                used += len(row)
        return states, np.concatenate(target)


def _numbered(rows: np.ndarray, sizes: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """The different rows in order, and for each row which one it is."""
    key = np.zeros(len(rows), dtype=object if np.prod([float(n) for n in sizes]) > 2**62 else np.int64)
    for column, size in zip(rows.T, sizes, strict=True):
        key = key * int(size) + column
    _, first, number = np.unique(key, return_index=True, return_inverse=True)
    return rows[first], number.reshape(-1)


def _joined(parts: Sequence[Array | None], source: Sequence[np.ndarray], default: float) -> Array | None:
    """One array over all edges; None if every part is the default."""
    if all(x is None for x in parts):
        return None
    filled = [np.full(len(s), default) if x is None else x for x, s in zip(parts, source, strict=True)]
    return jnp.concatenate([jnp.asarray(x, float) for x in filled])
