"""What every model must satisfy, checked; for models of the register and for a stranger's alike.

::

    report = detente.check_model(MODEL)
    print(report)
    report.raise_for_faults()
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from detente.contract import declared, solved
from detente.contract.look import Fault, Look, NotChecked
from detente.errors import ModelError
from detente.model import Model

CHECKS = (*declared.CHECKS, *solved.CHECKS)
"""What is checked: in words, and how."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked.

    Attributes:
        says: What a model must satisfy.
        faults: Where it does not.
        skipped: Why it was not checked; empty if it was.
    """

    says: str
    faults: tuple[Fault, ...] = ()
    skipped: str = ""

    @property
    def passed(self) -> bool:
        """Whether it was checked and nothing was found."""
        return not self.faults and not self.skipped


@dataclass(frozen=True, slots=True)
class Report:
    """What came out of checking a model; printed, it is read."""

    model: str
    checks: tuple[Check, ...]

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Everything that is wrong."""
        return tuple(f for c in self.checks for f in c.faults)

    @property
    def passed(self) -> bool:
        """Whether everything that applies was checked and nothing is wrong."""
        return not self.faults

    def raise_for_faults(self) -> None:
        """Raise if anything is wrong.

        Raises:
            ModelError: With all faults at once.
        """
        if self.faults:
            lines = [f"  {c.says}: {f}" for c in self.checks for f in c.faults]
            raise ModelError("\n".join([f"{self.model}: {_faults(len(lines))}", *lines]))

    def __str__(self) -> str:
        good = sum(c.passed for c in self.checks)
        lines = [f"{self.model}: {good} of {len(self.checks)} checks passed, {_faults(len(self.faults))}"]
        for c in self.checks:
            mark = "passed" if c.passed else "FAILED" if c.faults else "not checked"
            lines.append(f"  {mark:12}{c.says}{f' ({c.skipped})' if c.skipped else ''}")
            lines += [f"{'':14}{f}" for f in c.faults]
        return "\n".join(lines)

    __repr__ = __str__


def check_model(
    model: Model, *, points: int = 8, seed: int = 1, settings: Mapping[str, int] | None = None
) -> Report:
    """Check everything that a model must satisfy.

    The model need not be in the register. The first points are the defaults; the others are drawn at random
    in the domains, where the model's conditions hold.

    Args:
        model: The model.
        points: Points at which it is solved.
        seed: Of the random draws.
        settings: Sizes of grids other than the model's defaults, to check it faster.

    Returns:
        What was checked and what was found: never raises for a fault of the model.
    """
    look = Look(model, points, seed, settings or {})
    checks = []
    for says, examine in CHECKS:
        try:
            checks.append(Check(says, tuple(examine(look))))
        except NotChecked as why:
            checks.append(Check(says, skipped=str(why)))
        except Exception as problem:  # noqa: BLE001 - a stranger's functions may raise anything: it is a fault
            found = f"{type(problem).__name__}: {problem}"
            checks.append(Check(says, (Fault("the model's functions", found, "no exception"),)))
    return Report(model.name, tuple(checks))


def _faults(n: int) -> str:
    return f"{n} fault{'s' * (n != 1)}"
