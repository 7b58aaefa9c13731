"""What a run leaves behind besides its draws: verdicts, the data of its pictures, the report."""

from __future__ import annotations

from typing import Any

from detente.report.page import page
from detente.study.csvs import tables
from detente.study.folder import Folder
from detente.study.spread import QUANTILES
from detente.study.summary import Summary
from detente.study.words import CAVEAT, answer
from detente.study.work import Design


def publish(folder: Folder, design: Design, summary: Summary) -> dict[str, Any]:
    """Write ``verdicts.json``, ``figures.json``, tables and ``report.html``; give back the result as data.

    Args:
        folder: The run folder, held.
        design: The run.
        summary: What it says.

    Raises:
        RunError: The folder cannot be written.
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
    folder.write_json("verdicts.json", result)
    folder.write_json("figures.json", figures)
    for name, text in tables(summary).items():
        folder.write(name, text)
    folder.write("report.html", page(design, summary, folder.manifest() or {}))
    folder.log("finished")
    return result
