"""Running a study in a folder: what is done is kept, what is not is solved, nothing is overwritten."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from detente.errors import RunError
from detente.study.executors import Jobs, versions
from detente.study.folder import FORMAT, Folder
from detente.study.plan import Plan, plan
from detente.study.work import CHUNK, Design, Progress, solve_all

if TYPE_CHECKING:
    import pyarrow as pa

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
    "machine",
)
"""What an earlier run in the folder must have in common with this one to be gone on with."""


def manifest(design: Design, todo: Plan) -> dict[str, Any]:
    """What is written before the first solve."""
    case = design.case
    return {
        "format": FORMAT,
        "case": case.id,
        "digest": case.digest,
        "model": design.model,
        "seed": design.seed,
        "draws": design.draws,
        "lever_draws": design.lever_draws,
        "number_format": design.dtype,
        "chunk": CHUNK,
        "horizon": case.horizon,
        "sequence": "scrambled Sobol'",
        "solves": [s.intervention.label for s in todo.solves],
        "levers": [s.intervention.label for s in todo.levers],
        "versions": versions(),
        "machine": f"{platform.system()} {platform.machine()}",
        "resolved_case": {k: v for k, v in asdict(case).items() if k not in ("path", "text")},
    }


def refuse_other(folder: Folder, now: Mapping[str, Any]) -> bool:
    """Whether the folder holds an earlier run of the same study.

    Raises:
        RunError: It holds another study; the message says what differs.
    """
    earlier = folder.manifest()
    if earlier is None:
        return False
    for key in MUST_AGREE:
        there, here = earlier.get(key), now[key]
        if there == here:
            continue
        if isinstance(there, dict) and isinstance(here, dict):
            name = next(n for n in sorted({*there, *here}) if there.get(n) != here.get(n))
            key, there, here = name, there.get(name), here.get(name)
        raise RunError(
            f"{folder.path}: holds another run, {key.replace('_', ' ')} differs"
            f" ({there!s:.60} there, {here!s:.60} here); choose another folder with --out"
        )
    return True


def run(
    design: Design,
    folder: Folder,
    *,
    jobs: Jobs = 1,
    progress: Progress | None = None,
) -> tuple[Plan, pa.Table]:
    """Solve what is not solved yet in a held folder; give back the plan and the table of all draws.

    Args:
        design: What to run.
        folder: The run folder, held; an earlier run of the same design there is gone on with, or
            extended by more draws.
        jobs: Processes that solve at the same time, or an executor.
        progress: Told about every task.

    Raises:
        RunError: The folder holds another study or cannot be written. Chunks already written stay.
    """
    import pyarrow as pa

    todo = plan(design.case, design.theory)
    now = manifest(design, todo)
    known = refuse_other(folder, now)
    folder.write_json("manifest.json", now)
    folder.log(
        "resumed" if known else "started",
        draws=design.draws,
        seed=design.seed,
        jobs=jobs if isinstance(jobs, int) else type(jobs).__name__,
    )
    tables: dict[int, pa.Table] = {}
    for number, chunk in enumerate(design.chunks()):
        found = folder.read_chunk(number, len(chunk)) if known else None
        if found is not None:
            tables[number] = found
    for number, table in solve_all(design, todo, tables.keys(), jobs, progress):
        folder.write_chunk(number, table)
        failures = {n[7:]: table[n].drop_null().length() for n in table.column_names if n[:7] == "status:"}
        folder.log(
            "chunk", chunk=number, draws=table.num_rows, failed={k: v for k, v in failures.items() if v}
        )
        tables[number] = table
    folder.log("solved", draws=design.draws)
    return todo, pa.concat_tables([tables[n] for n in sorted(tables)], promote_options="default")
