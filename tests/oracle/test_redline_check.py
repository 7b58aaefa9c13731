"""The red-line game against the numbers of an independent scalar implementation.

The file of check values comes with the design; where it is absent these tests are skipped.
"""

import json
from pathlib import Path

import pytest

from detente.cli.solve import solve_points
from detente.models import get

CHECK = Path(__file__).parents[3] / "shared" / "design" / "redline-check.json"

pytestmark = pytest.mark.skipif(
    not CHECK.exists(), reason="the check values of the design are not beside this checkout"
)


@pytest.fixture(scope="module")
def check() -> dict:
    return json.loads(CHECK.read_text())


def test_every_number_agrees_to_1e_9(check):
    points = [{**check["base"], **x["point"]} for x in check["points"]]
    answers = solve_points(get("redline"), points)
    for expected, answer in zip((x["answer"] for x in check["points"]), answers, strict=True):
        assert set(answer) == set(expected)
        for key, value in expected.items():
            assert answer[key] == pytest.approx(value, abs=1e-9, rel=0), key


def test_defaults_are_the_base_of_the_check_values(check):
    defaults = {p.name: p.default for p in get("redline").parameters}
    assert {k: defaults[k] for k in check["base"]} == check["base"]
