"""``detente plot``: a model's picture, solved and drawn."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Lock, Timer
from typing import Any

from detente.cli.words import add_settings, pairs, refuse_existing, settings
from detente.errors import UsageError
from detente.models import get
from detente.points import Progress

PATIENCE = 2.0
"""Seconds after which progress is shown."""


def add(commands: Any) -> None:
    """Register the command."""
    p = commands.add_parser(
        "plot",
        help="draw the picture of a model",
        description="Solve a model over the parameters of its picture and draw it: lines, a map, or paths"
        " over the years. Points without an answer are gaps, and the picture says how many and why.",
    )
    p.add_argument("model", metavar="MODEL", help="name of the model")
    p.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="svg, png, pdf, html, json or csv by its ending (default: MODEL.svg)",
    )
    p.add_argument(
        "--at", action="append", default=[], metavar="PARAMETER=VALUE", help="a parameter of the picture"
    )
    add_settings(p)
    p.add_argument("--force", action="store_true", help="overwrite the file if it exists")
    p.add_argument(
        "--jobs", type=int, default=0, metavar="K", help="chunks at the same time (default: all cores)"
    )
    p.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Handle the command."""
    from detente.engine.device import cores
    from detente.figures.models import FORMATS, plot

    model = get(args.model)
    path: Path = args.out or Path(f"{model.name}.svg")
    if path.suffix not in FORMATS:
        raise UsageError(f"{path}: found {path.suffix or 'no ending'!r}, expected {', '.join(FORMATS)}")
    refuse_existing(path, args.force, "--out")  # before the work, and again when it is written
    with patient() as tell:
        figure = plot(
            model,
            at=pairs(args.at, "--at"),
            settings=settings(model, args.set),
            jobs=args.jobs or cores(),
            progress=tell,
        )
    figure.save(path, force=args.force)
    print(f"{path}: written. {figure['description']}")
    return 0


@contextmanager
def patient(seconds: float = PATIENCE) -> Iterator[Progress]:
    """Progress that shows itself only if the work takes longer than it is worth watching."""
    from detente.cli.progress import progress

    lock, shown = Lock(), ExitStack()
    due = over = False
    state: list[tuple[int, int]] = []  # the last that was told
    display: list[Any] = []

    def show() -> None:
        if due and state and not display and not over:
            display.append(shown.enter_context(progress()))
            display[0](0, state[0][1], 0)
        if display and state[0][0]:
            display[0](*state[0], 0)

    def wake() -> None:
        nonlocal due
        with lock:
            due = True
            show()

    def tell(done: int, total: int) -> None:
        with lock:
            state[:] = [(done, total)]
            show()

    timer = Timer(seconds, wake)
    timer.daemon = True
    timer.start()
    try:
        yield tell
    finally:
        timer.cancel()
        with lock:
            over = True
            shown.close()
        sys.stderr.flush()
