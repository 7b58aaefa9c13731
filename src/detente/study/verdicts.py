"""From draws to verdicts: the share of draws in which a claim's test holds, and a word for it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from detente.case.case import Claim
from detente.case.expression import Call, Test

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NO_ANSWER = "no answer"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the draws say of one claim.

    Attributes:
        id: The claim's.
        side: ``argument`` or ``rival``.
        section: The part of the argument that it belongs to.
        says: The claim in words.
        test: The claim's test as written.
        share: Share of the counted draws in which the test holds; None if none counts.
        low: Lower end of the share's 95 % interval (Wilson), or None.
        high: Upper end, or None.
        word: See `word`; ``no answer`` if no draw counts.
        draws: Draws tried, counted or not.
        undefined: Draws whose test has no truth value (a division by zero, say); they do not count.
        failed: Draws whose solve failed or whose intervention left a domain; they do not count.
        held: Draws in which the test holds.
        margin_low: 5 % quantile of the test's margin over the counted draws, or None.
        margin_median: Its median, or None.
        margin_high: Its 95 % quantile, or None.
    """

    id: str
    side: str
    section: str
    says: str
    test: str
    share: float | None
    low: float | None
    high: float | None
    word: str
    draws: int
    undefined: int
    failed: int
    held: int
    margin_low: float | None
    margin_median: float | None
    margin_high: float | None

    @property
    def counted(self) -> int:
        """Draws that the share is taken over."""
        return self.draws - self.failed - self.undefined


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a test says of each draw; arrays of shape [draw].

    Attributes:
        holds: Whether it holds; false where it does not count.
        margin: How far it is from turning; NaN where it does not count.
        failed: Where a call of the test was not solved.
        counts: Where it was, and the test has a truth value.
    """

    holds: NDArray[np.bool_]
    margin: NDArray[np.float64]
    failed: NDArray[np.bool_]
    counts: NDArray[np.bool_]


def wilson(k: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval of a share.

    It takes the draws for independent; those of a Sobol' sequence are spread more evenly, so that
    it errs on the wide side.

    Args:
        k: Draws in which something holds, 0…n.
        n: Draws counted.
        level: Coverage, in (0, 1).

    Returns:
        Both ends, within [0, 1]; 0 and 1 where nothing is counted.

    Raises:
        ValueError: k is not in 0…n, or the level not in (0, 1).

    Source:
        Wilson, E. B. (1927), Probable Inference, the Law of Succession, and Statistical Inference,
        Journal of the American Statistical Association 22:209-212.
    """
    if not 0 <= k <= n:
        raise ValueError(f"k: found {k}, expected a whole number from 0 to n = {n}")
    if not 0 < level < 1:
        raise ValueError(f"level: found {level}, expected a number in (0, 1)")
    if n == 0:
        return 0.0, 1.0
    z2 = NormalDist().inv_cdf((1 + level) / 2) ** 2
    centre = (k + z2 / 2) / (n + z2)
    half = math.sqrt(z2 * (k * (n - k) / n + z2 / 4)) / (n + z2)
    # At the ends the formula gives 0 and 1 but for rounding.
    return (0.0 if k == 0 else centre - half), (1.0 if k == n else centre + half)


def word(share: float) -> str:
    """The word for a share of draws.

    Each boundary belongs to the stronger word: *follows* from 0.95 up, *mostly follows* from 0.75
    up, *depends* between 0.25 and 0.75, *mostly fails* from 0.25 down, *fails* from 0.05 down.
    """
    if share >= 0.95:
        return "follows"
    if share >= 0.75:
        return "mostly follows"
    if share > 0.25:
        return "depends"
    return "mostly fails" if share > 0.05 else "fails"


def answer(test: Test, values: Mapping[Call, Any], names: Mapping[str, Any], failed: Any) -> Answer:
    """Ask a test of draws.

    Args:
        test: As read by `detente.case.claims.parse_test`.
        values: For every call of the test, an array (draws,); what stands where `failed` is ignored.
        names: For every name of the test, an array (draws,).
        failed: bool array (draws,): draws that a call of this test could not be solved for.
    """
    import numpy as np

    failed = np.asarray(failed, dtype=bool)
    said = test.evaluate(values, names)
    holds, margin, defined = (
        np.broadcast_to(array, failed.shape) for array in (said.holds, said.margin, said.defined)
    )
    counts = defined & ~failed
    return Answer(holds & counts, np.where(counts, margin, np.nan), failed, counts)


def judge(claim: Claim, test: Test, said: Answer) -> Verdict:
    """Judge a claim over draws.

    Args:
        claim: The claim.
        test: Its test.
        said: What the test says of each draw.

    Returns:
        The verdict. Draws that failed and draws without a truth value are reported, and are in
        no share: ``share = held / (draws − failed − undefined)``.
    """
    import numpy as np

    n, held = int(said.counts.sum()), int(said.holds.sum())
    share = low = high = None
    margins: tuple[float | None, ...] = (None, None, None)
    if n:
        share, (low, high) = held / n, wilson(held, n)
        margins = tuple(np.quantile(said.margin[said.counts], (0.05, 0.5, 0.95)).tolist())
    return Verdict(
        id=claim.id,
        side=claim.side,
        section=claim.section,
        says=claim.says,
        test=test.text,
        share=share,
        low=low,
        high=high,
        word=NO_ANSWER if share is None else word(share),
        draws=said.failed.size,
        undefined=int((~said.counts & ~said.failed).sum()),
        failed=int(said.failed.sum()),
        held=held,
        margin_low=margins[0],
        margin_median=margins[1],
        margin_high=margins[2],
    )
