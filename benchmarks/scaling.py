"""How cost grows: with states, years and actions, and with the number of records."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks.ceilings import fastest
from detente.engine import device
from detente.engine.batch import solve
from detente.engine.game import Accounting, Action, Decision, Game, Variable
from detente.models import get

YEARS = (10, 20, 40, 100)
STEPS = (2, 4, 9, 20)  # of the arsenal: states in proportion to steps + 1
ACTIONS = (2, 5, 10, 20)
SITES = 600
RECORDS = (1_000, 10_000, 100_000)


def measured() -> tuple[dict[str, float], list[tuple[str, str, str, str]]]:
    """Milliseconds a solve over a decade of each; and the power of the size that the cost grows with."""
    from benchmarks.run import records

    points = records(128)

    def redline(years: int = 40, **settings: int) -> float:
        def go() -> object:
            return solve(get("redline"), points, horizon=years, years=0, settings=settings)

        go()
        return 1000 * fastest(go, 3) / 128

    by_years = [redline(years=n) for n in YEARS]
    by_states = [redline(years=20, arsenal_steps=n) for n in STEPS]
    by_actions = [_choosing(n) for n in ACTIONS]
    found, rows = {}, []
    for what, sizes, costs in (
        ("years", YEARS, by_years),
        ("public states (20 years)", [n + 1 for n in STEPS], by_states),
        (f"actions ({SITES} states, 40 years)", ACTIONS, by_actions),
    ):
        power = float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])
        found |= {f"{what}: {n}, ms": x for n, x in zip(sizes, costs, strict=True)}
        found[f"{what}, power"] = power
        unit = 21 if what.startswith("public") else 1
        rows.append(
            (
                what,
                ", ".join(f"{unit * n}" for n in sizes),
                ", ".join(f"{x:.2f}" for x in costs),
                f"{power:.2f}",
            )
        )
    return found, rows


def _choosing(count: int) -> float:
    """A game of one player who moves on a line of sites, up to `count` − 1 sites at a time."""
    device.ready()
    import jax
    import jax.numpy as jnp

    from detente.engine.solve import solve as run

    def move(s: Any, p: Any) -> Iterator[Action]:
        for k in range(count):
            to = np.minimum(s.site + k, SITES - 1)
            yield Action(f"{k} on", to={"site": to}, pays={"mover": -p.cost * k * (1 + 0.001 * s.site)})

    game = Game(
        players=("mover",),
        variables=(Variable("site", SITES),),
        stages=(
            Decision("move", "mover", move),
            Accounting("year", lambda s, p: {"mover": p.worth * s.site / SITES}),
        ),
        start=lambda p: {"site": 0},
    )
    names = ("cost", "worth", "discount", "noise")

    def function(x: Any) -> Any:
        return run(game, dict(zip(names, x, strict=True)), 40, paths=False).first.values[0]

    with jax.enable_x64(True):
        x = jnp.asarray(np.random.default_rng(1).uniform(0.4, 0.9, (4, 64)))
        go = device.compiled(jax.jit(function).lower(x), settled=True)
        go(x).block_until_ready()
        return 1000 * fastest(lambda: go(x).block_until_ready(), 5) / 64


def many() -> tuple[dict[str, float], list[tuple[str, str, str]]]:
    """Batches of up to 100,000 draws of the first case, each in a process of its own."""
    found, rows = {}, []
    code = "from benchmarks.scaling import batch; batch({})"
    for n in RECORDS:
        words = [sys.executable, "-c", code.format(n)]
        ms, memory = map(
            float, subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()
        )
        found |= {f"{n} records, ms": ms, f"{n} records, MB": memory}
        rows.append((f"{n:,}", f"{ms:.3f}", f"{memory:.0f}"))
    return found, rows


def batch(count: int) -> None:
    """Solve so many draws, with a horizon of two years to be done soon; print ms a solve and peak MB."""
    import resource

    from benchmarks.run import records

    points = records(count)
    solve(get("redline"), {k: v[:64] for k, v in points.items()}, horizon=2, years=2)
    seconds = fastest(lambda: solve(get("redline"), points, horizon=2, years=2), 1)
    print(1000 * seconds / count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
