"""The certificate: small where a solve is sound; large, and no answer given, where it was tampered with."""

import numpy as np
import pytest

from detente.engine import batch, moves, reputation, solve, stages
from detente.engine.batch import TOLERANCE
from detente.engine.game import Accounting, Action, Branch, Chance, Decision, Game, Variable
from detente.models import get

REDLINE, PREVENTIVE_WAR = get("redline"), get("preventive_war")
SETTINGS = {"arsenal_steps": 2, "counter_steps": 1, "trust_points": 5}
CHECKED = ("strategy_gap", "bayes_gap", "value_gap", "mass_gap")


def defaults(model, **changes) -> dict[str, np.ndarray]:
    return {p.name: np.atleast_1d(changes.get(p.name, p.default)) for p in model.parameters if not p.static}


def redline(years: int | None = None, **changes) -> batch.Solved:
    rows = defaults(REDLINE, **({"arsenal": 2.0} | changes))
    return batch.solve(REDLINE, rows, horizon=3, years=years, settings=SETTINGS, chunk=8)


@pytest.fixture
def apart(monkeypatch, tmp_path):
    """Programs compiled in this test are neither taken from the others nor left to them."""
    monkeypatch.setenv("DETENTE_CACHE", str(tmp_path))
    batch._program.cache_clear()
    yield
    batch._program.cache_clear()


def test_every_gap_is_rounding_at_ordinary_points():
    draw = np.random.default_rng(3)
    solved = redline(
        noise=0.02 * 10 ** draw.uniform(0, 1.7, 40),
        trust=draw.random(40),
        repricing=draw.random(40),
        reliable_performance=draw.random(40),
        unreliable_performance=draw.random(40),
        detection=draw.random(40),
        discount=draw.uniform(0.3, 0.97, 40),
    )
    assert set(solved.status) == {None}
    for name in CHECKED:
        assert solved.gaps[name].shape == (40,)
        assert solved.gaps[name].max() < 1e-11, name


@pytest.mark.parametrize("noise", [0.05, 0.2, 1.0])
def test_regret_is_at_most_noise_times_the_logarithm_of_the_number_of_actions(noise):
    # The largest choice of the red-line game is the demand: nothing, or one of six deals.
    regret = float(redline(noise=noise, arsenal=np.array([1.0, 2.0])).gaps["regret"].max())
    assert 0 < regret <= noise * np.log(7)
    # In the preventive war there are two actions; x·expit(−x) is at most 0.2785.
    rows = defaults(PREVENTIVE_WAR, noise=noise, power_shift=np.linspace(0, 0.4, 50))
    regret = batch.solve(PREVENTIVE_WAR, rows, horizon=3).gaps["regret"]
    assert 0.05 * noise < regret.max() <= 0.2785 * noise


def test_a_strategy_that_is_not_the_logit_choice_is_caught(apart, monkeypatch):
    sound = reputation.solve
    monkeypatch.setattr(reputation, "solve", lambda *given: 0.999 * sound(*given))
    solved = redline(years=0, noise=np.array([0.1, 0.4]))
    for i, words in enumerate(solved.status):
        assert words is not None
        assert words.startswith("no answer: strategy gap "), words
        assert words.endswith("exceeds 1e-08; try more noise")
        assert np.isnan(solved.outcomes["holder_value"][i])
        assert np.isnan(solved.gaps["strategy_gap"][i])


def test_values_that_do_not_follow_from_the_strategies_are_caught(apart, monkeypatch):
    sound = solve._forward

    def tampered(c, ready, values, afters, *rest):
        return sound(c, ready, values, tuple(x * (1 + 1e-6) for x in afters), *rest)

    monkeypatch.setattr(solve, "_forward", tampered)
    solved = batch.solve(PREVENTIVE_WAR, defaults(PREVENTIVE_WAR), horizon=3, chunk=2)
    assert solved.status[0] is not None
    assert solved.status[0].startswith("no answer: value gap ")


def test_mass_that_is_lost_on_the_way_is_caught(apart, monkeypatch):
    sound = moves.Move.push

    def leaky(self, into, mass, *rest, **more):
        sound(self, into, 0.999 * mass, *rest, **more)

    monkeypatch.setattr(moves.Move, "push", leaky)
    solved = batch.solve(PREVENTIVE_WAR, defaults(PREVENTIVE_WAR, noise=1.0), horizon=3, chunk=2)
    assert solved.status[0] is not None
    assert solved.status[0].startswith("no answer: mass gap ")


def test_a_belief_that_does_not_follow_bayes_rule_is_caught(apart, monkeypatch):
    sound = reputation.Reputation.after_keep
    monkeypatch.setattr(reputation.Reputation, "after_keep", lambda self, r: 0.999 * sound(self, r))
    solved = redline(years=0, noise=0.3)
    assert solved.status[0] is not None
    assert "gap" in solved.status[0]
    loose = {**TOLERANCE, "float64": 1.0}
    monkeypatch.setattr(batch, "TOLERANCE", loose)
    assert redline(years=0, noise=0.3).gaps["bayes_gap"][0] > 1e-5


def test_a_plain_decision_that_is_not_the_logit_choice_is_caught(apart, monkeypatch):
    sound = stages.logit
    monkeypatch.setattr(
        stages, "logit", lambda gains, allowed, precision: sound(gains, allowed, 0.5 * precision)
    )
    solved = batch.solve(PREVENTIVE_WAR, defaults(PREVENTIVE_WAR), horizon=3, chunk=2)
    assert solved.status[0] is not None


def test_chances_that_do_not_sum_to_one_show_in_the_certificate(solve_game):
    game = Game(
        ("ann",),
        (Variable("place", 2),),
        (
            Chance("move", lambda s, p: (Branch(0.5, {"place": 1}), Branch(0.4))),
            Accounting("year", lambda s, p: {}),
        ),
        lambda p: {"place": 0},
    )
    gap = solve_game(game, {"discount": 0.9, "noise": 0.1}, horizon=3)["gaps"]["mass_gap"][0]
    assert gap == pytest.approx(1 - 0.9**3)


def test_a_solve_that_overflows_has_a_status_and_the_others_their_answers():
    # With no more than this noise the precision of a choice is no number, and 0 times it neither.
    rows = defaults(
        PREVENTIVE_WAR,
        noise=np.array([0.1, 3e-308, 0.1]),
        power_shift=np.array([0.3, 0.0, 0.0]),
        bargaining_share=np.array([0.5, 0.0, 0.0]),
    )
    solved = batch.solve(PREVENTIVE_WAR, rows, horizon=3)
    assert [s is None for s in solved.status] == [True, False, True]
    assert solved.status[1] is not None
    assert solved.status[1].endswith("is not finite; try more noise or a shorter horizon")
    assert solved.outcomes["strike_hazard"][2] == pytest.approx(0.5)
    assert np.isnan(solved.outcomes["strike_within"][:, 1]).all()


@pytest.mark.parametrize("noise", [1e-3, 1e-6, 1e-12])
def test_hardly_any_noise_is_solved_or_says_that_it_is_not(noise):
    draw = np.random.default_rng(7)
    solved = redline(noise=noise, trust=draw.random(16), reneging_cost=draw.uniform(0, 2, 16))
    for i, words in enumerate(solved.status):
        if words is None:
            assert all(np.isfinite(x[..., i]).all() for x in solved.outcomes.values())
            assert all(solved.gaps[n][i] <= TOLERANCE["float64"] for n in CHECKED)
        else:
            assert words.startswith("no answer: ")
            assert "try more noise" in words


def test_single_precision_has_a_certificate_of_its_own():
    rows = defaults(PREVENTIVE_WAR, power_shift=np.linspace(0, 0.4, 9), noise=0.5)
    single = batch.solve(PREVENTIVE_WAR, rows, horizon=3, dtype="float32")
    double = batch.solve(PREVENTIVE_WAR, rows, horizon=3)
    assert set(single.status) == {None}
    for name, x in double.outcomes.items():
        np.testing.assert_allclose(single.outcomes[name], x, rtol=0, atol=3e-6, err_msg=name)
    assert 0 < single.gaps["mass_gap"].max() < TOLERANCE["float32"]


def test_the_certificate_of_outcomes_at_the_start_is_that_of_the_first_year():
    rows = defaults(REDLINE, arsenal=2.0, noise=np.array([0.1, 0.5]))
    solved = batch.solve(REDLINE, rows, horizon=3, years=0, settings=SETTINGS, chunk=8)
    assert set(solved.gaps) == {"strategy_gap", "bayes_gap", "regret"}
    assert (solved.gaps["regret"] <= redline(noise=np.array([0.1, 0.5])).gaps["regret"] + 1e-12).all()


def test_a_decision_alone_has_a_certificate_without_beliefs(solve_game):
    game = Game(
        ("ann",),
        (Variable("place", 1),),
        (
            Decision("choose", "ann", lambda s, p: (Action("rest"), Action("work", pays={"ann": 0.2}))),
            Accounting("year", lambda s, p: {}),
        ),
        lambda p: {"place": 0},
    )
    gaps = solve_game(game, {"discount": 0.9, "noise": 0.1}, horizon=2)["gaps"]
    assert {n for n, x in gaps.items() if x[0] > 1e-15} == {"regret"}
