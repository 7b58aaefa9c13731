"""Damaged case files: whatever the damage, the answer is a case or a message, and never anything else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detente.case.read import read
from detente.errors import CaseError

VALID = [path.read_bytes() for path in sorted(Path(__file__).parent.glob("valid/*.yaml"))]
WORD = re.compile(rb"[\w.-]+|[^\w\s]|\s+")
PIECES = [
    *(bytes([byte]) for byte in b"\t\n :-[]{},'\"#&*!|>%@`\\?~\0\xff"),
    *(b"null true .nan 1e999 -1 0 <<: --- ... &a *a !!set [] {} zone() noise assumed".split()),
    b"prior: {beta: [0, 0]}",
    b"\n  ",
    "é\u202e🙂".encode(),
]


@st.composite
def damaged(draw):
    """A valid file of which a few words or stretches were cut, repeated or overwritten."""
    data = draw(st.sampled_from(VALID))
    for _ in range(draw(st.integers(1, 3))):
        words = [match.span() for match in WORD.finditer(data)]
        start, stop = draw(st.sampled_from(words))
        if draw(st.booleans()):
            stop = min(len(data), stop + draw(st.integers(0, 40)))
        middle = draw(st.sampled_from([b"", data[start:stop] * 2, *PIECES]))
        data = data[:start] + middle + data[stop:]
    return data


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A path to write to."""
    return tmp_path_factory.mktemp("fuzz") / "case.yaml"


@settings(
    max_examples=400,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=damaged())
def test_damaged(data, file):
    file.write_bytes(data)
    try:
        case = read(file)
    except CaseError as problem:
        first, *faults = str(problem).split("\n")
        assert first.startswith(f"{file}: ") and first.endswith(("fault", "faults")) and faults
        assert "object at 0x" not in str(problem) and "Missing" not in str(problem)
    else:
        assert case.claims and len(case.digest) == 64
