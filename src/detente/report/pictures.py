"""The figures of a run's report, from its data: which there are, their titles, how to read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from detente.figures import (
    Column,
    Figure,
    Interval,
    Side,
    claims,
    dots,
    experience,
    fan,
    histories,
    intervals,
    phase,
)
from detente.figures.bargain import Deal, bargain
from detente.figures.drawing import Drawing
from detente.figures.phase import zero
from detente.figures.year import Moment, Move, year
from detente.models import get
from detente.report import sentences as say
from detente.report import strings as t
from detente.report.data import RunData

DOTS = 50
"""Of the first picture: a printed page can be counted at leisure."""
HISTORIES = 8
"""Draws whose history is shown by itself."""
SHOWN_DRAWS = 400
"""Draws on the map, at most: more hide what is behind them."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure in the report.

    Attributes:
        figure: What is drawn.
        read: How to read it.
        wide: Whether it takes the whole width, with its words and numbers beside it.
        below: A further figure below it, in the same place of the page.
    """

    figure: Figure | Drawing
    read: str = ""
    wide: bool = False
    below: Shown | None = None


def hero(run: RunData) -> list[Shown]:
    """The first picture: how the decisive outcome lies over the draws."""
    import numpy as np

    model = get(run.case.model)
    zone = run.draws.get(f"{model.decisive}()")
    if zone is None or not np.isfinite(zone).any():
        return []
    known = zone[np.isfinite(zone)]
    at = np.quantile(known, (np.arange(DOTS) + 0.5) / DOTS).tolist()
    n = sum(x > 0 for x in at)
    figure = dots(
        "zone",
        say.hero(n, DOTS, len(known)),
        at,
        unit=model.outcome(model.decisive).unit,
        x_title=t.ZONE,
        above=t.DEAL,
        below=t.NO_DEAL,
    )
    return [Shown(figure, t.HERO_READ)]


def judged(run: RunData) -> list[Shown]:
    """Shares of draws in which claims hold, a figure for each side."""
    found = []
    for side, title in t.SIDES.items():
        verdicts = [c.verdict for c in run.verdicts["claims"] if c.verdict.side == side]
        rows = [
            Interval(v.says, v.share, v.low, v.high, f"{t.SIGNS[v.word]} {v.word}", v.id)
            for v in verdicts
            if v.share is not None
        ]
        if rows:
            found.append(Shown(claims(f"claims-{side}", f"{title}: {t.CLAIMS_FIGURE}", rows), t.CLAIMS_READ))
    return found


def where(run: RunData) -> list[Shown]:
    """The phase diagram over the two assumptions that drive the decisive outcome most."""
    import numpy as np

    found, model = run.figures.get("map"), get(run.case.model)
    if not found:
        return []
    names, known = found["names"], model.by_name
    x, y = (
        Side(say.spaced(n), known[n].unit, places)
        for n, places in zip(names, (found["x"], found["y"]), strict=True)
    )
    zone = run.draws.get(f"{model.decisive}()")
    columns = [run.draws.get(f"input:{n}") for n in names]
    draws: list[tuple[float, float, bool]] = []
    if zone is not None and columns[0] is not None and columns[1] is not None:
        good = np.flatnonzero(np.isfinite(zone))[:SHOWN_DRAWS]
        draws = [(float(columns[0][i]), float(columns[1][i]), bool(zone[i] > 0)) for i in good]
    ensemble = [zero(x.places, y.places, table) for table in found["ensemble"]]
    figure = phase(
        "where",
        say.where(x.name, y.name),
        x,
        y,
        found["middle"],
        unit=model.outcome(model.decisive).unit,
        above=t.DEAL,
        below=t.RATIONAL,
        draws=draws,
        ensemble=ensemble,
        you=(found["at"][0], found["at"][1]),
        you_says=t.MEDIAN_CASE,
    )
    return [Shown(figure, t.WHERE_READ.format(n=len(ensemble)))]


def effects(run: RunData, key: str) -> list[Shown]:
    """What each mechanism blocks, or each lever opens: key ``mechanisms`` or ``levers``."""
    found = [e for e in run.verdicts.get(key) or () if e.with_deal is not None and e.before is not None]
    if not found:
        return []
    found.sort(key=lambda e: (-((e.opens or 0) - (e.closes or 0)), e.id))
    rows = [
        Interval(
            f"{say.spaced(e.id)}: {e.says}" if key == "mechanisms" else f"{e.says} ({e.who})",
            e.with_deal.share,
            e.with_deal.low,
            e.with_deal.high,
            key=say.spaced(e.id) if key == "mechanisms" else e.id,
            more={"opens": e.opens, "closes": e.closes, "shift": e.shift},
        )
        for e in found
    ]
    figure = intervals(
        key,
        t.ABSENT if key == "mechanisms" else t.LEVERS,
        rows,
        unit="share",
        x_title=t.WITH_DEAL,
        reference=found[0].before,
        reference_says=t.AS_THINGS_ARE,
        what=key[:-1],
        further=(
            Column("opens", t.OPENS, "percent"),
            Column("closes", t.CLOSES, "percent"),
            Column("shift", t.SHIFT, "signed"),
        ),
    )
    return [Shown(figure, t.EFFECTS_READ, wide=True)]


def unfolds(run: RunData) -> list[Shown]:
    """Each path that a run keeps: bands, and single draws in small panels."""
    import numpy as np

    model, found = get(run.case.model), []
    for name, bands in (run.figures.get("paths") or {}).items():
        outcome = model.outcome(name)
        title = say.over_time(outcome.meaning)
        below = None
        paths = run.draws.get(f"path:{name}")
        if paths is not None and paths.ndim == 2:
            good = np.flatnonzero(np.isfinite(paths).all(axis=1))[:HISTORIES]
            single = {say.draw(int(i)): paths[i].tolist() for i in good}
            if single:
                figure = histories(
                    f"histories-{name}",
                    say.histories(say.spaced(name), len(single)),
                    single,
                    unit=outcome.unit,
                    bands=bands,
                )
                below = Shown(figure)
        whole = fan(f"path-{name}", title, bands, unit=outcome.unit, subtitle=(t.BAND,))
        found.append(Shown(whole, below=below))
    return found


def first_year(run: RunData) -> list[Shown]:
    """The year of the game with its probabilities, and what deals are worth."""
    shown = []
    found = run.figures.get("year")
    names = {0: run.case.holder, 1: run.case.demander}
    if found:
        moments = [
            Moment(
                m.stage,
                m.player,
                names.get(m.player, t.NOBODY),
                tuple(Move(say.move_label(a.label, a.given), tuple(a.quantiles)) for a in m.moves),
            )
            for m in found["moments"]
        ]
        shown.append(Shown(year("year", t.YEAR, moments), t.YEAR_READ.format(n=found["draws"])))
    worth = run.figures.get("deals")
    if worth:
        gains = list(worth["gains"].values())
        deals = [
            Deal(label, tuple(h), tuple(d), both)
            for label, h, d, both in zip(worth["labels"], *gains, worth["both"], strict=True)
        ]
        unit = get(run.case.model).outcome(next(iter(worth["gains"]))).unit
        figure = bargain(
            "deals", t.BARGAIN, deals, holder=run.case.holder, demander=run.case.demander, unit=unit
        )
        shown.append(Shown(figure, t.BARGAIN_READ.format(n=worth["draws"])))
    return shown


def taught(run: RunData) -> dict[str, Shown]:
    """By experience, its episodes."""
    return {
        e.about: Shown(
            experience(
                f"experience-{e.about}",
                say.episodes(e.about),
                [(x.year, x.name, x.kept, x.weight) for x in e.episodes],
            )
        )
        for e in run.case.experience.values()
        if e.episodes
    }


def every(parts: Mapping[str, Sequence[Shown]]) -> list[Figure | Drawing]:
    """All figures of a report, once each, in order."""
    shown = [s for part in parts.values() for one in part for s in (one, one.below) if s is not None]
    return [s.figure for s in shown]
