"""Sentences of the report's own, made from numbers; single words are in `detente.report.strings`."""

from __future__ import annotations

from typing import Any

from detente.study.numbers import percent
from detente.study.words import pairing

BELIEFS = 3
"""Changes of assumptions that are named on a card."""
MANY = 4
"""Levers of a set that are named."""


# --- The answer


def hero(n: int, of: int, draws: int) -> str:
    """Title of the first picture."""
    return f"In {n} of {of} equal parts of the {draws:,} draws a deal leaves both sides better off"


# --- Claims


def counted_in(draws: int) -> str:
    """Draws that a claim's share is taken over."""
    return f"Share of {draws:,} draws."


def uncounted(failed: int, undefined: int, draws: int) -> str:
    """What is in no share."""
    parts = [f"{failed:,} could not be solved"] * bool(failed)
    parts += [f"in {undefined:,} the test has no truth value"] * bool(undefined)
    return f"Of {draws:,} draws {' and '.join(parts)}; they are in no share."


def decided(name: str, effect: float, rank: float) -> str:
    """What an assumption does to a claim."""
    way = (
        ""
        if abs(rank) < 0.05
        else ", more likely where it is high"
        if rank > 0
        else ", more likely where it is low"
    )
    return f"{name} (explains {percent(max(effect, 0.0))}{way})"


def turned(word: str, ways: list[str]) -> str:
    """What would have to be different for a claim to do otherwise, from what drives its margin."""
    goal = "fail" if word in ("follows", "mostly follows") else "hold"
    if word == "depends":
        return f"It holds more often with {_list(ways)}."
    return f"For it to {goal}, most would have to come from {_list(ways)}."


def move(name: str, up: bool) -> str:
    """An assumption moved."""
    return f"{'more' if up else 'less'} {name}"


def holds_where(one: Any, place: Any) -> str:
    """A box in which a claim mostly holds, or fails, on its card."""
    verb = "Holds" if one.side == "holds" else "Fails"
    bounds = _list([b.says for b in place.bounds])
    return (
        f"{verb} in {percent(place.density)} of the draws in which {bounds}, in {percent(one.share)} of all."
    )


# --- Where


def where(x: str, y: str) -> str:
    """Title of the phase diagram."""
    return f"A deal or a rational red line, by {x} and {y}"


def without(effects: Any, reason: str) -> str:
    """Draws that changes could not be solved in, for one reason."""
    named = ", ".join(f"{spaced(e.id)} {e.failed:,}" for e in effects)
    return f"Draws without an answer ({reason}): {named}. They are in no share."


# --- Why


def left_out(n: int) -> str:
    """Draws that an attribution leaves out."""
    return f" ({n} left out, a solve failed)"


def orders(n: int) -> str:
    """Orders that an attribution is averaged over."""
    return f"{n} drawn orders" if n else "all orders"


# --- Drivers


def way(rank: float) -> str:
    """Which way an assumption works, from its rank correlation."""
    return "either way" if abs(rank) < 0.05 else "raises it" if rank > 0 else "lowers it"


# --- What one would have to believe


def flipped(one: Any) -> str:
    """What one would have to believe for a claim to do the opposite, on its card."""
    if one.distance is None or not one.changes:
        return ""
    wanted = [
        f"{spaced(c.name)} is {_plain(c.value)} and not {_plain(c.median)}" for c in one.changes[:BELIEFS]
    ]
    more = " and smaller changes besides" * (len(one.changes) > BELIEFS or one.rest >= 0.01)
    verb = "Fails" if one.holds else "Holds"
    return (
        f"{verb} if one believes that {_list(wanted)}{more}: together {one.distance:.2f} prior standard"
        " deviations from the middle."
    )


def _plain(x: float) -> str:
    return f"{x:.3g}".replace("-", "−")


# --- Where it holds, in boxes


def again(place: Any) -> str:
    """What a search repeated on draws drawn again says of a box."""
    if place.unseen_density is None or not place.bounds:
        return ""
    bounds = ", ".join(f"{spaced(b.name)} {percent(b.again or 0.0)}" for b in place.bounds)
    return (
        f"Searched again on draws drawn again: {percent(place.unseen_density)} in draws not seen; bounded"
        f" again: {bounds}."
    )


# --- Opening a deal


def sets(levers: list[str], who: list[str]) -> str:
    """Levers together, and who pulls them."""
    named = " + ".join(levers) if len(levers) <= MANY else f"all {len(levers)} levers there"
    return f"{named} ({' and '.join(who)})"


# --- Paths


def over_time(meaning: str) -> str:
    """An outcome asked for after or within n years, as the title of its path."""
    return meaning.replace(" after n years", " over the years").replace(" within n years", " by each year")


def histories(name: str, n: int) -> str:
    """Title of small panels."""
    return f"{name[:1].upper()}{name[1:]} in {n} single draws"


def draw(i: int) -> str:
    """A draw by its place in the sequence, counted from 1."""
    return f"draw {i + 1}"


# --- The year


def move_label(label: str, given: str) -> str:
    """An action, under what it is considered."""
    return f"{label}: {given}" if given else label


# --- Assumptions and experience


def counted(n: int, assumed: int, uncertain: int) -> str:
    """How many assumptions there are, and of which kind."""
    return f"{n} numbers: {uncertain} uncertain, {n - uncertain} fixed; {assumed} assumed, without a source."


def taught(about: str, prior: tuple[float, float], kept: float, broken: float) -> str:
    """What an experience does to a prior."""
    a, b = prior
    return (
        f"Before: beta({a:g}, {b:g}), a mean of {percent(a / (a + b))}. Episodes of {about} add weight"
        f" {kept:g} for kept and {broken:g} for not kept."
    )


def all_episodes(about: str) -> str:
    """Name of the table of an experience."""
    return f"all episodes of {about}, with sources"


def episodes(about: str) -> str:
    """Title of an experience's figure."""
    return f"Episodes of {about}: kept and not kept"


# --- How sure


def changes(n: int) -> str:
    """In how many reweightings a verdict is another word."""
    return f"({n} other words)" if n > 1 else "(1 other word)" if n else ""


def otherwise(v: Any) -> str:
    """What a change of the solver does to the answers."""
    if v.reason:
        return f"{v.says}: not tried, {v.reason}."
    worst = max(v.flips.values(), default=0.0)
    return (
        f"With {v.says}, in {v.draws:,} draws ({v.failed:,} left out): no answer is another in more than"
        f" {percent(worst)}."
    )


def under(id: str, x: Any) -> str:
    """A verdict under other priors."""
    return f"{id}: {x.word} ({percent(x.share)})"


# --- Against another run


def against(found: Any) -> str:
    """What this run is compared with, and how."""
    other = found.other
    run = f"{other.folder}, {other.title}, {other.draws:,} draws, seed {other.seed}"
    return f"The other run: {run}. {pairing(found.apart)}"


def moved(one: Any) -> str:
    """Beside a change: the verdict's word in both runs, where it is another."""
    return "" if one.word_a == one.word_b else f"({one.word_a} → {one.word_b})"


def bridged(one: Any) -> str:
    """Title of the parts of a change."""
    return f"{one.id}: from {percent(one.a)} to {percent(one.b)}"


# --- Reproducing


def _list(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def spaced(name: Any) -> str:
    """A name as words."""
    return str(name).replace("_", " ")


def drawn(manifest: Any) -> str:
    """How a run's draws were made."""
    return (
        f"{manifest.draws:,} of a {manifest.sequence} sequence, seed {manifest.seed};"
        f" {manifest.number_format}; horizon {manifest.horizon} years."
    )
