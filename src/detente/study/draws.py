"""Draws of a case: what is uncertain, what experience taught, and what an intervention changes.

The draws are points of one scrambled Sobol' sequence, balanced at every prefix: a run can be
stopped early, extended, or dealt out in chunks, and chunk by chunk gives the same bits as at once.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detente.case.case import Case, Correlation, Experience, Prior
from detente.case.expression import Intervention
from detente.case.priors import pearson, quantile
from detente.errors import CaseError, UsageError
from detente.model import Model
from detente.parameter import Domain

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Reals = NDArray[np.float64]
    Truths = NDArray[np.bool_]

EXPERIENCES = ("support", "promises")
_LIMIT = 2**30  # points of the sequence
_HALF_CELL = 2.0**-31


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """A stretch of a case's draws; every array has one element a draw.

    Attributes:
        index: Places in the sequence, from 0.
        values: By name, every parameter of the model and every quantity of the case, with what
            experience taught.
        before: By name, each learned parameter as it would be without its episodes, from the same
            random number.
        after: By name, each learned parameter with its episodes, as in `values`.
        contradicted: True where episodes rule out a reliable as well as an unreliable system
            (0 times infinity), so that trust is left at its prior.
    """

    index: NDArray[np.int64]
    values: dict[str, Reals]
    before: dict[str, Reals]
    after: dict[str, Reals]
    contradicted: Truths


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """Parameters of draws after an intervention; every array has one element a draw.

    Attributes:
        values: By name, every parameter of the model.
        valid: False where the intervention leads out of a parameter's domain. Such a record is
            not repaired: it is not to be solved.
        reasons: Why a record is not valid, else None.
    """

    values: dict[str, Reals]
    valid: Truths
    reasons: tuple[str | None, ...]


# --- The design -----------------------------------------------------------------------------


def dimensions(case: Case) -> tuple[str, ...]:
    """The uncertain dimensions of a case in their fixed order.

    Sorted names of parameters and quantities with a prior, then the experiences that something is
    learned from.
    """
    assumptions = case.assumptions
    uncertain = sorted(name for name, a in assumptions.items() if a.prior is not None)
    learned = {a.learned for a in assumptions.values()}
    return (*uncertain, *(about for about in EXPERIENCES if about in learned))


def design(case: Case, seed: int, start: int, stop: int) -> Draws:
    """Draw from a case what is uncertain, and learn from its experience.

    Args:
        case: The case.
        seed: Seed of the scrambling.
        start: First draw, from 0.
        stop: One past the last draw.

    Returns:
        The draws; bit for bit the slice ``start:stop`` of any longer stretch.

    Raises:
        UsageError: The stretch is empty or beyond the sequence.
        CaseError: The case's correlations contradict one another.
    """
    import numpy as np

    if not 0 <= start < stop <= _LIMIT:
        raise UsageError(f"draws: found {start} to {stop}, expected 0 ≤ start < stop ≤ {_LIMIT}")
    return at(case, shares(case, seed, start, stop), np.arange(start, stop))


def shares(case: Case, seed: int, start: int, stop: int) -> Reals:
    """Where draws lie in the priors, correlated: shape [dimension, draw], in the order of `dimensions`."""
    names = dimensions(case)
    return _correlate(case, names, points(len(names), seed, start, stop))


def at(case: Case, shares: Reals, index: NDArray[np.int64]) -> Draws:
    """Draws at given shares of the priors.

    Args:
        case: The case.
        shares: In (0, 1), shape [dimension, draw], in the order of `dimensions`; the priors' correlations
            are in them already.
        index: Numbers of the draws, shape [draw].
    """
    import numpy as np

    share = dict(zip(dimensions(case), shares, strict=True))
    size = len(index)
    values: dict[str, Reals] = {}
    for name, assumption in case.assumptions.items():
        if assumption.prior is not None:
            values[name] = quantile(assumption.prior, share[name])
        elif assumption.value is not None:
            values[name] = np.full(size, assumption.value, dtype=np.float64)
    before: dict[str, Reals] = {}
    after: dict[str, Reals] = {}
    contradicted = np.zeros(size, dtype=bool)
    for name, assumption in case.parameters.items():
        if assumption.learned is None:
            continue
        experience = case.experience[assumption.learned]
        before[name] = quantile(_beta(*experience.prior), share[experience.about])
        if experience.about == "support":
            after[name] = quantile(_beta(*_counted(experience)), share[experience.about])
        else:
            reliable, unreliable = (
                values[kind] ** values["members"]
                for kind in ("reliable_performance", "unreliable_performance")
            )
            after[name], contradicted = learn_promises(before[name], reliable, unreliable, experience)
    return Draws(index, values | after, before, after, contradicted)


def points(width: int, seed: int, start: int, stop: int) -> Reals:
    """Points of the sequence, shape (width, stop − start), each in the middle of its cell."""
    import numpy as np
    from scipy.stats.qmc import Sobol

    if width == 0:
        return np.empty((0, stop - start))
    sequence = Sobol(width, scramble=True, rng=seed)
    if start:
        sequence.fast_forward(start)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*power of 2")  # balance is a matter of the whole
        found = sequence.random(stop - start)
    # The sequence starts cells of width 2^-30 at their left end, which can be 0.
    return np.ascontiguousarray(found.T) + _HALF_CELL


# --- Correlations -----------------------------------------------------------------------------


def _correlate(case: Case, names: Sequence[str], u: Reals) -> Reals:
    """Give the dimensions the case's rank correlations by a Gaussian copula; shape kept."""
    import numpy as np
    from scipy.special import ndtr, ndtri

    matrix = latent(case)
    involved = np.flatnonzero((matrix != np.eye(len(names))).any(axis=1))
    if not len(involved):
        return u
    try:
        lower = np.linalg.cholesky(matrix[np.ix_(involved, involved)])
    except np.linalg.LinAlgError:
        raise CaseError(_contradiction(case.correlations)) from None

    normal = ndtri(u[involved])
    result = u.copy()
    for i, row in enumerate(involved):
        # Summed term by term: a matrix product may round differently in another chunk.
        mixed = lower[i, 0] * normal[0]
        for j in range(1, i + 1):
            mixed = mixed + lower[i, j] * normal[j]
        result[row] = np.clip(ndtr(mixed), _HALF_CELL, 1 - _HALF_CELL)
    return result


def latent(case: Case) -> Reals:
    """Correlations of the dimensions' normal scores, shape [dimension, dimension], in their order."""
    import numpy as np

    names, assumptions = dimensions(case), case.assumptions
    matrix = np.eye(len(names))
    for correlation in case.correlations:
        i, j = (names.index(assumptions[name].learned or name) for name in correlation.between)
        matrix[i, j] = matrix[j, i] = pearson(correlation.rank)
    return matrix


def _contradiction(correlations: Sequence[Correlation]) -> str:
    pairs = ", ".join(f"{c.between[0]} and {c.between[1]} {c.rank:g}" for c in correlations)
    return (
        f"correlations: found {pairs}, which no numbers can have together; "
        "expected a positive definite set: weaken one of them"
    )


# --- Learning -------------------------------------------------------------------------------


def _beta(a: float, b: float) -> Prior:
    return Prior("beta", (a, b), 0.0, 1.0)


def _counted(experience: Experience) -> tuple[float, float]:
    """The beta prior with the weights of its episodes counted in."""
    a, b = experience.prior
    for episode in experience.episodes:
        a, b = (a + episode.weight, b) if episode.kept else (a, b + episode.weight)
    return a, b


def learn_promises(
    prior: Reals, reliable: Reals, unreliable: Reals, experience: Experience
) -> tuple[Reals, Truths]:
    """Learn from kept and broken promises whether a system is reliable.

    The odds are multiplied, for each episode, by its likelihood ratio to the power of its weight.
    An episode that is impossible under both systems teaches nothing (ratio 1); one that is
    impossible under one of them settles the matter.

    Args:
        prior: Probability of a reliable system before the episodes, [0, 1], shape (draws,).
        reliable: Probability that a reliable system keeps a promise, [0, 1], shape (draws,).
        unreliable: Probability that an unreliable system does, likewise.
        experience: The episodes.

    Returns:
        The probability after the episodes, and where they contradict one another (0 times
        infinity), so that the prior stands; both of shape (draws,).
    """
    import numpy as np
    from scipy.special import expit, logit

    weight = {
        kept: sum(episode.weight for episode in experience.episodes if episode.kept is kept)
        for kept in (True, False)
    }
    with np.errstate(divide="ignore", invalid="ignore"):
        learned = _times(weight[True], np.log(reliable) - np.log(unreliable))
        learned = learned + _times(weight[False], np.log1p(-reliable) - np.log1p(-unreliable))
        odds = logit(prior) + learned
    contradicted = np.isnan(odds)
    # Where nothing was learned the prior stands to the last bit.
    stands = contradicted | (learned == 0.0)
    return np.where(stands, prior, expit(np.where(stands, 0.0, odds))), contradicted


def _times(weight: float, log_ratio: Reals) -> Reals:
    """Weight · log ratio; 0/0 (NaN) teaches nothing, nor does an episode that did not happen."""
    import numpy as np

    if weight == 0:
        return np.zeros_like(log_ratio)
    return weight * np.where(np.isnan(log_ratio), 0.0, log_ratio)


# --- Interventions ----------------------------------------------------------------------------


def apply(case: Case, model: Model, draws: Draws, intervention: Intervention) -> Records:
    """Parameters of the draws after an intervention.

    In order: experiences unlearned and mechanisms set to their neutral values (which win over an
    experience), levers at their dose (of several, first what they set, then what they add, then
    what they scale, so that their order cannot matter), explicit settings. A dose d goes d of the way
    to what a lever sets, adds d times what it adds, scales by the d-th power of its factor. The
    expressions of settings see the values after mechanisms and levers, and do not see one another.

    Args:
        case: The case, whose levers are pulled.
        model: Its model, whose mechanisms are switched off.
        draws: From `design` of the same case.
        intervention: What is changed.

    Returns:
        The records, marked where the result lies outside a parameter's domain.
    """
    import numpy as np

    size = len(draws.index)
    values = {p.name: draws.values[p.name] for p in model.parameters}
    off = [model.mechanism(name) for name in intervention.off]
    for mechanism in off:
        if mechanism.experience is not None:
            values |= {
                name: draws.before[name]
                for name, assumption in case.parameters.items()
                if assumption.learned == mechanism.experience
            }
    for mechanism in off:
        values |= {name: np.full(size, neutral) for name, neutral in mechanism.neutral.items()}

    domains = {p.name: p.domain for p in model.parameters}
    reasons: list[str | None] = [None] * size
    settings = dict(intervention.settings)
    for name, (pulled, clash) in _pull(case, intervention, values).items():
        if name not in settings:
            who = f"lever {pulled[0]} takes" if len(pulled) == 1 else f"levers {' and '.join(pulled)} take"
            _mark(reasons, domains[name], values[name], f"{who} {name} to")
            if clash:
                reasons[:] = [f"levers {' and '.join(pulled)} set {name} to different values"] * size
    known = {**draws.values, **values}
    for name, expression in settings.items():
        values[name] = np.broadcast_to(np.asarray(expression.evaluate(known), dtype=np.float64), (size,))
        _mark(reasons, domains[name], values[name], f"{name}={expression} takes {name} to")
    valid = np.array([reason is None for reason in reasons], dtype=bool)
    return Records(values, valid, tuple(reasons))


def _pull(
    case: Case, intervention: Intervention, values: dict[str, Reals]
) -> dict[str, tuple[list[str], bool]]:
    """Change `values` by the levers; by parameter, who changed it and whether they contradict."""
    import numpy as np

    levers = [lever for lever in case.levers if lever.id in intervention.levers]
    touched: dict[str, tuple[list[str], bool]] = {}
    for name in sorted({name for lever in levers for name in lever.changes}):
        changes = [(lever.id, lever.changes[name]) for lever in levers if name in lever.changes]
        amounts: Mapping[str, list[float]] = {
            kind: [change.amount for _, change in changes if change.kind == kind]
            for kind in ("set", "add", "scale")
        }
        value, dose = values[name], intervention.dose
        if amounts["set"]:
            full = np.full_like(value, amounts["set"][0])
            value = full if dose == 1 else value + dose * (full - value)
        for amount in sorted(amounts["add"]):
            value = value + dose * amount
        for amount in sorted(amounts["scale"]):
            value = value * amount**dose
        values[name] = value
        touched[name] = (sorted(lever for lever, _ in changes), len(set(amounts["set"])) > 1)
    return touched


def _mark(reasons: list[str | None], domain: Domain, value: Reals, what: str) -> None:
    """Note the first reason why a record is not valid."""
    import numpy as np

    for i in np.flatnonzero(~_inside(domain, value)):
        number = f"{value[i]:g}" if np.isfinite(value[i]) else "no finite number"
        reasons[i] = reasons[i] or f"{what} {number}, outside {domain}"


def _inside(domain: Domain, value: Any) -> Any:
    """`value in domain`, for every element."""
    import numpy as np

    above = value > domain.low if domain.low_open else value >= domain.low
    below = value < domain.high if domain.high_open else value <= domain.high
    whole = value == np.floor(value) if domain.whole else True
    return np.isfinite(value) & above & below & whole
