"""``detente compare``: two runs side by side."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detente.cli.words import processes

if TYPE_CHECKING:
    from rich.console import Console

    from detente.study.questions.bridge import Bridge
    from detente.study.questions.compare import Comparison


def add(commands: Any) -> None:
    """Register the command."""
    p = commands.add_parser(
        "compare",
        help="say what differs between two runs: in what went in, and in what came out",
        description="Compare two finished runs: what differs in case, draws and versions, and which verdicts"
        " that moves; draw by draw where both have the same random numbers. Solves nothing but with --why.",
    )
    p.add_argument("a", type=Path, metavar="RUN_A", help="the folder of a run")
    p.add_argument("b", type=Path, metavar="RUN_B", help="the folder of another")
    p.add_argument(
        "--why",
        action="store_true",
        help="solve cases between the two: what each input that differs accounts for (kept in RUN_B)",
    )
    p.add_argument(
        "--report", action="store_true", help="keep the comparison in RUN_B, and show it in its report"
    )
    p.add_argument("--jobs", type=int, metavar="K", help="with --why: processes at the same time (all cores)")
    p.add_argument("--json", action="store_true", help="print the result as data")
    p.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Handle the command."""
    from detente.study.questions.compare import compare
    from detente.study.stored import stored

    a, b = stored(args.a), stored(args.b)
    found, between, written = compare(a, b), None, None
    if args.why:
        from detente.cli.progress import parts
        from detente.study.questions.bridge import bridge

        with parts() as begin:
            between = bridge(a, b, found, jobs=processes(args.jobs), tell=begin)
    if args.report:
        from detente.report.results import keep

        written = keep(a, b, found, between)
    if args.json:
        result = {**asdict(found), "why": asdict(between) if between else None}
        print(json.dumps(result, indent=1, ensure_ascii=False, allow_nan=False))
    else:
        show(found, between, str(args.a), str(args.b), terminal=sys.stdout.isatty())
        if written:
            print(f"{written}: written, with the comparison")
    return 0


def show(found: Comparison, between: Bridge | None, a: str, b: str, *, terminal: bool) -> None:
    """Print a comparison."""
    from rich.text import Text

    from detente.cli.terminal import RIGHT, printed, table
    from detente.study.numbers import percent
    from detente.study.words import pairing

    numbers = [d for d in found.inputs if d.number]
    with printed(terminal) as console:
        console.print(Text(f"A: {a}\nB: {b}"), soft_wrap=True)
        if numbers:
            rows = table("What went in differs", ("what", {}), ("A", {"ratio": 1}), ("B", {"ratio": 1}))
            for d in numbers:
                rows.add_row(
                    *(Text(x) for x in (d.what.replace("_", " "), d.a or "not there", d.b or "not there"))
                )
            console.print(rows)
        else:
            console.print(Text("\nNothing that went in differs."))
        words = len(found.inputs) - len(numbers)
        if words:
            console.print(Text(f"Besides, {words} sentences or sources that change no number.", style="dim"))
        rows = table(
            "What came out",
            ("question", {"ratio": 1}),
            ("A", RIGHT),
            ("B", RIGHT),
            ("change", RIGHT),
            ("± 2 errors", RIGHT),
            ("verdict", {}),
            ("through", {}),
        )
        for m in found.moved:
            says = m.word_a if m.word_a == m.word_b else f"{m.word_a} → {m.word_b}"
            style = "bold" if m.word_a != m.word_b else "default" if m.clear else "dim"
            cells = (percent(m.a), percent(m.b), f"{100 * m.change:+.1f}", f"{200 * m.error:.1f}")
            through = ", ".join(n.replace("_", " ") for n in m.through[:3]) if m.clear else ""
            rows.add_row(*(Text(x, style=style) for x in (m.id, *cells, says, through)))
        console.print(rows)
        for ids, which in ((found.only_a, "A"), (found.only_b, "B")):
            if ids:
                console.print(Text(f"Claims of {which} only: {', '.join(ids)}."))
        note = (
            f"{pairing(found.apart)} change: in points of a hundred. through: inputs that differ and explain"
            " most of the question's spread in A."
        )
        console.print(Text(note, style="dim"))
        if between:
            _why(console, between)


def _why(console: Console, between: Bridge) -> None:
    from rich.text import Text

    from detente.cli.terminal import RIGHT, table

    for one in between.answers:
        rows = table(
            f"Why. {one.id}: from {one.a:.0%} to {one.b:.0%}",
            ("input", {"ratio": 1}),
            ("accounts for", RIGHT),
            ("standard error", RIGHT),
        )
        for name, (part, error) in sorted(one.parts.items(), key=lambda x: -abs(x[1][0])):
            rows.add_row(Text(name.replace("_", " ")), f"{100 * part:+.1f}", f"{100 * error:.1f}")
        console.print(rows)
    note = (
        f"In points of a hundred, from {between.cases} cases between the two in {between.draws} draws"
        f" ({between.left_out} left out): what an input changes, averaged over the orders in which inputs can"
        " be taken over; the parts add up to the whole."
    )
    console.print(Text(note, style="dim"))
