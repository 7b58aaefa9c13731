"""Boxes: planted ones are found, chance is not; ties, whole numbers and words; failures; words; refusals."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import binomtest

from detente.case.case import Assumption, Prior
from detente.case.read import read
from detente.errors import UsageError
from detente.gallery.redline import MODEL
from detente.study.methods.boxes import Search, find_box, find_boxes, knee, quasi_p
from detente.study.methods.peeling import FREE, Axis, Box, Step, paste, peel
from detente.study.methods.repeats import reproduce
from detente.study.questions.box_words import axes_of, limits, sentences


def axes(n, **special):
    return [special.get(f"x{i}", Axis(f"x{i}", f"x{i}")) for i in range(n)]


def planted(n=4000, width=10, seed=0, inside=0.95, outside=0.03):
    """Draws; it mostly holds where x1 < 0.4 and 0.3 < x4 < 0.9 and hardly anywhere else."""
    rng = np.random.default_rng(seed)
    x = rng.random((width, n))
    there = (x[1] < 0.4) & (x[4] > 0.3) & (x[4] < 0.9)
    return x, rng.random(n) < np.where(there, inside, outside), there


# --- What is found ----------------------------------------------------------------------------


def test_a_planted_box_is_found():
    x, holds, there = planted()
    found = find_box(x, holds, axes(10))
    assert found.box.restricted == (1, 4)
    assert (found.box.low[1], found.box.high[1]) == (-FREE, pytest.approx(0.4, abs=0.02))
    assert (found.box.low[4], found.box.high[4]) == (
        pytest.approx(0.3, abs=0.03),
        pytest.approx(0.9, abs=0.03),
    )
    inside = found.box.holds(x)
    assert (inside != there).mean() < 0.02
    assert found.inside == inside.sum() and found.held == holds[inside].sum()
    assert found.density == holds[inside].mean() and found.low < found.density < found.high
    assert found.coverage == holds[inside].sum() / holds.sum()
    assert found.mass == inside.mean() and found.overall == holds.mean()
    assert (found.p[[1, 4]] < 1e-20).all() and np.isnan(np.delete(found.p, [1, 4])).all()


def test_a_box_without_noise_is_found_whole():
    x, _, there = planted(2000)
    found = find_box(x, there, axes(10))
    assert found.box.restricted == (1, 4)
    assert found.density > 0.98 and found.coverage > 0.94


def test_repeating_the_search_finds_the_same_axes_and_says_how_sure_the_bounds_are():
    x, holds, _ = planted(2000)
    again = reproduce(x, holds, axes(10), resamples=10)
    assert again.share[[1, 4]].tolist() == [1, 1]
    assert np.delete(again.share, [1, 4]).max() <= 0.2
    assert again.highs[1, 0] < 0.4 + 0.02 and 0.4 - 0.02 < again.highs[1, 1]
    assert np.isnan(again.lows[0]).all()
    assert again.density > 0.85 and again.coverage > 0.7


@pytest.mark.parametrize("share", [0.05, 0.3, 0.8])
def test_what_chance_made_has_no_box(share):
    rng = np.random.default_rng(1)
    boxes = [find_box(rng.random((10, 1000)), rng.random(1000) < share, axes(10)).box for _ in range(10)]
    assert sum(bool(box.restricted) for box in boxes) <= 1


def test_two_boxes_are_found_one_after_the_other():
    rng = np.random.default_rng(0)
    x = rng.random((6, 4000))
    first, second = (x[0] < 0.5) & (x[1] < 0.5), (x[2] > 0.7) & (x[3] > 0.7)
    holds = rng.random(4000) < np.where(first | second, 0.95, 0.02)
    boxes = find_boxes(x, holds, axes(6), most=5)
    assert [set(b.box.restricted) for b in boxes] == [{0, 1}, {2, 3}]
    assert sum(b.coverage for b in boxes) > 0.8
    assert min(b.density for b in boxes) > 0.85


def test_the_same_draws_give_the_same_box_whatever_their_order():
    x, holds, _ = planted(1000)
    one = find_box(x, holds, axes(10))
    order = np.random.default_rng(3).permutation(1000)
    other = find_box(x[:, order], holds[order], axes(10))
    assert (one.box.low, one.box.high, one.held) == (other.box.low, other.box.high, other.held)


def test_units_do_not_matter():
    x, holds, _ = planted(1000)
    one, other = find_box(x, holds, axes(10)), find_box(np.exp(3 * x), holds, axes(10))
    assert np.array_equal(one.box.holds(x), other.box.holds(np.exp(3 * x)))


# --- Peeling ----------------------------------------------------------------------------------


def test_each_step_is_denser_and_within_the_one_before():
    x, holds, _ = planted(1000)
    steps = peel(x, holds, axes(10), 0.05, 50)
    assert (steps[0].coverage, steps[0].mass, steps[0].density) == (1, 1, holds.mean())
    for before, after in pairwise(steps):
        assert after.density > before.density and after.mass < before.mass
        assert not (after.box.holds(x) & ~before.box.holds(x)).any()
        inside = after.box.holds(x)
        assert (after.mass, after.density) == (inside.mean(), holds[inside].mean())
        assert after.coverage == holds[inside].sum() / holds.sum()
    assert steps[-1].mass >= 0.05


def test_of_numbers_that_are_equal_all_go_or_none():
    x = np.repeat([[1.0, 2.0, 2.5, 4.0]], [30, 300, 300, 370], axis=1)
    holds = x[0] >= 4
    steps = peel(x, holds, [Axis("x", "x", stepped=True)], 0.05, 10)
    assert [s.box.low[0] for s in steps] == [-FREE, 2.5, 4.0]  # the 30 lowest are fewer than a share 0.05
    assert [s.mass for s in steps] == [1, 0.67, 0.37]
    smooth = peel(x, holds, [Axis("x", "x")], 0.05, 10)
    assert [s.box.low[0] for s in smooth] == [-FREE, 2.25, 3.25]


def test_a_parameter_with_one_value_is_left_alone():
    x, holds, _ = planted(1000)
    x[0] = 7.0
    assert 0 not in find_box(x, holds, axes(10)).box.restricted


def test_neighbouring_numbers_are_told_apart():
    a, b = 1.0, np.nextafter(1.0, 2)
    x = np.repeat([[a, b]], 200, axis=1)
    for holds in (x[0] == a, x[0] == b):
        assert peel(x, holds, axes(1), 0.05, 10)[-1].density == 1.0


def test_words_are_taken_out_one_by_one():
    rng = np.random.default_rng(0)
    x = np.stack([rng.integers(0, 4, 2000).astype(float), rng.random(2000)])
    holds = np.isin(x[0], [1, 3]) & (x[1] > 0.5)
    which = [Axis("deals", "deals", labels=("both", "one-sided", "mutual", "none")), Axis("y", "y")]
    found = find_box(x, holds, which)
    assert found.box.barred == {(0, 0.0), (0, 2.0)}
    assert found.box.restricted == (0, 1)
    assert (found.density, found.coverage) == (pytest.approx(1, abs=0.02), 1.0)
    assert 'deals is "one-sided" or "none"' in limits(found, which)


def test_pasting_moves_a_bound_back_and_never_loses_density():
    x, holds, there = planted(4000)
    tight = Box.everything(10).with_bounds(1, 0.1, 0.3).with_bounds(4, 0.4, 0.8)
    wider = paste(x, holds, axes(10), tight, 0.05)
    assert holds[wider.holds(x)].mean() >= holds[tight.holds(x)].mean() - 1e-12
    whole = paste(x, there, axes(10), tight, 0.05)
    assert there[whole.holds(x)].all()
    assert whole.holds(x).sum() > 0.9 * there.sum()
    assert whole.low[1] == -FREE


def test_pasting_brings_words_back():
    x = np.stack([np.tile([0.0, 1.0, 2.0], 200), np.linspace(0, 1, 600)])
    box = Box.everything(2)
    tight = dataclasses.replace(box, barred=frozenset({(0, 1.0), (0, 2.0)}))
    which = [Axis("w", "w", labels=("a", "b", "c")), Axis("y", "y")]
    assert paste(x, x[0] != 2, which, tight, 0.05).barred == {(0, 2.0)}


def test_the_knee_is_the_largest_sum_of_coverage_and_gain():
    box = Box.everything(1)
    steps = [Step(box, c, d, 0.5) for c, d in ((1, 0.2), (0.9, 0.6), (0.7, 0.9), (0.3, 1.0))]
    assert knee(steps) == 2  # 1, 1.4, 1.575, 1.3
    assert knee(steps[:1]) == 0


# --- Quasi-p-values ---------------------------------------------------------------------------


def test_quasi_p_values_are_binomial_tests():
    x, holds, _ = planted(1000)
    box = Box.everything(10).with_bounds(1, -FREE, 0.4).with_bounds(4, 0.5, 0.6).with_bounds(7, 0.3, FREE)
    p, inside = quasi_p(x, holds, box), box.holds(x)
    for axis in (1, 4, 7):
        freed = holds[box.without(axis).holds(x)].mean()
        test = binomtest(int(holds[inside].sum()), int(inside.sum()), freed, alternative="greater")
        assert p[axis] == pytest.approx(test.pvalue, rel=1e-9)
    assert np.isnan(p[[0, 2, 3, 5, 6, 8, 9]]).all()
    nowhere = holds & ~inside
    assert quasi_p(x, nowhere, box)[[1, 4, 7]].tolist() == [1, 1, 1]


# --- Failures ---------------------------------------------------------------------------------


def test_failed_draws_are_counted_beside_and_in_nothing_else():
    x, holds, _ = planted(4000)
    solved = ~((x[1] < 0.3) & (x[6] > 0.8))
    found = find_box(x, holds, axes(10), solved=solved)
    only = find_box(x[:, solved], holds[solved], axes(10))
    assert (found.density, found.coverage, found.inside) == (only.density, only.coverage, only.inside)
    assert (found.box.low, found.box.high) == (only.box.low, only.box.high)
    inside = found.box.holds(x)
    assert found.failed == (inside & ~solved).sum() / inside.sum()
    assert 0.1 < found.failed < 0.2 and only.failed == 0
    assert "Besides, 1" in sentences(found, axes(10), "It holds.")[1]
    garbage = np.where(solved, holds, ~holds)
    assert find_box(x, garbage, axes(10), solved=solved).held == found.held


# --- Words ------------------------------------------------------------------------------------


def shown(box, which, spans=(0, 1), density=0.97):
    x, holds, _ = planted(400, width=len(which))
    found = find_box(x, holds, which)
    return dataclasses.replace(
        found,
        box=box,
        density=density,
        p=np.zeros(len(which)),
        spans=np.tile(np.array(spans, float), (len(which), 1)),
    )


def test_a_box_in_words():
    which = (
        Axis("strength_per_step", "strength per step"),
        Axis("trust", "trust"),
        Axis("arsenal", "arsenal", "steps", True),
        Axis("build_cost", "build cost", "years of stake"),
        Axis("x", "x"),
    )
    box = Box((-FREE, 0.6, 2, 0.25, -FREE), (0.4, FREE, FREE, 1.204, FREE))
    where, worth = sentences(shown(box, which), which, "The red line is rational.")
    assert where == (
        "The red line is rational whenever strength per step is below 0.4, trust is above 0.6, arsenal is at"
        " least 2 steps and build cost is between 0.25 and 1.2 years of stake."
    )
    assert worth.startswith("This holds in 97 % of the ") and " of all draws." in worth
    for density, word in ((0.8, "mostly when strength"), (0.5, "more often when strength")):
        assert word in sentences(shown(box, which, density=density), which, "So.")[0]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (2, FREE, "n is at least 2 steps"),
        (-FREE, 3, "n is at most 3 steps"),
        (1, 3, "n is from 1 to 3 steps"),
        (2, 2, "n is 2 steps"),
    ],
)
def test_whole_numbers_in_words(low, high, expected):
    which = (Axis("n", "n", "steps", True), *axes(5)[1:])
    box = Box.everything(5).with_bounds(0, low, high)
    assert limits(shown(box, which, (0, 4)), which) == (expected,)


@pytest.mark.parametrize(
    ("bound", "spans", "expected"),
    [
        (0.40312, (0, 1), "above 0.4"),
        (0.40712, (0, 1), "above 0.41"),
        (12.345, (0, 40), "above 12"),
        (0.0012345, (0, 0.002), "above 0.00123"),
        (-0.5, (-1, 1), "above −0.5"),
        (-0.0001, (-1, 1), "above 0"),
        (1000, (0, 5000), "above 1000"),
    ],
)
def test_bounds_have_as_many_digits_as_the_range_calls_for(bound, spans, expected):
    box = Box.everything(5).with_bounds(0, bound, FREE)
    (text,) = limits(shown(box, axes(5), spans), axes(5))
    assert text == f"x0 is {expected}"


def test_a_box_that_bounds_nothing_says_so():
    where, worth = sentences(shown(Box.everything(5), axes(5)), axes(5), "A deal exists.")
    assert where.startswith("A deal exists: no box of assumptions sets the draws")
    assert worth.startswith("It holds in ")


def test_parameters_of_a_case_as_axes():
    case = read("missile-limits")
    chosen = Prior("choice", (1.0, 2.0, 4.0), 1.0, 4.0)
    parameters = case.parameters | {"members": Assumption("members", prior=chosen)}
    case = dataclasses.replace(case, parameters=parameters)
    names = ("trust", "arsenal", "members", "deals", "build_cost", "strength_per_step")
    found = dict(zip(names, axes_of(case, MODEL, names), strict=True))
    assert found["trust"] == Axis("trust", "trust")
    assert found["arsenal"] == Axis("arsenal", "arsenal", "steps", True)
    assert found["members"].stepped
    assert found["deals"].labels == ("both", "one-sided", "mutual")
    assert found["build_cost"] == Axis("build_cost", "build cost", "years of stake")
    assert found["strength_per_step"].unit == ""  # "strength" is said already


# --- Refusals ---------------------------------------------------------------------------------


@pytest.mark.parametrize("search", [find_box, reproduce])
def test_refusals(search):
    x, holds, _ = planted(400)
    with pytest.raises(
        UsageError, match=r"^draws: found 100 that were solved, expected at least 200: solve more"
    ):
        search(x, holds, axes(10), solved=np.arange(400) < 100)
    for share in (0, 400):
        with pytest.raises(
            UsageError, match=rf"^holds: found {share} of 400 draws .* too little to tell apart"
        ):
            search(x, np.arange(400) < share, axes(10))
    with pytest.raises(UsageError, match=r"^holds: found float64 of shape \[400\], expected true or false"):
        search(x, holds * 1.0, axes(10))
    with pytest.raises(UsageError, match=r"^solved: found bool of shape \[399\]"):
        search(x, holds, axes(10), solved=np.ones(399, bool))
    with pytest.raises(UsageError, match=r"^x: found shape \[10, 400\], expected \[axis, draw\] with 9 axes"):
        search(x, holds, axes(9))
    with pytest.raises(UsageError, match=r"^part, least: found 0\.5, 0\.05"):
        search(x, holds, axes(10), search=Search(part=0.5))
    x[3, 5] = np.nan
    with pytest.raises(UsageError, match=r"^x3: found a number that is not finite"):
        search(x, holds, axes(10))


def test_too_few_repetitions_are_refused():
    x, holds, _ = planted(400)
    with pytest.raises(UsageError, match=r"^resamples: found 3, expected at least 10"):
        reproduce(x, holds, axes(10), resamples=3)
