"""A scenario: what somebody changed about a case, checked and put in a form that can be compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from detente.case.case import Assumption, Case
from detente.case.expression import Intervention
from detente.errors import UsageError
from detente.model import Model
from detente.parameter import Domain, Parameter, nearest

if TYPE_CHECKING:
    from detente.study.draws import Draws

DIGITS = 6
"""Significant digits of a number that is set: what is told apart, in the cache and in a link."""

ANYTHING = Domain.parse("(-inf, inf)")
MOST = 256
"""Entries of a list in a request."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is changed about a case; equal if it says the same.

    Attributes:
        values: Assumptions that are fixed, sorted by name.
        off: Mechanisms switched off, sorted.
        levers: Levers pulled, sorted.
    """

    values: tuple[tuple[str, float], ...] = ()
    off: tuple[str, ...] = ()
    levers: tuple[str, ...] = ()

    @property
    def change(self) -> Intervention:
        """The switches and levers as an intervention."""
        return Intervention(self.off, self.levers)

    def within(self, other: Intervention) -> Intervention:
        """Another change made in this scenario."""
        return replace(other, off=(*other.off, *self.off), levers=(*other.levers, *self.levers))


AS_WRITTEN = Scenario()


def scenario(
    case: Case,
    model: Model,
    values: Mapping[str, Any] | None = None,
    off: Iterable[str] = (),
    levers: Iterable[str] = (),
) -> Scenario:
    """Check what is to be changed.

    Args:
        case: The case.
        model: Its model.
        values: Numbers, or words of a choice, by the name of a parameter or quantity.
        off: Names of mechanisms.
        levers: Ids of levers.

    Raises:
        UsageError: A name does not exist, or a value lies outside its domain.
    """
    named(case, model, values or {})
    fixed = []
    for name, value in sorted((values or {}).items()):
        try:
            code = rounded(coded(model.by_name.get(name), value))
        except ValueError as problem:
            raise UsageError(f"{name}: {problem}") from None
        fixed.append((name, code))
    return Scenario(
        tuple(fixed),
        _listed("mechanism", off, [m.name for m in model.mechanisms]),
        _listed("lever", levers, [x.id for x in case.levers]),
    )


def movable(case: Case, model: Model) -> list[str]:
    """Names of the assumptions that can be set: quantities, and parameters that shape no computation."""
    return [n for n in case.assumptions if n in case.quantities or not model.by_name[n].static]


def named(case: Case, model: Model, names: Iterable[str]) -> tuple[str, ...]:
    """Check names of assumptions that are to be set.

    Raises:
        UsageError: One does not exist.
    """
    return _listed("assumption", names, movable(case, model))


def coded(parameter: Parameter | None, value: Any) -> float:
    """The number that a value stands for; a choice may be given as its word or its number.

    Raises:
        ValueError: It has the wrong type or lies outside the domain.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"found {type(value).__name__}, expected a number")
    if parameter is not None and isinstance(value, str):
        return parameter.code(value)
    domain = ANYTHING if parameter is None else parameter.domain
    if isinstance(value, str) or value not in domain or abs(value) > 1e12:
        raise ValueError(
            f"found {value!r:.40}, expected {'a number' if parameter is None else parameter.expected}"
        )
    return float(value)


def rounded(x: float) -> float:
    """The number with as many digits as are told apart."""
    return float(f"{x:.{DIGITS}g}")


def settled(case: Case, given: Scenario) -> Case:
    """The case with the scenario's numbers as fixed values."""
    fixed = {name: Assumption(name, value, source="laboratory") for name, value in given.values}

    def under(group: Mapping[str, Assumption]) -> dict[str, Assumption]:
        return {name: replace(fixed[name], unit=a.unit) if name in fixed else a for name, a in group.items()}

    return replace(case, parameters=under(case.parameters), quantities=under(case.quantities))


def middle(case: Case, given: Scenario) -> Draws:
    """One draw in the middle of everything that is uncertain: each number at the median of its prior."""
    import numpy as np

    from detente.study.draws import at, dimensions

    now = settled(case, given)
    return at(now, np.full((len(dimensions(now)), 1), 0.5), np.zeros(1, np.int64))


def drawn(case: Case, given: Scenario, seed: int, start: int, stop: int) -> Draws:
    """Draws of the case in which the scenario's numbers are fixed and the others are as without it."""
    import numpy as np

    from detente.study.draws import at, dimensions, shares

    now, names = settled(case, given), dimensions(case)
    left = [names.index(name) for name in dimensions(now)]
    return at(now, shares(case, seed, start, stop)[left], np.arange(start, stop))


def _listed(what: str, given: Iterable[str], known: list[str]) -> tuple[str, ...]:
    found = sorted(set(given))
    for name in found:
        if name not in known:
            raise UsageError(_unknown(what, name, known))
    return tuple(found)


def _unknown(what: str, name: object, known: Iterable[str]) -> str:
    close = nearest(name, known)
    hint = f'; did you mean "{close}"?' if close else ""
    return f'"{name!s:.60}" is no {what} of the case{hint}'
