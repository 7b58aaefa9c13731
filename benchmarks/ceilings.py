"""What this machine can do at most: exponentials, arithmetic, and moving numbers, each measured by itself.

The same kernels calibrate a comparison: a result is divided by their time in the same run, so that a slower
machine or a noisy hour does not look like slower code.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from math import exp, log
from pathlib import Path
from typing import Any

import numpy as np

from detente.engine import device

CORES = device.cores()
ROUNDS, CHAINS = 16, 4  # operations on each number, so that reading it does not count
CACHED = (64, 60)  # 30 KB: in the first cache
LEVEL3 = (945, 64)  # a value of the red-line game in a chunk of 64: 484 KB
FAR = (48, 1024, 1024)  # 400 MB: in memory


def machine() -> dict[str, Any]:
    """What numbers were measured on."""
    model = ""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next((x.split(":")[1].strip() for x in lines if x.startswith("model name")), "")
    except OSError:
        model = platform.processor()
    from importlib.metadata import version

    return {
        "processor": model or platform.machine(),
        "cores": CORES,
        "python": platform.python_version(),
        **{name: version(name) for name in ("detente", "jax", "jaxlib", "numpy")},
    }


def fastest(work: Callable[[], object], times: int) -> float:
    """Seconds of the fastest repetition."""
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def ceilings(dtype: str = "float64", times: int = 7) -> dict[str, float]:
    """Nanoseconds on one core, for a number of the format.

    Returns:
        ``exp``: an exponential. ``arithmetic``: a multiplication or an addition. ``cached``: reading and
        writing a number of arrays as large as a value of the game, 40 of them. ``memory``: of a larger one.
    """
    device.ready()
    import jax
    import jax.numpy as jnp

    from detente.engine.numeric import exp as ours

    def per(function: Callable[[Any], Any], shape: tuple[int, ...], operations: float, loops: int) -> float:
        with jax.enable_x64(True):
            x = jnp.asarray(np.random.default_rng(1).uniform(-1, 0, shape).astype(dtype))
            run = device.compiled(
                jax.jit(lambda x: jax.lax.fori_loop(0, loops, lambda _, y: function(y), x)).lower(x),
                settled=True,
            )
            run(x).block_until_ready()
            seconds = fastest(lambda: run(x).block_until_ready(), times)
        return seconds * 1e9 / (x.size * operations * loops)

    def powers(y: Any) -> Any:
        return -ours(y)

    def sums(y: Any) -> Any:
        chains = [y * (1 - k * 1e-3) for k in range(CHAINS)]  # so that no operation waits for the last
        for _ in range(ROUNDS):
            chains = [x * 0.999 - 1e-3 for x in chains]
        return sum(chains[1:], chains[0])

    def moved(y: Any) -> Any:
        return y + 1.0

    return {
        "exp": per(powers, CACHED, 1, 1000),
        "arithmetic": per(sums, CACHED, 2 * (ROUNDS + 1) * CHAINS, 200),
        "cached": per(moved, (40, *LEVEL3), 1, 10),
        "memory": per(moved, FAR, 1, 8),
    }


def together(pool: ProcessPoolExecutor, dtype: str = "float64") -> dict[str, float]:
    """The same with every core at work, nanoseconds a number: the slowest core's, over the cores."""
    found = list(pool.map(ceilings, [dtype] * CORES))
    return {name: max(x[name] for x in found) / CORES for name in found[0]}


def yardstick(found: dict[str, float]) -> float:
    """One number for how slow the machine was, to divide results by: the kernels' geometric mean."""
    return exp(sum(log(found[x]) for x in ("exp", "arithmetic", "cached")) / 3)
