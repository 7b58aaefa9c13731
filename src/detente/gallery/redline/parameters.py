"""What the red-line game needs to know, what can be switched off, and what it answers."""

from __future__ import annotations

from detente.model import Mechanism, Outcome
from detente.parameter import parameter

DEALS = ("both", "one-sided", "mutual")
COMPENSATION_LEVELS = 3
STAKE_YEAR = "stake a year"

PARAMETERS = (
    # Time, choice and the start
    parameter("discount", "Weight of next year against this year", "a year", "[0, 1)", 0.9),
    parameter("noise", "Scale of what moves a choice besides the pay-offs", STAKE_YEAR, "(0, inf)", 0.1),
    parameter("horizon", "Years that are played", "years", "[1, 200] whole", 40, static=True),
    parameter("arsenal", "Steps of the arsenal at the start", "steps", "[0, 4] whole", 4),
    parameter("deals", "Deals that the demander may propose", "choice", "[0, 2] whole", 0, labels=DEALS),
    # Power and war
    parameter("holder_strength", "Strength of the holder without the arsenal", "strength", "(0, inf)", 1.0),
    parameter("demander_strength", "Strength of the demander", "strength", "(0, inf)", 3.0),
    parameter("contest_exponent", "How much relative strength decides a war", "exponent", "[0, inf)", 1.0),
    parameter("holder_war_cost", "What a war costs the holder", "share of the stake", "[0, inf)", 0.3),
    parameter("demander_war_cost", "What a war costs the demander", "share of the stake", "[0, inf)", 0.1),
    parameter("bargaining_share", "Holder's share of what peace saves", "share", "[0, 1]", 0.5),
    # Support from outside
    parameter(
        "support_strength", "Strength that outside support adds to the holder", "strength", "[0, inf)", 3.0
    ),
    parameter(
        "support_reliability",
        "Probability that support is honoured",
        "probability",
        "[0, 1]",
        0.6,
        "anarchy",
        1.0,
    ),
    parameter(
        "veto_probability", "Probability that support is vetoed", "probability", "[0, 1]", 0.7, "anarchy", 0.0
    ),
    # The arsenal
    parameter(
        "strength_per_step",
        "Strength that a step of the arsenal adds",
        "strength",
        "[0, inf)",
        0.5,
        "deterrence",
        0.0,
    ),
    parameter(
        "retaliation_per_step",
        "What a step costs the demander in a war",
        "share of the stake",
        "[0, inf)",
        0.08,
        "deterrence",
        0.0,
    ),
    parameter("upkeep_per_step", "What keeping a step costs the holder", STAKE_YEAR, "[0, inf)", 0.01),
    parameter(
        "build_cost", "What a try at one more step costs the holder", "years of stake", "[0, inf)", 1.0
    ),
    parameter("build_pace", "Probability that a try adds a step", "probability", "[0, 1]", 0.5),
    # The demander's answer in arms, and its fear
    parameter(
        "counter_strength_per_step",
        "Strength that a step of counter-arms adds",
        "strength",
        "[0, inf)",
        0.3,
        "arming_spiral",
        0.0,
    ),
    parameter(
        "counter_build_cost",
        "What a step of counter-arms costs the demander",
        "years of stake",
        "[0, inf)",
        0.3,
    ),
    parameter("counter_upkeep", "What keeping a step of counter-arms costs", STAKE_YEAR, "[0, inf)", 0.01),
    parameter(
        "fear_per_step",
        "What living under a step costs the demander",
        STAKE_YEAR,
        "[0, inf)",
        0.02,
        "fear",
        0.0,
    ),
    # Standing
    parameter(
        "one_sided_cost",
        "What a one-sided limit costs the holder in standing",
        STAKE_YEAR,
        "[0, inf)",
        0.03,
        "standing",
        0.0,
    ),
    parameter("mutual_cost", "What a mutual limit costs the demander", STAKE_YEAR, "[0, inf)", 0.02),
    # Promises
    parameter(
        "reliable_performance",
        "Probability that a reliable demander performs as a matter of course",
        "probability",
        "[0, 1]",
        0.97,
        "commitment",
        1.0,
    ),
    parameter(
        "unreliable_performance",
        "Probability that an unreliable demander performs as a matter of course",
        "probability",
        "[0, 1]",
        0.5,
        "commitment",
        1.0,
    ),
    parameter("members", "Governments that must all perform", "governments", "[1, inf)", 1.0),
    parameter("trust", "Probability that the demander is reliable", "probability", "[0, 1]", 0.45),
    parameter("trust_drift", "Part of trust that returns to its start", "share a year", "[0, 1]", 0.02),
    parameter("reneging_cost", "What reneging costs the demander", "years of stake", "[0, inf)", 0.1),
    parameter("upfront_years", "Compensation paid at once on signing", "years", "[0, inf)", 0.0),
    parameter(
        "repricing",
        "Part of the stake bargained anew after each shift",
        "share",
        "[0, 1]",
        1.0,
        "slippery_slope",
        0.0,
    ),
    # Sanctions and compensation
    parameter(
        "sanctions_cost", "What sanctions cost the holder", STAKE_YEAR, "[0, inf)", 0.1, "sanctions", 0.0
    ),
    parameter(
        "sanctions_cost_demander",
        "What sanctions cost the demander",
        STAKE_YEAR,
        "[0, inf)",
        0.03,
        "sanctions",
        0.0,
    ),
    parameter("compensation_1", "Compensation under a deal, lowest level", STAKE_YEAR, "[0, inf)", 0.05),
    parameter("compensation_2", "Compensation under a deal, middle level", STAKE_YEAR, "[0, inf)", 0.12),
    parameter("compensation_3", "Compensation under a deal, highest level", STAKE_YEAR, "[0, inf)", 0.25),
    # Inspection
    parameter(
        "detection",
        "Probability that a try under a deal is detected",
        "probability",
        "[0, 1]",
        0.8,
        "inspection",
        1.0,
    ),
    parameter(
        "exposure",
        "Part of the arsenal's strength that inspection exposes",
        "share",
        "[0, 1]",
        0.0,
        "inspection",
        0.0,
    ),
    parameter("deal_strength", "Strength that a deal brings the holder", "strength", "[0, inf)", 0.0),
    # Economy
    parameter(
        "growth_at_risk", "What investment adds to the holder", STAKE_YEAR, "[0, inf)", 0.2, "economy", 0.0
    ),
    parameter(
        "investment_threshold", "Safety below which investing does not pay", "probability", "[0, inf)", 0.6
    ),
)


def _mechanism(name: str, meaning: str) -> Mechanism:
    return Mechanism(
        name,
        meaning,
        {p.name: p.neutral for p in PARAMETERS if p.mechanism == name and p.neutral is not None},
    )


MECHANISMS = (
    _mechanism("anarchy", "no reliable support from outside"),
    Mechanism("war_experience", "what history taught about outside support", experience="support"),
    Mechanism("deal_experience", "what history taught about promises", experience="promises"),
    _mechanism("deterrence", "the arsenal makes attack dearer"),
    _mechanism("standing", "dignity and double standards"),
    _mechanism("commitment", "promises can be broken"),
    _mechanism("slippery_slope", "concessions shift the next bargain"),
    _mechanism("sanctions", "pressure by sanctions"),
    _mechanism("economy", "investment under threat"),
    _mechanism("arming_spiral", "the demander arms in turn"),
    _mechanism("fear", "the arsenal frightens the demander"),
    _mechanism("inspection", "checking is imperfect, and exposes"),
)

VALUE = "stake for ever"

OUTCOMES = (
    Outcome("holder_value", "Value of the game to the holder", VALUE),
    Outcome("demander_value", "Value of the game to the demander", VALUE),
    Outcome("attack_hazard", "Probability of attack in the first year at the start", "probability"),
    Outcome("holder_share", "Holder's share of the stake at the start", "share"),
    Outcome("investment_rate", "Probability that the firms invest in the first year", "probability"),
    Outcome(
        "holder_gain",
        "Holder's gain from each deal struck now",
        "years of stake",
        per_deal=True,
        optional=True,
    ),
    Outcome(
        "demander_gain",
        "Demander's gain from each deal struck now",
        "years of stake",
        per_deal=True,
        optional=True,
    ),
    Outcome(
        "zone",
        "Smaller gain of the deal that is best for both; a deal exists if positive",
        "years of stake",
        optional=True,
    ),
    Outcome(
        "best_deal",
        "The deal that attains the zone: 1…J one-sided, J+1…2J mutual",
        "deal",
        reported=False,
        optional=True,
    ),
    Outcome("deal_within", "Probability that a deal is struck within n years", "probability", yearly=True),
    Outcome("deal_in_force", "Probability that a deal is in force after n years", "probability", yearly=True),
    Outcome("attack_within", "Probability of an attack within n years", "probability", yearly=True),
    Outcome("arsenal", "Mean arsenal after n years, given no war", "steps", yearly=True, optional=True),
    Outcome(
        "counter_arsenal",
        "Mean counter-arsenal after n years, given no war",
        "steps",
        yearly=True,
        optional=True,
    ),
    Outcome("trust", "Mean trust after n years, given no war", "probability", yearly=True, optional=True),
    Outcome(
        "broken_deals", "Deals broken by the demander within n years, expected number", "deals", yearly=True
    ),
    Outcome("steps_conceded", "Steps given up within n years, expected number", "steps", yearly=True),
)
