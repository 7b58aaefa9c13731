"""How-to pages do what they say: their blocks of code are run, in order."""

import re
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "write-a-model.md"


def blocks() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """What the page's code has made: its names, and the folder in which it ran."""
    folder = tmp_path_factory.mktemp("how-to")
    names: dict = {"__name__": "how_to"}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for code in blocks():
            exec(compile(code, str(PAGE), "exec"), names)
    return names, folder


def test_a_model_from_scratch_takes_fewer_than_80_lines():
    model = "".join(code for code in blocks() if "import detente\n" not in code and "report" not in code)
    assert "MODEL = Model(" in model
    assert len([line for line in model.splitlines() if line.strip()]) < 80


def test_the_models_checks_all_pass(page):
    names, folder = page
    report = names["report"]
    assert report.passed
    assert all(c.passed for c in report.checks)
    assert (folder / "fait_accompli.svg").read_text(encoding="utf-8").startswith("<svg ")


def test_it_meets_its_closed_form_to_rounding(page):
    model = page[0]["MODEL"]
    random = np.random.Generator(np.random.PCG64(4))
    x, c, r = random.uniform(0.15, 0.35, 200), random.uniform(0.05, 1, 200), random.uniform(0, 1, 200)
    s = model(slice=x, taker_war_cost=c, resolute=r)
    assert set(s.status) == {None}
    takes = r < x / (x + c)
    assert 0.2 < takes.mean() < 0.8
    assert s.taken == pytest.approx(takes.astype(float), abs=1e-9)
    assert s.war == pytest.approx(takes * r, abs=1e-9)
    assert s.taker_value == pytest.approx(np.maximum((1 - r) * x - r * c, 0), abs=1e-9)
