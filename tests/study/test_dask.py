"""A run on a dask cluster: the same bits, whoever is killed on the way."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

import detente
from detente.cli import main
from detente.study.executors import dask

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as found:
        yield found


@pytest.mark.filterwarnings("ignore")  # the cluster's own farewell when a worker is killed
def test_a_worker_is_killed_and_nothing_is_lost_or_counted_twice(cluster, case, tmp_path, capsys):
    out, killed = tmp_path / "run", []

    def kill() -> None:
        """Kill the first worker as soon as a chunk is on the disk."""
        while not list((out / "chunks").glob("*.parquet")):
            time.sleep(0.05)
        killed.append(next(iter(cluster.workers.values())).pid)
        os.kill(killed[0], signal.SIGKILL)

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    assert main(["run", str(case), "--draws", "640", "--lever-draws", "64", "--seed", "5", "--out", str(out),
                 "--executor", "dask", "--scheduler", cluster.scheduler_address]) == 0  # fmt: skip
    thread.join(5)
    assert killed
    here = detente.explore(case, draws=640, lever_draws=64, seed=5)
    there = detente.explore(case, draws=640, lever_draws=64, seed=5, out=out)
    assert there.table.equals(here.table)
    assert there.table["draw"].to_pylist() == list(range(640))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--executor", "dask"], "--executor dask: found no --scheduler"),
        (["--scheduler", "tcp://127.0.0.1:1"], "--scheduler: found no --executor dask"),
    ],
)
def test_half_a_wish_is_refused(words, said, case, tmp_path, capsys):
    assert main(["run", str(case), "--out", str(tmp_path / "run"), *words]) == 2
    assert said in capsys.readouterr().err


def test_no_scheduler_there(monkeypatch):
    monkeypatch.setattr(distributed, "Client", _refusing)
    with pytest.raises(detente.UsageError, match="found no dask scheduler there"), dask("tcp://127.0.0.1:1"):
        pass


def _refusing(*_, **__):
    raise OSError("Timed out trying to connect")


def test_a_worker_with_other_versions_is_refused(cluster, monkeypatch):
    from detente.study import executors

    mine = executors.versions()
    monkeypatch.setattr(distributed.Client, "run", lambda *_: {"tcp://there:1": {**mine, "jax": "0.0.1"}})
    with (
        pytest.raises(
            detente.RunError, match=f"worker tcp://there:1: found jax 0.0.1, expected {mine['jax']}"
        ),
        dask(cluster.scheduler_address),
    ):
        pass


def test_a_file_that_is_no_scheduler_file(tmp_path: Path):
    words = "found no dask scheduler there"
    with pytest.raises(detente.UsageError, match=words), dask(str(tmp_path / "none.json")):
        pass
