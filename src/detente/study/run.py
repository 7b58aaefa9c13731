"""Running a study: draws in chunks, each solved under every intervention, kept as it is done."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detente.case.case import Case
from detente.case.expression import AS_IT_IS
from detente.errors import RunError
from detente.model import Model
from detente.study.folder import FORMAT, Folder
from detente.study.plan import SHOWN, Plan, Solve, plan

if TYPE_CHECKING:
    import pyarrow as pa

CHUNK = 64
"""Draws in a chunk: those of one compiled program."""

Progress = Callable[[int, int, int], None]
"""Called with solves done, solves in all, and solves that failed."""


@dataclass(frozen=True, slots=True)
class Design:
    """What a run is: the same design gives the same tables, bit for bit, on the same versions.

    Attributes:
        case: The case.
        model: Its model.
        draws: Draws in all, at least 1.
        lever_draws: Draws in which levers are solved too: the first ones, whole chunks.
        seed: Seed of the sequence.
        dtype: ``float64`` or ``float32``.
    """

    case: Case
    model: Model
    draws: int
    lever_draws: int
    seed: int
    dtype: str

    @property
    def horizon(self) -> int:
        """Years played."""
        return int(self.case.parameters["horizon"].value or 1)

    def chunks(self) -> list[range]:
        """The draws of each chunk."""
        return [range(i, min(i + CHUNK, self.draws)) for i in range(0, self.draws, CHUNK)]


def manifest(design: Design, solves: Plan) -> dict[str, Any]:
    """What is written before the first solve."""
    case = design.case
    return {
        "format": FORMAT,
        "case": case.id,
        "digest": case.digest,
        "model": design.model.name,
        "seed": design.seed,
        "draws": design.draws,
        "lever_draws": design.lever_draws,
        "number_format": design.dtype,
        "chunk": CHUNK,
        "horizon": design.horizon,
        "sequence": "scrambled Sobol'",
        "solves": [s.intervention.label for s in solves.solves],
        "levers": [s.intervention.label for s in solves.levers],
        "versions": {
            "detente": version("detente"),
            "python": platform.python_version(),
            **{name: version(name) for name in ("jax", "jaxlib", "numpy", "scipy", "pyarrow")},
        },
        "machine": f"{platform.system()} {platform.machine()}",
        "resolved_case": {k: v for k, v in asdict(case).items() if k not in ("path", "text")},
    }


MUST_AGREE = (
    "case",
    "digest",
    "model",
    "seed",
    "lever_draws",
    "number_format",
    "chunk",
    "solves",
    "levers",
    "versions",
)
"""What an earlier run in the folder must have in common with this one to be gone on with."""


def refuse_other(folder: Folder, now: Mapping[str, Any]) -> bool:
    """Whether the folder holds an earlier run of the same study.

    Raises:
        RunError: It holds another study; the message says what differs.
    """
    earlier = folder.manifest()
    if earlier is None:
        return False
    for key in MUST_AGREE:
        if earlier.get(key) != now[key]:
            shown = f"{earlier.get(key)!s:.60} there, {now[key]!s:.60} here"
            raise RunError(
                f"{folder.path}: holds another run, {key} differs ({shown}); choose another folder with --out"
            )
    return True


def run(
    design: Design, out: Path, *, jobs: int = 1, progress: Progress | None = None
) -> tuple[Plan, pa.Table]:
    """Solve what is not solved yet and give back the plan and the table of all draws.

    Args:
        design: What to run.
        out: The run folder; an earlier run of the same design there is gone on with.
        jobs: Chunks at the same time.
        progress: Told about every solve.

    Raises:
        RunError: The folder cannot be used. Chunks already written stay.
    """
    with Folder.hold(out) as folder:
        return run_in(folder, design, jobs=jobs, progress=progress)


def run_in(
    folder: Folder, design: Design, *, jobs: int = 1, progress: Progress | None = None
) -> tuple[Plan, pa.Table]:
    """`run` in a folder that is already held."""
    import pyarrow as pa

    todo = plan(design.case, design.model)
    now = manifest(design, todo)
    known = refuse_other(folder, now)
    folder.write_json("manifest.json", now)
    folder.log("resumed" if known else "started", draws=design.draws, seed=design.seed, jobs=jobs)
    chunks = design.chunks()
    tables: dict[int, pa.Table] = {}
    for number, draws in enumerate(chunks):
        found = folder.read_chunk(number, len(draws)) if known else None
        if found is not None:
            tables[number] = found
    counter = _Counter(
        sum(len(_solves(design, todo, draws)) for draws in chunks) * 1,
        sum(len(_solves(design, todo, chunks[n])) for n in tables),
        progress,
    )
    for number, table in _solve_all(design, todo, chunks, set(tables), jobs, counter):
        folder.write_chunk(number, table)
        folder.log("chunk", chunk=number, draws=table.num_rows)
        tables[number] = table
    folder.log("solved", draws=design.draws)
    ordered = [tables[n] for n in range(len(chunks))]
    return todo, pa.concat_tables(ordered, promote_options="default")


class _Counter:
    """Counts solves of chunks for the progress display; threads add to it."""

    def __init__(self, total: int, done: int, progress: Progress | None) -> None:
        self.total, self.done, self.failed, self.progress = total, done, 0, progress
        self.tell()

    def add(self, failed: int) -> None:
        self.done += 1
        self.failed += failed
        self.tell()

    def tell(self) -> None:
        if self.progress is not None:
            self.progress(self.done, self.total, self.failed)


def _solve_all(
    design: Design, todo: Plan, chunks: list[range], done: set[int], jobs: int, counter: _Counter
) -> Iterator[tuple[int, pa.Table]]:
    """Solve chunks on several threads and give them back as they are done."""
    waiting = iter(n for n in range(len(chunks)) if n not in done)
    pool = ThreadPoolExecutor(max_workers=max(1, jobs))
    running: dict[Future[Any], int] = {}
    try:
        while True:
            for number in waiting:
                running[pool.submit(solve_chunk, design, todo, chunks[number], counter)] = number
                if len(running) >= max(1, jobs):
                    break
            if not running:
                return
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                yield running.pop(future), future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _solves(design: Design, todo: Plan, draws: range) -> tuple[Solve, ...]:
    return (*todo.solves, *(todo.levers if draws.start < design.lever_draws else ()))


def solve_chunk(design: Design, todo: Plan, draws: range, counter: _Counter | None = None) -> pa.Table:
    """The table of one chunk: a row for each draw.

    Columns: ``draw``; ``input:NAME`` for every parameter and quantity; ``status:INTERVENTION``, null
    where solved; one column for each call, named as it is written in a claim; ``path:NAME`` with a number
    for each year; ``gap:NAME``, the certificate of the case as it is.
    """
    import numpy as np
    import pyarrow as pa

    from detente.engine.batch import moving, solve
    from detente.study.draws import apply
    from detente.study.draws import design as drawn

    values = drawn(design.case, design.seed, draws.start, draws.stop)
    columns: dict[str, Any] = {"draw": pa.array(np.arange(draws.start, draws.stop))}
    columns |= {f"input:{name}": pa.array(np.asarray(x, float)) for name, x in sorted(values.values.items())}
    for item in _solves(design, todo, draws):
        records = apply(design.case, design.model, values, item.intervention)
        solved = solve(
            design.model,
            {n: records.values[n] for n in moving(design.model)},
            horizon=design.horizon,
            paths=item.paths,
            dtype=design.dtype,
            chunk=CHUNK,
        )
        status = [r or s for r, s in zip(records.reasons, solved.status, strict=True)]
        good = np.array([s is None for s in status])
        columns[f"status:{item.intervention.label}"] = pa.array(status, pa.string())
        for call in item.calls:
            x = solved.outcomes[call.outcome]
            x = x if call.years is None else x[call.years - 1]
            x = x if call.deal is None else x[call.deal - 1]
            columns[call.label] = pa.array(np.where(good, x, np.nan))
        if item.intervention == AS_IT_IS:
            for name in SHOWN:
                path = np.where(good, solved.outcomes[name], np.nan).T.copy()
                columns[f"path:{name}"] = pa.FixedSizeListArray.from_arrays(
                    pa.array(path.ravel()), path.shape[1]
                )
            columns |= {f"gap:{k}": pa.array(np.where(good, x, np.nan)) for k, x in solved.gaps.items()}
        if counter is not None:
            counter.add(sum(s is not None for s in status))
    return pa.table(columns)
