"""``detente run``: a case from its file to its answer."""

from typing import Any


def add(commands: Any) -> None:
    """Register the command."""
