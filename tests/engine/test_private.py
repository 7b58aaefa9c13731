"""Games with private information: small games against closed forms worked out by hand."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.optimize import root
from scipy.special import expit

from detente.engine.game import Action, Branch, Chance, Convention, Count, Decision, Game, Joint, Variable
from quick import LITTLE

COMPILED: dict[Any, Any] = {}  # programs by game, so that a game is compiled once in this file


def solve(game: Game, read: Any = None, years: int = 1, **parameters: Any) -> dict[str, Any]:
    """Solve a game for parameters of shape [batch] or plain numbers: what is read, and what was found."""
    import jax

    from detente.engine import private

    names = list(parameters)
    table = np.stack(np.broadcast_arrays(*(np.atleast_1d(np.asarray(x, float)) for x in parameters.values())))

    def one(record: Any) -> dict[str, Any]:
        p = dict(zip(names, record, strict=True))
        a = private.solve(game, p, years)
        more = {} if read is None else read(a.first, SimpleNamespace(**p))
        values = dict(zip(game.players, a.first.values, strict=True))
        found = {"values": values, "gaps": a.gaps, "found": a.found, "holds": a.holds, "tallies": a.tallies}
        return {**found, **more}

    program = COMPILED.setdefault(
        (id(game), *names), (game, jax.jit(jax.vmap(one, in_axes=1), compiler_options=LITTLE))
    )[1]
    with jax.enable_x64(True):
        return jax.device_get(program(table))


def worst(found: dict[str, Any]) -> float:
    """Largest gap of a certificate, apart from regret and mixing, which are no errors."""
    return max(float(np.max(x)) for k, x in found["gaps"].items() if k not in ("regret", "mixing"))


# --- Choosing at once -------------------------------------------------------------------------


def pennies(s: Any, p: Any, chosen: Any) -> Action:
    """Row wins a if both show heads, 1 if both show tails; column wins 1 if they differ."""
    same = chosen["row"] == chosen["column"]
    heads = chosen["row"] == "heads"
    return Action("show", ends={"row": (p.a if heads else 1.0) * same, "column": 1.0 - same})


SIDES = (Action("heads"), Action("tails"))
PENNIES = Game(
    players=("row", "column"),
    variables=(Variable("none", 1, known_to=()),),
    stages=(Joint("show", lambda s, p: {"row": SIDES, "column": SIDES}, pennies),),
    start=lambda p: {},
)


def shown(first: Any, p: Any) -> dict[str, Any]:
    return {x: first.choice("show", "heads", player=x) for x in ("row", "column")}


def test_matching_pennies_is_mixed_as_in_the_closed_form_and_at_noise_as_the_logit_equations_say():
    a = np.array([1.0, 2.0, 9.0, 9.0, 2.0, 9.0])
    noise = np.array([0.0, 0.0, 0.0, 0.02, 0.3, 3.0])
    found = solve(PENNIES, shown, a=a, noise=noise)
    assert worst(found) < 1e-12
    np.testing.assert_allclose(found["row"][:3], 0.5, atol=1e-11)
    np.testing.assert_allclose(found["column"][:3], 1 / (1 + a[:3]), atol=1e-11)
    np.testing.assert_allclose(found["values"]["row"][:3], a[:3] / (1 + a[:3]), atol=1e-11)
    assert (found["gaps"]["regret"][:3] < 1e-11).all()
    for i in (3, 4, 5):

        def equations(x: Any, i: int = i) -> Any:
            row, column = expit(x)
            return x - np.array([a[i] * column - (1 - column), 1 - 2 * row]) / noise[i]

        x = root(equations, np.zeros(2), tol=1e-14).x
        assert found["row"][i] == pytest.approx(expit(x[0]), abs=1e-10)
        assert found["column"][i] == pytest.approx(expit(x[1]), abs=1e-10)
    assert (found["gaps"]["regret"][3:] <= noise[3:] * np.log(2)).all()


# --- Where the first action is not taken ---------------------------------------------------------


def pennies_or_nothing(s: Any, p: Any, chosen: Any) -> Action:
    """Matching pennies in which each may keep its penny, which is worse than showing either side."""
    if "keep" not in chosen.values():
        return pennies(s, p, chosen)
    return Action("show", ends={x: -0.1 if a == "keep" else 0.2 + p.a / 10 for x, a in chosen.items()})


KEEP = (Action("keep"), *SIDES)
KEEPING = Game(
    players=("row", "column"),
    variables=(Variable("none", 1, known_to=()),),
    stages=(Joint("show", lambda s, p: {"row": KEEP, "column": KEEP}, pennies_or_nothing),),
    start=lambda p: {},
)


def test_play_that_leaves_the_first_action_out_has_all_its_digits_and_so_have_its_derivatives():
    import jax

    from detente.engine import private

    a = np.array([1.0, 2.0, 5.0])
    found = solve(KEEPING, shown, a=a, noise=0.0)
    assert worst(found) < 1e-12
    assert (found["gaps"]["regret"] < 1e-11).all()
    np.testing.assert_allclose(found["row"], 0.5, atol=1e-11)
    np.testing.assert_allclose(found["column"], 1 / (1 + a), atol=1e-11)

    def column(a: Any, noise: float) -> Any:
        return private.solve(KEEPING, {"a": a, "noise": noise}).first.choice("show", "heads", player="column")

    with jax.enable_x64(True):
        forward, backward = (jax.jit(mode(column)) for mode in (jax.jacfwd, jax.jacrev))
        assert float(forward(2.0, 0.0)) == pytest.approx(-1 / 9, rel=1e-6)
        assert float(backward(2.0, 0.0)) == pytest.approx(-1 / 9, rel=1e-6)
        central = np.diff(solve(KEEPING, shown, a=[2 - 1e-5, 2 + 1e-5, 1], noise=0.02)["column"])[0] / 2e-5
        assert float(forward(2.0, 0.02)) == pytest.approx(float(central), rel=1e-6)


def test_in_which_order_actions_are_listed_does_not_matter():
    """A war of attrition; a side that concedes at once, by its first action or its last, does or does not."""
    import dataclasses

    from detente.models import get

    model, periods = get("abreu_gul2000"), 12
    game = model.game(periods)
    labels = [*(f"until {k}" for k in range(periods)), "for ever"]

    def listed(stage: Any, order: list[str]) -> Any:
        def actions(s: Any, p: Any) -> Any:
            return sorted(stage.actions(s, p), key=lambda x: order.index(x.label))

        return dataclasses.replace(stage, actions=actions) if isinstance(stage, Decision) else stage

    p = {x.name: x.default for x in model.parameters if not x.static}
    p |= {"span": 36.0, "noise": 0.0, "first_obstinate": np.array([0.1, 0.2, 0.05])}
    answers = []
    for order in (labels, labels[::-1]):
        again = dataclasses.replace(game, stages=tuple(listed(x, order) for x in game.stages))
        answers.append(solve(again, model.answer, **p))
        assert worst(answers[-1]) < 1e-12
        assert (answers[-1]["gaps"]["regret"] < 1e-11).all()
    for x in model.outcomes:
        np.testing.assert_allclose(answers[0][x.name], answers[1][x.name], atol=1e-9, err_msg=x.name)


def test_a_contest_on_a_grid_without_a_pure_equilibrium_is_mixed_between_levels_of_effort():
    """No effort at all is the first action, and nobody takes it."""
    from detente.engine.batch import solve as batch
    from detente.models import get

    model, levels = get("tullock1980"), 18
    prize = np.array([0.2476, 3.0, 0.2685, 2.2338, 0.35166, 0.7898])
    power = np.array([0.9814, 0.7097, 0.7949, 0.8529, 0.50773, 0.8931])
    p = {x.name: x.default for x in model.parameters if not x.static}
    p |= {"noise": 0.0, "second_prize": 1.0, "first_prize": prize, "decisiveness": power}
    solved = batch(model, p, horizon=1, chunk=6, settings={"levels": levels})
    assert set(solved.status) == {None}
    assert (solved.gaps["mixing"] > 1e-3).all()
    assert (solved.gaps["regret"] < 1e-11).all()
    t = prize**power
    for name, exact in (("first_effort", prize), ("second_effort", 1.0)):
        expected = power * exact * t / (1 + t) ** 2  # of the contest without a grid
        level = 11 / 18 / levels * exact
        assert (np.abs(solved.outcomes[name] - expected) < level).all(), name


# --- A choice that is not seen -----------------------------------------------------------------


def arming(when_tied: bool = True) -> Game:
    """Bob arms in secret; Ann demands little or much; Bob takes it or fights: no pure equilibrium."""

    def arm(s: Any, p: Any) -> Any:
        yield Action("stay")
        yield Action("arm", to={"armed": 1}, pays={"bob": -p.price})

    def demand(s: Any, p: Any) -> Any:
        yield Action("little")
        yield Action("much", to={"asked": 1})

    def answer(s: Any, p: Any) -> Any:
        x = 0.6 - p.shift * (s.asked == 0)
        yield Action("take", ends={"ann": x, "bob": 1 - x}, when_tied=when_tied)
        won = 0.5 - p.shift * (s.armed == 1)
        yield Action("fight", ends={"ann": won - 0.1, "bob": 1 - won - 0.1})

    return Game(
        players=("ann", "bob"),
        variables=(Variable("armed", 2, known_to=("bob",)), Variable("asked", 2)),
        stages=(
            Decision("arm", "bob", arm),
            Decision("demand", "ann", demand),
            Decision("answer", "bob", answer),
        ),
        start=lambda p: {},
        tallies=(Count("wars", "answer", "fight"),),
    )


ARMING = arming()


def arming_read(first: Any, p: Any) -> dict[str, Any]:
    return {
        "arm": first.choice("arm", "arm"),
        "little": first.choice("demand", "little"),
        "war": first.taken("answer", "fight"),
        "belief": first.belief("demand", {"armed": 1}),
        "fights": first.choice("answer", "fight", armed=1, asked=1),
        "reach": first.reach("answer", armed=1, asked=1),
    }


def test_a_secret_choice_is_mixed_such_that_the_other_is_indifferent_and_ties_are_decided_as_said():
    shift, price = np.array([0.2, 0.3, 0.1]), np.array([0.05, 0.1, 0.05])
    found = solve(ARMING, arming_read, shift=[*shift, 0.1, 0.1], price=[*price, 0.05, 0.05], noise=0.0)
    assert worst(found) < 1e-12
    np.testing.assert_allclose(found["arm"][:3], shift / (shift + 0.2), atol=1e-11)
    np.testing.assert_allclose(found["belief"], found["arm"], atol=1e-15)
    np.testing.assert_allclose(found["little"][:3], 1 - price / shift, atol=1e-11)
    np.testing.assert_allclose(found["war"][:3], price / (shift + 0.2), atol=1e-11)
    np.testing.assert_allclose(found["tallies"]["wars"][:, 0], found["war"], atol=1e-15)
    np.testing.assert_allclose(found["fights"], 1.0, atol=1e-12)
    np.testing.assert_allclose(found["reach"], found["arm"] * (1 - found["little"]), atol=1e-15)


def test_derivatives_are_those_of_the_closed_form_and_of_differences():
    import jax

    from detente.engine import private

    game = ARMING

    def war(x: Any, noise: float) -> Any:
        answer = private.solve(game, {"shift": x[0], "price": x[1], "noise": noise})
        return answer.first.taken("answer", "fight")

    with jax.enable_x64(True):
        at = np.array([0.2, 0.05])
        slope = jax.jit(jax.jacfwd(war), static_argnums=1)
        exact = [-0.05 / 0.4**2, 1 / 0.4]
        np.testing.assert_allclose(slope(at, 0.0), exact, rtol=1e-6)
        value = jax.jit(war, static_argnums=1)
        for i in range(2):
            h = 1e-5 * np.eye(2)[i]
            central = (value(at + h, 0.05) - value(at - h, 0.05)) / 2e-5
            assert float(slope(at, 0.05)[i]) == pytest.approx(float(central), rel=1e-6)


def test_a_batch_is_a_loop():
    draw = np.random.default_rng(1)
    p = {
        "shift": draw.uniform(0.1, 0.4, 5),
        "price": draw.uniform(0.01, 0.05, 5),
        "noise": np.array([0, 0, 0.01, 0.1, 1]),
    }
    whole = solve(ARMING, arming_read, **p)
    for i in range(5):
        alone = solve(ARMING, arming_read, **{k: x[[i] * 5] for k, x in p.items()})
        for name in ("arm", "little", "war"):
            assert alone[name][0] == pytest.approx(whole[name][i], abs=1e-12)


# --- Signals -----------------------------------------------------------------------------------


def signalling(scale: float = 1.0, shift: float = 0.0, swapped: bool = False) -> Game:
    """A sender signals, at a price if it is weak; a receiver who sees the signal yields or not."""

    def nature(s: Any, p: Any) -> Any:
        yield Branch(1 - p.strong, {"kind": 0})
        yield Branch(p.strong, {"kind": 1})

    def signal(s: Any, p: Any) -> Any:
        quiet = Action("quiet", to={"heard": 0})
        loud = Action("loud", to={"heard": 1}, pays={"sender": -scale * p.price * (s.kind == 0)})
        yield from (loud, quiet) if swapped else (quiet, loud)

    def reply(s: Any, p: Any) -> Any:
        yield Action(
            "hold", ends={"sender": shift + 0.0 * s.kind, "receiver": scale * (0.3 - 1.0 * (s.kind == 1))}
        )
        yield Action("yield", ends={"sender": shift + scale, "receiver": 0.0})

    return Game(
        players=("sender", "receiver"),
        variables=(Variable("kind", 2, known_to=("sender",)), Variable("heard", 2)),
        stages=(
            Chance("nature", nature),
            Decision("signal", "sender", signal),
            Decision("reply", "receiver", reply),
        ),
        start=lambda p: {},
    )


SIGNALLING = signalling()


def signalling_read(first: Any, p: Any) -> dict[str, Any]:
    return {
        "weak": first.choice("signal", "loud", kind=0),
        "strong": first.choice("signal", "loud", kind=1),
        "loud": first.choice("reply", "yield", heard=1),
        "quiet": first.choice("reply", "yield", heard=0),
        "belief_loud": first.belief("reply", {"kind": 1}, heard=1),
        "belief_quiet": first.belief("reply", {"kind": 1}, heard=0),
    }


def test_signals_separate_where_they_are_too_dear_for_the_weak():
    found = solve(SIGNALLING, signalling_read, strong=0.2, price=1.5, noise=[0.0] * 3)
    for name, expected in {
        "weak": 0,
        "strong": 1,
        "loud": 1,
        "quiet": 0,
        "belief_loud": 1,
        "belief_quiet": 0,
    }.items():
        assert found[name][0] == pytest.approx(expected, abs=1e-9), name


def test_where_the_weak_mix_beliefs_make_the_receiver_indifferent():
    """The weak are loud until P(strong | loud) = 0.3; loud is then yielded to with probability price."""
    found = solve(SIGNALLING, signalling_read, strong=0.2, price=0.6, noise=[0.0] * 3)
    assert found["strong"][0] == pytest.approx(1, abs=1e-9)
    assert found["belief_loud"][0] == pytest.approx(0.3, abs=1e-9)
    assert found["weak"][0] == pytest.approx(0.2 * 0.7 / 0.3 / 0.8, abs=1e-9)
    assert found["loud"][0] == pytest.approx(0.6, abs=1e-9)


NOISES = np.array([0.02, 0.1, 1.0])


def test_bayes_rule_and_logit_choice_hold_at_every_noise_and_only_differences_and_ratios_count():
    p = {"strong": 0.2, "price": 0.6}
    found = solve(SIGNALLING, signalling_read, noise=NOISES, **p)
    assert worst(found) < 1e-12
    for heard, belief, yields in (("loud", "belief_loud", "loud"), ("quiet", "belief_quiet", "quiet")):
        likely = [found[k] if heard == "loud" else 1 - found[k] for k in ("weak", "strong")]
        np.testing.assert_allclose(
            found[belief], 0.2 * likely[1] / (0.2 * likely[1] + 0.8 * likely[0]), rtol=1e-9, atol=1e-15
        )
        np.testing.assert_allclose(found[yields], expit((found[belief] - 0.3) / NOISES), rtol=1e-9)
    gain = found["loud"] - found["quiet"]
    np.testing.assert_allclose(found["strong"], expit(gain / NOISES), rtol=1e-9)
    np.testing.assert_allclose(found["weak"], expit((gain - 0.6) / NOISES), rtol=1e-9)
    for other, noise in (
        (signalling(shift=5.0), NOISES),
        (signalling(scale=3.0), 3 * NOISES),
        (signalling(swapped=True), NOISES),
    ):
        again = solve(other, signalling_read, noise=noise, **p)
        for name in ("weak", "strong", "loud", "quiet"):
            np.testing.assert_allclose(again[name], found[name], atol=1e-9, err_msg=name)


# --- Several equilibria ------------------------------------------------------------------------


def hunt(**more: Any) -> Game:
    """A stag hunt: both hunt 3, one alone 0, the other then 2, neither 1 (times p.stake)."""
    pay = {("stag", "stag"): 3.0, ("stag", "hare"): 0.0, ("hare", "stag"): 2.0, ("hare", "hare"): 1.0}
    moves = (Action("stag"), Action("hare"))

    def both(s: Any, p: Any, chosen: Any) -> Action:
        a, b = chosen["ann"], chosen["bob"]
        return Action("hunt", ends={"ann": p.stake * pay[a, b], "bob": p.stake * pay[b, a]})

    return Game(
        players=("ann", "bob"),
        variables=(Variable("none", 1),),
        stages=(Joint("hunt", lambda s, p: {"ann": moves, "bob": moves}, both),),
        start=lambda p: {},
        conventions=(
            Convention("stag", {"hunt/ann": "stag", "hunt/bob": "stag"}),
            Convention("hare", {"hunt/ann": "hare", "hunt/bob": "hare"}),
            Convention("apart", {"hunt/ann": "stag", "hunt/bob": lambda s: np.array(["hare"])}),
        ),
        **more,
    )


def hunters(first: Any, p: Any) -> dict[str, Any]:
    return {"stag": first.choice("hunt", "stag", player="ann")}


def test_equilibria_are_counted_conventions_are_told_from_wishes_and_the_rule_selects():
    found = solve(
        hunt(prefer=lambda f, p: -f.choice("hunt", "stag", player="ann")),
        hunters,
        stake=1.0,
        noise=[0.0, 0.0],
    )
    assert (found["holds"]["stag"] == 1).all()
    assert (found["holds"]["hare"] == 1).all()
    assert (found["holds"]["apart"] == 0).all(), "one hunting alone is no equilibrium"
    assert (found["found"] >= 2).all() and (found["found"] <= 3).all()
    np.testing.assert_allclose(found["stag"], 0.0, atol=1e-12)
    best = solve(
        hunt(prefer=lambda f, p: f.value("ann") + f.value("bob")), hunters, stake=1.0, noise=[0.0, 0.0]
    )
    np.testing.assert_allclose(best["stag"], 1.0, atol=1e-12)


def test_one_equilibrium_is_not_counted_twice():
    found = solve(hunt(searches=4), hunters, stake=1.0, noise=[2.0, 5.0])
    np.testing.assert_array_equal(found["found"], 1.0)


# --- A certificate that can fail ----------------------------------------------------------------


def test_the_certificate_sees_a_strategy_that_is_no_equilibrium_and_beliefs_that_do_not_follow():
    import dataclasses

    import jax
    import jax.numpy as jnp

    from detente.engine import private, reading
    from detente.engine.agent import AgentForm
    from detente.engine.layout import lay_out

    with jax.enable_x64(True):
        p = SimpleNamespace(shift=jnp.asarray(0.2), price=jnp.asarray(0.05), noise=jnp.asarray(0.1))
        form = AgentForm(lay_out(ARMING, p), lambda sharp: 0.0)
        played, _ = form.play(jnp.array([3.0, -1.0]), jnp.asarray(10.0))
        first = reading.First(form.tree, played, reading.masses(form.tree, played))
        gaps = private.certificate(form, first, jnp.asarray(10.0), jnp.asarray(True))
        assert gaps["strategy_gap"] > 0.1 and gaps["regret"] > 0.01
        assert gaps["bayes_gap"] < 1e-14 and gaps["value_gap"] < 1e-14 and gaps["mass_gap"] < 1e-14
        wrong = dataclasses.replace(played, belief=tuple(b[::-1] for b in played.belief))
        again = private.certificate(
            form, reading.First(form.tree, wrong, first.mass), jnp.asarray(10.0), jnp.asarray(True)
        )
        assert again["bayes_gap"] > 0.1
        off = dataclasses.replace(played, values=tuple(v + 0.01 for v in played.values))
        assert (
            private.certificate(
                form, reading.First(form.tree, off, first.mass), jnp.asarray(10.0), jnp.asarray(True)
            )["value_gap"]
            > 0.009
        )
