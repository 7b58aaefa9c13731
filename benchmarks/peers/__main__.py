"""Détente against what a user would pick instead: ``make bench-peers``, or with ``QUICK=--quick``.

Prints tables in Markdown and writes them, with versions and hardware, to results.json beside this file (not
with ``--quick``, which is there to see that everything works). Everything runs one thing at a time.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers.asking import Heard, Row, Table, ask, theirs
from benchmarks.run import CORES, machine, table

PRECISION = 20.0  # of logit choices in the trees
LOGIT, NASH = 0.1, 2e-7  # noise in the stochastic games: a precision of 10, and a gap as that of tracing
DISCOUNT = 0.95
SAME = 1e-6  # values that differ by no more are of the same equilibrium
NEAR = 1e-4  # the same where one side is only near Nash
EXACT = 1e-9  # by how much the second implementations may differ


def ours(how: str, heard: Heard, found: dict[str, Any] | None, accuracy: str) -> Row:
    """A row of Détente's."""
    who = f"Détente {version('detente')}"
    if found is None:
        return Row(who, how, None, (0, 0), note=heard.ended)
    games = found.get("batch", found.get("games"))
    note = heard.ended if games < found.get("asked", games) else ""
    return Row(who, how, found["seconds"], (found["solved"], games), accuracy, found["once"], note)


def agreement(games: Sequence[dict[str, Any]], values: Sequence[Any], within: float) -> str:
    """How many of a peer's values are Détente's."""
    pairs = [(x["values"], v) for x, v in zip(games, values, strict=False) if x.get("values") is not None]
    if not pairs:
        return ""
    apart = [float(np.abs(np.asarray(a) - np.asarray(b)).max()) for a, b in pairs]
    return f"{sum(x <= within for x in apart)} of {len(apart)} the same values"


def crises(quick: bool, peer: dict[str, str]) -> list[Table]:
    """Trees: Gambit and OpenSpiel."""
    limit, found = (10.0, []) if quick else (20.0, [])
    for name, types, value, count, texts in (
        ("fearon1995", 3 if quick else 10, "proposer_value", 20 if quick else 1000, 3 if quick else 300),
        ("fearon1997", 2 if quick else 3, "defender_value", 4 if quick else 64, 3 if quick else 64),
    ):
        heard = ask(
            "ours", "trees", 600, name=name, types=types, value=value, precision=PRECISION, count=count,
            texts=texts,
        )  # fmt: skip
        trees = heard.of("tree")
        games = [x["text"] for x in trees]
        size = f"{name}, {types} types, {trees[0]['nodes']} nodes" if trees else name
        gambit, spiel = f"pygambit {peer['pygambit']}", f"OpenSpiel {peer['open_spiel']}"
        for kind, title in (("logit", f"logit equilibrium at precision {PRECISION:g}"), ("nash", "Nash")):
            runs = [*heard.of(kind), None, None][:2]
            check = "residual" if kind == "logit" else "regret"
            rows = [
                ours(how, heard, x, f"{check} {x['gap']:.0e}" if x else "")
                for how, x in zip((f"batch of {count:,}", "one at a time"), runs, strict=True)
            ]
            values = runs[0]["values"] if runs[0] else []

            def seen(told: Heard, values: list[float] = values, exact: bool = kind == "logit") -> str:
                firsts = [{"values": x["values"][0]} for x in told.of("game")]
                return agreement(firsts, values, SAME if exact else NEAR)

            if not games:
                pass
            elif kind == "logit":
                told = ask("theirs", "logit", limit, games=games, precision=PRECISION)
                rows.append(theirs(gambit, "logit_solve_lambda", told, limit, seen(told)))
            else:
                for solver in ("logit", "lcp"):
                    told = ask("theirs", "nash", limit, games=games, solver=solver)
                    how = {"logit": "logit_solve, regret 1e-8", "lcp": "lcp_solve, floating"}[solver]
                    rows.append(theirs(gambit, how, told, limit, seen(told)))
                for regret in (1e-6, 1e-3):
                    told = ask("theirs", "cfr", limit, games=games, regret=regret, most=20_000)
                    good = sum(x["gap"] <= regret for x in told.of("game"))
                    how = f"CFR+ in C++, NashConv {regret:.0e}, at most 20,000 rounds"
                    rows.append(theirs(spiel, how, told, limit, seen(told), good))
            found.append(Table(f"{size}: {title}", rows))
    return found


def stochastic(quick: bool, peer: dict[str, str]) -> list[Table]:
    """Random stochastic games: sgamesolver."""
    found = []
    who = f"sgamesolver {peer['sgamesolver']}"
    sizes = (
        ((3, 2, 4, 5, 150),) if quick else ((10, 2, 64, 20, 200), (50, 3, 8, 30, 300), (200, 3, 1, 45, 540))
    )
    for states, actions, batch, limit, patience in sizes:
        heard = ask(
            "ours", "random_games", patience, states=states, actions=actions, discount=DISCOUNT, batch=batch,
            noises=[LOGIT, NASH],
        )  # fmt: skip
        for noise, title, method, how in (
            (
                LOGIT,
                f"logit equilibrium at precision {1 / LOGIT:g}",
                "QRE",
                "logit homotopy to that precision",
            ),
            (NASH, f"Nash to a gap of {NASH:.0e}", "LogTracing", "logarithmic tracing"),
        ):
            told = ask(
                "theirs", "random_games", limit, states=states, actions=actions, discount=DISCOUNT,
                seeds=1000, method=method, precision=1 / noise,
            )  # fmt: skip
            rows, values = endless(heard, noise)
            rows.append(compared(who, how, told, limit, values, noise == NASH))
            found.append(Table(f"Random games of {states} states × {actions} actions: {title}", rows))
    return found


def public_states(quick: bool, peer: dict[str, str]) -> list[Table]:
    """The red-line game without beliefs, without an end: sgamesolver at a small grid, Détente at the full."""
    found = []
    who, limit = f"sgamesolver {peer['sgamesolver']}", 10.0 if quick else 60.0
    how = "logit homotopy to that precision"
    for sizes, texts in (((1, 0), 2),) if quick else (((1, 1), 20), ((4, 2), 0)):
        heard = ask("ours", "redline_states", 300, sizes=sizes, batch=4 if quick else 64, texts=texts)
        rows, values = endless(heard)
        public = (sizes[0] + 1) * (sizes[1] + 1) * 7
        size = f"{public} public states"
        games = heard.of("states")
        if games:
            size += f", for sgamesolver {games[0]['states']}"
            told = ask("theirs", "given_games", limit, games=[x["game"] for x in games], method="QRE")
            for x in told.of("game"):
                x["values"] = None if x["values"] is None else x["values"][:public]
            values = [v[::2] for v in values]  # at one of the two trust points
            rows.append(compared(who, how, told, limit, values, False))
        elif not texts:
            rows.append(Row(who, how, None, (0, 0), note="not tried: 928 states to it"))
        found.append(Table(f"Red line without beliefs, no end, {size}: logit at the draws' noise", rows))
    return found


def endless(heard: Heard, noise: float | None = None) -> tuple[list[Row], list[Any]]:
    """Détente's rows about a game without an end, and its values."""
    runs = [x for x in heard.of("run") if noise is None or x["noise"] == noise][-1:]
    rows = [
        ours(
            f"batch of {x['asked']}" if x["asked"] > 1 else "one at a time",
            heard,
            x,
            f"gap {x['regret']:.0e}" if noise == NASH else f"residual {x['residual']:.0e}",
        )
        for x in runs
    ]
    return rows or [ours("", heard, None, "")], runs[0]["values"] if runs else []


def compared(who: str, how: str, told: Heard, limit: float, values: list[Any], tracing: bool) -> Row:
    """sgamesolver's row."""
    games = told.of("game")
    gaps = [x["gap"] for x in games if x["gap"] is not None]
    words = [f"gap {max(gaps):.0e}"] if gaps and tracing else []
    words += [agreement(games, values, NEAR if tracing else SAME)] if values and gaps else []
    kind = "compiled" if all(x["compiled"] for x in games) else "NumPy"
    how = f"{how} ({kind})" if games else how
    return theirs(who, how, told, limit, ", ".join(words), sum(x["solved"] for x in games))


def scalar(quick: bool, peer: dict[str, str]) -> list[Table]:
    """The red-line game against a compiled and a plain second implementation."""
    count, horizon, found = 64 if quick else 512, 3 if quick else 40, []
    heard = ask("ours", "redline", 400, count=count, horizon=horizon, years=[horizon, 0], cores=CORES)
    if not heard.of("draws"):
        return [Table("Red line", [ours("", heard, None, "")])]
    told = heard.of("draws")[0]
    draws = np.array([tuple(x) for x in told["draws"]], [(name, float) for name in told["names"]])
    for years in (horizon, 0):
        right = next(x for x in heard.of("answers") if x["years"] == years)
        for cores in range(1, CORES + 1):
            (run,) = (x for x in heard.of("run") if (x["years"], x["cores"]) == (years, cores))
            plural = "core" if cores == 1 else "cores"
            rows = [
                Row(
                    f"Détente {version('detente')}",
                    "processes, certificate included",
                    run["seconds"],
                    (count, count),
                    once=run["once"],
                )
            ]
            few = draws[:64] if quick else draws[:128]
            peers = [("numba", f"Numba {peer['numba']}", draws, count)]
            peers += [("numpy", f"NumPy {peer['numpy']}", few, 16)] if cores == 1 else []
            for how, who, given, chunk in peers:
                answer = ask(
                    "theirs", "scalar", 200, draws=given, horizon=horizon, years=years, how=how,
                    threads=cores, chunk=chunk,
                )  # fmt: skip
                rows.append(second(who, how, answer, right, len(given)))
            forward = f"forward pass over {years} years" if years else "no forward pass"
            found.append(Table(f"Red line, {horizon} years, {forward}, {cores} {plural}", rows))
    return found


def second(who: str, how: str, answer: Heard, right: dict[str, Any], count: int) -> Row:
    """The row of a second implementation; without a time unless its answers are right."""
    what = "compiled loops, no certificate" if how == "numba" else "arrays over 16 draws, no certificate"
    if not answer.of("run"):
        return Row(who, what, None, (0, count), note=answer.ended)
    first = answer.of("first")[0]
    apart = 0.0
    for key in ("head", "yearly"):
        theirs, mine = (np.array(x[key], float) for x in (first, right))
        n = min(len(theirs), len(mine))
        gap = np.abs(theirs[:n] - mine[:n])
        apart = max(
            apart, float(np.where(np.isnan(theirs[:n]) & np.isnan(mine[:n]), 0.0, gap).max(initial=0))
        )
    seconds = float(np.median([x["seconds"] for x in answer.of("run")]))
    accuracy = f"within {apart:.0e} of Détente"
    if not apart <= EXACT:
        return Row(who, what, None, (0, count), accuracy, note="not timed: it does not agree")
    return Row(who, what, seconds, (count, count), accuracy, first["seconds"])


def show(result: Table) -> None:
    """Print a table."""
    print(f"### {result.title}\n")
    lines = []
    for row in result.rows:
        ratio, least = result.ratio(row), "≥ " if row.seconds is None else ""
        time = row.floor if row.seconds is None else row.seconds
        lines.append(
            (
                row.who,
                row.how,
                f"{row.games[0]:,} of {row.games[1]:,}",
                "" if time is None else f"{least}{1000 * time:.3g}",
                "" if ratio is None else f"{least}{ratio:.3g}",
                "" if row.once is None else f"{row.once:.1f}",
                "; ".join(x for x in (row.accuracy, row.note) if x),
            )
        )
    table(("solver", "how", "solved", "ms a game", "ratio", "once, s", "accuracy and notes"), lines)


COMPARISONS = {"trees": crises, "stochastic": stochastic, "states": public_states, "scalar": scalar}


def main() -> None:
    """Compare everything, or the comparisons named."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument(
        "names", nargs="*", metavar="NAME", help=f"of {', '.join(COMPARISONS)}; all if none"
    )
    arguments.add_argument("--quick", action="store_true", help="tiny sizes; no results.json")
    given = arguments.parse_args()
    begun = time.perf_counter()
    (peer,) = ask("theirs", "versions", 60).of("versions")
    versions = {x: version(x) for x in ("detente", "jax", "numpy")}
    print(f"Measured on {machine()}; Détente {versions['detente']} with jax {versions['jax']}.\n", flush=True)
    found: dict[str, list[Table]] = {}
    for name in given.names or COMPARISONS:
        found[name] = COMPARISONS[name](given.quick, peer)
        for result in found[name]:
            show(result)
    minutes = (time.perf_counter() - begun) / 60
    print(f"All of it took {minutes:.0f} minutes.")
    if not given.quick and not given.names:
        page = {
            "machine": machine(),
            "versions": {"detente": versions, "peers": {k: v for k, v in peer.items() if k != "what"}},
            "date": time.strftime("%Y-%m-%d"),
            "minutes": round(minutes, 1),
            "tables": {
                name: [
                    {"title": t.title, "rows": [{**asdict(r), "ratio": t.ratio(r)} for r in t.rows]}
                    for t in tables
                ]
                for name, tables in found.items()
            },
        }
        file = Path(__file__).with_name("results.json")
        file.write_text(json.dumps(page, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
