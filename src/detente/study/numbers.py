"""Numbers as sentences and tables show them."""

from __future__ import annotations


def percent(share: float) -> str:
    """A share as a whole per cent; never 0 % or 100 % for a share that is neither."""
    if 0 < share < 0.005:
        return "under 1 %"
    if 0.995 <= share < 1:
        return "over 99 %"
    return f"{100 * share:.0f} %"


def number(x: float) -> str:
    """A number with three decimals and its sign."""
    return "0.000" if abs(x) < 0.0005 else f"{x:+.3f}".replace("-", "−")


def interval(low: float, high: float) -> str:
    """Both ends of a share's interval."""
    ends = dict.fromkeys((percent(low), percent(high)))
    return " to ".join(ends)
