"""Models solved from Python: a call, a list of points, and what comes back.

``model(power=0.5)`` is one point, ``model(power=numpy.linspace(0, 1, 61))`` a batch, and
`solve` takes a list of points. All go through `detente.points`, as the command line does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from detente.errors import UsageError
from detente.model import Model, Outcome
from detente.models import get
from detente.parameter import Parameter, nearest
from detente.points import (
    checked_settings,
    coded,
    count,
    point_faults,
    refuse,
    solve_records,
    unknown,
    word,
)

if TYPE_CHECKING:
    from inspect import Signature

    import numpy as np

    from detente.engine.batch import Solved


@dataclass(frozen=True, repr=False, eq=False)
class Solution:
    """A model solved at one point, or at the points of a batch.

    Outcomes are attributes: a number, or the word for an outcome that is one of several words; for an
    outcome after n years an array over the years, for one per deal an array over the deals. In a batch each
    is an array of the batch's shape, with years or deals last. Where there is no answer a number is NaN, a
    word None, and `status` says why.

    Attributes:
        model: The model.
        parameters: Every parameter by name, as given or by default.
        settings: Sizes of grids that differ from the model's defaults.
        outcomes: Every outcome by name.
        certificate: How exactly it is solved: gaps by name, see docs/theory/equilibrium.md.
        status: None, or in words why there is no answer; in a batch an array of these.
        shape: Shape of the batch, () for one point.
    """

    model: Model
    parameters: Mapping[str, Any]
    settings: Mapping[str, int]
    outcomes: Mapping[str, Any]
    certificate: Mapping[str, Any]
    status: Any
    shape: tuple[int, ...]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name in RESERVED:  # asked for before the fields are there
            raise AttributeError(name)
        if name in self.outcomes:
            return self.outcomes[name]
        if name in self.parameters:
            raise AttributeError(f'{name} is a parameter: .parameters["{name}"]')
        close = nearest(name, self.outcomes)
        hint = f'; did you mean "{close}"?' if close else ""
        raise AttributeError(f"{self.model.name} has no outcome {name!r}{hint}")

    def __dir__(self) -> list[str]:
        return [*RESERVED, *self.outcomes]

    def __repr__(self) -> str:
        rows = self._rows()
        wide = [max((len(row[i]) for row in rows), default=0) for i in range(2)]
        lines = [f"  {name:{wide[0]}}  {value:{wide[1]}}  {unit}" for name, value, unit, _ in rows]
        return "\n".join([self._call(), *(line.rstrip() for line in lines)])

    def _repr_html_(self) -> str:
        from html import escape

        cells = (
            f"<tr><th>{escape(name)}</th><td>{escape(value)}</td><td>{escape(unit)}</td>"
            f"<td>{escape(meaning)}</td></tr>"
            for name, value, unit, meaning in self._rows()
        )
        return f"<table><caption><code>{escape(self._call())}</code></caption>{''.join(cells)}</table>"

    def _call(self) -> str:
        """The call that gives this solution, without what is by default."""
        import numpy as np

        given = []
        for p in self.model.parameters:
            value = self.parameters[p.name]
            if isinstance(value, np.ndarray):
                given.append(f"{p.name}={_brief(value)}")
            elif value != _default(p):
                given.append(f"{p.name}={value!r}")
        given += [f"{k}={v}" for k, v in self.settings.items()]
        return f"{self.model.name}({', '.join(given)})"

    def _rows(self) -> list[tuple[str, str, str, str]]:
        import numpy as np

        rows = []
        if self.shape == ():
            if self.status is not None:
                return [("status", self.status, "", "")]
        elif failed := sum(s is not None for s in self.status.flat):
            rows.append(("status", f"{failed} of {self.status.size} without an answer", "", ""))
        for o in self.model.outcomes:
            value = self.outcomes[o.name]
            shown = _brief(value) if isinstance(value, np.ndarray) else _word(value)
            unit = "" if o.labels else o.unit
            rows.append((o.name, shown, f"{unit}, after 1, 2 … years" if o.yearly else unit, o.meaning))
        return rows


RESERVED = tuple(f.name for f in fields(Solution))
"""Names that no outcome may have."""


def _word(x: Any) -> str:
    """As it is shown: what rounding leaves of nothing is 0."""
    return f"{0.0 if abs(x) < 1e-12 else x:.6g}" if isinstance(x, float) else str(x)


def _brief(x: np.ndarray) -> str:
    flat = x.ravel()
    if flat.size <= 4:
        return "[" + ", ".join(map(_word, flat.tolist())) + "]"
    first, *_, last = flat.tolist()
    return f"[{_word(first)}, …, {_word(last)}] ({' × '.join(map(str, x.shape))})"


def _default(p: Parameter) -> Any:
    return p.labels[int(p.default)] if p.labels else p.default


# --- Calling a model --------------------------------------------------------------------------


def call(model: Model, given: Mapping[str, Any]) -> Solution:
    """Solve a model at one point, or at the points of arrays that broadcast.

    Args:
        model: The model.
        given: Parameters, numbers or arrays (words for a choice), and settings; the others take their
            defaults.

    Raises:
        UsageError: A name is neither parameter nor setting, or a value lies outside its domain.
    """
    import numpy as np

    settings = checked_settings(model, {k: v for k, v in given.items() if k in model.settings})
    faults: list[str] = []
    numbers: dict[str, np.ndarray] = {}
    for key, value in given.items():
        if key in settings:
            continue
        if key not in model.by_name:
            faults.append(unknown(model, key, (*model.by_name, *model.settings), "parameter or setting"))
            continue
        try:
            numbers[key] = coded(model.by_name[key], value)
        except ValueError as problem:
            faults.append(f"{key}: {problem}")
    refuse(f"{model.name}: cannot be solved as asked", faults)
    try:
        shape = np.broadcast_shapes(*(x.shape for x in numbers.values()))
    except ValueError:
        shapes = ", ".join(f"{k} {v.shape}" for k, v in numbers.items() if v.shape)
        raise UsageError(f"{model.name}: arrays of shapes that do not broadcast: {shapes}") from None
    if shape and 0 in shape:
        raise UsageError(f"{model.name}: an array of no points, expected at least one")
    records = {
        p.name: np.broadcast_to(numbers.get(p.name, np.float64(p.default)), shape).ravel()
        for p in model.parameters
    }
    groups = list(solve_records(model, records, settings=settings))
    if len(groups) > 1:
        raise UsageError(f"{model.name}: horizon cannot differ inside a batch; expected one number")
    shown = {}
    for p in model.parameters:
        value = given.get(p.name, _default(p))
        shown[p.name] = value if np.ndim(value) == 0 else _frozen(np.array(value))
    return _solution(model, shown, settings, groups[0].solved, shape)


def solve(
    model: Model | str,
    points: Iterable[Mapping[str, Any]],
    *,
    settings: Mapping[str, int] | None = None,
    jobs: int = 1,
    single: bool = False,
) -> list[Solution]:
    """Solve a model at a list of points, in one batch.

    Args:
        model: The model or its name.
        points: A mapping of parameters each; what it leaves out takes the default.
        settings: Sizes of grids other than the model's defaults.
        jobs: Chunks of points worked on at the same time. With more than one, a script needs the usual
            ``if __name__ == "__main__"``.
        single: Single precision: faster, six digits.

    Returns:
        A solution for each point, in order; one that cannot be solved has a `status`.

    Raises:
        UsageError: There is no such model, or points have faults; all of them are named.
    """
    import numpy as np

    model = get(model) if isinstance(model, str) else model
    chosen = checked_settings(model, settings or {})
    points = list(points)
    faults = point_faults(model, points)
    refuse(f"{model.name}: {count(len(faults), 'fault')} in the points", faults)
    found: list[Solution | None] = [None] * len(points)
    records = {
        p.name: np.array([p.code(x[p.name]) if p.name in x else p.default for x in points])
        for p in model.parameters
    }
    dtype = "float32" if single else "float64"
    for group in solve_records(model, records, settings=chosen, jobs=jobs, dtype=dtype):
        for column, i in enumerate(group.members):
            shown = {p.name: points[i].get(p.name, _default(p)) for p in model.parameters}
            found[i] = _solution(model, shown, chosen, _one(group.solved, column), ())
    return [x for x in found if x is not None]


def _one(solved: Solved, column: int) -> Solved:
    from detente.engine.batch import Solved

    pick = slice(column, column + 1)
    return Solved(
        {k: v[..., pick] for k, v in solved.outcomes.items()},
        {k: v[..., pick] for k, v in solved.gaps.items()},
        solved.status[pick],
    )


def _solution(
    model: Model, parameters: dict[str, Any], settings: dict[str, int], solved: Solved, shape: tuple[int, ...]
) -> Solution:
    import numpy as np

    outcomes = {o.name: _value(o, solved.outcomes[o.name], shape) for o in model.outcomes}
    gaps = {k: float(v[0]) if shape == () else _frozen(v.reshape(shape)) for k, v in solved.gaps.items()}
    status: Any = solved.status[0]
    if shape != ():
        status = np.empty(len(solved.status), object)
        status[:] = solved.status
        status = _frozen(status.reshape(shape))
    frozen = MappingProxyType
    return Solution(
        model, frozen(parameters), frozen(settings), frozen(outcomes), frozen(gaps), status, shape
    )


def _value(outcome: Outcome, x: np.ndarray, shape: tuple[int, ...]) -> Any:
    """An outcome as its user meets it: shape of the batch, with years or deals last."""
    import numpy as np

    if outcome.labels:
        words = np.array([word(outcome, y) for y in x.ravel()], object).reshape(x.shape)
        return words.ravel()[0] if shape == () else _frozen(words.reshape(shape))
    if x.ndim == 1:
        return float(x[0]) if shape == () else _frozen(x.reshape(shape))
    return _frozen(np.moveaxis(x, -1, 0).reshape(*shape, x.shape[0]))


def _frozen(x: np.ndarray) -> np.ndarray:
    x = x.copy()
    x.flags.writeable = False
    return x


# --- What a model says of itself -----------------------------------------------------------------


def signature(model: Model) -> Signature:
    """Parameters and settings as keywords with their defaults, for completion and ``help``."""
    from inspect import Parameter as Argument
    from inspect import Signature

    defaults = {**{p.name: _default(p) for p in model.parameters}, **model.settings}
    return Signature(
        [Argument(name, Argument.KEYWORD_ONLY, default=x) for name, x in defaults.items()],
        return_annotation=Solution,
    )


def document(model: Model) -> str:
    """A model's help: parameters with units and domains, outcomes, conditions, sources."""
    lines = [model.title, "", "Args:"]
    for p in model.parameters:
        domain = ", ".join(map(repr, p.labels)) if p.labels else p.expected
        lines.append(f"    {p.name}: {p.meaning}; {domain}; {_default(p)!r} by default.")
    lines += [f"    {k}: A setting: size of a grid; {v} by default." for k, v in model.settings.items()]
    lines += ["", "Returns:", "    A `detente.Solution` with the attributes:", ""]
    for o in model.outcomes:
        kind = ", ".join(map(repr, o.labels)) if o.labels else o.unit
        lines.append(f"    {o.name}: {o.meaning} ({kind}{', for each year' if o.yearly else ''}).")
    for title, rows in (
        ("Needs:", [c.text for c in model.conditions]),
        ("Where there are several equilibria:", [model.selection] if model.selection else []),
        ("Sources:", list(model.sources)),
    ):
        if rows:
            lines += ["", title, *(f"    {row}" for row in rows)]
    return "\n".join(lines)
