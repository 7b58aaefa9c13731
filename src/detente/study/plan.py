"""What a study has to solve: each distinct intervention once per draw, whatever the number of claims."""

from __future__ import annotations

from dataclasses import dataclass

from detente.case.case import Case
from detente.case.claims import Vocabulary, parse_test
from detente.case.expression import AS_IT_IS, Call, Intervention, Test
from detente.model import Model


@dataclass(frozen=True, slots=True)
class Solve:
    """One intervention to be solved in every draw, and what is read off it.

    Attributes:
        intervention: What is changed.
        calls: The numbers wanted.
        years: The most years after which one of them is asked for; 0 if none is.
    """

    intervention: Intervention
    calls: tuple[Call, ...]
    years: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a study solves.

    Attributes:
        tests: For each claim its test, and those of what stands beside it.
        solves: In every draw; the case as it is comes first.
        levers: In the first draws only: one solve per lever.
    """

    tests: tuple[tuple[Test, ...], ...]
    solves: tuple[Solve, ...]
    levers: tuple[Solve, ...]


def decisive(model: Model, intervention: Intervention = AS_IT_IS) -> Call:
    """The call for the model's decisive outcome under an intervention."""
    return Call(model.decisive, None, None, intervention)


def vocabulary(case: Case, model: Model) -> Vocabulary:
    """The words that the case's claims may use."""
    units = {name: a.unit for name, a in case.quantities.items()}
    return Vocabulary(model, units, case.formulas, [x.id for x in case.levers], case.horizon)


def plan(case: Case, model: Model) -> Plan:
    """Collect what the claims, the mechanisms and the levers ask for."""
    words = vocabulary(case, model)
    tests = tuple(
        tuple(parse_test(text, words) for text in (claim.test, *(b.test for b in claim.beside)))
        for claim in case.claims
    )
    wanted: dict[Intervention, dict[Call, None]] = {AS_IT_IS: {}}
    for off in ((), *((m.name,) for m in model.mechanisms)):
        if model.decisive:
            change = Intervention(off=off)
            wanted.setdefault(change, {})[decisive(model, change)] = None
    for test in (t for group in tests for t in group):
        for call in test.calls:
            wanted.setdefault(call.intervention, {})[call] = None
    levers = [Intervention(levers=(lever.id,)) for lever in case.levers]

    def solve(intervention: Intervention, calls: tuple[Call, ...]) -> Solve:
        shown = intervention == AS_IT_IS and any(o.yearly for o in model.outcomes)
        return Solve(
            intervention, calls, case.horizon if shown else max((c.years or 0 for c in calls), default=0)
        )

    return Plan(
        tests,
        tuple(solve(i, tuple(calls)) for i, calls in wanted.items()),
        tuple(solve(i, (decisive(model, i),)) for i in levers if model.decisive),
    )
