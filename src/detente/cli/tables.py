"""A run's result in a terminal: sentences, claims, mechanisms, levers, certificate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from detente.cli import answers
from detente.cli.terminal import RIGHT, printed, table
from detente.study.questions.drivers import Driven
from detente.study.questions.why import Why
from detente.study.summary import Effect, Judged, Summary, strongest
from detente.study.verdicts import Verdict
from detente.study.words import CAVEAT, answer, certificate, interval, number, percent, way
from detente.study.work import Design

if TYPE_CHECKING:
    from rich.console import Console

# Blue to orange, told apart by every common kind of colour vision; the word says it too.
COLOURS = {
    "follows": "bold blue",
    "mostly follows": "blue",
    "depends": "default",
    "mostly fails": "yellow",
    "fails": "bold yellow",
    "no answer": "dim",
}


def show(design: Design, summary: Summary, folder: Path, *, terminal: bool) -> None:
    """Print a run's result."""
    from rich.text import Text

    case = design.case
    with printed(terminal) as console:
        console.print(Text(f"\n{case.title}", style="bold"))
        console.print(Text(case.question, style="italic"))
        console.print()
        for sentence in answer(case, summary):
            console.print(Text(sentence))
        console.print(Text(CAVEAT, style="dim"))
        for side, title in (("argument", "Claims of the argument"), ("rival", "Claims of rival readings")):
            of = [c for c in summary.claims if c.verdict.side == side]
            _claims(console, title, of, summary.sure.doubts if summary.sure else {})
        _effects(console, "If this mechanism were absent", "mechanism", summary.mechanisms)
        if summary.why:
            _why(console, summary.why)
        _effects(console, "If this lever were pulled", "lever", summary.levers)
        if summary.opening:
            answers.opening(console, summary.opening)
        _drivers(console, summary.drivers)
        if summary.contributions:
            answers.contributions(console, summary.contributions)
        answers.where(console, summary.where)
        if summary.flips:
            answers.flips(console, summary.flips)
        if summary.sure:
            answers.sure(console, summary.sure)
        console.print()
        console.print(Text(certificate(summary.certificate)))
        console.print(Text(f"Run folder: {folder} (report: {folder / 'report.html'})"), soft_wrap=True)


def _claims(
    console: Console, title: str, claims: Sequence[Judged], doubts: Mapping[str, Sequence[str]]
) -> None:
    from rich.text import Text

    if not claims:
        return
    rows = table(
        title,
        ("claim", {"ratio": 1}),
        ("share", RIGHT),
        ("95 % interval", RIGHT),
        ("verdict", {"no_wrap": True}),
    )
    for judged in claims:
        v = judged.verdict
        rows.add_row(Text(v.says), *_shares(v), Text(v.word, style=COLOURS[v.word]))
        if v.failed or v.undefined:
            rows.add_row(Text(f"  {_uncounted(v)}", style="dim"))
        if v.id in doubts:
            rows.add_row(Text(f"  but {'; '.join(doubts[v.id])}", style="dim"))
        for also in judged.beside:
            rows.add_row(Text(f"· {also.says}", style="dim"), *_shares(also), "")
    console.print(rows)


def _shares(v: Verdict) -> tuple[str, str]:
    if v.share is None or v.low is None or v.high is None:
        return "", ""
    return percent(v.share), interval(v.low, v.high)


def _uncounted(v: Verdict) -> str:
    parts = [f"{v.failed:,} could not be solved"] * bool(v.failed)
    parts += [f"in {v.undefined:,} the test has no truth value"] * bool(v.undefined)
    return f"of {v.draws:,} draws {' and '.join(parts)}; they are in no share"


def _why(console: Console, found: Why) -> None:
    from rich.text import Text

    how = f"{found.orders} orders" if found.orders else "every coalition"
    for one in found.outputs:
        rows = table(
            f"Why. {one.says}: {_amount(one.none)} with no mechanism, {_amount(one.all)} as things are",
            ("mechanism", {"ratio": 1}),
            ("accounts for", RIGHT),
            ("standard error", RIGHT),
        )
        for part in one.parts:
            name = Text(part.id.replace("_", " "))
            rows.add_row(name, number(part.share), _amount(part.error))
        rows.add_row(Text("all together", style="bold"), number(one.change), "")
        console.print(rows)
        strong = [p for p in one.pairs if abs(p.together) > 2 * p.error]
        if strong:
            says = "; ".join(
                f"{' with '.join(i.replace('_', ' ') for i in p.ids)} {number(p.together)}" for p in strong
            )
            console.print(Text(f"Together beyond each alone: {says}.", style="dim"))
    note = (
        f"From {how} of the mechanisms in {found.draws:,} draws ({found.left_out:,} left out): what one"
        " changes, averaged over the orders in which they can come to work; the shares add up to the whole."
    )
    console.print(Text(note, style="dim"))


def _drivers(console: Console, found: Sequence[Driven]) -> None:
    """What drives the decisive outcome; the claims' drivers are in the report."""
    from rich.text import Text

    for one in (x for x in found if not x.id and x.drivers):
        rows = table(
            f"What drives it: {one.says} ({one.draws:,} draws)",
            ("assumption", {"ratio": 1}),
            ("explains", RIGHT),
            ("95 % interval", RIGHT),
            ("raises or lowers", {"no_wrap": True}),
        )
        for d in one.drivers:
            low, high = max(d.low, 0.0), min(max(d.high, 0.0), 1.0)
            rows.add_row(
                Text(d.name.replace("_", " ")), percent(max(d.effect, 0.0)), interval(low, high), way(d)
            )
        console.print(rows)
        note = (
            "explains: share of the variance over the draws that knowing this one assumption explains"
            f" (all of them, one at a time: {percent(one.sum or 0.0)}; the rest is what they do together)."
        )
        console.print(Text(note, style="dim"))


def _amount(x: float) -> str:
    return f"{x:.3f}".replace("-", "−")


def _effects(console: Console, title: str, what: str, effects: Sequence[Effect]) -> None:
    from rich.text import Text

    if not effects:
        return
    draws = max((e.with_deal.draws for e in effects if e.with_deal), default=0)
    before = next((e.before for e in effects if e.before is not None), 0.0)
    rows = table(
        f"{title} ({draws:,} draws, {percent(before)} with a deal as things are)",
        (what, {"ratio": 1}),
        ("deal in", RIGHT),
        ("95 % interval", RIGHT),
        ("median zone", RIGHT),
        ("flips", RIGHT),
    )
    for e in strongest(effects):
        name = Text.assemble((e.id.replace("_", " ") if what == "mechanism" else e.id, "bold"), f": {e.says}")
        if e.with_deal is None:
            rows.add_row(name, "no answer", "", "", "")
        else:
            s, flips = e.with_deal, percent((e.opens or 0.0) + (e.closes or 0.0))
            rows.add_row(name, percent(s.share), interval(s.low, s.high), number(e.shift or 0.0), flips)
        if e.failed:
            rows.add_row(Text(f"  {e.failed:,} draws without an answer ({e.reason})", style="dim"))
    console.print(rows)
    if what == "mechanism":
        note = (
            "deal in: share of draws with a deal; median zone: change of the smaller side's gain from the"
            " best deal, in years of stake; flips: share of draws in which one appears or disappears."
        )
        console.print(Text(note, style="dim"))
