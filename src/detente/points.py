"""Points at which models are solved: checked by their names and domains, and solved by horizon.

What calls from Python, the command line and pictures share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detente.errors import UsageError
from detente.model import Model, Outcome
from detente.parameter import Parameter, nearest

if TYPE_CHECKING:
    import numpy as np

    from detente.engine.batch import Solved

Progress = Callable[[int, int], None]
"""Called with records done and records in all."""

MOST_FAULTS = 50
"""Faults that are told in full; the rest are counted."""


@dataclass(frozen=True)
class Group:
    """Records of one horizon, solved: which they are, and their answers in that order."""

    members: list[int]
    horizon: int
    solved: Solved


def solve_records(
    model: Model,
    records: Mapping[str, np.ndarray],
    *,
    settings: Mapping[str, int] | None = None,
    jobs: int = 1,
    dtype: str = "float64",
    years: int | None = None,
    chunk: int | None = None,
    progress: Progress | None = None,
) -> Iterator[Group]:
    """Solve checked numbers of every parameter, those of one horizon together.

    Args:
        model: The model.
        records: Every parameter by name, numbers of shape [batch].
        settings: Sizes of grids other than the model's defaults.
        jobs: Chunks worked on at the same time.
        dtype: ``float64`` or ``float32``.
        years: The most years after which an outcome is wanted; None: all.
        chunk: Records in a chunk; None: as many as suit the model.
        progress: Told how far it is.
    """
    import numpy as np

    from detente.engine.batch import moving
    from detente.engine.batch import solve as solve_batch

    total = len(next(iter(records.values()))) if records else 1
    horizons = np.asarray(records["horizon"]).astype(int) if "horizon" in records else np.ones(total, int)
    done = 0
    if progress is not None:
        progress(0, total)
    for horizon in dict.fromkeys(horizons.tolist()):
        members = np.flatnonzero(horizons == horizon)
        before = done

        def tell(part: int, _: int, before: int = before) -> None:
            if progress is not None:
                progress(before + part, total)

        solved = solve_batch(
            model,
            {n: np.asarray(records[n], float)[members] for n in moving(model)},
            horizon=horizon,
            years=years,
            jobs=jobs,
            dtype=dtype,
            chunk=chunk or chunk_of(model, settings or {}, len(members)),
            settings=settings or None,
            progress=tell,
        )
        done += len(members)
        yield Group(members.tolist(), horizon, solved)


SMALL, MANY = 8, 10_000


def chunk_of(model: Model, settings: Mapping[str, int], count: int) -> int:
    """Records to be solved together, of so many.

    A chunk that is not full costs as much as one that is, and every size of chunk is a program to compile. So
    models of the gallery get a small one, the same for a point and for a picture, whose answers then agree to
    the bit. Very many records, and the red-line game, which runs solve by the thousand, get the larger one.
    """
    from detente.engine import batch

    most = batch.chunk_for(model, settings)
    return most if model.decisive or count > MANY else min(SMALL, most)


def point_faults(model: Model, points: Sequence[Any]) -> list[str]:
    """What is wrong with points, each with its place and key."""
    faults = []
    for i, point in enumerate(points):
        if not isinstance(point, Mapping):
            faults.append(f"point {i}: found {type(point).__name__}, expected an object of parameters")
            continue
        for key, value in point.items():
            if key not in model.by_name:
                faults.append(f"point {i}: {unknown(model, key, model.by_name, 'parameter')}")
                continue
            try:
                model.by_name[key].code(plain(value))
            except ValueError as problem:
                faults.append(f"point {i}: {key}: {problem}")
    return faults


def checked_settings(model: Model, given: Mapping[str, Any]) -> dict[str, int]:
    """Settings that differ from the model's defaults.

    Raises:
        UsageError: A setting does not exist, or is no whole number of at least 0.
    """
    faults, found = [], {}
    for key, value in given.items():
        if key not in model.settings:
            faults.append(unknown(model, key, model.settings, "setting"))
            continue
        number = plain(value)
        if isinstance(number, bool) or not isinstance(number, int) or number < 0:
            faults.append(f"{key}: found {value!r}, expected a whole number of at least 0")
        elif number != model.settings[key]:
            found[key] = number
    refuse(f"{model.name}: cannot be solved as asked", faults)
    return found


def count(n: int, what: str) -> str:
    """A number of things, in words."""
    return f"{n:,} {what}{'s' * (n != 1)}"


def told(title: str, faults: Sequence[str]) -> str:
    """Faults below a title, the first ones in full and the rest counted."""
    more = [f"and {len(faults) - MOST_FAULTS} more"] if len(faults) > MOST_FAULTS else []
    return "\n  ".join([title, *faults[:MOST_FAULTS], *more])


def refuse(title: str, faults: Sequence[str]) -> None:
    """Raise if there are faults.

    Raises:
        UsageError: With all of them.
    """
    if faults:
        raise UsageError(told(title, faults) if len(faults) > 1 else f"{title}: {faults[0]}")


def unknown(model: Model, key: object, known: Iterable[str], what: str) -> str:
    """That a model has nothing of that name, with the nearest name that it has."""
    close = nearest(key, known)
    hint = f'; did you mean "{close}"?' if close else f"; see detente solve --describe {model.name}"
    return f'"{key}" is no {what} of {model.name}{hint}'


def plain(value: Any) -> Any:
    """NumPy's scalars as Python's own; everything else as it is."""
    item = getattr(value, "item", None)
    return item() if item is not None and getattr(value, "shape", None) == () else value


def coded(p: Parameter, value: Any) -> np.ndarray:
    """A value or an array of values as the numbers that the model computes with.

    Raises:
        ValueError: One is no value of the parameter; the message says where.
    """
    import numpy as np

    if isinstance(value, str) or np.ndim(value) == 0:
        return np.array(p.code(plain(value)))
    table = np.asarray(value)
    numbers = np.empty(table.shape)
    for place, x in np.ndenumerate(table):
        try:
            numbers[place] = p.code(plain(x))
        except ValueError as problem:
            where = ", ".join(map(str, place))
            raise ValueError(f"at [{where}]: {problem}") from None
    return numbers


def word(outcome: Outcome, x: float) -> str | None:
    """The word that a labelled outcome's number stands for; None where it is no number."""
    return None if x != x else outcome.labels[int(x)]
