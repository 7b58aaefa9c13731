"""The red-line game on an accelerator: ``python -m benchmarks.gpu``, where jax finds one.

Solves a second by batch in both number formats, the batch at which it no longer grows, the share of the
device's own ceiling, and the largest difference from the processor's answers.
"""

from __future__ import annotations

import sys
from typing import Any

import jax
import numpy as np

from benchmarks import work
from benchmarks.ceilings import fastest
from benchmarks.run import HORIZON, records, table
from detente.engine.batch import moving, traced
from detente.engine.solve import solve as run
from detente.models import get

BATCHES = (64, 256, 1024, 4096, 16384)
AGREED = {"float64": 1e-9, "float32": 2e-3}


def main() -> int:
    """Print the table."""
    device = jax.devices()[0]
    if device.platform == "cpu":
        print("jax finds no accelerator here: nothing to measure (see docs/performance.md, On a GPU)")
        return 1
    model, rows = get("redline"), []
    with jax.enable_x64(True):
        peak = _arithmetic()
        for dtype in AGREED:
            for batch in BATCHES:
                points = records(batch)
                x = np.stack([points[n] for n in moving(model)]).astype(dtype)
                go = jax.jit(traced(model, HORIZON, True, (), run))
                years = np.int32(HORIZON)
                count = work.written(jax.make_jaxpr(traced(model, HORIZON, True, (), run))(x, years).jaxpr)
                found = jax.block_until_ready(go(x, years))
                seconds = fastest(lambda go=go, x=x, y=years: jax.block_until_ready(go(x, y)), 3)
                narrow = count["arithmetic32"] + count["arithmetic"] * (dtype == "float32")
                wide = count["arithmetic"] * (dtype == "float64")
                share = (wide / peak["float64"] + narrow / peak["float32"]) / seconds
                apart = _apart(found[0], x[:, :64], go, years)
                rows.append((dtype, f"{batch:,}", f"{batch / seconds:,.0f}", f"{share:.0%}", f"{apart:.0e}",
                             "yes" if apart <= AGREED[dtype] else "no"))  # fmt: skip
    print(f"{device.device_kind}, jax {jax.__version__}\n")
    table(
        ("numbers", "batch", "solves a second", "share of its arithmetic", "difference from CPU", "agreed"),
        rows,
    )
    return 0


def _arithmetic() -> dict[str, float]:
    """Operations a second that the device does at most, by number format; measured."""
    found = {}
    for kind in ("float64", "float32"):
        x = jax.numpy.ones((1 << 22,), kind)

        def sums(y: Any) -> Any:
            for _ in range(256):
                y = y * 0.999 - 1e-3
            return y

        many = jax.jit(sums)
        jax.block_until_ready(many(x))
        seconds = fastest(lambda many=many, x=x: jax.block_until_ready(many(x)), 5)
        found[kind] = 512 * x.size / seconds
    return found


def _apart(found: Any, x: np.ndarray, go: Any, years: Any) -> float:
    """Largest difference of the first answers from those of the processor in double precision."""
    host = jax.devices("cpu")[0]
    truth = jax.device_get(go(jax.device_put(x.astype("float64"), host), jax.device_put(years, host)))[0]
    gaps = [np.abs(np.asarray(v)[..., : x.shape[1]] - truth[k]) for k, v in found.items()]
    return float(max(np.nanmax(g) for g in gaps))


if __name__ == "__main__":
    sys.exit(main())
