"""A second opinion on the priors: the run's draws, weighed as another case file would have them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.case.case import Case
from detente.case.priors import density
from detente.errors import UsageError
from detente.study.methods.weights import LEAST_EFFECTIVE, effective
from detente.study.questions.reweight import Question, Under, under
from detente.study.reader import Reader

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Reals = NDArray[np.float64]

LEAST_MASS = 0.95
"""Share of a second prior's mass that must lie where draws were made."""


@dataclass(frozen=True, slots=True)
class Second:
    """The verdicts under the priors of another file.

    Attributes:
        digest: Of the other case.
        differs: Names of the assumptions whose priors differ.
        effective: Effective draws.
        draws: Draws.
        verdicts: Of each question, by its id.
    """

    digest: str
    differs: tuple[str, ...]
    effective: float
    draws: int
    verdicts: dict[str, Under]


def differing(case: Case, other: Case) -> tuple[str, ...]:
    """Names of the assumptions whose priors differ, if the draws of one case can be weighed for the other.

    Raises:
        UsageError: They cannot; it says why, and what to do.
    """
    if other.model != case.model:
        raise UsageError(f"--priors: found a case of model {other.model}, expected one of {case.model}")
    elsewhere = "solve it in a run of its own, and see detente compare"
    if case.experience != other.experience:
        raise UsageError(f"--priors: the experience differs, and with it what draws mean: {elsewhere}")
    if set(case.correlations) != set(other.correlations):
        raise UsageError(f"--priors: the correlations differ: {elsewhere}")
    mine, theirs = case.assumptions, other.assumptions
    if set(mine) != set(theirs):
        name = sorted(set(mine) ^ set(theirs))[0]
        raise UsageError(f"--priors: {name} is in one of the cases only, expected the same numbers in both")
    fixed = [
        n for n, a in mine.items() if (a.prior is None or theirs[n].prior is None) and not _same(a, theirs[n])
    ]
    if fixed:
        raise UsageError(
            f"--priors: {', '.join(fixed)}: not uncertain in both cases; weights cannot make a number move"
            f" that the draws hold fixed, nor hold one fixed: {elsewhere}"
        )
    differs = tuple(n for n, a in mine.items() if a.prior != theirs[n].prior)
    tied = {name for c in case.correlations for name in c.between} & set(differs)
    if tied:
        raise UsageError(
            f"--priors: {', '.join(sorted(tied))}: correlated, and its prior differs: {elsewhere}"
        )
    if not differs:
        raise UsageError("--priors: found the same priors, expected at least one that differs")
    return differs


def _same(a: object, b: object) -> bool:
    return all(getattr(a, k) == getattr(b, k) for k in ("value", "prior", "learned"))


def second(case: Case, other: Case, read: Reader, questions: list[Question]) -> Second:
    """The verdicts under the priors of another case, from the same draws.

    Args:
        case: The run's.
        other: The other.
        read: The run's table.
        questions: What is asked of the draws.

    Raises:
        UsageError: The draws cannot be weighed so; a prior of the other case puts mass where nothing was
            drawn; too few effective draws are left.
    """
    import numpy as np

    differs = differing(case, other)
    weights = np.ones(read.draws)
    for name in differs:
        x, mine, theirs = read.input(name), case.assumptions[name].prior, other.assumptions[name].prior
        assert mine is not None and theirs is not None
        ratio = density(theirs, x) / density(mine, x)
        # Its mean over draws of the first prior is the mass that the second has where the first has any.
        if ratio.mean() < LEAST_MASS:
            raise UsageError(
                f"--priors: {name}: about {1 - float(ratio.mean()):.0%} of the second prior lies where the"
                " first has nothing, and no draw was made there: run the second case, and see detente compare"
            )
        weights = weights * ratio
    worth = effective(weights)
    if worth < LEAST_EFFECTIVE:
        raise UsageError(
            f"--priors: the {read.draws:,} draws are worth {worth:.0f} under the second priors, expected at"
            f" least {LEAST_EFFECTIVE:.0f}: take more draws, or run the second case"
        )
    found = {q.id: under("the second priors", q, weights) for q in questions if q.counts.any()}
    return Second(
        other.digest, differs, worth, read.draws, {id: x for id, x in found.items() if x is not None}
    )
