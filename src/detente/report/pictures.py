"""The figures of a run's report, from its data: which there are, their titles, how to read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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
    waterfall,
)
from detente.figures.bargain import Deal, bargain
from detente.figures.drawing import Drawing
from detente.figures.phase import zero
from detente.figures.year import Moment, Move, year
from detente.model import Model
from detente.models import get
from detente.report import strings as t
from detente.report.data import RunData
from detente.study.numbers import percent

DOTS = 50
"""Of the first picture: a printed page can be counted at leisure."""
HISTORIES = 8
"""Draws whose history is shown by itself."""
SHOWN_DRAWS = 400
"""Draws on the map, at most: more hide what is behind them."""
SHOWN_LEVERS = 6
"""Levers whose response is drawn; the table has all."""


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
        t.hero(n, DOTS, len(known)),
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
        Side(t.spaced(n), known[n].unit, places)
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
        t.where(x.name, y.name),
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
            f"{t.spaced(e.id) if key == 'mechanisms' else e.says}{f' ({e.who})' if e.who else f': {e.says}'}",
            e.with_deal.share,
            e.with_deal.low,
            e.with_deal.high,
            key=t.spaced(e.id) if key == "mechanisms" else e.id,
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


def reasons(run: RunData) -> list[Shown]:
    """What each mechanism accounts for, a waterfall for each output."""
    found = run.verdicts.get("why")
    if not found:
        return []
    left = t.left_out(found.left_out) if found.left_out else ""
    read = t.WHY_READ.format(orders=t.orders(found.orders), draws=found.draws, left=left)
    return [
        Shown(
            waterfall(
                f"why-{i}",
                one.says,
                one.none,
                one.all,
                [
                    Interval(t.spaced(p.id), p.share, p.share - 2 * p.error, p.share + 2 * p.error, key=p.id)
                    for p in one.parts
                ],
                unit=one.unit,
            ),
            read,
        )
        for i, one in enumerate(found.outputs, start=1)
    ]


def driving(run: RunData) -> list[Shown]:
    """What the uncertain assumptions account for in the decisive outcome."""
    for one in run.verdicts.get("drivers") or ():
        if one.id or not one.drivers:
            continue
        rows = [
            Interval(
                t.spaced(d.name),
                max(d.effect, 0.0),
                max(d.low, 0.0),
                min(max(d.high, 0.0), 1.0),
                t.way(d.rank),
            )
            for d in one.drivers
        ]
        top = max(r.high or 0.0 for r in rows)
        figure = intervals(
            "drivers",
            t.DRIVERS_FIGURE,
            rows,
            unit="share",
            x_title=t.DRIVERS_X,
            domain=(0, min(1.0, top * 1.05 + 0.01)),
            what="assumption",
        )
        read = t.DRIVERS_READ.format(sum=percent(max(one.sum or 0.0, 0.0)))
        return [Shown(figure, read, wide=True)]
    return []


def opening(run: RunData) -> list[Shown]:
    """What doses of levers and sets of them open."""
    found, model = run.verdicts.get("opening"), get(run.case.model)
    if not found:
        return []
    unit = model.outcome(model.decisive).unit

    def best(r: Any) -> float:
        return max((d.with_deal.share for d in r.doses if d.with_deal), default=0.0)

    shown = []
    for r in sorted(found.responses, key=lambda r: (-best(r), r.id))[:SHOWN_LEVERS]:
        doses = [d for d in r.doses if d.zone]
        if len(doses) < 2:
            continue
        bands = list(zip(*(d.zone for d in doses), strict=True))
        figure = fan(
            f"dose-{r.id}",
            f"{r.id} ({r.who})",
            bands,
            unit=unit,
            x=[d.dose for d in doses],
            x_title=t.DOSE,
            now=1.0,
            level=0.0,
            subtitle=(r.says,),
        )
        shown.append(Shown(figure, t.DOSE_READ.format(n=found.draws)))
    sets = [
        Interval(
            t.sets(one.levers, one.who),
            one.opened.share,
            one.opened.low,
            one.opened.high,
            key="+".join(one.levers),
        )
        for one in _once((*found.smallest[:5], *found.movers, *found.pairs[:8]))
        if one.opened
    ]
    if sets:
        figure = intervals(
            "sets",
            t.SETS,
            sets,
            unit="share",
            x_title=t.SETS_X,
            what="levers",
            subtitle=(t.BLOCKED.format(n=found.blocked),),
        )
        shown.append(Shown(figure, t.SETS_READ))
    return shown


def _once(found: Iterable[Any]) -> list[Any]:
    return list({tuple(one.levers): one for one in found}.values())


def unfolds(run: RunData) -> list[Shown]:
    """Each path that a run keeps: bands, and single draws in small panels."""
    import numpy as np

    model, found = get(run.case.model), []
    for name, bands in (run.figures.get("paths") or {}).items():
        outcome = model.outcome(name)
        title = t.over_time(outcome.meaning)
        below = None
        paths = run.draws.get(f"path:{name}")
        if paths is not None and paths.ndim == 2:
            good = np.flatnonzero(np.isfinite(paths).all(axis=1))[:HISTORIES]
            single = {t.draw(int(i)): paths[i].tolist() for i in good}
            if single:
                figure = histories(
                    f"histories-{name}",
                    t.histories(t.spaced(name), len(single)),
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
                tuple(Move(t.move_label(a.label, a.given), tuple(a.quantiles)) for a in m.moves),
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
                t.episodes(e.about),
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


def model_of(run: RunData) -> Model:
    """The model of a run."""
    return get(run.case.model)
