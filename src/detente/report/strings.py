"""Every word of the report's own, in one place. Words of a case and of a model come from there."""

from __future__ import annotations

from typing import Any

from detente.study.words import percent

# --- Page

TITLE = "what follows"
KICKER = "What follows from an argument about a dispute, over the whole range of what is uncertain"
CASE_TITLE = "what is assumed"
CASE_KICKER = "What a case assumes, before anything is solved"
MODEL = "Model"
TO_TEST, TO_TRY = "Claims to be tested", "Levers to be tried"
CONTENTS = "Contents"
ANSWER = "Answer"
HOLDER = "Holder"
DEMANDER = "Demander"
AS_OF = "State of knowledge"
LIKELIHOOD = (
    "A share of draws is a share of the assumptions held plausible here, not a chance that something happens."
)
NUMBERS = "Numbers"
TABLE = "Table:"
SAVE_CSV = "Save as CSV"
HOW_TO_READ = "How to read this"
TOP = "Back to the answer"

SECTIONS: dict[str, tuple[str, str]] = {
    "claims": ("Claims of both sides", "Claims"),
    "where": ("Where the red line is rational", "Where"),
    "why": ("Why", "Why"),
    "drivers": ("What drives it", "What drives it"),
    "levers": ("What would open a deal", "What would open it"),
    "unfolds": ("How history would unfold", "How it unfolds"),
    "year": ("The year of the game", "The year"),
    "assumptions": ("Every assumption", "Assumptions"),
    "experience": ("What experience taught", "Experience"),
    "sure": ("How sure", "How sure"),
    "again": ("Reproducing this", "Reproducing"),
    "sources": ("Sources", "Sources"),
}
"""By id of a section: its heading, and its short name in the contents."""

# --- The answer

DEAL, NO_DEAL = "a deal exists", "no deal"
RATIONAL = "the red line is rational"
ZONE = "smaller side's gain from the best deal"


def hero(n: int, of: int, draws: int) -> str:
    """Title of the first picture."""
    return f"In {n} of {of} equal parts of the {draws:,} draws a deal leaves both sides better off"


HERO_READ = (
    "Each dot is an equal part of the draws, the possible worlds that the case holds plausible. It stands"
    " where the side that gains less by the best deal would stand: right of zero both sides gain, left of it"
    " any deal leaves one worse off, and refusing is rational."
)

# --- Claims

SIDES = {"argument": "The argument", "rival": "Rival readings"}
SIGNS = {
    "follows": "✓",
    "mostly follows": "✓",
    "depends": "◐",
    "mostly fails": "✕",
    "fails": "✕",
    "no answer": "?",
}
"""Beside each verdict's word."""
CLAIMS_READ = (
    "Each claim has a test, and is judged by the share of draws in which it holds (with its 95 % interval)."
    " Follows: at least 95 %; mostly follows: at least 75 %; depends: between; mostly fails: at most 25 %;"
    " fails: at most 5 %. The order is that of the case; every verdict has the same weight on the page."
)
CLAIMS_FIGURE = "Shares of draws in which the claims hold"
SECTION = "section"
TEST = "Test"
DECIDED_BY = "Decided by"
BOX = "Where"
DIFFERENT = "What would have to be different"
BESIDE = "Beside it, without a verdict"
NOTHING_DECIDES = "no single assumption decides it"


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

WHERE_READ = (
    "Two assumptions move, those that drive the zone most; everything else stays at its median. On the thick"
    " line the zone is zero: on one side a deal exists that leaves both sides better off, on the other"
    " refusing a limit is rational. Thin grey lines: where that border lies if everything else is as in one"
    " of {n} other draws; the wider they are apart, the more the rest matters. Dots and crosses: draws of the"
    " run, with and without a deal, each with its own everything else."
)
MEDIAN_CASE = "median case"


def where(x: str, y: str) -> str:
    """Title of the phase diagram."""
    return f"A deal or a rational red line, by {x} and {y}"


ABSENT = "If this mechanism were absent"
OPENS, CLOSES = "a deal appears in", "a deal disappears in"
SHIFT = "change of the median zone"
LEVERS = "If this lever were pulled"
WITH_DEAL = "share of draws with a deal"
AS_THINGS_ARE = "as things are"
EFFECTS_READ = (
    "Each change is made in the same draws. Dashed line: the share as things are; triangles to the right:"
    " more deals, to the left: fewer; lines: 95 % intervals of the share. What a change does is known better"
    " than the share itself: opens and closes are counted draw by draw."
)


def without(n: int, reason: str) -> str:
    """Draws that a change could not be solved in."""
    return f"{n:,} draws without an answer: {reason}."


LEVERS_NOTE = "No lever is a recommendation; who could pull it is said beside it."

# --- Why

WHY_READ = (
    "From none of the mechanisms at work to the case as it is: what each changes, averaged over {orders} in"
    " which they can come to work, in {draws} draws{left}. Parts add up to the whole. Black lines: two"
    " standard errors to either side, of the orders and the draws together."
)


def left_out(n: int) -> str:
    """Draws that an attribution leaves out."""
    return f" ({n} left out, a solve failed)"


STANDARD_ERROR = "standard error"
TOGETHER = "What two do together beyond what each does, in the case as it is"


def orders(n: int) -> str:
    """Orders that an attribution is averaged over."""
    return f"{n} drawn orders" if n else "all orders"


# --- Drivers

DRIVERS_FIGURE = "What the uncertain assumptions account for in the zone"
DRIVERS_X = "share of the variance explained alone"
DRIVERS_READ = (
    "Share of the variance over the draws that knowing one assumption alone explains, with its 95 % interval."
    " All of them, one at a time: {sum}; the rest is what assumptions do together."
)


def way(rank: float) -> str:
    """Which way an assumption works, from its rank correlation."""
    return "either way" if abs(rank) < 0.05 else "raises it" if rank > 0 else "lowers it"


# --- Where it holds, in boxes

BOXES = "In words"
BOXES_READ = (
    "Boxes of assumptions in which something mostly holds, found by peeling (PRIM). The interval takes the"
    " box for given."
)
NOT_TOLD = "Not told"


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

DOSE = "dose (1: as the case says)"
DOSE_READ = (
    "The zone at each dose of the lever in {n} draws: line: median; dark band: half of the draws; light band:"
    " 5 to 95 %. Above zero a deal exists. Dashed: full dose, and zero."
)
DOSES_TABLE = "Every lever at every dose: share of draws with a deal"
LEVER, WHO = "lever", "who"
MEDIAN_FROM, HALF_FROM, LOWERS = "median from", "half from", "makes it harder in"
DOSES_READ = (
    "Median from, half from: the smallest dose at which the median zone is positive, at which half of the"
    " blocked draws have a deal, on straight lines between the doses tried. Makes it harder in: share of"
    " draws in which the lever at full dose lowers the zone."
)
NEVER = "never"
SETS = "Levers together: who has to move"
SETS_X = "share of the blocked draws that they open"
SETS_READ = (
    "Of the draws without a deal, those in which one exists once these levers are pulled at full dose. Lines:"
    " 95 % intervals. The smallest sets that open enough come first, then what each who could do alone, then"
    " pairs."
)
BLOCKED = "Of {n} draws without a deal"
BACKFIRES = "Where levers backfire"
MANY = 4


def sets(levers: list[str], who: list[str]) -> str:
    """Levers together, and who pulls them."""
    named = " + ".join(levers) if len(levers) <= MANY else f"all {len(levers)} levers there"
    return f"{named} ({' and '.join(who)})"


# --- Paths

UNFOLDS_READ = (
    "Nothing is simulated: each draw's path is an exact expectation over everything that chance and the"
    " players' noise can bring in that draw. Line: median of the draws; dark band: half of them; light band:"
    " 5 to 95 %. The small panels show single draws, since bands hide how one history goes."
    " Play ends with the last year, and the years just before it bend towards that end."
)


def over_time(meaning: str) -> str:
    """An outcome asked for after or within n years, as the title of its path."""
    return meaning.replace(" after n years", " over the years").replace(" within n years", " by each year")


def histories(name: str, n: int) -> str:
    """Title of small panels."""
    return f"{name[:1].upper()}{name[1:]} in {n} single draws"


def draw(i: int) -> str:
    """A draw by its place in the sequence, counted from 1."""
    return f"draw {i + 1}"


BAND = "Line: median; dark band: 50 % of the draws; light band: 5 to 95 %"

# --- The year

YEAR = "What either side does in the first year"
YEAR_READ = (
    "The stages of a year in order. Filled circles: the holder moves; rings: the demander; diamonds: nobody."
    " Bars: median probability of an action in equilibrium over {n} draws, lines: 5 to 95 % of them. Where a"
    " choice depends on what was offered, or on the deal in force, it is shown for each."
)
BARGAIN = "What each deal is worth to either side"
BARGAIN_READ = (
    "The bargaining range of each deal over {n} draws: dots are medians, lines 5 to 95 %. Right of zero a"
    " side is better off with the deal struck now than with none. Blue rows: both gain in the middle; yellow"
    " rows: at least one loses."
)
NOBODY = "nobody moves"


def move_label(label: str, given: str) -> str:
    """An action, under what it is considered."""
    return f"{label}: {given}" if given else label


# --- Assumptions and experience

ASSUMED = "assumed"
ASSUMPTIONS_READ = (
    "What is believed of each number before anything is solved, why, and on whose word. ⚑ marks what has no"
    " source and is assumed. Bars: the distribution that was drawn, from its smallest to its largest value."
)
NO_EXPERIENCE = "The case learns nothing from experience."


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

SURE_READ = (
    "The game is solved exactly and every solve carries its certificate; what could not be solved is in no"
    " share. What remains uncertain is the assumptions (the bands and shares above) and the model itself."
)
FAILED = "Solves without an answer"

# --- Reproducing

COMMAND, CASE, VERSIONS, DRAWS, CERTIFICATE, FILES = (
    "Command",
    "Case",
    "Versions",
    "Draws",
    "Certificate",
    "Files",
)
SAME_BITS = "Same case, seed and versions on the same kind of machine give the same tables, bit for bit."
FILES_SAY = (
    "In the run folder: figures/ with the data of every figure, as CSV; verdicts.json; chunks/ with"
    " every draw."
)


def _list(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def spaced(name: Any) -> str:
    """A name as words."""
    return str(name).replace("_", " ")
