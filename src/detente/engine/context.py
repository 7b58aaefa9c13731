"""A game with its parameters: discount, precision of choices, and the state variables as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import jax.numpy as jnp
import numpy as np

from detente.engine.game import Game
from detente.engine.grid import Box
from detente.errors import ModelError

Array = Any

SHARP = 1e13
"""Precision at noise 0, per unit of the game's scale: choices are best replies to about 1e-11 of it."""

TIE = 1e-11
"""What an action taken when tied is worth more in the choice at noise 0, in the same unit."""


@dataclass(frozen=True)
class Context:
    """What every stage of a game needs: the game and its parameters.

    Attributes:
        game: The game.
        p: Its parameters, each of shape [batch].
        discount: δ, shape [batch]; where players differ in it, the first one's.
        discounts: δ by player.
        scale: What a unit of noise is worth in values, shape [batch].
        precision: Choices are made with probability ∝ exp(precision·value): 1 / (noise·scale), and at noise 0
            what makes best replies of them.
        sharp: Where noise is 0, shape [batch].
    """

    game: Game
    p: SimpleNamespace
    discount: Array
    discounts: tuple[Array, ...]
    scale: Array
    precision: Array
    sharp: Array

    def tie(self) -> Array:
        """What actions that are taken when tied are worth more in a choice: something at noise 0."""
        return jnp.where(self.sharp, TIE * self.scale, 0.0)

    def year(self, player: int) -> Array:
        """What a year of stake is worth to a player, as a share of the stake for ever; shape [batch]."""
        return 1 - self.discounts[player]

    def in_years(self, amount: Array, player: int) -> Array:
        """A difference of values in a player's years of stake; without discounting, in units of `scale`."""
        year = self.year(player)
        return amount / jnp.where(year > 0, year, self.scale)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of an array over the whole grid."""
        return (*self.game.shape, self.discount.shape[-1])

    @property
    def everywhere(self) -> Box:
        """The box of all states."""
        return tuple(slice(0, v.size) for v in self.game.lasting)

    def passing(self, stage: int) -> int:
        """How many entries what comes before a stage has (`stage` may be one past the last)."""
        v = self.game.passing(stage)
        return v.size if v else 1

    def coordinates(self, stage: int, passing: int = 0) -> SimpleNamespace:
        """The state variables when a stage begins, as integer arrays over the grid."""
        axes, dtype = self.game.lasting, self.discount.dtype
        here = self.game.passing(stage)
        out: dict[str, Any] = {v.name: 0 for v in self.game.variables}
        for i, v in enumerate(axes):
            out[v.name] = np.arange(v.size).reshape([-1 if w == i else 1 for w in range(len(axes))] + [1, 1])
        if here is not None:
            out[here.name] = passing
        if self.game.belief:
            points = np.linspace(0.0, 1.0, self.game.belief.points).astype(dtype)
            out[self.game.belief.name] = points.reshape([1] * len(axes) + [-1, 1])
        return SimpleNamespace(**out)


def context(game: Game, parameters: Mapping[str, Array]) -> Context:
    """The context of a game for a batch of parameters, each of shape [batch]."""
    p = SimpleNamespace(**parameters)
    given = getattr(p, "discount", 0.0) if game.discount is None else game.discount(p)
    if isinstance(given, Mapping):
        missing = [x for x in game.players if x not in given]
        if missing:
            raise ModelError(f"game: the discount of {missing[0]!r} is missing")
        given = [given[x] for x in game.players]
        if game.scale is None and any(x is not given[0] for x in given):
            raise ModelError("game: where players differ in their discount, `scale` must be given")
    else:
        given = [given] * len(game.players)
    if game.scale is None and any(isinstance(x, int | float) and x >= 1 for x in given):
        raise ModelError("game: where nothing is discounted, `scale` must be given")
    noise = jnp.asarray(p.noise)
    discounts = {id(x): jnp.broadcast_to(jnp.asarray(x, noise.dtype), noise.shape) for x in given}
    discounts = tuple(discounts[id(x)] for x in given)
    scale = 1 - discounts[0] if game.scale is None else game.scale(p)
    scale = jnp.broadcast_to(jnp.asarray(scale, noise.dtype), noise.shape)
    sharp = noise <= 0
    precision = 1 / (jnp.where(sharp, 1 / SHARP, noise) * scale)
    return Context(game, p, discounts[0], discounts, scale, precision, sharp)
