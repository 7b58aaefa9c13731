"""Outcomes and their exact derivatives, by reverse differentiation of the solver."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detente.model import Model
from detente.models import get

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Reals = NDArray[np.float64]

CHUNK = 2
"""Records differentiated together: few, for a search that is left alone asks for one at a time."""

Wanted = tuple[str, int | None, int | None]
"""An outcome, the years after which it is asked for, the deal: as in a call of a claim."""


def differentiate(
    model: str, horizon: int, paths: bool, records: Reals, wanted: tuple[Wanted, ...]
) -> tuple[Reals, Reals]:
    """One outcome of each record, and its derivatives by the record's parameters.

    Args:
        model: Name of the model.
        horizon: Years played.
        paths: Whether one of them is asked for after n years.
        records: Parameters in the order of `detente.engine.batch.moving`, shape [parameter, record]; at
            most `CHUNK` records.
        wanted: For each record its outcome.

    Returns:
        Values, shape [record], and derivatives, shape [parameter, record]; NaN where there are none.
    """
    import jax
    import numpy as np

    count = records.shape[1]
    full = np.concatenate([records, np.repeat(records[:, -1:], CHUNK - count, axis=1)], axis=1)
    run, shapes = program(model, horizon, paths)
    weights = {name: np.zeros(shape) for name, shape in shapes.items()}
    for i, (name, years, deal) in enumerate(wanted):
        row = (years or deal or 0) - 1
        weights[name][(row, i) if weights[name].ndim == 2 else i] = 1.0
    with jax.enable_x64(True):
        values, slopes = jax.device_get(run(full, weights))
    found = []
    for i, (name, years, deal) in enumerate(wanted):
        x = values[name]
        found.append(float(x[(years or deal or 0) - 1, i] if x.ndim == 2 else x[i]))
    return np.array(found), np.asarray(slopes, dtype=np.float64)[:, :count]


def get_ready(model: str, horizon: int, paths: bool) -> None:
    """Have the program compiled, or fetched from the disk."""
    program(model, horizon, paths)


@lru_cache(maxsize=4)
def program(model: str, horizon: int, paths: bool) -> tuple[Any, dict[str, tuple[int, ...]]]:
    """The compiled program, kept on disk as the engine keeps its own, and the shapes of its outcomes.

    It takes records and, for every outcome, weights of its shape; it gives the outcomes, and the
    derivatives of their weighted sum.
    """
    from detente.engine import device

    device.ready()
    import jax
    import numpy as np

    from detente.engine.batch import moving, traced
    from detente.engine.solve import solve

    found: Model = get(model)
    run = traced(found, horizon, paths, (), solve)
    smooth = {o.name for o in found.outcomes if not o.labels and o.unit != "deal"}

    def outcomes(records: Any) -> dict[str, Any]:
        answer = (run(records, horizon) if paths else run(records))[0]
        return {name: x for name, x in answer.items() if name in smooth}

    def both(records: Any, weights: Any) -> Any:
        values, back = jax.vjp(outcomes, records)
        return values, back(weights)[0]

    with jax.enable_x64(True):
        records = jax.ShapeDtypeStruct((len(moving(found)), CHUNK), np.dtype("float64"))
        shapes = jax.eval_shape(outcomes, records)

        def compile() -> Any:
            return device.compiled(jax.jit(both).lower(records, shapes), settled=True)

        key = (Path(__file__).read_text(encoding="utf-8"), model, device.digest(model), horizon, paths)
        return device.kept(repr(key), compile), {name: x.shape for name, x in shapes.items()}
