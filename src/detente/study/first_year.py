"""The first year of a game: with which probabilities each stage is played in it."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detente.engine.game import Accounting, Commitment, Game
from detente.model import Model

if TYPE_CHECKING:
    import numpy as np

Played = dict[str, dict[str, Any]]
"""By stage and action: probabilities [terms][passing]."""


def stages(model: Model) -> list[dict[str, Any]]:
    """The stages of a year in order; empty for games with private information or without an end.

    Each with its name, player (None where no one alone moves), what passes there, whether its mover may be
    bound.
    """
    game = model.game(**model.settings)
    if game.private or game.endless:
        return []
    found = []
    for i, stage in enumerate(game.stages):
        passing = game.passing(i)
        found.append(
            {
                "name": stage.name,
                "player": getattr(stage, "player", None) or getattr(stage, "proposer", None),
                "passing": [] if passing is None else [*(passing.labels or map(str, range(passing.size)))],
                "bound": isinstance(stage, Commitment),
            }
        )
    return found


def terms(model: Model) -> list[str]:
    """Under what a year can be played: nothing, or one of the terms that bind somebody, in their words."""
    return [label for label, _ in _terms(model.game(**model.settings))]


def _terms(game: Game) -> list[tuple[str, dict[str, int]]]:
    """The same, each with the variable that says so."""
    from types import SimpleNamespace

    found: list[tuple[str, dict[str, int]]] = [("", {})]
    at = {v.name: 0 for v in game.variables}
    for stage in game.stages:
        if isinstance(stage, Commitment):
            found += [
                (v.labels[k] if v.labels else str(k), {v.name: k})
                for v in game.lasting
                for k in range(1, v.size)
                if bool(stage.where(SimpleNamespace(**{**at, v.name: k})))
            ]
    return found


@lru_cache(maxsize=8)
def program(model: Model, horizon: int) -> Any:
    """The compiled program: one record of shape [parameter, 1] to probabilities by stage and action.

    Each of shape [terms, passing, 1]: under each set of terms, for each value of what passes there. Under
    terms one step of the arsenal has been given up, as when they are struck now.
    """
    from types import SimpleNamespace

    import jax
    import jax.numpy as jnp
    import numpy as np

    from detente.engine import device
    from detente.engine.batch import moving
    from detente.engine.solve import solve

    device.ready()
    game = model.game(**model.settings)
    names, told, under = moving(model), stages(model), _terms(game)
    lasting = {v.name for v in game.lasting}

    def function(records: Any) -> dict[str, dict[str, Any]]:
        p = dict(zip(names, records, strict=True))
        first = solve(game, p, horizon, paths=False).first

        def at(stage: str, passing: int, place: dict[str, int]) -> dict[str, Any]:
            where: dict[str, Any] = dict(place)
            if place and "arsenal" in lasting:
                where["arsenal"] = SimpleNamespace(**p).arsenal - 1
            return {k: first.at(x, **where) for k, x in first.choices(stage, passing).items()}

        found: dict[str, dict[str, Any]] = {}
        for stage, of in zip(told, game.stages, strict=True):
            if isinstance(of, Accounting):
                continue
            table = [
                [at(stage["name"], k, place) for k in range(max(len(stage["passing"]), 1))]
                for _, place in under
            ]
            labels = dict.fromkeys(label for row in table for cell in row for label in cell)
            none = jnp.zeros_like(records[0])  # an action that cannot be taken there
            found[stage["name"]] = {
                f"{i:02}{label}": jnp.stack(
                    [jnp.stack([cell.get(label, none) for cell in row]) for row in table]
                )
                for i, label in enumerate(labels)  # numbered: the library sorts them by name
            }
        return found

    with jax.enable_x64(True):
        shape = jax.ShapeDtypeStruct((len(names), 1), np.dtype("float64"))
        code = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
        key = ("first year", model.name, device.digest(model.name), horizon, code)
        return device.kept(repr(key), lambda: device.compiled(jax.jit(function).lower(shape), settled=True))


def played(model: Model, horizon: int, record: dict[str, np.ndarray]) -> Played:
    """Probabilities of one record, each parameter of shape [1]: see `program`; empty where `stages` is."""
    import jax
    import numpy as np

    from detente.engine.batch import moving

    told = stages(model)
    if not told:
        return {}
    run = program(model, horizon)
    with jax.enable_x64(True):
        found = jax.device_get(run(np.stack([np.asarray(record[n], float) for n in moving(model)])))
    return {
        stage["name"]: {
            label[2:]: np.asarray(x)[..., 0].tolist()
            for label, x in sorted(found.get(stage["name"], {}).items())
        }
        for stage in told
    }
