"""The command line: one module per group of commands, each loaded only for its own work."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version

from detente.cli import case, compare, export, gallery, lab, plot, report, run, solve
from detente.errors import DetenteError


def parser() -> argparse.ArgumentParser:
    """The parser of the command ``detente``."""
    top = argparse.ArgumentParser(
        prog="detente",
        description="Solve the strategic game of a dispute over a capability: which claims follow from"
        " their premises, which mechanism blocks a deal, what would open one. Abstract; predicts nothing;"
        " takes no side.",
    )
    top.add_argument("--version", action="version", version=f"detente {version('detente')}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in (run, report, compare, lab, case, gallery, solve, plot, export):
        module.add(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit status is 0, or 2 for a user's mistake, 130 when interrupted.

    Args:
        arguments: Words after ``detente``; None: those of the process.
    """
    args = parser().parse_args(arguments)
    try:
        return args.run(args)
    except DetenteError as problem:
        print(f"detente: {problem}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        sys.stderr.close()
        return 141
    except KeyboardInterrupt:
        print("detente: interrupted", file=sys.stderr)
        return 130
