"""The gallery's games, exported and solved by Gambit: logit equilibria at three precisions, and Nash's."""

import math
from functools import cache

import numpy as np
import ours
import peers
import pytest

from detente.engine.game import Commitment, Offer
from detente.errors import ModelError
from detente.exchange import efg, unroll_model
from detente.models import NAMES, get

PRECISIONS = (1.0, 5.0, 20.0)

SETTINGS: dict[str, dict[str, int]] = {
    "abreu_gul2000": {"periods": 4},
    "carlsson_vandamme1993": {"cells": 4},
    "fearon1995": {"types": 4},
    "fearon1997": {"types": 3},
    "hirshleifer1991": {"levels": 6},
    "powell1999": {"types": 4},
    "smith1995": {"treaties": 3, "types": 3},
    "tullock1980": {"levels": 6},
}
"""Smaller grids than the defaults, where Gambit or we would need long."""

POINTS: dict[str, dict[str, float]] = {"preventive_war": {"discount": 0.8, "horizon": 3}}
"""Points other than the defaults."""


FEW = 64
"""Profiles of plans up to which Gambit enumerates all equilibria."""


@cache
def exported(name: str):
    return unroll_model(get(name), POINTS.get(name), smaller(name))


def smaller(name: str) -> dict[str, int]:
    return {k: n for k, n in SETTINGS.get(name, {}).items() if k in get(name).settings}


def game_of(name: str):
    model = get(name)
    return model.game(**{**model.settings, **smaller(name)})


def reason(game) -> str:
    """Why a game has no tree, or nothing."""
    kinds = [type(x) for x in game.stages]
    if Offer in kinds:
        return "offer"
    if Commitment in kinds:
        return "commitment"
    if game.belief is not None:
        return "belief"
    return "without an end" if game.endless else ""


CAN = [x for x in NAMES if not reason(game_of(x))]


@pytest.mark.parametrize("name", [x for x in NAMES if x not in CAN])
def test_what_cannot_be_exported_says_why(name: str) -> None:
    with pytest.raises(ModelError, match=reason(game_of(name))):
        exported(name)


@peers.needed
@pytest.mark.parametrize("name", CAN)
def test_gambit_agrees(name: str, tmp_path, record_property) -> None:
    model, point = get(name), POINTS.get(name, {})
    found, game = exported(name), game_of(name)
    path = tmp_path / "game.efg"
    path.write_text(efg.write(found.tree), encoding="utf-8")
    values = ours.numbers(model, point)
    scale = ours.scale_of(game, values)
    points = [{**values, "noise": 1 / (x * scale) if x else 0.0} for x in (*PRECISIONS, 0.0)]
    years = 1 + found.layers.layers[-1].year
    answers = ours.solved(game, found, points, years)
    whole = all(all(sets) for sets in answers[-1].play)
    jobs = [{"ask": "logit", "efg": str(path), "precisions": list(PRECISIONS), "play": whole}]
    widths = [len(x.actions) for x in found.places.values()]
    few = whole and len(found.tree.players) == 2 and math.prod(widths) <= FEW
    jobs += [{"ask": "regret", "efg": str(path), "plays": [answers[-1].play]}] * whole
    jobs += [{"ask": "nash", "efg": str(path), "solver": "enummixed"}] * few
    told = peers.ask(tmp_path, jobs)
    gaps = [ours.apart(a, b) for a, b in zip(answers[:3], told[0], strict=True)]
    solvers = "pygambit: logit" + " (values)" * (not whole) + ", regret" * whole + ", enummixed" * few
    record_property("second opinion", [name, solvers, float(max(gaps))])
    assert max(a.gap for a in answers) < 1e-8
    assert max(gaps) < 1e-8
    if whole:
        regret, at_zero = told[1][0], answers[-1]
        assert regret["regret"] < 1e-10
        assert at_zero.values == pytest.approx(regret["values"], abs=1e-11)
    if few:  # pay-offs within a set of equilibria lie between those of its corners
        corners = [np.array([e["values"] for e in clique]) for clique in told[2]]
        mine = np.array(answers[-1].values)
        assert any(
            (x.min(axis=0) - 1e-9 <= mine).all() and (mine <= x.max(axis=0) + 1e-9).all() for x in corners
        )


def test_there_are_enough() -> None:
    assert len(CAN) >= 10
