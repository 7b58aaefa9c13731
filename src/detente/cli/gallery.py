"""``detente gallery``: which models there are, and what each needs to know and answers."""

from __future__ import annotations

import argparse
import json
import sys
from io import StringIO
from typing import TYPE_CHECKING, Any

from detente.model import Model, Sweep
from detente.models import NAMES, THEMES, get
from detente.parameter import Parameter

if TYPE_CHECKING:
    from rich.console import Console

PLAIN_WIDTH = 160
"""Columns where the output is no terminal."""


def add(commands: Any) -> None:
    """Register the command."""
    p = commands.add_parser(
        "gallery",
        help="list the published models, or show one",
        description="List the models by theme, each with its sources; with a name, show that model: sources,"
        " conditions, parameters with units and domains, outcomes, grid sizes, and where its theory page is.",
    )
    p.add_argument("model", nargs="?", metavar="NAME", help="name of the model")
    p.add_argument("--json", action="store_true", help="as data")
    p.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Handle the command."""
    if args.json:
        models = [get(args.model)] if args.model else [get(n) for n in NAMES]
        found = [as_data(m) for m in models]
        print(json.dumps(found[0] if args.model else found, ensure_ascii=False, allow_nan=False, indent=1))
    elif args.model:
        describe(get(args.model))
    else:
        list_models()
    return 0


def list_models() -> None:
    """Print every model by theme: its name, title and sources."""
    wide = max(map(len, NAMES)) + 2
    for i, (theme, names) in enumerate(THEMES.items()):
        print("\n" * (i > 0) + theme)
        for name in names:
            print(f"  {name:{wide}}{get(name).title}")
            for source in get(name).sources:
                print(" " * (wide + 4) + source)


def theory_page(model: Model) -> str:
    """Where the theory is written, in the source tree."""
    pages = {"preventive_war": "preventive-war"}
    return f"docs/theory/{pages.get(model.name, model.name)}.md"


def as_data(model: Model) -> dict[str, Any]:
    """What a model declares, for other programs."""
    picture = model.picture
    return {
        "name": model.name,
        "title": model.title,
        "theory": theory_page(model),
        "sources": list(model.sources),
        "selection": model.selection,
        "pure": model.pure,
        "conditions": [c.text for c in model.conditions],
        "parameters": [
            {
                "name": p.name,
                "meaning": p.meaning,
                "unit": p.unit,
                "domain": _domain(p),
                "default": p.labels[int(p.default)] if p.labels else p.default,
                "mechanism": p.mechanism,
                "neutral": p.neutral,
            }
            for p in model.parameters
        ],
        "mechanisms": [{"name": m.name, "meaning": m.meaning} for m in model.mechanisms],
        "outcomes": [
            {
                "name": o.name,
                "meaning": o.meaning,
                "unit": o.unit,
                "yearly": o.yearly,
                "per_deal": o.per_deal,
                "optional": o.optional,
                "labels": list(o.labels),
            }
            for o in model.outcomes
        ],
        "settings": dict(model.settings),
        "picture": picture
        and {
            "title": picture.title,
            "x": _sweep(picture.x),
            "across": _sweep(picture.across),
            "y": list(picture.y),
            "by": picture.by and {"parameter": picture.by[0], "values": list(picture.by[1])},
            "at": dict(picture.at),
            "path": picture.path,
        },
    }


def _domain(p: Parameter) -> Any:
    """An interval; null for an end that is infinite. For a choice its words."""
    if p.labels:
        return list(p.labels)
    d = p.domain
    ends = {"low": d.low, "high": d.high}
    return {
        **{k: None if abs(x) == float("inf") else x for k, x in ends.items()},
        "low_open": d.low_open,
        "high_open": d.high_open,
        "whole": d.whole,
    }


def _sweep(sweep: Sweep | None) -> dict[str, Any] | None:
    return sweep and {
        "parameter": sweep.parameter,
        "low": sweep.low,
        "high": sweep.high,
        "points": sweep.points,
    }


def describe(model: Model) -> None:
    """Print what a model says of itself; plainly where there is no terminal."""
    from rich.console import Console

    if sys.stdout.isatty():
        _describe(Console(highlight=False), model)
        return
    text = StringIO()
    _describe(Console(width=PLAIN_WIDTH, highlight=False, no_color=True, file=text), model)
    for line in text.getvalue().splitlines():
        print(line.rstrip())


def _describe(console: Console, model: Model) -> None:
    from rich.padding import Padding
    from rich.text import Text

    console.print(Text(f"{model.name}: {model.title}", style="bold"))
    console.print(Text(f"Theory: {theory_page(model)}"))
    for title, texts in (
        ("Sources", model.sources),
        ("Needs", tuple(c.text for c in model.conditions)),
        ("Which equilibrium", (model.selection,) if model.selection else ()),
        ("Pure equilibria only", ("a point whose equilibrium is mixed has no answer",) * model.pure),
    ):
        if texts:
            console.print(Text(f"\n{title}", style="italic"))
            for text in texts:
                console.print(Padding(Text(text), (0, 0, 0, 2)))
    console.print()
    table = _table("Parameters")
    shown = ["name", "meaning", "unit", "domain", "default"]
    shown += ["mechanism", "neutral"] if model.mechanisms else []
    for head in shown:
        table.add_column(head, overflow="fold", justify="right" if head in ("default", "neutral") else "left")
    for p in model.parameters:
        default = p.labels[int(p.default)] if p.labels else f"{p.default:g}"
        domain = " | ".join(p.labels) if p.labels else str(p.domain)
        neutral = "" if p.neutral is None else f"{p.neutral:g}"
        cells = (p.name, p.meaning, p.unit, domain, default, p.mechanism or "", neutral)
        table.add_row(*map(Text, cells[: len(shown)]))
    console.print(table)
    settings = [(k, f"size of a grid, {v} by default (--set {k}={v})") for k, v in model.settings.items()]
    for title, rows in (
        ("Mechanisms", [(m.name, m.meaning) for m in model.mechanisms]),
        ("Outcomes", [(o.name + ("(n)" if o.yearly else ""), _outcome(o)) for o in model.outcomes]),
        ("Settings", settings),
    ):
        if rows:
            console.print()
            table = _table(title, show_header=False)
            for row in rows:
                table.add_row(*map(Text, row))
            console.print(table)


def _outcome(o: Any) -> str:
    return f"{o.meaning} ({' | '.join(o.labels) or o.unit})"


def _table(title: str, **options: Any) -> Any:
    from rich.table import Table

    return Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold", **options)
