"""What must not matter does not: names of deals, the zero and the unit of pay-offs, what is switched off."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from detente.engine.batch import Solved, solve
from detente.engine.game import Accounting, Action, Commitment, Decision, Game
from detente.models import get

MODEL = get("redline")
SETTINGS = {"arsenal_steps": 2, "counter_steps": 1, "trust_points": 5}
HORIZON = 3
POINTS = {
    "arsenal": np.array([2.0, 1.0, 2.0, 2.0]),
    "noise": np.array([0.1, 0.3, 0.05, 1.0]),
    "trust": np.array([0.45, 0.8, 0.13, 0.6]),
    "discount": np.array([0.9, 0.7, 0.95, 0.8]),
    "upfront_years": np.array([0.0, 1.0, 0.5, 0.0]),
    "retaliation_per_step": np.array([0.08, 0.3, 0.2, 0.0]),
    "build_cost": np.array([1.0, 0.1, 0.4, 0.2]),
}
COUNT = 4


def records(**changes: Any) -> dict[str, np.ndarray]:
    base = {p.name: p.default for p in MODEL.parameters if not p.static}
    return {n: np.broadcast_to(np.asarray(v, float), COUNT) for n, v in (base | POINTS | changes).items()}


def run(**changes: Any) -> Solved:
    solved = solve(MODEL, records(**changes), horizon=HORIZON, settings=SETTINGS, chunk=8)
    assert set(solved.status) == {None}
    return solved


def assert_equal(a: Mapping[str, Any], b: Mapping[str, Any], tolerance: float = 1e-12) -> None:
    assert set(a) == set(b)
    for name, x in a.items():
        np.testing.assert_allclose(x, b[name], rtol=0, atol=tolerance, err_msg=name)


@pytest.fixture(scope="module")
def plain() -> Solved:
    return run()


@pytest.mark.parametrize("order", [(2, 1, 3), (3, 1, 2)])
def test_which_level_of_compensation_has_which_number_does_not_matter(plain, order):
    levels = {f"compensation_{j}": p.default for j in (1, 2, 3) for p in [MODEL.by_name[f"compensation_{j}"]]}
    other = run(**{f"compensation_{j}": levels[f"compensation_{k}"] for j, k in enumerate(order, start=1)})
    moved = [*(k - 1 for k in order), *(k + 2 for k in order)]
    expected = dict(plain.outcomes)
    for name in ("holder_gain", "demander_gain"):
        expected[name] = plain.outcomes[name][moved]
        assert not np.allclose(plain.outcomes[name], expected[name]), "the deals should differ"
    expected["best_deal"] = np.array([1.0 + moved.index(int(k) - 1) for k in plain.outcomes["best_deal"]])
    assert_equal(other.outcomes, expected)


def test_deals_that_may_not_be_proposed_do_not_matter(plain):
    # One-sided deals alone: what a mutual limit costs makes no difference; and the other way round.
    assert_equal(
        {n: x for n, x in run(deals=1, mutual_cost=0.5).outcomes.items() if not n.endswith("_gain")},
        {n: x for n, x in run(deals=1).outcomes.items() if not n.endswith("_gain")},
    )
    one = run(deals=2)
    other = run(deals=2, one_sided_cost=0.7)
    assert_equal(
        {n: x for n, x in one.outcomes.items() if not n.endswith("_gain")},
        {n: x for n, x in other.outcomes.items() if not n.endswith("_gain")},
    )
    assert (one.outcomes["best_deal"] > 3).all()
    assert not np.allclose(one.outcomes["deal_within"], plain.outcomes["deal_within"])


def test_two_kinds_of_system_that_behave_alike_leave_trust_nothing_to_say():
    same = {"reliable_performance": 0.6, "unreliable_performance": 0.6}
    low, high = run(**same, trust=0.1), run(**same, trust=0.85)
    assert_equal(
        {n: x for n, x in low.outcomes.items() if n != "trust"},
        {n: x for n, x in high.outcomes.items() if n != "trust"},
    )
    np.testing.assert_allclose(low.outcomes["trust"], 0.1, atol=1e-12)
    np.testing.assert_allclose(high.outcomes["trust"], 0.85, atol=1e-12)


def test_support_that_is_vetoed_is_support_that_is_not_honoured():
    assert_equal(
        run(support_reliability=0.8, veto_probability=0.35).outcomes,
        run(support_reliability=0.52, veto_probability=0.0).outcomes,
    )
    assert_equal(
        run(veto_probability=1.0, support_strength=9.0).outcomes,
        run(support_reliability=0.0, support_strength=0.0).outcomes,
    )


def test_only_relative_strength_matters(plain):
    names = (
        "holder_strength",
        "demander_strength",
        "support_strength",
        "strength_per_step",
        "counter_strength_per_step",
        "deal_strength",
    )
    assert_equal(run(**{n: 7.3 * MODEL.by_name[n].default for n in names}).outcomes, plain.outcomes)


def test_members_are_an_exponent_of_performance():
    assert_equal(
        run(members=3, reliable_performance=0.9, unreliable_performance=0.5).outcomes,
        run(members=1, reliable_performance=0.9**3, unreliable_performance=0.5**3).outcomes,
    )


# --- The zero and the unit of pay-offs --------------------------------------------------------


def measured_anew(game: Game) -> Game:
    """The same game with pay-offs in another unit (`unit`) and a gift for ever (`gift_…`) to each player."""

    def amounts(given: Mapping[str, Any], p: Any) -> dict[str, Any]:
        return {x: p.unit * v for x, v in given.items()}

    def with_gift(given: Mapping[str, Any], p: Any) -> dict[str, Any]:
        gifts = {x: getattr(p, f"gift_{x}") for x in game.players}
        return {x: p.unit * given.get(x, 0.0) + gifts[x] for x in game.players}

    def action(a: Action, p: Any) -> Action:
        ends = None if a.ends is None else with_gift(a.ends, p)
        return replace(a, pays=amounts(a.pays, p), ends=ends)

    def stage(x: Any) -> Any:
        if isinstance(x, Decision | Commitment):
            return replace(
                x, actions=lambda s, p, *later: tuple(action(a, p) for a in x.actions(s, p, *later))
            )
        if isinstance(x, Accounting):
            return replace(x, flow=lambda s, p: with_gift(x.flow(s, p), p))
        return x

    return replace(game, stages=tuple(stage(x) for x in game.stages))


def read(first: Any, p: Any) -> dict[str, Any]:
    return {
        "choices": {
            f"{stage}: {label}": first.at(x)
            for stage, found in first.probability.items()
            for label, x in found.items()
        }
    }


@pytest.mark.parametrize("name", ["redline", "preventive_war"])
def test_a_gift_for_ever_and_another_unit_change_no_choice(solve_game, name):
    model = get(name)
    base = {p.name: p.default for p in model.parameters if not p.static}
    base |= {"arsenal": 2.0, "noise": 0.1} if name == "redline" else {"noise": 1.0}
    game = measured_anew(model.game(**(SETTINGS if name == "redline" else {})))
    one, other = game.players
    # As it is; gifts; another unit, in which noise is measured too; both.
    unit = np.array([1.0, 1.0, 4.0, 0.25])
    gifts = {one: np.array([0.0, 0.7, 0.0, -1.5]), other: np.array([0.0, -0.3, 0.0, 2.0])}
    p = base | {"unit": unit, "noise": base["noise"] * unit} | {f"gift_{x}": v for x, v in gifts.items()}
    found = solve_game(game, p, horizon=2, read=read, keep=__file__)
    for kind in ("tallies", "choices"):
        for label, x in found[kind].items():
            np.testing.assert_allclose(x, x[..., :1] + 0 * x, rtol=0, atol=1e-11, err_msg=label)
    for player, x in found["values"].items():
        np.testing.assert_allclose(x, unit * x[0] + gifts[player], rtol=0, atol=1e-12, err_msg=player)
    np.testing.assert_allclose(found["gaps"]["regret"], unit * found["gaps"]["regret"][0], rtol=1e-9)
    moving = [x for x in found["choices"].values() if 0.01 < x[0] < 0.99]
    assert moving, "some choice should be open"
