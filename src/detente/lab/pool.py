"""Processes that solve, and the queue before them: whoever moves a slider first, the newest value only.

One process answers points and nothing else, so that background work never stands in their way. Points that
wait together are solved together. The same question is solved once, and its answer kept.
"""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import Any

from detente.engine import device

KEPT = 64 * 2**20
"""Bytes of answers kept."""
WAITING = 256
"""Questions that may wait; more are refused, so that a crowd is told instead of kept waiting."""
CLIENTS = 1024
"""Pages whose newest turn is remembered."""
TOGETHER = 16
"""Points solved in one go."""


class Stale(Exception):
    """The page has asked for something newer: nobody waits for this any more."""


class Busy(Exception):
    """Too many questions wait already."""


def one(work: Callable[..., Any], args: tuple[Any, ...]) -> bytes:
    """Done in a process: one answer as JSON, so that the server need not write it out."""
    return encoded(work(*args))


def several(work: Callable[..., Any], args: list[tuple[Any, ...]]) -> list[bytes]:
    """Done in a process: several answers at once."""
    return [encoded(x) for x in work(args)]


def encoded(x: Any) -> bytes:
    """As JSON; refuses what JSON does not know."""
    return json.dumps(x, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


@dataclass(eq=False)
class Job:
    """A question, and the pages that wait for its answer.

    Attributes:
        key: What tells it from other questions.
        work: A function of `detente.lab.work`.
        args: Its arguments.
        answer: Done when there is an answer.
        point: Whether it is a point: `work` then takes a list of arguments, and gives a list.
        turns: For each page that waits, the turn in which it asked.
    """

    key: Hashable
    work: Callable[..., Any]
    args: tuple[Any, ...]
    answer: asyncio.Future[bytes]
    point: bool = False
    turns: dict[str, int] = field(default_factory=dict)


class Pool:
    """The processes, the queue, and the answers that are kept."""

    def __init__(self, processes: int | None = None) -> None:
        self.processes = processes or min(max(device.cores(), 2), 8)
        self._lanes: list[ProcessPoolExecutor] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._points: deque[Job] = deque()
        self._others: deque[Job] = deque()
        self._open: dict[Hashable, Job] = {}
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._bytes = 0
        self._newest: OrderedDict[str, int] = OrderedDict()
        self._wake = asyncio.Condition()
        self.solved = 0
        self.dropped = 0

    async def start(self) -> None:
        """Start the processes."""
        from detente.engine.batch import workers

        for lane in range(self.processes):
            self._lanes.append(workers(1))
            self._tasks.append(asyncio.create_task(self._serve(lane)))

    async def stop(self) -> None:
        """End them."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for lane in self._lanes:
            for process in list((getattr(lane, "_processes", None) or {}).values()):
                process.terminate()  # a solve in flight is nobody's any more
            lane.shutdown(wait=False, cancel_futures=True)

    async def at_once(self, lane: int, work: Callable[..., Any], *args: Any) -> Any:
        """Have something done by one of the processes, without waiting in the queue."""
        return await asyncio.get_running_loop().run_in_executor(self._lanes[lane], work, *args)

    def turn(self, client: str, number: int) -> None:
        """Note a page's newest turn; what it asked in earlier ones is dropped unless somebody else waits."""
        self._newest[client] = max(number, self._newest.get(client, 0))
        self._newest.move_to_end(client)
        while len(self._newest) > CLIENTS:
            self._newest.popitem(last=False)

    async def ask(
        self, key: Hashable, work: Callable[..., Any], *args: Any, client: str, turn: int, point: bool = False
    ) -> bytes:
        """The answer to a question as JSON, from what is kept or solved in turn.

        Args:
            key: What tells the question from others.
            work: A function of `detente.lab.work`; of a point, one that takes a list of them.
            *args: Its arguments.
            client: The page that asks.
            turn: Its turn; a question of an earlier turn than the page's newest is dropped.
            point: Whether somebody's hand is on a slider.

        Raises:
            Stale: The page has asked something newer.
            Busy: Too many questions wait.
        """
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        job = self._open.get(key)
        if job is None:
            if len(self._points) + len(self._others) >= WAITING:
                raise Busy
            job = Job(key, work, args, asyncio.get_running_loop().create_future(), point)
            self._open[key] = job
            (self._points if point else self._others).append(job)
        job.turns[client] = turn
        async with self._wake:
            self._wake.notify_all()
        return await asyncio.shield(job.answer)

    def _wanted(self, job: Job) -> bool:
        return any(turn >= self._newest.get(client, turn) for client, turn in job.turns.items())

    def _next(self, lane: int) -> list[Job]:
        """What a lane does next: its part of the points, or one other piece; stale ones fall out."""
        part = -(-len(self._points) // self.processes)
        for queue, most in ((self._points, min(max(part, 1), TOGETHER)), (self._others, 1)):
            if queue is self._others and lane == 0:
                continue
            found: list[Job] = []
            while queue and len(found) < most:
                job = queue.popleft()
                if self._wanted(job):
                    found.append(job)
                else:
                    self.dropped += 1
                    self._open.pop(job.key, None)
                    job.answer.set_exception(Stale())
                    job.answer.exception()  # nobody may be listening
            if found:
                return found
        return []

    async def _serve(self, lane: int) -> None:
        from detente.engine.batch import workers

        loop = asyncio.get_running_loop()
        while True:
            async with self._wake:
                while not (jobs := self._next(lane)):
                    await self._wake.wait()
            work, lists = jobs[0].work, [job.args for job in jobs]
            try:
                if jobs[0].point:
                    answers = await loop.run_in_executor(self._lanes[lane], several, work, lists)
                else:
                    answers = [await loop.run_in_executor(self._lanes[lane], one, work, lists[0])]
            except BrokenProcessPool as problem:
                self._lanes[lane] = workers(1)  # ended from outside: the next question gets a new one
                self._fail(jobs, problem)
            except Exception as problem:  # noqa: BLE001 - told to whoever asked; the lane goes on
                self._fail(jobs, problem)
            else:
                for job, answer in zip(jobs, answers, strict=True):
                    self._keep(job, answer)

    def _keep(self, job: Job, answer: bytes) -> None:
        self.solved += 1
        self._open.pop(job.key, None)
        self._kept[job.key] = answer
        self._bytes += len(answer)
        while self._bytes > KEPT:
            self._bytes -= len(self._kept.popitem(last=False)[1])
        job.answer.set_result(answer)

    def _fail(self, jobs: list[Job], problem: BaseException) -> None:
        for job in jobs:
            self._open.pop(job.key, None)
            job.answer.set_exception(problem)
            job.answer.exception()
