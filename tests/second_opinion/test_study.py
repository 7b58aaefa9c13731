"""Effects against SALib and OpenTURNS, boxes against the EMA Workbench and prim, on the same numbers."""

import numpy as np
import peers
import pytest

from detente.study.methods.boxes import Search, find_box, quasi_p
from detente.study.methods.peeling import FREE, Axis, peel
from detente.study.methods.repeats import reproduce
from detente.study.methods.sensitivity import first_and_total, pick_freeze
from detente.study.methods.shapley import shapley_effects, walks

pytestmark = peers.needed


def ishigami(u):
    x = np.pi * (2 * u - 1)
    return np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0])


POINTS, WALKS = pick_freeze("abc", 1, 0, 512), walks("abc", 1, 0, 512)
Y, ALONG = ishigami(POINTS.swapaxes(0, 1)), ishigami(WALKS.shares.swapaxes(0, 1))
WORDS = ("a", "b", "c")


def planted():
    """Two numbers and a word of eight parameters decide, mostly."""
    rng = np.random.default_rng(0)
    x = rng.random((8, 1000))
    x[2] = rng.integers(0, 3, 1000)
    there = (x[0] < 0.5) & (x[1] > 0.6) & (x[2] != 1)
    return x, rng.random(1000) < np.where(there, 0.9, 0.05)


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> dict:
    """All answers: the peers are slow to start, so they are asked once."""
    x, holds = planted()
    box = {"x": x.tolist(), "y": holds.tolist(), "part": 0.05, "least": 0.05, "labels": {"x2": WORDS}}
    data = {"x": "bryant", "part": 0.1, "least": 0.05}
    asked = {
        "salib": {"ask": "salib", "y": Y.tolist()},
        "openturns": {"ask": "openturns", "y": Y.tolist()},
        "shapley": {"ask": "salib_shapley", "x": WALKS.shares.tolist(), "y": ALONG.tolist()},
        "bryant": {"ask": "bryant"},
        "a planted box, ema": {"ask": "ema", **box},
        "a planted box, prim": {"ask": "prim", **box},
        "Bryant and Lempert 2010, ema": {"ask": "ema", **data},
        "Bryant and Lempert 2010, prim": {"ask": "prim", **data},
    }
    answers = peers.ask(tmp_path_factory.mktemp("study"), list(asked.values()), "ask_study.py")
    return dict(zip(asked, answers, strict=True))


def test_effects(told, record_property):
    salib, openturns, shapley = told["salib"], told["openturns"], told["shapley"]
    # One call with a second output beside: vectors do not leak into one another.
    first, total = first_and_total(np.stack([Y, np.exp(Y)]))
    ours = {"first": first.effect[0], "total": total.effect[0]}
    apart = max(float(np.abs(ours[k] - salib[k]).max()) for k in ours)
    record_property("second opinion", ["Ishigami's function", "SALib: first-order and total effects", apart])
    assert apart < 1e-6  # SALib takes off the mean of all blocks, Détente that of A and B
    # OpenTURNS divides by another variance, and takes another estimator of first-order effects.
    for name, most in (("total", 0.01), ("first", 0.05)):
        apart = float(np.abs(ours[name] - openturns[name]).max())
        record_property("second opinion", ["Ishigami's function", f"OpenTURNS: {name} effects", apart])
        assert apart < most
    apart = float(np.abs(shapley_effects(ALONG[None], WALKS.order).effect[0] - shapley).max())
    record_property("second opinion", ["Ishigami's function", "SALib: Shapley effects", apart])
    assert apart < 1e-10


def compare(told, name, x, holds, axes, part, record_property):
    """A whole peeling, step by step, with both peers."""
    theirs = {peer: told[f"{name}, {peer}"] for peer in ("ema", "prim")}
    steps = peel(x, holds, axes, part, int(np.ceil(0.05 * len(holds))))
    for peer in ("ema", "prim"):
        other = theirs[peer]
        apart = max(
            abs(getattr(step, key) - other[key][i])
            for key in ("coverage", "density", "mass")
            for i, step in enumerate(steps)
        )
        record_property(
            "second opinion", [name, {"ema": "EMA Workbench", "prim": "prim"}[peer] + ": peeling", apart]
        )
        assert apart < 1e-12
    assert len(theirs["ema"]["mass"]) == len(steps)
    last, limits = steps[-1].box, theirs["ema"]["limits"]
    for i, axis in enumerate(axes):
        if axis.labels:
            kept = [word for code, word in enumerate(axis.labels) if (i, float(code)) not in last.barred]
            assert limits[f"x{i}"][0] == kept
            continue
        for ours, end in ((last.low[i], 0), (last.high[i], 1)):
            if abs(ours) < FREE:
                assert limits[f"x{i}"][end] == pytest.approx(ours, rel=1e-12)
    p = quasi_p(x, holds, last)
    for i in last.restricted:
        ends = [value for value in theirs["ema"]["p"][f"x{i}"] if value != -1]
        if len(ends) == 1:  # the EMA Workbench tests each end, Détente the axis
            assert p[i] == pytest.approx(ends[0], rel=1e-9)


def test_peeling_numbers_and_words(told, record_property):
    axes = [Axis(f"x{i}", f"x{i}", labels=WORDS if i == 2 else ()) for i in range(8)]
    compare(told, "a planted box", *planted(), axes, 0.05, record_property)


def test_peeling_the_data_of_bryant_and_lempert(told, record_property):
    """Bryant and Lempert (2010): 882 runs of a model of energy costs; where are the 89 dearest?"""
    data = told["bryant"]
    x, holds = np.array(data["x"]), np.array(data["y"]) == 1
    assert (x.shape, holds.sum()) == ((9, 882), 89)
    axes = [Axis(name, name) for name in data["names"]]
    compare(told, "Bryant and Lempert 2010", x, holds, axes, 0.1, record_property)
    # The box chosen is about three of the nine, and they come back when the search is repeated.
    found = find_box(x, holds, axes, search=Search(part=0.1))
    bounded = [data["names"][i] for i in found.box.restricted]
    assert bounded == ["Total biomass", "Demand elasticity", "Biomass backstop price"]
    again = reproduce(x, holds, axes, search=Search(part=0.1))
    assert again.share[list(found.box.restricted)].min() > 0.9
    assert np.delete(again.share, found.box.restricted).max() < 0.5
