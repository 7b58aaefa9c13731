"""Twenty people at one laboratory: each moves a slider as on a page; the wait for each answer is measured.

    python -m benchmarks.lab_load [--clients 20] [--seconds 20] [--case missile-limits]

Every client keeps one question in flight, as a page does, and asks the next one when it has been answered and
its hand has moved on (every 60 ms). Sliders move by their steps, so that people meet each other's answers.
Meanwhile it is measured how long the server takes for what needs no solving.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

MOVE = 0.06
"""Seconds between two moves of a hand."""


async def ask(where: tuple[str, int], path: str, body: dict | None = None) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection(*where)
    raw = b"" if body is None else json.dumps(body).encode()
    head = f"{'GET' if body is None else 'POST'} {path} HTTP/1.1\r\nHost: {where[0]}:{where[1]}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(raw)}\r\nConnection: close\r\n\r\n"
    writer.write(head.encode() + raw)
    await writer.drain()
    answer = await reader.read()
    writer.close()
    status, _, rest = answer.partition(b"\r\n")
    return int(status.split()[1]), rest.partition(b"\r\n\r\n")[2]


async def person(
    number: int, where: tuple[str, int], about: dict, end: float, waits: list[float], refused: list[int]
) -> None:
    hand = random.Random(number)
    names = [n for n, a in about["assumptions"].items() if not a["labels"] and a["group"] != "quantities"]
    turn = 0
    while time.monotonic() < end:
        a = about["assumptions"][hand.choice(about["first"] or names)]
        at = hand.uniform(*(a["likely"] or (a["low"], a["high"])))
        for _ in range(hand.randint(5, 25)):  # one drag
            if time.monotonic() >= end:
                return
            at = min(max(at + hand.choice((-1, 1, 1, 2)) * a["step"], a["low"]), a["high"])
            value = a["low"] + round((at - a["low"]) / a["step"]) * a["step"]
            turn += 1
            begun = time.perf_counter()
            status, _ = await ask(
                where,
                "/api/point",
                {"values": {a["name"]: min(value, a["high"])}, "client": f"person {number}", "turn": turn},
            )
            (waits if status == 200 else refused).append(
                time.perf_counter() - begun if status == 200 else status  # type: ignore[arg-type]
            )
            await asyncio.sleep(MOVE)
        await asyncio.sleep(hand.uniform(0.3, 1.5))  # looking at it


async def crowd(where: tuple[str, int], clients: int, seconds: float) -> dict:
    about = json.loads((await ask(where, "/api/case"))[1])
    waits: list[float] = []
    refused: list[int] = []
    plain: list[float] = []
    end = time.monotonic() + seconds

    async def watch() -> None:
        while time.monotonic() < end:
            begun = time.perf_counter()
            await ask(where, "/api/status")
            plain.append(time.perf_counter() - begun)
            await asyncio.sleep(0.05)

    people = (person(i, where, about, end, waits, refused) for i in range(clients))
    await asyncio.gather(watch(), *people)
    status = json.loads((await ask(where, "/api/status"))[1])

    def ms(found: list[float]) -> dict:
        cuts = statistics.quantiles(found, n=20) if len(found) > 1 else found * 19
        return {"median": round(1000 * statistics.median(found)), "p95": round(1000 * cuts[18])}

    return {
        "clients": clients,
        "answers": len(waits),
        "answers_a_second": round(len(waits) / seconds, 1),
        "solved": status["solved"],
        "refused": len(refused),
        "wait_ms": ms(waits),
        "plain_ms": ms(plain),
    }


def main() -> int:
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--clients", type=int, default=20)
    p.add_argument("--seconds", type=float, default=20)
    p.add_argument("--case", default="missile-limits")
    args = p.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-m", "detente", "lab", args.case, "--port", "0", "--out", str(Path(folder))]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            assert process.stdout is not None
            link = re.search(r"http://\S+", process.stdout.readline())
            assert link is not None
            address = urlsplit(link.group())
            where = (address.hostname or "", address.port or 0)
            while json.loads(asyncio.run(ask(where, "/api/status"))[1])["step"] != "ready":
                time.sleep(0.2)
            for clients in dict.fromkeys((1, args.clients)):
                print(json.dumps(asyncio.run(crowd(where, clients, args.seconds))), flush=True)
        finally:
            process.terminate()
            process.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
