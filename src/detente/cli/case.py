"""Commands about case files."""

from typing import Any


def add(commands: Any) -> None:
    """Register the commands."""
