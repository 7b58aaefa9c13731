"""Derivatives of outcomes by automatic differentiation against central differences.

One call gives a whole gradient: the batch holds one copy of a point for each parameter, and each copy moves
in its own direction. Central differences at two steps are combined (Richardson), so that the comparison is
not limited by their own error.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detente.engine import device
from detente.engine.batch import moving, traced
from detente.engine.game import Accounting, Action, Belief, Commitment, Decision, Game, Level, Share, Variable
from detente.engine.solve import solve
from detente.models import get
from quick import LITTLE

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


def along_directions() -> Any:
    """Outcomes, certificate dropped, and their derivatives along directions."""
    import jax

    run = traced("redline", HORIZON, True, SETTINGS, solve)

    def outcomes(records: Any) -> dict[str, Any]:
        return {n: x for n, x in run(records, HORIZON)[0].items() if n != "best_deal"}

    return lambda records, tangents: jax.jvp(outcomes, (records,), (tangents,))


def kept(function: Any, given: tuple[np.ndarray, ...], name: str) -> Any:
    """The function compiled for these shapes, kept on disk as the engine keeps its own programs."""
    import jax

    def compile() -> Any:
        return jax.jit(function, compiler_options=LITTLE).lower(*given).compile()

    return device.kept(repr((Path(__file__).read_text(), name)), compile)


def central(plain: Any, records: np.ndarray, step: float) -> dict[str, np.ndarray]:
    h = step * np.maximum(np.abs(records), 0.1)
    move = h * directions()
    size = move.sum(axis=0)
    up, down = plain(records + move), plain(records - move)
    return {n: np.asarray(up[n] - down[n]) / (2 * size) for n in up}


@pytest.fixture(scope="module")
def compared():
    """Derivatives both ways for every outcome, parameter and point: shape […, point, parameter]."""
    import jax

    records, tangents = copies(), directions()

    with jax.enable_x64(True):
        along = kept(along_directions(), (records, tangents), "forward")
        exact = jax.device_get(along(records, tangents)[1])

        def plain(x: np.ndarray) -> dict[str, np.ndarray]:
            return jax.device_get(along(x, 0 * x)[0])

        rough, fine = central(plain, records, 2e-4), central(plain, records, 1e-4)
    differences = {n: (4 * fine[n] - rough[n]) / 3 for n in fine}
    shape = (len(POINTS), len(SMOOTH))
    return [{n: x.reshape(*x.shape[:-1], *shape) for n, x in d.items()} for d in (exact, differences)]


def test_forward_derivatives_are_central_differences(compared):
    exact, differences = compared
    assert set(exact) == {o.name for o in MODEL.outcomes if o.name != "best_deal"}
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


def promise(s: Any, p: Any) -> tuple[Action, Action]:
    return Action("keep"), Action("break", to={"broken": 1 + 0 * s.broken}, pays={"eve": p.prize})


def leave(s: Any, p: Any) -> Any:
    yield Action("stay")
    yield Action("leave", ends={"eve": p.outside * s.trust, "ann": p.outside})
    yield Action("mend", legal=s.broken == 1, to={"broken": 0 * s.broken}, pays={"ann": -p.prize})


SMALL = Game(
    players=("eve", "ann"),
    variables=(Variable("broken", 2),),
    stages=(
        Commitment("promise", "eve", promise, lambda s, p: (p.honest, p.crooked), lambda s: s.broken == 0),
        Decision("leave", "ann", leave),
        Accounting(
            "year",
            lambda s, p: {"eve": p.esteem * s.trust**2 + 0.3 * s.broken, "ann": s.trust - p.harm * s.broken},
            lambda trust, p: 0.9 * trust + 0.1 * p.honest,
        ),
    ),
    start=lambda p: {"broken": 0, "trust": p.trust},
    belief=Belief("trust", 6),
    tallies=(Share("broken", lambda s: s.broken == 1), Level("trust", lambda s: s.trust)),
)
AT = {
    "discount": (0.8, 0.6, 0.9),
    "noise": (0.5, 1.0, 0.3),
    "prize": (0.4, -0.2, 1.0),
    "outside": (0.6, 0.2, 0.9),
    "honest": (0.9, 0.95, 0.7),
    "crooked": (0.3, 0.1, 0.55),
    "esteem": (0.7, 0.2, 1.3),
    "harm": (0.5, 1.0, 0.2),
    "trust": (0.35, 0.72, 0.51),
}


@pytest.mark.parametrize("paths", [False, True])
def test_reverse_derivatives_of_a_game_with_a_commitment_are_central_differences(paths):
    import jax

    at = np.array(list(AT.values()))

    def mixed(x: Any) -> Any:
        answer = solve(SMALL, dict(zip(AT, x, strict=True)), 4, paths)
        found = [*map(answer.first.at, answer.first.values), *(answer.tallies or {}).values()]
        return sum((0.5 + i) * y.sum() for i, y in enumerate(found))

    with jax.enable_x64(True):
        both = kept(jax.value_and_grad(mixed), (at,), f"reverse {paths}")
        gradient = np.asarray(both(at)[1])
        for row, name in enumerate(AT):
            for column in range(at.shape[1]):
                move = np.zeros_like(at)
                move[row, column] = 1e-4
                one, two = (
                    float(both(at + k * move)[0] - both(at - k * move)[0]) / (2e-4 * k) for k in (1, 2)
                )
                assert gradient[row, column] == pytest.approx((4 * one - two) / 3, rel=1e-6, abs=1e-8), name
