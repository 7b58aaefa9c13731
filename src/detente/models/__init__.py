"""The register of models: an explicit table, nothing registers itself."""

from __future__ import annotations

from importlib import import_module

from detente.errors import UsageError
from detente.model import Model
from detente.parameter import nearest

NAMES = ("redline", "preventive_war")


def get(name: str) -> Model:
    """The model of that name.

    Raises:
        UsageError: There is no such model; the message names the nearest.
    """
    if name not in NAMES:
        close = nearest(name, NAMES)
        hint = f' Did you mean "{close}"?' if close else ""
        raise UsageError(f'model: found "{name}", expected one of {", ".join(NAMES)}.{hint}')
    return import_module(f"detente.models.{name}").MODEL
