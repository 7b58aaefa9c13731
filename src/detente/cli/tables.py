"""A run's result in a terminal: sentences, claims, mechanisms, levers, certificate."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from detente.study.summary import Effect, Judged, Summary
from detente.study.verdicts import Verdict
from detente.study.words import CAVEAT, answer, certificate, number, percent
from detente.study.work import Design

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

WIDTH = 110
"""Columns where the output is no terminal."""

# Blue to orange, told apart by every common kind of colour vision; the word says it too.
COLOURS = {
    "follows": "bold blue",
    "mostly follows": "blue",
    "depends": "default",
    "mostly fails": "yellow",
    "fails": "bold yellow",
    "no answer": "dim",
}


def show(design: Design, summary: Summary, folder: Path) -> None:
    """Print a run's result."""
    from rich.console import Console

    if not sys.stdout.isatty():
        console = Console(width=WIDTH, highlight=False, no_color=True, file=StringIO())
        _show(console, design, summary, folder)
        for line in console.file.getvalue().splitlines():  # type: ignore[attr-defined]
            print(line.rstrip())
        return
    _show(Console(highlight=False), design, summary, folder)


def _show(console: Console, design: Design, summary: Summary, folder: Path) -> None:
    from rich.text import Text

    case = design.case
    console.print(Text(f"\n{case.title}", style="bold"))
    console.print(Text(case.question, style="italic"))
    console.print()
    for sentence in answer(case, summary):
        console.print(Text(sentence))
    console.print(Text(CAVEAT, style="dim"))
    for side, title in (("argument", "Claims of the argument"), ("rival", "Claims of rival readings")):
        _claims(console, title, [c for c in summary.claims if c.verdict.side == side])
    _effects(console, "If this mechanism were absent", "mechanism", summary.mechanisms)
    _effects(console, "If this lever were pulled", "lever", summary.levers)
    console.print()
    console.print(Text(certificate(summary.certificate)))
    console.print(Text(f"Run folder: {folder} (report: {folder / 'report.html'})"), soft_wrap=True)


def _table(title: str) -> Table:
    from rich.table import Table

    return Table(title=f"\n{title}", title_justify="left", title_style="bold", box=None, pad_edge=False)


def _claims(console: Console, title: str, claims: Sequence[Judged]) -> None:
    from rich.text import Text

    if not claims:
        return
    table = _table(title)
    table.add_column("claim", ratio=1)
    for head in ("share", "95 % interval"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for judged in claims:
        v = judged.verdict
        table.add_row(v.says, *_shares(v), Text(v.word, style=COLOURS[v.word]))
        if v.failed or v.undefined:
            table.add_row(Text(f"  {_uncounted(v)}", style="dim"))
        for also in judged.beside:
            table.add_row(Text(f"  beside: {also.says}", style="dim"), *_shares(also), "")
    table.expand = True
    console.print(table)


def _shares(v: Verdict) -> tuple[str, str]:
    if v.share is None or v.low is None or v.high is None:
        return "", ""
    return percent(v.share), f"{percent(v.low)} to {percent(v.high)}"


def _uncounted(v: Verdict) -> str:
    parts = [f"{v.failed:,} could not be solved"] * bool(v.failed)
    parts += [f"in {v.undefined:,} the test has no truth value"] * bool(v.undefined)
    return f"of {v.draws:,} draws {' and '.join(parts)}; they are in no share"


def _effects(console: Console, title: str, what: str, effects: Sequence[Effect]) -> None:
    if not effects:
        return
    draws = max((e.with_deal.draws for e in effects if e.with_deal), default=0)
    before = next((e.before for e in effects if e.before is not None), 0.0)
    table = _table(f"{title} ({draws:,} draws, {percent(before)} with a deal as things are)")
    table.add_column(what, ratio=1)
    for head in ("draws with a deal", "95 % interval", "median zone", "flips"):
        table.add_column(head, justify="right", no_wrap=True)
    for e in sorted(effects, key=lambda e: (-e.rise, e.id)):
        name = f"{e.id.replace('_', ' ') if what == 'mechanism' else e.id}: {e.says}"
        if e.with_deal is None:
            table.add_row(name, "no answer", "", "", "")
            continue
        s = e.with_deal
        flips = percent((e.opens or 0.0) + (e.closes or 0.0))
        table.add_row(
            name, percent(s.share), f"{percent(s.low)} to {percent(s.high)}", number(e.shift or 0.0), flips
        )
        if e.failed:
            table.add_row(f"  {e.failed:,} draws without an answer ({e.reason})", "", "", "", "")
    table.expand = True
    console.print(table)
    if what == "mechanism":
        console.print(
            "median zone: change of the smaller side's gain from the best deal, in years of stake; flips:"
            " share of draws in which a deal appears or disappears."
        )
