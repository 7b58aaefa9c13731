"""Draws of a case: one sequence however it is dealt, what experience teaches, what interventions do."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from detente.case.case import Assumption, Case, Change, Correlation, Episode, Experience, Lever, Prior
from detente.case.claims import Vocabulary, parse_test
from detente.errors import CaseError, UsageError
from detente.gallery.redline import MODEL
from detente.study.draws import apply, design, dimensions, learn_promises

SUPPORT = Experience(
    "support",
    (2.0, 4.0),
    (Episode("no help", 1980, False, 3.0, "a"), Episode("some help", 1985, True, 0.5, "a")),
)
PROMISES = Experience(
    "promises",
    (2.0, 2.0),
    (Episode("kept", 2014, True, 0.75, "a"), Episode("broken", 2018, False, 1.0, "a")),
)
LEVERS = (
    Lever("continuity", "demander", "", {"unreliable_performance": Change("set", 0.85)}),
    Lever("guarantee", "demander", "", {"unreliable_performance": Change("set", 0.6)}),
    Lever("faster", "both", "", {"build_pace": Change("add", 0.7), "build_cost": Change("scale", 0.5)}),
    Lever("dearer", "both", "", {"build_cost": Change("add", 1.0)}),
)


def uniform(low, high):
    return Prior("uniform", (low, high), low, high)


def case(changes=None, quantities=None, correlations=(), promises=PROMISES):
    """A case of the red-line game: the model's defaults, a few priors, both experiences."""
    assumptions = {p.name: Assumption(p.name, p.default) for p in MODEL.parameters}
    assumptions |= {
        "noise": Assumption("noise", prior=uniform(0.05, 0.3)),
        "build_pace": Assumption("build_pace", prior=uniform(0.1, 0.5)),
        "members": Assumption("members", 2.0),
        "unreliable_performance": Assumption("unreliable_performance", prior=uniform(0.3, 0.8)),
        "support_reliability": Assumption("support_reliability", learned="support"),
        "trust": Assumption("trust", learned="promises"),
        **{name: Assumption(name, **what) for name, what in (changes or {}).items()},
    }
    return Case(
        id="test",
        title="",
        question="",
        model="redline",
        holder="A",
        demander="B",
        as_of="2026-01-01",
        sources={},
        parameters=assumptions,
        quantities=quantities or {"markup": Assumption("markup", prior=uniform(0.0, 0.8))},
        formulas={},
        correlations=correlations,
        experience={"support": SUPPORT, "promises": promises},
        claims=(),
        levers=LEVERS,
        digest="",
        path="",
    )


def intervention(text):
    """The intervention of a call ``zone(text)``."""
    words = Vocabulary(MODEL, {}, {}, [lever.id for lever in LEVERS], 40)
    return parse_test(f"zone({text}) < 0", words).calls[0].intervention


def after(text, of=None, n=16):
    of = of or case()
    draws = design(of, 7, 0, n)
    return draws, apply(of, MODEL, draws, intervention(text))


# --- The design


def test_the_order_of_dimensions_is_fixed():
    assert dimensions(case()) == (
        "build_pace",
        "markup",
        "noise",
        "unreliable_performance",
        "support",
        "promises",
    )


@pytest.mark.parametrize(
    ("start", "stop"), [(0, 1), (0, 64), (1, 2), (5, 8), (13, 77), (96, 128), (127, 128)]
)
def test_a_stretch_is_the_slice_of_the_whole_bit_for_bit(start, stop):
    linked = case(
        correlations=(Correlation(("noise", "build_pace"), 0.6), Correlation(("trust", "noise"), -0.3))
    )
    whole, part = design(linked, 3, 0, 128), design(linked, 3, start, stop)
    assert part.index.tolist() == list(range(start, stop))
    for kind in ("values", "before", "after"):
        all_of, some_of = getattr(whole, kind), getattr(part, kind)
        assert some_of.keys() == all_of.keys()
        for name, array in some_of.items():
            assert array.tobytes() == all_of[name][start:stop].tobytes(), name
    assert part.contradicted.tolist() == whole.contradicted[start:stop].tolist()


def test_seeds_differ_and_repeat():
    one, again, other = (design(case(), seed, 0, 8).values["noise"] for seed in (0, 0, 1))
    assert one.tobytes() == again.tobytes()
    assert (one != other).all()


def test_draws_follow_their_priors():
    draws = design(case(), 1, 0, 1024)
    noise = draws.values["noise"]
    assert noise.min() >= 0.05 and noise.max() <= 0.3
    counts, _ = np.histogram(noise, 16, (0.05, 0.3))
    assert (counts == 64).all()  # balanced: the mark of the sequence
    assert (draws.values["discount"] == 0.9).all()
    assert set(draws.values) == {p.name for p in MODEL.parameters} | {"markup"}


def test_a_case_without_uncertainty_can_be_drawn():
    certain = {name: {"value": 0.2} for name in ("noise", "build_pace", "unreliable_performance", "trust")}
    certain["support_reliability"] = {"value": 0.5}
    draws = design(case(certain, {"markup": Assumption("markup", 1.0)}), 0, 2, 5)
    assert draws.values["noise"].tolist() == [0.2, 0.2, 0.2]
    assert draws.before == {}


@pytest.mark.parametrize(("start", "stop"), [(-1, 3), (3, 3), (4, 3), (0, 2**30 + 1)])
def test_an_impossible_stretch_is_refused(start, stop):
    with pytest.raises(UsageError, match=f"found {start} to {stop}, expected"):
        design(case(), 0, start, stop)


# --- Correlations


def test_rank_correlations_are_met():
    linked = case(
        {"build_cost": {"prior": Prior("lognormal", (1.0, 0.8), 0.1, 9.0)}},
        correlations=(Correlation(("noise", "build_pace"), 0.6), Correlation(("build_cost", "noise"), -0.4)),
    )
    values = design(linked, 5, 0, 4096).values

    def rank(a, b):
        return stats.spearmanr(values[a], values[b]).statistic

    assert rank("noise", "build_pace") == pytest.approx(0.6, abs=0.01)
    assert rank("noise", "build_cost") == pytest.approx(-0.4, abs=0.01)
    assert rank("noise", "markup") == pytest.approx(0, abs=0.02)
    free = design(case(), 5, 0, 4096).values  # margins are not touched
    assert values["noise"].mean() == pytest.approx(free["noise"].mean(), abs=1e-3)


def test_a_learned_parameter_can_be_correlated():
    linked = case(correlations=(Correlation(("support_reliability", "noise"), 0.5),))
    values = design(linked, 5, 0, 2048).values
    assert stats.spearmanr(values["support_reliability"], values["noise"]).statistic == pytest.approx(
        0.5, abs=0.02
    )


def test_contradicting_correlations_are_refused():
    pairs = (("noise", "build_pace"), ("build_pace", "markup"), ("noise", "markup"))
    ranks = (0.9, 0.9, -0.9)
    impossible = case(correlations=tuple(map(Correlation, pairs, ranks)))
    with pytest.raises(CaseError, match=r"noise and markup -0\.9, .*positive definite"):
        design(impossible, 0, 0, 4)


# --- Learning


def test_support_is_the_beta_with_its_episodes_at_the_same_random_number():
    draws = design(case(), 2, 0, 256)
    before, learned = draws.before["support_reliability"], draws.values["support_reliability"]
    np.testing.assert_allclose(stats.beta(2, 4).cdf(before), stats.beta(2.5, 7).cdf(learned), rtol=1e-9)
    assert learned.mean() == pytest.approx(2.5 / 9.5, abs=2e-3)
    assert draws.after["support_reliability"] is learned


def test_trust_is_learned_by_hand_computed_odds():
    draws = design(case(), 2, 0, 64)
    tau, unreliable = draws.before["trust"], draws.values["unreliable_performance"]
    for i in range(64):
        reliable, lapse = 0.97**2, unreliable[i] ** 2
        odds = tau[i] / (1 - tau[i]) * (reliable / lapse) ** 0.75 * (1 - reliable) / (1 - lapse)
        assert draws.values["trust"][i] == pytest.approx(odds / (1 + odds), rel=1e-12)


def test_one_broken_promise_by_hand():
    """Even odds; 0.9 and 0.5 kept, so broken in 0.1 and 0.5: odds 1 to 5."""
    broken = Experience("promises", (1, 1), (Episode("", 2018, False, 1.0, ""),))
    trust, contradicted = learn_promises(np.array([0.5]), np.array([0.9]), np.array([0.5]), broken)
    assert trust[0] == pytest.approx(1 / 6)
    assert not contradicted[0]


@pytest.mark.parametrize(
    ("reliable", "unreliable", "kept", "broken", "trust", "contradicted"),
    [
        (1.0, 1.0, 1.0, 1.0, 0.3, False),  # nobody can break a promise: a broken one teaches nothing
        (0.0, 0.0, 1.0, 1.0, 0.3, False),  # nobody keeps one
        (1.0, 0.5, 0.0, 1.0, 0.0, False),  # a reliable system never breaks one, and it was broken
        (0.5, 0.0, 1.0, 0.0, 1.0, False),  # an unreliable system never keeps one, and it was kept
        (1.0, 0.0, 1.0, 1.0, 0.3, True),  # both ruled out
        (0.9, 0.5, 0.0, 0.0, 0.3, False),  # no episode
        (0.7, 0.7, 2.0, 3.0, 0.3, False),  # systems alike
    ],
)
def test_learning_at_the_edges(reliable, unreliable, kept, broken, trust, contradicted):
    episodes = (Episode("", 2000, True, kept, ""), Episode("", 2001, False, broken, ""))
    experience = Experience("promises", (1, 1), tuple(e for e in episodes if e.weight))
    result = learn_promises(np.array([0.3]), np.array([reliable]), np.array([unreliable]), experience)
    assert (result[0][0], result[1][0]) == (trust, contradicted)


def test_contradictions_are_flagged_in_the_draws():
    extreme = case({"reliable_performance": {"value": 1.0}, "unreliable_performance": {"value": 0.0}})
    draws = design(extreme, 0, 0, 4)
    assert draws.contradicted.all()
    assert draws.values["trust"].tolist() == draws.before["trust"].tolist()


# --- Interventions


def test_no_intervention_changes_nothing():
    draws, records = after("")
    assert records.valid.all()
    assert records.reasons == (None,) * 16
    assert set(records.values) == {p.name for p in MODEL.parameters}
    for name, array in records.values.items():
        assert array.tobytes() == draws.values[name].tobytes()


@pytest.mark.parametrize(
    ("mechanism", "name"), [("war_experience", "support_reliability"), ("deal_experience", "trust")]
)
def test_unlearning_takes_the_prior_and_nothing_else(mechanism, name):
    draws, records = after(f'off="{mechanism}"')
    assert records.values[name].tobytes() == draws.before[name].tobytes()
    assert (records.values[name] != draws.values[name]).all()
    for other in set(records.values) - {name}:
        assert records.values[other].tobytes() == draws.values[other].tobytes()


def test_a_neutral_value_wins_over_an_experience():
    _, records = after('off=["anarchy", "war_experience"]')
    assert (records.values["support_reliability"] == 1).all()
    assert (records.values["veto_probability"] == 0).all()


def test_switching_commitment_off_keeps_the_trust_that_was_learned():
    draws, records = after('off="commitment"')
    assert (records.values["unreliable_performance"] == 1).all()
    assert records.values["trust"].tobytes() == draws.values["trust"].tobytes()
    assert (records.values["trust"] != draws.before["trust"]).all()


def test_levers_set_then_add_then_scale():
    draws, records = after('lever=["faster", "dearer", "continuity"], build_pace=0.5')
    assert (records.values["build_cost"] == (1.0 + 1.0) * 0.5).all()
    assert (records.values["unreliable_performance"] == 0.85).all()
    assert records.valid.all()
    assert records.values["trust"].tobytes() == draws.values["trust"].tobytes()


@pytest.mark.parametrize("dose", [0.0, 0.25, 1.0, 1.5])
def test_a_dose_goes_part_of_the_way_or_beyond(dose):
    of = case()
    draws = design(of, 7, 0, 16)
    change = replace(intervention('lever=["faster", "dearer", "continuity"]'), dose=dose)
    records = apply(of, MODEL, draws, change)
    before = draws.values
    assert records.values["build_cost"] == pytest.approx((before["build_cost"] + dose) * 0.5**dose)
    u = before["unreliable_performance"]
    assert records.values["unreliable_performance"] == pytest.approx(u + dose * (0.85 - u))
    assert records.values["build_pace"] == pytest.approx(before["build_pace"] + 0.7 * dose)
    assert ("dose" in change.label) == (dose != 1)
    if dose == 0:
        assert all(records.values[name].tolist() == before[name].tolist() for name in records.values)


def test_levers_act_after_mechanisms_and_settings_after_levers():
    _, records = after('off="commitment", lever="continuity", reliable_performance=unreliable_performance/2')
    assert (records.values["unreliable_performance"] == 0.85).all()
    assert (records.values["reliable_performance"] == 0.425).all()


def test_settings_do_not_see_one_another():
    draws, records = after("build_cost=mutual_cost, mutual_cost=build_cost")
    assert records.values["build_cost"].tolist() == draws.values["mutual_cost"].tolist()
    assert records.values["mutual_cost"].tolist() == draws.values["build_cost"].tolist()


def test_leaving_a_domain_is_reported_and_not_repaired():
    draws, records = after('lever="faster"')
    pace = draws.values["build_pace"] + 0.7
    assert records.values["build_pace"].tolist() == pace.tolist()
    assert records.valid.tolist() == (pace <= 1).tolist()
    assert 0 < records.valid.sum() < 16
    worst = int(np.argmax(pace))
    assert records.reasons[worst] == f"lever faster takes build_pace to {pace[worst]:g}, outside [0, 1]"
    assert records.reasons[int(np.argmin(pace))] is None


def test_a_step_below_nothing_is_reported():
    bare = case({"arsenal": {"prior": Prior("choice", (0.0, 2.0), 0.0, 2.0)}})
    draws, records = after("arsenal=arsenal-1", bare)
    assert records.valid.tolist() == (draws.values["arsenal"] == 2).tolist()
    reasons = set(records.reasons)
    assert reasons == {None, "arsenal=arsenal - 1 takes arsenal to -1, outside a whole number in [0, 4]"}


def test_an_undefined_setting_is_reported():
    _, records = after("build_cost=1/deal_strength")
    assert not records.valid.any()
    assert (
        records.reasons[0]
        == "build_cost=1 / deal_strength takes build_cost to no finite number, outside [0, inf)"
    )


def test_levers_that_contradict_are_reported():
    _, records = after('lever=["guarantee", "continuity"]')
    assert not records.valid.any()
    assert (
        records.reasons[0] == "levers continuity and guarantee set unreliable_performance to different values"
    )


def test_the_sequence_never_touches_the_ends():
    """At u = 0 an unbounded prior would be infinite."""
    wide = case({"deal_strength": {"prior": Prior("normal", (0.0, 1.0), -math.inf, math.inf)}})
    assert np.isfinite(design(wide, 0, 0, 512).values["deal_strength"]).all()
