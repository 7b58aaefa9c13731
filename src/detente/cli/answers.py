"""The study's further answers in a terminal: where, what then, what it would take, how sure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from detente.cli.terminal import RIGHT, table
from detente.study.numbers import interval, percent
from detente.study.words import belief, smallest

if TYPE_CHECKING:
    from rich.console import Console

    from detente.study.questions.contributions import Contributions
    from detente.study.questions.flips import Flip
    from detente.study.questions.levers import Opening
    from detente.study.questions.sets import Together
    from detente.study.questions.sure import Sure
    from detente.study.questions.where import Where

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
    for r in sorted(
        found.responses, key=lambda r: -max((d.with_deal.share for d in r.doses if d.with_deal), default=0.0)
    ):
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


def contributions(console: Console, found: Contributions) -> None:
    """What each assumption contributes to the decisive outcome; the claims' are in the run folder."""
    from rich.text import Text

    for one in (x for x in found.outputs if not x.id and x.parts):
        totals = [("in all", RIGHT)] if not found.no_total else []
        rows = table(
            f"What contributes: {one.says} ({one.walks:,} walks)",
            ("assumption", {"ratio": 1}),
            ("contributes", RIGHT),
            ("95 % interval", RIGHT),
            *totals,
        )
        for p in one.parts:
            total = [] if p.total is None else [percent(max(p.total, 0.0))]
            ends = interval(max(p.low, 0.0), min(max(p.high, 0.0), 1.0))
            rows.add_row(Text(p.name.replace("_", " ")), percent(max(p.effect, 0.0)), ends, *total)
        console.print(rows)
        note = "contributes: share of the variance with what it does together with others (Shapley effect)."
        console.print(Text(f"{note} {found.no_total}".rstrip(), style="dim"))
    asked = sum(bool(x.parts) for x in found.outputs if x.id)
    console.print(
        Text(
            f"The same for {asked} of {sum(bool(x.id) for x in found.outputs)} claims: effects.csv.",
            style="dim",
        )
    )


def flips(console: Console, found: Sequence[Flip]) -> None:
    """What one would have to believe for each answer to be the other."""
    from rich.text import Text

    heading(console, "What you would have to believe")
    for one in sorted(found, key=lambda f: f.distance if f.distance is not None else float("inf")):
        console.print(Text(belief(one)))


def sure(console: Console, found: Sure) -> None:
    """How sure the verdicts are; what changes a claim's word is said next to it."""
    from rich.text import Text

    heading(console, "How sure")
    rows = table(
        "Share as the priors are, the smallest and the largest with one assumption believed otherwise",
        ("question", {"ratio": 1}),
        ("share", RIGHT),
        ("smallest", RIGHT),
        ("largest", RIGHT),
        ("word changes", RIGHT),
    )
    for one in found.priors:
        ends = [percent(x.share) if x else "" for x in (one.lowest, one.highest)]
        changes = f"{one.changed} of {one.tried + len(one.joint)}" if one.changed else "never"
        rows.add_row(Text(one.id), percent(one.share), *ends, changes)
    console.print(rows)
    for variant in found.solver:
        if variant.reason:
            console.print(Text(f"{variant.says}: not tried, {variant.reason}.", style="dim"))
            continue
        worst = max(variant.flips.values(), default=0.0)
        console.print(
            Text(
                f"With {variant.says} ({variant.draws} draws, {variant.failed} left out) no answer changes in"
                f" more than {percent(worst)} of them.",
                style="dim",
            )
        )
    if found.second:
        s = found.second
        shares = "; ".join(f"{id} {percent(x.share)}" for id, x in s.verdicts.items())
        worth = f"{s.draws:,} draws are worth {s.effective:,.0f}"
        console.print(Text(f"Under the second priors ({', '.join(s.differs)}) {worth}: {shares}."))


def _dose(x: float | None) -> str:
    return "never" if x is None else f"{x:.2f}"


def _named(one: Together) -> str:
    return " + ".join(one.levers) if len(one.levers) <= LONG else f"all {len(one.levers)} of these"


def heading(console: Console, text: str) -> None:
    """A line that begins a section."""
    from rich.text import Text

    console.print(Text(f"\n{text}", style="bold"))
