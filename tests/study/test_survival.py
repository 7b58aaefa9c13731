"""Killed ten times at random moments, a run ends with the same bytes as one left alone."""

import random
import signal
import subprocess
import sys
import time


def test_ten_kills_change_nothing(small, tmp_path):
    chance = random.Random(7)
    whole, torn = tmp_path / "whole", tmp_path / "torn"

    def words(out):
        return [
            *(sys.executable, "-m", "detente", "run", str(small), "--draws", "1500", "--jobs", "2"),
            *("--lever-draws", "1500", "--out", str(out)),
        ]

    def chunks():
        return len(list(torn.glob("chunks/*.parquet")))

    subprocess.run(words(whole), check=True, capture_output=True)
    reached = []
    for _ in range(10):
        process = subprocess.Popen(words(torn), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        goal = chunks() + chance.randint(0, 3)
        while chunks() < goal and process.poll() is None:
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.3))
        assert process.poll() is None, "ended before it could be killed"
        process.send_signal(signal.SIGKILL)
        process.wait()
        reached.append(chunks())
    assert 0 < reached[-1] < 24 and len(set(reached)) > 3, reached  # killed at different moments
    subprocess.run(words(torn), check=True, capture_output=True)

    names = sorted(x.name for x in whole.glob("chunks/*.parquet"))
    assert len(names) == 24
    assert names == sorted(x.name for x in torn.glob("chunks/*.parquet"))
    for name in [*(f"chunks/{n}" for n in names), "verdicts.json", "figures.json", "manifest.json"]:
        assert (whole / name).read_bytes() == (torn / name).read_bytes(), name
