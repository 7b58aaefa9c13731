"""A model: declared parameters, mechanisms and outcomes, and the game they describe."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from detente.parameter import Parameter

if TYPE_CHECKING:
    from detente.engine.game import Game
    from detente.solution import Solution


@dataclass(frozen=True, slots=True)
class Mechanism:
    """A named group of parameters that can be switched off together.

    Attributes:
        name: As in ``off="…"``.
        meaning: One line in the field's words.
        neutral: The values that switch it off. Empty if it is an experience.
        experience: The experience (``support`` or ``promises``) whose learning it is, or None.
            Such a mechanism is switched off by taking the prior before the episodes.
    """

    name: str
    meaning: str
    neutral: Mapping[str, float] = field(default_factory=dict)
    experience: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A number that a solved game gives.

    Attributes:
        name: The name used in claims and results.
        meaning: One line in the field's words.
        unit: What one of it is.
        yearly: True if it is asked for after or within n years, ``name(n)``.
        per_deal: True if it is a list with one number for each deal.
        reported: Whether ``detente solve`` prints it.
        optional: True if there are points at which it does not exist (a deal over an arsenal of
            none, a mean given no war where war is certain); it is then NaN, and null in JSON,
            without the solve having failed.
        labels: For an outcome that is one of several words (a kind of equilibrium): the words for
            0, 1, 2 …
    """

    name: str
    meaning: str
    unit: str
    yearly: bool = False
    per_deal: bool = False
    reported: bool = True
    optional: bool = False
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """An inequality that parameters must satisfy together for the theory to apply.

    Attributes:
        text: As it is printed when it fails: ``power + highest_cost ≤ 1``.
        holds: ``holds(p)`` of plain numbers.
    """

    text: str
    holds: Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Sweep:
    """A parameter moved over a range, for a picture."""

    parameter: str
    low: float
    high: float
    points: int = 61

    def places(self, cells: bool = False) -> list[float]:
        """The values at which the model is solved; with `cells`, the middles between them."""
        step = (self.high - self.low) / (self.points - 1)
        ends = [self.low + i * step for i in range(self.points - 1)] + [self.high]
        return [(a + b) / 2 for a, b in pairwise(ends)] if cells else ends


@dataclass(frozen=True, slots=True)
class Picture:
    """The picture that the literature draws of a theory.

    Attributes:
        title: What it shows, in one line.
        x: The parameter on the horizontal axis.
        y: Outcomes drawn as lines; for a map, one outcome with labels drawn as colours.
        across: For a map: the parameter on the vertical axis.
        by: A parameter and its values, one line each.
        at: Parameters that differ from their defaults.
        path: Draw yearly outcomes against the years instead of a parameter; `x` is then ignored.
        y_title: Title of the vertical axis of lines.
    """

    title: str
    x: Sweep | None = None
    y: tuple[str, ...] = ()
    across: Sweep | None = None
    by: tuple[str, tuple[float, ...]] | None = None
    at: Mapping[str, float] = field(default_factory=dict)
    path: bool = False
    y_title: str = "probability"

    @property
    def moved(self) -> tuple[str, ...]:
        """The parameters that it moves."""
        sweeps = () if self.path else (self.x, self.across)
        names = [s.parameter for s in sweeps if s is not None]
        return (*names, *((self.by[0],) if self.by else ()))


@dataclass(frozen=True, eq=False, repr=False)
class Model:
    """A theory: what it needs to know, what can be switched off, what it answers.

    Called with parameters it solves itself: ``model(power=0.5)``.

    Attributes:
        name: Identifier on the command line and in case files.
        title: One line for lists.
        parameters: In the order in which they are shown.
        mechanisms: What can be switched off; empty for a model without any.
        outcomes: What a solve returns.
        game: Builds the game for given grid sizes (keyword settings of the model).
        answer: ``answer(first, p)`` reads the outcomes that are no tallies off the solved first year.
        settings: Sizes of the grids and their defaults.
        decisive: The outcome whose sign says whether a deal exists, or "" if there is none.
        shown: Yearly outcomes whose paths a run keeps for pictures.
        sources: Full references, the first one naming the theory.
        conditions: Inequalities without which the theory does not apply; a point that fails one is not
            solved.
        picture: What the literature draws, or None.
        selection: Where there are several equilibria: which one is reported, in words.
        pure: Whether the theory speaks of equilibria in pure strategies alone; a point whose equilibrium is
            mixed then has no answer.
    """

    name: str
    title: str
    parameters: tuple[Parameter, ...]
    mechanisms: tuple[Mechanism, ...]
    outcomes: tuple[Outcome, ...]
    game: Callable[..., Game]
    settings: Mapping[str, int] = field(default_factory=dict)
    answer: Callable[..., Any] | None = None
    decisive: str = ""
    shown: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    picture: Picture | None = None
    selection: str = ""
    pure: bool = False

    @cached_property
    def by_name(self) -> dict[str, Parameter]:
        """Parameters by name."""
        return {p.name: p for p in self.parameters}

    def mechanism(self, name: str) -> Mechanism:
        """The mechanism of that name; KeyError if there is none."""
        return self._mechanisms[name]

    def outcome(self, name: str) -> Outcome:
        """The outcome of that name; KeyError if there is none."""
        return self._outcomes[name]

    # Looked up for every record of a batch: made once.

    @cached_property
    def _mechanisms(self) -> dict[str, Mechanism]:
        return {m.name: m for m in self.mechanisms}

    @cached_property
    def _outcomes(self) -> dict[str, Outcome]:
        return {o.name: o for o in self.outcomes}

    def __call__(self, /, **given: Any) -> Solution:
        """Solve it at given parameters and settings, the others at their defaults.

        Numbers, or arrays that broadcast: then outcomes are arrays too.

        Raises:
            UsageError: A name or a value is not the model's.
        """
        from detente.solution import call

        return call(self, given)

    def __repr__(self) -> str:
        return f"<model {self.name}: {self.title}>"

    def __reduce_ex__(self, protocol: Any) -> Any:
        # A model of the register passes to other processes as its name: its functions may not.
        from detente.models import get, registered

        return (get, (self.name,)) if registered(self) else object.__reduce_ex__(self, protocol)


class _Help:
    """What `help` and completion ask of a model; asked of the class they get what the class has."""

    def __init__(self, own: str | None, of: str) -> None:
        self.own, self.of = own, of

    def __get__(self, model: Model | None, owner: type) -> Any:
        from detente import solution

        if model is not None:
            return getattr(solution, self.of)(model)
        if self.own is None:
            raise AttributeError(self.of)
        return self.own


Model.__doc__ = _Help(Model.__doc__, "document")  # type: ignore[assignment]
Model.__signature__ = _Help(None, "signature")  # type: ignore[attr-defined]
