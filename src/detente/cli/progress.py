"""Progress of a run on standard error: a bar in a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from detente.study.work import Progress

EVERY = 10.0
"""Seconds between two lines where there is no terminal."""


@contextmanager
def progress(what: str = "", unit: str = "solves") -> Iterator[Progress]:
    """A display for the time of the block.

    Args:
        what: Of which part of a study; "" for the run itself.
        unit: What is counted.
    """
    with _bar(what, unit) if sys.stderr.isatty() else _lines(what, unit) as tell:
        yield tell


@contextmanager
def parts() -> Iterator[Callable[..., Progress]]:
    """Displays for parts that come one after the other: each is begun by its name and ends the one before."""
    with ExitStack() as stack:

        def begin(what: str, unit: str = "solves") -> Progress:
            stack.close()
            return stack.enter_context(progress(what, unit))

        yield begin


@contextmanager
def _bar(what: str, unit: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[count]}"),
        TimeElapsedColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as display:
        task = display.add_task("getting ready (compiles once)", total=None, count="")

        def tell(done: int, total: int, failed: int) -> None:
            if display.tasks[0].total is not None:
                display.update(task, description=what or "solving")
            failures = f", {failed:,} failed" if failed else ""
            display.update(task, completed=done, total=total, count=f"{done:,} of {total:,} {unit}{failures}")

        yield tell


@contextmanager
def _lines(what: str = "", unit: str = "solves") -> Iterator[Progress]:
    begun = last = time.monotonic()
    first: int | None = None
    # The pace is taken from when the first solves came back: compiling is over by then.
    started: tuple[float, int] | None = None

    def say(text: str) -> None:
        print(f"detente: {what}{': ' * bool(what)}{text}", file=sys.stderr, flush=True)

    def tell(done: int, total: int, failed: int) -> None:
        nonlocal last, first, started
        now = time.monotonic()
        if first is None:
            first = done
            if done == total:
                say(f"{total:,} {unit}, all kept from before")
                return
            kept = f", {done:,} of them kept from before" if done else ""
            say(f"{total:,} {unit}{kept}; the first start compiles, which can take a minute")
            return
        if started is None:
            started = now, done
        if done == total:
            say(f"solved {total - first:,} in {duration(now - begun)}, {failed:,} failed")
        elif now - last >= EVERY and done > started[1]:
            left = (now - started[0]) * (total - done) / (done - started[1])
            say(f"{done:,} of {total:,} ({100 * done // total} %), {failed:,} failed, {duration(left)} left")
            last = now

    yield tell


def duration(seconds: float) -> str:
    """Seconds in words: ``45 s``, ``2 min 05 s``, ``1 h 20 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
