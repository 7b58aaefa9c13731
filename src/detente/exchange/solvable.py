"""A tree, whoever wrote it, as a game that the agent form solves.

Each node of the tree is a value of a variable that nobody knows; each player knows a variable
that numbers its information sets. Nodes become stages in an order in which every
information set is visited once: those that no other has to come before, then those that only these have to
come before, and so on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from detente.errors import ModelError, UsageError
from detente.exchange import efg, nfg
from detente.exchange.table import as_tree
from detente.exchange.tree import Chance, Move, Tree
from detente.model import Model, Outcome
from detente.parameter import parameter

if TYPE_CHECKING:
    from detente.engine.game import Action, Branch, Convention, Game

PASS = "-"  # what is done at nodes that a stage does not concern

Group = tuple[int, int]  # an information set by player and number; a chance node by -1 and its place


def read(path: str | Path, searches: int = 0) -> Model:
    """Read a game that Gambit or another program wrote, as a model with one parameter, the noise.

    Args:
        path: A file called .efg (a tree) or .nfg (a table).
        searches: Where else to look for equilibria: how many random starts.

    Returns:
        A model. Its outcomes are the players' values, ``value_1`` …, and the probabilities of actions,
        ``play_1_2_3`` for the first player's information set numbered 2, third action.

    Raises:
        UsageError: The file cannot be read as one, with the line, what was found and what was expected; or
            the game cannot be solved by stages.
    """
    tree = read_tree(path)
    try:
        return as_model(tree, searches=searches)
    except ModelError as problem:
        raise UsageError(f"{path}: {problem}") from None


def read_tree(path: str | Path) -> Tree:
    """Read a tree from a file of a tree (.efg) or of a table (.nfg)."""
    return efg.read(path) if nfg.check_suffix(path) == ".efg" else as_tree(nfg.read(path))


def as_model(tree: Tree, searches: int = 0) -> Model:
    """A tree as a model; see `read`."""
    stages = Stages(tree)
    sets = [key for key in tree.sets]
    outcomes = [
        Outcome(f"value_{i + 1}", f"Value of the game to {name}", "as in the file")
        for i, name in enumerate(tree.players)
    ]
    for player, number in sets:
        node = tree.nodes[tree.sets[player, number][0]]
        assert isinstance(node, Move)
        where = f"information set {number}" + (f" ({node.label})" if node.label else "")
        outcomes += [
            Outcome(
                f"play_{player + 1}_{number}_{k + 1}",
                f"Probability that {tree.players[player]} takes {label or k + 1} at {where}",
                "probability",
            )
            for k, label in enumerate(node.actions)
        ]

    def answer(first: Any, p: Any) -> dict[str, Any]:
        found = {f"value_{i + 1}": x for i, x in enumerate(first.values)}
        for key in sets:
            for k, x in enumerate(stages.play(first, key)):
                found[f"play_{key[0] + 1}_{key[1]}_{k + 1}"] = x
        return found

    return Model(
        name="tree",
        title=tree.title or "A tree read from a file",
        parameters=(
            parameter(
                "noise",
                "Scale of what moves a choice besides the pay-offs; 0: best replies",
                "pay-off",
                "[0, inf)",
                0.0,
            ),
        ),
        mechanisms=(),
        outcomes=tuple(outcomes),
        game=lambda: stages.game(searches=searches),
        answer=answer,
        selection="The equilibrium at the end of the principal branch of logit equilibria.",
    )


class Stages:
    """A tree cut into stages.

    Attributes:
        tree: The tree.
        paid: What the players have been paid by the end, shape [node, player]; 0 at inner nodes.
    """

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.players = _distinct(tree.players, "player")
        self.paid = np.where([[n.width == 0] for n in tree.nodes], tree.paid, 0.0)
        self.order = _order(tree)
        n = len(tree.nodes)
        width = max(node.width for node in tree.nodes)
        self.child = np.tile(np.arange(n)[:, None], (1, max(width, 1)))
        for i, children in enumerate(tree.children):
            self.child[i, : len(children)] = children
        self.seen = np.zeros((len(tree.players), n), dtype=int)
        self.numbers = {key: 1 + list(tree.sets).index(key) for key in tree.sets}
        for key, nodes in tree.sets.items():
            self.seen[key[0], list(nodes)] = self.numbers[key]

    def game(
        self,
        searches: int = 0,
        conventions: tuple[Convention, ...] = (),
        prefer: Callable[[Any, Any], Any] | None = None,
    ) -> Game:
        """The game, with other places to look for equilibria."""
        from detente.engine.game import Accounting, Chance, Decision, Game, Variable

        tree, stages = self.tree, []
        for name, (player, keys) in self.order.items():
            if player < 0:
                stages.append(Chance(name, lambda s, p, keys=keys: self.branches(s, keys)))
            else:
                actions = lambda s, p, keys=keys: self.actions(s, keys)  # noqa: E731
                stages.append(Decision(name, self.players[player], actions))
        sees = [Variable(f"seen by {x}", len(self.numbers) + 1, known_to=(x,)) for x in self.players]
        return Game(
            players=self.players,
            variables=(Variable("node", len(tree.nodes), known_to=()), *sees),
            stages=(
                *stages,
                Accounting(
                    "pay-offs", lambda s, p: dict(zip(self.players, self.paid[s.node].T, strict=True))
                ),
            ),
            start=lambda p: self.to(np.zeros(1, dtype=int)),
            discount=lambda p: 0.0,
            conventions=conventions,
            searches=searches,
            prefer=prefer,
        )

    def to(self, node: np.ndarray) -> dict[str, Any]:
        """The variables at nodes."""
        found: dict[str, Any] = {"node": node if node.size > 1 else int(node[0])}
        for player, row in zip(self.players, self.seen, strict=True):
            found[f"seen by {player}"] = row[node] if node.size > 1 else int(row[node[0]])
        return found

    def actions(self, s: Any, keys: list[Group]) -> Iterator[Action]:
        """What can be done at the information sets of a stage, and elsewhere nothing."""
        from detente.engine.game import Action

        nodes = np.atleast_1d(s.node)
        here = np.isin(nodes, [i for key in keys for i in self.tree.sets[key]])
        yield Action(PASS, legal=~here)
        for k, label in enumerate(_labels(self.tree, keys[0])):
            yield Action(label, legal=here, to=self.to(self.child[nodes, np.where(here, k, 0)]))

    def branches(self, s: Any, keys: list[Group]) -> Iterator[Branch]:
        """What chance can do at the chance nodes of a stage, and elsewhere nothing."""
        from detente.engine.game import Branch

        nodes = np.atleast_1d(s.node)
        places = [i for _, i in keys]
        width = max(self.tree.nodes[i].width for i in places)
        for k in range(width):
            likely = np.full(len(self.tree.nodes), float(k == 0))
            to = np.arange(len(self.tree.nodes))
            for i in places:
                node = self.tree.nodes[i]
                assert isinstance(node, Chance)
                likely[i] = float(node.branches[k][1]) if k < node.width else 0.0
                to[i] = self.child[i, k] if k < node.width else i
            yield Branch(likely[nodes], self.to(to[nodes]))

    def stage_of(self, key: Group) -> str:
        """The stage in which an information set is visited."""
        return next(name for name, (_, keys) in self.order.items() if key in keys)

    def play(self, first: Any, key: Group) -> list[Any]:
        """Probabilities of the actions of an information set in a solved game."""
        where = {f"seen by {self.players[key[0]]}": self.numbers[key]}
        stage = self.stage_of(key)
        return [first.choice(stage, label, **where) for label in _labels(self.tree, key)]


def _labels(tree: Tree, key: Group) -> tuple[str, ...]:
    """Labels of an information set's actions, all different and none empty or that of doing nothing."""
    node = tree.nodes[tree.sets[key][0]]
    assert isinstance(node, Move)
    return _distinct(["" if x == PASS else x for x in node.actions], "action")


def _distinct(words: Sequence[str], what: str) -> tuple[str, ...]:
    """Words made different where they are not."""
    return tuple(w if w and words.count(w) == 1 else f"{w or what} ({i + 1})" for i, w in enumerate(words))


def _order(tree: Tree) -> dict[str, tuple[int, list[Group]]]:
    """The stages in order: by name the player (-1: chance) and the information sets or chance nodes.

    Raises:
        ModelError: Two information sets come before each other, or one before itself.
    """
    group: dict[int, Group] = {i: key for key, nodes in tree.sets.items() for i in nodes}
    group |= {i: (-1, i) for i, node in enumerate(tree.nodes) if isinstance(node, Chance)}
    after: dict[Group, set[Group]] = {key: set() for key in group.values()}
    for i, children in enumerate(tree.children):
        for child in children:
            if child in group:
                after[group[i]].add(group[child])
    before = dict.fromkeys(after, 0)
    for later in after.values():
        for key in later:
            before[key] += 1
    rank: dict[Group, int] = {}
    ready = [key for key, n in before.items() if n == 0]
    for key in ready:  # grows on the way
        rank.setdefault(key, 0)
        for later in after[key]:
            rank[later] = max(rank.get(later, 0), rank[key] + 1)
            before[later] -= 1
            if before[later] == 0:
                ready.append(later)
    stuck = [key for key, n in before.items() if n > 0]
    if stuck:
        player, number = next((k for k in stuck if k[0] >= 0), stuck[0])
        raise ModelError(
            f"information set {number} of {tree.players[player]} can come before itself, or before another"
            " that can come before it; such a tree cannot be cut into stages"
        )
    return _named(tree, rank)


def _named(tree: Tree, rank: Mapping[Group, int]) -> dict[str, tuple[int, list[Group]]]:
    together: dict[Any, list[Group]] = {}
    for key in sorted(rank, key=lambda x: (rank[x], x)):
        actions = () if key[0] < 0 else tree.nodes[tree.sets[key][0]].actions  # type: ignore[union-attr]
        together.setdefault((rank[key], key[0], actions), []).append(key)
    found: dict[str, tuple[int, list[Group]]] = {}
    for (_, player, _), keys in together.items():
        who = "chance" if player < 0 else tree.players[player]
        found[f"move {len(found) + 1}: {who}"] = (player, keys)
    return found
