"""Why two runs differ: what each input that differs accounts for, from one case to the other."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from detente.case.case import Case
from detente.errors import UsageError
from detente.study.folder import Folder
from detente.study.methods.attribution import Coalition, attribute, left_out, orders
from detente.study.parts import gather
from detente.study.plan import plan
from detente.study.questions.compare import Comparison
from detente.study.questions.reweight import Question
from detente.study.questions.solver import asked_by, questions
from detente.study.reader import Reader
from detente.study.stored import Stored
from detente.study.work import Design, Tell

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DRAWS = 256
"""Draws in which cases between the two are solved, the first ones."""
GROUPS = 16
"""Groups of draws of the jackknife."""
LEAST = 2 * GROUPS
"""Draws without a failure that are needed."""
PAIRS = 6
"""Orders drawn, each with its reverse, where there are too many sets for all of them."""
MOST = 12
"""Inputs that may differ."""
ASKED = 6
"""Questions that are explained, those that moved most."""


@dataclass(frozen=True, slots=True)
class Bridged:
    """What accounts for the change of one share.

    Attributes:
        id: Of the claim; ``deal`` for whether a deal exists.
        a: Share with all inputs as in the first run, in the draws used.
        b: With all as in the second.
        parts: By input its part of b − a (Shapley share) and the standard error of that; the parts add
            up to it.
    """

    id: str
    a: float
    b: float
    parts: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Bridge:
    """Why two runs differ.

    Attributes:
        inputs: What differs and is exchanged.
        answers: Of the questions that moved most.
        draws: Draws that it is worked out from.
        left_out: Draws left out because a solve failed in one of the cases.
        cases: Cases between the two that were solved, both ends among them.
    """

    inputs: tuple[str, ...]
    answers: tuple[Bridged, ...]
    draws: int
    left_out: int
    cases: int


def bridge(a: Stored, b: Stored, found: Comparison, *, jobs: int = 1, tell: Tell = lambda *_: None) -> Bridge:
    """Solve cases between two runs, with some inputs of each, and share the change out among the inputs.

    What is solved is kept in the second run's folder.

    Args:
        a: The first run.
        b: The second.
        found: Their comparison.
        jobs: Processes.
        tell: Gives what is told about the solves.

    Raises:
        UsageError: No input, or too many, differ; the models differ; no question moved; too few draws.
        RunError: The folder cannot be written.
    """
    import numpy as np

    if a.case.model != b.case.model:
        raise UsageError(f"why: found the models {a.case.model} and {b.case.model}, expected one")
    swaps = _swaps(a.case, b.case)
    if not 1 <= len(swaps) <= MOST:
        raise UsageError(f"why: found {len(swaps)} numbers of the cases that differ, expected 1 to {MOST}")
    ids = [m.id for m in found.moved if m.change != 0][:ASKED]
    if not ids:
        raise UsageError("why: no question moved, expected one to explain")
    claims = tuple(c for c in a.case.claims if c.id in ids)
    draws = min(DRAWS, a.manifest["draws"], b.manifest["draws"])
    names = list(swaps)
    drawn = orders(len(names), PAIRS, b.manifest["seed"])
    m = b.manifest
    asked: dict[Coalition, list[Question]] = {}
    with Folder.hold(b.path) as folder:
        for coalition in drawn.coalitions():
            case = a.case
            for place in sorted(coalition):
                case = swaps[names[place]](case)
            key = hashlib.sha256(repr((a.case.digest, b.case.digest, sorted(coalition))).encode()).hexdigest()
            # Claims are those of the first run, so that one question is asked throughout.
            case = replace(case, claims=claims, formulas=a.case.formulas, levers=a.case.levers, digest=key)
            design = Design(case, m["model"], draws, 0, m["seed"], m["number_format"])
            todo = plan(case, design.theory)
            solves = asked_by(design.theory, todo)
            name = f"compare-{key[:12]}"
            part = gather(design, folder, name, solves, draws, jobs=jobs, progress=tell(name))
            asked[coalition] = [q for q in questions(design, todo, Reader(part)) if q.id in ids]
    good = np.logical_and.reduce([q.counts for of in asked.values() for q in of])
    if good.sum() < LEAST:
        raise UsageError(f"why: found {good.sum()} draws solved in every case between, expected {LEAST}")
    shares = attribute(drawn, {c: _shares(of, good) for c, of in asked.items()})
    whole = asked[frozenset()]
    answers = tuple(
        Bridged(
            q.id,
            float(shares.none[k]),
            float(shares.all[k]),
            {n: (float(shares.share[k, i]), float(shares.error[k, i])) for i, n in enumerate(names)},
        )
        for k, q in enumerate(whole)
    )
    return Bridge(tuple(names), answers, int(good.sum()), int((~good).sum()), len(asked))


def _shares(asked: list[Question], good: NDArray[np.bool_]) -> Any:
    """Of all draws, then without each group; [question, 1 + group]."""
    import numpy as np

    groups = left_out(int(good.sum()), GROUPS)
    rows = [q.yes[good] for q in asked]
    return np.array([[row.mean(), *(np.delete(row, g).mean() for g in groups)] for row in rows])


def _swaps(a: Case, b: Case) -> dict[str, Callable[[Case], Case]]:
    """For each number of the cases that differs, how it is taken over from the second."""

    def assumption(kind: str, name: str) -> Callable[[Case], Case]:
        one = getattr(b, kind)[name]
        return lambda case: replace(case, **{kind: {**getattr(case, kind), name: one}})

    found: dict[str, Callable[[Case], Case]] = {}
    for kind in ("parameters", "quantities"):
        mine, theirs = getattr(a, kind), getattr(b, kind)
        for name in mine:
            if name in theirs and any(
                getattr(mine[name], x) != getattr(theirs[name], x) for x in ("value", "prior", "learned")
            ):
                found[name] = assumption(kind, name)
    for name in sorted({*a.experience} & {*b.experience}):
        if a.experience[name] != b.experience[name]:
            one = b.experience[name]
            found[f"experience of {name}"] = lambda case, name=name, one=one: replace(
                case, experience={**case.experience, name: one}
            )
    if set(a.correlations) != set(b.correlations):
        found["correlations"] = lambda case: replace(case, correlations=b.correlations)
    return found
