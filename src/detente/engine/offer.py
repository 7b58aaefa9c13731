"""Offers: terms proposed at the responder's reservation point, and what is done without agreement.

What the responder can expect without agreement, R, is the mean of its alternatives under its logit choice
among them (at noise 0 the best). Terms that are worth v to it without the amount come with the
smallest amount x in [low, high] for which v + w·x ≥ R: x = clip((R − v)/w, low, high), w the worth of a
year, 1−δ, or 1 for a lasting share. Terms for which even that is not enough are not offered. Among the rest
and ``none`` the proposer makes a logit choice; at noise 0 it prefers agreement where it is indifferent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from detente.engine import flat
from detente.engine.context import Context
from detente.engine.flat import Table
from detente.engine.game import Action, Offer
from detente.engine.moves import Flow, Mass, Values, static
from detente.engine.numeric import largest, settle
from detente.errors import ModelError

Array = Any
NONE = "none"


@dataclass(frozen=True)
class Deal:
    """What an offer stage plays, arrays of shape [row, state, belief, batch].

    Attributes:
        proposed: Probability of each of the terms, then of none.
        otherwise: Probability of each alternative, given that there is no agreement.
        amount: The amount at the reservation point, for each of the terms.
        open: Whether the terms may be offered and are acceptable at that amount.
    """

    proposed: Array
    otherwise: Array
    amount: Array
    open: Array


@dataclass(frozen=True)
class Bargain:
    """A prepared offer.

    Attributes:
        stage: The stage.
        index: Its place in the period.
        proposer: Number of the player who proposes.
        responder: Number of the player who responds.
        terms: The terms.
        otherwise: The responder's alternatives.
        priced: Which terms come with an amount, shape [terms, 1, 1, 1].
        low: Least amount, shape [terms, state, belief, batch].
        high: Most.
        worth: What a unit of the amount is worth to each player, shape [terms, 1, 1, batch].
    """

    stage: Offer
    index: int
    proposer: int
    responder: int
    terms: Table
    otherwise: Table
    priced: np.ndarray
    low: Array
    high: Array
    worth: tuple[Array, ...]

    @property
    def ends(self) -> bool:
        """Whether the game can end here."""
        return bool(self.terms.ended.any() or self.otherwise.ended.any())

    def play(
        self, c: Context, after: list[Values], check: bool = False
    ) -> tuple[Deal, list[Values], dict[str, Array]]:
        """The deal, values before the stage, and gaps; `check`: also of the choices themselves."""
        a, b = self.proposer, self.responder
        fallback, instead, regret = self._otherwise(c, after[0])
        terms = list(self.terms.values(after[0]))
        amount = jnp.zeros_like(terms[b])
        open = jnp.broadcast_to(self.terms.allowed, terms[b].shape)
        if self.priced.any():
            worth = jnp.where(self.worth[b] > 0, self.worth[b], 1.0)
            needed = jnp.where(self.worth[b] > 0, (fallback[b] - terms[b]) / worth, self.low)
            amount = jnp.where(self.priced, jnp.clip(needed, self.low, self.high), 0.0)
            terms[b] = terms[b] + self.worth[b] * amount
            terms[a] = terms[a] - self.worth[a] * amount
            open = open & (~self.priced | (self.low <= self.high))
        slack = 1e-12 * c.scale + 8 * jnp.finfo(terms[b].dtype).eps * jnp.abs(fallback[b])
        open = open & (terms[b] >= fallback[b] - slack)
        gains = [jnp.where(open, x - y, 0.0) for x, y in zip(terms, fallback, strict=True)]
        utility = jnp.concatenate([gains[a] + c.tie(), jnp.zeros_like(gains[a][:1])])
        allowed = jnp.concatenate([open, jnp.ones_like(open[:1])])
        proposed = settle(flat.choose(utility, allowed, c.precision))
        mean = [(proposed[:-1] * g).sum(axis=0) for g in gains]
        before = tuple(
            flat.placed(c, self.terms.states, x + m, old)
            for x, m, old in zip(fallback, mean, after[0], strict=True)
        )
        best = jnp.maximum(gains[a].max(axis=0), 0.0)
        gaps = {"regret": jnp.maximum(c.in_years(largest(best - mean[a]), a), c.in_years(largest(regret), b))}
        if check:
            expected = jax.nn.softmax(jnp.where(allowed, utility * c.precision, -jnp.inf), axis=0)
            others = self.otherwise.values(after[0])[b]
            choice = jnp.where(self.otherwise.allowed, others * c.precision, -jnp.inf)
            apart = jnp.abs(jax.nn.softmax(choice, axis=0) - instead)
            gaps["strategy_gap"] = jnp.maximum(largest(jnp.abs(expected - proposed)), largest(apart))
        return Deal(proposed, instead, amount, open), settle([before]), gaps

    def _otherwise(self, c: Context, after: Values) -> tuple[Values, Array, Array]:
        """Values without agreement, the responder's choice then, and its regret."""
        values = self.otherwise.values(after)
        mine = values[self.responder]
        tied = self.otherwise.tied
        seen = mine + tied[:, None, None, None] * c.tie() if tied.any() and not tied.all() else mine
        instead = settle(flat.choose(seen, self.otherwise.allowed, c.precision))
        fallback = tuple((instead * x).sum(axis=0) for x in values)
        best = jnp.where(self.otherwise.allowed, mine, -jnp.inf).max(axis=0)
        return fallback, instead, best - fallback[self.responder]

    def push(
        self, c: Context, strategy: Deal, mass: list[Mass], flow: Flow
    ) -> tuple[list[Mass], dict[str, Array]]:
        """Mass after the stage, and the probabilities counted on the way."""
        (m,) = mass
        failed = strategy.proposed[-1:]
        agreed, counted = self.terms.push(
            c,
            strategy.proposed[:-1],
            m,
            {name: self.terms.named(label) for name, label in flow.counts.items()},
            self.terms.named(flow.without),
        )
        every = range(len(self.otherwise.labels))

        def counts(label: str | None) -> Sequence[int]:
            return every if label == NONE else self.otherwise.named(label)

        done, more = self.otherwise.push(
            c,
            failed * strategy.otherwise,
            m,
            {name: counts(label) for name, label in flow.counts.items()},
            counts(flow.without),
        )
        for name, x in more.items():
            counted[name] = counted[name] + x if name in counted else x
        return [flat.gathered(c, self.terms.states, m, agreed + done)], counted

    def probability(self, c: Context, strategy: Deal) -> dict[str, Array]:
        """Probability that terms are agreed, of none, and of each alternative, at each state; 0 elsewhere."""
        found = dict(zip((*self.terms.labels, NONE), strategy.proposed, strict=True))
        for label, x in zip(self.otherwise.labels, strategy.otherwise, strict=True):
            found[label] = strategy.proposed[-1] * x
        zero = jnp.zeros(c.shape, c.discount.dtype)
        return {label: flat.placed(c, self.terms.states, x, zero) for label, x in found.items()}

    def amount(self, c: Context, strategy: Deal) -> dict[str, Array]:
        """The amount of terms that come with one, at each state; NaN where they are not acceptable."""
        nowhere = jnp.full(c.shape, jnp.nan, c.discount.dtype)
        return {
            label: flat.placed(c, self.terms.states, jnp.where(open, x, jnp.nan), nowhere)
            for label, priced, x, open in zip(
                self.terms.labels, self.priced.reshape(-1), strategy.amount, strategy.open, strict=True
            )
            if priced
        }


def prepare(c: Context, index: int) -> Bargain:
    """Turn an offer into arrays for the parameters of the context."""
    game, stage = c.game, c.game.stages[index]
    assert isinstance(stage, Offer)
    where = f"stage {stage.name!r}"
    if c.passing(index) > 1 or c.passing(index + 1) > 1:
        raise ModelError(f"{where}: no variable may pass from before an offer, or be set by it")
    s = c.coordinates(index)
    here = static(c, where, "where", True if stage.where is None else stage.where(s)).reshape(-1)
    states = np.flatnonzero(here)
    terms, otherwise = tuple(stage.terms(s, c.p)), tuple(stage.otherwise(s, c.p))
    labels = [x.label for x in (*terms, *otherwise)] + [NONE]
    repeated = [x for x in labels if labels.count(x) > 1]
    if repeated:
        raise ModelError(f"{where}: the name {repeated[0]!r} is used twice")
    if not terms or not otherwise:
        raise ModelError(f"{where}: there must be terms, and something to do otherwise")
    alternatives = flat.table(c, index, otherwise, states)
    flat.possible(c, where, otherwise, alternatives)
    limits = [x.amount or (0.0, 0.0) for x in terms]
    lasting = np.array([x.lasting for x in terms]).reshape(-1, 1, 1, 1)
    return Bargain(
        stage,
        index,
        game.players.index(stage.proposer),
        game.players.index(stage.responder),
        flat.table(
            c,
            index,
            [Action(x.label, x.legal, x.allowed, x.to, x.pays, (), x.ends) for x in terms],
            states,
        ),
        alternatives,
        np.array([x.amount is not None for x in terms]).reshape(-1, 1, 1, 1),
        flat.rows(c, [x for x, _ in limits], states),
        flat.rows(c, [x for _, x in limits], states),
        tuple(jnp.where(lasting, 1.0, 1 - d) for d in c.discounts),
    )
