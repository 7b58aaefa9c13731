"""What commands share: words of the form ``name=value``, and files that are not overwritten."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from detente.engine import device
from detente.errors import UsageError
from detente.model import Model
from detente.points import checked_settings


def refuse_existing(path: Path, force: bool, option: str) -> None:
    """Refuse a file that exists, before the work that is to be written there.

    Raises:
        UsageError: It exists, and `force` is not given.
    """
    if path.exists() and not force:
        raise UsageError(
            f"{path}: exists already and is left as it is; --force overwrites, or choose another {option}"
        )


def add_settings(parser: Any) -> None:
    """Register the option for sizes of grids."""
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=N",
        help="size of a grid of the model; detente gallery MODEL lists them",
    )


def settings(model: Model, given: Sequence[str]) -> dict[str, int]:
    """Sizes of grids from ``name=number``.

    Raises:
        UsageError: A word is not of that form, or the setting does not exist.
    """
    return checked_settings(model, pairs(given, "--set"))


def pairs(given: Sequence[str], option: str) -> dict[str, Any]:
    """``name=value`` as a mapping: numbers as numbers, other words as they are.

    Raises:
        UsageError: A word is not of that form, or a name is given twice.
    """
    found: dict[str, Any] = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign or not name.strip() or not value.strip():
            raise UsageError(f'{option}: found "{text}", expected NAME=VALUE')
        if name.strip() in found:
            raise UsageError(f"{option}: {name.strip()} is given twice")
        try:
            number = json.loads(value)
        except ValueError:
            number = value.strip()
        found[name.strip()] = number if isinstance(number, int | float) else value.strip()
    return found


def checked(option: str, value: int, low: int, high: int) -> None:
    """Refuse a whole number that is out of range.

    Raises:
        UsageError: It is.
    """
    if not low <= value <= high:
        raise UsageError(f"{option}: found {value}, expected a whole number from {low} to {high:,}")


def processes(given: int | None) -> int:
    """How many processes are to work: as given, or as many as there are cores for this one.

    Raises:
        UsageError: The number given is out of range.
    """
    if given is None:
        return device.cores()
    checked("--jobs", given, 1, 1024)
    return given
