"""What drives the answers of a run: told from its own draws."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from detente.case.read import read
from detente.cli import main
from detente.study.questions.drivers import Output, drivers


def test_of_a_known_sum_the_strongest_assumption_is_named_first_with_its_share_and_direction():
    draw = np.random.default_rng(0)
    x = {"weak": draw.random(2048), "strong": draw.random(2048), "idle": draw.random(2048)}
    y = x["weak"] - 3 * x["strong"]
    y[:48] = np.nan
    (found,) = drivers(x, [Output("", "y", y, np.isfinite(y))])
    assert [d.name for d in found.drivers] == ["strong", "weak", "idle"]
    assert [d.effect for d in found.drivers] == pytest.approx([0.9, 0.1, 0.0], abs=0.02)
    assert all(d.low < d.effect < d.high for d in found.drivers)
    assert found.drivers[0].rank < -0.9 < 0.2 < found.drivers[1].rank
    assert found.sum == pytest.approx(1.0, abs=0.03)
    assert found.draws == 2000


def reason(inputs, y) -> str:
    (found,) = drivers(inputs, [Output("", "y", y, np.isfinite(y))])
    assert found.drivers == ()
    return found.reason


def test_what_cannot_be_told_says_why():
    assert "expected at least 256" in reason({"a": np.linspace(0, 1, 100)}, np.linspace(0, 1, 100))
    assert "varies" in reason({"a": np.arange(300.0)}, np.ones(300))
    assert "nothing uncertain" in reason({"a": np.ones(300)}, np.arange(300.0))


def test_outputs_asked_for_together_are_told_as_each_alone():
    draw = np.random.default_rng(1)
    x = {"a": draw.random(512), "b": draw.random(512)}
    gappy = np.where(draw.random(512) < 0.1, np.nan, x["a"] * x["b"])
    ys = [x["a"] + x["b"] ** 2, np.ones(512), gappy, x["b"]]
    outputs = [Output(str(i), str(i), y, np.isfinite(y)) for i, y in enumerate(ys)]
    together = drivers(x, outputs)
    assert [d.id for d in together] == ["0", "1", "2", "3"]
    assert [bool(d.reason) for d in together] == [False, True, False, False]
    for one, found in zip(outputs, together, strict=True):
        (alone,) = drivers(x, [one])
        assert (alone.reason, alone.draws) == (found.reason, found.draws)
        assert [d.name for d in alone.drivers] == [d.name for d in found.drivers]
        for d, e in zip(alone.drivers, found.drivers, strict=True):
            assert (d.effect, d.low, d.high, d.rank) == pytest.approx((e.effect, e.low, e.high, e.rank))


def test_a_run_tells_them_for_the_zone_and_for_each_claim(small, tmp_path, capsys):
    out = tmp_path / "run"
    options = ["--draws", "256", "--lever-draws", "0", "--jobs", "1"]
    assert main(["run", str(small), "--out", str(out), *options]) == 0
    assert "What drives it" in capsys.readouterr().out
    found = json.loads((out / "verdicts.json").read_text(encoding="utf-8"))["drivers"]
    case = read(str(small))
    assert [d["id"] for d in found] == ["", *(c.id for c in case.claims)]
    table = pq.read_table(out / "chunks")
    uncertain = [a.name for a in case.assumptions.values() if a.value is None]
    inputs = {n: table[f"input:{n}"].to_numpy() for n in uncertain}
    zone = table["zone()"].to_numpy()
    (again,) = drivers(inputs, [Output("", "", zone, np.isfinite(zone))])
    assert [(d["name"], d["effect"]) for d in found[0]["drivers"]] == [
        (d.name, pytest.approx(d.effect, abs=1e-12)) for d in again.drivers
    ]
    page = (out / "report.html").read_text(encoding="utf-8")
    assert 'id="drivers"' in page
    assert again.drivers[0].name.replace("_", " ") in page
