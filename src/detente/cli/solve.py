"""``detente solve``: a model at given points, as JSON; and what the models need to know."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from detente.cli.gallery import describe, list_models
from detente.cli.words import add_settings, settings
from detente.errors import UsageError
from detente.model import Model
from detente.models import get
from detente.points import count, point_faults, solve_records, told, word

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
    add_settings(p)
    p.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Handle the command."""
    if args.list:
        list_models()
        return 0
    if args.describe:
        describe(get(args.describe))
        return 0
    if not args.model or not args.points:
        raise UsageError("solve: expected a model and a file of points; see detente solve --list")
    model = get(args.model)
    points = read_points(args.points, model)
    answers = solve_points(
        model,
        points,
        jobs=args.jobs,
        dtype="float32" if args.single else "float64",
        settings=settings(model, args.set),
    )
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
    faults = point_faults(model, found)
    if faults:
        raise UsageError(told(f"{source}: {count(len(faults), 'fault')} in the points", faults))
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
    model: Model,
    points: list[dict[str, Any]],
    *,
    jobs: int = 0,
    dtype: str = "float64",
    settings: Mapping[str, int] | None = None,
) -> list[dict[str, Any]]:
    """Answers for points that have been checked, in their order.

    An outcome asked for after n years is called name_n, for n = 1, 10 and the horizon where these
    do not exceed it; one that is a word is printed as that word. A point whose solve fails has a
    ``status`` instead of numbers.
    """
    import numpy as np

    from detente.engine.device import cores

    answers: list[dict[str, Any]] = [{} for _ in points]
    records = {
        p.name: np.array([p.code(x[p.name]) if p.name in x else p.default for x in points])
        for p in model.parameters
    }
    for group in solve_records(model, records, settings=settings, jobs=jobs or cores(), dtype=dtype):
        solved = group.solved
        for column, i in enumerate(group.members):
            if solved.status[column] is not None:
                answers[i] = {"status": solved.status[column]}
                continue
            for outcome in model.outcomes:
                if not outcome.reported:
                    continue
                x = solved.outcomes[outcome.name][..., column]
                if outcome.yearly:
                    for n in sorted({1, 10, group.horizon}):
                        if n <= group.horizon:
                            answers[i][f"{outcome.name}_{n}"] = _plain(x[n - 1])
                elif outcome.labels:
                    answers[i][outcome.name] = word(outcome, float(x))
                else:
                    answers[i][outcome.name] = [_plain(y) for y in x] if outcome.per_deal else _plain(x)
    return answers


def _plain(x: Any) -> float | None:
    return float(x) if math.isfinite(float(x)) else None
