"""A global game: a little private noise about the pay-offs leaves one equilibrium of the security dilemma.

After Carlsson, H. & van Damme, E. (1993), Global Games and Equilibrium Selection, Econometrica
61(5):989-1018; own normalisation.

Players: two sides, A and B, alike.
Information: θ is what arming against a peaceful side pays. Nobody knows it; any θ is as likely as any
other. Side i sees x_i = θ + s·e_i, e_i standard normal and independent.
Order of moves: both at once keep the peace or arm.
Pay-offs: R if both keep the peace, S to a side that does so alone, θ to one that arms alone, P if both arm;
P > S.
Equilibrium: a side arms if and only if it sees more than θ* = R + S − P + s/√π. As s → 0 this is R + S − P:
each plays what is risk dominant.
Discretisation: x_i falls into one of N cells between `peaceful_below` and `armed_above`. Below all sides
keep the peace, above all arm, as if it were dominant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from detente.model import Condition, Model, Outcome, Picture, Sweep
from detente.parameter import parameter

if TYPE_CHECKING:
    from detente.engine.game import Action, Branch, Game

BELOW, ABOVE, CELLS = 0, 1, 2
"""What a side sees: less than the window, more, or (from 2 on) one of its cells."""

SURE = 1e-6
UNIT, ANY = "utility", "(-inf, inf)"

PARAMETERS = (
    parameter(
        "noise", "Scale of what moves a choice besides the pay-offs; 0: best replies", UNIT, "[0, inf)", 0.0
    ),
    parameter("reward", "Pay-off if both keep the peace (R)", UNIT, ANY, 3.0),
    parameter("exploited", "Pay-off of keeping the peace alone (S)", UNIT, ANY, 0.0),
    parameter("punishment", "Pay-off if both arm (P)", UNIT, ANY, 1.0),
    parameter("spread", "Standard deviation of what is seen about the truth (s)", UNIT, "(0, inf)", 0.1),
    parameter("peaceful_below", "Below what is seen here a side keeps the peace in any case", UNIT, ANY, 1.6),
    parameter("armed_above", "Above what is seen here a side arms in any case", UNIT, ANY, 2.4),
)

OUTCOMES = (
    Outcome("threshold", "What must be seen for a side to arm (θ*); none in the window", UNIT, optional=True),
    Outcome("equilibria_found", "Different equilibria found", "number"),
)


def joint(cells: int, p: Any) -> Any:
    """Probability of what A and B see: shape [cells + 2, cells + 2], the same if the two change places.

    The difference between what they see is normal with standard deviation √2·s. Two that both see more than
    the window, or less, have nothing to decide and are left out.
    """
    import jax.numpy as jnp
    import numpy as np
    from jax.scipy.special import ndtr

    width = (p.armed_above - p.peaceful_below) / cells / (p.spread * np.sqrt(2))
    i = np.arange(cells)
    apart = np.abs(i[:, None] - i)
    inside = ndtr((apart + 0.5) * width) - ndtr((apart - 0.5) * width)
    ends = jnp.stack([ndtr(-(i + 0.5) * width), ndtr(-(cells - i - 0.5) * width)])
    table = jnp.block([[jnp.zeros((2, 2)), ends], [ends.T, inside]])
    return table / table.sum()


def see(cells: int, s: Any, p: Any) -> Iterator[Branch]:
    """What A sees."""
    from detente.engine.game import Branch

    for k, likely in enumerate(joint(cells, p).sum(axis=1)):
        yield Branch(likely, {"a": k})


def see_also(cells: int, s: Any, p: Any) -> Iterator[Branch]:
    """What B sees."""
    from detente.engine.game import Branch

    table = joint(cells, p)
    given = table / table.sum(axis=1, keepdims=True)
    for k in range(cells + 2):
        yield Branch(given[:, k][s.a], {"b": k})


def moves(s: Any, p: Any) -> Mapping[str, list[Action]]:
    """Each side keeps the peace or arms; outside of the window it has no choice."""
    from detente.engine.game import Action

    return {
        side: [Action("peace", legal=seen != ABOVE), Action("arms", legal=seen != BELOW)]
        for side, seen in (("A", s.a), ("B", s.b))
    }


def armed_alone(cells: int, mine: Any, yours: Any, p: Any) -> Any:
    """θ as expected by one who knew what both see."""
    import jax.numpy as jnp
    from jax.scipy.stats import norm

    from detente.forms import where

    width = (p.armed_above - p.peaceful_below) / cells
    x, y = (p.peaceful_below + width * (seen - CELLS + 0.5) for seen in (mine, yours))
    z = (p.peaceful_below - x) / (p.spread * 2**0.5)
    less = x - p.spread / 2**0.5 * jnp.exp(
        norm.logpdf(z) - norm.logcdf(z)
    )  # the other sees less than the window
    return where(yours == BELOW, less, (x + y) / 2)


def profile(cells: int, s: Any, p: Any, chosen: Mapping[str, str]) -> Action:
    """What each side gets."""
    from detente.engine.game import Action

    a, b = chosen["A"], chosen["B"]
    alone = {"A": armed_alone(cells, s.a, s.b, p), "B": armed_alone(cells, s.b, s.a, p)}
    pays = {("peace", "peace"): p.reward, ("peace", "arms"): p.exploited, ("arms", "arms"): p.punishment}
    ends = {"A": pays.get((a, b), alone["A"]), "B": pays.get((b, a), alone["B"])}
    return Action(f"{a}, {b}", ends=ends)


def all_that_may(label: str, otherwise: str, forced: int) -> dict[str, Any]:
    """Everybody does the same, except where it is impossible."""
    import numpy as np

    def at(seen: str) -> Any:
        return lambda s: np.where(getattr(s, seen) == forced, otherwise, label)

    return {"meet/A": at("a"), "meet/B": at("b")}


def game(cells: int = 12) -> Game:
    """What is seen, then one joint decision."""
    from detente.engine.game import Chance, Convention, Game, Joint, Variable

    return Game(
        players=("A", "B"),
        variables=(
            Variable("a", cells + 2, known_to=("A",)),
            Variable("b", cells + 2, known_to=("B",)),
        ),
        stages=(
            Chance("see", partial(see, cells)),
            Chance("see also", partial(see_also, cells)),
            Joint("meet", moves, partial(profile, cells)),
        ),
        start=lambda p: {},
        conventions=(
            Convention("peace", all_that_may("peace", "arms", ABOVE)),
            Convention("arms", all_that_may("arms", "peace", BELOW)),
        ),
    )


def answer(first: Any, p: Any) -> dict[str, Any]:
    """Where peace ends: how much of the window, all of whose cells are equally likely, is peaceful."""
    from detente.forms import where

    below, above = first.reach("meet", player="A", a=BELOW), first.reach("meet", player="A", a=ABOVE)
    share = (first.taken("meet", "peace", player="A") - below) / (1 - below - above)
    inside = (share > SURE) & (share < 1 - SURE)
    place = p.peaceful_below + share * (p.armed_above - p.peaceful_below)
    return {"threshold": where(inside, place, float("nan"))}


MODEL = Model(
    name="carlsson_vandamme1993",
    title="A global game: a little private noise selects in the security dilemma",
    parameters=PARAMETERS,
    mechanisms=(),
    outcomes=OUTCOMES,
    game=game,
    answer=answer,
    settings={"cells": 12},
    sources=(
        "After Carlsson, H. & van Damme, E. (1993), Global Games and Equilibrium Selection, Econometrica "
        "61(5):989-1018",
        "Jervis, R. (1978), Cooperation Under the Security Dilemma, World Politics 30(2):167-214",
    ),
    conditions=(
        Condition("punishment > exploited", lambda p: p.punishment > p.exploited),
        Condition("peaceful_below < armed_above", lambda p: p.peaceful_below < p.armed_above),
    ),
    picture=Picture(
        title="What must be seen for a side to arm, as each sees less exactly",
        x=Sweep("spread", 0.05, 0.8, 31),
        y=("threshold",),
        at={"noise": 0.2, "peaceful_below": 1.5, "armed_above": 3.0},
        y_title="utility",
    ),
    selection="The end of the branch of logit equilibria that begins at uniform play.",
)
