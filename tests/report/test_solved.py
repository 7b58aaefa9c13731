"""What a report's pictures need to be solved: it agrees with the model asked point by point."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from detente.case.read import read
from detente.case.scaffold import scaffold
from detente.engine.batch import CHUNK
from detente.models import get
from detente.report import solved
from detente.study.draws import design

YEARS = 3  # as in the tests of the study, whose compiled program is used


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Any:
    text = scaffold("small").replace(
        "  discount:\n",
        f'  horizon:\n    value: {YEARS}\n    source: assumed\n    why: "Short, for a test."\n  discount:\n',
        1,
    )
    path = Path(tmp_path_factory.mktemp("case")) / "small.yaml"
    path.write_text(text, encoding="utf-8")
    return read(path)


@pytest.fixture(scope="module")
def drawn(short: Any) -> dict[str, np.ndarray]:
    known = get(short.model).by_name
    return {n: x for n, x in design(short, 1, 0, CHUNK).values.items() if n in known}


def test_deals_are_worth_what_the_zone_says(short, drawn):
    model = get(short.model)
    found = solved.deals(short, model, drawn, "float64")
    assert found["labels"] == [*(f"one-sided {j}" for j in (1, 2, 3)), *(f"mutual {j}" for j in (1, 2, 3))]
    zone = solved._solve(short, model, drawn, "float64")["zone"]
    assert found["draws"] == CHUNK
    # Where any deal leaves both better off the zone is positive, and where one does so does the best.
    assert max(found["both"]) <= (zone > 0).mean() <= sum(found["both"])
    for low, middle, high in (q for gains in found["gains"].values() for q in gains):
        assert low <= middle <= high


def test_only_deals_that_may_be_proposed_are_shown(short, drawn):
    model = get(short.model)
    mutual = solved.deals(short, model, {**drawn, "deals": np.full(CHUNK, 2.0)}, "float64")
    assert mutual["labels"] == [f"mutual {j}" for j in (1, 2, 3)]


def test_the_map_is_the_zone_at_its_places(short, drawn, monkeypatch):
    model = get(short.model)
    monkeypatch.setattr(solved, "COLUMNS", 4)
    monkeypatch.setattr(solved, "LINES", 3)
    monkeypatch.setattr(solved, "ENSEMBLE", 2)
    names = ["strength_per_step", "noise"]
    inputs = {n: {"low": 0.06, "high": 0.3, "quantiles": [0.07, 0.08, 0.1, 0.2, 0.3]} for n in names}
    found = solved.over(short, model, drawn, names, inputs, "float64")
    assert found["x"] == pytest.approx([0.06, 0.14, 0.22, 0.3]) and found["y"] == pytest.approx(
        [0.06, 0.18, 0.3]
    )
    assert np.shape(found["ensemble"]) == (2, 3, 4) and found["at"] == [0.1, 0.1]
    moving = [n for n in drawn if not model.by_name[n].static]
    for table, k in ((found["middle"], None), (found["ensemble"][1], 1)):
        point = {n: float(drawn[n][0 if k is None else k]) for n in moving}
        point |= {"strength_per_step": found["x"][2], "noise": found["y"][1]}
        records = {n: np.full(CHUNK, x) for n, x in point.items()}
        assert table[1][2] == pytest.approx(
            solved._solve(short, model, records, "float64")["zone"][0], abs=1e-12
        )


def test_the_first_year_is_the_models_own():
    model = get("preventive_war")
    case: Any = SimpleNamespace(horizon=4)
    random = np.random.default_rng(2)
    drawn = {p.name: np.full(CHUNK, p.default) for p in model.parameters if not p.static}
    drawn["power_shift"] = random.uniform(0.0, 0.3, CHUNK)
    found = solved.play(case, model, drawn)
    assert found["draws"] == CHUNK
    moves = {(m["stage"], a["label"]): a["quantiles"] for m in found["moments"] for a in m["moves"]}
    answers = model(horizon=4, **{n: drawn[n] for n in drawn})
    expected = np.quantile(answers.strike_hazard, (0.05, 0.5, 0.95))
    (strike,) = [q for (_, label), q in moves.items() if label == "strike"]
    assert strike == pytest.approx(expected.tolist(), abs=1e-10)


def test_a_small_run_gets_no_solves_of_its_own(short):
    verdicts = {"deal": {"share": 0.5}, "draws": solved.LEAST - 1, "drivers": []}
    assert set(solved.pictures(short, verdicts, {"inputs": {}}, seed=1, dtype="float64")) == {"deals"}
    assert solved.pictures(short, {**verdicts, "deal": None}, {}, seed=1, dtype="float64") == {}
