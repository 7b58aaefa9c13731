"""The nearest point at which several numbers are positive, from their values and derivatives.

A search says where to ask next and is told what is there; so many searches can be asked side by
side. Pure functions of numbers. Definitions: ``docs/theory/flips.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Reals = NDArray[np.float64]

FAR = 5.0
"""Distance beyond which nothing is looked for."""
STEP = 1.5
"""Largest step of a search."""
MOST = 24
"""Points that a search asks for, at most."""
FLAT = 1e-12
"""Length of a slope that counts as none."""
CLOSE = 1e-3
"""Distance from the boundary, and size of a step, at which a search has settled."""


def least_distance(slopes: Reals, bounds: Reals) -> tuple[Reals, Reals] | None:
    """The shortest y with ``slopes @ y >= bounds``, and the multipliers; None if there is none.

    Args:
        slopes: Shape [constraint, dimension].
        bounds: Shape [constraint].

    Source:
        Lawson, C. L. & Hanson, R. J. (1974), Solving Least Squares Problems, chapter 23 (LDP).
    """
    import numpy as np
    from scipy.optimize import nnls

    wanted = np.zeros(slopes.shape[1] + 1)
    wanted[-1] = 1.0
    system = np.vstack((slopes.T, bounds))
    weights, _ = nnls(system, wanted)
    rest = system @ weights - wanted
    if -rest[-1] < 1e-10:
        return None
    return -rest[:-1] / rest[-1], weights / -rest[-1]


@dataclass(frozen=True, eq=False)
class _There:
    """What is known of a point."""

    z: Reals
    margins: Reals
    slopes: Reals

    @classmethod
    def of(cls, z: Reals, margins: Reals | None, slopes: Reals | None) -> _There | None:
        """None if a number is missing or not finite."""
        import numpy as np

        if margins is None or slopes is None:
            return None
        return cls(z, margins, slopes) if np.isfinite(margins).all() and np.isfinite(slopes).all() else None

    @property
    def size(self) -> float:
        return float((self.z @ self.z) ** 0.5)

    @property
    def lengths(self) -> Reals:
        """Of the slopes, shape [margin]."""
        return (self.slopes**2).sum(axis=1) ** 0.5

    @property
    def bounds(self) -> Reals:
        """What slopes @ y has to reach for the margins, straight from here, to be 0."""
        return self.slopes @ self.z - self.margins

    @property
    def missing(self) -> float:
        """What the margins that are negative lack."""
        return float(-self.margins[self.margins < 0].sum())


@dataclass(slots=True, eq=False)
class Nearest:
    """A search for the nearest point to the origin at which all margins are positive.

    Each step goes towards the shortest point at which the margins, taken for straight from here,
    are all positive; it is halved while that makes a merit of distance and what is missing worse.

    Attributes:
        point: Where to ask next, shape [dimension].
        settled: Whether it has arrived at the boundary, at a shortest point.
        reason: Why it has given up, or "".
        asked: Points asked for.
        best: The nearest point told of at which all margins are positive, or None.

    Source:
        Hasofer, A. M. & Lind, N. C. (1974), Exact and invariant second-moment code format, Journal
        of the Engineering Mechanics Division 100:111-121; Rackwitz, R. & Fiessler, B. (1978),
        Structural reliability under combined random load sequences, Computers & Structures
        9:489-494; the merit: Zhang, Y. & Der Kiureghian, A. (1995), Two improved algorithms for
        reliability analysis, in Reliability and Optimization of Structural Systems, 297-304.
        Departures: several margins at once, by least distance programming.
    """

    point: Reals
    settled: bool = False
    reason: str = ""
    asked: int = 0
    best: Reals | None = None
    _here: _There | None = None
    _step: Reals | None = None
    _share: float = 1.0
    _merit: float = 0.0
    _promise: float = 0.0
    _weight: float = 0.0

    @property
    def done(self) -> bool:
        """Whether there is nothing more to ask."""
        return self.settled or bool(self.reason)

    def tell(self, margins: Reals | None, slopes: Reals | None) -> None:
        """What is at `point`.

        Args:
            margins: Shape [margin]; None if nothing could be worked out there.
            slopes: Their derivatives, shape [margin, dimension].
        """
        self.asked += 1
        there = _There.of(self.point, margins, slopes)
        if there is not None and (there.margins > 0).all():
            if self.best is None or there.size < float((self.best @ self.best) ** 0.5):
                self.best = there.z.copy()
        if self._here is not None and self._step is not None:
            worse = there is None or self._value(there) > self._merit + 0.1 * self._promise
            if worse and self._share > 1 / 64:
                if self.asked >= MOST:
                    self.reason = "the search did not settle"
                    return
                self._share /= 2
                self.point = self._here.z + self._share * self._step
                return
        if there is None:
            on_the_way = "on the way" if self._here is not None else "where the search begins"
            self.reason = f"the game has no answer, or no derivative, {on_the_way}"
            return
        self._here = there
        self._next(there)

    def beyond(self, depth: float) -> Reals | None:
        """The shortest point at which the margins, straight from the last one, exceed their boundary.

        Args:
            depth: By how much, in distance.
        """
        if self._here is None:
            return None
        found = least_distance(self._here.slopes, self._here.bounds + depth * self._here.lengths)
        return None if found is None else found[0]

    def _next(self, here: _There) -> None:
        import numpy as np

        flat = here.lengths < FLAT
        if (here.margins[flat] <= 0).any():
            self.reason = "no assumption moves it there"
            return
        found = least_distance(here.slopes, here.bounds)
        if found is None:
            self.reason = "what is needed pulls in opposite directions"
            return
        target, weights = found
        step = target - here.z
        size = float(np.linalg.norm(step))
        if (here.margins >= -CLOSE * here.lengths).all() and size < CLOSE * (1 + here.size):
            self.settled = True
            return
        if self.asked >= MOST:
            self.reason = "the search did not settle"
            return
        if here.size > FAR:
            self.reason = f"none within {FAR:g} standard deviations was found"
            return
        kept = min(1.0, STEP / size)
        self._step, self._share = kept * step, 1.0
        # The merit's weight must exceed the multipliers, or a step could lower neither of its parts.
        self._weight = max(self._weight, 2 * float(weights.max(initial=0.0)), FLAT)
        self._merit = self._value(here)
        self._promise = min(0.0, float(here.z @ self._step) - kept * self._weight * here.missing)
        self.point = here.z + self._step

    def _value(self, there: _There) -> float:
        return there.size**2 / 2 + self._weight * there.missing
