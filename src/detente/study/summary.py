"""What a run says, as data: whether there is a deal, which claims hold, what blocks, what opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from detente.study.asked import NOTHING, Asked
from detente.study.questions.contributions import Contributions
from detente.study.questions.drivers import Driven
from detente.study.questions.flips import Flip
from detente.study.questions.levers import Opening
from detente.study.questions.sure import Sure
from detente.study.questions.where import Where
from detente.study.questions.why import Why
from detente.study.shares import Share
from detente.study.spread import Spread
from detente.study.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Deal:
    """Whether a deal exists in the case as it is.

    Attributes:
        share: Share of draws in which the decisive outcome is positive.
        quantiles: Of the decisive outcome: 5, 25, 50, 75 and 95 %.
        edges: Edges of the bins of its distribution, one more than `counts`; the ends are about the 2.5 %
            and 97.5 % quantiles.
        counts: Draws in each bin; those beyond an end are in the last bin on their side.
    """

    share: Share
    quantiles: tuple[float, ...]
    edges: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change to the case does to the existence of a deal, draw by draw.

    Attributes:
        id: Of the mechanism that is absent, or of the lever that is pulled.
        who: Who would pull the lever; "" for a mechanism.
        says: In words.
        with_deal: Share of draws with a deal under the change; None if nothing was solved.
        before: Share with a deal in the same draws as they are.
        shift: Change of the median of the decisive outcome.
        opens: Share of draws in which a deal comes to exist.
        closes: Share of draws in which one ceases to.
        error: Standard error of ``opens − closes``.
        failed: Draws that could not be solved, with the change or without; they are in no share.
        reason: Why, for the first of them; "" if none failed.
    """

    id: str
    who: str
    says: str
    with_deal: Share | None
    before: float | None
    shift: float | None
    opens: float | None
    closes: float | None
    error: float | None
    failed: int
    reason: str

    @property
    def rise(self) -> float:
        """Change of the share of draws with a deal; 0 if unknown."""
        return (self.opens or 0.0) - (self.closes or 0.0)

    @property
    def clear(self) -> bool:
        """Whether the change of the share exceeds twice its standard error."""
        return self.error is not None and abs(self.rise) > 2 * self.error


def strongest(effects: Sequence[Effect]) -> list[Effect]:
    """Those that make a deal commoner first, by how much; ties by id."""
    return sorted(effects, key=lambda e: (-e.rise, e.id))


@dataclass(frozen=True, slots=True)
class Judged:
    """A claim's verdict, and those of the tests beside it."""

    verdict: Verdict
    beside: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Certificate:
    """How far the numbers can be trusted as solutions of the model.

    Attributes:
        solves: Solves tried, over all draws and changes.
        failed: Those without an answer.
        reasons: The reasons with their numbers, commonest first.
        worst: Largest value of each gap over all draws of the case as it is.
    """

    solves: int
    failed: int
    reasons: tuple[tuple[str, int], ...]
    worst: dict[str, float]


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything that a run reports.

    Attributes:
        draws: Draws in all.
        deal: None for a model without a decisive outcome, or if no draw was solved.
        claims: In the case's order.
        mechanisms: In the model's order.
        levers: In the case's order.
        paths: For each shown outcome, five rows (`QUANTILES`) with a number for each year.
        inputs: For each uncertain parameter and quantity, its spread over the draws.
        certificate: Status and gaps.
        drivers: What the uncertain assumptions account for: in the decisive outcome, if the model has one,
            then in the margin of each claim.
        where: Where a deal exists and where claims that depend hold.
        why: What each mechanism accounts for; None if that was not asked for.
        opening: What would open a deal; None if that was not asked for.
        contributions: What each assumption contributes; None likewise.
        flips: The smallest change of assumptions that reverses each answer; empty likewise.
        sure: How sure the verdicts are; None likewise.
        asked: What was asked for.
    """

    draws: int
    deal: Deal | None
    claims: tuple[Judged, ...]
    mechanisms: tuple[Effect, ...]
    levers: tuple[Effect, ...]
    paths: dict[str, tuple[tuple[float, ...], ...]]
    inputs: dict[str, Spread]
    certificate: Certificate
    drivers: tuple[Driven, ...] = ()
    where: tuple[Where, ...] = ()
    why: Why | None = None
    opening: Opening | None = None
    contributions: Contributions | None = None
    flips: tuple[Flip, ...] = ()
    sure: Sure | None = None
    asked: Asked = NOTHING

    def plain(self) -> dict[str, Any]:
        """The summary as plain data; every number in it is finite."""
        return asdict(self)
