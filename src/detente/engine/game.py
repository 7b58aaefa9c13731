"""What a game is made of: public variables, a belief, and the stages of a period.

A game is a grid of public states and an ordered list of stages. Stage functions are written
once, for the whole grid: they receive ``s``, the state variables as integer arrays that
broadcast over the grid, and ``p``, the parameters as numbers, and return what each action does.
Where an action leads (`to`) is static whole numbers; what it pays and how likely it is may
depend on parameters and is traced.

Nothing here computes; `detente.engine.stages` gives the stages their meaning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from detente.errors import ModelError

Array = Any
Namespace = Any


@dataclass(frozen=True, slots=True)
class Variable:
    """A public variable with values 0 … size − 1.

    Attributes:
        name: Attribute of ``s`` in stage functions.
        size: Number of values.
        labels: Words for the values, in order; empty for plain numbers.
        between: For a variable that exists only inside a period (an offer on the table): the
            stage that sets it and the stage that uses it up. Elsewhere it is 0. It is no axis of
            the grid: in between, stage functions receive its values one at a time, as a plain number.
        known_to: The players who see it; None: everybody. With private information the game is solved
            in agent form: see `detente.engine.private`.
    """

    name: str
    size: int
    labels: tuple[str, ...] = ()
    between: tuple[str, str] | None = None
    known_to: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Belief:
    """The public probability of a hidden two-valued fact, on a uniform grid over [0, 1].

    Values between two points are interpolated linearly; mass that falls between two points is
    split linearly between them, which is the same thing seen from the other side.
    """

    name: str
    points: int


@dataclass(frozen=True, slots=True)
class Branch:
    """One way in which an action can turn out: its probability and where it leads."""

    probability: Array
    to: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Action:
    """One action, over the whole grid.

    Attributes:
        label: Its name.
        legal: Where it may be taken; static, True for everywhere.
        allowed: Whether it may be taken for these parameters; traced, True for always.
        to: The variables it changes and their new values: static whole numbers that
            broadcast over the grid. What is not named stays.
        pays: One-off payments to players, in years of stake (negative: costs).
        branches: Instead of `to`, the ways in which it can turn out.
        ends: Pay-offs by player if the action ends the game, values for ever.
        when_tied: At noise 0, whether it is taken by a mover who is indifferent. Where no tied action
            says so, the mover divides evenly among them.
    """

    label: str
    legal: Array = True
    allowed: Array = True
    to: Mapping[str, Array] = field(default_factory=dict)
    pays: Mapping[str, Array] = field(default_factory=dict)
    branches: tuple[Branch, ...] = ()
    ends: Mapping[str, Array] | None = None
    when_tied: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """A stage in which one player chooses, by logit choice.

    Attributes:
        name: Name of the stage.
        player: Who moves.
        actions: ``actions(s, p)``, or ``actions(s, p, later)`` with `anticipates`.
        anticipates: A later stage of the same period whose strategy the pay-offs depend on;
            ``later[label]`` is the probability of that action at the state reached.
    """

    name: str
    player: str
    actions: Callable[..., Iterable[Action]]
    anticipates: str | None = None


@dataclass(frozen=True, slots=True)
class Commitment:
    """A stage in which the mover may be bound, with a probability that depends on the hidden fact.

    With the probability given by `bound` the mover takes the first action as a matter of
    course; otherwise it chooses between the first and the second by logit choice. Nobody sees
    whether it was bound, only what was done: Bayes' rule moves the belief, using the very
    strategy that is being solved for.

    Attributes:
        name: Name of the stage.
        player: Who moves.
        actions: ``actions(s, p)`` → the action one may be bound to, and the other.
        bound: ``bound(s, p)`` → probability of being bound if the fact is true, and if not.
        where: ``where(s)`` → the states in which the stage takes place; static.
    """

    name: str
    player: str
    actions: Callable[[Namespace, Namespace], tuple[Action, Action]]
    bound: Callable[[Namespace, Namespace], tuple[Array, Array]]
    where: Callable[[Namespace], Array]


@dataclass(frozen=True, slots=True)
class Joint:
    """A stage in which several players choose at once: a logit equilibrium of the stage.

    Attributes:
        name: Name of the stage.
        moves: ``moves(s, p)`` → for each player who chooses, the actions: label, `legal`, `allowed` and
            `when_tied`; what they lead to is up to `profile`.
        profile: ``profile(s, p, chosen)`` → what happens when the players choose these labels (by
            player), as an `Action`: `to` or `branches`, `pays`, `ends`.
    """

    name: str
    moves: Callable[[Namespace, Namespace], Mapping[str, Iterable[Action]]]
    profile: Callable[[Namespace, Namespace, Mapping[str, str]], Action]


@dataclass(frozen=True, slots=True)
class Terms:
    """What an offer would lead to if it is accepted.

    Attributes:
        label: Its name.
        legal: Where it may be offered; static.
        allowed: Whether it may be offered for these parameters; traced.
        to: Successor values of variables, static.
        pays: One-off payments, in years of stake.
        ends: Pay-offs if acceptance ends the game, before the amount.
        amount: Lowest and highest amount that passes from the proposer to the responder; None:
            the terms are as they are, to take or leave. What is offered is the reservation point: the
            smallest amount at which the responder accepts.
        lasting: Whether the amount is a share of the stake for ever, or of this year alone.
    """

    label: str
    legal: Array = True
    allowed: Array = True
    to: Mapping[str, Array] = field(default_factory=dict)
    pays: Mapping[str, Array] = field(default_factory=dict)
    ends: Mapping[str, Array] | None = None
    amount: tuple[Array, Array] | None = None
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """A stage in which one player proposes terms to another, at the other's reservation point.

    The responder accepts if and only if it is then at least as well off as by the best of what it can do
    otherwise: a responder who is indifferent accepts. Acceptance is subject to no noise; which
    terms are offered, and what is done otherwise, are logit choices. The proposer may always make no
    acceptable offer, which is called ``none``.

    Attributes:
        name: Name of the stage.
        proposer: Who proposes.
        responder: Who accepts or does something else.
        terms: ``terms(s, p)`` → what may be proposed.
        otherwise: ``otherwise(s, p)`` → the responder's actions if there is no agreement.
        where: ``where(s)`` → the states in which the stage takes place; static. None: all.
    """

    name: str
    proposer: str
    responder: str
    terms: Callable[[Namespace, Namespace], Iterable[Terms]]
    otherwise: Callable[[Namespace, Namespace], Iterable[Action]]
    where: Callable[[Namespace], Array] | None = None


@dataclass(frozen=True, slots=True)
class Chance:
    """A stage in which nobody chooses: ``branches(s, p)`` with probabilities that sum to one."""

    name: str
    branches: Callable[[Namespace, Namespace], Iterable[Branch]]


@dataclass(frozen=True, slots=True)
class Accounting:
    """The end of a period: a year's pay-offs, discounting, and the drift of the belief.

    Attributes:
        name: Name of the stage.
        flow: ``flow(s, p)`` → pay-off of a year by player, in stake a year.
        drift: ``drift(belief, p)`` → the belief with which the next year opens; None: unchanged.
    """

    name: str
    flow: Callable[[Namespace, Namespace], Mapping[str, Array]]
    drift: Callable[[Array, Namespace], Array] | None = None


Stage = Decision | Commitment | Joint | Offer | Chance | Accounting


@dataclass(frozen=True, slots=True)
class Count:
    """Expected number of times that an action is taken, within n years."""

    name: str
    stage: str
    action: str


@dataclass(frozen=True, slots=True)
class First:
    """Probability that an action is taken at least once within n years.

    `until` names values that variables keep until then (no deal before the first one), so that
    only this slice of the grid has to be followed.
    """

    name: str
    stage: str
    action: str
    until: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Share:
    """Probability that the game goes on and ``of(s)`` is true after n years."""

    name: str
    of: Callable[[Namespace], Array]


@dataclass(frozen=True, slots=True)
class Level:
    """Mean of ``of(s)`` after n years, given that the game goes on."""

    name: str
    of: Callable[[Namespace], Array]


Tally = Count | First | Share | Level


@dataclass(frozen=True, slots=True)
class Convention:
    """A profile of strategies that players may expect: where the search for an equilibrium starts.

    Attributes:
        name: What the literature calls it.
        play: By stage (for a joint decision: by ``stage/player``), the label of the action, or
            ``label(s)`` → labels over the states. Stages that are not named start from uniform play.
    """

    name: str
    play: Mapping[str, str | Callable[[Namespace], Array]]


@dataclass(frozen=True, slots=True)
class Game:
    """A game of stages over a grid of states.

    A choice between actions with normalised values Q is made with probabilities proportional to
    exp(Q / (noise·(1−δ))); with noise 0 the best is chosen. A game with private information
    is played for one period and solved in agent form.

    Attributes:
        players: Their names.
        variables: The public variables; a state is one value of each.
        belief: The belief about the hidden fact, or None.
        stages: The stages of a period, in order. One is the accounting; what comes after it (the turn
            of the year) is worth as much less as next year is.
        start: ``start(p)`` → the value of each variable and of the belief at the start.
        tallies: What the forward pass counts.
        discount: ``discount(p)`` → δ, or δ by player; None: the parameter ``discount``, and 0 where a model
            has none (a game played once, whose flow is its pay-off).
        scale: ``scale(p)`` → what a unit of noise is worth in values; None: 1−δ, a year's stake.
        endless: Whether it goes on for ever: solved for a stationary equilibrium, not over a horizon.
        conventions: Where else to look for equilibria, besides the principal branch.
        searches: How many further starts, drawn at random once and for all.
        folds: Whether to look also behind the folds of the branches found from these: there lie equilibria
            that the least doubt upsets, such as mixed ones between two strict ones.
        prefer: ``prefer(first, p)`` → what the selected equilibrium has most of, among those found; None:
            the first found is selected (the principal branch, then the conventions in order).
    """

    players: tuple[str, ...]
    variables: tuple[Variable, ...]
    stages: tuple[Stage, ...]
    start: Callable[[Namespace], Mapping[str, Array]]
    belief: Belief | None = None
    tallies: tuple[Tally, ...] = ()
    discount: Callable[[Namespace], Any] | None = None
    scale: Callable[[Namespace], Array] | None = None
    endless: bool = False
    conventions: tuple[Convention, ...] = ()
    searches: int = 0
    folds: bool = False
    prefer: Callable[[Any, Namespace], Array] | None = None

    def __post_init__(self) -> None:
        names = [x.name for x in (*self.variables, *self.stages)]
        repeated = {n for n in names if names.count(n) > 1}
        if repeated:
            raise ModelError(f"game: the name {sorted(repeated)[0]!r} is used twice")
        accountings = [isinstance(x, Accounting) for x in self.stages].count(True)
        if accountings != 1 and not (self.private and accountings == 0):
            raise ModelError("game: exactly one stage must be the accounting of the year")
        if self.belief is None and any(isinstance(x, Commitment) for x in self.stages):
            raise ModelError("game: a decision under commitment needs a belief about the hidden fact")
        stages = [x.name for x in self.stages]
        tallies = [t.name for t in self.tallies]
        for name in tallies:
            if tallies.count(name) > 1 or name == "ended":
                raise ModelError(f"game: the tally {name!r} is named twice, or like a count of its own")
        for t in self.tallies:
            if isinstance(t, Count | First) and t.stage not in stages:
                raise ModelError(f"tally {t.name!r}: there is no stage {t.stage!r}")
            for name in t.until if isinstance(t, First) else ():
                if name not in [v.name for v in self.lasting]:
                    raise ModelError(f"tally {t.name!r}: there is no lasting variable {name!r}")
        if self.belief is not None and self.belief.name in names:
            raise ModelError(f"game: the name {self.belief.name!r} is used twice")
        passing = [v for v in self.variables if v.between is not None]
        if len(passing) > 1:
            raise ModelError("game: only one variable may exist within the period alone")
        for v in self.variables:
            for stage in v.between or ():
                if stage not in stages:
                    raise ModelError(f"variable {v.name!r}: there is no stage {stage!r}")
            if v.between is not None and stages.index(v.between[0]) >= stages.index(v.between[1]):
                raise ModelError(f"variable {v.name!r}: must pass from a stage to a later one")
        for i, x in enumerate(self.stages):
            movers = (
                (x.player,)
                if isinstance(x, Decision | Commitment)
                else (x.proposer, x.responder)
                if isinstance(x, Offer)
                else ()
            )
            for player in movers:
                if player not in self.players:
                    raise ModelError(f"stage {x.name!r}: there is no player {player!r}")
            later = x.anticipates if isinstance(x, Decision) else None
            if later is not None and later not in stages[i + 1 :]:
                raise ModelError(f"stage {x.name!r}: {later!r} is not a later stage of the period")

    @property
    def private(self) -> bool:
        """Whether it is solved in agent form: somebody does not see something, or conventions differ."""
        return bool(self.conventions) or any(v.known_to is not None for v in self.variables)

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the lasting variables, then of the belief grid (1 without a belief)."""
        return (*(v.size for v in self.lasting), self.belief.points if self.belief else 1)

    @property
    def lasting(self) -> tuple[Variable, ...]:
        """The variables that are axes of the grid, in order."""
        return tuple(v for v in self.variables if v.between is None)

    def passing(self, stage: int) -> Variable | None:
        """The variable that exists only within the period and is there when a stage begins."""
        names = [x.name for x in self.stages]
        for v in self.variables:
            if v.between is not None:
                first, last = (names.index(n) for n in v.between)
                if first < stage <= last:
                    return v
        return None
