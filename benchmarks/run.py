"""Measure Détente on this machine: ``make bench``.

Prints a page in Markdown, writes the numbers with the hardware to ``benchmarks/results.json``, and compares
them with the ones committed there before. Times are the fastest of a few repetitions, which is what the
machine can do when nothing disturbs it. ``--only NAME …`` measures some sections and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import scaling, work
from benchmarks.ceilings import CORES, ceilings, fastest, together, yardstick
from benchmarks.ceilings import machine as hardware
from detente.case.read import read
from detente.engine import device
from detente.engine.batch import moving, program, solve, traced, workers
from detente.models import get
from detente.study.draws import design

DETENTE = [sys.executable, "-m", "detente"]
BATCHES = (1, 16, 64, 256, 1024)
CASE = "missile-limits"
HORIZON = 40
RESULTS = Path(__file__).with_name("results.json")
WORSE = 1.15  # by how much a result may be slower, yardstick apart, before it is pointed out

Results = dict[str, float]
"""What was measured, by name. A name ends with its unit: seconds, ms (a solve), MB, ns."""


def machine() -> str:
    """What the numbers were measured on, in words."""
    found = hardware()
    return f"{found['processor']}, {found['cores']} cores, Python {found['python']}, jax {found['jax']}"


def records(batch: int) -> dict[str, np.ndarray]:
    """Draws of the first case."""
    values = design(read(CASE), 1, 0, batch).values
    return {name: values[name] for name in moving(get("redline"))}


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table in Markdown."""
    print("| " + " | ".join(head) + " |")
    print("|" + " --- |" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print(flush=True)


def starts() -> Results:
    """Seconds to start: help, import, a compiled program cold and from the disk, a first answer."""
    print("## Starting\n")
    code = "from benchmarks.run import first; first({})"
    found = {
        "help, seconds": fastest(lambda: _quiet([*DETENTE, "--help"]), 5),
        "import, seconds": fastest(lambda: _quiet([sys.executable, "-c", "import detente"]), 5),
        "nothing imported, seconds": fastest(lambda: _quiet([sys.executable, "-c", ""]), 5),
    }
    for years, name in ((0, "off"), (HORIZON, f"{HORIZON} years")):
        with tempfile.TemporaryDirectory() as folder:
            empty = {**os.environ, "DETENTE_CACHE": folder}
            for what, times in (("nothing compiled", 1), ("compiled before", 3)):
                words = [sys.executable, "-c", code.format(years)]
                seconds = fastest(lambda w=words, e=empty: _quiet(w, e), times)
                found[f"first 64 answers, forward pass {name}, {what}, seconds"] = seconds
    table(("what", "seconds"), [(k.removesuffix(", seconds"), f"{v:.2f}") for k, v in found.items()])
    return found


def first(years: int) -> None:
    """What `starts` times in a process of its own."""
    solve(get("redline"), records(64), horizon=HORIZON, years=years)


def amortised() -> Results:
    """Milliseconds a solve with every core, workers already started."""
    print(f"## Milliseconds a solve, {CORES} processes, 1,024 solves\n")
    points, found = records(1024), {}
    chunks = [{k: v[i : i + 64] for k, v in points.items()} for i in range(0, 1024, 64)]
    rows = []
    for years, name in ((0, "off"), (10, "10 years"), (HORIZON, f"{HORIZON} years")):
        with workers(CORES) as pool:
            list(pool.map(_chunk, [chunks[0]] * CORES * 2, [years] * CORES * 2))
            seconds = fastest(lambda y=years, pool=pool: list(pool.map(_chunk, chunks, [y] * len(chunks))), 3)
        found[f"all cores, forward pass {name}, ms"] = 1000 * seconds / 1024
        rows.append((name, f"{1000 * seconds / 1024:.2f}", f"{1024 / seconds:.0f}"))
    table(("forward pass", "ms a solve", "solves a second"), rows)
    return found


def _chunk(points: dict[str, np.ndarray], years: int) -> None:
    solve(get("redline"), points, horizon=HORIZON, years=years)


def throughput() -> Results:
    """Milliseconds a solve on one core, by batch, number format and forward pass."""
    print("## Milliseconds a solve, one core\n")
    rows, found = [], {}
    for dtype in ("float64", "float32"):
        for years in (0, HORIZON):
            name = f"{HORIZON} years" if years else "off"
            row = [dtype, name]
            for batch in BATCHES:
                points, chunk = records(batch), min(batch, 64)

                def go(p=points, y=years, d=dtype, c=chunk):
                    return solve(get("redline"), p, horizon=HORIZON, years=y, dtype=d, chunk=c)

                go()
                ms = 1000 * fastest(go, 5 if batch < 256 else 2) / batch
                found[f"one core, {dtype}, forward pass {name}, batch {batch}, ms"] = ms
                row.append(f"{ms:.2f}")
            rows.append(row)
    table(("numbers", "forward pass", *(f"batch {b}" for b in BATCHES)), rows)
    return found


def floor() -> Results:
    """The work of a solve against what the machine can do at most."""
    import jax

    print("## How far from the floor, one core, float64\n")
    most = ceilings()
    with workers(CORES) as pool:
        all_cores = together(pool)
    table(
        ("ceiling, nanoseconds a number", "one core", f"{CORES} cores"),
        [(k, f"{v:.3f}", f"{all_cores[k]:.3f}") for k, v in most.items()],
    )
    found, rows = {f"ceiling {k}, ns": v for k, v in most.items()}, []
    points, model = records(256), get("redline")
    for years, name in ((0, "off"), (HORIZON, f"{HORIZON} years")):
        shapes = [jax.ShapeDtypeStruct((len(moving(model)), 64), np.dtype("float64"))]
        shapes += [jax.ShapeDtypeStruct((), np.dtype("int32"))] * (years > 0)
        from detente.engine.solve import solve as run

        with jax.enable_x64(True):
            jaxpr = jax.make_jaxpr(traced(model, HORIZON, years > 0, (), run))(*shapes).jaxpr
        n = {k: v / 64 for k, v in work.written(jaxpr).items()}
        compiled = program(model, HORIZON, years > 0, "float64", 64, ())
        traffic = work.moved(compiled.as_text()) / 64
        # Single precision fills twice as many lanes; a division is taken to cost an exponential's half.
        exps = (n["exp"] + n["divide"] / 2 + (n["exp32"] + n["divide32"] / 2) / 2) * most["exp"] * 1e-6
        sums = (n["arithmetic"] + n["arithmetic32"] / 2) * most["arithmetic"] * 1e-6
        moves = traffic / 16 * most["cached"] * 1e-6
        taken = 1000 * fastest(lambda y=years: solve(model, points, horizon=HORIZON, years=y), 5) / 256
        least = exps + sums
        found[f"share of the floor, forward pass {name}"] = least / taken
        rows.append(
            (name, f"{n['exp'] / 1e6:.2f}", f"{(n['arithmetic'] + n['arithmetic32'] / 2) / 1e6:.1f}",
             f"{traffic / 1e6:.0f}", f"{exps:.2f}", f"{sums:.2f}", f"{moves:.2f}", f"{taken:.2f}",
             f"{least / taken:.0%}")
        )  # fmt: skip
    head = ("forward pass", "million exponentials", "million operations", "MB moved", "ms exponentials",
            "ms operations", "ms moving", "ms measured", "floor/measured")  # fmt: skip
    table(head, rows)
    return found


def precision() -> Results:
    """What single precision costs in digits: the largest and the median difference over 1,024 draws."""
    print("## Single precision: difference from double, 1,024 draws\n")
    points = records(1024)
    wide = solve(get("redline"), points, horizon=HORIZON, jobs=CORES)
    narrow = solve(get("redline"), points, horizon=HORIZON, dtype="float32", jobs=CORES)
    rows, found = [], {}
    for name, x in wide.outcomes.items():
        apart = np.abs(narrow.outcomes[name] - x)
        both = np.isfinite(apart)
        found[f"single precision, {name}, difference"] = float(apart[both].max())
        rows.append((name, f"{np.median(apart[both]):.1e}", f"{apart[both].max():.1e}"))
    lost = sum(s is not None for s in narrow.status) - sum(s is not None for s in wide.status)
    table(("outcome", "median", "largest"), rows)
    print(f"Answers refused in single precision and not in double: {lost} of 1,024.\n", flush=True)
    return found


def runs() -> Results:
    """The default run of the first case: seconds and peak memory."""
    print(f"## `detente run {CASE}`, compiled before\n")
    with tempfile.TemporaryDirectory() as folder:
        words = [*DETENTE, "run", CASE, "--out", f"{folder}/run"]
        start = time.perf_counter()
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        most = 0
        while process.poll() is None:
            most = max(most, _memory(process.pid))
            time.sleep(0.5)
        seconds = time.perf_counter() - start
    table(("run", "seconds", "peak memory of all its processes, MB"),
          [("2,000 draws", f"{seconds:.0f}", f"{most / 1e6:.0f}")])  # fmt: skip
    return {"run of 2,000 draws, seconds": seconds, "run of 2,000 draws, MB": most / 1e6}


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


def linear() -> Results:
    """Cost by states, years and actions."""
    print("## Cost by size, one core, without forward pass\n")
    found, rows = scaling.measured()
    table(("what grows", "sizes", "ms a solve", "cost grows with its power"), rows)
    return found


def many() -> Results:
    """Throughput and memory by the number of records, in one process."""
    print("## Many records\n")
    found, rows = scaling.many()
    table(("records", "ms a solve", "peak memory of the process, MB"), rows)
    return found


SECTIONS: dict[str, Callable[[], Results]] = {
    "starts": starts,
    "amortised": amortised,
    "floor": floor,
    "runs": runs,
    "throughput": throughput,
    "precision": precision,
    "linear": linear,
    "many": many,
}


def compare(now: dict[str, Any], before: dict[str, Any]) -> None:
    """Print what became slower or quicker, the machine's own pace taken out."""
    pace = now["yardstick"] / before["yardstick"]
    print(f"## Against the results committed before ({before['date']}, {before['machine']['processor']})\n")
    print(f"The machine's own kernels took {pace:.2f} times as long; the ratios below have that taken out.\n")
    rows = []
    for name, x in now["results"].items():
        y = before["results"].get(name)
        if y and name.endswith((", ms", ", seconds")):
            ratio = x / y / pace
            note = "slower" if ratio > WORSE else "quicker" if ratio < 1 / WORSE else ""
            rows.append((name, f"{y:.3g}", f"{x:.3g}", f"{ratio:.2f}", note))
    table(("result", "before", "now", "ratio", ""), rows)


def main() -> None:
    """Measure everything."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    arguments.add_argument("--only", nargs="+", choices=SECTIONS, help="only these; writes nothing")
    only = arguments.parse_args().only
    device.ready()
    print(f"Measured on {machine()}.\n", flush=True)
    paces = [yardstick(ceilings())]
    found: Results = {}
    for name, measure in SECTIONS.items():
        if only is None or name in only:
            found |= measure()
            paces.append(yardstick(ceilings()))
    now = {
        "date": time.strftime("%Y-%m-%d"),
        "machine": hardware(),
        "yardstick": float(np.median(paces)),
        "yardsticks": paces,
        "results": found,
    }
    spread = max(paces) / min(paces)
    print(f"The machine's own kernels differed by a factor of {spread:.2f} between the sections.\n")
    if RESULTS.exists():
        compare(now, json.loads(RESULTS.read_text(encoding="utf-8")))
    if only is None:
        RESULTS.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
        print(f"Written to {RESULTS.relative_to(Path.cwd())}; commit it where it is to be compared with.")


if __name__ == "__main__":
    main()
