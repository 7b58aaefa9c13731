"""Time every model of the gallery in a batch of 1,000 on one core: ``python -m benchmarks.gallery [NAME…]``.

Points lie around a model's defaults, within its domains and conditions; grids have their default sizes. The
first solve compiles, or loads the program from the disk; it is timed apart.
"""

from __future__ import annotations

import sys
import time
from types import SimpleNamespace

import numpy as np

from benchmarks.run import machine, table
from detente.engine.batch import moving, solve
from detente.model import Model
from detente.models import NAMES, get

BATCH = 1000
SPREAD = 0.03


def points(model: Model, count: int) -> dict[str, np.ndarray]:
    """Points around the defaults at which the theory applies."""
    draw = np.random.default_rng(1)
    found: list[dict[str, float]] = []
    while len(found) < count:
        point = {}
        for name in moving(model):
            p = model.by_name[name]
            near = p.default * (1 + SPREAD * draw.uniform(-1, 1))
            point[name] = p.default if p.domain.whole or p.labels or near not in p.domain else near
        if all(c.holds(SimpleNamespace(**point)) for c in model.conditions):
            found.append(point)
    return {name: np.array([p[name] for p in found]) for name in moving(model)}


def main(names: list[str]) -> None:
    """Print the table."""
    print(f"{machine()}; one core; batch of {BATCH:,}\n")
    rows = []
    for name in names or NAMES:
        model = get(name)
        static = {p.name: int(p.default) for p in model.parameters if p.static}
        records = points(model, BATCH)
        start = time.perf_counter()
        solve(model, {k: x[:1] for k, x in records.items()}, horizon=static.get("horizon", 1))
        first = time.perf_counter() - start
        start = time.perf_counter()
        solved = solve(model, records, horizon=static.get("horizon", 1))
        each = (time.perf_counter() - start) / BATCH * 1000
        good = sum(s is None for s in solved.status)
        grids = ", ".join(f"{k} {v}" for k, v in model.settings.items())
        rows.append([name, grids, f"{each:.3g}", f"{first:.1f}", f"{good:,}"])
        print(rows[-1], file=sys.stderr, flush=True)
    table(("model", "grids", "ms a solve", "first solve, s", "answers"), rows)


if __name__ == "__main__":
    main(sys.argv[1:])
