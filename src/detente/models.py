"""The register of models: an explicit table, nothing registers itself.

A model's file is `detente/gallery/NAME.py`; ``detente.models.NAME`` is the model itself.
"""

from __future__ import annotations

from importlib import import_module

from detente.errors import UsageError
from detente.model import Model
from detente.parameter import nearest

NAMES = (
    "redline",
    "preventive_war",
    "rubinstein1982",
    "zagare_kilgour1993",
    "fearon1997",
    "abreu_gul2000",
    "jervis1978",
    "carlsson_vandamme1993",
    "kydd2000",
    "kydd2005",
    "tullock1980",
    "hirshleifer1991",
    "dresher1962",
    "powell2006",
    "coe_vaynman2020",
    "fearon1995_first_strike",
    "fearon1995_preventive",
    "fearon1996",
    "signorino1999",
    "spaniel2019",
    "fearon1995",
    "powell1999",
    "smith1995",
    "debs_monteiro2014",
    "meirowitz_sartori2008",
    "fudenberg_tirole1983",
)


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
