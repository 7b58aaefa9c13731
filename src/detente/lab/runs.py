"""A full run asked for from the page: one at a time, in a process of its own, with progress.

As a program (``python -m detente.lab.runs FILE OUT DRAWS JOBS``) it is that process: a line of JSON for each step.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from detente.errors import DetenteError, UsageError

DRAWS = (64, 256, 2000)
"""Draws that a run from the page may have."""


@dataclass
class Run:
    """A run and how far it is.

    Attributes:
        number: Counted from 1.
        folder: Its run folder.
        draws: Draws in all.
        done: Solves done.
        total: Solves in all; 0 before the first.
        state: ``going``, ``done``, ``failed`` or ``stopped``.
        problem: Why it failed, for the reader.
    """

    number: int
    folder: Path
    draws: int
    done: int = 0
    total: int = 0
    state: str = "going"
    problem: str = ""
    process: asyncio.subprocess.Process | None = field(default=None, repr=False)

    def told(self) -> dict[str, Any]:
        """What the page is told."""
        return {
            "number": self.number,
            "draws": self.draws,
            "done": self.done,
            "total": self.total,
            "state": self.state,
            "problem": self.problem,
            "folder": str(self.folder),
        }


class Runs:
    """The runs of a laboratory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.all: list[Run] = []
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def latest(self) -> Run | None:
        """The run that was asked for last."""
        return self.all[-1] if self.all else None

    def start(self, text: str, name: str, draws: int) -> Run:
        """Start a run of a case file's text.

        Args:
            text: The case.
            name: Of the run folder, made by this program: never a visitor's.
            draws: One of `DRAWS`.

        Raises:
            UsageError: One is going on, or the number of draws is another.
        """
        if draws not in DRAWS:
            raise UsageError(f"draws: found {draws}, expected one of {', '.join(map(str, DRAWS))}")
        if self.latest is not None and self.latest.state == "going":
            raise UsageError("a run is going on; stop it, or wait for it")
        run = Run(len(self.all) + 1, self.folder / name, draws)
        self.all.append(run)
        task = asyncio.create_task(self._go(run, text))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return run

    async def stop(self) -> None:
        """Stop the run that is going on; what it has solved stays in its folder."""
        run = self.latest
        if run is not None and run.state == "going":
            run.state = "stopped"
            if run.process is not None and run.process.returncode is None:
                run.process.terminate()
                await run.process.wait()

    async def _go(self, run: Run, text: str) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            file = run.folder.with_suffix(".yaml")
            await asyncio.to_thread(file.write_text, text, "utf-8")
            cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
            words = ["-m", __name__, str(file), str(run.folder), str(run.draws), str(max(cores - 1, 1))]
            run.process = await asyncio.create_subprocess_exec(
                sys.executable, *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
            )
            assert run.process.stdout is not None
            async for line in run.process.stdout:
                found = json.loads(line)
                run.done, run.total = found.get("done", run.done), found.get("total", run.total)
                run.problem = found.get("problem", run.problem)
            code = await run.process.wait()
        except OSError as problem:
            run.state, run.problem = "failed", f"{self.folder}: cannot be written ({problem.strerror})"
            return
        if run.state == "going":
            run.state = "done" if code == 0 else "failed"
            if code and not run.problem:
                run.problem = "the run's process was ended"


def main(file: str, out: str, draws: str, jobs: str) -> int:
    """Be the process of a run."""
    from detente.case.read import read
    from detente.report.results import publish
    from detente.study.folder import Folder
    from detente.study.run import run as study
    from detente.study.summary import summarize
    from detente.study.work import Design

    def say(**facts: Any) -> None:
        sys.stdout.write(json.dumps(facts) + "\n")
        sys.stdout.flush()

    if hasattr(os, "nice"):
        os.nice(5)  # whoever moves a slider meanwhile comes first
    try:
        case = read(file)
        design = Design(case, case.model, int(draws), min(256, int(draws)), 1, "float64")
        with Folder.hold(Path(out)) as folder:
            told = {"at": 0}

            def tell(done: int, total: int, failed: int) -> None:
                if done - told["at"] >= total / 200 or done in (0, total):
                    told["at"] = done
                    say(done=done, total=total)

            todo, table = study(design, folder, jobs=int(jobs), progress=tell)
            publish(folder, design, summarize(design, todo, table))
    except DetenteError as problem:
        say(problem=str(problem))
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
