"""The claim language as a user meets it: what it says, what it refuses, and where."""

import subprocess
import sys

import numpy as np
import pytest

from detente.case.case import Formula
from detente.case.claims import Call, ClaimError, Intervention, Vocabulary, parse_formula, parse_test
from detente.gallery.redline import MODEL

COST = Formula(
    "strength_per_cost",
    "Effect per cost.",
    "index",
    {"missiles": "strength / (1 + embargo * markup)", "aircraft": "strength * (1 - embargo)"},
)
WORDS = Vocabulary(
    MODEL,
    {"strength": "index", "embargo": "share", "markup": "share"},
    {"strength_per_cost": COST},
    ("escrow", "treaty"),
    40,
)


def evaluate(text, names=None, **outcomes):
    """Evaluate a test whose calls are all different outcomes, given by name."""
    test = parse_test(text, WORDS)
    values = {call: np.asarray(outcomes[call.outcome], dtype=float) for call in test.calls}
    return test.evaluate(values, names or {})


def only_call(text):
    (call,) = parse_test(text, WORDS).calls
    return call


# --- What a test says


@pytest.mark.parametrize(
    ("text", "holds", "margin"),
    [
        ("zone() < 0", [True, False, False], [1, 0, -2]),
        ("zone() <= 0", [True, True, False], [1, 0, -2]),
        ("zone() > 0", [False, False, True], [-1, 0, 2]),
        ("zone() >= 0", [False, True, True], [-1, 0, 2]),
        ("zone() == 0", [False, True, False], [-1, 0, -2]),
        ("zone() != 0", [True, False, True], [1, 0, 2]),
        ("not zone() < 0", [False, True, True], [-1, 0, 2]),
        ("-2 < zone() < 1", [True, True, False], [1, 1, -1]),
        ("zone() < 0 and zone() < 10", [True, False, False], [1, 0, -2]),
        ("zone() < 0 or zone() > 1", [True, False, True], [1, 0, 1]),
        ("not (zone() < 0 or zone() > 1)", [False, True, False], [-1, 0, -1]),
    ],
)
def test_a_test_holds_by_its_margin(text, holds, margin):
    verdicts = evaluate(text, zone=[-1.0, 0.0, 2.0])
    assert verdicts.holds.tolist() == holds
    assert verdicts.margin.tolist() == margin
    assert verdicts.defined.all()


def test_arithmetic_follows_the_usual_order():
    verdicts = evaluate("zone() == 2 + 3 * 2 ** 2 / 4 - -1", zone=[6.0, 5.0])
    assert verdicts.holds.tolist() == [True, False]


@pytest.mark.parametrize(
    "text",
    [
        "zone() / holder_value() < 1",
        "1 / (1 / holder_value()) < 1",  # infinity must not come back as a number
        "(zone() / holder_value()) ** 0 < 2",
        "zone() ** 4 * 1e12 ** 4 * 1e12 ** 4 * 1e12 ** 4 * 1e12 ** 4 * 1e12 ** 4 < zone() / holder_value()",
        "holder_value() ** -1 < 1",
        "(holder_value() - 1) ** 0.5 < 1",
        "demander_value() < 1",
        "zone() < 0 or demander_value() < 1",
        "zone() > 0 and demander_value() < 1",
        "not demander_value() < 1",
    ],
)
def test_what_is_undefined_has_no_truth_value(text):
    verdicts = evaluate(text, zone=[-1.0], holder_value=[0.0], demander_value=[np.nan])
    assert not verdicts.defined.any()
    assert not verdicts.holds.any()
    assert np.isnan(verdicts.margin).all()


def test_a_missing_value_touches_its_draw_alone():
    test = parse_test("zone() < 1", WORDS)
    verdicts = test.evaluate({test.calls[0]: [0.0, None, np.inf]}, {})
    assert verdicts.defined.tolist() == [True, False, False]
    assert verdicts.holds.tolist() == [True, False, False]


def test_a_bare_name_is_the_parameter_and_a_call_the_outcome():
    test = parse_test("arsenal(10) < arsenal", WORDS)
    verdicts = test.evaluate({Call("arsenal", 10): np.array([1.0, 3.0])}, {"arsenal": np.array([2.0, 2.0])})
    assert verdicts.holds.tolist() == [True, False]
    assert test.names == {"arsenal"}


def test_formulas_bind_names_by_keyword():
    names = {"strength": np.array([6.0]), "embargo": np.array([1.0]), "markup": np.array([2.0])}

    def margin(text):
        return parse_test(text, WORDS).evaluate({}, names).margin.tolist()

    assert margin('strength_per_cost("missiles") > 0') == [2.0]
    assert margin('strength_per_cost("missiles", embargo=0) > 0') == [6.0]
    assert margin('strength_per_cost("aircraft") > 0') == [0.0]
    assert margin('strength_per_cost("aircraft", embargo=1/2) > 0') == [3.0]


# --- Calls and interventions


def test_equal_interventions_are_one_call():
    test = parse_test(
        'zone(off=["fear", "anarchy"], arsenal=arsenal-1)'
        ' < zone(arsenal = arsenal - 1.0, off=["anarchy","fear","fear"])'
        " and zone(trust=0.5) < zone(trust=1/2)",
        WORDS,
    )
    assert len(test.calls) == 2
    assert test.calls[0].intervention.off == ("anarchy", "fear")
    assert len({call.intervention for call in test.calls}) == 2


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("zone()", "zone()"),
        ("attack_within( 10 )", "attack_within(10)"),
        ('zone(off="anarchy")', 'zone(off="anarchy")'),
        ('zone(lever=["treaty","escrow"])', 'zone(lever=["escrow", "treaty"])'),
        ('zone(deals="mutual")', 'zone(deals="mutual")'),
        ("holder_gain(deal=6, arsenal=arsenal-1)", "holder_gain(deal=6, arsenal=arsenal - 1)"),
        ("deal_within(5, trust=0.90)", "deal_within(5, trust=0.9)"),
        ("zone(trust=0.1+0.2)", "zone(trust=0.3)"),
    ],
)
def test_a_call_is_labelled_as_it_would_be_written(text, label):
    call = only_call(f"{text} < 0")
    assert call.label == label
    assert only_call(f"{call.label} < 0").label == label


def test_labels_of_interventions():
    assert Intervention().label == ""
    assert Intervention(off=("fear", "anarchy", "fear")).label == 'off=["anarchy", "fear"]'


def test_a_choice_among_words_is_set_by_its_word():
    ((name, value),) = only_call('zone(deals="mutual") < 0').intervention.settings
    assert (name, value.evaluate({})) == ("deals", 2.0)


def test_a_setting_is_arithmetic_over_parameters():
    ((_, value),) = only_call(
        "zone(sanctions_cost=2*sanctions_cost + fear_per_step) < 0"
    ).intervention.settings
    names = {"sanctions_cost": np.array([1.0, 2.0]), "fear_per_step": 0.5}
    assert value.evaluate(names).tolist() == [2.5, 4.5]


# --- What is refused, where, and with what help


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("zne() < 0", 0, 'unknown name "zne"; "zone"'),
        ("zone() < arsenl", 9, '"arsenl"; "arsenal"'),
        ("zone < 0", 0, "without brackets; zone(…)"),
        ("strength_per_cost > 0", 0, "without brackets"),
        ('zone(off="anrchy") < 0', 9, '"anrchy"; "anarchy"'),
        ('zone(off=["anarchy", 3]) < 0', 21, "in quotes"),
        ("zone(off=[]) < 0", 9, "empty"),
        ('zone(lever="escrew") < 0', 11, '"escrew"; "escrow"'),
        ("zone(arsenal=9) < 0", 13, "found 9; [0, 4]"),
        ("zone(arsenal=0.5) < 0", 13, "found 0.5; whole number"),
        ("zone(trust=-1) < 0", 11, "found -1; [0, 1]"),
        ('zone(deals="mutal") < 0', 11, "'mutal'; \"mutual\""),
        ("zone(deals=1) < 0", 11, '"one-sided"'),
        ("zone(horizon=10) < 0", 5, "same in the whole case"),
        ("zone(markup=1) < 0", 5, "a quantity"),
        ("zone(trst=1) < 0", 5, '"trst"; "trust"'),
        ("zone(deal=1) < 0", 5, 'keyword "deal"'),
        ("zone(trust=strength) < 0", 11, '"strength"; for trust'),
        ("zone(trust=zone()) < 0", 11, "found a call"),
        ("zone(trust=1, trust=0) < 0", 14, "twice"),
        ("zone(**trust) < 0", 7, "keywords"),
        ("zone(10) < 0", 5, "not asked for by year"),
        ("deal_within() < 1", 0, "deal_within(10)"),
        ("deal_within(1, 2) < 1", 15, "2 unnamed"),
        ("deal_within(0) < 1", 12, "1 to 40"),
        ("deal_within(41) < 1", 12, "found 41; 1 to 40"),
        ("deal_within(2.0) < 1", 12, "whole number"),
        ("deal_within(True) < 1", 12, "whole number"),
        ("deal_within(arsenal) < 1", 12, "whole number"),
        ("holder_gain() < 1", 0, "1 to 6"),
        ("holder_gain(deal=7) < 1", 17, "found 7; 1 to 6"),
        ('strength_per_cost("misiles") < 1', 18, '"misiles"; "missiles"'),
        ("strength_per_cost() < 1", 0, '"missiles", "aircraft"'),
        ('strength_per_cost("missiles", closed=1) < 1', 30, '"closed"; embargo, markup, strength'),
        ('strength_per_cost("missiles", markup=arsenal) < 1', 37, "expected a number"),
        ("zone()", 0, "truth value"),
        ("1 < 2", 0, "names nothing"),
        ("zone() < 0 and 1", 15, "truth value"),
        ("(zone() < 0) == (zone() > 1)", 1, "found a truth value"),
        ("1 + (zone() < 0) < 1", 5, "found a truth value"),
        ("zone() < 1 / (2 - 2)", 14, "division by 0"),
        ("zone() ** arsenal < 1", 10, "exponent"),
        ("zone() ** 5 < 1", 10, "exponent"),
        ("zone() < (-1) ** 0.5", 9, "finite"),
        ("zone() < 1e13", 9, "1e+12"),
        ("zone() < 1e999", 9, "1e+12"),
        ("zone() // 2 < 1", 0, "+ - * / **"),
        ("zone() is 1", 0, '"is"'),
        ("zone() in [1]", 0, '"in"'),
        ("deals > 1", 0, "choice among words"),
        ("zone() = 0", 0, "'=='"),
        ("zone() < ", 9, "cannot be read"),
        ("(zone() < 0", 11, "closing )"),
        ("1) < (zone()", 1, "opening bracket"),
        ("", 0, "found nothing"),
        (" \n ", 0, "found nothing"),
    ],
)
def test_a_fault_is_named_with_its_column(text, column, words):
    with pytest.raises(ClaimError) as caught:
        parse_test(text, WORDS)
    assert caught.value.column == column
    assert "expected" in caught.value.message
    for word in words.split("; "):
        assert word in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        '__import__("os").system("true") < 1',
        "().__class__.__bases__ < 1",
        '"a".join("b") < 1',
        "10**10**10 < zone()",
        "9**9**9**9 < zone()",
        "(" * 10_000 + "zone()" + ")" * 10_000 + " < 0",
        "(" * 21 + "zone()" + ")" * 21 + " < 0",
        "[" * 400 + "]" * 400,
        "-" * 900 + "zone() < 0",
        "not " * 240 + "zone() < 0",
        "zone()" + "+zone()" * 130 + " < 0",
        "zone() < 2" + "**2" * 300,
        "zone() < " + "9" * 900,
        "zone() if 1 else 0",
        "zоne() < 0",  # Cyrillic o
        "ｚｏｎｅ() < 0",  # full width, which Python would take for plain letters
        "zone() < ²",
        "zone()\u202e < 0",
        "zone()\x00 < 0",
        "zone(off='\x00') < 0",
        "zone() < 0 # and more",
        "zone() < 0\\\n",
        "zone() < 0; zone() > 0",
        "lambda: zone() < 0",
        "[zone() for _ in (1, 2)] < 0",
        "{zone(): 1}[0] < 0",
        'f"{zone()}" < 0',
        "(z := zone()) < 0",
        "zone().real < 0",
        "zone()[0] < 0",
        "zone()() < 0",
        "zone(*arsenal) < 0",
        "await zone() < 0",
        "(yield) < 0",
        "zone() < 0,",
        "zone() < None",
        "zone() < True",
        "zone() < 1j",
        "zone() < ...",
        "zone() < '1'",
        "zone() < b'1'",
        "~zone() < 0",
        "import os",
        "zone() < float('nan')",
        "zone() < nan",
    ],
)
def test_hostile_texts_are_refused(text):
    with pytest.raises(ClaimError) as caught:
        parse_test(text, WORDS)
    assert 0 <= caught.value.column <= len(text)
    assert len(caught.value.message) < 400


def test_long_but_honest_tests_pass():
    assert len(parse_test("zone() < 0" + " and zone() < 0" * 60, WORDS).calls) == 1
    assert parse_test("  zone()\n  <\n  0\n", WORDS).calls == (Call("zone"),)


def test_columns_count_characters_not_bytes():
    words = Vocabulary(MODEL, {}, {"f": Formula("f", "", "", {"größe": "1"})}, (), 40)
    with pytest.raises(ClaimError) as caught:
        parse_test('f("größe") < zne()', words)
    assert caught.value.column == 13


# --- Formulas


def test_a_formula_is_arithmetic_over_known_names():
    expression = parse_formula("a / (b * (1 + c))", ("a", "b", "c"))
    assert expression.names == {"a", "b", "c"}
    result = expression.evaluate({"a": np.array([6.0, 1.0]), "b": 2.0, "c": np.array([2.0, -1.0])})
    assert result[0] == 1.0
    assert np.isnan(result[1])
    assert parse_formula("3 * 2").evaluate({}) == 6.0


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("a / bb", 4, '"bb"'),
        ("strengh + a", 0, '"strength"'),
        ("a / 0", 4, "division by 0"),
        ("a / (3 - 3)", 5, "division by 0"),
        ("max(a, 1)", 0, "found a call"),
        ("a < 1", 0, "a truth value"),
        ("", 0, "found nothing"),
    ],
)
def test_a_faulty_formula_is_refused(text, column, words):
    with pytest.raises(ClaimError) as caught:
        parse_formula(text, ("a", "strength"))
    assert caught.value.column == column
    assert words in caught.value.message


def test_reading_claims_loads_no_numerical_library():
    program = (
        "import sys; from detente.case.claims import *; from detente.gallery.redline import MODEL; "
        "parse_test('zone(trust=1-0.5) < -1', Vocabulary(MODEL, {}, {}, (), 40)); "
        "sys.exit(any(name in sys.modules for name in ('numpy', 'scipy', 'jax')))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
