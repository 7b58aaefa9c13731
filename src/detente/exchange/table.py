"""A finite game as a table of strategies: what Gambit's .nfg files hold; to a tree and from one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

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
    plans = [_plans(tree, i) for i in range(len(tree.players))]
    size = 1
    for player, (sequences, chosen) in zip(tree.players, plans, strict=True):
        del sequences
        size *= len(chosen)
        if size > MOST_PROFILES:
            raise ModelError(
                f"strategic form: more than {MOST_PROFILES:,} profiles of plans ({player} alone has"
                f" {len(chosen):,}{' or more' if len(chosen) > MOST_PROFILES else ''}); write the tree (.efg)"
                " instead"
            )
    known = [tree.history(i) for i in range(len(tree.players))]
    likely = np.ones(len(tree.nodes))
    for i, node in enumerate(tree.nodes):
        for k, child in enumerate(tree.children[i]):
            likely[child] = likely[i] * (float(node.branches[k][1]) if isinstance(node, Chance) else 1.0)
    sums = np.zeros((len(tree.players), *(len(sequences) for sequences, _ in plans)))
    for i, node in enumerate(tree.nodes):
        if isinstance(node, End):
            place = tuple(sequences[history[i]] for (sequences, _), history in zip(plans, known, strict=True))
            sums[(slice(None), *place)] += likely[i] * tree.paid[i]
    for axis, (sequences, chosen) in enumerate(plans):
        consistent = np.zeros((len(chosen), len(sequences)))
        for row, plan in enumerate(chosen):
            for sequence, column in sequences.items():
                consistent[row, column] = all(plan.get(number) == k for number, k in sequence)
        sums = np.moveaxis(np.tensordot(consistent, sums, axes=(1, axis + 1)), 0, axis + 1)
    return Table(
        tree.title,
        tree.players,
        tuple(_labels(tree, i, chosen) for i, (_, chosen) in enumerate(plans)),
        sums,
        tree.comment,
    )


Sequence = tuple[tuple[int, int], ...]


def _plans(tree: Tree, player: int) -> tuple[dict[Sequence, int], list[dict[int, int]]]:
    """A player's sequences of own moves, numbered, and its plans: information set → action."""
    known = tree.history(player)
    sequences = {s: i for i, s in enumerate(dict.fromkeys(known))}
    after: dict[Sequence, list[int]] = {}
    width: dict[int, int] = {}
    for (who, number), nodes in tree.sets.items():
        if who == player:
            after.setdefault(known[nodes[0]], []).append(number)
            width[number] = tree.nodes[nodes[0]].width

    def grow(sequence: Sequence) -> list[dict[int, int]]:
        plans: list[dict[int, int]] = [{}]
        for number in after.get(sequence, []):
            here = [
                {number: k, **rest} for k in range(width[number]) for rest in grow((*sequence, (number, k)))
            ]
            if len(plans) * len(here) > MOST_PROFILES:  # more than a table holds: so many, at least
                return [{}] * (MOST_PROFILES + 1)
            plans = [{**a, **b} for a in plans for b in here]
        return plans

    return sequences, grow(())


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
