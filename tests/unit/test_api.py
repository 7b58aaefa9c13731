"""Models from Python: light to import, called with numbers or arrays, refused with the nearest name."""

import copy
import inspect
import pickle
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import detente
from detente.engine.batch import solve as solve_batch
from detente.forms import where
from detente.model import Model, Outcome
from detente.models import NAMES, get

MODEL = detente.models.preventive_war
SHORT = {"horizon": 4}


def _frail(first: Any, p: Any) -> dict[str, Any]:
    found = MODEL.answer(first, p)
    broken = where(p.power > 0.5, np.nan, found["strike_hazard"])
    return {**found, "strike_hazard": broken, "kind": 1.0 * (found["strike_hazard"] > 0.5)}


# A stranger: not in the register, without an answer where power exceeds a half, with an outcome in words.
FRAIL = replace(
    MODEL,
    name="frail",
    parameters=tuple(p for p in MODEL.parameters if p.name != "horizon"),
    outcomes=(*MODEL.outcomes[:3], Outcome("kind", "What happens", "", labels=("peace", "war"))),
    game=lambda: replace(MODEL.game(), tallies=()),
    answer=_frail,
)


def python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()


# --- Importing ----------------------------------------------------------------------------------


def test_importing_and_listing_load_nothing_heavy():
    heavy = "{'jax', 'numpy', 'scipy', 'rich', 'pydantic', 'vl_convert', 'yaml'}"
    assert python(f"import detente, sys; dir(detente); print(sorted({heavy} & set(sys.modules)))") == "[]"
    described = (
        "import detente, sys\n"
        "from inspect import signature\n"
        "for name in detente.models.NAMES:\n"
        "    model = getattr(detente.models, name)\n"
        "    signature(model), model.__doc__, repr(model)\n"
        f"print(sorted({heavy} & set(sys.modules)))"
    )
    assert python(described) == "[]"


def test_the_public_names_are_few_and_there():
    assert sorted(dir(detente)) == sorted(detente.__all__)
    for name in detente.__all__:
        assert getattr(detente, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'sovle'"):
        _ = detente.sovle
    assert issubclass(detente.UsageError, detente.DetenteError)


def test_the_models_can_be_completed_and_are_the_registers_own():
    assert set(NAMES) <= set(dir(detente.models))
    assert detente.models.preventive_war is get("preventive_war")


# --- What a model says of itself ------------------------------------------------------------------


def test_the_signature_has_parameters_and_settings_with_their_defaults():
    redline = get("redline")
    arguments = inspect.signature(redline).parameters
    assert list(arguments) == [p.name for p in redline.parameters] + list(redline.settings)
    assert {a.kind for a in arguments.values()} == {inspect.Parameter.KEYWORD_ONLY}
    assert arguments["deals"].default == "both"
    assert arguments["discount"].default == redline.by_name["discount"].default
    assert arguments["trust_points"].default == redline.settings["trust_points"]
    # the class keeps its own
    assert "conditions" in inspect.signature(Model).parameters
    assert "A theory" in Model.__doc__


@pytest.mark.parametrize("name", NAMES)
def test_help_shows_units_and_outcomes(name):
    model = get(name)
    text = inspect.getdoc(model)
    assert text.startswith(model.title)
    for p in model.parameters:
        assert f"{p.name}: {p.meaning}" in text
        assert all(label in text for label in p.labels) or p.unit in text
    for o in model.outcomes:
        assert f"{o.name}: {o.meaning}" in text
    assert all(source in text for source in model.sources)
    assert all(c.text in text for c in model.conditions)


def test_a_model_passes_to_other_processes_as_its_name():
    assert pickle.loads(pickle.dumps(MODEL)) is MODEL
    assert copy.deepcopy(MODEL) is MODEL
    assert repr(MODEL) == f"<model preventive_war: {MODEL.title}>"


# --- One point ------------------------------------------------------------------------------------


def test_a_call_answers_with_attributes():
    s = MODEL(power_shift=0.05, **SHORT)
    assert s.status is None
    assert isinstance(s.strike_hazard, float)
    assert s.strike_within.shape == (4,)
    assert s.strike_within[0] == pytest.approx(s.strike_hazard)
    assert (np.diff(s.strike_within) >= 0).all()
    assert s.parameters["power_shift"] == 0.05
    assert s.parameters["power"] == MODEL.by_name["power"].default
    assert set(s.certificate) == {"strategy_gap", "bayes_gap", "value_gap", "mass_gap", "regret"}
    assert s.certificate["mass_gap"] < 1e-8
    assert set(s.outcomes) | {"status", "parameters"} <= set(dir(s))


def test_an_answer_cannot_be_changed():
    s = MODEL(**SHORT)
    with pytest.raises(AttributeError):
        s.status = "fine"
    with pytest.raises(ValueError, match="read-only"):
        s.strike_within[0] = 0
    with pytest.raises(TypeError):
        s.outcomes["strike_hazard"] = 0


def test_what_is_no_outcome_names_the_nearest():
    s = MODEL(**SHORT)
    with pytest.raises(AttributeError, match='did you mean "strike_hazard"'):
        _ = s.strike_hazzard
    with pytest.raises(AttributeError, match=r'\.parameters\["power"\]'):
        _ = s.power
    assert copy.copy(s).strike_hazard == s.strike_hazard


def test_an_answer_reads_well():
    s = MODEL(power_shift=0.05, **SHORT)
    first, *rest = repr(s).splitlines()
    assert first == "preventive_war(horizon=4, power_shift=0.05)"
    assert [line.split()[0] for line in rest] == [o.name for o in MODEL.outcomes]
    assert f"{s.strike_hazard:.6g}" in repr(s)
    html = s._repr_html_()
    assert html.count("<tr>") == len(MODEL.outcomes)
    assert "Probability of a strike in the first year" in html


def test_a_point_without_an_answer_says_why():
    s = FRAIL(power=0.9)
    assert s.status.startswith("no answer: strike_hazard is not finite")
    assert np.isnan(s.strike_hazard)
    assert np.isnan(s.decliner_value)
    assert s.kind is None
    assert "no answer: " in repr(s)
    assert "no answer: " in s._repr_html_()


def test_an_outcome_in_words_is_a_word():
    s = FRAIL(power_shift=[0, 0.3])
    assert s.kind.tolist() == ["peace", "war"]
    assert FRAIL(power_shift=0).kind == "peace"
    assert "peace" in repr(FRAIL(power_shift=0))


# --- Batches ----------------------------------------------------------------------------------------


def test_arrays_broadcast_and_give_arrays_of_outcomes():
    shift, power = np.linspace(0, 0.4, 5), [[0.2], [0.3]]
    s = MODEL(power_shift=shift, power=power, **SHORT)
    assert s.shape == (2, 5)
    assert s.strike_hazard.shape == (2, 5)
    assert s.strike_within.shape == (2, 5, 4)
    assert s.status.shape == (2, 5)
    assert set(s.status.flat) == {None}
    one = MODEL(power_shift=shift[3], power=0.3, **SHORT)
    assert s.strike_hazard[1, 3] == one.strike_hazard
    assert (s.strike_within[1, 3] == one.strike_within).all()


def test_a_call_gives_what_the_batch_gives():
    shift = np.linspace(0, 0.4, 7)
    records = {p.name: np.full(7, p.default) for p in MODEL.parameters if not p.static}
    solved = solve_batch(MODEL, {**records, "power_shift": shift}, horizon=4)
    assert (MODEL(power_shift=shift, **SHORT).decliner_value == solved.outcomes["decliner_value"]).all()


def test_in_a_batch_each_point_has_its_status():
    s = FRAIL(power=[0.1, 0.9])
    assert s.status[0] is None
    assert s.status[1].startswith("no answer: ")
    assert np.isnan(s.strike_hazard).tolist() == [False, True]
    assert s.kind.tolist() == ["war", None]
    assert "1 of 2 without an answer" in repr(s)


def test_a_list_of_points_of_different_horizons():
    found = detente.solve("preventive_war", [{"horizon": 4}, {"horizon": 1, "power": 0.4}, {"horizon": 4}])
    assert [x.strike_within.shape for x in found] == [(4,), (1,), (4,)]
    assert found[0].decliner_value == found[2].decliner_value
    assert found[1].decliner_value == MODEL(horizon=1, power=0.4).decliner_value
    assert found[1].parameters["power"] == 0.4
    assert detente.solve(MODEL, []) == []


# --- Refusals -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"pwoer": 0.3}, '"pwoer" is no parameter or setting of preventive_war; did you mean "power"?'),
        ({"zzz": 1}, '"zzz" is no parameter or setting of preventive_war; see detente solve --describe'),
        ({"power": 2}, "power: found 2, expected [0, 1] (probability)"),
        ({"power": "0.3"}, "power: found str '0.3', expected a number"),
        ({"power": None}, "power: found NoneType None, expected a number"),
        ({"power": [0.1, 7.0]}, "power: at [1]: found 7.0, expected [0, 1] (probability)"),
        ({"power": [[0.1], [np.nan]]}, "power: at [1, 0]: found nan, expected [0, 1]"),
        ({"power": []}, "an array of no points"),
        ({"horizon": [1, 2]}, "horizon cannot differ inside a batch"),
        ({"power": [0.1, 0.2], "noise": [1, 2, 3]}, "do not broadcast: power (2,), noise (3,)"),
    ],
)
def test_a_call_with_a_fault_is_refused(given, words):
    with pytest.raises(detente.UsageError) as refusal:
        MODEL(**given)
    assert words in str(refusal.value)


def test_all_faults_of_a_call_and_of_points_are_told_at_once():
    with pytest.raises(detente.UsageError) as refusal:
        MODEL(power=2, nosie=1)
    assert "power: found 2" in str(refusal.value)
    assert 'did you mean "noise"?' in str(refusal.value)
    with pytest.raises(detente.UsageError) as refusal:
        detente.solve(MODEL, [{"power": 2}, {}, {"nosie": 1}])
    assert "2 faults in the points" in str(refusal.value)
    assert "point 0: power" in str(refusal.value)
    assert 'point 2: "nosie"' in str(refusal.value)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"trust_point": 5}, 'did you mean "trust_points"?'),
        ({"trust_points": -1}, "found -1, expected a whole number of at least 0"),
        ({"trust_points": 2.5}, "found 2.5, expected a whole number"),
        ({"trust_points": "9"}, "found '9', expected a whole number"),
    ],
)
def test_settings_are_checked(settings, words):
    with pytest.raises(detente.UsageError) as refusal:
        detente.solve("redline", [{}], settings=settings)
    assert words in str(refusal.value)


def test_a_model_that_does_not_exist_is_refused_with_the_nearest():
    with pytest.raises(detente.UsageError, match='Did you mean "preventive_war"'):
        detente.solve("preventive", [{}])
    with pytest.raises(AttributeError, match="no attribute 'preventive'"):
        _ = detente.models.preventive
