"""What is asked of a run beyond its draws, and what is taken where nothing is said."""

from __future__ import annotations

from dataclasses import dataclass

DRAWS = 2000
"""Draws of a run."""
LEVER_DRAWS = 256
"""Draws in which levers are tried."""
WHY_DRAWS = 128
"""Draws in which mechanisms are asked for."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Questions beyond those that every run answers.

    Attributes:
        why: What each mechanism accounts for.
        why_draws: In how many draws that is asked.
        levers: What would open a deal: levers at several doses, in pairs and in larger sets.
    """

    why: bool = False
    why_draws: int = WHY_DRAWS
    levers: bool = False


NOTHING = Asked()


def command(case: str, draws: int, lever_draws: int, seed: int, dtype: str, asked: Asked) -> str:
    """The command that gives the same run."""
    words = [f"detente run {case} --draws {draws} --seed {seed}"]
    words += [f"--lever-draws {lever_draws}"] * (lever_draws != LEVER_DRAWS)
    words += ["--single"] * (dtype == "float32")
    words += ["--why"] * asked.why
    words += [f"--why-draws {asked.why_draws}"] * (asked.why and asked.why_draws != WHY_DRAWS)
    words += [f"--{name}" for name in ("levers",) if getattr(asked, name)]
    return " ".join(words)
