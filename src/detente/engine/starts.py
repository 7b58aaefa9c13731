"""Where the search for equilibria starts: uniform play, the game's conventions, profiles drawn at random."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace

import numpy as np

from detente.engine.agent import AgentForm
from detente.engine.game import Convention, Game
from detente.engine.tree import Layer
from detente.errors import ModelError

FIRM = 20.0
"""Logarithm of the odds with which a convention is expected at precision 0."""


def wanted(layer: Layer, game: Game, convention: Convention) -> np.ndarray | None:
    """The action that a convention expects at each node, or None where it says nothing."""
    if layer.stage not in convention.play:
        return None
    said = convention.play[layer.stage]
    s = SimpleNamespace(**{v.name: layer.states[:, i] for i, v in enumerate(game.variables)})
    labels = np.broadcast_to(np.asarray(said(s) if callable(said) else said), layer.nodes)
    unknown = set(labels.tolist()) - set(layer.labels)
    if unknown:
        raise ModelError(
            f"convention {convention.name!r}: stage {layer.stage!r} has no action {unknown.pop()!r}"
        )
    return np.array([layer.labels.index(x) for x in labels])


def _biased(form: AgentForm, expected: Mapping[int, np.ndarray], firm: float) -> np.ndarray:
    """Logits that expect an action at each information set, by layer."""
    parts = []
    for i in form.unknowns.layers:
        u = form.unknowns
        bias = np.zeros(len(u.set[i]))
        if i in expected:
            at = expected[i][u.set[i]]
            bias = np.where(u.action[i] == at, firm, np.where(u.first[i][u.set[i]] == at, -firm, 0.0))
        parts.append(bias)
    return np.concatenate(parts)


def starts(form: AgentForm) -> list[np.ndarray]:
    """What is expected at precision 0: nothing, the conventions, and profiles drawn at random."""
    game = form.tree.game
    return [
        np.zeros(form.unknowns.count),
        *(_expected(form, c) for c in game.conventions),
        *_drawn(form, game.searches),
    ]


def _expected(form: AgentForm, convention: Convention) -> np.ndarray:
    named = {x.stage for x in form.tree.layers}
    for stage in convention.play:
        if stage not in named:
            raise ModelError(f"convention {convention.name!r}: there is no stage {stage!r}")
    found: dict[int, np.ndarray] = {}
    for i in form.unknowns.layers:
        layer = form.tree.layers[i]
        at = wanted(layer, form.tree.game, convention)
        if at is not None:
            found[i] = np.zeros(layer.n_sets, dtype=int)
            found[i][layer.sets] = at
    return _biased(form, found, FIRM)


def _drawn(form: AgentForm, count: int) -> list[np.ndarray]:
    """Profiles of pure strategies, always the same ones."""
    draw = np.random.default_rng(1)
    found = []
    for _ in range(count):
        pure = {
            i: np.array([draw.choice(np.flatnonzero(row)) for row in form.tree.layers[i].legal])
            for i in form.unknowns.layers
        }
        found.append(_biased(form, pure, FIRM / 4))
    return found
