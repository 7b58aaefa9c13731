"""A run's answer in three sentences, made from its numbers and hedged by them."""

from __future__ import annotations

from collections.abc import Sequence

from detente.case.case import Case
from detente.models import get
from detente.study.numbers import interval, number, percent
from detente.study.questions.drivers import Driver
from detente.study.questions.flips import Flip
from detente.study.questions.levers import Opening
from detente.study.questions.sets import Together
from detente.study.summary import Certificate, Deal, Effect, Judged, Summary, strongest
from detente.study.verdicts import word

CAVEAT = (
    "This is what follows from the model and the ranges of the case; it predicts nothing and takes no side."
)

BELIEFS = 4
"""Changes that a sentence about a flip names."""

_EXISTS = {
    "follows": "Throughout the range of assumptions a deal exists that leaves both sides better off",
    "mostly follows": "Over most of the range of assumptions a deal exists that leaves both sides better off",
    "depends": "Whether a deal exists that leaves both sides better off depends on the assumptions: one does",
    "mostly fails": "Over most of the range of assumptions no deal leaves both sides better off: one does",
    "fails": "Throughout the range of assumptions, or nearly, no deal leaves both sides better off: one does",
}


def answer(case: Case, summary: Summary) -> tuple[str, str, str]:
    """Three sentences: whether there is a deal, what blocks and opens one, which claims hold.

    Args:
        case: The case.
        summary: What its run says.
    """
    claims = _claims(summary.claims)
    if not get(case.model).decisive:
        return "This model does not ask for a deal.", "What it says is in the claims.", claims
    return _existence(summary.deal), _causes(summary), claims


def way(d: Driver) -> str:
    """Which way an assumption works, from its rank correlation."""
    if abs(d.rank) < 0.05:
        return "neither alone"
    return "raises it" if d.rank > 0 else "lowers it"


def pairing(apart: str) -> str:
    """How two runs are compared, from why draws are not common to both ("" if they are)."""
    if apart:
        return f"The runs are compared as independent ones: {apart}."
    return "Draw by draw: both have the same random numbers."


def smallest(found: Opening) -> str:
    """Which levers would do, and how far that was looked for."""
    tried = (
        f"All sets of up to {found.complete} levers were tried"
        + f", larger ones up to {found.largest} from the best smaller ones on"
        * (found.largest > found.complete)
        + f"; {found.sets:,} sets in all."
    )
    if not found.blocked:
        return f"No draw is blocked. {tried}"
    if not found.smallest:
        best = (
            f"; the best, {' with '.join(found.best.levers)}, opens {_opened(found.best)}"
            if found.best
            else ""
        )
        return f"No set tried opens {percent(found.enough)} of the blocked draws{best}. {tried}"
    first = found.smallest[0]
    others = len(found.smallest) - 1
    return (
        f"The smallest set that opens {percent(found.enough)} of the blocked draws:"
        f" {' with '.join(first.levers)} ({' and '.join(first.who)} would have to move), {_opened(first)}"
        + f"; {others} other{'s' * (others > 1)} of this size" * bool(others)
        + f". {tried}"
    )


def _opened(one: Together) -> str:
    o = one.opened
    return f"{percent(o.share)} (95 % interval {interval(o.low, o.high)})" if o else "none"


def belief(flip: Flip) -> str:
    """What one would have to believe for an answer to be the other."""
    if flip.holds is None:
        return f"In the middle of the priors this has no answer: {flip.says}"
    now = "holds" if flip.holds else "does not hold"
    if flip.distance is None:
        return (
            f"In the middle of the priors this {now}, and no reversal was found ({flip.reason}): {flip.says}"
        )
    wanted = [
        f"{c.name.replace('_', ' ')} is {c.value:.3g} and not {c.median:.3g} ({_deviations(c.deviations)})"
        for c in flip.changes[:BELIEFS]
    ]
    more = " and smaller changes besides" * (len(flip.changes) > BELIEFS or flip.rest >= 0.01)
    return (
        f"In the middle of the priors this {now}: {flip.says} For the opposite you would have to believe that"
        f" {_list(wanted)}{more}: together {flip.distance:.2f} prior standard deviations."
    )


def _deviations(x: float) -> str:
    return f"{x:+.1f}".replace("-", "−")


def certificate(found: Certificate) -> str:
    """The certificate in one line."""
    gaps = [f"{name.replace('_', ' ')} {x:.0e}" for name, x in found.worst.items() if name != "regret"]
    parts = [f"{found.failed:,} without an answer" if found.failed else "all with an answer"]
    parts += [f"{n:,} × {reason}" for reason, n in found.reasons[:3]]
    parts += [f"largest {', '.join(gaps)}"] * bool(gaps)
    if "regret" in found.worst:
        parts.append(f"largest regret {found.worst['regret']:.2g} years of stake")
    return f"Certificate: {found.solves:,} solves, {'; '.join(parts)}."


def _existence(deal: Deal | None) -> str:
    if deal is None:
        return "Whether a deal exists cannot be said: no draw gave an answer to that."
    s = deal.share
    low, middle, high = (number(deal.quantiles[i]) for i in (0, 2, 4))
    return (
        f"{_EXISTS[word(s.share)]} in {percent(s.share)} of {s.draws:,} draws (95 % interval"
        f" {interval(s.low, s.high)}), and the side that gains less by the best deal gains"
        f" {middle} years of stake in the middle draw ({low} to {high} in nine of ten)."
    )


def _causes(summary: Summary) -> str:
    if summary.deal is None:
        return "So nothing can be said of what blocks one or opens one."
    now = summary.deal.share.share
    blocking = _clear(summary.mechanisms)
    opening = _clear(summary.levers)
    if blocking:
        first = (
            f"Of all mechanisms {_name(blocking[0])} blocks most: without it {_share(blocking[0])} of draws"
            f" have a deal, against {percent(now)} as things are"
        )
        if len(blocking) > 1:
            first += f", and without {_name(blocking[1])} {_share(blocking[1])}"
    else:
        first = "No single mechanism, if it were absent, would clearly make a deal commoner"
    if not summary.levers:
        return f"{first}."
    if opening:
        best = opening[0]
        return (
            f"{first}; of the {len(summary.levers)} levers tried, {best.id} opens most (from"
            f" {percent(best.before or 0.0)} to {_share(best)} of {_draws(best):,} draws)."
        )
    return f"{first}; none of the {len(summary.levers)} levers tried clearly makes one commoner."


def _clear(effects: Sequence[Effect]) -> list[Effect]:
    """Those that clearly make a deal commoner, the strongest first."""
    return strongest([e for e in effects if e.clear and e.rise > 0])


def _name(effect: Effect) -> str:
    return f"{effect.id.replace('_', ' ')} ({effect.says})"


def _share(effect: Effect) -> str:
    return percent(effect.with_deal.share) if effect.with_deal else "unknown"


def _draws(effect: Effect) -> int:
    return effect.with_deal.draws if effect.with_deal else 0


def _claims(claims: Sequence[Judged]) -> str:
    halves = []
    for side, of in (("argument", "Of the argument's"), ("rival", "of the rival readings'")):
        verdicts = [c.verdict for c in claims if c.verdict.side == side]
        if not verdicts:
            continue
        counts = [(w, sum(v.word == w for v in verdicts)) for w in _VERB]
        listed = _list([f"{n} {_VERB[w][n > 1]}" for w, n in counts if n])
        halves.append(f"{of} {len(verdicts)} claim{'s' * (len(verdicts) > 1)} {listed}")
    text = "; ".join(halves)
    return f"{text[0].upper()}{text[1:]}." if text else "The case makes no claim."


# For each verdict how one claim, and how several claims, are said to do.
_VERB = {
    "follows": ("follows", "follow"),
    "mostly follows": ("mostly follows", "mostly follow"),
    "depends": ("depends", "depend"),
    "mostly fails": ("mostly fails", "mostly fail"),
    "fails": ("fails", "fail"),
    "no answer": ("has no answer", "have no answer"),
}


def _list(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
