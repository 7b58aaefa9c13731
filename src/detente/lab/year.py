"""The year of the game: with which probabilities each stage of the first year is played."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from detente.engine.game import Commitment, Decision
from detente.model import Model

if TYPE_CHECKING:
    import numpy as np

DEAL = "deal"
"""A variable of this name tells a year under one set of terms from a year under another."""


def stages(model: Model) -> list[dict[str, Any]]:
    """The decisions of a year in order, as far as they can be told: name, player, what passes there.

    Empty for games with private information, without an end, or with joint decisions.
    """
    game = model.game(**model.settings)
    if game.private or game.endless:
        return []
    found = []
    for i, stage in enumerate(game.stages):
        if isinstance(stage, Decision | Commitment):
            passing = game.passing(i)
            found.append(
                {
                    "name": stage.name,
                    "player": stage.player,
                    "passing": []
                    if passing is None
                    else [*(passing.labels or map(str, range(passing.size)))],
                    "bound": isinstance(stage, Commitment),
                }
            )
    return found


def terms(model: Model) -> list[str]:
    """The terms under which a year can be played; one nameless set where the game knows no deals."""
    for v in model.game(**model.settings).lasting:
        if v.name == DEAL:
            return [*(v.labels or map(str, range(v.size)))]
    return [""]


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
    names, told, under = moving(model), stages(model), terms(model)
    lasting = {v.name for v in game.lasting}

    def function(records: Any) -> dict[str, dict[str, Any]]:
        p = dict(zip(names, records, strict=True))
        first = solve(game, p, horizon, paths=False).first

        def at(stage: str, passing: int, deal: int) -> dict[str, Any]:
            place: dict[str, Any] = {DEAL: deal} if DEAL in lasting else {}
            if deal and "arsenal" in lasting:
                place["arsenal"] = SimpleNamespace(**p).arsenal - 1
            return {k: first.at(x, **place) for k, x in first.choices(stage, passing).items()}

        found: dict[str, dict[str, Any]] = {}
        for stage in told:
            table = [
                [at(stage["name"], k, z) for k in range(max(len(stage["passing"]), 1))]
                for z in range(len(under))
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
        key = ("year", model.name, device.digest(model.name), horizon, told, under, _code())
        return device.kept(repr(key), lambda: jax.jit(function).lower(shape).compile())


def played(model: Model, horizon: int, record: dict[str, np.ndarray]) -> dict[str, dict[str, Any]]:
    """Probabilities of one record, each parameter of shape [1]: see `program`; lists of [terms][passing]."""
    import jax
    import numpy as np

    from detente.engine.batch import moving

    if not stages(model):
        return {}
    run = program(model, horizon)
    with jax.enable_x64(True):
        found = jax.device_get(run(np.stack([np.asarray(record[n], float) for n in moving(model)])))
    return {
        stage["name"]: {
            label[2:]: np.asarray(x)[..., 0].tolist() for label, x in sorted(found[stage["name"]].items())
        }
        for stage in stages(model)
    }


@lru_cache(maxsize=1)
def _code() -> str:
    import hashlib
    from pathlib import Path

    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:16]
