"""How sure verdicts are of the solver: other horizons, a finer grid, less and more noise, fewer draws."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from detente.case.case import Case
from detente.case.expression import AS_IT_IS, Call, Intervention
from detente.model import Model
from detente.study.executors import Jobs, pool
from detente.study.folder import Folder
from detente.study.parts import FOLDER, gather
from detente.study.plan import Plan, Solve, decisive
from detente.study.questions.reweight import Question, Under
from detente.study.reader import Reader
from detente.study.verdicts import word
from detente.study.work import Design, Tell, get_ready

if TYPE_CHECKING:
    import pyarrow as pa

DRAWS = 64
"""Draws that are solved again, the first ones."""
FIRST = 64
"""Draws at which the running estimate begins."""


@dataclass(frozen=True, slots=True)
class Variant:
    """The game solved otherwise.

    Attributes:
        says: How.
        draws: In how many draws; 0 if `reason` says why in none.
        failed: Draws of these that were not solved so in some intervention.
        verdicts: For each question its share: the run's, plus the difference in the draws solved both
            ways.
        flips: For each question the share of these draws in which the answer is another.
        reason: Why it was not tried, or "".
    """

    says: str
    draws: int
    failed: int
    verdicts: dict[str, Under]
    flips: dict[str, float]
    reason: str


@dataclass(frozen=True, slots=True)
class Running:
    """A share as draws come in.

    Attributes:
        id: Of the claim; ``deal`` for whether a deal exists.
        draws: Numbers of draws.
        shares: The share in the first so many; None where none counts.
        settled: Whether the word at half of the draws is the word at all of them.
    """

    id: str
    draws: tuple[int, ...]
    shares: tuple[float | None, ...]
    settled: bool


def questions(design: Design, todo: Plan, read: Reader) -> list[Question]:
    """Whether a deal exists, and each claim, in each draw."""
    import numpy as np

    model = design.theory
    found = []
    if model.decisive:
        zone = read.zone(model)
        found.append(Question("deal", "A deal exists.", zone > 0, np.isfinite(zone)))
    for claim, (test, *_) in zip(design.case.claims, todo.tests, strict=True):
        said = read.answer(test)
        found.append(Question(claim.id, claim.says, said.holds, said.counts))
    return found


def running(asked: Sequence[Question]) -> tuple[Running, ...]:
    """Each share in the first 64, 128, 256 … draws, and in all."""
    found = []
    for q in asked:
        n = len(q.yes)
        places = [FIRST * 2**k for k in range(32) if FIRST * 2**k < n] + [n]
        shares = [float(q.yes[:m][q.counts[:m]].mean()) if q.counts[:m].any() else None for m in places]
        half = q.yes[: n // 2][q.counts[: n // 2]]
        settled = bool(len(half)) and shares[-1] is not None and word(float(half.mean())) == word(shares[-1])
        found.append(Running(q.id, tuple(places), tuple(shares), settled))
    return tuple(found)


def variants(
    design: Design,
    folder: Folder,
    todo: Plan,
    table: pa.Table,
    *,
    jobs: Jobs = 1,
    tell: Tell = lambda *_: None,
) -> Iterator[Variant]:
    """Solve the run's first draws otherwise, and say what becomes of each verdict.

    Args:
        design: The run.
        folder: Its folder, held; what is solved is kept there and gone on with.
        todo: Its plan.
        table: The run's table.
        jobs: Processes, or an executor.
        tell: Gives what is told about each part.

    Yields:
        One after the other.
    """
    whole = questions(design, todo, Reader(table))
    solves = asked_by(design.theory, todo)
    others = list(_others(design))
    new = [
        other
        for name, _, other, _ in others
        if other is not None and not (folder.path / FOLDER / _part(name)).exists()
    ]
    with pool(jobs) as crew:
        if crew is not None and new:
            get_ready(crew, new, Plan((), tuple(solves), ()), tell("other ways to solve", "programs"))
    for name, says, other, reason in others:
        if other is None:
            yield Variant(says, 0, 0, {}, {}, reason)
            continue
        part = gather(other, folder, _part(name), solves, DRAWS, jobs=jobs, progress=tell(says))
        read = Reader(table, part)
        again = questions(other, todo, read)
        failed = int(read.failed(*(s.intervention for s in solves)).sum())
        yield _variant(says, read.draws, failed, whole, again)


def _part(name: str) -> str:
    return f"solver-{name}"


def _variant(
    says: str, draws: int, failed: int, whole: Sequence[Question], again: Sequence[Question]
) -> Variant:
    verdicts: dict[str, Under] = {}
    flips: dict[str, float] = {}
    for before, after in zip(whole, again, strict=True):
        both = before.counts[:draws] & after.counts
        n = int(both.sum())
        if n < 2:
            continue
        step = after.yes[both].astype(float) - before.yes[:draws][both]
        share = float(before.yes[before.counts].mean() + step.mean())
        share = min(max(share, 0.0), 1.0)
        error = float(step.std(ddof=1)) / n**0.5
        verdicts[before.id] = Under(says, share, error, word(share), n)
        flips[before.id] = float(abs(step).mean())
    return Variant(says, draws, failed, verdicts, flips, "")


def asked_by(model: Model, todo: Plan) -> list[Solve]:
    """What the claims' own tests ask for, and the case as it is; tests beside claims are not asked again."""
    wanted: dict[Intervention, dict[Call, None]] = {AS_IT_IS: {}}
    if model.decisive:
        wanted[AS_IT_IS][decisive(model)] = None
    for test, *_ in todo.tests:
        for call in test.calls:
            wanted.setdefault(call.intervention, {})[call] = None
    return [
        Solve(x, tuple(calls), max((c.years or 0 for c in calls), default=0)) for x, calls in wanted.items()
    ]


def _others(design: Design) -> Iterator[tuple[str, str, Design | None, str]]:
    """Name, words, design, and why there is none."""
    model, case = design.theory, design.case
    known = model.by_name
    for more in (1, 5):
        says = f"a horizon of {case.horizon + more} years"
        if "horizon" not in known:
            yield f"horizon-{more}", says, None, "the model has no horizon"
        elif case.horizon + more not in known["horizon"].domain:
            yield f"horizon-{more}", says, None, f"beyond {known['horizon'].domain}"
        else:
            yield f"horizon-{more}", says, replace(design, case=_longer(case, more)), ""
    grids = [name for name in model.settings if name.endswith("_points")]
    if not grids:
        yield "grid", "a belief grid twice as fine", None, "the model has no grid of beliefs"
    for name in grids:
        finer = 2 * model.settings[name] - 1
        says = f"{finer} points of {name.removesuffix('_points')} instead of {model.settings[name]}"
        yield f"grid-{name}", says, replace(design, settings=((name, finer),)), ""
    for name, says, factor in (("half", "half the noise", 0.5), ("double", "twice the noise", 2.0)):
        if "noise" not in known:
            yield f"noise-{name}", says, None, "the model has no noise"
        else:
            yield f"noise-{name}", says, replace(design, scaled=(("noise", factor),)), ""


def _longer(case: Case, more: int) -> Case:
    horizon = replace(case.parameters["horizon"], value=float(case.horizon + more))
    return replace(case, parameters={**case.parameters, "horizon": horizon})
