"""A run as a user meets it: what it prints, what it leaves, what it refuses."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from detente.cli import main
from detente.study.folder import Folder


def run(*words, capsys=None):
    status = main(["run", *map(str, words)])
    return (status, *capsys.readouterr()) if capsys else status


def files(folder: Path) -> dict[str, bytes]:
    """What must be the same whatever the machine was doing: chunks, verdicts, figures, manifest."""
    names = [
        *folder.glob("chunks/*.parquet"),
        *(folder / n for n in ("verdicts.json", "figures.json", "manifest.json")),
    ]
    return {str(x.relative_to(folder)): x.read_bytes() for x in names}


def test_a_run_leaves_everything_and_prints_the_answer(small, tmp_path, capsys):
    out = tmp_path / "run"
    status, text, progress = run(
        small, "--draws", 100, "--lever-draws", 64, "--jobs", 1, "--out", out, capsys=capsys
    )
    assert status == 0
    assert {x.name for x in out.iterdir()} >= {
        "manifest.json",
        "log.jsonl",
        "chunks",
        "verdicts.json",
        "figures.json",
        "report.html",
    }
    for words in (
        "A limit on a capability",
        "of 100 draws",
        "Claims of the argument",
        "Claims of rival readings",
        "If this mechanism were absent (100 draws",
        "If this lever were pulled (64 draws",
        "Certificate: 1,428 solves, all with an answer",
        f"Run folder: {out}",
    ):
        assert words in text
    assert not any(line.endswith(" ") or "\x1b" in line for line in text.splitlines())
    assert "1,428 solves" in progress and "0 failed" in progress

    table = pq.read_table(out / "chunks" / "00000.parquet")
    assert table["draw"].to_pylist() == list(range(64))
    assert np.isfinite(table["zone()"].to_numpy()).all()
    assert len(table["path:arsenal"][0].as_py()) == 3
    assert any("binding" in n for n in table.column_names)
    later = pq.read_table(out / "chunks" / "00001.parquet")
    assert later.num_rows == 36 and not any("binding" in n for n in later.column_names)

    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["seed"] == 1 and manifest["resolved_case"]["id"] == "small"
    events = [json.loads(line)["event"] for line in (out / "log.jsonl").read_text().splitlines()]
    assert events[0] == "started" and events[-1] == "finished" and events.count("chunk") == 2


def test_the_verdicts_are_the_shares_of_the_table(small, tmp_path, capsys):
    out = tmp_path / "run"
    _, text, _ = run(small, "--draws", 64, "--jobs", 1, "--out", out, "--json", capsys=capsys)
    result = json.loads(text)
    zone = pq.read_table(out / "chunks" / "00000.parquet")["zone()"].to_numpy()
    anarchy = next(
        pq.read_table(out / "chunks" / "00000.parquet")[n].to_numpy()
        for n in pq.read_table(out / "chunks" / "00000.parquet").column_names
        if n.startswith("zone(") and "anarchy" in n
    )
    claim = next(c for c in result["claims"] if c["verdict"]["id"] == "support-decides")["verdict"]
    assert claim["held"] == int(((zone < 0) & (anarchy > 0)).sum())
    assert result["deal"]["share"]["share"] == pytest.approx((zone > 0).mean())
    effect = next(m for m in result["mechanisms"] if m["id"] == "anarchy")
    assert effect["opens"] == pytest.approx(((zone <= 0) & (anarchy > 0)).mean())
    assert effect["shift"] == pytest.approx(np.median(anarchy) - np.median(zone))
    assert result["folder"] == str(out) and len(result["answer"]) == 3


def test_jobs_change_nothing(small, tmp_path):
    a, b = tmp_path / "a", tmp_path / "b"
    assert run(small, "--draws", 130, "--jobs", 1, "--out", a) == 0
    assert run(small, "--draws", 130, "--jobs", 2, "--out", b) == 0
    assert files(a) == files(b)


def test_a_longer_run_goes_on_from_a_shorter_one(small, tmp_path):
    a, b = tmp_path / "a", tmp_path / "b"
    assert run(small, "--draws", 64, "--jobs", 1, "--out", a) == 0
    first = (a / "chunks" / "00000.parquet").stat().st_mtime_ns
    assert run(small, "--draws", 100, "--jobs", 1, "--out", a) == 0
    assert (a / "chunks" / "00000.parquet").stat().st_mtime_ns == first
    assert run(small, "--draws", 100, "--jobs", 1, "--out", b) == 0
    assert files(a) == files(b)


def test_a_torn_chunk_and_a_torn_log_are_mended(small, tmp_path):
    out = tmp_path / "run"
    assert run(small, "--draws", 100, "--jobs", 1, "--out", out) == 0
    before = files(out)
    chunk = out / "chunks" / "00001.parquet"
    chunk.write_bytes(chunk.read_bytes()[:-100])
    (out / "chunks" / "00000.parquet.77.part").write_bytes(b"half")
    with (out / "log.jsonl").open("a") as log:
        log.write('{"event": "chu')
    assert run(small, "--draws", 100, "--jobs", 1, "--out", out, "--resume") == 0
    assert files(out) == before


# --- Refusals: exit status 2, a reason, and everything as it was ------------------------------------


def test_another_seed_or_case_in_the_folder_is_refused(small, tmp_path, capsys):
    out = tmp_path / "run"
    assert run(small, "--draws", 10, "--jobs", 1, "--out", out) == 0
    before = files(out)
    status, _, message = run(small, "--draws", 10, "--seed", 2, "--out", out, capsys=capsys)
    assert status == 2 and "seed differs (1 there, 2 here)" in message and "--out" in message
    small.write_text(small.read_text().replace("value: 0.9", "value: 0.8"), encoding="utf-8")
    status, _, message = run(small, "--draws", 10, "--out", out, capsys=capsys)
    assert status == 2 and "digest differs" in message
    assert files(out) == before


def test_a_folder_with_something_else_in_it_is_refused(small, tmp_path, capsys):
    out = tmp_path / "mine"
    out.mkdir()
    (out / "thesis.tex").write_text("precious")
    status, _, message = run(small, "--draws", 10, "--out", out, capsys=capsys)
    assert status == 2 and "thesis.tex" in message
    assert [x.name for x in out.iterdir()] == ["thesis.tex"]


def test_two_runs_in_one_folder_are_refused(small, tmp_path, capsys):
    out = tmp_path / "run"
    with Folder.hold(out):
        status, _, message = run(small, "--draws", 10, "--out", out, capsys=capsys)
    assert status == 2 and "another run is writing here" in message
    assert not (out / "manifest.json").exists()


def test_a_folder_that_cannot_be_made_is_refused(small, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    status, _, message = run(small, "--draws", 10, "--out", tmp_path / "file" / "run", capsys=capsys)
    assert status == 2 and "cannot be written" in message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_refused(small, tmp_path, capsys):
    out = tmp_path / "locked"
    out.mkdir(mode=0o500)
    status, _, message = run(small, "--draws", 10, "--out", out, capsys=capsys)
    assert status == 2 and "cannot be written" in message


def test_a_full_disk_stops_cleanly_and_the_same_command_goes_on(small, tmp_path):
    """A limit on the size of files (20 kB) stands for a full disk: the write fails in the middle."""
    out, whole = tmp_path / "run", tmp_path / "whole"
    words = [
        sys.executable,
        "-m",
        "detente",
        "run",
        str(small),
        "--draws",
        "64",
        "--jobs",
        "1",
        "--out",
        str(out),
    ]

    full = ["sh", "-c", 'ulimit -f 40; exec "$@"', "sh"]
    stopped = subprocess.run([*full, *words], capture_output=True, text=True)
    assert stopped.returncode == 2, stopped.stderr
    assert "cannot be written" in stopped.stderr and "Traceback" not in stopped.stderr
    assert not list(out.rglob("*.part")) and not (out / "verdicts.json").exists()
    assert subprocess.run(words, capture_output=True).returncode == 0
    assert run(small, "--draws", 64, "--jobs", 1, "--out", whole) == 0
    assert files(out) == files(whole)


@pytest.mark.parametrize(
    "words", [("--draws", 0), ("--draws", 10**9), ("--seed", -1), ("--jobs", 0), ("--lever-draws", -1)]
)
def test_numbers_out_of_range_are_refused(small, tmp_path, capsys, words):
    status, _, message = run(small, *words, "--out", tmp_path / "run", capsys=capsys)
    assert status == 2 and words[0] in message and str(words[1]) in message
    assert not (tmp_path / "run").exists()


def test_resume_needs_a_run(small, tmp_path, capsys):
    status, _, message = run(small, "--resume", "--out", tmp_path / "none", capsys=capsys)
    assert status == 2 and "no run to go on with" in message
    assert not (tmp_path / "none").exists()


def test_a_bad_case_writes_nothing(tmp_path, capsys):
    bad = tmp_path / "bad.yaml"
    bad.write_text("schema: 1\n")
    status, text, message = run(bad, "--out", tmp_path / "run", capsys=capsys)
    assert status == 2 and "bad.yaml:1" in message and not text
    assert not (tmp_path / "run").exists()
