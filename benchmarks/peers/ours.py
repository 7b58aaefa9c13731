"""Détente's side, in processes of the same kind as everybody's: ``python -m benchmarks.peers.ours JOB``.

On one core unless said otherwise. What is told of a batch are seconds a game, the median of three runs.
"""

from __future__ import annotations

import pickle
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.peers.asking import tell
from benchmarks.run import records
from detente.engine.batch import CHUNK, solve, together, workers
from detente.models import get


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """What the work returns, and the median of three times; of one alone if it takes long."""
    taken, found = [], None
    while len(taken) < 3 and sum(taken) < 10:
        start = time.perf_counter()
        found = work()
        taken.append(time.perf_counter() - start)
    return found, median(taken)


# --- A crisis as a tree ---------------------------------------------------------------------------------


def crises(count: int) -> dict[str, dict[str, np.ndarray]]:
    """Points of two models; what they make of chances are short fractions."""
    draw = np.random.default_rng(1)
    low = draw.uniform(0, 0.1, count)
    return {
        "fearon1995": {
            "power": draw.uniform(0.2, 0.6, count),
            "proposer_war_cost": draw.uniform(0.02, 0.2, count),
            "lowest_cost": low,
            "highest_cost": low + draw.uniform(0.1, 0.3, count),
            "high_share": draw.uniform(0.2, 0.8, count).round(2),
        },
        "fearon1997": {
            "signal": np.zeros(count),
            "victory": draw.uniform(0.4, 0.7, count),
            "war_cost": draw.uniform(0.1, 0.3, count),
            "lowest_value": np.zeros(count),
            "highest_value": draw.uniform(0.8, 1.2, count),
            "resolute": draw.uniform(0.1, 0.6, count).round(2),
        },
    }


def trees(name: str, types: int, value: str, precision: float, count: int, texts: int) -> None:
    """Times at a precision and without noise, and the first games as texts.

    Args:
        name: The model.
        types: Its setting.
        value: The outcome that is the first player's value.
        precision: That of logit choices.
        count: Points of the batch.
        texts: Games told as texts.
    """
    from detente.exchange import efg, unroll_model

    model, points = get(name), crises(count)[name]
    for kind, noise in (("logit", 1 / precision), ("nash", 0.0)):
        for n, chunk in ((count, None), (min(count, 10), 1)):
            table = {**{k: x[:n] for k, x in points.items()}, "noise": np.full(n, noise)}

            def run(table: Mapping[str, np.ndarray] = table, chunk: int | None = chunk) -> Any:
                return solve(model, table, horizon=1, chunk=chunk, settings={"types": types})

            few = {k: x[:1] for k, x in table.items()}
            _, once = timed_once(lambda run=run, few=few: run(few))
            found, seconds = timed(run)
            good = np.array([s is None for s in found.status])
            tell(
                kind,
                batch=n,
                seconds=seconds / n,
                once=once,
                solved=int(good.sum()),
                gap=float(found.gaps["residual" if noise else "regret"][good].max()),
                values=found.outcomes[value].tolist(),
            )
    for i in range(texts):
        point = {k: float(x[i]) for k, x in points.items()}
        if model.by_name.get("signal"):
            point["signal"] = "sinks costs"
        found = unroll_model(model, {**point, "noise": 1 / precision}, {"types": types})
        tell("tree", text=efg.write(short(found.tree)), nodes=len(found.tree.nodes))


def short(tree: Any) -> Any:
    """The tree with chances as short fractions, to within 1e-15, as OpenSpiel wants them."""
    from detente.exchange.tree import Chance

    def nearest(node: Any) -> Any:
        if not isinstance(node, Chance):
            return node
        ways = tuple((label, x.limit_denominator(10_000)) for label, x in node.branches)
        return replace(node, branches=ways)

    return replace(tree, nodes=tuple(nearest(x) for x in tree.nodes))


def timed_once(work: Callable[[], Any]) -> tuple[Any, float]:
    """The same for what is done once."""
    start = time.perf_counter()
    found = work()
    return found, time.perf_counter() - start


# --- Stochastic games -----------------------------------------------------------------------------------


def random_games(states: int, actions: int, discount: float, batch: int, noises: list[float]) -> None:
    """Random stochastic games, each noise with the same program."""
    from benchmarks.peers.states import drawn, random_game

    pays, moves = (np.stack(x) for x in zip(*(drawn(states, actions, k) for k in range(batch)), strict=True))

    def game(tables: Any) -> Any:
        return random_game(*tables)

    table = {"number": np.arange(float(batch)), "discount": np.full(batch, discount)}
    _endless(game, (pays, moves), [{**table, "noise": np.full(batch, x)} for x in noises])


def redline_states(sizes: tuple[int, int], batch: int, texts: int) -> None:
    """The red-line game without beliefs at a size; and the first games as sgamesolver takes them."""
    from benchmarks.peers.states import as_states, unlearning, without_beliefs

    table = unlearning(records(batch), sizes[0])
    _endless(lambda _: without_beliefs(*sizes), (), [table])
    for i in range(texts):
        pays, moves, discount, precision = as_states({k: float(x[i]) for k, x in table.items()}, *sizes)
        shape = [[x.tolist() for x in y] for y in (pays, moves)]
        tell("states", game=[*shape, discount, precision], states=len(pays))


def _endless(game: Callable[[Any], Any], tables: Any, batches: list[dict[str, np.ndarray]]) -> None:
    """Solve as many at a time as `batch.together` says, and time each set of numbers."""
    import jax
    import jax.numpy as jnp

    from detente.engine import device
    from detente.engine.stationary import solve as stationary

    def run(tables: Any, p: Any) -> Any:
        found = stationary(game(tables), p)
        return jnp.stack(found.first.values), found.status, found.gaps["residual"], found.gaps["regret"]

    device.ready()
    with jax.enable_x64(True):
        count = len(batches[0]["noise"])
        chunk = min(count, together(game(tables), {k: x[0] for k, x in batches[0].items()}))
        parts = [
            [{k: jnp.asarray(x[i : i + chunk], float) for k, x in p.items()} for i in range(0, count, chunk)]
            for p in batches
        ]
        program, once = timed_once(lambda: device.compiled(jax.jit(run).lower(tables, parts[0][0])))
        for p, part in zip(batches, parts, strict=True):

            def every(p: Any = p, part: Any = part) -> list[Any]:
                found: list[Any] = []
                start = time.perf_counter()
                for x in part:
                    found.append(jax.device_get(program(tables, x)))
                    _told(p, found, time.perf_counter() - start, once)  # counts, should time run out
                return found

            _told(p, *timed(every), once)


def _told(p: Mapping[str, np.ndarray], found: list[Any], seconds: float, once: float) -> None:
    """Tell of the games of a batch that have been solved: in these parts, in so many seconds."""
    values, status, residual, regret = (np.concatenate(x, axis=-1) for x in zip(*found, strict=True))
    good, games = status == 0, len(status)
    tell(
        "run",
        noise=float(p["noise"][0]),
        seconds=seconds / games,
        once=once,
        solved=int(good.sum()),
        games=games,
        asked=len(p["noise"]),
        residual=float(residual[good].max(initial=0)),
        regret=float(regret[good].max(initial=0)),
        values=_by_state(values, np.asarray(p["discount"])[:games]),
    )


def _by_state(values: np.ndarray, discount: np.ndarray) -> list:
    """Values [player, variables…, belief, batch], means over years, as sums [batch, state, player]."""
    flat = values.reshape(len(values), -1, values.shape[-1]) / (1 - discount)
    return flat.transpose(2, 1, 0).tolist()


# --- The red-line game ----------------------------------------------------------------------------------

NAMES = "holder_value demander_value attack_hazard holder_share investment_rate".split()
YEARLY = "deal_within deal_in_force attack_within arsenal counter_arsenal trust broken_deals".split()
YEARLY.append("steps_conceded")


def redline(count: int, horizon: int, years: list[int], cores: int) -> None:
    """The draws, the answers of the first chunk, and times on one core and on more."""
    model, table = get("redline"), records(count)
    tell("draws", names=list(table), draws=np.stack(list(table.values()), axis=-1).tolist())
    chunks = [{k: x[i : i + CHUNK] for k, x in table.items()} for i in range(0, count, CHUNK)]
    for ahead in years:
        found, once = timed_once(lambda ahead=ahead: solve(model, chunks[0], horizon=horizon, years=ahead))
        head = np.concatenate(
            [np.stack([found.outcomes[k] for k in NAMES]), *(found.outcomes[f"{x}_gain"] for x in SIDES)]
        )
        yearly = np.stack([found.outcomes[k] for k in YEARLY]) if ahead else np.zeros((8, 0, CHUNK))
        tell("answers", years=ahead, head=head.T.tolist(), yearly=yearly.T.tolist())
        for n in range(1, cores + 1):
            with workers(n) as pool:
                jobs = [(x, horizon, ahead) for x in chunks]
                list(pool.map(_chunk, jobs[:1] * n * 2))
                _, seconds = timed(lambda pool=pool, jobs=jobs: list(pool.map(_chunk, jobs)))
            tell("run", years=ahead, cores=n, seconds=seconds / count, once=once)


SIDES = ("holder", "demander")


def _chunk(job: tuple[dict[str, np.ndarray], int, int]) -> None:
    table, horizon, years = job
    solve(get("redline"), table, horizon=horizon, years=years)


if __name__ == "__main__":
    job = pickle.loads(Path(sys.argv[1]).read_bytes())
    globals()[job.pop("kind")](**job)
