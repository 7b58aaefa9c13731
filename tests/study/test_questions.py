"""Questions asked of a run beyond its draws, as a user asks them, on one small case."""

import csv
import json
from itertools import combinations, pairwise
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

DRAWS, LEVER_DRAWS = 256, 64


def command(folder: Path) -> list[str]:
    case, out = str(folder / "small.yaml"), str(folder / "run")
    options = f"--draws {DRAWS} --lever-draws {LEVER_DRAWS} --jobs 1 --levers --effects"
    return ["run", case, "--out", out, *options.split()]


@pytest.fixture(scope="module")
def ran(tmp_path_factory, small_text):
    """The folder of a case and of its run, what it says, and what it printed."""
    folder = tmp_path_factory.mktemp("questions")
    (folder / "small.yaml").write_text(small_text, encoding="utf-8")
    assert main(command(folder)) == 0
    return folder


@pytest.fixture
def said(ran):
    return json.loads((ran / "run" / "verdicts.json").read_text(encoding="utf-8"))


@pytest.fixture
def table(ran):
    return pq.read_table(sorted((ran / "run" / "chunks").glob("*.parquet")))


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def zone_with(ran: Path, change: Intervention, draws: int) -> np.ndarray:
    """The zone under a change, worked out anew."""
    case = read(str(ran / "small.yaml"))
    records = apply(case, MODEL, design(case, 1, 0, draws), change)
    return solve(MODEL, {n: records.values[n] for n in moving(MODEL)}, horizon=3, years=0).outcomes["zone"]


# --- Where it holds ---------------------------------------------------------------------------------


def test_a_box_is_worth_what_the_table_says_it_is(said, table):
    places = {x["id"]: x for x in said["where"]}
    assert set(places) >= {"deal", "no-deal"}
    zone = table["zone()"].to_numpy()
    for id, yes in (("deal", zone > 0), ("no-deal", zone <= 0)):
        assert places[id]["share"] == pytest.approx(yes.mean())
        for place in places[id]["places"]:
            inside = np.ones(len(zone), bool)
            for bound in place["bounds"]:
                x = table[f"input:{bound['name']}"].to_numpy()
                inside &= (x >= (bound["low"] or -np.inf)) & (x <= (bound["high"] or np.inf))
            assert inside.sum() == place["inside"] < len(zone)
            assert place["density"] == pytest.approx(yes[inside].mean())
            assert place["coverage"] == pytest.approx(yes[inside].sum() / yes.sum())
            assert place["mass"] == pytest.approx(inside.mean())
            assert place["density"] > yes.mean() + 0.1


def test_boxes_are_told_everywhere(ran, said, capsys):
    place = next(x for x in said["where"] if x["id"] == "deal")["places"][0]
    assert main(command(ran)) == 0
    assert place["says"][:60] in capsys.readouterr().out
    assert place["says"] in (ran / "run" / "report.html").read_text(encoding="utf-8")
    found = [r for r in rows(ran / "run" / "boxes.csv") if r["question"] == "deal" and r["box"] == "1"]
    assert [r["assumption"] for r in found] == [b["name"] for b in place["bounds"]]


def test_a_claim_is_asked_where_it_depends(said):
    asked = {x["id"] for x in said["where"]} - {"deal", "no-deal"}
    words = {c["verdict"]["id"]: c["verdict"]["word"] for c in said["claims"]}
    assert asked == {id for id, word in words.items() if word not in ("follows", "fails")}


# --- What would open a deal -------------------------------------------------------------------------


def test_doses_are_those_of_the_levers(ran, said):
    opening = said["opening"]
    assert [r["id"] for r in opening["responses"]] == ["binding-ratification", "larger-compensation"]
    before = zone_with(ran, Intervention(), LEVER_DRAWS)
    for response in opening["responses"]:
        assert [d["dose"] for d in response["doses"]] == [0.0, 0.25, 0.5, 1.0, 1.5, 2.0]
        for dose in response["doses"]:
            after = zone_with(ran, Intervention(levers=(response["id"],), dose=dose["dose"]), LEVER_DRAWS)
            assert dose["with_deal"]["share"] == pytest.approx((after > 0).mean())
            assert dose["opened"]["share"] == pytest.approx((after[before <= 0] > 0).mean())
            assert dose["zone"][2] == pytest.approx(np.median(after), abs=1e-9)
    effect = {x["id"]: x for x in said["levers"]}
    for response in opening["responses"]:
        full = next(d for d in response["doses"] if d["dose"] == 1.0)
        assert full["with_deal"] == effect[response["id"]]["with_deal"]


def test_the_smallest_dose_is_where_the_median_crosses(said):
    for response in said["opening"]["responses"]:
        points = [(d["dose"], d["zone"][2]) for d in response["doses"]]
        crossing = [(a, b) for a, b in pairwise(points) if a[1] < 0 <= b[1]]
        if points[0][1] >= 0:
            assert response["median_from"] == 0
        elif not crossing:
            assert response["median_from"] is None
        else:
            (a, x), (b, y) = crossing[0]
            assert response["median_from"] == pytest.approx(np.interp(0, [x, y], [a, b]))


def test_pairs_and_smallest_sets(ran, said):
    opening = said["opening"]
    ids = [r["id"] for r in opening["responses"]]
    assert [tuple(p["levers"]) for p in opening["pairs"]] == list(combinations(sorted(ids), 2))
    before = zone_with(ran, Intervention(), LEVER_DRAWS) > 0
    each = [zone_with(ran, Intervention(levers=(id,)), LEVER_DRAWS) > 0 for id in ids]
    both = zone_with(ran, Intervention(levers=tuple(ids)), LEVER_DRAWS) > 0
    pair = opening["pairs"][0]
    beyond = both.astype(int) - each[0] - each[1] + before
    assert pair["opened"]["share"] == pytest.approx(both[~before].mean())
    assert pair["beyond"] == pytest.approx(beyond.mean())
    assert pair["who"] == ["demander"]
    opened = {1: max((x[~before]).mean() for x in each), 2: both[~before].mean()}
    fewest = min((k for k, share in opened.items() if share >= 0.8), default=0)
    assert {len(s["levers"]) for s in opening["smallest"]} == ({fewest} if fewest else set())
    assert len(rows(ran / "run" / "doses.csv")) == 12
    assert rows(ran / "run" / "sets.csv")[0]["levers"] == "+".join(pair["levers"])


def test_what_cannot_be_opened_is_refused_before_anything_is_solved(tmp_path, ran, capsys):
    case = str(ran / "small.yaml")
    assert main(["run", case, "--out", str(tmp_path / "run"), "--draws", "32", "--levers"]) == 2
    assert "found 32 draws in which levers are tried, expected at least 64" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


# --- What contributes -------------------------------------------------------------------------------


def test_what_assumptions_contribute_adds_up_and_agrees_with_what_drives_it(ran, said):
    zone = next(x for x in said["contributions"]["outputs"] if not x["id"])
    effects = {p["name"]: p["effect"] for p in zone["parts"]}
    assert sum(effects.values()) + zone["rest"] == pytest.approx(1)
    assert zone["walks"] == 128 and zone["failed"] == 0
    # What the zone does not depend on, independent of the rest, contributes exactly nothing.
    assert effects.get("price_at_home", 0.0) == effects.get("price_abroad", 0.0) == 0.0
    strongest = next(d for d in said["drivers"] if not d["id"])["drivers"][:2]
    assert {d["name"] for d in strongest} == {p["name"] for p in zone["parts"][:2]}
    file = [r for r in rows(ran / "run" / "effects.csv") if r["output"] == "zone"]
    assert [float(r["shapley"]) for r in file] == pytest.approx([p["effect"] for p in zone["parts"]])


def test_total_effects_of_correlated_priors_are_refused_by_name(said):
    found = said["contributions"]
    assert "retaliation_per_step and strength_per_step" in found["no_total"]
    assert all(p["total"] is None for x in found["outputs"] for p in x["parts"])
    # The home-made claim hangs on its two prices alone.
    prices = next(x for x in found["outputs"] if x["id"] == "home-made-is-worth-more")
    assert {p["name"] for p in prices["parts"] if p["effect"] > 0.05} >= {"price_abroad", "price_at_home"}
