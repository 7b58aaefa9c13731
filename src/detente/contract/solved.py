"""Checks of the game that a model describes and of its solutions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from detente.contract.calls import Called, calls
from detente.contract.look import Fault, Look, NotChecked, Point, changed, holds

if TYPE_CHECKING:
    import numpy as np

    from detente.engine.batch import Solved

REFUSED = "not solved: "
"""How a status begins at a point to which the theory does not apply."""


def game(look: Look) -> Iterator[Fault]:
    """The game is built from the model's settings."""
    from detente.engine.game import Game

    built = look.model.game(**{**look.model.settings, **look.settings})
    if not isinstance(built, Game):
        yield Fault("game()", type(built).__name__, "a Game")


def chances(look: Look) -> Iterator[Fault]:
    """Probabilities of branches are probabilities and sum to one, at every state and random point."""
    import numpy as np

    for call, action in _actions(look):
        if not action.branches:
            continue
        likely = [np.asarray(b.probability, float) for b in action.branches]
        total, least = sum(likely[1:], likely[0]), np.minimum.reduce(np.broadcast_arrays(*likely))
        legal = np.asarray(True if call.chance else action.legal, bool)
        where = f"stage {call.stage!r}, action {action.label!r}"
        bad = (np.abs(total - 1) > 1e-9) & legal
        if bad.any():
            yield Fault(where, f"probabilities that sum to {_first(total, bad):.6g}{call.at}", "1")
        bad = (least < -1e-12) & legal
        if bad.any():
            yield Fault(where, f"a probability of {_first(least, bad):.6g}{call.at}", "at least 0")


def moves(look: Look) -> Iterator[Fault]:
    """Wherever somebody is to move there is something to do, whatever the parameters."""
    import numpy as np

    told = set()
    for call in calls(look):
        if call.problem and call.stage not in told:
            told.add(call.stage)
            yield Fault(f"stage {call.stage!r}", call.problem, "something that may always be done")
        if call.chance or call.free or call.problem or call.stage in told:
            continue
        possible: Any = np.zeros((), bool)
        for action in call.actions:
            possible = possible | (np.asarray(action.legal, bool) & np.asarray(action.allowed, bool))
        if not np.all(possible):
            told.add(call.stage)
            yield Fault(f"stage {call.stage!r}", f"nothing that may be done{call.at}", "at least one action")


def outcomes(look: Look) -> Iterator[Fault]:
    """What it returns is what it declares."""
    from detente.contract.look import shapes

    returned = look.returned if look.returned is not None else shapes(look)  # raises what is wrong
    declared = {o.name: o for o in look.model.outcomes}
    for name in declared:
        if name not in returned:
            yield Fault(f"outcome {name!r}", "nothing returned", "a number from answer() or a tally")
    for name, shape in returned.items():
        if name not in declared:
            yield Fault(f"outcome {name!r}", "returned and not declared", "an Outcome of that name")
            continue
        lists = declared[name].yearly or declared[name].per_deal
        if len(shape) > 1 + lists or (lists and len(shape) != 2):
            kind = "after n years" if declared[name].yearly else "per deal" if lists else "of a point"
            yield Fault(f"outcome {name!r}", f"an array of shape {shape}", f"one number {kind}")


def answers(look: Look) -> Iterator[Fault]:
    """Every point to which the theory applies has an answer, whose certificate is within bounds."""
    solved = look.solve(look.points)
    for point, status in zip(look.points, solved.status, strict=True):
        if status is not None and not _refused(look, status):
            yield Fault(_place(look, point), status, "an answer within the certificate's bounds")


def values(look: Look) -> Iterator[Fault]:
    """Probabilities lie in [0, 1] and words are among the labels."""
    import numpy as np

    solved = look.solved
    for o in look.model.outcomes:
        if o.name not in solved.outcomes:
            continue
        x = solved.outcomes[o.name]
        known = x[np.isfinite(x)]
        if o.labels:
            bad = (known != np.round(known)) | (known < 0) | (known >= len(o.labels))
            expected = f"0 … {len(o.labels) - 1}, for {', '.join(o.labels)}"
        elif o.unit == "probability":
            bad, expected = (known < -1e-9) | (known > 1 + 1e-9), "a probability in [0, 1]"
        else:
            continue
        if bad.any():
            yield Fault(f"outcome {o.name!r}", f"{known[bad][0]:.9g}", expected)


def used(look: Look) -> Iterator[Fault]:
    """Every declared parameter changes some outcome somewhere."""
    base = look.solved
    tried = {p.name: 0 for p in look.model.parameters if not p.static}
    idle = list(tried)
    for _ in range(4):
        points, places = [], []  # every idle parameter moved at every point, all solved together
        for name in idle:
            for i, point in enumerate(look.points):
                if base.status[i] is None and (other := _moved(look, point, name)) is not None:
                    points.append(other)
                    places.append((name, i))
                    tried[name] += 1
        if not points:
            break
        found = look.solve(points)
        busy = {name for k, (name, i) in enumerate(places) if _differ(base, i, found, k)}
        idle = [name for name in idle if name not in busy]
    for name in idle:
        yield Fault(
            f"parameter {name!r}", f"no outcome that changes in {tried[name]} trials", "one that does"
        )


def _moved(look: Look, point: Point, name: str) -> Point | None:
    p = look.model.by_name[name]
    for _ in range(20):
        other = {**point, name: look.value(p)}
        if other[name] != point[name] and look.meets(other):
            return other
    return None


def _differ(base: Solved, i: int, other: Solved, k: int) -> bool:
    """Whether some outcome of a point differs from that of another."""
    shared = [name for name in base.outcomes if name in other.outcomes]
    return any(changed(base.outcomes[n][..., i], other.outcomes[n][..., k]) for n in shared)


def loop(look: Look) -> Iterator[Fault]:
    """A batch gives what its points give one at a time."""
    import numpy as np

    whole = look.solved
    for i, point in enumerate(look.points):
        one = look.solve([point])
        if one.status[0] != whole.status[i]:
            yield Fault(_place(look, point), f"{one.status[0]} alone", f"{whole.status[i]}, as in the batch")
            continue
        for name, x in whole.outcomes.items():
            a, b = x[..., i], one.outcomes[name][..., 0]
            if changed(a, b):
                gap = float(np.nanmax(np.abs(a - b)))
                yield Fault(f"outcome {name!r}", f"{gap:.1e} between batch and point alone", "less than 1e-9")


def same(look: Look) -> Iterator[Fault]:
    """The same points give the same arrays, bit for bit."""
    again = look.solve(look.points)
    for name, x in look.solved.outcomes.items():
        if x.tobytes() != again.outcomes[name].tobytes():
            yield Fault(f"outcome {name!r}", "other bits when solved again", "the same")


def refusals(look: Look) -> Iterator[Fault]:
    """Points outside the domains or against a condition are refused, in words."""
    cases: list[tuple[str, str, Point]] = []
    for p in look.model.parameters:
        outside = _outside(look, p.name)
        if not p.static and outside is not None:
            point = {**look.points[0], p.name: outside}
            cases.append((f"parameter {p.name!r} at {outside:g}", REFUSED, point))
    for k, c in enumerate(look.model.conditions):
        against = _against(look, k)
        if against is None:
            raise NotChecked(f"no point was found at which {c.text} fails")
        cases.append((f"condition {c.text!r} where it fails", f"{REFUSED}needs {c.text}", against))
    if not cases:
        return
    for (where, expected, _), status in zip(
        cases, look.solve([point for *_, point in cases]).status, strict=True
    ):
        if status is None or not status.startswith(expected):
            yield Fault(where, status or "an answer", f'"{expected}"')


def _outside(look: Look, name: str) -> float | None:
    d = look.model.by_name[name].domain
    for x in (d.high + 1, d.low - 1):
        if x == x and abs(x) != float("inf") and x not in d:
            return x
    return None


def _against(look: Look, k: int) -> Point | None:
    """A random point inside all domains at which a condition fails, and those before it hold."""
    *before, this = look.model.conditions[: k + 1]
    for _ in range(2000):
        point = {p.name: look.wild(p) for p in look.model.parameters}
        if all(holds(c, point) for c in before) and not holds(this, point):
            return point
    return None


def _refused(look: Look, status: str) -> bool:
    """Whether a point is one to which the theory does not apply."""
    return status.startswith(REFUSED) or (look.model.pure and "pure" in status)


def _place(look: Look, point: Point) -> str:
    """A point in words: what differs from the defaults."""
    parts = [f"{k} {v:.4g}" for k, v in point.items() if v != look.model.by_name[k].default]
    return f"at {', '.join(parts)}" if parts else "at the defaults"


def _actions(look: Look) -> Iterator[tuple[Called, Any]]:
    for call in calls(look):
        yield from ((call, action) for action in call.actions)


def _first(x: np.ndarray, where: np.ndarray) -> float:
    import numpy as np

    x, where = np.broadcast_arrays(x, where)
    return float(x[where].ravel()[0])


CHECKS = (
    ("the game is built", game),
    ("probabilities of branches sum to one", chances),
    ("whoever is to move can always do something", moves),
    ("what it returns is what it declares", outcomes),
    ("points in the domain have answers, their certificates within bounds", answers),
    ("probabilities lie in [0, 1], words among the labels", values),
    ("every declared parameter is used", used),
    ("a batch gives what its points give one at a time", loop),
    ("the same points give the same arrays, bit for bit", same),
    ("points outside domains or against conditions are refused", refusals),
)
