"""The work of a run: one task for each chunk of draws and each intervention, dealt out to processes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detente.case.case import Case
from detente.case.expression import AS_IT_IS
from detente.model import Model
from detente.study.executors import Jobs, completed, pool
from detente.study.plan import Plan, Solve

if TYPE_CHECKING:
    import pyarrow as pa

    from detente.study.draws import Draws

CHUNK = 64
"""Draws in a chunk: those of one compiled program."""

Progress = Callable[[int, int, int], None]
"""Called with solves done, solves in all, and solves that failed; first with nothing done."""

Tell = Callable[..., Progress | None]
"""Gives what is told about a part of the work: of its name, and of what is counted if that is not solves."""

Columns = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Design:
    """What a run is: the same design gives the same tables, bit for bit, on the same versions.

    Attributes:
        case: The case.
        model: Name of its model.
        draws: Draws in all, at least 1.
        lever_draws: Draws in which levers are solved too: the first ones, whole chunks.
        seed: Seed of the sequence.
        dtype: ``float64`` or ``float32``.
        settings: Sizes of grids other than the model's, by name.
        scaled: Parameters that are multiplied by a factor after every intervention, by name.
        walks: Whether the draws are the steps of walks (`detente.study.methods.shapley`) instead of points of
            the sequence.
    """

    case: Case
    model: str
    draws: int
    lever_draws: int
    seed: int
    dtype: str
    settings: tuple[tuple[str, int], ...] = ()
    scaled: tuple[tuple[str, float], ...] = ()
    walks: bool = False

    @property
    def theory(self) -> Model:
        """The model."""
        from detente.models import get

        return get(self.model)

    def chunks(self) -> list[range]:
        """The draws of each chunk."""
        return [range(i, min(i + CHUNK, self.draws)) for i in range(0, self.draws, CHUNK)]

    @property
    def tried(self) -> int:
        """Draws in which levers are solved: `lever_draws`, made up to whole chunks."""
        return min(-(-self.lever_draws // CHUNK) * CHUNK, self.draws)

    def solves(self, todo: Plan, chunk: range) -> tuple[Solve, ...]:
        """What is solved in a chunk: levers only in the first ones."""
        return (*todo.solves, *(todo.levers if chunk.start < self.lever_draws else ()))


def solve_all(
    design: Design, todo: Plan, done: Collection[int], jobs: Jobs, progress: Progress | None = None
) -> Iterator[tuple[int, pa.Table]]:
    """Solve the chunks that are not done and give back their tables as each is complete.

    Args:
        design: The run.
        todo: Its plan.
        done: Numbers of the chunks that need not be solved.
        jobs: Processes, or an executor; with one process the work is done in this one.
        progress: Told about every task. Solves of chunks that were done before count as done.

    Raises:
        RunError: A process was ended from outside. Tables given back before stay good.
    """
    chunks = design.chunks()
    tasks = [
        (number, place)
        for number, chunk in enumerate(chunks)
        if number not in done
        for place in range(len(design.solves(todo, chunk)))
    ]
    sizes = {number: len(design.solves(todo, chunk)) * len(chunk) for number, chunk in enumerate(chunks)}
    total, finished, failed = sum(sizes.values()), sum(sizes[n] for n in done), 0
    parts: dict[int, dict[int, Columns]] = {}
    if progress is not None:
        progress(finished, total, failed)
    for (number, place), (columns, failures) in _deal_out(design, todo, tasks, jobs):
        of_chunk = parts.setdefault(number, {})
        of_chunk[place] = columns
        finished, failed = finished + len(chunks[number]), failed + failures
        if progress is not None:
            progress(finished, total, failed)
        if len(of_chunk) == len(design.solves(todo, chunks[number])):
            yield number, _table(design, chunks[number], parts.pop(number))


def _deal_out(
    design: Design, todo: Plan, tasks: list[tuple[int, int]], jobs: Jobs
) -> Iterator[tuple[tuple[int, int], tuple[Columns, int]]]:
    chunks = design.chunks()
    if not tasks:
        return
    calls = (
        ((number, place), (design, chunks[number], design.solves(todo, chunks[number])[place]))
        for number, place in tasks
    )
    with pool(jobs) as crew:
        if crew is not None:
            get_ready(crew, [design], todo)
        yield from completed(crew, solve_task, calls)


def get_ready(
    crew: Executor, designs: Sequence[Design], todo: Plan, progress: Progress | None = None
) -> None:
    """Have the programs of designs compiled, or fetched: side by side, each by one process alone."""
    programs = [(design, paths) for design in designs for paths in _programs(todo)]
    for n, _ in enumerate(completed(crew, _get_ready, enumerate(programs)), 1):
        if progress is not None:
            progress(n, len(programs), 0)


def _programs(todo: Plan) -> list[bool]:
    """The programs needed: with paths and without. The slower to compile comes first."""
    return sorted({item.years > 0 for item in (*todo.solves, *todo.levers)}, reverse=True)


def _get_ready(design: Design, paths: bool) -> None:
    from detente.engine.batch import program

    program(design.model, design.case.horizon, paths, design.dtype, CHUNK, design.settings)


def solve_task(design: Design, chunk: range, item: Solve) -> tuple[Columns, int]:
    """Solve the draws of a chunk under one intervention.

    Returns:
        Columns of the run's table, and how many draws failed. ``status:INTERVENTION`` is null where
        solved; each call has a column named as it is written in a claim; for the case as it is also
        ``path:NAME`` with a number for each year and ``gap:NAME``, the certificate.
    """
    import numpy as np
    import pyarrow as pa

    from detente.engine.batch import moving, solve
    from detente.study.draws import apply

    model = design.theory
    records = apply(design.case, model, _drawn(design, chunk), item.intervention)
    factors = dict(design.scaled)
    solved = solve(
        model,
        {n: records.values[n] * factors.get(n, 1.0) for n in moving(model)},
        horizon=design.case.horizon,
        years=item.years,
        dtype=design.dtype,
        chunk=CHUNK,
        settings=dict(design.settings),
    )
    status = [r or s for r, s in zip(records.reasons, solved.status, strict=True)]
    good = np.array([s is None for s in status])
    columns: Columns = {f"status:{item.intervention.label}": pa.array(status, pa.string())}
    for call in item.calls:
        x = solved.outcomes[call.outcome]
        x = x if call.years is None else x[call.years - 1]
        x = x if call.deal is None else x[call.deal - 1]
        columns[call.label] = pa.array(np.where(good, x, np.nan))
    if item.intervention == AS_IT_IS and item.years == design.case.horizon:
        for name in model.shown:
            path = np.where(good, solved.outcomes[name], np.nan).T.copy()
            columns[f"path:{name}"] = pa.FixedSizeListArray.from_arrays(pa.array(path.ravel()), path.shape[1])
        columns |= {f"gap:{k}": pa.array(np.where(good, x, np.nan)) for k, x in sorted(solved.gaps.items())}
    return columns, int((~good).sum())


_LATEST: dict[tuple[str, bool, int, int, int], Draws] = {}


def _drawn(design: Design, chunk: range) -> Draws:
    """The draws of a chunk; the latest are kept, for the next task is mostly about the same."""
    from detente.study.draws import design as drawn
    from detente.study.methods.shapley import walked

    key = (design.case.digest, design.walks, design.seed, chunk.start, chunk.stop)
    found = _LATEST.get(key)
    if found is None:
        found = (walked if design.walks else drawn)(design.case, *key[2:])
        _LATEST.clear()  # a worker's threads may be about different chunks: each keeps its own
        _LATEST[key] = found
    return found


def _table(design: Design, chunk: range, parts: dict[int, Columns]) -> pa.Table:
    """The table of a chunk: ``draw``, ``input:NAME`` for each parameter and quantity, then every solve."""
    import numpy as np
    import pyarrow as pa

    inputs = _drawn(design, chunk).values
    columns: Columns = {"draw": pa.array(np.arange(chunk.start, chunk.stop))}
    columns |= {f"input:{name}": pa.array(np.asarray(x, float)) for name, x in sorted(inputs.items())}
    for place in sorted(parts):
        columns |= parts[place]
    return pa.table(columns)
