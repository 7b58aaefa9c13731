"""Assumptions in standard normal coordinates: how far a point is from the middle of the priors.

A point z has a coordinate for each uncertain dimension; the draws of a case are those of
independent standard normal z. So the length of z is a distance in prior standard deviations, with
the priors' correlations in it. Definitions: ``docs/theory/flips.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from detente.case.case import Case
from detente.case.expression import Intervention
from detente.model import Model
from detente.study.draws import Draws, Records, apply, at, dimensions, latent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Reals = NDArray[np.float64]

_STEP = 1e-4  # of z, for derivatives of quantiles: third-order terms are then below rounding
_EDGE = 2.0**-31  # shares that draws can have


@dataclass(frozen=True)
class Normal:
    """A case in standard normal coordinates.

    Attributes:
        case: The case.
        model: Its model.
    """

    case: Case
    model: Model

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The dimensions: for what is learned, the name of the parameter that is."""
        taught = {a.learned: a.name for a in self.case.assumptions.values() if a.learned}
        return tuple(taught.get(name, name) for name in dimensions(self.case))

    @cached_property
    def lower(self) -> Reals:
        """Triangular factor of the correlations of normal scores, shape [dimension, dimension]."""
        import numpy as np

        return np.linalg.cholesky(latent(self.case)).astype(np.float64)

    @cached_property
    def held(self) -> frozenset[int]:
        """Dimensions along which nothing is continuous: choices and whole numbers. They are not moved."""
        whole = {p.name for p in self.model.parameters if p.domain.whole}
        priors = {name: a.prior for name, a in self.case.assumptions.items()}
        return frozenset(
            i
            for i, name in enumerate(self.names)
            if name in whole or ((prior := priors[name]) is not None and prior.kind == "choice")
        )

    def scores(self, z: Reals) -> Reals:
        """Normal scores of the assumptions, each with standard deviation 1; shapes [dimension, …]."""
        return self.lower @ z

    def draws(self, z: Reals) -> Draws:
        """What the case says at points, shape [dimension, point]."""
        import numpy as np
        from scipy.special import ndtr

        shares = np.clip(ndtr(self.scores(z)), _EDGE, 1 - _EDGE)
        return at(self.case, shares, np.arange(z.shape[1]))

    def records(self, z: Reals, change: Intervention) -> tuple[Draws, Records]:
        """The same, and the model's parameters under an intervention."""
        drawn = self.draws(z)
        return drawn, apply(self.case, self.model, drawn, change)

    def around(self, z: Reals) -> tuple[Reals, list[int]]:
        """Points a small step to either side along every dimension that is moved.

        Args:
            z: Shape [dimension].

        Returns:
            Shape [dimension, 2 · moved], first all forward, and the dimensions that are moved.
        """
        import numpy as np

        moved = [i for i in range(len(z)) if i not in self.held]
        steps = _STEP * np.eye(len(z))[:, moved]
        return np.concatenate((z[:, None] + steps, z[:, None] - steps), axis=1), moved

    @staticmethod
    def slopes(numbers: Reals) -> Reals:
        """Derivatives from numbers at the points of `around`, shape [2 · moved] → [moved]."""
        forward, back = numbers[..., : numbers.shape[-1] // 2], numbers[..., numbers.shape[-1] // 2 :]
        return (forward - back) / (2 * _STEP)
