"""What is asked of a run beyond its draws, answered one question after the other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from detente.case.case import Case
from detente.errors import UsageError
from detente.study.asked import QUESTIONS, Asked
from detente.study.executors import Jobs, pool
from detente.study.folder import Folder
from detente.study.plan import Plan
from detente.study.questions import contributions, flips, levers, sure, where, why
from detente.study.questions.second import differing
from detente.study.summary import Summary
from detente.study.work import Design, Tell

if TYPE_CHECKING:
    import pyarrow as pa


def refuse(design: Design, question: str, asked: Asked) -> None:
    """Refuse, before anything is solved, a question that cannot be asked of a run.

    Args:
        design: The run.
        question: One of `detente.study.asked.QUESTIONS`.
        asked: How it is asked.

    Raises:
        UsageError: It says what to do.
    """
    match question:
        case "why":
            why.askable(design.theory, min(asked.why_draws, design.draws))
        case "levers":
            levers.askable(design)
        case "flips":
            flips.askable(design)
        case "sure":
            sure.askable(design)


def askable(design: Design, asked: Asked, other: Case | None = None) -> tuple[Asked, tuple[str, ...]]:
    """Refuse, before anything is solved, what cannot be asked of a run.

    Args:
        design: The run.
        asked: The questions.
        other: The case with other priors.

    Returns:
        The questions; where everything was asked, without those that cannot be asked of this run, and
        why not.

    Raises:
        UsageError: It says what to do.
    """
    left, reasons = asked, []
    for question in QUESTIONS:
        if not getattr(asked, question):
            continue
        try:
            refuse(design, question, asked)
        except UsageError as problem:
            if not asked.full:
                raise
            left = replace(left, **{question: False})
            reasons.append(str(problem))
    if other is not None:
        differing(design.case, other)
    return left, tuple(reasons)


def answer(
    design: Design,
    folder: Folder,
    todo: Plan,
    table: pa.Table,
    summary: Summary,
    asked: Asked,
    *,
    other: Case | None = None,
    jobs: Jobs = 1,
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
        jobs: Processes, or an executor.
        tell: Gives what is told about each part.

    Raises:
        UsageError: Something cannot be asked of this run.
        RunError: The folder cannot be written.
    """
    summary = replace(summary, asked=asked)
    with pool(jobs) as crew:  # one for all parts: its workers keep their programs
        jobs = 1 if crew is None else crew
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
            told = tell("boxes searched again", "questions")
            again = where.repeated(
                design, todo, table, summary.claims, summary.where, jobs=jobs, progress=told
            )
            summary = replace(summary, sure=certain, where=again)
    return summary
