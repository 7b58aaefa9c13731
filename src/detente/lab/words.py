"""Words of the figures that the laboratory fills; those of the page are in ``page/strings.js``."""

from __future__ import annotations

from detente.model import Model

ABOVE, BELOW = "a deal exists", "refusing is rational"
ALL = "several at once, or chance"

TITLES = {
    "bargain": "What each side gains by a deal struck now",
    "year": "The first year of the game",
    "mechanisms": "If this mechanism were absent",
    "levers": "If this lever were pulled",
    "drivers": "What moves the answer, one assumption at a time",
    "worlds": "The answer in equally likely worlds",
    "phase": "Where the answer changes",
}

MOVES = {
    "demand": "Demand",
    "answer": "Answer to the likeliest offer",
    "performance": "Performance, if free",
    "build": "Build",
    "arm": "Arm in turn",
    "invest": "Invest",
    "attack": "Attack",
}
"""Stages of the red-line game; other games' stages go by their own names."""


def subtitle(which: str, more: str = "") -> list[str]:
    """Lines below a figure's title: measure, unit, what is uncertain."""
    return {
        "bargain": ["At your point; blue: both gain. Low, middle, high: the compensation"],
        "year": [
            "Probabilities of choices in equilibrium, at your point",
            *([f"Likeliest offer: {more}; it is answered, and in force where a deal is"] if more else []),
        ],
        "mechanisms": ["Change of the zone at your point; right: its absence makes a deal easier"],
        "levers": ["Change of the zone at your point; right: it makes a deal easier"],
        "drivers": [
            "Line: from the 5 % to the 95 % end of what is believed, all else at your point",
            "Mark: at the upper end; dashed: the border of a deal",
        ],
        "worlds": [f"{more} draws of what you left open, in twenty equal parts"],
        "phase": [
            f"All else at your point; {more} points solved. Click, or use the sliders, to move your case"
        ],
    }[which]


def spaced(name: str) -> str:
    """A name in words."""
    return name.replace("_", " ").replace("-", " ")


def deal_words(model: Model, count: int) -> list[str]:
    """Names of the deals, from the terms of the game: ``one-sided 1`` pays the lowest compensation."""
    from detente.study.first_year import terms

    levels = {"1": "low", "2": "middle", "3": "high"}
    found = []
    for term in terms(model)[1:] if model.game(**model.settings).lasting else []:
        kind, _, level = term.rpartition(" ")
        found.append(f"{kind}, {levels[level]}" if kind and level in levels else term)
    return (found + [f"deal {i + 1}" for i in range(len(found), count)])[:count]
