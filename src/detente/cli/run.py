"""``detente run``: a case from its file to its answer."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detente.cli.words import checked, processes
from detente.errors import RunError, UsageError
from detente.study.asked import DRAWS, LEVER_DRAWS, MOST_DRAWS, QUESTIONS, WHY_DRAWS, Asked

if TYPE_CHECKING:
    from detente.study.executors import Jobs


def add(commands: Any) -> None:
    """Register the command."""
    p = commands.add_parser(
        "run",
        help="solve a case over what is uncertain and say what follows",
        description="Solve a case over what is uncertain: whether a deal exists, which claims follow, which"
        " mechanism blocks, which lever opens. The same command goes on where an earlier one was stopped.",
    )
    p.add_argument("case", help="a case file, or the id of a packaged case (see detente cases)")
    p.add_argument(
        "--draws", type=int, default=DRAWS, metavar="N", help=f"draws of what is uncertain ({DRAWS})"
    )
    p.add_argument("--seed", type=int, default=1, metavar="S", help="seed of the draws (1)")
    p.add_argument("--out", type=Path, metavar="DIR", help="run folder (runs/CASE-DIGEST-SEED)")
    p.add_argument("--jobs", type=int, metavar="K", help="processes that solve at the same time (all cores)")
    p.add_argument(
        "--executor",
        choices=("processes", "dask"),
        default="processes",
        help="who solves: processes of this machine (default), or the workers of a dask cluster",
    )
    p.add_argument(
        "--scheduler", metavar="ADDRESS", help="with --executor dask: tcp://HOST:PORT or a scheduler file"
    )
    p.add_argument("--resume", action="store_true", help="only go on with a run that the folder holds")
    p.add_argument(
        "--lever-draws",
        type=int,
        default=LEVER_DRAWS,
        metavar="N",
        help=f"draws in which levers are tried ({LEVER_DRAWS})",
    )
    p.add_argument(
        "--why",
        action="store_true",
        help="also say what each mechanism accounts for (minutes)",
    )
    p.add_argument(
        "--why-draws",
        type=int,
        default=WHY_DRAWS,
        metavar="N",
        help=f"draws in which that is asked ({WHY_DRAWS})",
    )
    for name, words in (
        ("levers", "what would open a deal: levers at several doses and in sets"),
        ("effects", "what each assumption contributes together with others"),
        ("flips", "the smallest change of assumptions that reverses each answer"),
        ("sure", "how sure the verdicts are: of priors, solver, draws"),
    ):
        p.add_argument(f"--{name}", action="store_true", help=f"also say {words} (minutes)")
    p.add_argument("--full", action="store_true", help=f"all of --{', --'.join(QUESTIONS)}")
    p.add_argument(
        "--priors", metavar="FILE", help="with --sure: a case with other priors, to weigh the draws by too"
    )
    p.add_argument("--single", action="store_true", help="single precision: faster, six digits")
    p.add_argument("--json", action="store_true", help="print the result as data")
    p.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Handle the command."""
    checked("--draws", args.draws, 1, MOST_DRAWS)
    checked("--seed", args.seed, 0, 2**32 - 1)
    checked("--lever-draws", args.lever_draws, 0, MOST_DRAWS)
    if args.why or args.full:
        checked("--why-draws", args.why_draws, 1, MOST_DRAWS)
    jobs = processes(args.jobs)

    from detente.case.read import read

    case = read(args.case)
    out: Path = args.out or Path("runs") / f"{case.id}-{case.digest[:8]}-{args.seed}"

    from detente.cli.progress import parts, progress
    from detente.cli.tables import show
    from detente.report.results import publish
    from detente.study.folder import Folder
    from detente.study.questions.full import answer, askable
    from detente.study.reading import summarize
    from detente.study.run import run as study
    from detente.study.work import Design

    dtype = "float32" if args.single else "float64"
    design = Design(case, case.model, args.draws, args.lever_draws, args.seed, dtype)
    asked = _asked(args)
    other = read(args.priors) if args.priors is not None else None
    asked, reasons = askable(design, asked, other)
    for reason in reasons:
        print(f"detente: not asked: {reason}", file=sys.stderr)
    if args.resume and not (out / "manifest.json").exists():
        raise RunError(f"{out}: found no run to go on with; leave out --resume to start one")
    with Folder.hold(out) as folder, _crew(args, jobs) as crew:
        try:
            with progress() as tell:
                todo, table = study(design, folder, jobs=crew, progress=tell)
            with parts() as begin:
                summary = summarize(design, todo, table)
                summary = answer(
                    design, folder, todo, table, summary, asked, other=other, jobs=crew, tell=begin
                )
                result = publish(folder, design, summary, jobs=jobs, tell=begin)
        except KeyboardInterrupt:
            print(
                f"detente: interrupted; {out} keeps what is solved, the same command goes on", file=sys.stderr
            )
            return 130
    if args.json:
        print(json.dumps({**result, "folder": str(out)}, indent=1, ensure_ascii=False, allow_nan=False))
    else:
        show(design, summary, out, terminal=sys.stdout.isatty())
    return 0


def _crew(args: argparse.Namespace, jobs: int) -> AbstractContextManager[Jobs]:
    """Who solves, for the time of a block."""
    from detente.study.executors import dask

    if args.executor == "processes":
        if args.scheduler is not None:
            raise UsageError("--scheduler: found no --executor dask, expected it with a scheduler")
        return nullcontext(jobs)
    if args.scheduler is None:
        raise UsageError(
            "--executor dask: found no --scheduler, expected its address (tcp://HOST:PORT) or scheduler file"
        )
    return dask(args.scheduler)


def _asked(args: argparse.Namespace) -> Asked:
    given = {name: args.full or getattr(args, name) for name in QUESTIONS}
    if args.priors is not None and not given["sure"]:
        raise UsageError(
            "--priors: found no --sure or --full, expected one of them: its draws are weighed there"
        )
    return Asked(**given, why_draws=args.why_draws, priors=args.priors)
