"""``detente report``: the report of a run, written again."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add(commands: Any) -> None:
    """Register the command."""
    p = commands.add_parser(
        "report",
        help="write the report of a finished run again",
        description="Write the report of a finished run again from what lies in its folder: one HTML file"
        " that works with the network off and prints, and the data of each figure. Nothing is solved.",
    )
    p.add_argument("run_folder", metavar="RUN", type=Path, help="run folder, as detente run leaves it")
    p.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Handle the command."""
    from detente.report.results import report

    written = report(args.run_folder)
    print(f"{written}: written ({written.stat().st_size / 1000:,.0f} kB)")
    return 0
