"""The bargaining range: for each deal what either side gains, and whether both gain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from detente.figures.drawing import Drawing, box, cut, joined, line, word
from detente.figures.figure import Column, Rows, Table, said
from detente.figures.theme import (
    DEAL_FILL,
    DEMANDER,
    DEMANDER_TEXT,
    HOLDER,
    INK,
    LINE,
    RATIONAL_FILL,
    SOFT,
    WHITE,
)

ROW = 58


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal and what it is worth now to either side, 5, 50 and 95 % of the draws.

    Attributes:
        label: In words.
        holder: Gain of the holder.
        demander: Gain of the demander.
        both: Share of draws in which both gain; None where there is one case and no draws.
    """

    label: str
    holder: tuple[float, float, float]
    demander: tuple[float, float, float]
    both: float | None


def bargain(
    name: str,
    title: str,
    deals: Sequence[Deal],
    *,
    holder: str,
    demander: str,
    unit: str,
    subtitle: Sequence[str] = (),
    width: int = 380,
) -> Drawing:
    """A row for each deal: right of zero a side gains, left of it loses; both right is a bargain.

    Args:
        name: Of the figure.
        title: What it shows.
        deals: From top to bottom.
        holder: Who that is.
        demander: Likewise.
        unit: Of the gains.
        subtitle: Below the title.
        width: In pixels.
    """
    ends = [x for d in deals for x in (*d.holder, *d.demander)] or [0.0]
    low, high = min(*ends, 0.0), max(*ends, 0.0)
    pad = (high - low or 1.0) * 0.04
    low, high = low - pad, high + pad

    def at(x: float) -> float:
        return (x - low) / (high - low) * (width - 2) + 1

    top, bottom = 44.0, 44.0 + ROW * len(deals)
    marks = [
        _key(0, 12, HOLDER, HOLDER, cut(holder, 24), filled=True),
        _key(width / 2, 12, DEMANDER, DEMANDER_TEXT, cut(demander, 24), filled=False),
        word(at(0.0) - 6, 34, "← loses", colour=SOFT, anchor="end"),
        word(at(0.0) + 6, 34, "gains →", colour=SOFT),
    ]
    rows: Rows = []
    for i, d in enumerate(deals):
        y = top + ROW * i
        fair = min(d.holder[1], d.demander[1])
        marks.append(box(0, y, width, ROW - 6, DEAL_FILL if fair > 0 else RATIONAL_FILL, rx=4))
        marks.append(word(8, y + 15, cut(d.label, 26), bold=True))
        marks.append(word(width - 8, y + 15, _both(d).replace("%", " %"), anchor="end"))
        for dy, colour, values, filled in ((27, HOLDER, d.holder, True), (41, DEMANDER, d.demander, False)):
            a, m, b = (at(v) for v in values)
            marks.append(line(a, y + dy, b, y + dy, colour, 2.4))
            paint = f'fill="{colour}"' if filled else f'fill="{WHITE}"'
            marks.append(
                f'<circle cx="{m:.1f}" cy="{y + dy:g}" r="4.5" {paint} stroke="{colour}" stroke-width="2.4"/>'
            )
        rows.append(
            {
                "deal": d.label,
                "holder": d.holder[1],
                "holder_low": d.holder[0],
                "holder_high": d.holder[2],
                "demander": d.demander[1],
                "demander_low": d.demander[0],
                "demander_high": d.demander[2],
                "both": d.both,
            }
        )
    marks.append(line(at(0.0), top - 4, at(0.0), bottom, INK, 1.4))
    for value in _ticks(low, high):
        marks.append(line(at(value), bottom, at(value), bottom + 5, SOFT))
        marks.append(word(at(value), bottom + 18, said(value), anchor="middle", colour=INK))
    marks.append(line(0, bottom, width, bottom, LINE))
    marks.append(
        word(width / 2, bottom + 35, f"gain from the deal struck now ({unit})", anchor="middle", colour=SOFT)
    )
    listed = "; ".join(
        f"{d.label}: {holder} {said(round(d.holder[1], 3), 'signed')}, {demander}"
        f" {said(round(d.demander[1], 3), 'signed')}, {_both(d)}{' of draws' * (d.both is not None)}"
        for d in deals
    )
    columns = (
        Column("deal", "deal", "text"),
        Column("holder", f"{holder}: gain, median ({unit})", "signed"),
        Column("holder_low", "5 %", "signed"),
        Column("holder_high", "95 %", "signed"),
        Column("demander", f"{demander}: gain, median ({unit})", "signed"),
        Column("demander_low", "5 %", "signed"),
        Column("demander_high", "95 %", "signed"),
        Column("both", "both gain, share of draws", "percent"),
    )
    return Drawing(
        name,
        title,
        tuple(subtitle),
        f"{title}. Medians: {listed}.",
        (Table("rows", title, columns, rows),),
        width,
        round(bottom + 44),
        joined(marks),
    )


def _both(d: Deal) -> str:
    if d.both is None:
        return "both gain" if min(d.holder[1], d.demander[1]) > 0 else "not both gain"
    return f"both gain in {d.both:.0%}"


def _key(x: float, y: float, colour: str, ink: str, text: str, *, filled: bool) -> str:
    paint = f'fill="{colour}"' if filled else f'fill="{WHITE}"'
    mark = f'<circle cx="{x + 6:g}" cy="{y - 4:g}" r="4.5" {paint} stroke="{colour}" stroke-width="2.4"/>'
    return mark + word(x + 18, y, text, colour=ink, bold=True)


def _ticks(low: float, high: float) -> list[float]:
    """Four to eight round numbers between two ends."""
    import math

    step = 10 ** math.floor(math.log10((high - low) / 2))
    while (high - low) / step > 7:
        step *= 2
    first = math.ceil(low / step)
    return [k * step for k in range(first, math.floor(high / step) + 1)]
