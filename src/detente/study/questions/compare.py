"""Two runs side by side: what differs in what went in, and in what came out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detente.case.case import Case
from detente.case.describe import belief
from detente.models import get
from detente.study.draws import dimensions
from detente.study.plan import plan
from detente.study.questions.reweight import Question
from detente.study.questions.solver import questions
from detente.study.reader import Reader
from detente.study.stored import Stored
from detente.study.verdicts import word
from detente.study.work import Design

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, slots=True)
class Different:
    """Something that went into two runs and differs.

    Attributes:
        what: ``trust``, ``claim support-decides``, ``seed``.
        a: In the first run; "" if it is not there.
        b: In the second.
        number: Whether it can change an answer; a sentence or a source cannot.
    """

    what: str
    a: str
    b: str
    number: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """A share in two runs.

    Attributes:
        id: Of the claim; ``deal`` for whether a deal exists.
        says: In words.
        a: Share in the first run.
        b: Share in the second.
        word_a: The word for it.
        word_b: Likewise.
        change: b − a; in common draws if there are any.
        error: Its standard error.
        gained: Share of the common draws in which it holds in the second run only; None without any.
        lost: Share in which it holds in the first run only.
        draws: Common draws that count in both; 0 without any.
        through: Inputs that differ and explain most of its spread in the first run, the strongest first.
    """

    id: str
    says: str
    a: float
    b: float
    word_a: str
    word_b: str
    change: float
    error: float
    gained: float | None
    lost: float | None
    draws: int
    through: tuple[str, ...]

    @property
    def clear(self) -> bool:
        """Whether the change exceeds twice its standard error."""
        return abs(self.change) > 2 * self.error


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs side by side.

    Attributes:
        inputs: What differs in what went in, numbers first.
        apart: Why draws are not common to both runs, or "": then both have the same random numbers.
        moved: Every question that both ask, those that move most first.
        only_a: Ids of claims that only the first has.
        only_b: Ids of claims that only the second has.
    """

    inputs: tuple[Different, ...]
    apart: str
    moved: tuple[Moved, ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]


def compare(a: Stored, b: Stored) -> Comparison:
    """Compare two finished runs, draw by draw where they have the same random numbers.

    Args:
        a: The first.
        b: The second.
    """
    inputs = tuple(sorted(_different(a, b), key=lambda d: not d.number))
    apart = _apart(a, b)
    theirs = {q.id: q for q in _questions(b)}
    mine = _questions(a)
    differs = {d.what for d in inputs if d.number}
    moved = [
        _moved(q, theirs[q.id], not apart, _through(a, q.id, differs))
        for q in mine
        if q.id in theirs and q.counts.any() and theirs[q.id].counts.any()
    ]
    ids = {q.id for q in mine}
    return Comparison(
        inputs,
        apart,
        tuple(sorted(moved, key=lambda m: (-abs(m.change), m.id))),
        tuple(q.id for q in mine if q.id not in theirs),
        tuple(id for id in theirs if id not in ids),
    )


def _questions(run: Stored) -> list[Question]:
    m, case = run.manifest, run.case
    design = Design(case, m["model"], m["draws"], m["lever_draws"], m["seed"], m["number_format"])
    return questions(design, plan(case, get(m["model"])), Reader(run.table))


def _apart(a: Stored, b: Stored) -> str:
    """Why draw i of one run has not the random numbers of draw i of the other, or ""."""
    if a.manifest["seed"] != b.manifest["seed"]:
        return "the seeds differ"
    if dimensions(a.case) != dimensions(b.case):
        names = sorted(set(dimensions(a.case)) ^ set(dimensions(b.case)))
        return f"{', '.join(names)} uncertain in one of the runs only"
    return ""


def _moved(a: Question, b: Question, common: bool, through: tuple[str, ...]) -> Moved:
    import numpy as np

    share_a, share_b = float(a.yes[a.counts].mean()), float(b.yes[b.counts].mean())
    change, error = share_b - share_a, float(np.hypot(_error(a), _error(b)))
    gained = lost = None
    n = min(len(a.yes), len(b.yes))
    both = a.counts[:n] & b.counts[:n] & common
    paired = int(both.sum())
    if paired > 1:
        before, after = a.yes[:n][both], b.yes[:n][both]
        step = after.astype(float) - before
        change, error = float(step.mean()), float(step.std(ddof=1)) / paired**0.5
        gained, lost = float((after & ~before).mean()), float((before & ~after).mean())
    return Moved(
        a.id,
        a.says,
        share_a,
        share_b,
        word(share_a),
        word(share_b),
        change,
        error,
        gained,
        lost,
        paired,
        through,
    )


def _error(q: Question) -> float:
    share = float(q.yes[q.counts].mean())
    return (share * (1 - share) / int(q.counts.sum())) ** 0.5


def _through(run: Stored, id: str, differs: set[str]) -> tuple[str, ...]:
    """Of the inputs that differ those that drive an answer, as the first run tells it."""
    wanted = "" if id == "deal" else id
    for one in run.verdicts.get("drivers") or ():
        if one["id"] == wanted:
            return tuple(d["name"] for d in one["drivers"] if d["name"] in differs)
    return ()


# --- What went in -----------------------------------------------------------------------------------


def _different(a: Stored, b: Stored) -> Iterator[Different]:
    for key in ("model", "seed", "draws", "number_format", "machine"):
        yield from _pair(key.replace("_", " "), {"": a.manifest[key]}, {"": b.manifest[key]})
    yield from _pair("version of ", a.manifest["versions"], b.manifest["versions"])
    for kind, read in _NUMBERS.items():
        yield from _pair(kind, read(a.case), read(b.case))
    for kind, read in _WORDS.items():
        yield from _pair(kind, read(a.case), read(b.case), number=False)


def _pair(
    kind: str, a: Mapping[str, Any], b: Mapping[str, Any], *, number: bool = True
) -> Iterator[Different]:
    for name in dict.fromkeys((*a, *b)):
        there, here = (str(x[name]) if name in x else "" for x in (a, b))
        if there != here:
            yield Different(f"{kind}{name}", there, here, number)


def _beliefs(case: Case) -> dict[str, str]:
    known = get(case.model).by_name
    return {name: belief(a, known.get(name)) for name, a in case.assumptions.items()}


_NUMBERS: Mapping[str, Any] = {
    "": _beliefs,
    "correlation of ": lambda c: {" and ".join(x.between): x.rank for x in c.correlations},
    "experience of ": lambda c: {
        n: f"prior beta{e.prior}; " + "; ".join(f"{x.name} {x.kept} {x.weight:g}" for x in e.episodes)
        for n, e in c.experience.items()
    },
    "formula ": lambda c: {n: dict(sorted(f.variants.items())) for n, f in c.formulas.items()},
    "claim ": lambda c: {x.id: x.test for x in c.claims},
    "lever ": lambda c: {
        x.id: ", ".join(f"{n} {y.kind} {y.amount:g}" for n, y in sorted(x.changes.items())) for x in c.levers
    },
}
_WORDS: Mapping[str, Any] = {
    "words of ": lambda c: {
        "title": c.title,
        "question": c.question,
        "holder": c.holder,
        "demander": c.demander,
    },
    "reason for ": lambda c: {n: f"{a.source}: {a.why}" for n, a in c.assumptions.items()},
    "words of claim ": lambda c: {x.id: x.says for x in c.claims},
    "words of lever ": lambda c: {x.id: x.says for x in c.levers},
}
