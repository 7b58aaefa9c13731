"""``detente export``: a model at a point, as a file that other solvers read."""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Any

from detente.cli.words import add_settings, refuse_existing, settings
from detente.errors import ModelError, UsageError
from detente.model import Model
from detente.models import get
from detente.points import count, point_faults, told


def add(commands: Any) -> None:
    """Register the command."""
    p = commands.add_parser(
        "export",
        help="write a model's game as a file for other solvers",
        description="Write the game of a model at one point as a file that Gambit and other solvers read:"
        " .efg is the tree, .nfg the table of its reduced strategies. Games with belief grids, with offers at"
        " the reservation point and without an end have no such file.",
    )
    p.add_argument("model", help="name of the model")
    p.add_argument(
        "point",
        nargs="?",
        help="JSON file with one point, an object of parameters, or - for standard input; what it leaves out"
        " takes the default",
    )
    p.add_argument("--to", required=True, metavar="FILE", help="file to write, .efg or .nfg")
    p.add_argument("--force", action="store_true", help="overwrite the file if it exists")
    add_settings(p)
    p.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Handle the command."""
    from detente.exchange import efg, nfg
    from detente.exchange.table import as_table
    from detente.exchange.unrolling import unroll_model

    suffix = nfg.check_suffix(args.to)
    refuse_existing(Path(args.to), args.force, "--to")
    model = get(args.model)
    point = read_point(args.point, model) if args.point else {}
    try:
        found = unroll_model(model, point, settings(model, vars(args)["set"]))
        text = efg.write(found.tree) if suffix == ".efg" else nfg.write(as_table(found.tree))
    except ModelError as problem:
        raise UsageError(f"export {model.name}: {problem}") from None
    try:
        Path(args.to).write_text(text, encoding="utf-8")
    except OSError as problem:
        raise UsageError(f"{args.to}: cannot be written ({problem.strerror})") from None
    tree = found.tree
    print(
        f"{args.to}: {count(len(tree.nodes), 'node')}, {count(len(tree.sets), 'information set')},"
        f" {count(len(tree.players), 'player')}"
    )
    if math.isfinite(found.precision):
        print(f"noise corresponds to a precision (lambda) of {found.precision:.12g}")
    return 0


def read_point(source: str, model: Model) -> dict[str, Any]:
    """Read one point and check it.

    Raises:
        UsageError: The file cannot be read, is not one JSON object of parameters, or has faults.
    """
    try:
        text = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
        found = json.loads(text.decode("utf-8"))
    except OSError as problem:
        raise UsageError(f"{source}: cannot be read ({problem.strerror}); expected a JSON file") from None
    except UnicodeDecodeError as problem:
        raise UsageError(f"{source}: not UTF-8 at byte {problem.start}") from None
    except (ValueError, RecursionError) as problem:
        raise UsageError(f"{source}: not JSON ({problem})") from None
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    if not isinstance(found, dict):
        what = f"a list of {len(found)}" if isinstance(found, list) else type(found).__name__
        raise UsageError(f'{source}: found {what}, expected one point such as {{"noise": 0.1}}')
    faults = point_faults(model, [found])
    if faults:
        raise UsageError(told(f"{source}: {count(len(faults), 'fault')} in the point", faults))
    return found
