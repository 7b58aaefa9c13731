"""A game's own functions, called at random points: what they say at every state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

from detente.contract.look import Look
from detente.engine.game import Action, Chance, Commitment, Decision, Game, Joint, Offer
from detente.errors import ModelError

POINTS = 4
"""Points at which functions are called; each call covers all states."""


@dataclass(frozen=True)
class Called:
    """What one call of a stage's function said.

    Attributes:
        stage: Name of the stage.
        actions: What may be done, or (of chance) the one thing that happens.
        chance: Whether nobody chooses.
        free: Whether there is always something else to do, which is not listed.
        at: The point, in words.
        problem: Why the engine refuses the stage.
    """

    stage: str
    actions: tuple[Action, ...]
    chance: bool = False
    free: bool = False
    at: str = ""
    problem: str = ""


def calls(look: Look) -> Iterator[Called]:
    """Every stage at some points. Exceptions of the model's functions pass through."""
    for point in look.points[:POINTS]:
        varied = [f"{k} {v:.4g}" for k, v in point.items() if v != look.model.by_name[k].default]
        at = f" at {', '.join(varied)}" if varied else " at the defaults"
        found = _laid_out(look.game, point) if look.game.private else _on_grid(look.game, point)
        yield from (replace(x, at=at) for x in found)


def _on_grid(game: Game, point: dict[str, float]) -> Iterator[Called]:
    """Stage functions called on the whole grid, as the box engine does."""
    import jax
    import numpy as np

    from detente.engine.context import context

    with jax.enable_x64(True):
        c = context(game, {k: jax.numpy.full(1, v) for k, v in point.items()})
        for i, stage in enumerate(game.stages):
            for passing in range(c.passing(i)):
                s = c.coordinates(i, passing)
                if isinstance(stage, Decision):
                    later = (_Anything(),) if stage.anticipates else ()
                    yield Called(stage.name, tuple(stage.actions(s, c.p, *later)))
                elif isinstance(stage, Commitment):
                    actions = tuple(stage.actions(s, c.p))
                    where = np.asarray(stage.where(s), bool)
                    bound = [replace(a, legal=np.asarray(a.legal, bool) & where) for a in actions]
                    yield Called(stage.name, tuple(bound), free=True)
                    for probability in stage.bound(s, c.p):
                        likely = np.asarray(probability, float)
                        yield _chance(stage.name, "bound", (likely, 1 - likely))
                else:
                    yield from _others(stage, s, c.p)


def _others(stage: Any, s: Any, p: Any) -> Iterator[Called]:
    if isinstance(stage, Chance):
        yield Called(stage.name, (Action(stage.name, branches=tuple(stage.branches(s, p))),), chance=True)
    elif isinstance(stage, Offer):
        yield Called(stage.name, tuple(stage.otherwise(s, p)), free=stage.where is not None)
    elif isinstance(stage, Joint):
        moves = {player: tuple(actions) for player, actions in stage.moves(s, p).items()}
        for player, actions in moves.items():
            yield Called(f"{stage.name}/{player}", actions)
        for chosen in _profiles(moves):
            yield Called(stage.name, (stage.profile(s, p, chosen),), chance=True)


def _profiles(moves: dict[str, tuple[Action, ...]]) -> Iterator[dict[str, str]]:
    from itertools import product

    for labels in product(*([a.label for a in actions] for actions in moves.values())):
        yield dict(zip(moves, labels, strict=True))


def _chance(stage: str, label: str, likely: tuple[Any, ...]) -> Called:
    from detente.engine.game import Branch

    return Called(stage, (Action(label, branches=tuple(Branch(x) for x in likely)),), chance=True)


def _laid_out(game: Game, point: dict[str, float]) -> list[Called]:
    """Stage functions called at the states that can be reached, as the agent form does."""
    import jax

    from detente.engine.layout import lay_out

    heard: list[Called] = []

    def overheard(stage: Any) -> Any:
        if isinstance(stage, Decision):

            def actions(*given: Any, stage: Decision = stage) -> tuple[Action, ...]:
                said = tuple(stage.actions(*given))
                heard.append(Called(stage.name, said))
                return said

            return replace(stage, actions=actions)
        if isinstance(stage, Chance):

            def branches(*given: Any, stage: Chance = stage) -> tuple[Any, ...]:
                said = tuple(stage.branches(*given))
                heard.append(Called(stage.name, (Action(stage.name, branches=said),), chance=True))
                return said

            return replace(stage, branches=branches)
        if isinstance(stage, Joint):

            def profile(*given: Any, stage: Joint = stage) -> Action:
                said = stage.profile(*given)
                heard.append(Called(stage.name, (said,), chance=True))
                return said

            return replace(stage, profile=profile)
        return stage

    listening = replace(game, stages=tuple(map(overheard, game.stages)))
    with jax.enable_x64(True):
        try:
            lay_out(listening, SimpleNamespace(**{k: jax.numpy.asarray(v) for k, v in point.items()}))
        except ModelError as problem:
            stage = heard[-1].stage if heard else game.stages[0].name
            heard.append(Called(stage, (), problem=str(problem)))
    return heard


class _Anything:
    """Stands for a later stage's strategy: any action, as likely as not."""

    def __getitem__(self, label: str) -> float:
        return 0.5
