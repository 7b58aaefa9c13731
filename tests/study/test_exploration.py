"""The Python side of a run: the same numbers as the command's, as labelled data, as a card."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import detente
from detente.cli import main
from detente.study.folder import Folder

xarray = pytest.importorskip("xarray")


@pytest.fixture(scope="module")
def study(case):
    return detente.explore(case, draws=96, lever_draws=64, seed=5)


def test_the_command_and_python_say_the_same(study, case, tmp_path):
    out = tmp_path / "run"
    assert main(["run", str(case), "--draws", "96", "--lever-draws", "64", "--seed", "5", "--jobs", "1",
                 "--out", str(out)]) == 0  # fmt: skip
    verdicts = json.loads((out / "verdicts.json").read_text(encoding="utf-8"))
    assert tuple(verdicts["answer"]) == study.answer
    assert {c["verdict"]["id"]: c["verdict"]["share"] for c in verdicts["claims"]} == {
        k: v.share for k, v in study.verdicts.items()
    }
    again = detente.explore(case, draws=96, lever_draws=64, seed=5, out=out)
    assert again.table.equals(study.table)
    assert again.folder == out and study.folder is None


def test_labelled_data_hold_every_number_of_the_table(study):
    data = study.to_xarray()
    model, table = study.design.theory, study.table
    zone = f"{model.decisive}()"
    assert np.array_equal(data["value"].sel(intervention="", outcome=zone), table[zone].to_numpy())
    lever = study.plan.levers[0]
    label = lever.intervention.label
    pulled = data["value"].sel(intervention=label, outcome=zone)
    assert np.array_equal(pulled, table[lever.calls[0].label].to_numpy().astype(float), equal_nan=True)
    assert np.isfinite(pulled[:64]).all() and np.isnan(pulled[64:]).all()
    assert set(data["status"].sel(intervention=label)[64:].values) == {"not asked for"}
    assert str(data["unit"].sel(outcome=zone).values) == model.outcome(model.decisive).unit
    name = next(n for n in study.case.assumptions if f"input:{n}" in table.column_names)
    assert np.array_equal(data["input"].sel(assumption=name), table[f"input:{name}"].to_numpy())
    assert data["attack_within"].dims == ("draw", "year")
    assert (np.diff(data["attack_within"]) >= -1e-12).all()
    assert data.attrs["seed"] == 5 and data.attrs["digest"] == study.case.digest


def test_a_card_says_the_answer_and_lets_no_case_text_through(case, study, small_text, tmp_path):
    card = study._repr_html_()
    assert all(v.word in card for v in study.verdicts.values())
    assert study.plot("zone").title in card and study.plot("zone").svg(titled=False) in card
    assert "predicts nothing" in card and "predicts nothing" in repr(study)
    path = tmp_path / "wicked.yaml"
    title = next(line for line in small_text.splitlines() if line.startswith("title:"))
    path.write_text(small_text.replace(title, "title: '<script>alert(1)</script>'"), encoding="utf-8")
    wicked = detente.explore(path, draws=64, lever_draws=0, seed=5)
    assert "<script>" not in wicked._repr_html_() and "&lt;script&gt;" in wicked._repr_html_()


def test_two_studies_side_by_side(study, case, tmp_path):
    same = detente.compare(study, study)
    assert same.inputs == () and {m.change for m in same.moved} == {0.0}
    detente.explore(case, draws=64, lever_draws=0, seed=6, out=tmp_path / "run")
    other = detente.compare(study, tmp_path / "run")
    assert {d.what for d in other.inputs} >= {"seed", "draws"} and other.apart
    with pytest.raises(detente.RunError, match="expected the folder of a run"):
        detente.compare(study, tmp_path)


def test_figures_by_name(study):
    assert study.figures
    name = next(iter(study.figures))
    assert study.plot(name).name == name
    with pytest.raises(detente.UsageError, match=f'found "nothing", expected one of {name}'):
        study.plot("nothing")


def test_any_executor_gives_the_same_bits(study, case):
    with ThreadPoolExecutor(3) as crew:
        other = detente.explore(case, draws=96, lever_draws=64, seed=5, jobs=crew)
        assert crew.submit(int, "3").result() == 3  # it is left open
    assert other.table.equals(study.table)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"draws": 0}, "draws: found 0, expected a whole number from 1"),
        ({"ask": "whom"}, 'ask: found "whom", expected some of why, levers'),
        ({"ask": "levers", "draws": 32}, "levers: found 32 draws"),
    ],
)
def test_what_cannot_be_explored(case, given, words):
    with pytest.raises(detente.UsageError, match=words):
        detente.explore(case, **given)


def test_an_executor_that_fails_leaves_what_is_solved(case, tmp_path, study):
    class Breaking(ThreadPoolExecutor):
        left = 7

        def submit(self, fn, /, *args, **kwargs):
            Breaking.left -= 1
            if Breaking.left < 0:
                from concurrent.futures import BrokenExecutor

                raise BrokenExecutor
            return super().submit(fn, *args, **kwargs)

    out = tmp_path / "run"
    with Breaking(1) as crew, pytest.raises(detente.RunError, match="what was solved is kept"):
        detente.explore(case, draws=96, lever_draws=64, seed=5, out=out, jobs=crew)
    with Folder.hold(out) as folder:
        assert folder.manifest() is not None
    assert detente.explore(case, draws=96, lever_draws=64, seed=5, out=out).table.equals(study.table)
    assert Path(out / "report.html").exists()
