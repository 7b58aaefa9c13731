"""Progress of a run, in a terminal and elsewhere."""

import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

from detente.cli import progress

VALID = Path(__file__).parents[1] / "conformance" / "valid"


def test_lines_tell_pace_and_failures(capsys, monkeypatch):
    clock = iter([0.0, 0.0, 5.0, 16.0, 27.0, 40.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    with progress._lines() as tell:
        for done, failed in ((0, 0), (10, 0), (20, 1), (30, 1), (100, 2)):
            tell(done, 100, failed)
    assert capsys.readouterr().err.splitlines() == [
        "detente: 100 solves; the first start compiles, which can take a minute",
        "detente: 20 of 100 (20 %), 1 failed, 1 min 28 s left",  # 10 solves in the 11 s since the first came
        "detente: 30 of 100 (30 %), 1 failed, 1 min 17 s left",
        "detente: solved 100 in 40 s, 2 failed",
    ]


@pytest.mark.parametrize(
    ("seconds", "words"), [(45.2, "45 s"), (125, "2 min 05 s"), (4800, "1 h 20 min"), (0, "0 s")]
)
def test_durations(seconds, words):
    assert progress.duration(seconds) == words


def test_a_run_in_a_terminal(tmp_path):
    """With a real terminal on both outputs: a bar while it works, colours, and the tables after it."""
    leader, follower = pty.openpty()
    words = [
        "run",
        str(VALID / "other-model.yaml"),
        "--draws",
        "30",
        "--jobs",
        "1",
        "--out",
        str(tmp_path / "r"),
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "detente", *words], stdout=follower, stderr=follower, close_fds=True
    )
    os.close(follower)
    shown = b""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    assert process.wait() == 0, shown.decode()
    text = shown.decode()
    assert "getting ready" in text and "of 60 solves" in text and "\x1b[" in text
    assert "A known shift of power" in text and "Traceback" not in text
