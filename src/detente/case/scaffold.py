"""A case to start from: small, complete, commented, and sound as it stands."""

from __future__ import annotations

from detente.case.schema import Slug
from detente.errors import UsageError

_TEMPLATE = """\
# A case: a dispute over a capability, written so that its game can be solved over what is uncertain.
# Replace what stands here step by step; `detente check` says what is wrong, all of it at once.
# Nothing in a case is code. Parameters that are left out take the model's defaults, and are shown as such:
# `detente solve --describe redline` lists them all with meaning, unit and domain.

schema: 1
id: ID
title: "A limit on a capability"
question: "Why is a limit refused, and what would make one acceptable?"
model: redline
holder: "The side that has the capability"
demander: "The side that asks for a limit"
as_of: "2026-01-01"            # what is known up to this day goes in

# --- Sources: everything below points to one of these, or says that it is assumed -------------------

sources:
  a-study:
    citation: "Author, A. (2020), Title of the study, Journal 1(1):1-20."
    url: "https://example.org/study"
  a-chronicle: {citation: "Author, B. (2015), Title of the chronicle, Publisher."}

# --- Parameters of the model: exactly one of value, prior, learned ----------------------------------
# Priors: uniform [low, high], triangular [low, mode, high], beta [a, b], normal [mean, sd],
# lognormal [median, sigma], choice [values]; `within: [low, high]` bounds beta, normal and lognormal.

parameters:
  discount:
    value: 0.9
    source: assumed            # an assumption is allowed, needs its reason, and is printed as one
    why: "A year's delay costs a tenth: a usual figure for governments under threat."
  noise:
    prior: {triangular: [0.05, 0.12, 0.3]}
    source: assumed
    why: "What the pay-offs leave out is worth between three weeks and four months of the stake."
  demander_strength:
    prior: {uniform: [1.5, 4.0]}
    source: a-study
    why: "The study's range for the ratio of capabilities."
  strength_per_step:
    prior: {lognormal: [0.15, 0.6], within: [0.03, 0.6]}
    source: assumed
    why: "A quarter of the capability adds between a thirtieth and three fifths of everything else."
  retaliation_per_step:
    prior: {lognormal: [0.03, 0.6], within: [0.005, 0.12]}
    source: assumed
    why: "Its worth in retaliation; a factor of four either way."
  one_sided_cost:
    prior: {uniform: [0.0, 0.1]}
    source: assumed
    why: "From nothing to a tenth of the stake a year."
  support_reliability:
    learned: support           # from the experience below
  trust:
    learned: promises

correlations:                  # rank correlations between two uncertain numbers, optional
  - {between: [strength_per_step, retaliation_per_step], rank: 0.5}

# --- The case's own numbers and formulas, for its claims; optional ----------------------------------

quantities:
  price_at_home:
    prior: {uniform: [0.8, 1.2]}
    unit: index
    source: assumed
    why: "What the capability costs when it is made at home; the mean is the unit."
  price_abroad:
    prior: {uniform: [0.9, 1.8]}
    unit: index
    source: a-study
    why: "What the study found for buying it."

formulas:
  worth_per_price:
    says: "What the capability is worth for its price."
    unit: "strength per index"
    variants:
      at-home: "strength_per_step / price_at_home"
      abroad: "strength_per_step / price_abroad"

# --- What history taught ----------------------------------------------------------------------------

experience:
  support:                     # was help there when it was needed?
    prior: {beta: [2, 4]}
    episodes:
      - {name: "Help that came", year: 1995, kept: true, weight: 0.5, source: a-chronicle}
      - {name: "Help that did not come", year: 2008, kept: false, weight: 1, source: a-chronicle}
  promises:                    # did the demander keep what it promised?
    prior: {beta: [2, 2]}
    episodes:
      - {name: "An agreement carried out", year: 2012, kept: true, weight: 0.75, source: a-chronicle}
      - {name: "The same agreement left", year: 2014, kept: false, weight: 1, source: a-chronicle}

# --- Claims: each with the test that decides it -----------------------------------------------------
# zone() is what the side that gains less gains by the best deal; a deal exists if it is positive.
# Interventions by keyword: off="mechanism", lever="id", deals="one-sided"|"mutual"|"both", any parameter.

claims:
  - id: support-decides
    side: argument             # argument | rival
    section: self-help
    says: "With nobody to rely on a limit is refused; with reliable support it would be accepted."
    test: zone() < 0 and zone(off="anarchy") > 0
  - id: home-made-is-worth-more
    side: argument
    section: self-help
    says: "Made at home the capability is worth more for its price."
    test: worth_per_price("at-home") > worth_per_price("abroad")
  - id: promises-block
    side: rival
    section: promises
    says: "It is broken promises that block, not the worth of the capability."
    test: zone() < 0 and zone(off="commitment") > 0
    beside:
      - {says: "Without its worth in war there would be a deal too.", test: 'zone(off="deterrence") > 0'}

# --- Levers: what a player could do differently, at full dose ---------------------------------------

levers:
  - id: binding-ratification
    who: demander
    says: "The promise is ratified, so that breaking it costs its government."
    changes: {reneging_cost: {add: 1.0}}     # set | add | scale
  - id: larger-compensation
    who: demander
    says: "Compensation is half as large again."
    changes: {compensation_1: {scale: 1.5}, compensation_2: {scale: 1.5}, compensation_3: {scale: 1.5}}
"""


def scaffold(id: str) -> str:
    """The text of a new case.

    Args:
        id: Small letters, digits and single hyphens.

    Raises:
        UsageError: It is not.
    """
    from pydantic import TypeAdapter, ValidationError

    try:
        TypeAdapter(Slug).validate_python(id, strict=True)
    except ValidationError:
        raise UsageError(
            f'ID: found "{id}", expected small letters, digits and single hyphens, at most 64'
        ) from None
    return _TEMPLATE.replace("id: ID", f"id: {id}", 1)
