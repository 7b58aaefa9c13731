"""``detente gallery`` and what models say of themselves."""

import json
from pathlib import Path

import pytest

from detente.cli import main
from detente.models import NAMES, THEMES, get

ROOT = Path(__file__).parents[2]


def printed(capsys, *words: str) -> str:
    assert main(["gallery", *words]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def test_the_list_has_every_model_under_its_theme_with_its_sources(capsys):
    lines = printed(capsys).splitlines()
    themes = [x for x in lines if x and not x.startswith(" ")]
    assert themes == list(THEMES)
    for theme, names in THEMES.items():
        at = lines.index(theme) + 1
        for name in names:
            assert lines[at].split() == [name, *get(name).title.split()]
            sources = lines[at + 1 : at + 1 + len(get(name).sources)]
            assert tuple(x.strip() for x in sources) == get(name).sources
            at += 1 + len(sources)
        assert at == len(lines) or lines[at] == ""
    assert main(["solve", "--list"]) == 0
    assert capsys.readouterr().out.splitlines() == lines


@pytest.mark.parametrize("name", NAMES)
def test_a_model_shows_all_that_it_declares(capsys, name):
    model = get(name)
    out = printed(capsys, name)
    assert out.startswith(f"{name}: {model.title}\n")
    assert "\x1b" not in out
    assert not any(line != line.rstrip() for line in out.splitlines())
    flat = " ".join(out.split())
    for text in (*model.sources, *(c.text for c in model.conditions), model.selection):
        assert " ".join(text.split()) in flat
    for p in model.parameters:
        row = next(line for line in out.splitlines() if line.startswith(f"{p.name} "))
        assert p.unit in row
        assert (p.labels[int(p.default)] if p.labels else f"{p.default:g}") in row
    for o in model.outcomes:
        assert any(line.startswith(o.name + ("(n)" if o.yearly else "")) for line in out.splitlines())
        assert all(label in flat for label in o.labels)
    for setting, size in model.settings.items():
        assert f"--set {setting}={size}" in out
    assert main(["solve", "--describe", name]) == 0
    assert capsys.readouterr().out == out


@pytest.mark.parametrize("name", NAMES)
def test_the_theory_page_is_there_and_has_the_parameters(capsys, name):
    line = next(x for x in printed(capsys, name).splitlines() if x.startswith("Theory: "))
    page = ROOT / line.removeprefix("Theory: ")
    assert page.is_file()
    assert page.read_text(encoding="utf-8").startswith("# ")


@pytest.mark.parametrize("name", NAMES)
def test_as_data_it_is_the_model(capsys, name):
    model = get(name)
    data = json.loads(printed(capsys, name, "--json"))
    assert (data["name"], data["title"]) == (name, model.title)
    assert [p["name"] for p in data["parameters"]] == [p.name for p in model.parameters]
    for found, p in zip(data["parameters"], model.parameters, strict=True):
        if p.labels:
            assert found["domain"] == list(p.labels)
            assert found["default"] in p.labels
        else:
            assert found["default"] == p.default
            d = found["domain"]
            assert (d["low"], d["high"]) == tuple(
                None if abs(x) == float("inf") else x for x in (p.domain.low, p.domain.high)
            )
            assert (d["low_open"], d["whole"]) == (p.domain.low_open, p.domain.whole)
    assert [o["name"] for o in data["outcomes"]] == [o.name for o in model.outcomes]
    assert data["sources"] == list(model.sources)
    assert data["conditions"] == [c.text for c in model.conditions]
    assert data["settings"] == dict(model.settings)
    assert (data["picture"] is None) == (model.picture is None)


def test_all_models_as_data(capsys):
    assert [m["name"] for m in json.loads(printed(capsys, "--json"))] == list(NAMES)


def test_a_model_that_does_not_exist_is_refused_with_the_nearest(capsys):
    assert main(["gallery", "preventive_wars"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert 'Did you mean "preventive_war"?' in err


def test_a_terminal_gets_the_same_words(capsys, monkeypatch):
    plain = printed(capsys, "preventive_war")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    shown = printed(capsys, "preventive_war")
    for line in plain.splitlines():
        assert all(word in shown for word in line.split())
