"""The logit deterrence game against its closed form, a printed table, and its best-reply limit."""

import numpy as np
import pytest

from detente.engine.batch import solve
from detente.models import get

MODEL = get("signorino1999")
NAMES = [p.name for p in MODEL.parameters]
DEFAULT = {p.name: p.default for p in MODEL.parameters}

TABLE = {  # λ: p_C, p_R, p_F, Pr(war), printed to six decimals
    0.5: (0.524765, 0.598849, 0.537430, 0.168890),
    1.0: (0.524317, 0.679881, 0.574443, 0.204773),
    2.0: (0.484409, 0.789397, 0.645656, 0.246893),
    5.0: (0.345297, 0.898964, 0.817574, 0.253783),
    20.0: (0.026356, 0.983115, 0.997527, 0.025847),
}


def answers(**records) -> dict[str, np.ndarray]:
    solved = solve(MODEL, {**DEFAULT, **records}, horizon=1, chunk=16)
    assert set(solved.status) == {None}
    return dict(solved.outcomes)


def random(count: int = 64) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(1)
    return {n: draw.uniform(0.05, 3, count) if n == "noise" else draw.normal(0, 1, count) for n in NAMES}


def by_hand(r: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    def choice(gain):
        return 1 / (1 + np.exp(-gain / r["noise"]))

    fights = choice(r["challenger_war"] - r["challenger_backing_down"])
    met = fights * r["defender_war"] + (1 - fights) * r["defender_backing_down"]
    resists = choice(met - r["defender_concession"])
    stands = fights * r["challenger_war"] + (1 - fights) * r["challenger_backing_down"]
    challenged = resists * stands + (1 - resists) * r["challenger_concession"]
    theirs = resists * met + (1 - resists) * r["defender_concession"]
    goes = choice(challenged - r["challenger_status_quo"])
    return {
        "challenge": goes,
        "resistance": resists,
        "fighting": fights,
        "war": goes * resists * fights,
        "challenger_value": goes * challenged + (1 - goes) * r["challenger_status_quo"],
        "defender_value": goes * theirs + (1 - goes) * r["defender_status_quo"],
    }


def test_the_printed_table():
    found = answers(noise=1 / np.array(list(TABLE)))
    for name, column in zip(
        ("challenge", "resistance", "fighting", "war"), np.array(list(TABLE.values())).T, strict=True
    ):
        np.testing.assert_allclose(found[name], column, rtol=0, atol=5.1e-7, err_msg=name)


def test_the_closed_form_in_random_crises():
    records = random()
    found, expected = answers(**records), by_hand(records)
    for name, x in expected.items():
        np.testing.assert_allclose(found[name], x, rtol=0, atol=1e-12, err_msg=name)


def test_without_noise_choices_are_best_replies():
    records = {**random(), "noise": np.zeros(64)}
    found = answers(**records)
    for i in range(64):
        r = {k: float(v[i]) for k, v in records.items()}
        fights = r["challenger_war"] > r["challenger_backing_down"]
        last = "war" if fights else "backing_down"
        resists = r[f"defender_{last}"] > r["defender_concession"]
        end = last if resists else "concession"
        goes = r[f"challenger_{end}"] > r["challenger_status_quo"]
        end = end if goes else "status_quo"
        expected = {"fighting": fights, "resistance": resists, "challenge": goes, "war": end == "war"}
        for name, x in expected.items():
            assert found[name][i] == pytest.approx(float(x), abs=1e-12), (name, i)
        for side in ("challenger", "defender"):
            assert found[f"{side}_value"][i] == pytest.approx(r[f"{side}_{end}"], abs=1e-12)


def test_only_differences_of_a_players_utilities_matter():
    records = random()
    moved = {
        k: v + (0.7 if k.startswith("challenger") else -1.3 if k != "noise" else 0)
        for k, v in records.items()
    }
    before, after = answers(**records), answers(**moved)
    for name in ("challenge", "resistance", "fighting", "war"):
        np.testing.assert_allclose(after[name], before[name], rtol=0, atol=1e-12)
    np.testing.assert_allclose(after["challenger_value"] - before["challenger_value"], 0.7, atol=1e-12)


def test_a_dearer_war_makes_a_side_less_ready_for_it():
    records = random()
    base = answers(**records)
    mine = answers(**{**records, "challenger_war": records["challenger_war"] - 0.2})
    theirs = answers(**{**records, "defender_war": records["defender_war"] - 0.2})
    assert (mine["fighting"] < base["fighting"]).all()
    assert (theirs["resistance"] < base["resistance"]).all()
    assert (theirs["fighting"] == base["fighting"]).all()


def test_errors_make_war_and_more_errors_first_raise_its_probability_and_then_lower_it():
    war = answers(noise=np.array([0.01, 0.05, 0.2, 2.0]))["war"]
    assert war[0] < 1e-6 < war[1] < war[2] > war[3]
