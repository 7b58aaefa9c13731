"""How sure a run's verdicts are: of the priors, of the solver, of the number of draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.case.case import Case
from detente.study.executors import Jobs
from detente.study.folder import Folder
from detente.study.methods.normal import Normal
from detente.study.numbers import percent
from detente.study.plan import Plan
from detente.study.questions.reweight import LEAST_DRAWS, Reweighted, reweighted
from detente.study.questions.second import Second, second
from detente.study.questions.solver import Running, Variant, questions, running, variants
from detente.study.reader import Reader
from detente.study.work import Design, Tell

if TYPE_CHECKING:
    import pyarrow as pa

NAMED = 3
"""Changes of a word that are named next to a verdict."""


@dataclass(frozen=True, slots=True)
class Sure:
    """How sure verdicts are.

    Attributes:
        priors: Each verdict under tilts and halves of the priors.
        second: Under the priors of a second file; None if none was given.
        solver: Under other ways to solve the game.
        running: As draws come in.
        doubts: For each claim whose word changes under any of these, and for ``deal``, what changes it to
            which word, in words.
    """

    priors: tuple[Reweighted, ...]
    second: Second | None
    solver: tuple[Variant, ...]
    running: tuple[Running, ...]
    doubts: dict[str, tuple[str, ...]]


def askable(design: Design) -> None:
    """Refuse what has too few draws.

    Raises:
        UsageError: It says how many are needed.
    """
    from detente.errors import UsageError

    if design.draws < LEAST_DRAWS:
        raise UsageError(f"sure: found {design.draws} draws, expected at least {LEAST_DRAWS}: raise --draws")


def sure(
    design: Design,
    folder: Folder,
    todo: Plan,
    table: pa.Table,
    *,
    other: Case | None = None,
    jobs: Jobs = 1,
    tell: Tell = lambda *_: None,
) -> Sure:
    """Reweight the draws, solve some of them otherwise, and look how shares come to rest.

    Args:
        design: The run.
        folder: Its folder, held; what is solved is kept there and gone on with.
        todo: Its plan.
        table: Its table.
        other: A case with other priors.
        jobs: Processes.
        tell: Gives what is told about each part.

    Raises:
        UsageError: Too few draws, or they cannot be weighed as the other case would have it.
        RunError: The folder cannot be written.
    """
    from scipy.special import ndtri

    from detente.study.draws import points

    read = Reader(table)
    asked = questions(design, todo, read)
    normal = Normal(design.case, design.theory)
    z = ndtri(points(len(normal.names), design.seed, 0, read.draws))
    priors = reweighted(normal, z, asked)
    under = second(design.case, other, read, asked) if other is not None else None
    rest = running(asked)
    solved = tuple(variants(design, folder, todo, table, jobs=jobs, tell=tell))
    return Sure(priors, under, solved, rest, _doubts(priors, under, solved, rest))


def _doubts(
    priors: tuple[Reweighted, ...],
    under: Second | None,
    solved: tuple[Variant, ...],
    rest: tuple[Running, ...],
) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for one in priors:
        says = [f"{x.word} ({percent(x.share)}) with {x.under}" for x in one.changes[:NAMED]]
        if one.changed > NAMED:
            says.append(f"another word under {one.changed - NAMED} other reweightings")
        others = [v.verdicts[one.id] for v in solved if one.id in v.verdicts]
        others += [under.verdicts[one.id]] if under and one.id in under.verdicts else []
        says += [f"{x.word} ({percent(x.share)}) with {x.under}" for x in others if x.word != one.word]
        says += ["another word at half of the draws"] * any(r.id == one.id and not r.settled for r in rest)
        if says:
            found[one.id] = tuple(says)
    return found
