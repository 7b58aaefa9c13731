"""A second solver for games with private information, written from docs/theory/private-information.md alone.

It shares the nouns of a game with the product, and nothing else. Stage functions are called node by node with
plain numbers; the tree is kept in lists. Unlike the product it takes every decision as an unknown, keeps
probabilities as plain numbers, gets derivatives by complex steps, and follows the branch by the logarithm of
1 + λ. It is meant for small games at noise above 0, and is slow.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np

from detente.engine.game import Accounting, Action, Chance, Convention, Decision, Game, Joint

WISH = 20.0  # β: what is added to the logarithm of the odds of an action that a convention names
MOST = 0.2  # the most by which a step along the branch may move a probability
SAME = 1e-6  # equilibria that differ by no more on the path of play are one


class Lost(Exception):
    """The branch could not be followed to its end."""


@dataclass
class Ending:
    """One way in which an action turns out: its probability, a pay-off, and what comes after it."""

    probability: float
    pays: np.ndarray  # by player
    weight: float  # what a unit of pay-off afterwards is worth now
    to: int | None  # the next node; None: the game is over


@dataclass
class Node:
    """A state at a stage; `set` is the information set of who moves, None where nobody does."""

    stage: str
    player: str | None
    year: int
    state: dict[str, int]
    set: int | None = None
    moves: list[list[Ending]] = field(default_factory=list)  # by action; one where nobody moves


@dataclass
class Set:
    """An information set: its nodes, its actions, and where its unknowns begin."""

    stage: str
    player: str
    year: int
    knows: dict[str, int]
    labels: list[str]
    first: int
    nodes: list[int] = field(default_factory=list)


def number(x: Any) -> float:
    """A plain number from what a stage function gives."""
    return float(np.asarray(x).reshape(()))


class Tree:
    """The nodes that play can reach, layer by layer, and the information sets.

    Choices are made between what actions are worth in the year in which they are taken, as in public games.
    """

    def __init__(self, game: Game, parameters: Mapping[str, float], years: int) -> None:
        self.game, self.p = game, SimpleNamespace(**parameters)
        self.discount = number(game.discount(self.p) if game.discount else parameters.get("discount", 0.0))
        self.scale = number(game.scale(self.p)) if game.scale else 1 - self.discount
        self.nodes: list[Node] = []
        self.sets: list[Set] = []
        self.unknowns = 0
        self.index: dict[Any, int] = {}  # information sets by what they are
        self.flow = next((s.flow for s in game.stages if isinstance(s, Accounting)), None)
        start = {v.name: 0 for v in game.variables} | {k: int(x) for k, x in game.start(self.p).items()}
        self.plan = [(t, s) for t in range(years) for s in self._steps(game)]
        # For each place in the plan the nodes that wait there to be worked out.
        self.waiting: list[dict[Any, int]] = [{} for _ in self.plan]
        self.root = self._node(0, start, ())
        for place in range(len(self.plan)):
            for (state, chosen), at in list(self.waiting[place].items()):
                self._expand(place, dict(zip(start, state, strict=True)), chosen, at)

    def _steps(self, game: Game) -> Iterator[Any]:
        for stage in game.stages:
            if isinstance(stage, Joint):
                state = SimpleNamespace(**{v.name: np.int64(0) for v in game.variables})
                players = tuple(stage.moves(state, self.p))
                yield from ((stage, players, i) for i in range(len(players)))
            else:
                yield (stage, (), 0)

    def _node(self, place: int, state: dict[str, int], chosen: tuple[str, ...]) -> int:
        """The node of a state at a place in the plan, added if it is new."""
        waiting, key = self.waiting[place], (tuple(state.values()), chosen)
        if key not in waiting:
            year, (stage, players, i) = self.plan[place]
            player = players[i] if players else getattr(stage, "player", None)
            waiting[key] = len(self.nodes)
            self.nodes.append(Node(stage.name, player, year, dict(state)))
        return waiting[key]

    def _expand(self, place: int, state: dict[str, int], chosen: tuple[str, ...], at: int) -> None:
        stage, players, i = self.plan[place][1]
        s, node = self.words(state), self.nodes[at]
        if isinstance(stage, Decision):
            assert stage.anticipates is None, "not read here"
            actions = self._open(stage.actions(s, self.p))
            self._join(at, [a.label for a in actions])
            node.moves = [self._turn_out(place, state, a) for a in actions]
        elif isinstance(stage, Joint):
            actions = self._open(stage.moves(s, self.p)[players[i]])
            self._join(at, [a.label for a in actions])
            for a in actions:
                all_so_far = (*chosen, a.label)
                if i + 1 < len(players):
                    node.moves.append([self._goes_on(place, 1.0, state, self._nothing(), all_so_far)])
                else:
                    what = stage.profile(s, self.p, dict(zip(players, all_so_far, strict=True)))
                    node.moves.append(self._turn_out(place, state, what))
        elif isinstance(stage, Chance):
            node.moves = [[self._branch(place, state, b) for b in stage.branches(s, self.p)]]
        elif isinstance(stage, Accounting):
            pays = (1 - self.discount) * self._by_player(stage.flow(s, self.p))
            node.moves = [[self._goes_on(place, 1.0, state, pays)]]
        else:
            raise NotImplementedError(type(stage).__name__)

    @staticmethod
    def words(state: Mapping[str, int]) -> SimpleNamespace:
        return SimpleNamespace(**{k: np.int64(x) for k, x in state.items()})

    def _open(self, actions: Any) -> list[Action]:
        """The actions that may be taken here for these parameters."""
        return [a for a in actions if bool(np.asarray(a.legal)) and bool(np.asarray(a.allowed))]

    def _join(self, at: int, labels: list[str]) -> None:
        """Put a node into its information set: the same stage, year and known values."""
        node = self.nodes[at]
        assert node.player is not None
        shown = [v.name for v in self.game.variables if v.known_to is None or node.player in v.known_to]
        knows = {name: node.state[name] for name in shown}
        key = (node.year, node.stage, node.player, tuple(knows.values()))
        if key not in self.index:
            self.index[key] = len(self.sets)
            self.sets.append(Set(node.stage, node.player, node.year, knows, labels, self.unknowns))
            self.unknowns += len(labels) - 1
        node.set = self.index[key]
        assert self.sets[node.set].labels == labels, "one information set, different actions"
        self.sets[node.set].nodes.append(at)

    def _nothing(self) -> np.ndarray:
        return np.zeros(len(self.game.players))

    def _by_player(self, pays: Mapping[str, Any]) -> np.ndarray:
        return np.array([number(pays.get(x, 0.0)) for x in self.game.players])

    def _turn_out(self, place: int, state: dict[str, int], action: Action) -> list[Ending]:
        pays = (1 - self.discount) * self._by_player(action.pays)
        if action.ends is not None:
            return [Ending(1.0, pays + self._by_player(action.ends), 0.0, None)]
        if action.branches:
            return [self._branch(place, state, b, pays) for b in action.branches]
        return [self._goes_on(place, 1.0, self._moved(state, action.to), pays)]

    def _moved(self, state: dict[str, int], to: Mapping[str, Any]) -> dict[str, int]:
        return state | {k: int(np.asarray(x).reshape(())) for k, x in to.items()}

    def _branch(self, place: int, state: dict[str, int], branch: Any, pays: Any = None) -> Ending:
        pays = self._nothing() if pays is None else pays
        return self._goes_on(place, number(branch.probability), self._moved(state, branch.to), pays)

    def _weight(self, place: int) -> float:
        """What a unit after this place is worth before it."""
        year, (stage, _, _) = self.plan[place]
        new_year = place + 1 == len(self.plan) or self.plan[place + 1][0] > year
        turns = isinstance(stage, Accounting) if self.flow else new_year
        return self.discount if turns else 1.0

    def _goes_on(
        self, place: int, probability: float, state: dict[str, int], pays: np.ndarray, chosen: Any = ()
    ) -> Ending:
        """To the next stage; the year turns at the accounting, or after the last stage if there is none."""
        weight = self._weight(place)
        if place + 1 < len(self.plan):
            return Ending(probability, pays, weight, self._node(place + 1, state, chosen))
        ever = self._by_player(self.flow(self.words(state), self.p)) if self.flow else self._nothing()
        return Ending(probability, pays + weight * ever, 0.0, None)

    def play(self, x: np.ndarray) -> "Play":
        """Everything that follows from unknowns x of shape [unknown, column], real or complex."""
        one = np.ones(x.shape[1], x.dtype)
        strategies = []
        for h in self.sets:
            z = np.vstack([0 * one[None], x[h.first : h.first + len(h.labels) - 1]])
            e = np.exp(z - z.real.max(axis=0))
            strategies.append(e / e.sum(axis=0))
        mass: list[Any] = [0 * one] * len(self.nodes)
        mass[self.root] = one
        for i, node in enumerate(self.nodes):
            for a, endings in enumerate(node.moves):
                taken = mass[i] if node.set is None else mass[i] * strategies[node.set][a]
                for e in endings:
                    if e.to is not None:
                        mass[e.to] = mass[e.to] + e.probability * taken
        values: list[Any] = [None] * len(self.nodes)
        after: list[Any] = [None] * len(self.nodes)
        for i in reversed(range(len(self.nodes))):
            node = self.nodes[i]
            after[i] = [self._worth(endings, values) for endings in node.moves]
            if node.set is None:
                values[i] = after[i][0]
            else:
                values[i] = sum(s * u for s, u in zip(strategies[node.set], after[i], strict=True))
        return Play(self, strategies, mass, values, after)

    @staticmethod
    def _worth(endings: list[Ending], values: list[Any]) -> Any:
        """What an action is worth to each player, shape [player, column] or [player, 1]."""
        total: Any = 0.0
        for e in endings:
            worth = e.pays[:, None] if e.to is None else e.pays[:, None] + e.weight * values[e.to]
            total = total + e.probability * worth
        return total

    def differences(self, x: np.ndarray) -> np.ndarray:
        """ΔQ of equation (3), shape of x."""
        play, rows = self.play(x), []
        for h in self.sets:
            me = self.game.players.index(h.player)
            total = sum(play.mass[n] for n in h.nodes)
            # A set that no play reaches for these parameters has no belief; any will do.
            empty = total.real == 0
            weights = [
                np.where(empty, 1 / len(h.nodes), play.mass[n] / np.where(empty, 1, total)) for n in h.nodes
            ]
            q = [
                sum(w * play.after[n][a][me] for w, n in zip(weights, h.nodes, strict=True))
                for a in range(len(h.labels))
            ]
            rows += [y - q[0] for y in q[1:]]
        return np.array(rows).reshape(x.shape)


@dataclass
class Play:
    """Strategies by set, and by node the probability of being there, the value, and the value by action."""

    tree: Tree
    strategies: list[np.ndarray]
    mass: list[Any]
    values: list[Any]
    after: list[Any]

    def _at(
        self, stage: str, player: str | None, year: int, where: Mapping[str, int]
    ) -> list[tuple[Node, float]]:
        return [
            (n, float(m[0]))
            for n, m in zip(self.tree.nodes, self.mass, strict=True)
            if n.stage == stage
            and n.year == year
            and player in (None, n.player)
            and all(n.state[k] == v for k, v in where.items())
        ]

    def _probability(self, node: Node, label: str) -> float:
        assert node.set is not None
        labels = self.tree.sets[node.set].labels
        return float(self.strategies[node.set][labels.index(label)][0]) if label in labels else 0.0

    @property
    def game(self) -> Game:
        """The game that is played."""
        return self.tree.game

    def value(self, player: str) -> float:
        """Value at the start."""
        return float(self.values[self.tree.root][self.tree.game.players.index(player)][0])

    def reach(self, stage: str, player: str | None = None, year: int = 0, **where: int) -> float:
        """Probability that the stage is reached in such states."""
        return sum(m for _, m in self._at(stage, player, year, where))

    def taken(self, stage: str, label: str, player: str | None = None, year: int = 0, **where: int) -> float:
        """Probability that the action is taken there."""
        return sum(m * self._probability(n, label) for n, m in self._at(stage, player, year, where))

    def choice(self, stage: str, label: str, player: str | None = None, year: int = 0, **where: int) -> float:
        """Probability of the action, given that the stage is reached in such states."""
        return self.taken(stage, label, player, year, **where) / self.reach(stage, player, year, **where)

    def belief(
        self, stage: str, fact: Mapping[str, int], player: str | None = None, year: int = 0, **where: int
    ) -> float:
        """Probability of the fact, given that the stage is reached in such states."""
        return self.reach(stage, player, year, **{**where, **fact}) / self.reach(stage, player, year, **where)

    def mean(self, stage: str, of: Any, player: str | None = None, year: int = 0, **where: int) -> float:
        """Mean of a number of the state, given that the stage is reached in such states."""
        at = [(number(of(self.tree.words(n.state))), m) for n, m in self._at(stage, player, year, where)]
        return sum(x * m for x, m in at) / sum(m for _, m in at)

    def holds(self, convention: Convention) -> bool:
        """Whether every action that the convention names is the likeliest, where play leads."""
        for i, h in enumerate(self.tree.sets):
            at = named(self.tree, h, convention)
            reached = sum(float(self.mass[n][0]) for n in h.nodes)
            if at is not None and reached > SAME and np.argmax(self.strategies[i][:, 0]) != at:
                return False
        return True


# --- Solving ------------------------------------------------------------------------------------------


class Branch:
    """The curve F(x, τ) = 0 with λ = exp(τ) − 1, from λ = 0 to the λ asked for."""

    def __init__(self, tree: Tree, end: float, wish: np.ndarray) -> None:
        self.tree, self.end, self.wish, self.n = tree, end, wish, tree.unknowns

    def at(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """F and its derivatives [unknown, unknown + 1], by complex steps."""
        h, columns = 1e-20, np.repeat(z.astype(complex)[:, None], self.n + 1, axis=1)
        columns[np.arange(self.n + 1), np.arange(self.n + 1)] += 1j * h
        x, rate = columns[:-1], np.expm1(columns[-1])
        f = (x - rate * self.tree.differences(x) - self.wish[:, None] * (1 - rate / self.end)) / (1 + rate)
        return f[:, 0].real, f.imag / h

    def correct(self, z: np.ndarray, normal: np.ndarray) -> np.ndarray | None:
        """Newton's method within the plane through z across `normal`."""
        for _ in range(12):
            f, slope = self.at(z)
            try:
                step = np.linalg.solve(np.vstack([slope, normal]), np.append(-f, 0.0))
            except np.linalg.LinAlgError:
                return None
            z = z + step
            if not np.isfinite(z).all() or np.abs(step).max() > 1e3:
                return None
            if np.abs(step).max() < 1e-7:  # convergence is quadratic: what is left is rounding
                return z
        return None

    def probabilities(self, z: np.ndarray) -> np.ndarray:
        return np.concatenate([s[:, 0] for s in self.tree.play(z[:-1, None]).strategies])

    def moved(self, one: np.ndarray, other: np.ndarray) -> float:
        return float(np.abs(self.probabilities(one) - self.probabilities(other)).max())

    def follow(self) -> np.ndarray:
        """The unknowns at the end, where the curve first reaches the λ asked for."""
        upward = np.append(np.zeros(self.n), 1.0)
        found = self._trace(np.append(self.wish, 0.0), upward)
        assert found is not None
        return found

    def back(self, x: np.ndarray) -> np.ndarray | None:
        """From a solution at the λ asked for back along the curve, to another; None if it leads to λ = 0."""
        downward = np.append(np.zeros(self.n), -1.0)
        return self._trace(np.append(x, math.log1p(self.end)), downward)

    def _trace(self, z: np.ndarray, along: np.ndarray) -> np.ndarray | None:
        upward = np.append(np.zeros(self.n), 1.0)
        step, last = 0.05, math.log1p(self.end)
        for _ in range(20000):
            tangent = np.linalg.svd(self.at(z)[1])[2][-1]
            tangent = tangent if tangent @ along >= 0 else -tangent
            while True:
                new = self.correct(z + step * tangent, tangent)
                if new is not None and new[-1] >= last:
                    share = (last - z[-1]) / (new[-1] - z[-1])
                    guess = z + share * (new - z)
                    guess[-1] = last
                    new = self.correct(guess, upward)
                if new is not None and self.moved(z, new) <= MOST:
                    break
                if new is not None and new[-1] < 0:
                    return None
                step /= 2
                if step < 1e-10:
                    raise Lost(f"at λ = {math.expm1(z[-1]):g}")
            if new[-1] == last:
                return new[:-1]
            if new[-1] < 0:
                return None
            z, along, step = new, tangent, 2 * step
        raise Lost("too many steps")


def named(tree: Tree, h: Set, convention: Convention) -> int | None:
    """Which action a convention names in an information set; None: it names none."""
    play = convention.play.get(h.stage, convention.play.get(f"{h.stage}/{h.player}"))
    if play is None:
        return None
    s = tree.words(tree.nodes[h.nodes[0]].state)
    return h.labels.index(play if isinstance(play, str) else str(np.asarray(play(s)).reshape(())))


def wished(tree: Tree, convention: Convention) -> np.ndarray:
    """β for a profile that players may expect."""
    x = np.zeros(tree.unknowns)
    for h in tree.sets:
        at, unknowns = named(tree, h, convention), slice(h.first, h.first + len(h.labels) - 1)
        if at is not None:
            x[unknowns] = -WISH if at == 0 else WISH * (np.arange(1, len(h.labels)) == at)
    return x


def differ(one: Play, other: Play) -> bool:
    """Whether some action is taken with other probabilities on the path of play."""
    for i, h in enumerate(one.tree.sets):
        reached = max(sum(float(x.mass[n][0]) for n in h.nodes) for x in (one, other))
        if reached > SAME and np.abs(one.strategies[i] - other.strategies[i]).max() > SAME:
            return True
    return False


@dataclass
class Solved:
    """The equilibrium reported, all that were found, and by convention what its branch ended at."""

    first: Play
    found: list[Play]
    ends: dict[str, Play]


def solve(game: Game, parameters: Mapping[str, float], years: int = 1) -> Solved:
    """Follow the branch from uniform play, those of the conventions, and these back; no `searches`."""
    tree = Tree(game, parameters, years)
    end = 1 / (parameters["noise"] * tree.scale)
    ends: dict[str, Play] = {}
    behind: list[Play] = []  # the folds of the branches from conventions
    for name, wish in {
        "": np.zeros(tree.unknowns),
        **{c.name: wished(tree, c) for c in game.conventions},
    }.items():
        x = Branch(tree, end, wish).follow()
        ends[name] = tree.play(x[:, None])
        if game.folds and name:
            other = Branch(tree, end, np.zeros(tree.unknowns)).back(x)
            behind += [] if other is None else [tree.play(other[:, None])]
    found: list[Play] = []
    for play in [*ends.values(), *behind]:
        if all(differ(play, x) for x in found):
            found.append(play)
    liked = [number(game.prefer(x, SimpleNamespace(**parameters))) for x in found] if game.prefer else [0.0]
    return Solved(found[int(np.argmax(liked))], found, ends)
