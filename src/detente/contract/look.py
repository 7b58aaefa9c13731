"""What checks share: random points of the domain, the game, and solutions at these points."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace
from typing import TYPE_CHECKING

from detente.model import Condition, Model
from detente.parameter import Parameter

if TYPE_CHECKING:
    import numpy as np

    from detente.engine.batch import Solved
    from detente.engine.game import Game

CHUNK = 8
"""Points solved together: one compiled program serves all checks."""

Point = dict[str, float]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong: where, what was found, what was expected."""

    where: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.where}: found {self.found}, expected {self.expected}"


class NotChecked(Exception):
    """Why something could not be checked."""


class Look:
    """A model under examination."""

    def __init__(self, model: Model, points: int, seed: int, settings: Mapping[str, int]) -> None:
        import numpy as np

        self.model, self.settings = model, dict(settings)
        self.random = np.random.Generator(np.random.PCG64(seed))
        self.wanted = points

    @cached_property
    def game(self) -> Game:
        """The game; NotChecked if it cannot be built, which is a fault of its own."""
        from detente.engine.game import Game

        try:
            game = self.model.game(**{**self.model.settings, **self.settings})
        except Exception:  # noqa: BLE001 - reported by the check of the game itself
            raise NotChecked("the game cannot be built") from None
        if not isinstance(game, Game):
            raise NotChecked("the game cannot be built")
        return game

    @cached_property
    def horizon(self) -> int:
        """Years played: the default."""
        return int(self.model.by_name["horizon"].default) if "horizon" in self.model.by_name else 1

    @cached_property
    def points(self) -> list[Point]:
        """The defaults, then random points at which the conditions hold."""
        defaults = {p.name: float(p.default) for p in self.model.parameters}
        found = [defaults] if self.meets(defaults) else []
        for _ in range(100 * self.wanted):
            if len(found) >= self.wanted:
                break
            point = self.drawn(defaults)
            if point is not None:
                found.append(point)
        if not found:
            raise NotChecked("no point was found at which the conditions hold")
        return found

    def drawn(self, defaults: Point) -> Point | None:
        """A random point, nearer to the defaults the longer the conditions fail."""
        target = {p.name: self.value(p) for p in self.model.parameters}
        for halvings in range(6):
            near = 0.5**halvings
            point = {
                p.name: _between(p, defaults[p.name], target[p.name], near) for p in self.model.parameters
            }
            if self.meets(point):
                return point
        return None

    def value(self, p: Parameter) -> float:
        """A random value of a parameter in its domain; the default every fourth time."""
        d = p.domain
        if p.static or self.random.random() < 0.25:
            return float(p.default)
        if math.isfinite(d.low) and math.isfinite(d.high):
            return _inside(p, d.low + (d.high - d.low) * self.random.uniform(0.02, 0.98))
        if p.default:
            return _inside(p, p.default * math.exp(self.random.uniform(-1, 1)))
        return _inside(p, (d.low if math.isfinite(d.low) else 0.0) + self.random.random())

    def wild(self, p: Parameter) -> float:
        """A random value of a parameter in its domain, often near an end of it or far from the default."""
        d, r = p.domain, self.random
        if p.static:
            return float(p.default)
        if math.isfinite(d.low) and math.isfinite(d.high):
            return _inside(p, d.low + (d.high - d.low) * float(r.choice([0.001, 0.999, r.random()])))
        x = p.default + 3 * (abs(p.default) + 1) * r.standard_normal()
        return _inside(p, x if x in d else float(r.choice([p.default / 100, 2 * p.default - x])))

    def meets(self, point: Point) -> bool:
        """Whether every condition holds there."""
        return all(holds(c, point) for c in self.model.conditions)

    def solve(self, points: list[Point]) -> Solved:
        """Solve at points, by one program for all."""
        import numpy as np

        from detente.engine.batch import moving, solve

        return solve(
            self.model,
            {n: np.array([x[n] for x in points]) for n in moving(self.model)},
            horizon=self.horizon,
            chunk=CHUNK,
            settings=self.settings or None,
        )

    @cached_property
    def solved(self) -> Solved:
        """The model solved at the points; NotChecked if that fails, which is a fault of its own."""
        if self.returned is None:
            raise NotChecked("the game cannot be solved")
        try:
            return self.solve(self.points)
        except NotChecked:
            raise
        except Exception:  # noqa: BLE001 - reported by the check of the answers
            raise NotChecked("the game cannot be solved") from None

    @cached_property
    def returned(self) -> dict[str, tuple[int, ...]] | None:
        """Outcomes as the model returns them, with their shapes for a batch of one; None if it cannot."""
        try:
            return shapes(self)
        except NotChecked:
            raise
        except Exception:  # noqa: BLE001 - reported by the check of the outcomes
            return None


def shapes(look: Look) -> dict[str, tuple[int, ...]]:
    """Outcomes by name and their shapes, found without computing anything."""
    import jax
    import numpy as np

    from detente.engine import device
    from detente.engine.batch import moving, traced
    from detente.engine.solve import solve

    assert look.game
    device.ready()
    run = traced(look.model, look.horizon, True, tuple(sorted(look.settings.items())), solve)
    records = jax.ShapeDtypeStruct((len(moving(look.model)), CHUNK), np.dtype("float64"))
    with jax.enable_x64(True):
        outcomes, _ = jax.eval_shape(run, records, jax.ShapeDtypeStruct((), np.dtype("int32")))
    return {k: tuple(v.shape) for k, v in outcomes.items()}


def holds(condition: Condition, point: Point) -> bool:
    """Whether a condition holds at a point."""
    return bool(condition.holds(SimpleNamespace(**point)))


def changed(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether numbers differ by more than rounding, or one is missing."""
    import numpy as np

    both = np.isfinite(a) & np.isfinite(b)
    return bool((np.isfinite(a) != np.isfinite(b)).any() or (np.abs(a - b)[both] > 1e-9).any())


def _inside(p: Parameter, x: float) -> float:
    x = float(round(x)) if p.domain.whole or p.labels else float(x)
    return x if x in p.domain else float(p.default)


def _between(p: Parameter, default: float, target: float, near: float) -> float:
    if p.static:
        return default
    return _inside(p, default + near * (target - default))
