"""What each mechanism accounts for, as a user asks for it: ``detente run --why``."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from detente.case.expression import Intervention
from detente.case.read import read
from detente.cli import main
from detente.engine.batch import moving, solve
from detente.gallery.redline import MODEL
from detente.study.draws import apply, design

DRAWS = 64


@pytest.fixture(scope="module")
def ran(tmp_path_factory, small_text):
    """The folder of a case and of its run with --why."""
    folder = tmp_path_factory.mktemp("why")
    (folder / "small.yaml").write_text(small_text, encoding="utf-8")
    assert main(command(folder)) == 0
    return folder


def command(folder: Path) -> list[str]:
    case, out = str(folder / "small.yaml"), str(folder / "run")
    return ["run", case, "--out", out, *f"--draws {DRAWS} --lever-draws 0 --jobs 1 --why".split()]


def result(folder: Path) -> dict:
    return json.loads((folder / "run" / "verdicts.json").read_text(encoding="utf-8"))


def test_shares_add_up_from_no_mechanism_to_the_case_as_it_is(ran):
    found = result(ran)
    why = found["why"]
    assert why["draws"] + why["left_out"] == DRAWS
    for one in why["outputs"]:
        assert len(one["parts"]) == len(MODEL.mechanisms)
        assert sum(p["share"] for p in one["parts"]) == pytest.approx(one["all"] - one["none"], abs=1e-12)
        assert any(p["share"] != 0 for p in one["parts"])
        assert all(p["error"] >= 0 for p in one["parts"])
    assert not why["left_out"]
    assert why["outputs"][0]["all"] == pytest.approx(1 - found["deal"]["share"]["share"], abs=1e-12)
    assert why["outputs"][1]["all"] == pytest.approx(found["deal"]["quantiles"][2], abs=1e-12)


def test_with_no_mechanism_the_outputs_are_those_of_the_game_solved_so(ran):
    case = read(str(ran / "small.yaml"))
    off = Intervention(off=tuple(m.name for m in MODEL.mechanisms))
    records = apply(case, MODEL, design(case, 1, 0, DRAWS), off)
    solved = solve(MODEL, {n: records.values[n] for n in moving(MODEL)}, horizon=3)
    zone = solved.outcomes["zone"]
    outputs = result(ran)["why"]["outputs"]
    assert outputs[0]["none"] == pytest.approx(np.mean(zone <= 0), abs=1e-12)
    assert outputs[1]["none"] == pytest.approx(np.median(zone), abs=1e-12)
    attack = next(x for x in outputs if "attack" in x["says"])
    assert attack["none"] == pytest.approx(solved.outcomes["attack_within"][2].mean(), abs=1e-12)
    assert "3 years" in attack["says"]


def test_it_is_said_in_the_terminal_and_in_the_report(ran, capsys):
    assert main(command(ran)) == 0
    out = capsys.readouterr().out
    assert "all together" in out
    assert "add up to the whole" in out
    page = (ran / "run" / "report.html").read_text(encoding="utf-8")
    assert 'id="why"' in page
    assert f"--draws {DRAWS} --seed 1 --lever-draws 0 --why</code>" in page


def test_what_is_solved_is_kept(ran):
    before = result(ran)["why"]
    (chunk,) = (ran / "run" / "study" / "mechanisms").glob("*.parquet")
    assert pq.read_table(chunk).num_rows == DRAWS
    stamp = chunk.stat().st_mtime_ns
    assert main(command(ran)) == 0
    assert chunk.stat().st_mtime_ns == stamp
    assert result(ran)["why"] == before


def test_too_few_draws_are_refused_before_anything_is_solved(tmp_path, ran, capsys):
    case = str(ran / "small.yaml")
    assert main(["run", case, "--out", str(tmp_path / "run"), "--draws", "20", "--why"]) == 2
    assert "found 20 draws, expected at least 32" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
