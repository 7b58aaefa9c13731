"""Effects: designs dealt out in stretches, failures left out by their mark only, refusals."""

import numpy as np
import pytest

from detente.errors import UsageError
from detente.study.methods.sensitivity import first_and_total, first_order_given, pick_freeze
from detente.study.methods.shapley import shapley_effects, walks

NAMES = ("trust", "noise", "pace")
RNG = np.random.default_rng(0)


def outputs(u):
    """A margin and whether it is positive, of three parameters the last of which does nothing."""
    margin = np.exp(u[0]) * (1 + u[1]) - 2.5
    return np.stack([margin, (margin > 0) * 1.0])


def solved_design(n=256):
    points = pick_freeze(NAMES, 1, 0, n)
    return outputs(points.swapaxes(0, 1))


def solved_walks(n=256, latent=None):
    found = walks(NAMES, 1, 0, n, latent)
    return outputs(found.shares.swapaxes(0, 1)), found.order


# --- Designs ----------------------------------------------------------------------------------


def test_pick_freeze_takes_one_parameter_at_a_time_from_b():
    points = pick_freeze(NAMES, 7, 0, 64)
    assert points.shape == (5, 3, 64)
    a, b = points[:2]
    for i in range(3):
        for j in range(3):
            assert np.array_equal(points[2 + i, j], b[j] if i == j else a[j])
    assert ((points > 0) & (points < 1)).all()


def test_walks_change_one_parameter_a_step():
    found = walks(NAMES, 7, 0, 64)
    assert found.shares.shape == (4, 3, 64)
    assert sorted(map(tuple, np.sort(found.order.T))) == [(0, 1, 2)] * 64
    changed = np.diff(found.shares, axis=0) != 0
    assert (changed.sum(axis=1) == 1).all()
    assert np.array_equal(changed.argmax(axis=1), found.order)


LATENT = np.array([[1, 0.6, 0], [0.6, 1, 0], [0, 0, 1.0]])


@pytest.mark.parametrize("latent", [None, LATENT])
def test_a_stretch_of_a_design_is_the_same_bits(latent):
    whole, part = walks(NAMES, 7, 0, 96, latent), walks(NAMES, 7, 32, 70, latent)
    assert np.array_equal(whole.order[:, 32:70], part.order)
    assert np.array_equal(whole.shares[..., 32:70], part.shares)
    assert np.array_equal(pick_freeze(NAMES, 7, 0, 96)[..., 32:70], pick_freeze(NAMES, 7, 32, 70))


def test_no_correlations_give_the_same_walks_as_none():
    assert np.array_equal(walks(NAMES, 7, 0, 64).shares, walks(NAMES, 7, 0, 64, np.eye(3)).shares)


def test_correlated_parameters_are_refused_by_name():
    pick_freeze(NAMES, 7, 0, 64, np.eye(3))
    with pytest.raises(UsageError, match=r"trust and noise 0\.6.*ask for Shapley effects"):
        pick_freeze(NAMES, 7, 0, 64, LATENT)


def test_impossible_correlations_are_refused():
    impossible = np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]])
    with pytest.raises(UsageError, match="no numbers can have together"):
        walks(NAMES, 7, 0, 64, impossible)


# --- What holds exactly -----------------------------------------------------------------------


def test_a_parameter_that_does_nothing_has_no_effect_at_all():
    for effects in (*first_and_total(solved_design()), shapley_effects(*solved_walks())):
        assert (effects.effect[:, 2] == 0).all()
        assert (effects.low[:, 2] == 0).all() and (effects.high[:, 2] == 0).all()


def test_shapley_shares_add_up_in_every_output():
    y, order = solved_walks()
    effects = shapley_effects(y, order)
    assert effects.sum == pytest.approx([1, 1], abs=1e-12)
    assert effects.variance == pytest.approx(((y[:, -1] - y[:, 0]) ** 2).mean(axis=-1) / 2)


def test_scale_and_origin_of_an_output_do_not_matter():
    y = solved_design()
    for here, there in zip(first_and_total(y), first_and_total(1e6 + 1e-3 * y), strict=True):
        assert here.effect == pytest.approx(there.effect, abs=1e-6)
        assert here.high == pytest.approx(there.high, abs=1e-6)
    y, order = solved_walks()
    assert shapley_effects(y, order).effect == pytest.approx(shapley_effects(5 - 9 * y, order).effect)


def test_several_outputs_are_the_same_as_one_at_a_time():
    y, (w, order) = solved_design(), solved_walks()
    u = pick_freeze(NAMES, 1, 0, 256)[0]
    for k in range(2):
        for both, one in (
            (first_and_total(y)[1], first_and_total(y[k : k + 1])[1]),
            (shapley_effects(w, order), shapley_effects(w[k : k + 1], order)),
            (first_order_given(u, outputs(u)), first_order_given(u, outputs(u)[k : k + 1])),
        ):
            for name in ("effect", "low", "high"):
                assert getattr(both, name)[k] == pytest.approx(getattr(one, name)[0], abs=1e-12)


def test_the_same_seed_gives_the_same_intervals_and_zero_is_a_seed():
    y = solved_design()
    assert np.array_equal(first_and_total(y, seed=0)[0].low, first_and_total(y, seed=0)[0].low)
    assert not np.array_equal(first_and_total(y, seed=0)[0].low, first_and_total(y, seed=1)[0].low)


def test_few_values_are_compared_by_their_means():
    """Choices: the effect is the variance between them, whatever their numbers are."""
    choice = np.repeat([3.0, 1.0, 7.0], 200)
    noise = np.random.default_rng(1).standard_normal(600)
    y = np.select([choice == 3, choice == 1], [2.0, 0.0], -1.0) + noise
    effect = first_order_given(choice[None], y[None])
    means = np.array([2.0, 0.0, -1.0])
    expected = means.var() / (means.var() + 1)
    assert effect.low[0, 0] < expected < effect.high[0, 0]
    assert effect.effect[0, 0] == pytest.approx(expected, abs=0.05)


def test_of_a_yes_or_no_first_order_effects_leave_much_unsaid():
    """Ten equal parameters, a claim that holds in a tenth of the draws."""
    points = pick_freeze([f"x{i}" for i in range(10)], 1, 0, 1024)
    margin = points.sum(axis=1)
    y = np.stack([margin, (margin > np.quantile(margin, 0.9)) * 1.0])
    first, total = first_and_total(y)
    assert first.sum[0] == pytest.approx(1, abs=0.02)
    assert total.effect[0] == pytest.approx(np.full(10, 0.1), abs=0.02)
    assert first.sum[1] < 0.5
    assert (total.effect[1] > 0.25).all()


# --- Failures ---------------------------------------------------------------------------------


def test_marked_failures_are_left_out_and_counted():
    y = solved_design()
    solved = np.ones((5, 256), bool)
    solved[3, [4, 90]] = solved[0, 90] = False
    broken = y.copy()
    broken[:, 3, [4, 90]] = np.nan
    kept = np.delete(y, [4, 90], axis=-1)
    for ours, theirs in zip(first_and_total(broken, solved=solved), first_and_total(kept), strict=True):
        assert np.array_equal(ours.effect, theirs.effect)
        assert (ours.points, ours.failed, theirs.failed) == (254, 2 / 256, 0.0)
    y, order = solved_walks()
    solved = np.ones((4, 256), bool)
    solved[1, 7] = False
    ours = shapley_effects(y, order, solved=solved)
    theirs = shapley_effects(np.delete(y, 7, axis=-1), np.delete(order, 7, axis=-1))
    assert np.array_equal(ours.effect, theirs.effect)
    assert ours.failed == 1 / 256
    u = RNG.random((3, 300))
    ours = first_order_given(u, outputs(u), solved=u[2] > 0.1)
    theirs = first_order_given(u[:, u[2] > 0.1], outputs(u[:, u[2] > 0.1]))
    assert np.array_equal(ours.effect, theirs.effect)
    assert ours.failed == pytest.approx((u[2] <= 0.1).mean())


DESIGN, (WALKS, ORDER) = solved_design(), solved_walks()
U = RNG.random((3, 300))
ESTIMATORS = {
    "design": (lambda y, **more: first_and_total(y, **more), DESIGN),
    "walks": (lambda y, **more: shapley_effects(y, ORDER[:, : y.shape[-1]], **more), WALKS),
    "given": (lambda y, **more: first_order_given(U[:, : y.shape[-1]], y, **more), outputs(U)),
}
every = pytest.mark.parametrize(("estimate", "y"), ESTIMATORS.values(), ids=ESTIMATORS)


@every
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_number_that_is_not_finite_is_refused_and_not_turned_into_zero(estimate, y, value):
    broken = y.copy()
    broken[1, ..., 17] = value
    with pytest.raises(
        UsageError, match=r"^holds: found numbers that are not finite at 1 points, first at 17"
    ):
        estimate(broken, outputs=("zone", "holds"))


@every
def test_the_place_of_a_number_that_is_not_finite_counts_failures_too(estimate, y):
    broken, solved = y.copy(), np.ones(y.shape[1:], bool)
    solved[..., 3] = False
    broken[0, ..., 17] = np.nan
    with pytest.raises(UsageError, match=r"^output 0: .* first at 17"):
        estimate(broken, solved=solved)


@every
@pytest.mark.parametrize("value", [0.0, 3.0, 1e9])
def test_an_output_that_does_not_vary_is_refused(estimate, y, value):
    constant = y.copy()
    constant[1] = value
    constant[1, ..., 5] += value * 1e-15
    with pytest.raises(UsageError, match=r"^output 1: found .* leave this output out"):
        estimate(constant)


@every
def test_an_output_that_hangs_on_a_few_points_is_refused(estimate, y):
    rare = y.copy()
    rare[1] = 0
    rare[1, ..., 5] = 1
    with pytest.raises(UsageError, match=r"^output 1: found one value at all but [12] of .* a margin"):
        estimate(rare)


@every
def test_too_few_points_are_refused_with_how_many_are_needed(estimate, y):
    with pytest.raises(UsageError, match=r"found 40 points, expected at least (64|256): solve more"):
        estimate(y[..., :40])
    solved = np.ones(y.shape[1:], bool)
    solved[..., 20:] = False
    with pytest.raises(UsageError, match=r"found 20 points after leaving out 2\d\d that failed"):
        estimate(y, solved=solved)


@every
def test_other_shapes_are_refused(estimate, y):
    with pytest.raises(UsageError, match=r"^y: found shape .*, expected \[output, "):
        estimate(y[0])
    with pytest.raises(
        UsageError, match=r"^solved: found bool of shape \[3\], expected true or false of shape"
    ):
        estimate(y, solved=np.ones(3, bool))
    with pytest.raises(UsageError, match=r"^solved: found int64 of shape"):
        estimate(y, solved=np.ones(y.shape[1:], np.int64))


def test_other_refusals():
    with pytest.raises(UsageError, match=r"^order: found shape \[3, 100\], expected \[3, 256\]"):
        shapley_effects(WALKS, ORDER[:, :100])
    with pytest.raises(UsageError, match=r"^resamples: found 3, expected at least 20"):
        first_and_total(DESIGN, resamples=3)
    with pytest.raises(UsageError, match=r"^x: found 0\.5 in every draw of parameter 1"):
        first_order_given(np.where(np.arange(3)[:, None] == 1, 0.5, U), outputs(U))
    with pytest.raises(UsageError, match=r"^x: found a number that is not finite in parameter 0"):
        first_order_given(np.where(np.arange(300) == 1, np.nan, U), outputs(U))
    with pytest.raises(UsageError, match=r"^x: found 299 draws, expected as many as of y: 300"):
        first_order_given(U[:, 1:], outputs(U))
    with pytest.raises(UsageError, match=r"^x: found shape \[300\], expected \[parameter, draw\]"):
        first_order_given(U[0], outputs(U))
