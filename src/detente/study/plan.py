"""What a study has to solve: each distinct intervention once per draw, whatever the number of claims."""

from __future__ import annotations

from dataclasses import dataclass

from detente.case.case import Case
from detente.case.claims import Vocabulary, parse_test
from detente.case.expression import AS_IT_IS, Call, Intervention, Test
from detente.model import Model

DECISIVE = "zone"
"""The outcome whose sign says whether a deal exists."""

SHOWN = ("arsenal", "trust", "attack_within", "deal_in_force", "counter_arsenal")
"""Paths over the years that are kept for pictures, of the case as it is."""


@dataclass(frozen=True, slots=True)
class Solve:
    """One intervention to be solved in every draw, and what is read off it.

    Attributes:
        intervention: What is changed.
        calls: The numbers wanted.
        paths: Whether any of them is asked for after n years.
    """

    intervention: Intervention
    calls: tuple[Call, ...]
    paths: bool


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


def zone_call(intervention: Intervention = AS_IT_IS) -> Call:
    """The call for the decisive outcome under an intervention."""
    return Call(DECISIVE, None, None, intervention)


def vocabulary(case: Case, model: Model) -> Vocabulary:
    """The words that the case's claims may use."""
    units = {name: a.unit for name, a in case.quantities.items()}
    horizon = int(case.parameters["horizon"].value or 1)
    return Vocabulary(model, units, case.formulas, [x.id for x in case.levers], horizon)


def plan(case: Case, model: Model) -> Plan:
    """Collect what the claims, the mechanisms and the levers ask for."""
    words = vocabulary(case, model)
    tests = tuple(
        tuple(parse_test(text, words) for text in (claim.test, *(b.test for b in claim.beside)))
        for claim in case.claims
    )
    wanted: dict[Intervention, dict[Call, None]] = {AS_IT_IS: {zone_call(): None}}
    for test in (t for group in tests for t in group):
        for call in test.calls:
            wanted.setdefault(call.intervention, {})[call] = None
    for mechanism in model.mechanisms:
        off = Intervention(off=(mechanism.name,))
        wanted.setdefault(off, {})[zone_call(off)] = None
    levers = [Intervention(levers=(lever.id,)) for lever in case.levers]
    yearly = {o.name for o in model.outcomes if o.yearly}

    def solve(intervention: Intervention, calls: tuple[Call, ...]) -> Solve:
        return Solve(intervention, calls, intervention == AS_IT_IS or any(c.outcome in yearly for c in calls))

    return Plan(
        tests,
        tuple(solve(i, tuple(calls)) for i, calls in wanted.items()),
        tuple(solve(i, (zone_call(i),)) for i in levers),
    )
