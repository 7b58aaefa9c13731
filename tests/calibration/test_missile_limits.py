"""The numbers that the first case takes from data, worked out again from these data."""

import csv
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from detente.case.read import read

DATA = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the data are not beside this checkout")

CASE = read("missile-limits")
IRAN, UNITED_STATES, BRITAIN, FRANCE, GERMANY, RUSSIA, CHINA = 630, 2, 200, 220, 255, 365, 710


def rows(name):
    with (DATA / name).open(encoding="utf-8", errors="replace", newline="") as file:
        return list(csv.DictReader(file))


def why(name):
    return CASE.parameters[name].why


@pytest.fixture(scope="module")
def cinc():
    table = pq.read_table(DATA / "nmc_v7.parquet", columns=["ccode", "year", "cinc"]).to_pylist()
    return {r["ccode"]: r["cinc"] for r in table if r["year"] == 2022}


def test_capability_ratios(cinc):
    iran = cinc[IRAN]
    assert f"CINC {iran:.5f} in 2022" in why("holder_strength")
    ratios = {n: cinc[c] / iran for n, c in {"us": UNITED_STATES, "ru": RUSSIA, "cn": CHINA}.items()}
    e3 = sum(cinc[c] for c in (BRITAIN, FRANCE, GERMANY)) / iran
    text = why("demander_strength")
    assert f"{ratios['us'] + e3:.2f} times Iran's CINC in 2022" in text
    assert f"United States {ratios['us']:.2f}, E3 {e3:.2f}" in text
    prior = CASE.parameters["demander_strength"].prior
    assert prior.args == pytest.approx(((ratios["us"] + e3) * 0.15, (ratios["us"] + e3) * 0.60), rel=0.02)
    assert f"Russia has {ratios['ru']:.2f} and China {ratios['cn']:.1f} times" in why("support_strength")


def test_military_spending():
    series = [r for r in rows("milex_sipri_selected_1949_2024.csv") if r["stateabb"] == "IRN"]
    shares = {int(r["year"]): float(r["milex_share_gdp"]) for r in series if r["milex_share_gdp"]}
    scale = 1 if shares[2024] > 0.5 else 100
    late = [x * scale for y, x in shares.items() if 1990 <= y <= 2024]
    assert (
        f"{shares[2024] * scale:.1f} per cent of income on its military (2024; {sum(late) / len(late):.1f} on"
        in why("upkeep_per_step")
    )


def test_alliance_record_and_veto_share():
    """The prior of support has both classes of comparison inside its 95 % interval."""
    from scipy.stats import beta

    low, high = beta(*CASE.experience["support"].prior).interval(0.95)
    assert low < 6 / 43 < 73 / 146 < high
    assert "203 of 2806" in why("veto_probability") and 203 / 2806 == pytest.approx(0.072, abs=5e-4)
    votes = rows("unsc_votes_1946_2019.csv")
    vetoed = sum(bool(r["vetoed_by"]) for r in votes)
    total, share = len(votes), vetoed / len(votes)
    assert share == pytest.approx(0.072, abs=0.004), (vetoed, total)


def test_turnover_of_coalitions():
    american = [r for r in rows("leader_support_chisols_v4.csv") if r["ccode"] == "2"]
    late = [r for r in american if 1946 <= int(r["year"]) <= 2008]
    changes = sum(int(r["solschange"] or 0) for r in late)
    found = re.search(
        r"passes to another coalition in ([0-9.]+) of the years \(United States, (\d+) in",
        why("reliable_performance"),
    )
    assert found and int(found[2]) == changes
    assert float(found[1]) == pytest.approx(changes / 63, abs=0.005)


def test_every_number_has_a_source_or_is_called_assumed():
    for a in (*CASE.parameters.values(), *CASE.quantities.values()):
        assert a.source in CASE.sources or a.source in ("assumed", "experience", "model default"), a.name
        assert a.why or a.source == "model default", a.name
    defaults = [a.name for a in CASE.parameters.values() if a.source == "model default"]
    assert defaults == ["deals"]  # every number is chosen; only which deals may be offered is left open


def test_both_sides_are_heard():
    kept = [x.kept for e in CASE.experience.values() for x in e.episodes]
    assert min(kept.count(True), kept.count(False)) >= 10
    assert {c.side for c in CASE.claims} == {"argument", "rival"} and len(CASE.levers) >= 10
