"""The cases on the desk: the one that was opened, followed when its file changes, and those brought along."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from detente.case.case import Case
from detente.case.read import locate, read, read_bytes
from detente.errors import CaseError, DetenteError
from detente.lab import work
from detente.lab.pool import Pool, encoded
from detente.lab.scenario import AS_WRITTEN, rounded

MOST = 16
"""Cases kept besides the one that was opened."""
LONGEST = 60
"""Years of a case that is brought along: a longer one would hold everybody up."""
EVERY = 1.0
"""Seconds between two looks at the case's file."""
SHOWN = 3
"""Assumptions that are seen first."""

READ, COMPILE, LOOK, READY, FAILED = "reading", "compiling", "looking", "ready", "failed"


@dataclass(eq=False)
class Desk:
    """A case at hand.

    Attributes:
        case: The case.
        about: What the page needs to know of it, as JSON; empty until it is there.
        step: How far it is: `COMPILE`, `LOOK`, `READY` or `FAILED`.
        first: The assumptions that move the answer most.
    """

    case: Case
    about: bytes = b""
    step: str = READ
    first: tuple[str, ...] = ()
    task: asyncio.Task[None] | None = None

    @property
    def sent(self) -> Case:
        """The case without its text, to be sent to another process."""
        return replace(self.case, text="")


class Desks:
    """The desks of a laboratory."""

    def __init__(self, source: str | Path, pool: Pool) -> None:
        self.source = source
        self.pool = pool
        self.problem: str | None = None
        self.current = ""
        self._desks: OrderedDict[str, Desk] = OrderedDict()
        self._watch: asyncio.Task[None] | None = None
        self._path = locate(source)
        self._opened = read(source)

    async def start(self) -> None:
        """Open the case and begin to watch its file."""
        self.current = self.put(self._opened).case.digest
        self._watch = asyncio.create_task(self._watched())

    async def stop(self) -> None:
        """Watch no more."""
        tasks = [x for x in (self._watch, *(d.task for d in self._desks.values())) if x is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def get(self, digest: str) -> Desk | None:
        """The desk of a case; None if it is no longer there."""
        return self._desks.get(digest or self.current)

    def put(self, case: Case) -> Desk:
        """Put a case on a desk, unless it lies there, and have it made ready."""
        desk = self._desks.get(case.digest)
        if desk is None:
            desk = self._desks[case.digest] = Desk(case)
            desk.task = asyncio.create_task(self._ready(desk))
        elif desk.case.text != case.text:
            desk.case = case
        self._desks.move_to_end(case.digest)
        for digest in [d for d in self._desks if d not in (self.current, case.digest)][: -MOST or None]:
            gone = self._desks.pop(digest)
            if gone.task is not None:
                gone.task.cancel()
        return desk

    async def bring(self, text: bytes) -> Desk:
        """Put a case that somebody brought along on a desk.

        Raises:
            CaseError: It has faults, or is larger than a laboratory for several can bear.
        """
        case = await asyncio.to_thread(read_bytes, text, Path("imported.yaml"))
        if case.horizon > LONGEST:
            raise CaseError(
                f"imported.yaml: horizon: found {case.horizon} years, expected at most {LONGEST} in the"
                " laboratory; open the file with detente lab FILE, or solve it with detente run"
            )
        return self.put(case)

    async def _ready(self, desk: Desk) -> None:
        """Describe, compile, and see which assumptions matter."""
        from detente.lab.describe import describe

        case, last = desk.sent, self.pool.processes - 1
        try:
            desk.about = encoded(await asyncio.to_thread(describe, desk.case))
            desk.step = COMPILE
            programs = [
                (work.prepare, case, True, True),
                (work.prepare_year, case),
                (work.prepare, case, False, False),
                (work.prepare, case, False, True),
            ]
            await asyncio.gather(self._in_turn(0, *programs[:2]), self._in_turn(last, *programs[2:]))
            # Compiled once, and then fetched by every process, so that nobody's first question waits for it.
            await asyncio.gather(*(self._in_turn(n, *programs) for n in range(self.pool.processes)))
            desk.step = LOOK
            found = await self.pool.at_once(last, work.swings, case, AS_WRITTEN)
            desk.first = first(found["swings"])
            desk.step = READY
        except DetenteError as problem:
            desk.step, self.problem = FAILED, str(problem)
        except BrokenProcessPool:
            desk.step, self.problem = FAILED, "a process was ended from outside (no memory?); start again"

    async def _in_turn(self, lane: int, *calls: tuple[Any, ...]) -> None:
        for function, *args in calls:
            await self.pool.at_once(lane, function, *args)

    async def _watched(self) -> None:
        seen = await asyncio.to_thread(_stamp, self._path)
        while True:
            await asyncio.sleep(EVERY)
            now = await asyncio.to_thread(_stamp, self._path)
            if now == seen or now is None:
                continue
            seen = now
            try:
                case = await asyncio.to_thread(read, self.source)
            except DetenteError as problem:
                self.problem = str(problem)
                continue
            self.problem = None
            self.current = self.put(case).case.digest


def first(swings: list[dict[str, Any]]) -> tuple[str, ...]:
    """The assumptions whose plausible ends are farthest apart in the decisive outcome."""

    def reach(row: dict[str, Any]) -> float:
        ends = row["at_low"], row["at_high"]
        return -abs(ends[0] - ends[1]) if None not in ends else 0.0

    return tuple(row["name"] for row in sorted(swings, key=lambda r: (rounded(reach(r)), r["name"]))[:SHOWN])


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
