"""Pictures of models: what the literature draws of a theory, solved in one batch.

Three kinds: lines over a parameter, a map of an outcome over two parameters, and paths over the years.
Points without an answer are gaps, and the picture says how many and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from detente.errors import UsageError
from detente.figures.figure import FORMATS, Figure
from detente.figures.lines import Drawn, draw_lines
from detente.figures.maps import draw_map
from detente.model import Model, Picture
from detente.models import get
from detente.points import Progress, checked_settings, solve_records, unknown

if TYPE_CHECKING:
    import numpy as np

__all__ = ["FORMATS", "Figure", "plot"]


def plot(
    model: Model | str,
    picture: Picture | None = None,
    *,
    at: Mapping[str, Any] | None = None,
    settings: Mapping[str, int] | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Figure:
    """Draw a model's picture, or another one of it.

    Args:
        model: The model or its name.
        picture: What to draw instead of the model's own picture.
        at: Parameters that differ from those of the picture.
        settings: Sizes of grids other than the model's defaults.
        jobs: Chunks of points worked on at the same time.
        progress: Told how many points are solved, and how many there are.

    Raises:
        UsageError: The model has no picture, or a parameter or setting does not exist.
    """
    model = get(model) if isinstance(model, str) else model
    picture = picture or model.picture or usual(model)
    fixed = _fixed(model, picture, at or {})
    chosen = checked_settings(model, settings or {})
    records = _records(model, picture, fixed)
    groups = list(solve_records(model, records, settings=chosen, jobs=jobs, progress=progress))
    drawn = Drawn(model, picture, fixed, chosen, records, groups[0].solved)
    return draw_lines(drawn) if picture.across is None else draw_map(drawn)


def usual(model: Model) -> Picture:
    """Paths of what a model shows, where nobody has said what the literature draws.

    Raises:
        UsageError: It has no yearly probabilities.
    """
    shown = model.shown or tuple(o.name for o in model.outcomes if o.yearly)
    chances = tuple(n for n in shown if model.outcome(n).unit == "probability")
    if not chances:
        raise UsageError(f"{model.name}: has no picture; see detente gallery {model.name}")
    return Picture(model.title, y=chances, path=True)


def _fixed(model: Model, picture: Picture, at: Mapping[str, Any]) -> dict[str, float]:
    """Every parameter's number away from what the picture moves."""
    fixed = {p.name: p.default for p in model.parameters} | dict(picture.at)
    for name, value in at.items():
        if name not in model.by_name:
            raise UsageError(unknown(model, name, model.by_name, "parameter"))
        if name in picture.moved:
            raise UsageError(f"{name}: is what the picture of {model.name} moves; expected another parameter")
        try:
            fixed[name] = model.by_name[name].code(value)
        except ValueError as problem:
            raise UsageError(f"{name}: {problem}") from None
    return fixed


def _records(model: Model, picture: Picture, fixed: Mapping[str, float]) -> dict[str, np.ndarray]:
    """One record for each point of the picture: the vertical axis or the lines outside, x inside."""
    import numpy as np

    axes: dict[str, np.ndarray] = {}
    if picture.across is not None:
        axes[picture.across.parameter] = np.array(picture.across.places(cells=True))
    if picture.by is not None:
        axes[picture.by[0]] = np.array(picture.by[1], float)
    if picture.x is not None and not picture.path:
        axes[picture.x.parameter] = np.array(picture.x.places(cells=picture.across is not None))
    table = np.meshgrid(*axes.values(), indexing="ij") if axes else []
    size = table[0].size if axes else 1
    moved = {name: x.ravel() for name, x in zip(axes, table, strict=True)}
    return {p.name: moved.get(p.name, np.full(size, fixed[p.name])) for p in model.parameters}
