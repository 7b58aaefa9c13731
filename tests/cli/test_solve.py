"""``detente solve`` as a user meets it: what is printed, what is refused, and in which words."""

import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from detente.cli import main
from detente.models import NAMES, get

CHECK = Path(__file__).parents[3] / "shared" / "design" / "redline-check.json"
MODEL = "preventive_war"
PLAIN = ("decliner_value", "challenger_value", "strike_hazard")


@pytest.fixture
def solve(tmp_path, capsys):
    """Run ``detente solve`` on points written to a file: exit status, standard output, standard error."""

    def call(points: object, *words: str, model: str = MODEL) -> tuple[int, str, str]:
        file = tmp_path / "points.json"
        if isinstance(points, bytes):
            file.write_bytes(points)
        else:
            file.write_text(points if isinstance(points, str) else json.dumps(points), encoding="utf-8")
        code = main(["solve", model, str(file), "--jobs", "1", *words])
        return code, *capsys.readouterr()

    return call


def answered(found: tuple[int, str, str]) -> list[dict]:
    code, out, err = found
    assert (code, err) == (0, "")
    return json.loads(out)


def refused(found: tuple[int, str, str]) -> str:
    code, out, err = found
    assert (code, out) == (2, "")
    assert err.startswith("detente: ")
    assert "Traceback" not in err
    return err


# --- Answers ----------------------------------------------------------------------------------


def test_each_point_comes_back_as_given_with_its_answer(solve):
    points = [{}, {"horizon": 3, "power_shift": 0.0}, {"horizon": 12, "noise": 1}, {"horizon": 1}]
    rows = answered(solve(points))
    assert [row["point"] for row in rows] == points
    for row, years in zip(rows, ((1, 10, 12), (1, 3), (1, 10, 12), (1,)), strict=True):
        assert list(row) == ["point", "answer"]
        assert set(row["answer"]) == {*PLAIN, *(f"strike_within_{n}" for n in years)}
        assert all(isinstance(x, float) for x in row["answer"].values())
    assert rows[1]["answer"]["strike_within_1"] == pytest.approx(rows[1]["answer"]["strike_hazard"])
    assert rows[0]["answer"] != rows[2]["answer"]


def test_what_a_point_leaves_out_takes_the_default(solve):
    defaults = {p.name: p.default for p in get(MODEL).parameters}
    empty, full = answered(solve([{}, defaults]))
    assert empty["answer"] == full["answer"]


def test_no_points_have_no_answers(solve):
    assert answered(solve([])) == []


def test_points_may_come_from_standard_input(monkeypatch, capsys, solve):
    points = [{"horizon": 1, "power": 0.2}]
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(json.dumps(points).encode())))
    code = main(["solve", MODEL, "-", "--jobs", "1"])
    assert answered((code, *capsys.readouterr())) == answered(solve(points))


def test_a_point_whose_solve_fails_has_a_status_and_the_others_their_answers(solve):
    hopeless = {
        "horizon": 1,
        "challenger_war_cost": 1e308,
        "decliner_war_cost": 1e308,
    }  # a sum beyond all numbers
    rows = answered(solve([{"horizon": 1}, hopeless, {"horizon": 1, "power": 0.4}]))
    assert list(rows[1]["answer"]) == ["status"]
    assert rows[1]["answer"]["status"].startswith("no answer: ")
    assert rows[1]["point"] == hopeless
    for row in (rows[0], rows[2]):
        assert set(row["answer"]) == {*PLAIN, "strike_within_1"}
    assert rows[0] == answered(solve([{"horizon": 1}]))[0]


def test_single_precision_gives_six_digits(solve):
    points = [{"noise": 0.8}, {"noise": 0.8, "power": 0.5}]
    for one, two in zip(answered(solve(points)), answered(solve(points, "--single")), strict=True):
        assert two["answer"] == pytest.approx(one["answer"], abs=5e-6)
        assert two["answer"] != one["answer"]


@pytest.mark.skipif(not CHECK.exists(), reason="the check values of the design are not beside this checkout")
def test_the_red_line_game_answers_with_the_keys_and_numbers_of_the_check_values(solve):
    check = json.loads(CHECK.read_text())
    chosen = [x for x in check["points"] if {**check["base"], **x["point"]}["horizon"] == 40]
    assert chosen
    rows = answered(solve([{**check["base"], **x["point"]} for x in chosen], model="redline"))
    for row, expected in zip(rows, (x["answer"] for x in chosen), strict=True):
        assert set(row["answer"]) == set(expected)
        for key, value in expected.items():
            assert row["answer"][key] == pytest.approx(value, abs=1e-9, rel=0), key


def test_the_red_line_game_without_an_arsenal_has_no_deals_to_answer_for(solve):
    (row,) = answered(solve([{"arsenal": 0, "deals": "one-sided"}], model="redline"))
    assert row["answer"]["zone"] is None
    assert row["answer"]["holder_gain"] == [None] * 6
    assert "best_deal" not in row["answer"]
    assert row["answer"]["holder_value"] > 0


def test_a_model_without_years_answers_in_numbers_and_words(solve):
    points = [
        {"hard_challenger": 0.3, "hard_defender": 0.7},
        {"hard_challenger": 0.8},
        {"challenger_defeat": 0.9},
    ]
    one, two, three = (row["answer"] for row in answered(solve(points, model="zagare_kilgour1993")))
    model = get("zagare_kilgour1993")
    assert list(one) == [o.name for o in model.outcomes if o.reported]
    assert (one["equilibrium"], two["equilibrium"]) == ("deterrence", "attack")
    assert one["war"] == pytest.approx(0, abs=1e-9)
    assert list(three) == ["status"]
    assert three["status"].startswith("not solved: needs challenger_victory > challenger_status_quo")


def test_sizes_of_grids_can_be_set(solve):
    (coarse,) = answered(solve([{}], "--set", "types=10", model="fearon1995"))
    assert coarse["answer"]["war"] == pytest.approx(0.3, abs=1e-9)  # of 10 equally likely types, 3 fight
    model = get("fearon1995")
    same = ["--set", f"types={model.settings['types']}"]
    assert answered(solve([{}], *same, model="fearon1995")) == answered(solve([{}], model="fearon1995"))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("tpyes=10", '"tpyes" is no setting of fearon1995; did you mean "types"?'),
        ("types", '--set: found "types", expected NAME=VALUE'),
        ("types=", '--set: found "types=", expected NAME=VALUE'),
        ("types=many", "types: found 'many', expected a whole number"),
        ("types=2.5", "types: found 2.5, expected a whole number"),
        ("types=-1", "types: found -1, expected a whole number"),
    ],
)
def test_sizes_that_do_not_exist_are_refused(solve, given, words):
    assert words in refused(solve([{}], "--set", given, model="fearon1995"))


# --- Refusals ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("point", "words"),
    [
        ({"pwoer": 0.3}, 'point 0: "pwoer" is no parameter of preventive_war; did you mean "power"?'),
        ({"zzz": 1}, 'point 0: "zzz" is no parameter of preventive_war; see detente solve --describe'),
        ({"noise": 0}, "point 0: noise: found 0, expected (0, inf) (stake a year)"),
        ({"discount": 1}, "point 0: discount: found 1, expected [0, 1) (a year)"),
        ({"power": -0.01}, "point 0: power: found -0.01, expected [0, 1] (probability)"),
        ({"horizon": 2.5}, "point 0: horizon: found 2.5, expected a whole number in [1, 200] (years)"),
        ({"horizon": 0}, "point 0: horizon: found 0, expected a whole number in [1, 200]"),
        ({"power": "0.3"}, "point 0: power: found str '0.3', expected a number"),
        ({"power": True}, "point 0: power: found bool True, expected a number"),
        ({"power": None}, "point 0: power: found NoneType None, expected a number"),
        ({"power": [0.3]}, "point 0: power: found list [0.3], expected a number"),
        (7, "point 0: found int, expected an object of parameters"),
    ],
)
def test_a_point_with_a_fault_is_refused_by_its_place_and_key(solve, point, words):
    assert words in refused(solve([point]))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none_are_refused(solve, number):
    assert "point 0: noise: found" in refused(solve(f'[{{"noise": {number}}}]'))


def test_a_whole_number_beyond_all_bounds_is_refused(solve):
    assert "point 0: noise: found" in refused(solve('[{"noise": 1%s}]' % ("0" * 400)))


def test_words_that_are_no_choice_are_refused_with_the_nearest(solve):
    words = refused(solve([{"deals": "onesided"}], model="redline"))
    assert "point 0: deals: found 'onesided'" in words
    assert 'expected one of "both", "one-sided", "mutual" (did you mean "one-sided"?)' in words


def test_all_faults_are_told_at_once(solve):
    words = refused(solve([{"power": 2}, {}, {"nosie": 1, "discount": "x"}, None]))
    assert "4 faults in the points" in words
    for part in ("point 0: power", 'point 2: "nosie"', "point 2: discount", "point 3: found NoneType"):
        assert part in words
    assert "point 1" not in words


def test_of_very_many_faults_the_first_are_told_and_the_rest_counted(solve):
    words = refused(solve([{"power": 2}] * 60))
    assert "60 faults" in words
    assert words.count("point ") == 50
    assert "and 10 more" in words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[{", "not JSON"),
        ("", "not JSON"),
        ("{}", "found dict, expected a list of points"),
        ("3", "found int, expected a list of points"),
        ('[{"power": 0.1, "power": 0.2}]', 'the key "power" is given twice in one object'),
        ("[" * 100_000, "not JSON"),
        (b"[\xff]", "not UTF-8 at byte 1"),
    ],
)
def test_what_is_no_list_of_points_is_refused(solve, text, words):
    assert words in refused(solve(text))


def test_a_file_that_cannot_be_read_is_named(tmp_path, capsys):
    missing = tmp_path / "none.json"
    code = main(["solve", MODEL, str(missing)])
    words = refused((code, *capsys.readouterr()))
    assert f"{missing}: cannot be read (No such file or directory)" in words
    code = main(["solve", MODEL, str(tmp_path)])
    assert f"{tmp_path}: cannot be read" in refused((code, *capsys.readouterr()))


def test_a_model_that_does_not_exist_is_refused_with_the_nearest(solve):
    words = refused(solve([{}], model="redlin"))
    assert 'model: found "redlin", expected one of redline, preventive_war' in words
    assert 'Did you mean "redline"?' in words


def test_a_model_and_points_are_both_needed(capsys):
    for words in (["solve"], ["solve", MODEL]):
        code = main(words)
        assert "expected a model and a file of points" in refused((code, *capsys.readouterr()))


# --- What the models need to know ---------------------------------------------------------------


def test_the_list_names_every_model_with_its_title(capsys):
    assert main(["solve", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    named = [line for line in lines if line.strip() and line.split()[0] in NAMES]
    assert [line.split()[0] for line in named] == list(NAMES)
    for line, name in zip(named, NAMES, strict=True):
        assert get(name).title in line


@pytest.mark.parametrize("name", NAMES)
def test_a_description_shows_every_parameter_mechanism_and_outcome(capsys, name):
    assert main(["solve", "--describe", name]) == 0
    lines = capsys.readouterr().out.splitlines()
    first = {line.split()[0]: line for line in lines if line.strip()}
    model = get(name)
    for p in model.parameters:
        assert p.unit in first[p.name], p.name
        assert (f"{p.default:g}" if not p.labels else p.labels[0]) in first[p.name], p.name
    for m in model.mechanisms:
        assert m.name in first
    for o in model.outcomes:
        assert any(line.startswith(o.name + ("(n)" if o.yearly else "")) for line in lines), o.name


def test_describing_a_model_that_does_not_exist_is_refused(capsys):
    code = main(["solve", "--describe", "preventive"])
    assert 'Did you mean "preventive_war"?' in refused((code, *capsys.readouterr()))
