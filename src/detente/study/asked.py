"""What is asked of a run beyond its draws, and what is taken where nothing is said."""

from __future__ import annotations

from dataclasses import dataclass

DRAWS = 2000
"""Draws of a run."""
MOST_DRAWS = 1_000_000
"""Draws of a run, at most."""
LEVER_DRAWS = 256
"""Draws in which levers are tried."""
WHY_DRAWS = 128
"""Draws in which mechanisms are asked for."""


QUESTIONS = ("why", "levers", "effects", "flips", "sure")
"""What can be asked of a run beyond its draws."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Questions beyond those that every run answers.

    Attributes:
        why: What each mechanism accounts for.
        why_draws: In how many draws that is asked.
        levers: What would open a deal: levers at several doses, in pairs and in larger sets.
        effects: What each assumption contributes, with all that it does together with others.
        flips: The smallest change of assumptions that reverses each answer.
        sure: How sure the verdicts are: of the priors, of the solver, of the number of draws.
        priors: A case file with other priors, by which the draws are weighed too; None if none is.
    """

    why: bool = False
    why_draws: int = WHY_DRAWS
    levers: bool = False
    effects: bool = False
    flips: bool = False
    sure: bool = False
    priors: str | None = None

    @property
    def full(self) -> bool:
        """Whether everything is asked that needs no further file."""
        return all(getattr(self, name) for name in QUESTIONS)


NOTHING = Asked()


def command(case: str, draws: int, lever_draws: int, seed: int, dtype: str, asked: Asked) -> str:
    """The command that gives the same run."""
    words = [f"detente run {case} --draws {draws} --seed {seed}"]
    words += [f"--lever-draws {lever_draws}"] * (lever_draws != LEVER_DRAWS)
    words += ["--single"] * (dtype == "float32")
    words += ["--full"] if asked.full else [f"--{name}" for name in QUESTIONS if getattr(asked, name)]
    words += [f"--why-draws {asked.why_draws}"] * (asked.why and asked.why_draws != WHY_DRAWS)
    words += [f"--priors {asked.priors}"] * (asked.priors is not None)
    return " ".join(words)
