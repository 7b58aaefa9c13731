"""A batch gives each record the numbers that it would get alone, and a failure is a value among them."""

import numpy as np
import pytest

from detente.engine.batch import Solved, chunk_for, join, solve
from detente.errors import UsageError
from detente.models import get

MODEL = get("redline")
SETTINGS = {"arsenal_steps": 2, "counter_steps": 1, "trust_points": 5}
HORIZON = 3
COUNT = 13


def records(count: int = COUNT, seed: int = 1) -> dict[str, np.ndarray]:
    """Records all over the domain of the red-line game, some at its edges."""
    draw = np.random.default_rng(seed)
    found = {}
    for p in MODEL.parameters:
        if p.static:
            continue
        if p.name == "discount":
            x = draw.uniform(0.5, 0.95, count)
        elif p.name == "noise":
            x = 0.02 * 10 ** draw.uniform(0.0, 1.7, count)
        elif p.name in ("arsenal", "deals"):
            x = draw.integers(0, 3, count).astype(float)
        elif p.domain.high == 1:
            x = np.where(draw.random(count) < 0.2, draw.integers(0, 2, count), draw.random(count))
        else:
            x = p.default * draw.uniform(0.3, 2.0, count) + (1.0 if p.name == "members" else 0.0)
        found[p.name] = x
    return found


def run(rows: dict[str, np.ndarray], chunk: int = 8, **more) -> Solved:
    return solve(MODEL, rows, horizon=HORIZON, settings=SETTINGS, chunk=chunk, **more)


def pick(rows: dict[str, np.ndarray], which: list[int] | np.ndarray | slice) -> dict[str, np.ndarray]:
    return {n: x[which] for n, x in rows.items()}


def assert_same(a: Solved, b: Solved) -> None:
    """Not a bit differs."""
    assert a.status == b.status
    for x, y in ((a.outcomes, b.outcomes), (a.gaps, b.gaps)):
        assert set(x) == set(y)
        for name in x:
            np.testing.assert_array_equal(x[name], y[name], err_msg=name)


def assert_close(a: Solved, b: Solved, tolerance: float) -> None:
    assert a.status == b.status
    assert set(a.outcomes) == set(b.outcomes)
    for name, x in a.outcomes.items():
        np.testing.assert_allclose(x, b.outcomes[name], rtol=0, atol=tolerance, err_msg=name)


@pytest.fixture(scope="module")
def whole() -> Solved:
    solved = run(records())
    assert set(solved.status) == {None}
    return solved


def test_shapes_are_those_that_the_model_declares(whole):
    assert len(whole) == COUNT
    assert set(whole.outcomes) == {o.name for o in MODEL.outcomes}
    for o in MODEL.outcomes:
        shape = (HORIZON, COUNT) if o.yearly else (6, COUNT) if o.per_deal else (COUNT,)
        assert whole.outcomes[o.name].shape == shape, o.name
        if not o.optional:
            assert np.isfinite(whole.outcomes[o.name]).all(), o.name


def test_an_outcome_that_does_not_exist_is_missing_and_no_failure(whole):
    none = records()["arsenal"] == 0
    assert none.any()
    for name in ("zone", "best_deal", "holder_gain", "demander_gain"):
        assert (np.isnan(np.atleast_2d(whole.outcomes[name])) == none).all(), name


def test_a_batch_is_a_loop(whole):
    rows = records()
    alone = join([run(pick(rows, [i])) for i in range(COUNT)])
    assert_close(alone, whole, 1e-12)


def test_the_order_of_the_records_is_the_order_of_the_answers(whole):
    order = np.random.default_rng(2).permutation(COUNT)
    again = run(pick(records(), order))
    for name, x in whole.outcomes.items():
        np.testing.assert_allclose(again.outcomes[name], x[..., order], rtol=0, atol=1e-12, err_msg=name)


def test_the_size_of_the_chunks_changes_nothing(whole):
    assert_close(run(records(), chunk=5), whole, 1e-12)


def test_the_number_of_workers_does_not_change_a_bit(whole):
    assert_same(run(records(), jobs=2), whole)


def test_the_same_call_gives_the_same_bits(whole):
    assert_same(run(records()), whole)


def test_outcomes_of_fewer_years_are_the_first_rows(whole):
    short = run(records(), years=2)
    for o in MODEL.outcomes:
        x = whole.outcomes[o.name]
        np.testing.assert_array_equal(short.outcomes[o.name], x[:2] if o.yearly else x, err_msg=o.name)
    none = run(records(), years=0)
    assert set(none.outcomes) == {o.name for o in MODEL.outcomes if not o.yearly}
    for name, x in none.outcomes.items():
        np.testing.assert_allclose(x, whole.outcomes[name], rtol=0, atol=1e-12, err_msg=name)
    more = run(records(), years=99)
    assert more.outcomes["arsenal"].shape == (HORIZON, COUNT)


@pytest.mark.parametrize("years", [None, 0])
def test_records_outside_the_domain_have_a_status_in_words_and_the_others_their_answers(whole, years):
    rows = records()
    rows["noise"][2] = 0.0
    rows["trust"][7] = np.nan
    rows["arsenal"][11] = 1.5
    rows["build_cost"][12] = np.inf
    solved = run(rows, years=years)
    assert [i for i, s in enumerate(solved.status) if s is not None] == [2, 7, 11, 12]
    for i, words in {
        2: "not solved: noise is 0, expected (0, inf) (stake a year)",
        7: "not solved: trust is nan, expected [0, 1] (probability)",
        11: "not solved: arsenal is 1.5, expected a whole number in [0, 4] (steps)",
        12: "not solved: build_cost is inf, expected [0, inf) (years of stake)",
    }.items():
        assert solved.status[i] == words
    good = [i for i in range(COUNT) if i not in (2, 7, 11, 12)]
    for name, x in solved.outcomes.items():
        assert np.isnan(x[..., [2, 7, 11, 12]]).all(), name
        y = whole.outcomes[name]
        if years is None:  # the same program: not a bit differs
            np.testing.assert_array_equal(x[..., good], y[..., good], err_msg=name)
        else:
            np.testing.assert_allclose(x[..., good], y[..., good], rtol=0, atol=1e-12, err_msg=name)
    for name, x in solved.gaps.items():
        assert np.isnan(x[[2, 7, 11, 12]]).all(), name


def test_a_batch_in_which_every_record_fails_still_answers():
    rows = records(3)
    rows["discount"][:] = 1.0
    solved = run(rows)
    assert all(s is not None and s.startswith("not solved: discount is 1") for s in solved.status)


def test_plain_numbers_hold_for_the_whole_batch(whole):
    rows = dict(records())
    rows["mutual_cost"] = np.asarray(rows["mutual_cost"][0])
    full = {**rows, "mutual_cost": np.full(COUNT, rows["mutual_cost"])}
    assert_same(run(rows), run(full))


def test_a_call_that_cannot_be_done_says_what_is_missing():
    rows = records(2)
    with pytest.raises(UsageError, match=r"redline also needs noise, trust"):
        run({n: x for n, x in rows.items() if n not in ("noise", "trust")})
    with pytest.raises(UsageError, match=r'found "float16", expected one of float64, float32'):
        run(rows, dtype="float16")
    with pytest.raises(UsageError, match=r'setting: found "trust_point", expected one of arsenal_steps'):
        solve(MODEL, rows, horizon=1, settings={"trust_point": 5})
    with pytest.raises(UsageError, match="found none, expected at least one"):
        run(pick(rows, slice(0, 0)))


def test_single_precision_is_near_double(whole):
    single = run(records(), dtype="float32")
    assert set(single.status) == {None}
    for o in MODEL.outcomes:
        if o.name == "best_deal":
            continue
        np.testing.assert_allclose(
            single.outcomes[o.name], whole.outcomes[o.name], rtol=0, atol=3e-5, err_msg=o.name
        )


def test_a_start_outside_the_grid_is_no_answer():
    rows = {p.name: np.array([p.default]) for p in MODEL.parameters if not p.static}
    rows["arsenal"][:] = 4  # in the domain, but this grid ends at 2
    assert run(rows, years=0).status[0] is not None


@pytest.mark.parametrize("years", [0, 4])
def test_a_small_game_solved_one_by_one_is_the_same(years):
    # The compiler makes one piece of a small loop unless told not to; barriers in it ended the process.
    model = get("preventive_war")
    rows = {p.name: np.full(3, p.default) for p in model.parameters if not p.static}
    rows["power_shift"] = np.array([0.0, 0.2, 0.4])
    one, many = (solve(model, rows, horizon=4, years=years, chunk=n) for n in (1, 8))
    assert one.status == many.status == (None,) * 3
    for name, x in many.outcomes.items():
        np.testing.assert_allclose(one.outcomes[name], x, rtol=0, atol=1e-13, err_msg=name)


def test_the_more_there_is_to_a_search_the_fewer_records_are_solved_together():
    assert chunk_for(MODEL, {}) == chunk_for(get("rubinstein1982"), {}) == 64
    sizes = [chunk_for(get("fearon1995"), {"types": n}) for n in (2, 10, 100)]
    assert sizes == sorted(sizes, reverse=True) and sizes[0] > sizes[-1]
    assert chunk_for(get("fearon1997"), {}) == 1
