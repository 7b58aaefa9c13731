"""A laboratory as its command serves it, for tests to ask."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from detente.case.scaffold import scaffold

YEARS = 3
"""Horizon of the small case, as in tests/study: the programs are the same."""


def small_text(id: str = "small") -> str:
    years = f'  horizon:\n    value: {YEARS}\n    source: assumed\n    why: "Short, for a test."\n'
    return scaffold(id).replace("  discount:\n", f"{years}  discount:\n", 1)


@dataclass
class Laboratory:
    """A laboratory that is served: its process, its address, its case file."""

    process: subprocess.Popen[str]
    url: str
    file: Path

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


def served(file: Path, *options: str, env: dict[str, str] | None = None) -> Laboratory:
    """Start the command and wait until it answers."""
    words = [sys.executable, "-m", "detente", "lab", str(file), "--out", str(file.parent / "runs"), *options]
    with (file.parent / "stderr").open("w") as complaints:
        process = subprocess.Popen(
            words,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
            env={**os.environ, **(env or {})},
        )
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.search(r"http://\S+", line)
    assert found, (line, (file.parent / "stderr").read_text())
    return Laboratory(process, found.group(), file)


@dataclass
class Answer:
    """What the laboratory answered."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def data(self) -> Any:
        return json.loads(self.content)


def asked(url: str, path: str, body: Any = None, method: str | None = None, **headers: str) -> Answer:
    """Ask a laboratory: without a body a GET, with one a POST (plain data go as JSON)."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=120)
    raw = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    given = {"Content-Type": "application/json"} | {k.replace("_", "-"): v for k, v in headers.items()}
    try:
        connection.request(method or ("GET" if raw is None else "POST"), path, raw, given)
        found = connection.getresponse()
        return Answer(found.status, {k.lower(): v for k, v in found.getheaders()}, found.read())
    finally:
        connection.close()


def ready(url: str, case: str = "", **headers: str) -> None:
    """Wait until a case is ready."""
    end = time.monotonic() + 300
    while time.monotonic() < end:
        step = asked(url, f"/api/status?case={case}", **headers).data["step"]
        if step == "ready":
            return
        assert step not in ("failed", "gone"), step
        time.sleep(0.1)
    raise AssertionError("the laboratory did not get ready")
