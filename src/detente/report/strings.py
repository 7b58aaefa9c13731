"""Every word of the report's own; sentences with numbers are in `detente.report.sentences`.

Words of a case and of a model come from there.
"""

from __future__ import annotations

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
TOP = "Back to the answer"

SECTIONS: dict[str, tuple[str, str]] = {
    "claims": ("Claims of both sides", "Claims"),
    "where": ("Where the red line is rational", "Where"),
    "why": ("Why", "Why"),
    "drivers": ("What drives it", "What drives it"),
    "flips": ("What you would have to believe", "What to believe"),
    "levers": ("What would open a deal", "What would open it"),
    "unfolds": ("How history would unfold", "How it unfolds"),
    "year": ("The year of the game", "The year"),
    "assumptions": ("Every assumption", "Assumptions"),
    "experience": ("What experience taught", "Experience"),
    "sure": ("How sure", "How sure"),
    "compared": ("Against another run", "Against another run"),
    "again": ("Reproducing this", "Reproducing"),
    "sources": ("Sources", "Sources"),
}
"""By id of a section: its heading, and its short name in the contents."""

# --- The answer

DEAL, NO_DEAL = "a deal exists", "no deal"
RATIONAL = "the red line is rational"
ZONE = "smaller side's gain from the best deal"


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


# --- Where

WHERE_READ = (
    "Two assumptions move, those that drive the zone most; everything else stays at its median. On the thick"
    " line the zone is zero: on one side a deal exists that leaves both sides better off, on the other"
    " refusing a limit is rational. Thin grey lines: where that border lies if everything else is as in one"
    " of {n} other draws; the wider they are apart, the more the rest matters. Dots and crosses: draws of the"
    " run, with and without a deal, each with its own everything else."
)
MEDIAN_CASE = "median case"


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


LEVERS_NOTE = "No lever is a recommendation; who could pull it is said beside it."

# --- Why

WHY_READ = (
    "From none of the mechanisms at work to the case as it is: what each changes, averaged over {orders} in"
    " which they can come to work, in {draws} draws{left}. Parts add up to the whole. Black lines: two"
    " standard errors to either side, of the orders and the draws together."
)


STANDARD_ERROR = "standard error"
TOGETHER = "What two do together beyond what each does, in the case as it is"


# --- Drivers

DRIVERS_FIGURE = "What the uncertain assumptions account for in the zone"
DRIVERS_X = "share of the variance explained alone"
DRIVERS_READ = (
    "Share of the variance over the draws that knowing one assumption alone explains, with its 95 % interval."
    " All of them, one at a time: {sum}; the rest is what assumptions do together."
)


CONTRIBUTIONS_FIGURE = "What each assumption contributes to the zone"
CONTRIBUTIONS_X = "share of the variance that it contributes"
CONTRIBUTIONS_READ = (
    "Share of the variance over the draws that an assumption contributes, with what it does together with"
    " others (Shapley effect), and its 95 % interval."
)
TOTAL = "in all, with all that it does together with others"

# --- What one would have to believe

FLIPS_FIGURE = "How far away the opposite answer is"
FLIPS_X = "prior standard deviations"
REVERSED = "draws with the other answer"
FLIPS_READ = (
    "The smallest joint change of assumptions found that reverses an answer, from the middle of the priors,"
    " in prior standard deviations; each was verified by solving there. The search is local: a nearer"
    " reversal elsewhere is not ruled out. What it takes is said on each claim's card, and here for the deal."
)


# --- Where it holds, in boxes

BOXES = "In words"
BOXES_READ = (
    "Boxes of assumptions in which something mostly holds, found by peeling (PRIM). The interval takes the"
    " box for given."
)
NOT_TOLD = "Not told"


# --- Opening a deal

DOSE = "dose (1: as the case says)"
DOSE_READ = (
    "The zone at each dose of the lever in {n} draws: line: median; dark band: half of the draws; light band:"
    " 5 to 95 %. Above zero a deal exists. Dashed: full dose, and zero."
)
DOSES_TABLE = "Every lever at every dose: share of draws with a deal"
LEVER = "lever"
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


# --- Paths

UNFOLDS_READ = (
    "Nothing is simulated: each draw's path is an exact expectation over everything that chance and the"
    " players' noise can bring in that draw. Line: median of the draws; dark band: half of them; light band:"
    " 5 to 95 %. The small panels show single draws, since bands hide how one history goes."
    " Play ends with the last year, and the years just before it bend towards that end."
)


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


# --- Assumptions and experience

ASSUMED = "assumed"
ASSUMPTIONS_READ = (
    "What is believed of each number before anything is solved, why, and on whose word. ⚑ marks what has no"
    " source and is assumed. Bars: the distribution that was drawn, from its smallest to its largest value."
)
NO_EXPERIENCE = "The case learns nothing from experience."


# --- How sure

SURE_READ = (
    "The game is solved exactly and every solve carries its certificate; what could not be solved is in no"
    " share. What remains uncertain is the assumptions (the bands and shares above) and the model itself."
)
FAILED = "Solves without an answer"
DEAL_EXISTS = "A deal exists."
SURE_FIGURE = "Shares under other priors"
SURE_X = "share of draws, and its range"
SURE_RANGE = "range under other priors"
CHANGED, TRIED, REFUSED = "reweightings with another word", "reweightings", "refused, too few draws left"
SURE_PRIORS_READ = (
    "Each share as the priors are (dot), and the smallest and largest that it takes with one assumption"
    " believed half a standard deviation lower or higher, or in one half of its prior (line): the same draws,"
    " weighed anew."
)
RUNNING = "The share with a deal as draws come in"
RUNNING_X = "draws"
RUNNING_READ = (
    "The share in the first so many draws. Where it no longer moves, more draws would tell little more."
)
DOUBTS = "Would be another word"
SOLVER = "The game solved otherwise"
SECOND = "Under the second priors"


# --- Against another run

WENT_IN = "What went in and differs"
WHAT, THERE, HERE = "what", "the other run", "this run"
NOT_THERE = "not there"
NOTHING_DIFFERS = "Nothing that went in differs."
ONLY_THERE, ONLY_HERE = "Claims of the other run only:", "Claims of this run only:"
COMPARED_FIGURE = "What a share changed by, from the other run to this one"
COMPARED_X = "change of the share of draws, points of a hundred"
NO_CHANGE = "no change"
VERDICT_HERE = "verdict here"
COMPARED_ERROR = "± two standard errors"
COMPARED_READ = (
    "Right of zero a claim holds in more draws here than in the other run, left of it in fewer. Where a line"
    " reaches zero, chance can account for the change. Where a verdict's word is another, both are said."
)
BRIDGED_READ = (
    "What each input that differs accounts for, averaged over the orders in which inputs can be taken over"
    " from the other run; the parts add up to the whole. Lines: two standard errors to either side."
)

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


# --- Tables

NUMBER, BELIEVED, DRAWN, SOURCE = "number", "believed", "drawn", "source"
YEAR_OF, HAPPENED, WAS_KEPT, WEIGHT = "year", "what happened", "kept?", "weight"
KEPT, NOT_KEPT = "● kept", "○ not kept"
EXPERIENCE = "experience"
OWN_QUANTITY = "Quantity of the case"
SIDE, CLAIM, WHO, CHANGES = "side", "claim", "who", "what changes"
DIGEST = "digest"
