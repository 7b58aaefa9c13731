"""The register of models: an explicit table, nothing registers itself.

A model's file is `detente/gallery/NAME.py`; ``detente.models.NAME`` is the model itself.
"""

from __future__ import annotations

from importlib import import_module

from detente.errors import UsageError
from detente.model import Model
from detente.parameter import nearest

THEMES = {
    "Disputes over a capability": ("redline", "preventive_war"),
    "Bargaining in the shadow of war": (
        "rubinstein1982",
        "fearon1995",
        "powell1999",
        "fearon1995_first_strike",
        "fudenberg_tirole1983",
        "abreu_gul2000",
    ),
    "Shifting power and commitment": ("fearon1995_preventive", "fearon1996", "powell2006", "spaniel2019"),
    "Deterrence and signals": ("signorino1999", "zagare_kilgour1993", "fearon1997", "smith1995"),
    "The security dilemma and trust": ("jervis1978", "carlsson_vandamme1993", "kydd2000", "kydd2005"),
    "Arming in secret, and monitoring": (
        "dresher1962",
        "meirowitz_sartori2008",
        "debs_monteiro2014",
        "coe_vaynman2020",
    ),
    "Contests of effort": ("tullock1980", "hirshleifer1991"),
}
"""Models by what they are about."""

NAMES = tuple(name for names in THEMES.values() for name in names)


def get(name: str) -> Model:
    """The model of that name.

    Raises:
        UsageError: There is no such model; the message names the nearest.
    """
    if name not in NAMES:
        close = nearest(name, NAMES)
        hint = f' Did you mean "{close}"?' if close else ""
        raise UsageError(f'model: found "{name}", expected one of {", ".join(NAMES)}.{hint}')
    return import_module(f"detente.gallery.{name}").MODEL


def registered(model: Model) -> bool:
    """Whether a model is the register's own, not a stranger's or a changed copy."""
    return model.name in NAMES and get(model.name) is model


def __getattr__(name: str) -> Model:
    if name in NAMES:
        return get(name)
    raise AttributeError(f"module 'detente.models' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*NAMES, "NAMES", "get", "registered"]
