"""What is asked of a run beyond its draws, answered one question after the other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from detente.study import levers as opening
from detente.study import why as mechanisms
from detente.study.asked import Asked
from detente.study.folder import Folder
from detente.study.levers import Tell
from detente.study.summary import Summary
from detente.study.work import Design

if TYPE_CHECKING:
    import pyarrow as pa


def askable(design: Design, asked: Asked) -> None:
    """Refuse, before anything is solved, what cannot be asked of a run.

    Raises:
        UsageError: It says what to do.
    """
    if asked.why:
        mechanisms.askable(design.theory, min(asked.why_draws, design.draws))
    if asked.levers:
        opening.askable(design)


def answer(
    design: Design,
    folder: Folder,
    table: pa.Table,
    summary: Summary,
    asked: Asked,
    *,
    jobs: int = 1,
    tell: Tell = lambda _: None,
) -> Summary:
    """Answer what is asked; give back the summary with the answers.

    Args:
        design: The run.
        folder: Its folder, held; what is solved is kept there and gone on with.
        table: The run's table.
        summary: What it says.
        asked: The questions.
        jobs: Processes.
        tell: Gives what is told about each part.

    Raises:
        UsageError: Something cannot be asked of this run.
        RunError: The folder cannot be written.
    """
    summary = replace(summary, asked=asked)
    if asked.why:
        found = mechanisms.why(
            design, folder, table, draws=asked.why_draws, jobs=jobs, progress=tell("mechanisms")
        )
        summary = replace(summary, why=found)
    if asked.levers:
        summary = replace(summary, opening=opening.levers(design, folder, table, jobs=jobs, tell=tell))
    return summary
