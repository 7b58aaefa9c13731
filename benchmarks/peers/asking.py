"""Work handed to processes of their own, Détente's and other people's alike, each with a time limit.

A process is killed at its limit: what solvers do in C++ cannot be interrupted. What it told before counts.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PYTHON = {"ours": Path(sys.executable), "theirs": ROOT / ".venv-bench" / "bin" / "python"}
ALONE = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONPATH": str(ROOT),
    "JAX_TRACEBACK_FILTERING": "off",  # so that the last line of a failure says what failed
}


@dataclass(frozen=True)
class Heard:
    """What a process told, a mapping for each answer, and why it ended early: "" if it did not."""

    answers: list[dict[str, Any]]
    ended: str

    def of(self, what: str) -> list[dict[str, Any]]:
        """The answers of one kind."""
        return [x for x in self.answers if x["what"] == what]


def ask(who: str, kind: str, limit: float, **job: Any) -> Heard:
    """Have a job done by the Python of `who`, ``ours`` or ``theirs``, in at most so many seconds."""
    with tempfile.TemporaryDirectory() as folder:
        file, told, trouble = (Path(folder) / x for x in ("job", "told", "trouble"))
        file.write_bytes(pickle.dumps({"kind": kind, **job}))
        words = [PYTHON[who], "-m", f"benchmarks.peers.{who}", file]
        ended = ""
        with told.open("w") as out, trouble.open("w") as err:
            try:
                done = subprocess.run(
                    words, stdout=out, stderr=err, timeout=limit, cwd=ROOT, env={**os.environ, **ALONE}
                )
            except subprocess.TimeoutExpired:
                ended = f"stopped after {limit:.0f} s"
            else:
                if done.returncode:
                    lines = trouble.read_text(encoding="utf-8").strip().splitlines()
                    ended = "failed: " + (lines[-1] if lines else f"status {done.returncode}")
        whole = [x for x in told.read_text(encoding="utf-8").splitlines(keepends=True) if x.endswith("\n")]
    return Heard([json.loads(x) for x in whole], ended)


def tell(what: str, **answer: Any) -> None:
    """Called by the process: one answer, at once."""
    print(json.dumps({"what": what, **answer}), flush=True)


@dataclass(frozen=True)
class Row:
    """One line of a table.

    Attributes:
        who: Solver and version.
        how: Method, batch and cores.
        seconds: A game; None if none was solved.
        games: How many were solved, of how many begun.
        accuracy: What its own check says, and how far it agrees.
        once: Seconds before the first game: to compile.
        note: Why it ended early, or what else must be known.
        floor: Seconds that one game takes at least, where none was solved within the limit.
    """

    who: str
    how: str
    seconds: float | None
    games: tuple[int, int]
    accuracy: str = ""
    once: float | None = None
    note: str = ""
    floor: float | None = None


@dataclass(frozen=True)
class Table:
    """Rows about the same games at the same tolerance; the first is Détente in a batch."""

    title: str
    rows: list[Row] = field(default_factory=list)

    def ratio(self, row: Row) -> float | None:
        """How many times as long a game takes as with Détente in a batch; at least, if only a floor."""
        seconds = row.floor if row.seconds is None else row.seconds
        if not self.rows or not self.rows[0].seconds or seconds is None:
            return None
        return seconds / self.rows[0].seconds


def theirs(
    who: str, how: str, heard: Heard, limit: float, accuracy: str = "", good: int | None = None
) -> Row:
    """The row of a peer that told of one game after the other."""
    games = heard.of("game")
    solved = len(games) if good is None else good
    seconds = fmean(x["seconds"] for x in games) if games else None
    floor = limit if not games and heard.ended.startswith("stopped") else None
    return Row(who, how, seconds, (solved, len(games) or 1), accuracy, None, heard.ended, floor)
