"""Corners of the red-line game, which are other models of the gallery: docs/theory/family.md.

Every expected number comes from a solved game of the gallery. What is derived on the page is which
parameters of one game are which of the other. One program serves all corners: two years, of which the
second does not count (discount 0) where the corner is a single year.
"""

from functools import cache
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from detente.engine import batch, device
from detente.models import get
from quick import LITTLE

REDLINE = get("redline")
SETTINGS = {"arsenal_steps": 1, "counter_steps": 1, "trust_points": 5}
CHUNK = 128
NOISES = (0.1, 0.05, 0.02, 0.01, 0.004)
FAR = 1e4  # a price at which nothing is bought
STRONG = 1e6  # a strength against which nobody goes to war

# A year in which nobody builds or arms, promises are kept, and nothing costs what a corner does not say.
BARE = {p.name: float(p.default) for p in REDLINE.parameters if not p.static} | {
    "discount": 0.0,
    "noise": 0.1,
    "arsenal": 1.0,
    "deals": 1.0,
    "support_reliability": 0.0,
    "veto_probability": 0.0,
    "support_strength": 0.0,
    "holder_strength": 1.0,
    "demander_strength": 1.0,
    "strength_per_step": 0.0,
    "counter_strength_per_step": 0.0,
    "retaliation_per_step": 0.0,
    "upkeep_per_step": 0.0,
    "counter_upkeep": 0.0,
    "fear_per_step": 0.0,
    "one_sided_cost": 0.0,
    "mutual_cost": 0.0,
    "reliable_performance": 1.0,
    "unreliable_performance": 1.0,
    "trust_drift": 0.0,
    "reneging_cost": 0.0,
    "sanctions_cost": 0.0,
    "sanctions_cost_demander": 0.0,
    "compensation_1": 0.0,
    "compensation_2": FAR,
    "compensation_3": FAR,
    "growth_at_risk": 0.0,
    "build_cost": FAR,
    "build_pace": 1.0,
    "counter_build_cost": FAR,
}


@cache
def program() -> Any:
    """The first of two years of the red-line game, compiled once and kept."""
    import jax

    from detente.engine.solve import solve

    game, names = REDLINE.game(**SETTINGS), list(BARE)

    def run(table: Any) -> dict[str, Any]:
        p = dict(zip(names, table, strict=True))
        first = solve(game, p, horizon=2, paths=False).first
        assert REDLINE.answer is not None
        return dict(REDLINE.answer(first, SimpleNamespace(**p))) | {
            "demand": first.choice("demand", "deal 1"),
            "try": first.choice("build", "try", arsenal=0, deal=0),
            "cheat": first.choice("build", "try", arsenal=0, deal=1),
            "war_under_deal": first.choice("attack", "war", arsenal=1, deal=1),
        }

    def build() -> Any:
        shape = jax.ShapeDtypeStruct((len(names), CHUNK), np.dtype("float64"))
        return jax.jit(run, compiler_options=LITTLE).lower(shape).compile()

    with jax.enable_x64(True):
        return device.kept(Path(__file__).read_text(), build)


def red_line(**changes: Any) -> dict[str, np.ndarray]:
    """Answers of the red-line game for the bare parameters with these changes, of shape [record]."""
    import jax

    assert set(changes) <= set(BARE), set(changes) - set(BARE)
    table = np.stack(
        np.broadcast_arrays(*(np.atleast_1d(np.asarray(v, float)) for v in (BARE | changes).values()))
    )
    for name, row in zip(BARE, table, strict=True):
        assert all(float(v) in REDLINE.by_name[name].domain for v in row), f"{name} is off its domain"
    found = []
    for i in range(0, table.shape[1], CHUNK):
        part = table[:, i : i + CHUNK]
        full = np.concatenate([part, np.repeat(part[:, -1:], CHUNK - part.shape[1], axis=1)], axis=1)
        with jax.enable_x64(True):
            answer = jax.device_get(program()(full))
        found.append({k: np.asarray(v)[..., : part.shape[1]] for k, v in answer.items()})
    return {k: np.concatenate([x[k] for x in found], axis=-1) for k in found[0]}


def gallery(name: str, records: dict[str, Any], horizon: int = 1, **how: Any) -> dict[str, np.ndarray]:
    """Outcomes of a gallery model, the parameters that are not given at their defaults."""
    model = get(name)
    default = {p.name: p.default for p in model.parameters if not p.static}
    solved = batch.solve(model, {**default, **records}, horizon=horizon, **how)
    assert set(solved.status) == {None}
    return dict(solved.outcomes)


def powers(without: Any, with_step: Any) -> dict[str, Any]:
    """Strengths with which the holder wins with these probabilities, without a step and with one."""
    odds = [np.asarray(x) / (1 - np.asarray(x)) for x in (without, with_step)]
    return {"holder_strength": odds[0], "demander_strength": 1.0, "strength_per_step": odds[1] - odds[0]}


def assert_vanishes(errors: list[float], last: float = 1e-8) -> None:
    """Errors go down with every lower noise, from something that can be seen to almost nothing."""
    assert errors[0] > 1e-3, f"nothing to see at the first noise: {errors}"
    assert all(b < a or b < 1e-11 for a, b in pairwise(errors)), errors
    assert errors[-1] < last, errors
