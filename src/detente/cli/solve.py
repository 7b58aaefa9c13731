"""``detente solve``: a model at given points, as JSON; and what the models need to know."""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Any

from detente.errors import UsageError
from detente.model import Model
from detente.models import NAMES, get
from detente.parameter import nearest

MOST_BYTES = 50_000_000


def add(commands: Any) -> None:
    """Register the command."""
    p = commands.add_parser(
        "solve",
        help="solve a model at given points",
        description="Solve a model at the points of a JSON file and print a JSON list of"
        ' {"point": …, "answer": …}. A point is an object of parameters; what it leaves out takes the'
        " default.",
    )
    p.add_argument("model", nargs="?", help="name of the model")
    p.add_argument("points", nargs="?", help="JSON file with a list of points, or - for standard input")
    p.add_argument("--list", action="store_true", help="list the models")
    p.add_argument("--describe", metavar="MODEL", help="show a model's parameters, mechanisms and outcomes")
    p.add_argument(
        "--jobs", type=int, default=0, metavar="K", help="chunks at the same time (default: all cores)"
    )
    p.add_argument("--single", action="store_true", help="single precision: faster, six digits")
    p.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Handle the command."""
    if args.list:
        for name in NAMES:
            print(f"{name:16} {get(name).title}")
        return 0
    if args.describe:
        _describe(get(args.describe))
        return 0
    if not args.model or not args.points:
        raise UsageError("solve: expected a model and a file of points; see detente solve --list")
    model = get(args.model)
    points = read_points(args.points, model)
    answers = solve_points(model, points, jobs=args.jobs, dtype="float32" if args.single else "float64")
    rows = [{"point": p, "answer": a} for p, a in zip(points, answers, strict=True)]
    print("[" + ",\n ".join(json.dumps(row, ensure_ascii=False, allow_nan=False) for row in rows) + "]")
    return 0


def read_points(source: str, model: Model) -> list[dict[str, Any]]:
    """Read points and check every one.

    Raises:
        UsageError: The file cannot be read, is not a JSON list of objects, or points have faults;
            the message names each point and key.
    """
    try:
        if source == "-":
            text = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with Path(source).open("rb") as file:
                text = file.read(MOST_BYTES + 1)
    except OSError as problem:
        raise UsageError(
            f"{source}: cannot be read ({problem.strerror}); expected a JSON file of points"
        ) from None
    if len(text) > MOST_BYTES:
        raise UsageError(f"{source}: larger than {MOST_BYTES:,} bytes; split the points over several files")
    try:
        found = json.loads(text.decode("utf-8"), object_pairs_hook=_no_repeats)
    except UnicodeDecodeError as problem:
        raise UsageError(f"{source}: not UTF-8 at byte {problem.start}") from None
    except (ValueError, RecursionError) as problem:
        raise UsageError(f"{source}: not JSON ({problem})") from None
    if not isinstance(found, list):
        raise UsageError(f"{source}: found {type(found).__name__}, expected a list of points such as [{{}}]")
    faults = []
    for i, point in enumerate(found):
        if not isinstance(point, dict):
            faults.append(f"point {i}: found {type(point).__name__}, expected an object of parameters")
            continue
        for key, value in point.items():
            if key not in model.by_name:
                close = nearest(key, model.by_name)
                hint = (
                    f'; did you mean "{close}"?' if close else f"; see detente solve --describe {model.name}"
                )
                faults.append(f'point {i}: "{key}" is no parameter of {model.name}{hint}')
                continue
            try:
                model.by_name[key].code(value)
            except ValueError as problem:
                faults.append(f"point {i}: {key}: {problem}")
    if faults:
        shown = faults[:50]
        more = [f"and {len(faults) - 50} more"] if len(faults) > 50 else []
        raise UsageError(
            "\n  ".join(
                [f"{source}: {len(faults)} fault{'s' * (len(faults) > 1)} in the points", *shown, *more]
            )
        )
    return found


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [k for k, _ in pairs]
        raise ValueError(
            f'the key "{next(n for n in names if names.count(n) > 1)}" is given twice in one object'
        )
    return found


def solve_points(
    model: Model, points: list[dict[str, Any]], *, jobs: int = 0, dtype: str = "float64"
) -> list[dict[str, Any]]:
    """Answers for points that have been checked, in their order.

    An outcome asked for after n years is called name_n, for n = 1, 10 and the horizon where these
    do not exceed it. A point whose solve fails has a ``status`` instead of numbers.
    """
    import os

    import numpy as np

    from detente.engine.batch import moving, solve

    answers: list[dict[str, Any]] = [{} for _ in points]
    values = [
        {p.name: p.code(point[p.name]) if p.name in point else p.default for p in model.parameters}
        for point in points
    ]
    static = [p.name for p in model.parameters if p.static]
    groups: dict[int, list[int]] = {}
    for i, v in enumerate(values):
        groups.setdefault(int(v["horizon"]) if "horizon" in static else 1, []).append(i)
    for horizon, members in groups.items():
        records = {n: np.array([values[i][n] for i in members]) for n in moving(model)}
        solved = solve(model, records, horizon=horizon, jobs=jobs or os.cpu_count() or 1, dtype=dtype)
        for column, i in enumerate(members):
            if solved.status[column] is not None:
                answers[i] = {"status": solved.status[column]}
                continue
            for outcome in model.outcomes:
                if not outcome.reported:
                    continue
                x = solved.outcomes[outcome.name][..., column]
                if outcome.yearly:
                    for n in sorted({1, 10, horizon}):
                        if n <= horizon:
                            answers[i][f"{outcome.name}_{n}"] = _plain(x[n - 1])
                else:
                    answers[i][outcome.name] = [_plain(y) for y in x] if outcome.per_deal else _plain(x)
    return answers


def _plain(x: Any) -> float | None:
    return float(x) if math.isfinite(float(x)) else None


def _describe(model: Model) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    console.print(f"{model.name}: {model.title}\n")
    table = Table(title="Parameters", title_justify="left", box=None, pad_edge=False, header_style="bold")
    for head in ("name", "meaning", "unit", "domain", "default", "mechanism", "neutral"):
        table.add_column(head, overflow="fold", justify="right" if head in ("default", "neutral") else "left")
    for p in model.parameters:
        default = p.labels[int(p.default)] if p.labels else f"{p.default:g}"
        domain = " | ".join(p.labels) if p.labels else str(p.domain)
        neutral = "" if p.neutral is None else f"{p.neutral:g}"
        table.add_row(p.name, p.meaning, p.unit, domain, default, p.mechanism or "", neutral)
    console.print(table)
    for title, rows in (
        ("Mechanisms", [(m.name, m.meaning) for m in model.mechanisms]),
        (
            "Outcomes",
            [(o.name + ("(n)" if o.yearly else ""), f"{o.meaning} ({o.unit})") for o in model.outcomes],
        ),
    ):
        if rows:
            console.print()
            table = Table(title=title, title_justify="left", box=None, pad_edge=False, show_header=False)
            for row in rows:
                table.add_row(*row)
            console.print(table)
