"""Commands about case files: check one, list the packaged ones, start a new one, show one."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from detente.case.case import ASSUMED
from detente.errors import UsageError


def add(commands: Any) -> None:
    """Register the commands."""
    p = commands.add_parser(
        "check", help="check a case file and name all its faults", description="Check a case file."
    )
    p.add_argument("case", metavar="FILE", help="a case file, or the id of a packaged case")
    p.set_defaults(run=check)

    p = commands.add_parser(
        "cases", help="list the packaged cases", description="List the cases that come with Détente."
    )
    p.set_defaults(run=cases)

    p = commands.add_parser(
        "new",
        help="print a commented case to start from",
        description="Print a small, complete case with comments to start from.",
    )
    p.add_argument("id", metavar="ID", help="id of the new case: small letters, digits, hyphens")
    p.add_argument("--out", type=Path, metavar="FILE", help="write it to a new file instead")
    p.set_defaults(run=new)

    p = commands.add_parser(
        "show",
        help="show what a case assumes: parameters, priors, sources, experience",
        description="Show what a case assumes and claims, in the terminal or as an HTML file.",
    )
    p.add_argument("case", metavar="CASE", help="a case file, or the id of a packaged case")
    p.add_argument("--html", type=Path, metavar="FILE", help="write a self-contained HTML file instead")
    p.set_defaults(run=show)


def check(args: argparse.Namespace) -> int:
    """Handle ``detente check``."""
    from detente.case.read import read

    case = read(args.case)
    uncertain = sum(a.value is None for a in case.assumptions.values())
    assumed = sum(a.source == ASSUMED for a in case.assumptions.values())
    sides = Counter(c.side for c in case.claims)
    episodes = sum(len(e.episodes) for e in case.experience.values())
    print(
        f"{args.case}: no faults. {case.title}: {uncertain} uncertain numbers, {assumed} numbers assumed,"
        f" {len(case.sources)} sources, {episodes} episodes, {sides['argument']} claims of the argument and"
        f" {sides['rival']} of rivals, {len(case.levers)} levers."
    )
    return 0


def cases(args: argparse.Namespace) -> int:
    """Handle ``detente cases``."""
    from detente.case.read import packaged, read

    for id in packaged():
        case = read(id)
        print(f"{id:20} {case.title}: {len(case.claims)} claims, {len(case.levers)} levers ({case.model})")
    return 0


def new(args: argparse.Namespace) -> int:
    """Handle ``detente new``."""
    from detente.case.scaffold import scaffold

    text = scaffold(args.id)
    if args.out is None:
        print(text, end="")
        return 0
    write_new(args.out, text)
    print(f"{args.out}: written; detente check {args.out} checks it, detente run {args.out} solves it")
    return 0


def show(args: argparse.Namespace) -> int:
    """Handle ``detente show``."""
    from detente.case.read import read

    case = read(args.case)
    if args.html is not None:
        from detente.report.page import case_page

        write_new(args.html, case_page(case))
        print(f"{args.html}: written")
        return 0
    from detente.cli.show import show as print_case

    print_case(case, terminal=sys.stdout.isatty())
    return 0


def write_new(path: Path, text: str) -> None:
    """Write a file that does not exist yet.

    Raises:
        UsageError: It exists, or cannot be written.
    """
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{path}: exists already and is left as it is; choose another name") from None
    except OSError as problem:
        raise UsageError(f"{path}: cannot be written ({problem.strerror}); choose another place") from None
