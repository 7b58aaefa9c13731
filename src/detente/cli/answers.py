"""The study's further answers in a terminal: where, what then, what it would take, how sure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from detente.cli.terminal import RIGHT, table
from detente.study.numbers import interval, percent
from detente.study.words import smallest

if TYPE_CHECKING:
    from rich.console import Console

    from detente.study.levers import Opening
    from detente.study.sets import Together
    from detente.study.where import Where

TOP = 5
"""Sets of levers of a kind that are shown."""
LONG = 4
"""Levers of a set that are named."""


def where(console: Console, found: Sequence[Where]) -> None:
    """Where a deal exists and where claims that depend hold."""
    from rich.text import Text

    told = [one for one in found if one.places]
    if not told:
        reasons = dict.fromkeys(one.reason for one in found)
        if reasons:
            heading(console, "Where it holds")
        for reason in reasons:
            console.print(Text(f"Not told: {reason}.", style="dim"))
        return
    heading(console, "Where it holds")
    for one in told:
        for place in one.places:
            console.print(Text(place.says))
            console.print(Text(f"  {place.worth}", style="dim"))
            if place.unseen_density is not None and place.bounds:
                often = ", ".join(
                    f"{b.name.replace('_', ' ')} {percent(b.again or 0.0)}" for b in place.bounds
                )
                console.print(
                    Text(
                        f"  Searched again on draws drawn again: {percent(place.unseen_density)} in draws not"
                        f" seen; bounded again: {often}.",
                        style="dim",
                    )
                )


def opening(console: Console, found: Opening) -> None:
    """What would open a deal."""
    from rich.text import Text

    rows = table(
        f"What would open a deal: each lever's dose ({found.draws:,} draws)",
        ("lever (dose 1: as the case says)", {"ratio": 1}),
        *((f"× {d.dose:g}", RIGHT) for d in found.responses[0].doses),
        ("median from", RIGHT),
        ("half from", RIGHT),
        ("lowers in", RIGHT),
    )
    for r in sorted(found.responses, key=lambda r: -max(d.with_deal.share for d in r.doses if d.with_deal)):
        shares = [percent(d.with_deal.share) if d.with_deal else "none" for d in r.doses]
        rows.add_row(
            Text(f"{r.id} ({r.who})"), *shares, _dose(r.median_from), _dose(r.half_from), percent(r.lowers)
        )
    console.print(rows)
    console.print(
        Text(
            "Share of draws with a deal at each dose. median from, half from: smallest dose at which the"
            " median zone is positive, at which half of the blocked draws have a deal, on straight lines"
            " between the doses tried. lowers in: share of draws in which the lever at full dose makes a"
            " deal harder.",
            style="dim",
        )
    )
    for r in found.responses:
        for place in r.backfires.places if r.backfires else ():
            if place.bounds:
                console.print(Text(place.says))
                console.print(Text(f"  {place.worth}", style="dim"))
    rows = table(
        f"Sets of levers ({found.set_draws:,} draws, {found.blocked:,} of them without a deal)",
        ("levers", {"ratio": 1}),
        ("who has to move", {}),
        ("opens", RIGHT),
        ("95 % interval", RIGHT),
    )
    for one in dict.fromkeys((*found.smallest[:TOP], *found.movers, *found.pairs[:TOP])):
        if one.opened:
            o = one.opened
            rows.add_row(Text(_named(one)), " and ".join(one.who), percent(o.share), interval(o.low, o.high))
        else:
            rows.add_row(Text(f"{_named(one)}: {one.reason}"), " and ".join(one.who), "no answer", "")
    console.print(rows)
    console.print(Text(smallest(found)))


def _dose(x: float | None) -> str:
    return "never" if x is None else f"{x:.2f}"


def _named(one: Together) -> str:
    return " + ".join(one.levers) if len(one.levers) <= LONG else f"all {len(one.levers)} of these"


def heading(console: Console, text: str) -> None:
    """A line that begins a section."""
    from rich.text import Text

    console.print(Text(f"\n{text}", style="bold"))
