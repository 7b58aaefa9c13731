"""A full run asked for from the page: the command ``detente run``, one at a time, with its progress."""

from __future__ import annotations

import asyncio
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from detente.engine import device
from detente.errors import UsageError

DRAWS = (64, 256, 2000)
"""Draws that a run from the page may have."""
COMMAND = "import os, sys; os.nice(5); from detente.cli import main; sys.exit(main(sys.argv[1:]))"
"""The command, after whoever moves a slider meanwhile."""
_TOTAL = re.compile(r"^detente: ([\d,]+) solves")
_DONE = re.compile(r"^detente: ([\d,]+) of ([\d,]+) ")


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

    def hear(self, line: str) -> None:
        """Take a line of the command's progress, or of its complaint."""
        whole, part = _TOTAL.match(line), _DONE.match(line)
        if part is not None:
            self.done, self.total = (int(x.replace(",", "")) for x in part.groups())
        elif whole is not None:
            self.total = int(whole.group(1).replace(",", ""))
        elif line.startswith("detente: "):
            self.problem = line.removeprefix("detente: ")

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
            words = ["run", str(file), "--out", str(run.folder), "--draws", str(run.draws)]
            words += ["--jobs", str(max(device.cores() - 1, 2))]  # with one, the process itself would solve
            run.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                COMMAND,
                *words,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
            )
            assert run.process.stderr is not None
            async for line in run.process.stderr:
                run.hear(line.decode("utf-8", "replace").rstrip())
            code = await run.process.wait()
        except OSError as problem:
            run.state, run.problem = "failed", f"{self.folder}: cannot be written ({problem.strerror})"
            return
        if run.state == "going":
            run.state = "done" if code == 0 else "failed"
            run.problem = "" if code == 0 else run.problem or "the run's process was ended"
