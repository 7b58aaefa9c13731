"""Parameters: named numbers with a unit, a domain and the mechanism they belong to.

This module is pure Python, so that describing a model or checking a case never loads a
numerical library.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

_INTERVAL = re.compile(r"^([\[(])\s*(\S+)\s*,\s*(\S+)\s*([\])])( whole)?$")


@dataclass(frozen=True, slots=True)
class Domain:
    """An interval of real numbers, or of whole numbers.

    Written as in mathematics: ``[0, 1)`` contains 0 and not 1; ``[0, 4] whole`` is 0, 1, 2, 3, 4.
    """

    low: float
    high: float
    low_open: bool
    high_open: bool
    whole: bool

    @classmethod
    def parse(cls, text: str) -> Domain:
        """Read an interval such as ``[0, 1)``, ``(0, inf)`` or ``[1, 200] whole``."""
        match = _INTERVAL.match(text)
        if match is None:
            raise ValueError(f"not an interval: {text!r}")
        left, low, high, right, whole = match.groups()
        return cls(float(low), float(high), left == "(", right == ")", whole is not None)

    def __contains__(self, value: float) -> bool:
        try:
            finite = math.isfinite(value)
        except OverflowError:  # a whole number too large for a float
            return False
        if not finite or (self.whole and value != int(value)):
            return False
        above = value > self.low if self.low_open else value >= self.low
        below = value < self.high if self.high_open else value <= self.high
        return above and below

    def __str__(self) -> str:
        left, right = "[("[self.low_open], "])"[self.high_open]
        interval = f"{left}{self.low:g}, {self.high:g}{right}"
        return f"a whole number in {interval}" if self.whole else interval


@dataclass(frozen=True, slots=True)
class Parameter:
    """One named number of a model.

    Attributes:
        name: The name used in case files, claims and results.
        meaning: One line in the field's words.
        unit: What one of it is: ``stake a year``, ``probability``, ``steps``.
        domain: The values that make sense.
        default: The value taken where nobody gives one; shown as an assumption.
        mechanism: The mechanism it belongs to, or None.
        neutral: The value at which that mechanism is switched off, or None.
        labels: For a choice among words: the words, standing for 0, 1, 2 …
        static: True if it shapes the computation itself (the horizon), so that it cannot
            differ inside a batch.
    """

    name: str
    meaning: str
    unit: str
    domain: Domain
    default: float
    mechanism: str | None = None
    neutral: float | None = None
    labels: tuple[str, ...] = ()
    static: bool = False

    def code(self, value: object) -> float:
        """Turn a user's value into the number that the model computes with.

        Raises:
            ValueError: The value has the wrong type or lies outside the domain; the message
                says what was found and what was expected.
        """
        if self.labels:
            if isinstance(value, str) and value in self.labels:
                return float(self.labels.index(value))
            words = ", ".join(f'"{label}"' for label in self.labels)
            raise ValueError(f"found {value!r}, expected one of {words}{_near(value, self.labels)}")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"found {_short(value)}, expected a number: {self.expected}")
        if value not in self.domain:
            raise ValueError(f"found {value!r}, expected {self.expected}")
        return float(value)

    @property
    def expected(self) -> str:
        """The domain in words, with the unit."""
        return f"{self.domain} ({self.unit})"


def parameter(
    name: str,
    meaning: str,
    unit: str,
    domain: str,
    default: float,
    mechanism: str | None = None,
    neutral: float | None = None,
    **more: object,
) -> Parameter:
    """Shorthand for model files: a `Parameter` whose domain is written as text."""
    return Parameter(
        name,
        meaning,
        unit,
        Domain.parse(domain),
        default,
        mechanism,
        neutral,
        **more,  # type: ignore[arg-type]
    )


def nearest(name: object, known: Iterable[str]) -> str | None:
    """The known name most like the one given, or None if nothing is near."""
    found = get_close_matches(str(name), list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def _near(name: object, known: Iterable[str]) -> str:
    close = nearest(name, known)
    return f' (did you mean "{close}"?)' if close else ""


def _short(value: object) -> str:
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) <= 40 else text[:37] + '…'}"
