"""One year of a game worked out backward, and what is read off it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax.numpy as jnp

from detente.engine.context import Context
from detente.engine.first import FirstYear
from detente.engine.joint import Together
from detente.engine.moves import Strategy, Values
from detente.engine.offer import Bargain
from detente.engine.stages import Bound, Choice, Prepared, Year, prepare

Array = Any


def prepared(c: Context) -> list[Prepared | None]:
    """The stages for the parameters of the context; None for those that anticipate a later one."""
    return [None if getattr(s, "anticipates", None) else prepare(c, i) for i, s in enumerate(c.game.stages)]


def after_the_last(c: Context, ready: list[Prepared | None]) -> Values:
    """Values after the last year: the flow pay-off of the state for ever."""
    year = next(x for x in ready if isinstance(x, Year))
    return tuple(jnp.broadcast_to(u, c.shape) for u in year.flow)


@dataclass
class Played:
    """One year worked out.

    Attributes:
        stages: The prepared stages.
        strategies: What is played in each.
        before: Values before each stage, as the stages take them.
        gaps: The certificate of the year.
    """

    stages: list[Prepared]
    strategies: list[Strategy]
    before: list[list[Values]]
    gaps: dict[str, Array]

    @property
    def roots(self) -> list[Strategy]:
        """Solutions of the equations of commitments and joint decisions, in the order of the stages."""
        pairs = zip(self.stages, self.strategies, strict=True)
        return [
            (x.logits,) if isinstance(stage, Together) else x
            for stage, x in pairs
            if isinstance(stage, Bound | Together)
        ]


def play(
    c: Context,
    ready: list[Prepared | None],
    after: Values,
    roots: list[Strategy] | None = None,
    check: bool = False,
    near: list[Any] | None = None,
) -> Played:
    """Work one year out backward from the values after it.

    Args:
        c: The context.
        ready: The prepared stages; None for those that anticipate a later one.
        after: Values after the year.
        roots: Solutions of commitments and joint decisions, if they are known; None for one that is not.
        check: Whether every choice is compared with the logit choice worked out anew: done for the
            first year, since all years are worked out by the same program.
        near: Solutions of a neighbouring problem, tried first; in the order of the stages, None for one that
            is to be found from nothing.
    """
    n = len(ready)
    known = None if roots is None else list(roots)
    close = None if near is None else list(near)
    names = [x.name for x in c.game.stages]
    played = Played([None] * n, [()] * n, [[()]] * n, {})  # type: ignore[list-item]
    values = [after]
    for i in reversed(range(n)):
        stage = ready[i]
        if stage is None:
            j = names.index(c.game.stages[i].anticipates)  # type: ignore[union-attr, arg-type]
            stage = prepare(c, i, played.stages[j].probability(c, played.strategies[j]))
        if isinstance(stage, Together | Bound):
            root, start = known.pop() if known else None, close.pop() if close else None
            strategy, values, gaps = stage.play(c, values, root, start)
        elif isinstance(stage, Choice | Bargain):
            strategy, values, gaps = stage.play(c, values, check)
        else:
            strategy, values, gaps = stage.play(c, values)
        played.stages[i], played.strategies[i], played.before[i] = stage, strategy, values
        for name, gap in gaps.items():
            played.gaps[name] = jnp.maximum(played.gaps[name], gap) if name in played.gaps else gap
    return played


def first_year(c: Context, played: Played, start: Mapping[str, Array]) -> FirstYear:
    """What outcomes at the start are read from."""
    names = [x.name for x in c.game.stages]
    plain = [i for i in range(len(names)) if c.passing(i) == 1]

    def choices(name: str, passing: int) -> Mapping[str, Array]:
        i = names.index(name)
        stage, strategy = played.stages[i], played.strategies[i]
        if isinstance(stage, Choice):
            return stage.probability(c, strategy, passing)
        return stage.probability(c, strategy)

    amounts = {
        x.stage.name: partial(x.amount, c, y)
        for x, y in zip(played.stages, played.strategies, strict=True)
        if isinstance(x, Bargain)
    }

    return FirstYear(
        c.game,
        {names[i]: played.before[i][0] for i in plain},
        {names[i]: choices(names[i], 0) for i in plain},
        played.before[0][0],
        start,
        choices,
        amounts,
    )


def starting(c: Context) -> dict[str, Array]:
    """Value of each lasting variable and of the belief at the start, shape [batch]."""
    given = c.game.start(c.p)
    names = [v.name for v in c.game.lasting] + ([c.game.belief.name] if c.game.belief else [])
    return {n: jnp.broadcast_to(jnp.asarray(given[n], c.discount.dtype), c.discount.shape) for n in names}
