"""Measure Détente on this machine and print a page in Markdown: ``make bench``.

Times are the fastest of a few repetitions, which is what the machine can do when nothing disturbs it;
compare numbers within one page only. ``--long`` adds the memory of a run of 10,000 draws.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from detente.case.read import read
from detente.engine.batch import moving, program, solve, workers
from detente.models import get
from detente.study.draws import design

DETENTE = [sys.executable, "-m", "detente"]
BATCHES = (1, 16, 64, 256, 1024)
CASE = "missile-limits"
HORIZON = 40
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def fastest(work: Callable[[], object], times: int) -> float:
    """Seconds of the fastest repetition."""
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def records(batch: int) -> dict[str, np.ndarray]:
    """Draws of the first case."""
    values = design(read(CASE), 1, 0, batch).values
    return {name: values[name] for name in moving(get("redline"))}


def machine() -> str:
    """What the numbers were measured on."""
    model = ""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next((x.split(":")[1].strip() for x in lines if x.startswith("model name")), "")
    except OSError:
        model = platform.processor()
    return f"{model or platform.machine()}, {CORES} cores, Python {platform.python_version()}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table in Markdown."""
    print("| " + " | ".join(head) + " |")
    print("|" + " --- |" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print(flush=True)


def throughput() -> None:
    """Milliseconds a solve on one core, by batch, number format and forward pass."""
    print("## Milliseconds a solve, one core\n")
    rows = []
    for dtype in ("float64", "float32"):
        for years in (0, HORIZON):
            row = [dtype, f"{years} years" if years else "off"]
            for batch in BATCHES:
                points, chunk = records(batch), min(batch, 64)

                def work(p=points, y=years, d=dtype, c=chunk):
                    return solve(get("redline"), p, horizon=HORIZON, years=y, dtype=d, chunk=c)

                work()
                row.append(f"{1000 * fastest(work, 3 if batch < 1024 else 1) / batch:.2f}")
            rows.append(row)
    table(("numbers", "forward pass", *(f"batch {b}" for b in BATCHES)), rows)


def amortised() -> None:
    """Milliseconds a solve with every core, workers already started."""
    print(f"## Milliseconds a solve, {CORES} processes, 1,024 solves\n")
    points = records(1024)
    chunks = [{k: v[i : i + 64] for k, v in points.items()} for i in range(0, 1024, 64)]
    rows = []
    for years, name in ((0, "off"), (10, "10 years"), (HORIZON, f"{HORIZON} years")):
        with workers(CORES) as pool:
            list(pool.map(_chunk, [chunks[0]] * CORES * 2, [years] * CORES * 2))
            seconds = fastest(lambda y=years, pool=pool: list(pool.map(_chunk, chunks, [y] * len(chunks))), 3)
        rows.append((name, f"{1000 * seconds / 1024:.2f}", f"{1024 / seconds:.0f}"))
    table(("forward pass", "ms a solve", "solves a second"), rows)


def _chunk(points: dict[str, np.ndarray], years: int) -> None:
    solve(get("redline"), points, horizon=HORIZON, years=years)


def starts() -> None:
    """Seconds to start: help, a compiled program cold and from the disk, a first answer."""
    print("## Starting\n")
    code = "from benchmarks.run import first; first()"
    rows = [("`detente --help`", f"{fastest(lambda: _quiet([*DETENTE, '--help']), 5):.2f}")]
    with tempfile.TemporaryDirectory() as folder:
        empty = {**os.environ, "DETENTE_CACHE": folder}
        rows.append(
            (
                "first 64 solves, forward pass on, nothing compiled",
                f"{fastest(lambda: _quiet([sys.executable, '-c', code], empty), 1):.1f}",
            )
        )
        rows.append(
            (
                "the same, compiled before",
                f"{fastest(lambda: _quiet([sys.executable, '-c', code], empty), 3):.2f}",
            )
        )
    table(("what", "seconds"), rows)


def first() -> None:
    """What `starts` times in a process of its own."""
    program("redline", HORIZON, True, "float64", 64, ())
    solve(get("redline"), records(64), horizon=HORIZON)


def runs(long: bool) -> None:
    """The default run of the first case, and on request a long one: seconds and peak memory."""
    print(f"## `detente run {CASE}`, compiled before\n")
    rows = []
    for draws in (2000, *((10_000,) if long else ())):
        with tempfile.TemporaryDirectory() as folder:
            words = [*DETENTE, "run", CASE, "--draws", str(draws), "--out", f"{folder}/run"]
            start = time.perf_counter()
            process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            most = 0
            while process.poll() is None:
                most = max(most, _memory(process.pid))
                time.sleep(0.5)
            seconds = time.perf_counter() - start
        rows.append((f"{draws:,} draws", f"{seconds:.0f}", f"{most / 1e6:.0f}"))
    table(("run", "seconds", "peak memory of all its processes, MB"), rows)
    alone = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"Largest process: {alone:.0f} MB.\n", flush=True)


def _memory(pid: int) -> int:
    """Bytes of a process and its descendants that are theirs alone; 0 where this cannot be read."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
        own = sum(int(x.split()[1]) for x in text.splitlines() if x.startswith("Pss:")) * 1024
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    except OSError:
        return 0
    return own + sum(_memory(int(child)) for child in children)


def _quiet(words: list[str], environment: dict[str, str] | None = None) -> None:
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, env=environment)


def main() -> None:
    """Measure everything."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--long", action="store_true", help="also a run of 10,000 draws")
    long = arguments.parse_args().long
    print(f"Measured on {machine()}.\n", flush=True)
    starts()
    amortised()
    runs(long)
    throughput()


if __name__ == "__main__":
    main()
