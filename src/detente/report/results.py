"""What a run leaves behind besides its draws: verdicts, the data of its pictures, the report."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from detente.report.data import COMPARISON, FIGURES, Plain, RunData, columns, comparison, load, wanted
from detente.report.page import page
from detente.report.solved import pictures
from detente.study.csvs import tables
from detente.study.folder import Folder
from detente.study.questions.bridge import Bridge
from detente.study.questions.compare import Comparison
from detente.study.spread import QUANTILES
from detente.study.stored import VERDICTS, Stored
from detente.study.summary import Summary
from detente.study.words import CAVEAT, answer
from detente.study.work import Design, Tell

REPORT, DATA = "report.html", "figures"


def publish(
    folder: Folder, design: Design, summary: Summary, *, jobs: int = 1, tell: Tell = lambda *_: None
) -> dict[str, Any]:
    """Write ``verdicts.json``, ``figures.json``, tables and ``report.html``; give back the result as data.

    Args:
        folder: The run folder, held.
        design: The run.
        summary: What it says.
        jobs: Processes, for what is solved for pictures.
        tell: Gives what is told about that.

    Raises:
        RunError: The folder cannot be written.
    """

    def of_draws(names: Sequence[str]) -> Mapping[str, Any]:
        return columns(folder.path, names, design.draws)

    manifest = folder.manifest() or {}
    result, figures, drawn = told(design, summary, manifest, of_draws, jobs=jobs, tell=tell)
    folder.write_json(VERDICTS, result)
    folder.write_json(FIGURES, figures)
    for name, text in tables(summary).items():
        folder.write(name, text)
    _write(folder, replace(drawn, comparison=comparison(folder.path, manifest)))
    folder.log("finished")
    return result


def told(
    design: Design,
    summary: Summary,
    manifest: Mapping[str, Any],
    of_draws: Callable[[Sequence[str]], Mapping[str, Any]],
    *,
    jobs: int = 1,
    tell: Tell = lambda *_: None,
) -> tuple[dict[str, Any], dict[str, Any], RunData]:
    """The result as data, the data of its pictures, and what the report is made from.

    Args:
        design: The run.
        summary: What it says.
        manifest: What the run was.
        of_draws: Gives columns of the run's table by name, as `RunData.draws` holds them.
        jobs: Processes, for what is solved for pictures.
        tell: Gives what is told about that.
    """
    found = summary.plain()
    figures = {
        "quantiles": QUANTILES,
        "zone": found.pop("deal"),
        "paths": found.pop("paths"),
        "inputs": found.pop("inputs"),
    }
    case = design.case
    result = {
        "case": case.id,
        "title": case.title,
        "digest": case.digest,
        "seed": design.seed,
        "answer": answer(case, summary),
        "caveat": CAVEAT,
        "deal": None if summary.deal is None else {k: figures["zone"][k] for k in ("share", "quantiles")},
        **found,
    }
    figures |= pictures(case, result, figures, seed=design.seed, dtype=design.dtype, jobs=jobs, tell=tell)
    verdicts = Plain.of(json.dumps(result))
    drawn = RunData(
        case,
        Plain.of(json.dumps(manifest)),
        verdicts,
        Plain.of(json.dumps(figures)),
        of_draws(wanted(case, verdicts)),
    )
    return result, figures, drawn


def report(path: Path) -> Path:
    """Write the report of a finished run again, from what lies in its folder; nothing is solved.

    Args:
        path: The run folder.

    Returns:
        The report.

    Raises:
        RunError: It is not a finished run, or cannot be read or written, or another run writes there.
    """
    run = load(path)
    with Folder.hold(path) as folder:
        _write(folder, run)
    return path / REPORT


def keep(a: Stored, b: Stored, found: Comparison, between: Bridge | None = None) -> Path:
    """Keep a comparison in the second run's folder, and show it in its report.

    Args:
        a: The first run.
        b: The second.
        found: Their comparison.
        between: What accounts for it, if that was asked.

    Returns:
        The report.

    Raises:
        RunError: The folder cannot be written, or another run writes there.
    """
    other = {
        "folder": a.path.resolve().name,
        "title": a.case.title,
        "draws": a.manifest["draws"],
        "seed": a.manifest["seed"],
    }
    plain = {**asdict(found), "why": asdict(between) if between else None}
    with Folder.hold(b.path) as folder:
        folder.write_json(COMPARISON, {"other": other, "draws": b.manifest["draws"], **plain})
        _write(folder, load(b.path))
    return b.path / REPORT


def _write(folder: Folder, run: RunData) -> None:
    """The report, and the data of each of its figures."""
    text, drawn = page(run)
    (folder.path / DATA).mkdir(exist_ok=True)
    for figure in drawn:
        for table in figure.tables:
            suffix = "" if table is figure.tables[0] or table.name in ("rows", "table") else f"-{table.name}"
            folder.write(f"{DATA}/{figure.name}{suffix}.csv", table.csv())
    folder.write(REPORT, text)
