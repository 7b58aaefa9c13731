"""Détente: the strategic games of a dispute, described, solved and checked.

::

    import detente

    detente.models.preventive_war(power_shift=0.2).strike_hazard
    detente.plot("preventive_war")
    detente.explore("missile-limits", draws=256)

Nothing heavy is imported until something is solved or drawn.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from detente import models
    from detente.contract import check_model
    from detente.errors import CaseError, DetenteError, ModelError, RunError, UsageError
    from detente.exploration import Study, compare, explore, load_case
    from detente.figures.models import plot
    from detente.lab.notebook import sliders
    from detente.solution import Solution, solve

_HOME = {
    "models": "detente.models",
    "solve": "detente.solution",
    "Solution": "detente.solution",
    "Study": "detente.exploration",
    "explore": "detente.exploration",
    "compare": "detente.exploration",
    "load_case": "detente.exploration",
    "plot": "detente.figures.models",
    "sliders": "detente.lab.notebook",
    "check_model": "detente.contract",
    "DetenteError": "detente.errors",
    "CaseError": "detente.errors",
    "ModelError": "detente.errors",
    "RunError": "detente.errors",
    "UsageError": "detente.errors",
}

__all__ = [
    "CaseError",
    "DetenteError",
    "ModelError",
    "RunError",
    "Solution",
    "Study",
    "UsageError",
    "check_model",
    "compare",
    "explore",
    "load_case",
    "models",
    "plot",
    "sliders",
    "solve",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'detente' has no attribute {name!r}")
    module = import_module(_HOME[name])
    found = module if name == "models" else getattr(module, name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return list(__all__)
