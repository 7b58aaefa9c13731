"""The contract that models are held to: the register keeps it, and every check can fail."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import detente
from detente.contract import CHECKS, declared, solved
from detente.contract.look import Fault, Look, NotChecked
from detente.engine.game import Accounting, Action, Branch, Chance, Decision, Game, Variable
from detente.errors import ModelError
from detente.forms import where
from detente.model import Condition, Mechanism, Model, Outcome, Picture, Sweep
from detente.models import NAMES, get
from detente.parameter import parameter

# A stranger's model: a storm comes or not, a captain who sees it sails or stays.


def weather(s: Any, p: Any) -> Iterator[Branch]:
    yield Branch(1 - p.risk, {"storm": 0 * s.storm})
    yield Branch(p.risk, {"storm": 0 * s.storm + 1})


def captain(s: Any, p: Any) -> Iterator[Action]:
    yield Action("stay", ends={"captain": 0.0, "owner": 0.0})
    yield Action("sail", ends={"captain": p.fare - s.storm * p.wreck, "owner": p.fare})


def game(
    weather: Callable[..., Any] = weather,
    captain: Callable[..., Any] = captain,
    private: bool = False,
) -> Game:
    return Game(
        players=("captain", "owner"),
        variables=(Variable("storm", 2, known_to=("captain",) if private else None),),
        stages=(
            Chance("weather", weather),
            Decision("voyage", "captain", captain),
            Accounting("end", lambda s, p: {}),
        ),
        start=lambda p: {"storm": 0},
    )


def answer(first: Any, p: Any) -> dict[str, Any]:
    return {
        "value": first.value("captain"),
        "sails": 1 - first.choice("voyage", "stay", storm=1),
    }


GOOD = Model(
    name="voyage",
    title="A voyage: a captain sails in a storm or stays",
    parameters=(
        parameter("risk", "Probability of a storm", "probability", "[0, 1]", 0.3),
        parameter("fare", "What a voyage earns", "gold", "[0, 10]", 1.0),
        parameter("wreck", "What a storm costs", "gold", "[0, 10]", 0.8),
        parameter("noise", "Scale of what moves a choice besides the pay-offs", "gold", "[0, inf)", 0.5),
    ),
    mechanisms=(),
    outcomes=(
        Outcome("value", "Value to the captain", "gold"),
        Outcome("sails", "Probability of sailing in a storm", "probability"),
    ),
    game=game,
    answer=answer,
    sources=("A handbook of seamanship.",),
    conditions=(Condition("wreck ≤ 9 fare", lambda p: p.wreck <= 9 * p.fare),),
    picture=Picture("Sailing against the fare", x=Sweep("fare", 0, 2), y=("sails",)),
)


def faults(check: Callable[[Look], Iterator[Fault]], model: Model) -> str:
    """What a check finds, in words; empty if nothing."""
    return "\n".join(map(str, check(Look(model, 4, 1, {}))))


def changed(**given: Any) -> Model:
    return replace(GOOD, **given)


def with_parameter(name: str, /, **given: Any) -> Model:
    return changed(parameters=tuple(replace(p, **given) if p.name == name else p for p in GOOD.parameters))


def with_outcome(name: str, /, **given: Any) -> Model:
    return changed(outcomes=tuple(replace(o, **given) if o.name == name else o for o in GOOD.outcomes))


# --- The register keeps it ------------------------------------------------------------------------


# Sizes of grids that are quicker to check.
SMALL: dict[str, dict[str, int]] = {
    "redline": {"trust_points": 5},
    "carlsson_vandamme1993": {"cells": 4},
    "abreu_gul2000": {"periods": 6},
    "fearon1997": {"types": 3},
}
# Searched for so long that fewer points must do.
LONG = ("fearon1997", "kydd2000", "carlsson_vandamme1993", "hirshleifer1991", "tullock1980")


# From the last to the first: tests of pictures, run beside these, go the other way, with the same programs.
@pytest.mark.parametrize("name", NAMES[::-1])
def test_every_model_of_the_register_keeps_the_contract(name):
    report = detente.check_model(get(name), points=2 if name in LONG else 4, settings=SMALL.get(name))
    report.raise_for_faults()
    assert report.passed
    skipped = {c.says: c.skipped for c in report.checks if c.skipped}
    assert set(skipped.values()) <= {"it has none"}


# --- A stranger's model -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def report():
    return detente.check_model(GOOD, points=4)


def test_a_sound_model_passes_every_check(report):
    assert report.passed
    assert all(c.passed for c in report.checks)
    assert [c.says for c in report.checks] == [says for says, _ in CHECKS]
    assert str(report).startswith(f"voyage: {len(CHECKS)} of {len(CHECKS)} checks passed, 0 faults\n")
    report.raise_for_faults()


def test_a_stranger_is_solved_without_the_register():
    # the captain, who sees the storm, sails in it with the odds of logit choice
    s = GOOD(fare=1.0, wreck=0.8, noise=0.5)
    assert s.sails == pytest.approx(1 / (1 + np.exp(-(1.0 - 0.8) / 0.5)), abs=1e-12)
    assert GOOD(fare=0.05).status == "not solved: needs wreck ≤ 9 fare"


def test_all_faults_are_told_at_once():
    broken = replace(
        GOOD, title="", sources=(), answer=lambda first, p: {"value": first.value("captain") + 0 * p.fare}
    )
    report = detente.check_model(broken, points=4)
    assert not report.passed
    with pytest.raises(ModelError) as problem:
        report.raise_for_faults()
    words = str(problem.value)
    assert words.splitlines()[0] == "voyage: 3 faults"
    for part in ("title: found none", "sources: found none", "outcome 'sails': found nothing returned"):
        assert part in words
        assert part in str(report)
    assert isinstance(problem.value, detente.DetenteError)


def test_what_a_models_functions_raise_is_a_fault_and_what_needs_them_is_not_checked():
    def broken(first: Any, p: Any) -> dict[str, Any]:
        raise ZeroDivisionError("no luck")

    report = detente.check_model(changed(answer=broken), points=4)
    by_words = {c.says: c for c in report.checks}
    (fault,) = by_words["what it returns is what it declares"].faults
    assert str(fault) == "the model's functions: found ZeroDivisionError: no luck, expected no exception"
    assert by_words["every declared parameter is used"].skipped == "the game cannot be solved"
    assert "not checked" in str(report)


def test_no_point_where_the_conditions_hold_is_said():
    report = detente.check_model(changed(conditions=(Condition("never", lambda p: False),)), points=4)
    assert any("found a point where never fails" in str(f) for f in report.faults)
    assert {c.skipped for c in report.checks if c.skipped} == {
        "no point was found at which the conditions hold"
    }


# --- Each check can fail: what is declared ------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (changed(name="my voyage"), "model 'my voyage'"),
        (with_parameter("fare", name="class"), "parameter 'class'"),
        (with_outcome("value", name="a-b"), "outcome 'a-b'"),
        (with_outcome("value", name="status"), "a name that a solution needs itself"),
        (with_outcome("value", name="sails"), "outcome 'sails': found 2 of it"),
        (with_parameter("fare", name="risk"), "name 'risk': found 2 parameters or settings of it"),
        (changed(settings={"risk": 3}), "name 'risk': found 2 parameters or settings of it"),
    ],
)
def test_names(model, words):
    assert faults(declared.names, GOOD) == ""
    assert words in faults(declared.names, model)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (changed(title=" "), "title: found none"),
        (with_parameter("fare", meaning=""), "parameter 'fare': found no meaning"),
        (with_parameter("fare", unit=""), "parameter 'fare': found no unit"),
        (with_outcome("value", unit=""), "outcome 'value': found no unit"),
        (with_outcome("value", labels=("yes", "yes")), "outcome 'value': found a label given twice"),
        (changed(parameters=GOOD.parameters[:3]), "parameters: found no noise"),
    ],
)
def test_words(model, words):
    assert faults(declared.words, GOOD) == ""
    assert words in faults(declared.words, model)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (with_parameter("fare", default=11.0), "parameter 'fare': found default 11"),
        (with_parameter("fare", neutral=-1.0), "parameter 'fare': found neutral value -1"),
        (with_parameter("fare", labels=("low", "high")), "found 2 labels over [0, 10]"),
        (
            changed(mechanisms=(Mechanism("calm", "No storms", {"risk": 2.0}),)),
            "mechanism 'calm': found risk 2",
        ),
        (
            changed(mechanisms=(Mechanism("calm", "No storms", {"rsik": 0.0}),)),
            "mechanism 'calm': found rsik 0",
        ),
        (with_parameter("wreck", default=9.5), "defaults: found a point where wreck ≤ 9 fare fails"),
        (changed(conditions=(Condition("", lambda p: True),)), "condition: found no text"),
    ],
)
def test_domains(model, words):
    assert faults(declared.domains, GOOD) == ""
    assert words in faults(declared.domains, model)


def test_sources():
    assert faults(declared.sources, GOOD) == ""
    assert "sources: found none" in faults(declared.sources, changed(sources=()))
    assert "source 2: found no text" in faults(declared.sources, changed(sources=("A book.", " ")))


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (Picture("None", x=Sweep("fare", 0, 2)), "nothing drawn"),
        (Picture("Other", x=Sweep("fare", 0, 2), y=("sial",)), "the outcome 'sial'"),
        (Picture("Axis", x=Sweep("fear", 0, 2), y=("sails",)), "the parameter 'fear'"),
        (Picture("Range", x=Sweep("fare", 0, 11), y=("sails",)), "fare 11"),
        (Picture("By", x=Sweep("fare", 0, 2), y=("sails",), by=("risk", (0.5, 1.5))), "risk 1.5"),
        (Picture("At", x=Sweep("fare", 0, 2), y=("sails",), at={"risk": -1.0}), "risk -1"),
        (Picture("Nowhere", y=("sails",)), "no horizontal axis"),
        (Picture("Path", y=("sails",), path=True), "the outcome 'sails'"),
        (
            Picture("Map", x=Sweep("fare", 0, 2), across=Sweep("risk", 0, 1), y=("sails", "value")),
            "a map of 2 outcomes",
        ),
    ],
)
def test_pictures(picture, words):
    assert faults(declared.picture, GOOD) == ""
    assert words in faults(declared.picture, changed(picture=picture))


def test_a_model_without_a_picture_is_not_held_to_it():
    with pytest.raises(NotChecked, match="it has none"):
        faults(declared.picture, changed(picture=None))


def test_a_map_may_end_where_a_domain_is_open():
    open_end = with_parameter("fare", domain=parameter("x", "", "", "(0, 10]", 1.0).domain)
    over = Picture("Map", x=Sweep("fare", 0, 2), across=Sweep("risk", 0, 1), y=("sails",))
    assert faults(declared.picture, replace(open_end, picture=over)) == ""
    assert "fare 0" in faults(declared.picture, open_end)


# --- Each check can fail: the game and its solutions ---------------------------------------------------


def with_game(**given: Any) -> Model:
    return changed(game=lambda: game(**given))


def unsure(s: Any, p: Any) -> Iterator[Branch]:
    yield Branch(1.1 - p.risk, {"storm": 0 * s.storm})
    yield Branch(p.risk, {"storm": 0 * s.storm + 1})


def negative(s: Any, p: Any) -> Iterator[Branch]:
    yield Branch(2.0, {"storm": 0 * s.storm})
    yield Branch(-1.0, {"storm": 0 * s.storm + 1})


def stuck(s: Any, p: Any) -> Iterator[Action]:
    yield Action("stay", legal=s.storm == 0, ends={"captain": 0.0})
    yield Action("sail", legal=s.storm == 0, ends={"captain": p.fare})


def forbidden(s: Any, p: Any) -> Iterator[Action]:
    yield Action("stay", allowed=p.risk > 0.5, ends={"captain": 0.0})
    yield Action("sail", allowed=p.risk > 0.6, ends={"captain": p.fare})


def test_the_game_must_be_built():
    assert faults(solved.game, GOOD) == ""
    assert "game(): found dict, expected a Game" in faults(solved.game, changed(game=lambda: {}))
    with pytest.raises(NotChecked, match="the game cannot be built"):
        faults(solved.chances, changed(game=lambda: {}))


@pytest.mark.parametrize("private", [False, True])
def test_probabilities_must_sum_to_one(private):
    assert faults(solved.chances, with_game(private=private)) == ""
    words = faults(solved.chances, with_game(private=private, weather=unsure))
    assert "stage 'weather', action 'weather': found probabilities that sum to 1.1 at the defaults" in words
    words = faults(solved.chances, with_game(private=private, weather=negative))
    assert "found a probability of -1" in words


@pytest.mark.parametrize("private", [False, True])
def test_there_must_be_something_to_do(private):
    assert faults(solved.moves, with_game(private=private)) == ""
    words = faults(solved.moves, with_game(private=private, captain=stuck))
    assert words.count("\n") == 0
    assert "nothing that may be done" in words or "no action is legal at {'storm': 1}" in words
    words = faults(solved.moves, with_game(private=private, captain=forbidden))
    assert "nothing that may be done" in words or "must always be allowed" in words


def with_answer(change: Callable[[dict[str, Any], Any], dict[str, Any]]) -> Model:
    return changed(answer=lambda first, p: change(answer(first, p), p))


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (with_answer(lambda a, p: {"value": a["value"]}), "outcome 'sails': found nothing returned"),
        (
            with_answer(lambda a, p: {**a, "extra": a["value"]}),
            "outcome 'extra': found returned and not declared",
        ),
        (
            with_answer(
                lambda a, p: {**a, "value": where(p.risk > 2, 0.0, a["value"])[None] + np.zeros((3, 1))}
            ),
            "outcome 'value': found an array of shape (3, 8)",
        ),
    ],
)
def test_outcomes_must_be_those_declared(model, words):
    assert faults(solved.outcomes, GOOD) == ""
    assert words in faults(solved.outcomes, model)


def test_points_must_have_answers():
    assert faults(solved.answers, GOOD) == ""
    broken = with_answer(lambda a, p: {**a, "value": where(p.risk == 0.3, np.nan, a["value"])})
    assert "at the defaults: found no answer: value is not finite" in faults(solved.answers, broken)


def test_probabilities_and_words_must_be_such():
    assert faults(solved.values, GOOD) == ""
    broken = with_answer(lambda a, p: {**a, "sails": 1.5 + 0 * p.risk})
    assert "outcome 'sails': found 1.5, expected a probability in [0, 1]" in faults(solved.values, broken)
    labelled = replace(
        with_answer(lambda a, p: {**a, "value": 2.0 + 0 * p.risk}),
        outcomes=(replace(GOOD.outcomes[0], labels=("sinks", "swims")), GOOD.outcomes[1]),
    )
    assert "found 2, expected 0 … 1, for sinks, swims" in faults(solved.values, labelled)


def test_parameters_must_be_used():
    assert faults(solved.used, GOOD) == ""
    idle = parameter("crew", "Number of sailors", "sailors", "[1, 9] whole", 3)
    broken = changed(parameters=(*GOOD.parameters, idle))
    assert "parameter 'crew': found no outcome that changes" in faults(solved.used, broken)


def test_points_must_not_depend_on_their_neighbours():
    assert faults(solved.loop, GOOD) == ""
    broken = with_answer(lambda a, p: {**a, "value": a["value"] + p.risk.mean()})
    assert "outcome 'value': found" in faults(solved.loop, broken)
    assert "between batch and point alone" in faults(solved.loop, broken)


def test_the_same_points_must_give_the_same_arrays():
    import jax

    times = iter(range(1_000_000))

    def restless(a: dict[str, Any], p: Any) -> dict[str, Any]:
        shape = jax.ShapeDtypeStruct(a["value"].shape, a["value"].dtype)
        moved = jax.pure_callback(lambda x: x + 1e-13 * next(times), shape, a["value"])
        return {**a, "value": moved}

    assert faults(solved.same, GOOD) == ""
    assert "outcome 'value': found other bits when solved again" in faults(solved.same, with_answer(restless))


def test_points_that_do_not_apply_must_be_refused(monkeypatch):
    assert faults(solved.refusals, GOOD) == ""
    with pytest.raises(NotChecked, match="no point was found at which fare ≥ 0 fails"):
        faults(solved.refusals, changed(conditions=(Condition("fare ≥ 0", lambda p: p.fare >= 0),)))
    monkeypatch.setattr("detente.engine.batch._outside", lambda model, record: None)
    words = faults(solved.refusals, GOOD)
    assert "parameter 'risk' at 2: found an answer, expected \"not solved: \"" in words
    assert "condition 'wreck ≤ 9 fare' where it fails: found an answer" in words


# --- Points ---------------------------------------------------------------------------------------------


def test_the_points_are_the_defaults_and_others_where_the_conditions_hold():
    look = Look(GOOD, 50, 7, {})
    assert len(look.points) == 50
    assert look.points[0] == {p.name: p.default for p in GOOD.parameters}
    for point in look.points:
        assert all(point[p.name] in p.domain for p in GOOD.parameters)
        assert point["wreck"] <= 9 * point["fare"]
    assert look.points == Look(GOOD, 50, 7, {}).points
    assert look.points != Look(GOOD, 50, 8, {}).points
    assert len({point["risk"] for point in look.points}) > 20
