"""Unilateral deterrence: the partition into four equilibria, and the beliefs that select among more.

The expected equilibria come from an enumeration of all perfect Bayesian equilibria of each game, which is
written here from the rules of the game and not from the partition.
"""

from functools import cache
from itertools import product

import numpy as np
import pytest

from detente.engine.batch import solve
from detente.models import get

MODEL = get("zagare_kilgour1993")
DEFAULT = {p.name: p.default for p in MODEL.parameters}
DETERRENCE, SEPARATING, ATTACK, BLUFF = range(4)
NAMES = ("hard_challenges", "soft_challenges", "soft_resists")

TABLE = {  # p_C, p_D: kind, Pr(challenge), Pr(war), x, y; six printed digits as fractions
    (0.3, 0.7): (DETERRENCE, 0, 0, 0, 0),
    (0.3, 0.5): (SEPARATING, 0.3, 0.15, 0, 0),
    (0.3, 0.2): (BLUFF, 0.5, 0.4 / 3, 2 / 7, 11 / 36),
    (0.8, 0.2): (ATTACK, 1, 0.16, 1, 0),
    (0.5, 0.44): (BLUFF, 5 / 6, 2 / 9, 2 / 3, 1 / 126),
}


def answers(**records):
    solved = solve(MODEL, {**DEFAULT, **records}, horizon=1, chunk=24)
    assert set(solved.status) == {None}
    return dict(solved.outcomes)


def thresholds(r):
    ct = (r["challenger_victory"] - r["challenger_status_quo"]) / (
        r["challenger_victory"] - r["challenger_conflict"]
    )
    cs = (r["challenger_victory"] - r["challenger_status_quo"]) / (
        r["challenger_victory"] - r["challenger_defeat"]
    )
    dt = (r["defender_victory"] - r["defender_defeat"]) / (
        r["defender_victory"] - r["defender_conflict_soft"]
    )
    return ct, cs, dt


@cache
def games(count=48, seed=3):
    """Random games, a quarter of them in each region, none within 0.002 of a border."""
    draw, rows, left = np.random.default_rng(seed), [], [count // 4] * 4
    while sum(left):
        c, d = np.sort(draw.uniform(0, 1, 5))[::-1], np.sort(draw.uniform(0, 1, 3))[::-1]
        r = dict(DEFAULT)
        r |= dict(
            zip(
                [f"challenger_{k}" for k in ("victory", "status_quo", "conflict", "defeat", "conflict_soft")],
                c,
                strict=True,
            )
        )
        r |= dict(zip([f"defender_{k}" for k in ("victory", "defeat", "conflict_soft")], d, strict=True))
        r["defender_conflict"] = r["defender_defeat"] + draw.uniform(0.01, 1)
        r["hard_challenger"], r["hard_defender"] = draw.uniform(0.02, 0.98, 2)
        ct, cs, dt = thresholds(r)
        gaps = [r["hard_defender"] - ct, r["hard_defender"] - cs, r["hard_challenger"] - dt]
        if min(map(abs, gaps)) < 2e-3 or ct - cs < 2e-3:
            continue
        kind = DETERRENCE if gaps[0] > 0 else SEPARATING if gaps[1] > 0 else ATTACK if gaps[2] > 0 else BLUFF
        if left[kind]:
            left[kind] -= 1
            rows.append((kind, r))
    return rows


@cache
def solved_games():
    rows = games()
    return answers(**{k: np.array([r[k] for _, r in rows]) for k in DEFAULT})


def equilibria(r):
    """All perfect Bayesian equilibria (hard, soft challenge; soft defender resists; belief where free).

    Off the path the belief may be anything: the smallest and the largest that support the profile are given.
    """
    p, q = r["hard_challenger"], r["hard_defender"]
    win, quo = r["challenger_victory"], r["challenger_status_quo"]
    hold, lose, fight = r["defender_victory"], r["defender_defeat"], r["defender_conflict_soft"]

    def gains(resists):
        met = q + (1 - q) * resists
        last = r["challenger_conflict"], r["challenger_defeat"]
        return [met * x + (1 - met) * win - quo for x in last]

    def fits(share, gain):
        return gain >= 0 if share == 1 else gain <= 0 if share == 0 else abs(gain) < 1e-12

    indifferent = (hold - lose) / (hold - fight)  # belief at which resisting is worth conceding
    found = []
    for hard, soft, resists in product((0.0, 1.0), repeat=3):
        gh, gs = gains(resists)
        if not (fits(hard, gh) and fits(soft, gs)):
            continue
        low, high = (0.0, indifferent) if resists else (indifferent, 1.0)
        if hard + soft:
            belief = p * hard / (p * hard + (1 - p) * soft)
            low, high = (belief, belief) if low <= belief <= high else (1.0, 0.0)
        if low <= high:
            found.append((hard, soft, resists, low, high))
    # Mixed: the soft challenger and the soft defender keep each other indifferent.
    soft = p * (1 - indifferent) / ((1 - p) * indifferent)
    resists = ((win - quo) / (win - r["challenger_defeat"]) - q) / (1 - q)
    if 0 < soft < 1 and 0 < resists < 1 and gains(resists)[0] >= 0:
        found.append((1.0, soft, resists, indifferent, indifferent))
    # A hard challenger that mixes is believed hard: soft defenders concede, which fits q = c_t alone.
    return found


def survives_d1(equilibrium):
    """Off the path an unexpected challenge is put down to the hard challenger, who gains more from it."""
    hard, soft, _, _, high = equilibrium
    return hard + soft > 0 or high == 1


def test_the_printed_table():
    points = np.array(list(TABLE)).T
    found = answers(hard_challenger=points[0], hard_defender=points[1])
    kind, challenge, war, x, y = np.array(list(TABLE.values())).T
    np.testing.assert_array_equal(found["equilibrium"], kind)
    for name, expected in (
        ("challenge", challenge),
        ("war", war),
        ("soft_challenges", x),
        ("soft_resists", y),
    ):
        np.testing.assert_allclose(found[name], expected, rtol=0, atol=1e-9, err_msg=name)
    np.testing.assert_array_equal(found["equilibria_found"], 1)


def test_the_partition_in_random_games():
    found = solved_games()
    for i, (kind, r) in enumerate(games()):
        ct, cs, dt = thresholds(r)
        p, q = r["hard_challenger"], r["hard_defender"]
        assert found["equilibrium"][i] == kind
        war = {DETERRENCE: 0, SEPARATING: p * q, ATTACK: p * q, BLUFF: p * cs}[kind]
        assert found["war"][i] == pytest.approx(war, abs=1e-9)
        assert found["holds_deterrence"][i] == (q >= ct)
        if kind == BLUFF:
            assert found["hard_if_challenged"][i] == pytest.approx(dt, abs=1e-9)


def test_the_set_found_is_the_set_of_all_equilibria_that_survive_d1():
    found = solved_games()
    for i, (_, r) in enumerate(games()):
        every = equilibria(r)
        kept = [e[:3] for e in every if survives_d1(e)]
        assert len(kept) == 1, "the game should have one equilibrium that survives"
        assert found["equilibria_found"][i] == len(kept)
        reported = tuple(found[name][i] for name in NAMES)
        assert reported == pytest.approx(kept[0], abs=1e-9), i
        # The other one is that nobody challenges, and needs too kind a belief.
        assert [e[:3] for e in every if not survives_d1(e)] == [(0, 0, 1)]


def test_values_are_what_the_equilibrium_pays():
    found = solved_games()
    for i, (_, r) in enumerate(games()):
        hard, soft, resists = (found[name][i] for name in NAMES)
        p, q = r["hard_challenger"], r["hard_defender"]
        mine = theirs = 0.0
        for challenger, likely, goes in (("hard", p, hard), ("soft", 1 - p, soft)):
            mine += likely * (1 - goes) * r["challenger_status_quo"]
            theirs += likely * (1 - goes) * r["defender_status_quo"]
            for defender, there, stands in (("hard", q, 1.0), ("soft", 1 - q, resists)):
                way = likely * goes * there
                mine += way * (1 - stands) * r["challenger_victory"]
                theirs += way * (1 - stands) * r["defender_defeat"]
                end = "conflict" if challenger == "hard" else None
                mine += way * stands * r["challenger_conflict" if end else "challenger_defeat"]
                fought = "defender_conflict" + ("" if defender == "hard" else "_soft")
                theirs += way * stands * r[fought if end else "defender_victory"]
        assert found["challenger_value"][i] == pytest.approx(mine, abs=1e-9)
        assert found["defender_value"][i] == pytest.approx(theirs, abs=1e-9)


def test_in_the_bluff_equilibrium_a_more_credible_defender_prevents_nothing():
    q = np.linspace(0.05, 0.43, 8)
    found = answers(hard_challenger=np.full(8, 0.4), hard_defender=q)
    np.testing.assert_array_equal(found["equilibrium"], BLUFF)
    np.testing.assert_allclose(found["war"], 0.4 * 4 / 9, rtol=0, atol=1e-9)
    assert (np.diff(found["soft_resists"]) < 0).all()


def test_what_the_theory_does_not_cover_is_refused():
    solved = solve(MODEL, {**DEFAULT, "challenger_conflict": 0.7}, horizon=1, chunk=24)
    order = "challenger_victory > challenger_status_quo > challenger_conflict > challenger_defeat"
    assert solved.status == (f"not solved: needs {order}",)
