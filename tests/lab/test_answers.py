"""What the laboratory answers, against the Python interface, which solves in its own way."""

import numpy as np
import pytest
from lab_helpers import Laboratory, asked, small_text

import detente
from detente.case.read import read, read_bytes
from detente.errors import UsageError
from detente.lab import work
from detente.lab.export import export, kept
from detente.lab.scenario import Scenario, drawn, middle, scenario
from detente.models import get
from detente.study.draws import design


@pytest.fixture(scope="module")
def case(laboratory: Laboratory):
    return read(laboratory.file)


def parameters(case, **given):
    """Every parameter at its prior's median, as the page starts, without the laboratory's own code."""
    shares = {"uniform": lambda a, b: (a + b) / 2}
    draws = design(case, 7, 0, 4096).values
    found = {}
    for name, a in case.parameters.items():
        found[name] = a.value if a.value is not None else float(np.median(draws[name]))
        if a.prior is not None and a.prior.kind in shares:
            found[name] = shares[a.prior.kind](*a.prior.args)
    return found | given


def test_a_point_is_what_the_model_gives_there(laboratory, case):
    found = asked(laboratory.url, "/api/point", {"values": {"trust": 0.8, "demander_strength": 2.5}}).data
    at = {n: x for n, x in found["values"].items() if n != "deals"}
    mine = detente.models.redline(**{**at, "horizon": int(at["horizon"]), "arsenal": int(at["arsenal"])})
    assert found["decisive"] == pytest.approx(mine.zone, abs=1e-8)
    assert found["outcomes"]["attack_within"] == pytest.approx(list(mine.attack_within), abs=1e-8)


def test_what_is_not_set_is_at_its_median(laboratory, case):
    found = asked(laboratory.url, "/api/point", {}).data["values"]
    assert found["demander_strength"] == pytest.approx((1.5 + 4.0) / 2)  # uniform
    assert found["strength_per_step"] == pytest.approx(0.15, rel=0.01)  # lognormal, hardly cut
    assert found["discount"] == 0.9
    # Learned numbers: the middle of very many draws.
    draws = design(case, 7, 0, 4096).values
    for name in ("trust", "support_reliability"):
        assert found[name] == pytest.approx(float(np.median(draws[name])), abs=0.01)


def test_switches_and_levers_change_what_they_say(laboratory, case):
    base = asked(laboratory.url, "/api/point", {}).data["values"]
    off = asked(laboratory.url, "/api/point", {"off": ["deterrence"]}).data["values"]
    assert {n for n in base if base[n] != off[n]} == {"strength_per_step", "retaliation_per_step"}
    assert off["strength_per_step"] == off["retaliation_per_step"] == 0
    pulled = asked(laboratory.url, "/api/point", {"levers": ["binding-ratification"]}).data["values"]
    assert pulled["reneging_cost"] == pytest.approx(base["reneging_cost"] + 1.0)


def test_details_are_points_of_their_own(laboratory):
    """Without a mechanism, with a lever: the same as switching it on the page and asking for the point."""
    details = asked(laboratory.url, "/api/details", {"values": {"trust": 0.6}}).data
    off = asked(laboratory.url, "/api/point", {"values": {"trust": 0.6}, "off": ["commitment"]}).data
    lever = asked(
        laboratory.url, "/api/point", {"values": {"trust": 0.6}, "levers": ["larger-compensation"]}
    ).data
    assert details["mechanisms"]["commitment"] == pytest.approx(off["decisive"], abs=1e-8)
    assert details["levers"]["larger-compensation"] == pytest.approx(lever["decisive"], abs=1e-8)
    zone = asked(laboratory.url, "/api/point", {"values": {"trust": 0.6}}).data["decisive"]
    promises = next(c for c in details["claims"] if c["id"] == "promises-block")
    # zone() < 0 and zone(off="commitment") > 0: the smaller of the two margins.
    assert promises["margin"] == pytest.approx(min(-zone, off["decisive"]), abs=1e-8)
    assert promises["holds"] is (zone < 0 < off["decisive"])


def test_draws_are_those_of_a_run(laboratory, case):
    """Nothing set: the share of the first 64 draws of `detente run` with the same seed."""
    from detente.engine.batch import moving, solve

    values = design(case, 1, 0, 64).values
    model = get("redline")
    zone = solve(model, {n: values[n] for n in moving(model)}, horizon=case.horizon, years=0).outcomes["zone"]
    found = asked(laboratory.url, "/api/spread", {"upto": 64}).data
    assert found["deal"]["draws"] == 64
    assert found["deal"]["share"] == (zone > 0).mean()
    assert found["deal"]["quantiles"][2] == pytest.approx(np.median(zone), abs=1e-8)


def test_fixing_one_number_leaves_the_other_draws_as_they_were(case):
    before = drawn(case, Scenario(), 1, 0, 32).values
    after = drawn(case, Scenario((("strength_per_step", 0.2),)), 1, 0, 32).values
    assert (after["strength_per_step"] == 0.2).all()
    others = [n for n in before if n != "strength_per_step"]
    assert all((before[n] == after[n]).all() for n in others)


def test_a_disagreement_is_shared_out_whole(case):
    one = scenario(case, get("redline"), {"trust": 0.9, "one_sided_cost": 0.01})
    two = scenario(case, get("redline"), {"trust": 0.1}, off=["anarchy"])
    found = work.differ(case, one, two)
    assert {t["name"] for t in found["topics"]} == {"trust", "one_sided_cost", "anarchy"}
    assert sum(t["share"] for t in found["topics"]) == pytest.approx(
        found["second"] - found["first"], abs=1e-8
    )
    trust = next(t for t in found["topics"] if t["name"] == "trust")
    alone = work.zone_of(case, [scenario(case, get("redline"), {"trust": 0.1, "one_sided_cost": 0.01})])
    assert trust["first_gives_way"] == pytest.approx(alone[0], abs=1e-8)


def test_a_diagram_has_the_zone_at_its_places(laboratory):
    ask = {"x": "trust", "y": "one_sided_cost", "x_ends": [0, 1], "y_ends": [0, 0.1], "level": 0}
    found = asked(laboratory.url, "/api/diagram", ask).data["figures"][0]
    rows = found["datasets"]["rows"]
    assert len(rows) == 64
    row = rows[19]
    point = asked(
        laboratory.url, "/api/point", {"values": {"trust": row["x"], "one_sided_cost": row["y"]}}
    ).data
    assert row["value"] == pytest.approx(point["decisive"], abs=1e-8)
    assert row["side"] == ("a deal exists" if point["decisive"] > 0 else "refusing is rational")


# --- Files ----------------------------------------------------------------------------------------


def test_an_exported_case_says_what_was_set_and_nothing_else(case):
    given = scenario(
        case,
        get("redline"),
        {"trust": 0.7, "strength_per_step": 0.2, "price_abroad": 1.5, "deals": "mutual"},
        off=["fear"],
        levers=["binding-ratification"],
    )
    again = read_bytes(export(case, given).encode(), laboratory_path(case))
    changed = {n for n in case.assumptions if case.assumptions[n] != again.assumptions[n]}
    assert changed == {"trust", "strength_per_step", "price_abroad", "deals"}
    assert again.assumptions["deals"].value == 2
    assert not again.correlations  # a fixed number is correlated with nothing
    assert (again.claims, again.levers, again.experience) == (case.claims, case.levers, case.experience)
    assert kept(again) == Scenario((), ("fear",), ("binding-ratification",))
    assert "# Priors: uniform [low, high]" in again.text  # comments stay
    assert middle(again, Scenario()).values["price_abroad"] == 1.5


def laboratory_path(case):
    from pathlib import Path

    return Path(case.path)


def test_exporting_twice_changes_nothing_more(case):
    given = scenario(case, get("redline"), {"trust": 0.7}, off=["fear"])
    once = export(case, given)
    again = read_bytes(once.encode(), laboratory_path(case))
    assert export(again, scenario(again, get("redline"), {"trust": 0.7}, off=["fear"])) == once


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"values": {"trsut": 0.5}}, 'did you mean "trust"'),
        ({"values": {"trust": 1.5}}, "[0, 1]"),
        ({"values": {"horizon": 5}}, "no assumption"),
        ({"values": {"trust": True}}, "found bool"),
        ({"values": {"deals": "none"}}, "expected one of"),
        ({"off": ["gravity"]}, "no mechanism"),
        ({"levers": ["__proto__"]}, "no lever"),
    ],
)
def test_a_scenario_that_makes_no_sense_is_refused(case, given, says):
    with pytest.raises(UsageError, match=None) as found:
        scenario(case, get("redline"), **given)
    assert says in str(found.value)


def test_the_small_case_is_the_studys():
    """The programs compiled for one serve the other."""
    assert "value: 3" in small_text()
