"""How sure verdicts are, and two runs side by side, on a game of two players."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm, triang

from detente.case.read import read
from detente.cli import main
from detente.gallery.preventive_war import MODEL
from detente.study.draws import design
from detente.study.methods.weights import effective, tilt, weighted
from detente.study.questions.reweight import Question, under
from detente.study.verdicts import word

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
  decliner_war_cost: {prior: {uniform: [0.1, 0.5]}, source: powell}
claims:
  - {id: strikes, side: argument, section: a, says: "It strikes.", test: strike_hazard() > 0.2}
  - {id: large, side: argument, section: a, says: "The shift is large.", test: power_shift > 0.2}
  - {id: later, side: rival, section: a, says: "It does later.", test: strike_within(3) > 0.5}
"""
DRAWS = 512


def go(folder: Path, text: str, *more: str, out: str = "run") -> int:
    case = folder / f"{out}.yaml"
    case.write_text(text, encoding="utf-8")
    options = f"--draws {DRAWS} --jobs 1 --sure".split()
    return main(["run", str(case), "--out", str(folder / out), *options, *more])


def said(folder: Path, out: str = "run") -> dict:
    return json.loads((folder / out / "verdicts.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sure")
    assert go(folder, CASE) == 0
    return folder


# --- The priors -------------------------------------------------------------------------------------


def test_a_tilted_prior_gives_the_share_that_a_shifted_normal_has(ran):
    large = next(x for x in said(ran)["sure"]["priors"] if x["id"] == "large")
    assert large["share"] == pytest.approx(0.6, abs=0.01)  # of a uniform prior on 0 to 0.5
    edge = norm.ppf(0.4)
    # Halves are farther than tilts: below the median 20 % of the prior exceed 0.2, above it all does.
    assert large["lowest"]["share"] == pytest.approx(0.2, abs=0.01)
    assert large["highest"]["share"] == 1
    assert "lower half" in large["lowest"]["under"] and "power shift" in large["lowest"]["under"]
    assert large["lowest"]["draws"] == pytest.approx(DRAWS / 2, abs=2)
    # Moved together: this claim hangs on one assumption, so that its direction is that of all.
    assert [x["share"] for x in large["joint"]] == pytest.approx(
        [1 - norm.cdf(edge + 0.5), 1 - norm.cdf(edge - 0.5)], abs=0.03
    )
    assert all(x["draws"] == pytest.approx(DRAWS * np.exp(-0.25), rel=0.1) for x in large["joint"])
    assert large["tried"] == 8 and large["refused"] == 0


def test_weights_are_worth_what_kish_says():
    z = norm.ppf((np.arange(4000) + 0.5) / 4000)
    assert effective(np.ones(50)) == 50 and effective(np.zeros(5)) == 0
    assert effective(tilt(z, 0.5)) / 4000 == pytest.approx(np.exp(-0.25), rel=0.01)
    found = weighted(z > 0, tilt(z, 0.5))
    assert found.share == pytest.approx(norm.cdf(0.5), abs=2e-3)
    rng = np.random.default_rng(0)
    again = [weighted(x > 0, tilt(x, 0.5)) for x in rng.standard_normal((400, 300))]
    assert np.std([x.share for x in again]) == pytest.approx(np.mean([x.error for x in again]), rel=0.15)


def test_too_few_effective_draws_are_refused():
    question = Question("a", "a", np.arange(150) % 2 == 0, np.ones(150, bool))
    assert under("x", question, np.where(np.arange(150) < 90, 1.0, 0.0)) is None
    assert under("x", question, np.ones(150)) is not None


def test_what_changes_a_word_is_said_next_to_the_verdict(ran, capsys):
    sure = said(ran)["sure"]
    large = next(x for x in sure["priors"] if x["id"] == "large")
    assert large["word"] == "depends" == word(large["share"])
    assert large["changed"] == len(large["changes"]) >= 3
    assert {x["word"] for x in large["changes"]} >= {"mostly fails", "follows"}
    assert all(x["word"] != "depends" for x in large["changes"])
    assert go(ran, CASE) == 0
    out = capsys.readouterr().out
    assert f"but {sure['doubts']['large'][0][:30]}" in out
    page = (ran / "run" / "report.html").read_text(encoding="utf-8")
    assert sure["doubts"]["large"][0] in page.replace("\u00a0", " ")


def test_a_second_file_of_priors_weighs_the_same_draws(ran, tmp_path, capsys):
    other = ran / "other.yaml"
    other.write_text(CASE.replace("uniform: [0.0, 0.5]", "triangular: [0.0, 0.2, 0.5]"), encoding="utf-8")
    assert go(ran, CASE, "--priors", str(other)) == 0
    second = said(ran)["sure"]["second"]
    assert second["differs"] == ["power_shift"]
    large = second["verdicts"]["large"]
    assert large["share"] == pytest.approx(triang(0.4, 0, 0.5).sf(0.2), abs=0.01)
    # Worth n / E[w²], of the ratio w of the two densities.
    x = (np.arange(10_000) + 0.5) / 20_000
    assert second["effective"] == pytest.approx(
        DRAWS / np.mean((triang(0.4, 0, 0.5).pdf(x) / 2) ** 2), rel=0.02
    )
    assert "Under the second priors (power_shift)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("uniform: [0.0, 0.5]", "uniform: [0.0, 0.9]", "nothing, and no draw was made there"),
        ("uniform: [0.0, 0.5]", "uniform: [0.2, 0.21]", "worth"),
        ("noise: {value: 0.1", "noise: {value: 0.2", "noise: not uncertain in both cases"),
        ("title: A", "title: Another", "found the same priors"),
    ],
)
def test_draws_that_cannot_be_weighed_so_are_refused(ran, tmp_path, capsys, old, new, words):
    other = tmp_path / "other.yaml"
    other.write_text(CASE.replace(old, new), encoding="utf-8")
    assert go(ran, CASE, "--priors", str(other)) == 2
    assert words in capsys.readouterr().err


def test_priors_of_another_model_are_refused(ran, capsys):
    assert go(ran, CASE, "--priors", "missile-limits") == 2
    assert "found a case of model redline, expected one of preventive_war" in capsys.readouterr().err


def test_priors_without_the_question_are_refused(ran, capsys):
    assert main(["run", str(ran / "run.yaml"), "--priors", str(ran / "run.yaml"), "--draws", "8"]) == 2
    assert "--sure" in capsys.readouterr().err


def test_too_few_draws_are_refused_before_anything_is_solved(ran, tmp_path, capsys):
    assert main(["run", str(ran / "run.yaml"), "--sure", "--draws", "64", "--out", str(tmp_path / "x")]) == 2
    assert "expected at least 200" in capsys.readouterr().err and not (tmp_path / "x").exists()


# --- The solver, and the number of draws ------------------------------------------------------------


def test_another_horizon_and_other_noise_are_solved_in_the_first_draws(ran):
    x = design(read(str(ran / "run.yaml")), 1, 0, DRAWS).values
    costs, shifts = x["decliner_war_cost"], x["power_shift"]

    def holds(n: int, **changes) -> dict[str, np.ndarray]:
        at = {"horizon": 3, "noise": 0.1, "power_shift": shifts[:n], "decliner_war_cost": costs[:n]}
        found = MODEL(**(at | changes))
        return {"strikes": found.strike_hazard > 0.2, "later": found.strike_within[..., 2] > 0.5}

    whole, first = holds(DRAWS), holds(64)
    expected = {
        "a horizon of 4 years": holds(64, horizon=4),
        "a horizon of 8 years": holds(64, horizon=8),
        "half the noise": holds(64, noise=0.05),
        "twice the noise": holds(64, noise=0.2),
    }
    variants = {v["says"]: v for v in said(ran)["sure"]["solver"]}
    changed = []
    for says, claims in expected.items():
        v = variants[says]
        assert (v["draws"], v["failed"], v["reason"]) == (64, 0, "")
        for id, after in claims.items():
            share = np.clip(whole[id].mean() + after.mean() - first[id].mean(), 0, 1)
            assert v["verdicts"][id]["share"] == pytest.approx(share)
            assert v["flips"][id] == pytest.approx((after != first[id]).mean())
            changed.append(v["flips"][id])
        assert v["flips"]["large"] == 0
    assert max(changed) > 0
    assert "no grid" in variants["a belief grid twice as fine"]["reason"]


def test_the_running_estimate_is_that_of_the_first_draws(ran):
    x = design(read(str(ran / "run.yaml")), 1, 0, DRAWS).values["power_shift"] > 0.2
    large = next(r for r in said(ran)["sure"]["running"] if r["id"] == "large")
    assert large["draws"] == [64, 128, 256, 512]
    assert large["shares"] == pytest.approx([x[:n].mean() for n in large["draws"]])
    assert large["settled"]


# --- Two runs ---------------------------------------------------------------------------------------


def compared(folder: Path, b: str, capsys) -> dict:
    assert main(["compare", str(folder / "run"), str(folder / b), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_two_runs_of_one_case_do_not_differ(ran, capsys):
    capsys.readouterr()
    found = compared(ran, "run", capsys)
    assert found["inputs"] == [] and found["apart"] == ""
    assert all(m["change"] == m["error"] == 0 for m in found["moved"])
    assert main(["compare", str(ran / "run"), str(ran / "run")]) == 0
    assert "Nothing that went in differs" in capsys.readouterr().out


def test_a_moved_prior_is_told_with_what_it_does_draw_by_draw(ran, capsys):
    text = CASE.replace("uniform: [0.0, 0.5]", "uniform: [0.1, 0.5]").replace(
        "It strikes.", "It does strike."
    )
    assert go(ran, text, out="moved") == 0
    capsys.readouterr()
    found = compared(ran, "moved", capsys)
    assert [d["what"] for d in found["inputs"] if d["number"]] == ["power_shift"]
    assert [d["what"] for d in found["inputs"] if not d["number"]] == ["words of claim strikes"]
    large = next(m for m in found["moved"] if m["id"] == "large")
    assert (large["a"], large["b"]) == pytest.approx((0.6, 0.75), abs=0.01)
    assert large["gained"] - large["lost"] == pytest.approx(large["change"]) and large["lost"] == 0
    assert large["error"] < 0.02 and large["draws"] == DRAWS
    assert large["through"] == ["power_shift"]
    assert main(["compare", str(ran / "run"), str(ran / "moved")]) == 0
    out = capsys.readouterr().out
    assert "power shift" in out and "Draw by draw" in out and f"{100 * large['change']:+.1f}" in out


def test_runs_without_common_random_numbers_are_compared_as_independent(ran, capsys):
    assert go(ran, CASE, "--seed", "2", out="seed") == 0
    capsys.readouterr()
    found = compared(ran, "seed", capsys)
    assert found["apart"] == "the seeds differ"
    large = next(m for m in found["moved"] if m["id"] == "large")
    assert large["draws"] == 0 and large["gained"] is None
    assert large["error"] == pytest.approx(np.sqrt(2 * 0.6 * 0.4 / DRAWS), rel=0.02)


def test_what_is_no_run_is_refused(ran, tmp_path, capsys):
    assert main(["compare", str(ran / "run"), str(tmp_path)]) == 2
    assert "found no manifest.json, expected the folder of a run" in capsys.readouterr().err


def test_the_change_between_two_runs_is_shared_out_among_what_differs(ran, capsys):
    text = CASE.replace("uniform: [0.0, 0.5]", "uniform: [0.1, 0.5]").replace(
        "noise: {value: 0.1", "noise: {value: 0.3"
    )
    assert go(ran, text, out="two") == 0
    capsys.readouterr()
    assert main(["compare", str(ran / "run"), str(ran / "two"), "--why", "--jobs", "1", "--json"]) == 0
    why = json.loads(capsys.readouterr().out)["why"]
    assert set(why["inputs"]) == {"noise", "power_shift"} and why["cases"] == 4
    drawn = [design(read(str(ran / f"{name}.yaml")), 1, 0, 256).values for name in ("run", "two")]

    def share(noise: int, shift: int) -> float:
        at = {"noise": (0.1, 0.3)[noise], "power_shift": drawn[shift]["power_shift"]}
        return (
            MODEL(horizon=3, decliner_war_cost=drawn[0]["decliner_war_cost"], **at).strike_hazard > 0.2
        ).mean()

    strikes = next(x for x in why["answers"] if x["id"] == "strikes")
    assert (strikes["a"], strikes["b"]) == pytest.approx((share(0, 0), share(1, 1)))
    expected = (share(1, 0) - share(0, 0) + share(1, 1) - share(0, 1)) / 2
    assert strikes["parts"]["noise"][0] == pytest.approx(expected)
    assert sum(p[0] for p in strikes["parts"].values()) == pytest.approx(strikes["b"] - strikes["a"])
    large = next(x for x in why["answers"] if x["id"] == "large")
    assert large["parts"]["noise"][0] == 0
    assert main(["compare", str(ran / "run"), str(ran / "two"), "--why", "--jobs", "1", "--report"]) == 0
    assert "the parts add up to the whole" in capsys.readouterr().out


def test_a_comparison_is_shown_in_the_report_until_the_run_has_other_draws(ran, capsys):
    text = CASE.replace("uniform: [0.0, 0.5]", "uniform: [0.1, 0.5]")
    assert go(ran, text, out="shown") == 0
    capsys.readouterr()
    assert main(["compare", str(ran / "run"), str(ran / "shown"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    page = ran / "shown" / "report.html"
    assert "Against another run" not in page.read_text(encoding="utf-8")
    assert main(["compare", str(ran / "run"), str(ran / "shown"), "--report"]) == 0
    assert "report.html: written, with the comparison" in capsys.readouterr().out
    assert main(["report", str(ran / "shown")]) == 0
    text_of = page.read_text(encoding="utf-8")
    assert "Against another run" in text_of and "The other run: run," in text_of and "power shift" in text_of
    lines = (ran / "shown" / "figures" / "compared.csv").read_text(encoding="utf-8").splitlines()
    rows = {r["claim"]: r for r in csv.DictReader(lines)}
    assert rows.keys() == {m["id"] for m in found["moved"]}
    large = next(m for m in found["moved"] if m["id"] == "large")
    assert float(rows["large"]["change of the share of draws, points of a hundred"]) == pytest.approx(
        100 * large["change"]
    )
    assert float(rows["large"]["this run"]) == pytest.approx(large["b"])
    assert go(ran, text, "--draws", str(DRAWS + 64), out="shown") == 0
    assert "Against another run" not in page.read_text(encoding="utf-8")


def test_why_two_equal_runs_differ_is_refused(ran, capsys):
    assert main(["compare", str(ran / "run"), str(ran / "run"), "--why"]) == 2
    assert "found 0 numbers of the cases that differ" in capsys.readouterr().err


def test_everything_is_asked_of_a_run_but_what_it_cannot_answer(ran, capsys):
    assert go(ran, CASE, "--full") == 0
    out, err = capsys.readouterr()
    assert "not asked: why: preventive_war has no mechanisms" in err
    assert "not asked: levers: shift has no levers" in err
    found = said(ran)
    assert found["why"] is None and found["opening"] is None
    assert found["flips"] and found["contributions"]["outputs"] and found["sure"]
    assert [found["asked"][x] for x in ("why", "levers", "effects", "flips", "sure")] == [False] * 2 + [
        True
    ] * 3
    # Independent priors have total effects too; those of one number alone are all of it.
    large = next(x for x in found["contributions"]["outputs"] if x["id"] == "large")
    assert large["parts"][0]["name"] == "power_shift"
    assert large["parts"][0]["effect"] == 1 and large["parts"][0]["total"] == pytest.approx(1)
    assert "What contributes" not in out  # of the zone, which this model does not have
    assert "--effects --flips --sure</code>" in (ran / "run" / "report.html").read_text(encoding="utf-8")
    with (ran / "run" / "flips.csv").open(encoding="utf-8") as file:
        assert file.readline().startswith("claim,holds,distance")
