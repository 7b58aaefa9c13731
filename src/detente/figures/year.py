"""The year of the game: its stages in order, who moves, and what each does with which probability."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from detente.figures.drawing import Drawing, box, cut, joined, line, word
from detente.figures.figure import Column, Rows, Table
from detente.figures.theme import DEMANDER, DEMANDER_TEXT, HOLDER, INK, LINE, NATURE, SOFT, WHITE

ROW, HEAD, GAP = 20, 24, 14
_BAR, _ROOM = 214, 118  # left end and length of a bar, in pixels


@dataclass(frozen=True, slots=True)
class Move:
    """An action at a stage.

    Attributes:
        label: In words, with the condition under which it is considered.
        quantiles: Of its probability over the draws: 5, 50 and 95 %.
    """

    label: str
    quantiles: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Moment:
    """A stage of the year.

    Attributes:
        stage: Its name.
        player: Who moves: 0 the holder, 1 the demander, None chance or nobody.
        who: In words.
        moves: What can be done; none where nothing is chosen.
    """

    stage: str
    player: int | None
    who: str
    moves: tuple[Move, ...]


def year(
    name: str,
    title: str,
    moments: Sequence[Moment],
    *,
    subtitle: Sequence[str] = (),
    nothing: str = "nothing to choose at the start",
    width: int = 380,
) -> Drawing:
    """Time runs downward; each player has a lane and a colour, chance a diamond.

    Args:
        name: Of the figure.
        title: What it shows.
        moments: The stages in order.
        subtitle: Below the title.
        nothing: What is said of a stage without moves.
        width: In pixels.
    """
    lanes = {0: 14, 1: 38, None: 26}
    colours = {0: (HOLDER, HOLDER), 1: (DEMANDER, DEMANDER_TEXT), None: (NATURE, NATURE)}
    bar, room = width - _ROOM - 48, _ROOM
    marks: list[str] = []
    centres: list[tuple[float, float, int | None]] = []
    y = 6.0
    rows: Rows = []
    for moment in moments:
        fill, ink = colours[moment.player]
        centres.append((lanes[moment.player], y + 9, moment.player))
        marks.append(word(60, y + 13, moment.stage, bold=True, colour=INK))
        marks.append(word(width, y + 13, cut(moment.who, 34), colour=ink, anchor="end"))
        y += HEAD
        if not moment.moves:
            marks.append(word(60, y + 13, nothing, colour=SOFT))
            y += ROW
        for move in moment.moves:
            low, middle, high = move.quantiles
            marks.append(word(60, y + 13, cut(move.label, (bar - 66) * 10 // 63)))
            marks.append(box(bar, y + 4, room, 11, LINE, opacity="0.6"))
            marks.append(box(bar, y + 4, room * middle, 11, fill))
            marks.append(line(bar + room * low, y + 9.5, bar + room * high, y + 9.5, INK, 1.6))
            marks.append(word(width, y + 14, _percent(middle), anchor="end"))
            rows.append(
                {
                    "stage": moment.stage,
                    "who": moment.who,
                    "action": move.label,
                    "low": low,
                    "middle": middle,
                    "high": high,
                }
            )
            y += ROW
        y += GAP
    spine = [line(x, top, a, down, SOFT, 1.4) for (x, top, _), (a, down, _) in itertools.pairwise(centres)]
    symbols = [_symbol(x, at, player, colours[player][0]) for x, at, player in centres]
    listed = "; ".join(
        f"{m.stage} ({m.who}): "
        + (", ".join(f"{a.label} {_percent(a.quantiles[1])}" for a in m.moves) or nothing)
        for m in moments
    )
    columns = (
        Column("stage", "stage", "text"),
        Column("who", "who", "text"),
        Column("action", "action", "text"),
        Column("middle", "probability, median", "percent"),
        Column("low", "5 % of draws", "percent"),
        Column("high", "95 % of draws", "percent"),
    )
    return Drawing(
        name,
        title,
        tuple(subtitle),
        f"{title}. In order: {listed}.",
        (Table("rows", title, columns, rows),),
        width,
        round(y),
        joined([*spine, *symbols, *marks]),
    )


def _symbol(x: float, y: float, player: int | None, fill: str) -> str:
    """A circle for a decision, filled for the holder and ringed for the demander; a diamond for no one's."""
    if player is None:
        points = f"{x},{y - 7} {x + 7},{y} {x},{y + 7} {x - 7},{y}"
        return f'<polygon points="{points}" fill="{fill}"/>'
    if player == 0:
        return f'<circle cx="{x:g}" cy="{y:g}" r="7" fill="{fill}"/>'
    return f'<circle cx="{x:g}" cy="{y:g}" r="6" fill="{WHITE}" stroke="{fill}" stroke-width="3.5"/>'


def _percent(x: float) -> str:
    if 0 < x < 0.005:
        return "<1 %"
    return f"{100 * x:.0f} %" if not 0.995 <= x < 1 else ">99 %"
