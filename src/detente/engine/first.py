"""The first year of a solved game: what outcomes at the start are read from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp

from detente.engine import grid
from detente.engine.game import Game
from detente.engine.moves import Values
from detente.errors import ModelError

Array = Any


@dataclass(frozen=True)
class FirstYear:
    """The first year of a solved game, for quantities that are asked for at the start.

    Attributes:
        before: Players' values before each stage, by its name; where nothing passes.
        probability: Probability of each action at each state, by stage and label.
        values: Players' values at the start of the year.
        start: Value of each variable and of the belief at the start, shape [batch].
        choices: Probabilities of a stage's actions, for a value of the variable that passes there.
        amounts: Amounts of offers by stage, where there are any.
    """

    game: Game
    before: Mapping[str, Values]
    probability: Mapping[str, Mapping[str, Array]]
    values: Values
    start: Mapping[str, Array]
    choices: Callable[[str, int], Mapping[str, Array]]
    amounts: Mapping[str, Callable[[], Mapping[str, Array]]]

    def at(self, x: Array, **where: Array | int) -> Array:
        """Read an array over the grid at the start, or at other values of some variables.

        Beliefs between two points are read by linear interpolation. NaN at a place off the grid.
        """
        place = {**self.start, **where}
        for axis, v in reversed(list(enumerate(self.game.lasting))):
            value = place[v.name]
            if isinstance(value, int):
                x = x[(slice(None),) * axis + (value,)]
            else:
                hit = jnp.arange(v.size)[:, None] == value
                ahead = hit.reshape(v.size, *(1,) * (x.ndim - axis - 2), -1)
                x = jnp.where(ahead.any(axis=0), jnp.where(ahead, x, 0.0).sum(axis=axis), jnp.nan)
        if self.game.belief is not None:
            x = grid.interpolate(x, place[self.game.belief.name][None, :])
        return x[0]

    def value(self, player: str) -> Array:
        """What the game is worth to a player at the start, as a stake for ever; shape [batch]."""
        return self.at(self.values[_known("player", player, self.game.players)])

    def choice(self, stage: str, label: str, player: str | None = None, **where: Array | int) -> Array:
        """Probability of an action in the first year, given that its stage is reached in this state; [batch].

        For an offer: that these terms are agreed, that there are ``none``, or that there are none and
        the responder then takes this action.

        Args:
            stage: Name of the stage.
            label: Name of the action.
            player: Whose action, in a joint decision.
            **where: Values of variables when the stage begins; those of the start if not given. The value
                of a variable that exists within the period alone is a plain number.
        """
        place = {k: x for k, x in where.items() if k not in self._passing(stage)}
        passing = [where.get(k, 0) for k in self._passing(stage)]
        found = self.choices(stage, int(passing[0]) if passing else 0)
        name = label if player is None else f"{player}/{label}"
        return self.at(list(found.values())[_known(f"action of {stage}", name, found)], **place)

    def amount(self, stage: str, label: str, **where: Array | int) -> Array:
        """The amount of an offer on these terms in the first year; NaN where none is acceptable; [batch].

        Args:
            stage: Name of the stage.
            label: Name of the terms.
            **where: Values of variables when the stage begins; those of the start if not given.
        """
        found = self.amounts[stage]() if stage in self.amounts else {}
        return self.at(list(found.values())[_known(f"amount of {stage}", label, found)], **where)

    def _passing(self, stage: str) -> tuple[str, ...]:
        names = [x.name for x in self.game.stages]
        v = self.game.passing(_known("stage", stage, names))
        return () if v is None else (v.name,)


def _known(kind: str, name: str, names: Iterable[str]) -> int:
    names = list(names)
    if name not in names:
        raise ModelError(f"there is no {kind} {name!r}; there are {', '.join(names) or 'none'}")
    return names.index(name)
