"""What is asked of a run beyond its draws, answered one question after the other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from detente.case.case import Case
from detente.study import contributions, flips, levers, sure, where, why
from detente.study.asked import Asked
from detente.study.folder import Folder
from detente.study.levers import Tell
from detente.study.plan import Plan
from detente.study.second import differing
from detente.study.summary import Summary
from detente.study.work import Design

if TYPE_CHECKING:
    import pyarrow as pa


def askable(design: Design, asked: Asked, other: Case | None = None) -> None:
    """Refuse, before anything is solved, what cannot be asked of a run.

    Args:
        design: The run.
        asked: The questions.
        other: The case with other priors.

    Raises:
        UsageError: It says what to do.
    """
    if asked.why:
        why.askable(design.theory, min(asked.why_draws, design.draws))
    if asked.levers:
        levers.askable(design)
    if asked.sure:
        sure.askable(design)
    if other is not None:
        differing(design.case, other)


def answer(
    design: Design,
    folder: Folder,
    todo: Plan,
    table: pa.Table,
    summary: Summary,
    asked: Asked,
    *,
    other: Case | None = None,
    jobs: int = 1,
    tell: Tell = lambda *_: None,
) -> Summary:
    """Answer what is asked; give back the summary with the answers.

    Args:
        design: The run.
        folder: Its folder, held; what is solved is kept there and gone on with.
        todo: Its plan.
        table: Its table.
        summary: What it says.
        asked: The questions.
        other: A case with other priors, for how sure the verdicts are.
        jobs: Processes.
        tell: Gives what is told about each part.

    Raises:
        UsageError: Something cannot be asked of this run.
        RunError: The folder cannot be written.
    """
    summary = replace(summary, asked=asked)
    if asked.why:
        solves = tell("mechanisms")
        found = why.why(design, folder, table, draws=asked.why_draws, jobs=jobs, progress=solves)
        summary = replace(summary, why=found)
    if asked.levers:
        summary = replace(summary, opening=levers.levers(design, folder, table, jobs=jobs, tell=tell))
    if asked.effects:
        verdicts = tuple(c.verdict for c in summary.claims)
        shares = contributions.contributions(design, folder, todo, verdicts, jobs=jobs, tell=tell)
        summary = replace(summary, contributions=shares)
    if asked.flips:
        summary = replace(summary, flips=flips.flips(design, folder, todo, table, jobs=jobs, tell=tell))
    if asked.sure:
        certain = sure.sure(design, folder, todo, table, other=other, jobs=jobs, tell=tell)
        again, progress = [], tell("boxes searched again", "questions")
        for one in where.repeated(design, todo, table, summary.claims, summary.where):
            again.append(one)
            if progress:
                progress(len(again), len(summary.where), 0)
        summary = replace(summary, sure=certain, where=tuple(again))
    return summary
