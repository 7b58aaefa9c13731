"""Parts of a study beyond its run: more interventions, solved in the first draws and kept in the run folder.

A part goes on where it was stopped, as a run does: chunk by chunk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from detente.errors import RunError
from detente.study.executors import Jobs
from detente.study.folder import Folder
from detente.study.plan import Plan, Solve
from detente.study.work import Design, Progress, solve_all

if TYPE_CHECKING:
    import pyarrow as pa

FOLDER = "study"


def gather(
    design: Design,
    folder: Folder,
    name: str,
    solves: Sequence[Solve],
    draws: int,
    *,
    jobs: Jobs = 1,
    progress: Progress | None = None,
) -> pa.Table:
    """Solve what is not solved yet of a part; give back its table, one row a draw.

    Args:
        design: The run that it belongs to.
        folder: The run folder, held.
        name: Of the part, which is kept in ``study/NAME``.
        solves: What to solve.
        draws: In how many of the run's draws, the first ones.
        jobs: Processes, or an executor.
        progress: Told about every task.

    Raises:
        RunError: The folder cannot be written. Chunks already written stay.
    """
    import pyarrow as pa

    part, todo = replace(design, draws=min(draws, design.draws), lever_draws=0), Plan((), tuple(solves), ())
    path = make(folder, name)
    wanted = {c.label for s in solves for c in s.calls}
    tables: dict[int, pa.Table] = {}
    for number, chunk in enumerate(part.chunks()):
        found = folder.read_chunk(number, len(chunk), path)
        if found is not None and wanted <= set(found.column_names):
            tables[number] = found
    for number, table in solve_all(part, todo, tables.keys(), jobs, progress):
        folder.write_chunk(number, table, path)
        tables[number] = table
    return pa.concat_tables([tables[n] for n in sorted(tables)], promote_options="default")


def make(folder: Folder, name: str = "") -> str:
    """Make the place where a part is kept; give back its path within the run folder.

    Raises:
        RunError: It cannot be made.
    """
    path = f"{FOLDER}/{name}".rstrip("/")
    try:
        (folder.path / path).mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise RunError(f"{folder.path / path}: cannot be written ({problem.strerror})") from None
    return path
