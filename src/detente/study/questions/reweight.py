"""How sure verdicts are of the priors: the run's own draws, weighed as other priors would have it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.errors import UsageError
from detente.study.methods.normal import Normal
from detente.study.methods.weights import LEAST_EFFECTIVE, SHIFT, Weighted, effective, tilt, weighted
from detente.study.verdicts import word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Reals = NDArray[np.float64]
    Truths = NDArray[np.bool_]

MOST = 10
"""Changes of a word that are listed."""
LEAST_DRAWS = 200
"""Draws that reweighting needs."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What is answered yes or no in each draw.

    Attributes:
        id: Of a claim; ``deal`` for whether a deal exists.
        says: In words.
        yes: Shape [draw].
        counts: Which draws count, shape [draw].
    """

    id: str
    says: str
    yes: Truths
    counts: Truths


@dataclass(frozen=True, slots=True)
class Under:
    """A share under something else.

    Attributes:
        under: What, in words.
        share: The share.
        error: Standard error: of a reweighting that of the share, of a change of the solver that of the
            difference.
        word: The word for it.
        draws: Effective draws of a reweighting, draws of a change of the solver.
    """

    under: str
    share: float
    error: float
    word: str
    draws: float


@dataclass(frozen=True, slots=True)
class Reweighted:
    """A verdict under other priors.

    Attributes:
        id: Of the claim; ``deal`` for whether a deal exists.
        share: Share as the priors are.
        word: The word for it.
        lowest: The reweighting that makes it smallest; None if none could be made.
        highest: The one that makes it largest.
        joint: Its share when all assumptions together are moved by as much as one is in a tilt, in the
            direction that lowers it most and in the one that raises it most, as the draws tell it.
        changes: Those under which the word is another, the farthest from the share first, `MOST` at most.
        changed: How many there are.
        tried: Reweightings that were made.
        refused: Those for which too few effective draws were left.
    """

    id: str
    share: float
    word: str
    lowest: Under | None
    highest: Under | None
    joint: tuple[Under, ...]
    changes: tuple[Under, ...]
    changed: int
    tried: int
    refused: int


def reweighted(normal: Normal, z: Reals, questions: list[Question]) -> tuple[Reweighted, ...]:
    """Tilts and halves of each assumption's prior, one at a time, and of all together.

    Args:
        normal: The case in standard normal coordinates.
        z: The draws in them, shape [dimension, draw].
        questions: What is asked of the draws; one that has no draw that counts is left out.

    Raises:
        UsageError: Too few draws.
    """
    if z.shape[1] < LEAST_DRAWS:
        raise UsageError(
            f"sure: found {z.shape[1]} draws, expected at least {LEAST_DRAWS} to weigh anew: raise --draws"
        )
    others = list(_others(normal, z))
    return tuple(_reweighted(q, others, z) for q in questions if q.counts.any())


def under(what: str, question: Question, weights: Reals) -> Under | None:
    """A question's share under weights of the draws; None if too few effective draws are left."""
    of = weights[question.counts]
    if effective(of) < LEAST_EFFECTIVE:
        return None
    found: Weighted = weighted(question.yes[question.counts], of)
    return Under(what, found.share, found.error, word(found.share), found.effective)


def _others(normal: Normal, z: Reals) -> Iterator[tuple[str, Reals]]:
    import numpy as np

    scores = normal.scores(z)
    for name, row in zip(normal.names, scores, strict=True):
        says = name.replace("_", " ")
        yield f"{says} believed half a standard deviation lower", tilt(row, -SHIFT)
        yield f"{says} believed half a standard deviation higher", tilt(row, SHIFT)
        yield f"{says} in the lower half of its prior", np.where(row <= 0, 2.0, 0.0)
        yield f"{says} in the upper half of its prior", np.where(row > 0, 2.0, 0.0)


def _reweighted(question: Question, others: list[tuple[str, Reals]], z: Reals) -> Reweighted:
    import numpy as np

    yes, counts = question.yes, question.counts
    share = float(yes[counts].mean())
    now = word(share)
    made = [found for what, weights in others if (found := under(what, question, weights)) is not None]
    joint: list[Under] = []
    if 0 < share < 1:
        direction = z[:, yes & counts].mean(axis=1) - z[:, counts & ~yes].mean(axis=1)
        direction = direction / np.linalg.norm(direction)
        for shift, says in ((-SHIFT, "against"), (SHIFT, "in favour of")):
            what = f"all assumptions together half a standard deviation {says} it"
            found = under(what, question, tilt(direction @ z, shift))
            joint += [found] if found is not None else []
    changes = [x for x in (*made, *joint) if x.word != now]
    return Reweighted(
        question.id,
        share,
        now,
        min(made, key=lambda x: x.share, default=None),
        max(made, key=lambda x: x.share, default=None),
        tuple(joint),
        tuple(sorted(changes, key=lambda x: (-abs(x.share - share), x.under)))[:MOST],
        len(changes),
        len(made),
        len(others) - len(made),
    )
