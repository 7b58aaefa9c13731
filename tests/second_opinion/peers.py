"""Other people's solvers, asked through files: they are never imported here."""

import json
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv-peers" / "bin" / "python"

needed = pytest.mark.skipif(
    not (ROOT / ".venv-peers" / ".ready").exists(), reason="no .venv-peers here: `make peers` sets it up"
)


def ask(folder: Path, jobs: list[dict], script: str = "ask.py") -> list:
    """Answers to jobs, in order; the script says what can be asked."""
    file = folder / "jobs.json"
    file.write_text(json.dumps(jobs), encoding="utf-8")
    done = subprocess.run(
        [PYTHON, Path(__file__).with_name(script), file],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)
