"""The smallest change that reverses an answer, held to a search over all directions."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import ndtri
from scipy.stats import norm, uniform

from detente.case.claims import parse_test
from detente.case.read import read
from detente.cli import main
from detente.engine.batch import moving
from detente.gallery.preventive_war import MODEL
from detente.study.draws import design, points
from detente.study.methods.gradient import differentiate
from detente.study.methods.nearest import FAR, Nearest, least_distance
from detente.study.methods.normal import Normal
from detente.study.plan import vocabulary
from detente.study.questions.slopes import ways

CASE = """\
schema: 1
id: shift
title: A known shift of power
question: Does the declining side strike before the shift?
model: preventive_war
holder: Challenger
demander: Declining side
as_of: 2026-02-01
sources: {powell: {citation: "Powell, R. (2006), War as a Commitment Problem."}}
parameters:
  horizon: {value: 3, source: assumed, why: "Short, for a test."}
  noise: {value: 0.1, source: assumed, why: "As usual."}
  power_shift: {prior: {uniform: [0.0, 0.5]}, source: powell}
  decliner_war_cost: {prior: {triangular: [0.1, 0.3, 0.8]}, source: powell}
correlations: [{between: [power_shift, decliner_war_cost], rank: 0.5}]
claims:
  - {id: strikes, side: argument, section: a, says: "It strikes.", test: strike_hazard() > 0.7}
  - id: both
    side: argument
    section: a
    says: "Both."
    test: strike_hazard() > 0.3 and decliner_war_cost > 0.5
  - id: later
    side: rival
    section: a
    says: "It does later."
    test: strike_within(2) > strike_hazard(power_shift=0)
  - {id: never, side: rival, section: a, says: "It always does.", test: strike_hazard() > 1.5}
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("flips")
    (folder / "shift.yaml").write_text(CASE, encoding="utf-8")
    assert main(command(folder)) == 0
    return folder


def command(folder: Path) -> list[str]:
    return [
        "run",
        str(folder / "shift.yaml"),
        "--out",
        str(folder / "run"),
        *"--draws 64 --jobs 1 --flips".split(),
    ]


def found(ran: Path) -> dict[str, dict]:
    said = json.loads((ran / "run" / "verdicts.json").read_text(encoding="utf-8"))
    return {f["id"]: f for f in said["flips"]}


def answers(ran: Path, z: np.ndarray) -> dict[str, np.ndarray]:
    """What claims say at points, from the priors and the solved model alone."""
    rank = 2 * np.sin(np.pi * 0.5 / 6)
    scores = np.stack([z[0], rank * z[0] + np.sqrt(1 - rank**2) * z[1]])  # alphabetical: cost, then shift
    u = norm.cdf(scores)
    low, mode, high = 0.1, 0.3, 0.8
    split = (mode - low) / (high - low)
    cost = np.where(
        u[0] < split,
        low + np.sqrt(u[0] * (high - low) * (mode - low)),
        high - np.sqrt((1 - u[0]) * (high - low) * (high - mode)),
    )
    shift = uniform(0, 0.5).ppf(u[1])
    game = MODEL(horizon=3, noise=0.1, power_shift=shift, decliner_war_cost=cost)
    calm = MODEL(horizon=3, noise=0.1, power_shift=0 * shift, decliner_war_cost=cost)
    return {
        "strikes": game.strike_hazard > 0.7,
        "both": (game.strike_hazard > 0.3) & (cost > 0.5),
        "later": game.strike_within[..., 1] > calm.strike_hazard,
    }


def test_a_flip_is_as_near_as_a_search_over_all_directions_says(ran):
    flips = found(ran)
    angle = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    radius = np.linspace(0.025, FAR, 200)
    z = (radius[:, None] * np.stack([np.cos(angle), np.sin(angle)])[:, None]).reshape(2, -1)
    size = np.hypot(*z)
    everywhere, middle = answers(ran, z), answers(ran, np.zeros((2, 1)))
    for id, holds in everywhere.items():
        assert flips[id]["holds"] == bool(middle[id][0])
        other = size[holds != middle[id][0]]
        if not len(other):
            assert flips[id]["distance"] is None
            continue
        assert flips[id]["distance"] == pytest.approx(other.min(), abs=0.03)
        assert sum(c["part"] for c in flips[id]["changes"]) + flips[id]["rest"] == pytest.approx(1)
    assert sum(flips[id]["distance"] is not None for id in everywhere) >= 2


def test_what_would_have_to_be_believed_reverses_the_answer(ran):
    flips = found(ran)
    for id in ("strikes", "both"):
        at = {c["name"]: c["value"] for c in flips[id]["changes"]}
        case = read(str(ran / "shift.yaml"))
        rest = design(case, 1, 0, 1).values
        middle = Normal(case, MODEL).draws(np.zeros((2, 1))).values
        values = {n: float(middle[n][0]) for n in rest} | at
        s = MODEL(**{n: values[n] for n in (*moving(MODEL), "horizon")})
        now = (
            s.strike_hazard > 0.7
            if id == "strikes"
            else s.strike_hazard > 0.3 and at["decliner_war_cost"] > 0.5
        )
        assert bool(now) != flips[id]["holds"]


def test_what_cannot_be_reversed_says_so(ran, capsys):
    never = found(ran)["never"]
    assert never["distance"] is None and never["reason"] and never["changes"] == []
    assert never["reversed"] == 0
    assert main(command(ran)) == 0
    out = capsys.readouterr().out
    assert "What you would have to believe" in out and "no reversal was found" in out
    assert "prior standard deviations" in (ran / "run" / "report.html").read_text(encoding="utf-8")


def test_what_was_found_is_kept(ran, monkeypatch):
    before = found(ran)
    monkeypatch.setattr("detente.study.questions.slopes.differentiate", None)  # not called again
    assert main(command(ran)) == 0
    assert found(ran) == before


def test_with_nothing_uncertain_flips_are_refused(tmp_path, ran, capsys):
    fixed = CASE.replace(
        "prior: {uniform: [0.0, 0.5]}, source: powell", 'value: 0.3, source: assumed, why: "x"'
    )
    fixed = fixed.replace(
        "prior: {triangular: [0.1, 0.3, 0.8]}, source: powell", 'value: 0.3, source: assumed, why: "x"'
    )
    fixed = "\n".join(line for line in fixed.splitlines() if not line.startswith("correlations"))
    (tmp_path / "shift.yaml").write_text(fixed, encoding="utf-8")
    assert main(command(tmp_path)) == 2
    assert "expected at least one to change" in capsys.readouterr().err


# --- Derivatives ------------------------------------------------------------------------------------


@pytest.mark.parametrize("years", [None, 2])
def test_reverse_derivatives_of_outcomes_are_central_differences(years):
    name = "strike_within" if years else "strike_hazard"
    defaults = {p.name: p.default for p in MODEL.parameters}
    names = moving(MODEL)
    at = np.array([[defaults[n] for n in names], [defaults[n] * 0.8 + 0.05 for n in names]]).T
    values, slopes = differentiate(MODEL.name, 3, years is not None, at, ((name, years, None),) * 2)

    def outcome(x: np.ndarray) -> np.ndarray:
        found = getattr(MODEL(horizon=3, **dict(zip(names, x, strict=True))), name)
        return found if years is None else found[..., years - 1]

    assert values == pytest.approx(outcome(at), abs=1e-12)
    for i in range(len(names)):
        move = np.zeros_like(at)
        move[i] = 1e-5
        assert slopes[i] == pytest.approx((outcome(at + move) - outcome(at - move)) / 2e-5, abs=1e-6), names[
            i
        ]


# --- The search, where the answer is known ------------------------------------------------------------


def searched(f, dims: int) -> Nearest:
    search = Nearest(np.zeros(dims))
    while not search.done:
        search.tell(*f(search.point))
    return search


def test_of_a_straight_margin_the_distance_is_its_value_over_its_slope():
    slope = np.array([[3.0, -4.0, 0.0]])
    search = searched(lambda z: (slope @ z - 10.0, slope), 3)
    assert search.settled
    assert search.point == pytest.approx([1.2, -1.6, 0.0], abs=1e-6)
    near = search.beyond(0.01)
    assert np.linalg.norm(near) == pytest.approx(2.01)


def test_of_two_curved_margins_the_point_is_the_one_another_solver_finds():
    def both(z):
        margins = np.array([z[0] + 0.5 * z[1] ** 2 - 1.5, 0.3 * np.exp(z[1]) + z[2] - 1.0])
        return margins, np.array([[1.0, z[1], 0.0], [0.0, 0.3 * np.exp(z[1]), 1.0]])

    start = np.array([1.0, 1.0, 0.0])
    bounds = {"type": "ineq", "fun": lambda z: both(z)[0], "jac": lambda z: both(z)[1]}
    other = minimize(lambda z: z @ z, start, jac=lambda z: 2 * z, constraints=[bounds], method="SLSQP")
    search = searched(both, 3)
    assert search.settled
    assert np.linalg.norm(search.point) == pytest.approx(np.sqrt(other.fun), abs=2e-3)


def test_searches_give_up_with_a_reason():
    def up(z):
        return np.array([z[0] - 100.0]), np.array([[1.0, 0.0]])

    def flat(z):
        return np.array([-1.0]), np.zeros((1, 2))

    def against(z):
        return np.array([z[0] - 1, -z[0] - 1]), np.array([[1.0, 0.0], [-1.0, 0.0]])

    assert "within" in searched(up, 2).reason
    assert "no assumption" in searched(flat, 2).reason
    assert "opposite" in searched(against, 2).reason
    assert "no answer" in searched(lambda z: (None, None), 2).reason
    assert least_distance(np.array([[1.0], [-1.0]]), np.array([1.0, 1.0])) is None


def test_ways_to_reverse_a_test_are_those_of_logic(ran):
    case = read(str(ran / "shift.yaml"))
    words = replace(vocabulary(case, MODEL), horizon=3)
    test = parse_test("strike_hazard() > 0.3 and not (power_shift < 0.1 or 0 < noise < 1)", words)
    rng = np.random.default_rng(0)
    for wanted in (True, False):
        found = ways(test.root, wanted)
        for _ in range(50):
            names = {"power_shift": rng.uniform(0, 0.2), "noise": rng.uniform(-1, 2)}
            values = {test.calls[0]: rng.uniform(0, 1)}
            holds = any(all(a.margin(names, values) > 0 for a in way) for way in found)
            assert holds == (bool(test.evaluate(values, names).holds) == wanted)


def test_draws_in_standard_normal_coordinates_are_the_draws(ran):
    case = read(str(ran / "shift.yaml"))
    z = ndtri(points(2, 1, 0, 32))
    drawn, again = design(case, 1, 0, 32).values, Normal(case, MODEL).draws(z).values
    for name, x in drawn.items():
        assert again[name] == pytest.approx(x, abs=1e-9), name
