"""A box of assumptions in words."""

from __future__ import annotations

import math
from collections.abc import Sequence

from detente.case.case import Case
from detente.model import Model
from detente.study.methods.boxes import Found
from detente.study.methods.peeling import FREE, Axis
from detente.study.numbers import interval, percent

_PLAIN = ("", "probability", "share", "exponent", "choice")
_WHEN = ((0.95, "whenever"), (0.75, "mostly when"), (0.0, "more often when"))


def axes_of(case: Case, model: Model, names: Sequence[str]) -> tuple[Axis, ...]:
    """Parameters and quantities of a case as axes of a box.

    Args:
        case: The case.
        model: Its model.
        names: Names of what is uncertain in it.
    """
    assumptions, known = case.assumptions, model.by_name

    def axis(name: str) -> Axis:
        one, parameter = assumptions[name], known.get(name)
        says, unit = name.replace("_", " "), parameter.unit if parameter else one.unit
        return Axis(
            name,
            says,
            "" if unit in (*_PLAIN, *says.split()) else unit,
            (one.prior is not None and one.prior.kind == "choice")
            or bool(parameter and parameter.domain.whole),
            parameter.labels if parameter else (),
        )

    return tuple(axis(name) for name in names)


def sentences(found: Found, axes: Sequence[Axis], what: str) -> tuple[str, str]:
    """What a box says: where it holds, and what that is worth.

    Args:
        found: The box.
        axes: What it bounds.
        what: What holds there, as a sentence: ``The red line is rational.``
    """
    what = what.strip().rstrip(".")
    bounds = limits(found, axes)
    if not bounds:
        return (
            f"{what}: no box of assumptions sets the draws in which this holds apart from the others.",
            f"It holds in {percent(found.overall)} of all draws.",
        )
    when = next(word for least, word in _WHEN if found.density >= least)
    worth = (
        f"This holds in {percent(found.density)} of the {found.inside:,} draws there (95 % interval"
        f" {interval(found.low, found.high)}), against {percent(found.overall)} of all; there lie"
        f" {percent(found.coverage)} of the draws in which it holds and {percent(found.mass)} of all draws."
    )
    if found.failed:
        worth += f" Besides, {percent(found.failed)} of what was drawn there has no answer."
    return f"{what} {when} {_list(bounds)}.", worth


def limits(found: Found, axes: Sequence[Axis]) -> tuple[str, ...]:
    """Each restriction of a box in words, the surest first."""
    return tuple(_limit(found, axes[i], i) for i in surest(found))


def surest(found: Found) -> list[int]:
    """The axes that a box restricts, those first that chance explains least."""
    return sorted(found.box.restricted, key=lambda i: (found.p[i], i))


def allowed(found: Found, axis: Axis, i: int) -> tuple[str, ...]:
    """Of a choice among words those that are left in the box; of a number none."""
    out = {int(code) for place, code in found.box.barred if place == i}
    return tuple(label for code, label in enumerate(axis.labels) if code not in out)


def _limit(found: Found, axis: Axis, i: int) -> str:
    low, high = found.box.low[i], found.box.high[i]
    if axis.labels:
        left = [f'"{label}"' for label in allowed(found, axis, i)]
        return f"{axis.says} is {' or '.join(left)}"
    digits = _digits(*found.spans[i].tolist())
    unit = f" {axis.unit}" if axis.unit else ""

    def number(x: float) -> str:
        text = f"{x:.{digits}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return "0" if text == "-0" else text.replace("-", "−")

    if axis.stepped:
        if low == high:
            return f"{axis.says} is {number(low)}{unit}"
        if low > -FREE and high < FREE:
            return f"{axis.says} is from {number(low)} to {number(high)}{unit}"
        return f"{axis.says} is " + (
            f"at least {number(low)}{unit}" if low > -FREE else f"at most {number(high)}{unit}"
        )
    if low > -FREE and high < FREE:
        return f"{axis.says} is between {number(low)} and {number(high)}{unit}"
    return f"{axis.says} is " + (
        f"above {number(low)}{unit}" if low > -FREE else f"below {number(high)}{unit}"
    )


def _digits(low: float, high: float) -> int:
    """Decimals that show a number to about a hundredth of the range drawn."""
    return max(0, math.ceil(1.5 - math.log10(high - low))) if high > low else 3


def _list(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
