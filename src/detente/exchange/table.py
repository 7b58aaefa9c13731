"""A finite game as a table of strategies: what Gambit's .nfg files hold; to a tree and from one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np

from detente.errors import ModelError
from detente.exchange.tree import Chance, End, Move, Node, Outcome, Tree

MOST_PROFILES = 1_000_000
"""Profiles of pure strategies beyond which no table is made of a tree."""


@dataclass(frozen=True, eq=False)
class Table:
    """A game in strategic form.

    Attributes:
        title: What it is.
        players: Their names.
        strategies: Labels of each player's strategies.
        pays: Pay-offs, shape [player, first player's strategy, second player's strategy, …].
        comment: Anything.
    """

    title: str
    players: tuple[str, ...]
    strategies: tuple[tuple[str, ...], ...]
    pays: np.ndarray
    comment: str = ""

    def __post_init__(self) -> None:
        wanted = (len(self.players), *(len(x) for x in self.strategies))
        if self.pays.shape != wanted or 0 in wanted:
            raise ModelError(f"table: pay-offs have the shape {self.pays.shape}, expected {wanted}")

    def profiles(self) -> Iterator[tuple[int, ...]]:
        """All profiles, the first player's strategy changing fastest."""
        for profile in product(*(range(len(x)) for x in reversed(self.strategies))):
            yield profile[::-1]


def as_tree(table: Table) -> Tree:
    """The tree in which the players choose their strategies one after the other and see nothing."""
    n = len(table.players)
    nodes: list[Node] = []
    outcomes: dict[int, Outcome] = {}

    def grow(chosen: tuple[int, ...]) -> None:
        player = len(chosen)
        if player == n:
            number = len(outcomes) + 1
            outcomes[number] = Outcome(number, tuple(float(x) for x in table.pays[(slice(None), *chosen)]))
            nodes.append(End(number))
            return
        nodes.append(Move(player, 1, table.strategies[player]))
        for k in range(len(table.strategies[player])):
            grow((*chosen, k))

    grow(())
    return Tree(table.title, table.players, tuple(nodes), outcomes, table.comment)


def as_table(tree: Tree) -> Table:
    """The reduced strategic form: what a player would do at sets that its own moves rule out is left open.

    Raises:
        ModelError: A player forgets what it did, or there are more than `MOST_PROFILES` profiles.
    """
    lost = tree.forgets()
    if lost is not None:
        raise ModelError(
            f"strategic form: {tree.players[lost[0]]} does not remember its own moves at information set"
            f" {lost[1]}; a table of plans would be another game. Write the tree (.efg) instead"
        )
    books = [_Book(tree, i) for i in range(len(tree.players))]
    size = 1
    for player, book in zip(tree.players, books, strict=True):
        size *= book.count(())
        if max(size, book.count(()) * len(book.sequences) // 50) > MOST_PROFILES:
            raise ModelError(
                f"strategic form: more than {MOST_PROFILES:,} profiles of plans ({player} alone has"
                f" {book.count(()):,}); write the tree (.efg) instead"
            )
    known = [tree.history(i) for i in range(len(tree.players))]
    likely = np.ones(len(tree.nodes))
    for i, node in enumerate(tree.nodes):
        for k, child in enumerate(tree.children[i]):
            likely[child] = likely[i] * (float(node.branches[k][1]) if isinstance(node, Chance) else 1.0)
    sums = np.zeros((len(tree.players), *(len(book.sequences) for book in books)))
    for i, node in enumerate(tree.nodes):
        if isinstance(node, End):
            place = tuple(book.sequences[history[i]] for book, history in zip(books, known, strict=True))
            sums[(slice(None), *place)] += likely[i] * tree.paid[i]
    plans = [book.plans(()) for book in books]
    for axis, (book, chosen) in enumerate(zip(books, plans, strict=True)):
        sums = np.moveaxis(np.tensordot(book.follows(chosen), sums, axes=(1, axis + 1)), 0, axis + 1)
    labels = tuple(_labels(tree, i, chosen) for i, chosen in enumerate(plans))
    return Table(tree.title, tree.players, labels, sums, tree.comment)


Sequence = tuple[tuple[int, int], ...]


class _Book:
    """A player's sequences of own moves, numbered, and the plans that can be made of them."""

    def __init__(self, tree: Tree, player: int) -> None:
        known = tree.history(player)
        self.sequences = {s: i for i, s in enumerate(dict.fromkeys(known))}
        self.after: dict[Sequence, list[int]] = {}
        self.width: dict[int, int] = {}
        for (who, number), nodes in tree.sets.items():
            if who == player:
                self.after.setdefault(known[nodes[0]], []).append(number)
                self.width[number] = tree.nodes[nodes[0]].width

    def count(self, sequence: Sequence) -> int:
        """How many plans there are for what can come after a sequence."""
        return prod(
            sum(self.count((*sequence, (number, k))) for k in range(self.width[number]))
            for number in self.after.get(sequence, [])
        )

    def plans(self, sequence: Sequence) -> list[dict[int, int]]:
        """The plans for what can come after a sequence: information set → action."""
        found: list[dict[int, int]] = [{}]
        for number in self.after.get(sequence, []):
            ways = range(self.width[number])
            here = [{number: k, **rest} for k in ways for rest in self.plans((*sequence, (number, k)))]
            found = [{**a, **b} for a in found for b in here]
        return found

    def follows(self, plans: list[dict[int, int]]) -> np.ndarray:
        """Whether a plan makes the moves of a sequence: 1 or 0, shape [plan, sequence]."""
        taken = {number: np.array([plan.get(number, -1) for plan in plans]) for number in self.width}
        found = np.ones((len(plans), len(self.sequences)))
        for sequence, column in self.sequences.items():
            for number, k in sequence:
                found[:, column] *= taken[number] == k
        return found


def _labels(tree: Tree, player: int, plans: list[dict[int, int]]) -> tuple[str, ...]:
    """A word for each plan: the labels of its actions where they tell plans apart, or else numbers."""
    actions = {
        number: tree.nodes[nodes[0]].actions  # type: ignore[union-attr]
        for (who, number), nodes in tree.sets.items()
        if who == player
    }
    words = tuple(
        " ".join(actions[n][plan[n]] if n in plan else "*" for n in actions) or "-" for plan in plans
    )
    return words if len(set(words)) == len(words) else tuple(str(i + 1) for i in range(len(plans)))
