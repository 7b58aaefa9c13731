"""``detente lab``: a case on a page, its assumptions under one's hand."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from detente.errors import UsageError

TOKEN = "DETENTE_LAB_TOKEN"


def add(commands: Any) -> None:
    """Register the command."""
    p = commands.add_parser(
        "lab",
        help="move a case's assumptions on a page and see the answer move",
        description="Serve the laboratory: a page on which a case's assumptions are moved and its answer is"
        " seen at once. Ends with Ctrl-C. Nothing is fetched from elsewhere.",
    )
    p.add_argument(
        "case",
        nargs="?",
        default="missile-limits",
        help="a case file, or the id of a packaged case (missile-limits)",
    )
    p.add_argument("--port", type=int, metavar="N", help="port (8321, or a free one if it is in use)")
    p.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="address to serve at (127.0.0.1: this machine alone); at any other, visitors need the link with"
        f" its token, made up anew each time unless the environment sets {TOKEN}",
    )
    p.add_argument("--out", type=Path, default=Path("runs"), metavar="DIR", help="folder of full runs (runs)")
    p.add_argument("--open", action="store_true", help="open the page in the browser")
    p.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Handle the command."""
    if args.port is not None and not 0 <= args.port <= 65535:
        raise UsageError(f"--port: found {args.port}, expected a whole number from 0 to 65535")
    token = os.environ.get(TOKEN) or None
    if token is not None and len(token) < 12:
        raise UsageError(f"{TOKEN}: found {len(token)} characters, expected at least 12")
    from detente.lab.serve import serve

    def show(link: str, alone: bool) -> None:
        print(f"The laboratory is at {link}", flush=True)
        who = (
            "Only this machine can reach it."
            if alone
            else "Whoever has this link and can reach it may use it."
        )
        print(f"{who} Ctrl-C ends it.", file=sys.stderr, flush=True)

    return serve(
        args.case, host=args.host, port=args.port, folder=args.out, token=token, show=show, browser=args.open
    )
