"""The minimal flip: the smallest joint change of assumptions that reverses an answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from detente.case.claims import parse_test
from detente.case.expression import Test
from detente.errors import UsageError
from detente.study.executors import Jobs
from detente.study.folder import Folder
from detente.study.methods.nearest import FAR, Nearest
from detente.study.methods.normal import Normal
from detente.study.parts import FOLDER, make
from detente.study.plan import Plan, vocabulary
from detente.study.questions.slopes import Asker, Atom, ways
from detente.study.reader import Reader
from detente.study.work import Design, Tell

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Reals = NDArray[np.float64]

FILE = f"{FOLDER}/flips.json"
DEPTHS = (1e-3, 3e-3, 1e-2, 3e-2, 0.1)
"""How far beyond the boundary a reversal is verified, in prior standard deviations; the nearest counts."""
HINT = 5
"""Reversed draws that are enough to begin a second search in their midst, where the first found nothing."""
LISTED = 0.01
"""Part of the squared distance from which a change is named."""
ZONE = "zone"


@dataclass(frozen=True, slots=True)
class Belief:
    """What one would have to believe of an assumption.

    Attributes:
        name: Of the parameter or quantity.
        unit: Its unit.
        median: Its value in the middle of the priors.
        value: Its value at the flip.
        deviations: How far that is, in standard deviations of its own prior (its normal score).
        part: Part of the squared distance that it makes up; all parts add up to 1.
    """

    name: str
    unit: str
    median: float
    value: float
    deviations: float
    part: float


@dataclass(frozen=True, slots=True)
class Flip:
    """The smallest change found that reverses an answer.

    Attributes:
        id: Of the claim; ``zone`` for whether a deal exists.
        says: The claim in words.
        holds: Whether it holds in the middle of the priors; None if that has no answer.
        margin: Its margin there; None likewise.
        distance: Of the nearest reversal that was verified, in prior standard deviations; None if none.
        changes: What one would have to believe there, the largest part first.
        rest: Part of the squared distance that the changes not listed make up.
        reversed: Share of the run's counted draws with the other answer; None if none counts.
        reason: Why there is no reversal to show, or "".
    """

    id: str
    says: str
    holds: bool | None
    margin: float | None
    distance: float | None
    changes: tuple[Belief, ...]
    rest: float
    reversed: float | None
    reason: str


@dataclass(slots=True, eq=False)
class _Search:
    """One way in which a target could be reversed."""

    target: int
    atoms: tuple[Atom, ...]
    nearest: Nearest
    again: bool = False


def flips(
    design: Design,
    folder: Folder,
    todo: Plan,
    table: pa.Table,
    *,
    jobs: Jobs = 1,
    tell: Tell = lambda *_: None,
) -> tuple[Flip, ...]:
    """The nearest reversal of the zone's sign and of each claim, from the middle of the priors.

    Args:
        design: The run.
        folder: Its folder, held; what is found is kept there.
        todo: Its plan.
        table: Its table.
        jobs: Processes, or an executor.
        tell: Gives what is told about the search.

    Raises:
        UsageError: Nothing is uncertain that could change.
        RunError: The folder cannot be written.
    """
    import numpy as np

    normal = askable(design)
    targets = _targets(design, todo)
    found = _kept(folder, design)
    if len(found) == len(targets):
        return tuple(found[id] for id, _, _ in targets)
    progress = tell("flips", "answers")
    with Asker(design, normal, [test for _, _, test in targets], jobs) as ask:
        middle = np.zeros(len(normal.names))
        said = ask.solved([(test, middle[:, None]) for _, _, test in targets])
        searches: list[_Search] = []
        for i, ((id, says, _), answer) in enumerate(zip(targets, said, strict=True)):
            if id in found:
                continue
            if not answer.counts[0]:
                reason = "in the middle of the priors it has no answer"
                found[id] = Flip(id, says, None, None, None, (), 0.0, None, reason)
                continue
            atoms = ways(targets[i][2].root, not answer.holds[0])
            searches += [_Search(i, way, Nearest(middle)) for way in atoms]
        read = Reader(table)
        if progress:
            progress(len(found), len(targets), 0)
        while len(found) < len(targets):
            active = [s for s in searches if not s.nearest.done]
            for search, (margins, slopes) in zip(active, ask.all(active), strict=True):
                search.nearest.tell(margins, slopes)
            mine = {i: [s for s in searches if s.target == i] for i in range(len(targets))}
            ended = [
                i
                for i, (id, _, _) in enumerate(targets)
                if id not in found and all(s.nearest.done for s in mine[i])
            ]
            reversals = _verified(ask, [(targets[i][2], bool(said[i].holds[0]), mine[i]) for i in ended])
            for i, at in zip(ended, reversals, strict=True):
                id, says, test = targets[i]
                held = bool(said[i].holds[0])
                there = read.answer(test)
                other = there.counts & (there.holds != held)
                if at is None and mine[i] and not any(s.again for s in mine[i]) and other.sum() >= HINT:
                    start = ask.draws(len(other))[:, other].mean(axis=1)
                    searches += [_Search(i, s.atoms, Nearest(start.copy()), True) for s in mine[i]]
                    continue
                share = float(other.sum() / there.counts.sum()) if there.counts.any() else None
                margin = float(said[i].margin[0])
                found[id] = _flip(normal, (id, says, held, margin), at, share, _reason(mine[i]))
                _keep(folder, design, found)
                if progress:
                    progress(len(found), len(targets), 0)
    return tuple(found[id] for id, _, _ in targets)


def askable(design: Design) -> Normal:
    """The case in standard normal coordinates, if a reversal can be looked for; else UsageError."""
    model = design.theory
    game = model.game(**model.settings)
    if game.private or game.endless:
        raise UsageError(
            f"flips: {model.name} is solved by a search whose derivatives are not worked out, expected a game"
            " solved year by year; leave out --flips"
        )
    normal = Normal(design.case, model)
    if len(normal.held) == len(normal.names):
        raise UsageError(
            "flips: found no uncertain number that is continuous, expected at least one to change"
        )
    return normal


def _targets(design: Design, todo: Plan) -> list[tuple[str, str, Test]]:
    case, model = design.case, design.theory
    found = [(c.id, c.says, test) for c, (test, *_) in zip(case.claims, todo.tests, strict=True)]
    if model.decisive:
        test = parse_test(f"{model.decisive}() > 0", vocabulary(case, model))
        found.insert(0, (ZONE, "A deal exists.", test))
    return found


def _verified(ask: Asker, ended: Sequence[tuple[Test, bool, Sequence[_Search]]]) -> list[Reals | None]:
    """For each test the nearest of the points found at which solving there reverses the answer."""
    import numpy as np

    tried = []
    for test, held, searches in ended:
        points = [x for s in searches for depth in DEPTHS if (x := s.nearest.beyond(depth)) is not None]
        points += [s.nearest.best for s in searches if s.nearest.best is not None]
        points = [x for x in points if np.linalg.norm(x) <= FAR]
        tried.append((test, held, np.stack(points, axis=1) if points else None))
    said = iter(ask.solved([(test, z) for test, _, z in tried if z is not None]))
    found: list[Reals | None] = []
    for _, held, z in tried:
        if z is None:
            found.append(None)
            continue
        there = next(said)
        sizes = np.where(there.counts & (there.holds != held), np.linalg.norm(z, axis=0), np.inf)
        place = int(sizes.argmin())
        found.append(z[:, place] if np.isfinite(sizes[place]) else None)
    return found


def _reason(searches: Sequence[_Search]) -> str:
    reasons = dict.fromkeys(s.nearest.reason for s in searches if s.nearest.reason)
    return "; ".join(reasons) or "what was found did not hold when it was solved there"


def _flip(
    normal: Normal, what: tuple[str, str, bool, float], at: Reals | None, share: float | None, reason: str
) -> Flip:
    import numpy as np

    id, says, held, margin = what
    if at is None:
        return Flip(id, says, held, margin, None, (), 0.0, share, reason)
    both = normal.draws(np.stack((np.zeros_like(at), at), axis=1)).values
    scores = normal.scores(at)
    size = float(at @ at)
    parts = scores * np.linalg.solve(normal.lower.T, at) / size
    known, assumptions = normal.model.by_name, normal.case.assumptions
    changes = [
        Belief(
            name,
            known[name].unit if name in known else assumptions[name].unit,
            float(both[name][0]),
            float(both[name][1]),
            float(scores[i]),
            float(parts[i]),
        )
        for i, name in enumerate(normal.names)
    ]
    listed = sorted((c for c in changes if abs(c.part) >= LISTED), key=lambda c: (-c.part, c.name))
    rest = 1 - sum(c.part for c in listed)
    return Flip(id, says, held, margin, size**0.5, tuple(listed), rest, share, "")


# --- What was found is kept -------------------------------------------------------------------------


def _key(design: Design) -> dict[str, Any]:
    """What a flip belongs to, beyond what all of a run folder has in common: how far it was looked for."""
    return {"draws": design.draws, "far": FAR, "depths": list(DEPTHS)}


def _kept(folder: Folder, design: Design) -> dict[str, Flip]:
    make(folder)
    try:
        there = json.loads((folder.path / FILE).read_text(encoding="utf-8"))
        if there["of"] != _key(design):
            return {}
        flips = [Flip(**{**f, "changes": tuple(Belief(**c) for c in f["changes"])}) for f in there["flips"]]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return {f.id: f for f in flips}


def _keep(folder: Folder, design: Design, found: dict[str, Flip]) -> None:
    folder.write_json(FILE, {"of": _key(design), "flips": [asdict(f) for f in found.values()]})
