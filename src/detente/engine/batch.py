"""Thousands of parameter records: chunks of one size, one compiled program, all cores.

Every chunk has the same number of records (the last is filled up), so one program serves all and
a record's numbers do not depend on how the work was dealt out. A record that cannot be solved
comes back with a status in words; the others are not disturbed.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from threading import Lock, Thread
from types import SimpleNamespace
from typing import Any

import numpy as np

from detente.engine import device
from detente.engine.game import Game
from detente.errors import UsageError
from detente.model import Model
from detente.models import get, registered

CHUNK = 64
"""Records solved together: enough to keep the loops long, few enough to stay in the cache."""

TOLERANCE = {"float64": 1e-8, "float32": 2e-3}
"""Largest gap of a certificate with which an answer is still given."""

PURE = 1e-6
"""Largest probability off the likeliest action with which a strategy still counts as pure."""

_COMPILING = Lock()


@dataclass(frozen=True)
class Solved:
    """Outcomes of a batch of records.

    Attributes:
        outcomes: By name: shape [batch]; [deal, batch] for a list over deals; [year, batch] for an
            outcome asked for after n years, as many as were wanted. NaN where the status is not None.
        gaps: The certificate by name, shape [batch]. Of the years carried forward, or of the first
            year alone where no outcome after n years was wanted.
        status: For each record None, or in words why there is no answer.
    """

    outcomes: Mapping[str, np.ndarray]
    gaps: Mapping[str, np.ndarray]
    status: tuple[str | None, ...]

    def __len__(self) -> int:
        return len(self.status)


def join(parts: Sequence[Solved]) -> Solved:
    """One batch from several, in order."""
    return Solved(
        {k: np.concatenate([x.outcomes[k] for x in parts], axis=-1) for k in parts[0].outcomes},
        {k: np.concatenate([x.gaps[k] for x in parts], axis=-1) for k in parts[0].gaps},
        tuple(s for x in parts for s in x.status),
    )


def program(
    model: Model | str,
    horizon: int,
    paths: bool,
    dtype: str,
    chunk: int,
    settings: tuple[tuple[str, int], ...],
) -> Any:
    """The compiled program for one shape: records of shape [parameter, chunk] → outcomes and gaps.

    With paths it also takes the number of years to carry forward.

    Args:
        model: The model or its name. The program of one that is not in the register is not kept on disk.
        horizon: Years played.
        paths: Whether outcomes after n years are wanted.
        dtype: ``float64`` or ``float32``.
        chunk: Records solved together.
        settings: Grid sizes other than the model's defaults.
    """
    with _COMPILING:  # so that two threads never compile the same
        return _program(_found(model), horizon, paths, dtype, chunk, settings)


def _found(model: Model | str) -> Model:
    return get(model) if isinstance(model, str) else model


@lru_cache(maxsize=32)
def _program(
    model: Model, horizon: int, paths: bool, dtype: str, chunk: int, settings: tuple[tuple[str, int], ...]
) -> Any:
    device.ready()
    import jax

    from detente.engine.solve import solve as run

    def compile() -> Any:
        shapes = [jax.ShapeDtypeStruct((len(moving(model)), chunk), np.dtype(dtype))]
        shapes += [jax.ShapeDtypeStruct((), np.dtype("int32"))] * paths
        lowered = jax.jit(traced(model, horizon, paths, settings, run)).lower(*shapes)
        assert model.game is not None
        game = model.game(**dict(settings))
        return device.compiled(lowered, settled=not (game.private or game.endless))

    with jax.enable_x64(True):
        if not registered(model):
            return compile()
        key = (model.name, device.digest(model.name), horizon, paths, dtype, chunk, settings)
        return device.kept(repr(key), compile)


def moving(model: Model) -> tuple[str, ...]:
    """Names of the parameters that may differ within a batch, in the model's order."""
    return tuple(p.name for p in model.parameters if not p.static)


def traced(
    model: Model | str, horizon: int, paths: bool, settings: tuple[tuple[str, int], ...], run: Any
) -> Any:
    """The function that `program` compiles, for those who want to differentiate it."""
    found = _found(model)
    assert found.game is not None and found.answer is not None
    game, names = found.game(**dict(settings)), moving(found)
    if game.private:
        return _private(found, game, names, horizon)
    if game.endless:
        return _endless(found, game, names)

    def function(records: Any, years: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        p = dict(zip(names, records, strict=True))
        answer = run(game, p, horizon, paths, years)
        outcomes = dict(found.answer(answer.first, SimpleNamespace(**p)))  # type: ignore[misc]
        return {**outcomes, **(answer.tallies or {})}, dict(answer.gaps)

    return function


def _endless(model: Model, game: Any, names: tuple[str, ...]) -> Any:
    """The same for a game without an end."""
    from detente.engine.stationary import solve as run

    def function(records: Any, years: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        p = dict(zip(names, records, strict=True))
        answer = run(game, p)
        outcomes = dict(model.answer(answer.first, SimpleNamespace(**p))) if model.answer else {}
        if any(o.name == "equilibria_found" for o in model.outcomes):
            outcomes["equilibria_found"] = answer.found
        return outcomes, {**answer.gaps, "unsettled": answer.status}

    return function


def _private(model: Model, game: Any, names: tuple[str, ...], horizon: int) -> Any:
    """The same for a game with private information, which is solved record by record."""
    import jax

    from detente.engine.private import solve as run

    def one(record: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        p = dict(zip(names, record, strict=True))
        answer = run(game, p, horizon)
        yearly = {o.name for o in model.outcomes if o.yearly}
        tallies = {k: x if k in yearly else x[-1] for k, x in answer.tallies.items()}
        found = {"equilibria_found": answer.found, **{f"holds_{k}": x for k, x in answer.holds.items()}}
        declared = {o.name for o in model.outcomes}
        found = {k: x for k, x in found.items() if k in declared}
        outcomes = model.answer(answer.first, SimpleNamespace(**p)) if model.answer else {}
        return {**outcomes, **tallies, **found}, dict(answer.gaps)

    return lambda records, years=None: jax.vmap(one, in_axes=-1, out_axes=-1)(records)


def solve(
    model: Model,
    records: Mapping[str, np.ndarray],
    *,
    horizon: int,
    years: int | None = None,
    dtype: str = "float64",
    jobs: int = 1,
    chunk: int | None = None,
    settings: Mapping[str, int] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Solved:
    """Solve a model for a batch of parameter records.

    Args:
        model: The model.
        records: Every parameter that is not static, numbers of shape [batch].
        horizon: Years played, at least 1.
        years: The most years after which an outcome is wanted; None: all, 0: only outcomes at the
            start, which takes a third of the time.
        dtype: ``float64``, or ``float32`` for twice the speed and six digits.
        jobs: Chunks worked on at the same time; one after the other if the model is not in the register.
        chunk: Records in a chunk; None: `chunk_for` says how many.
        settings: Grid sizes other than the model's defaults.
        progress: Told after each chunk how many records are done, and how many there are.

    Returns:
        Outcomes, certificate and a status for each record.

    Raises:
        UsageError: A parameter is missing, or the setting or number format does not exist.
    """
    if dtype not in TOLERANCE:
        raise UsageError(f'number format: found "{dtype}", expected one of {", ".join(TOLERANCE)}')
    for name in settings or {}:
        if name not in model.settings:
            raise UsageError(f'setting: found "{name}", expected one of {", ".join(model.settings)}')
    names = moving(model)
    missing = [n for n in names if n not in records]
    if missing:
        raise UsageError(f"records: {model.name} also needs {', '.join(missing)}")
    table = np.stack(np.broadcast_arrays(*(np.asarray(records[n], float) for n in names)))
    table = table.reshape(len(names), -1)
    chunk = chunk or chunk_for(model, settings or {})
    pieces = [table[:, i : i + chunk] for i in range(0, table.shape[1], chunk)]
    if not pieces:
        raise UsageError("records: found none, expected at least one")
    years = horizon if years is None else min(years, horizon)
    shape = (model, horizon, years > 0, dtype, chunk, tuple(sorted((settings or {}).items())))
    if jobs <= 1 or len(pieces) == 1 or not registered(model):
        return join(_told((_solve_chunk(shape, x, years) for x in pieces), table.shape[1], progress))
    program(*shape)  # compiled once, here; the workers find it on the disk
    with workers(min(jobs, len(pieces))) as pool:
        found = pool.map(_solve_chunk, [shape] * len(pieces), pieces, [years] * len(pieces))
        return join(_told(found, table.shape[1], progress))


def chunk_for(model: Model, settings: Mapping[str, int]) -> int:
    """Records of a model to be solved together."""
    game = model.game(**{**model.settings, **settings}) if model.game else None
    return CHUNK if game is None else together(game, {p.name: p.default for p in model.parameters})


def together(game: Game, defaults: Mapping[str, float]) -> int:
    """Records of a game to be solved together.

    With private information an equilibrium is searched for until each record of the chunk has one, and a
    game without an end takes all derivatives of its equations: the more there is to a game, the fewer, down
    to one.
    """
    if not (game.private or game.endless):
        return CHUNK
    device.ready()
    if game.private:
        from detente.engine.private import CACHED, size
    else:
        from detente.engine.equations import CACHED, size
    fits = max(1, CACHED // size(game, defaults))
    return min(CHUNK, 1 << fits.bit_length() - 1)


def _told(parts: Iterable[Solved], total: int, progress: Callable[[int, int], None] | None) -> list[Solved]:
    """The parts, as they come; `progress` is told of each."""
    found, done = [], 0
    for part in parts:
        found.append(part)
        done += len(part)
        if progress is not None:
            progress(done, total)
    return found


def workers(jobs: int) -> ProcessPoolExecutor:
    """Processes to deal work out to. They end with the one that started them, however it ends.

    A pass writes some 80 MB anew for each chunk. In pages of 4 KB, where the system library can ask for
    larger ones, that was measured to take 3 to 8 % of the time. The library reads the wish when a process
    starts.
    """
    os.environ.setdefault("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1")
    return ProcessPoolExecutor(
        jobs, mp_context=get_context("spawn"), initializer=_follow, initargs=(os.getpid(),)
    )


def _follow(parent: int) -> None:
    """Let a worker leave interrupts to its parent, and end when the parent is gone."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=watch, daemon=True).start()


Shape = tuple[Model, int, bool, str, int, tuple[tuple[str, int], ...]]


def _solve_chunk(shape: Shape, table: np.ndarray, years: int) -> Solved:
    """Solve one chunk; records outside the domain are given a status and not solved."""
    run = program(*shape)
    import jax

    model, _, _, dtype, chunk, _ = shape
    count = table.shape[1]
    status = [_outside(model, table[:, i]) for i in range(count)]
    default = np.array([[model.by_name[n].default] for n in moving(model)])
    sound = np.where(np.array([s is None for s in status]), table, default)
    full = np.concatenate([sound, np.repeat(sound[:, -1:], chunk - count, axis=1)], axis=1)
    with jax.enable_x64(True):
        wanted = (np.int32(years),) if years else ()
        outcomes, gaps = jax.device_get(run(full.astype(dtype), *wanted))
    outcomes = {k: np.asarray(v)[..., :count].astype(float) for k, v in outcomes.items()}
    outcomes = {k: v[:years] if model.outcome(k).yearly else v for k, v in outcomes.items()}
    gaps = {k: np.asarray(v)[..., :count].astype(float) for k, v in gaps.items()}
    for i in range(count):
        if status[i] is None:
            status[i] = _unsound(model, full[:, i], outcomes, gaps, i, TOLERANCE[dtype])
    bad = np.array([s is not None for s in status])
    if bad.any():
        outcomes = {k: np.where(bad, np.nan, v) for k, v in outcomes.items()}
        gaps = {k: np.where(bad, np.nan, v) for k, v in gaps.items()}
    return Solved(outcomes, gaps, tuple(status))


def _outside(model: Model, record: np.ndarray) -> str | None:
    """The first parameter outside its domain, or the first condition that fails, in words."""
    values = dict(zip(moving(model), map(float, record), strict=True))
    for name, value in values.items():
        parameter = model.by_name[name]
        if value not in parameter.domain:
            return f"not solved: {name} is {value:g}, expected {parameter.expected}"
    for condition in model.conditions:
        if not condition.holds(SimpleNamespace(**values)):
            return f"not solved: needs {condition.text}"
    return None


UNCHECKED = ("regret", "mixing", "unsettled")
"""Numbers of a certificate that are no error while there is noise."""


def _unsound(
    model: Model,
    record: np.ndarray,
    outcomes: Mapping[str, np.ndarray],
    gaps: Mapping[str, np.ndarray],
    i: int,
    tolerance: float,
) -> str | None:
    """Why an answer cannot be given, in words."""
    noise = dict(zip(moving(model), record, strict=True)).get("noise", 0.0)
    sharp = noise == 0
    if "unsettled" in gaps and gaps["unsettled"][i]:
        from detente.engine.stationary import STATUS

        word = STATUS[int(gaps["unsettled"][i])]
        return (
            f"no answer: {word}: no stationary equilibrium was reached (residual {gaps['residual'][i]:.1e});"
            " try more noise or a smaller discount"
        )
    if "residual" in gaps and np.isinf(gaps["residual"][i]):
        return "no answer: no equilibrium was reached at this precision; try more noise"
    checked = {k: x[i] for k, x in gaps.items() if k not in UNCHECKED or (sharp and k == "regret")}
    for name, gap in checked.items():
        if gap > tolerance:
            return f"no answer: {name.replace('_', ' ')} {gap:.1e} exceeds {tolerance:.0e}; try more noise"
    if model.pure and sharp and "mixing" in gaps and gaps["mixing"][i] > PURE:
        return (
            "no answer: the theory speaks of an equilibrium in pure strategies, and the one found is mixed"
            f" (some player leaves its likeliest action with probability {gaps['mixing'][i]:.2g})"
        )
    for name, x in outcomes.items():
        if not model.outcome(name).optional and not np.isfinite(x[..., i]).all():
            return f"no answer: {name} is not finite; try more noise or a shorter horizon"
    for name, gap in checked.items():
        if np.isnan(gap):
            return f"no answer: {name.replace('_', ' ')} is not a number; try more noise"
    return None
