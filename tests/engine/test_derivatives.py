"""Derivatives of outcomes by automatic differentiation against central differences.

One call gives a whole gradient: the batch holds one copy of a point for each parameter, and each copy moves in
its own direction. Central differences at two steps are combined (Richardson), so that the comparison is not
limited by their own error.
"""

from typing import Any

import numpy as np
import pytest

from detente.engine import device
from detente.engine.batch import moving, traced
from detente.engine.solve import solve
from detente.models import get

SETTINGS = (("arsenal_steps", 2), ("counter_steps", 1), ("trust_points", 5))
HORIZON = 3
MODEL = get("redline")
NAMES = moving(MODEL)
WHOLE = ("arsenal", "deals")
SMOOTH = [i for i, n in enumerate(NAMES) if n not in WHOLE]

# Inside every domain, and off the grid of trust, where outcomes are smooth.
POINTS = (
    {
        "arsenal": 2,
        "noise": 0.25,
        "deal_strength": 0.2,
        "exposure": 0.3,
        "upfront_years": 0.4,
        "members": 1.5,
    },
    {
        "arsenal": 1,
        "noise": 0.6,
        "discount": 0.75,
        "trust": 0.81,
        "repricing": 0.6,
        "deal_strength": 0.5,
        "exposure": 0.1,
        "upfront_years": 1.2,
        "members": 2.5,
        "build_cost": 0.3,
        "contest_exponent": 1.7,
        "reliable_performance": 0.9,
        "unreliable_performance": 0.35,
    },
)


def copies() -> np.ndarray:
    """Each point once for each smooth parameter: shape [parameter, point × parameter]."""
    base = {p.name: p.default for p in MODEL.parameters}
    rows = [[float((base | point)[n]) for n in NAMES] for point in POINTS]
    return np.repeat(np.array(rows).T, len(SMOOTH), axis=1)


def directions() -> np.ndarray:
    """The direction in which each copy moves, one parameter at a time."""
    found = np.zeros((len(NAMES), len(POINTS) * len(SMOOTH)))
    for column in range(found.shape[1]):
        found[SMOOTH[column % len(SMOOTH)], column] = 1.0
    return found


def differentiable(paths: bool) -> tuple[Any, Any]:
    """The traced function, certificate dropped; with derivatives along directions."""
    import jax

    run = traced("redline", HORIZON, paths, SETTINGS, solve)

    def outcomes(records: Any) -> dict[str, Any]:
        found = (run(records, HORIZON) if paths else run(records))[0]
        return {n: x for n, x in found.items() if n != "best_deal"}

    def along(records: Any, tangents: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return jax.jvp(outcomes, (records,), (tangents,))

    return outcomes, along


def central(plain: Any, records: np.ndarray, step: float) -> dict[str, np.ndarray]:
    h = step * np.maximum(np.abs(records), 0.1)
    move = h * directions()
    size = move.sum(axis=0)
    up, down = plain(records + move), plain(records - move)
    return {n: np.asarray(up[n] - down[n]) / (2 * size) for n in up}


@pytest.fixture(scope="module", params=[False, True], ids=["values", "paths"])
def compared(request):
    """Derivatives both ways for every outcome, parameter and point: shape […, point, parameter]."""
    import jax

    device.ready()
    records = copies()
    with jax.enable_x64(True):
        _, along = differentiable(request.param)
        both = jax.jit(along)
        exact = jax.device_get(both(records, directions())[1])

        def plain(x: np.ndarray) -> dict[str, np.ndarray]:
            return jax.device_get(both(x, 0 * x)[0])

        rough, fine = central(plain, records, 2e-4), central(plain, records, 1e-4)
    differences = {n: (4 * fine[n] - rough[n]) / 3 for n in fine}
    shape = (len(POINTS), len(SMOOTH))
    return [{n: x.reshape(*x.shape[:-1], *shape) for n, x in d.items()} for d in (exact, differences)]


def test_forward_derivatives_are_central_differences(compared):
    exact, differences = compared
    assert set(exact) == {
        o.name for o in MODEL.outcomes if o.name != "best_deal" and (not o.yearly or "arsenal" in exact)
    }
    for name, x in exact.items():
        y = differences[name]
        scale = np.abs(y).max(axis=-1, keepdims=True)
        worst = np.abs(x - y) / np.maximum(scale, 1e-3)
        assert worst.max() < 1e-6, (name, NAMES[SMOOTH[int(worst.argmax()) % len(SMOOTH)]], worst.max())


def test_every_parameter_that_should_matter_does(compared):
    exact, _ = compared
    largest = np.max([np.abs(x).reshape(-1, *x.shape[-2:]).max(axis=0) for x in exact.values()], axis=0)
    for i, row in zip(SMOOTH, largest.T, strict=True):
        assert (row > 1e-9).all(), NAMES[i]


def test_reverse_derivatives_are_forward_ones():
    import jax

    device.ready()
    records = copies()[:, :: len(SMOOTH)]
    with jax.enable_x64(True):
        outcomes, _ = differentiable(False)

        def mixed(x: Any) -> Any:
            found = outcomes(x)
            weights = iter(np.linspace(0.3, 1.7, len(found)))
            return sum((next(weights) * found[n].sum() for n in sorted(found)), 0.0)

        reverse = np.asarray(jax.jit(jax.grad(mixed))(records))
        tangents = directions()
        _, along = differentiable(False)
        forward = jax.device_get(jax.jit(along)(copies(), tangents)[1])
    weights = iter(np.linspace(0.3, 1.7, len(forward)))
    total = sum(
        next(weights) * forward[n].reshape(-1, tangents.shape[1]).sum(axis=0) for n in sorted(forward)
    )
    expected = np.reshape(total, (len(POINTS), len(SMOOTH))).T
    np.testing.assert_allclose(reverse[SMOOTH], expected, rtol=1e-9, atol=1e-11)
