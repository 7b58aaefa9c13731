"""Printing to a terminal, or plainly where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

RIGHT: dict[str, Any] = {"justify": "right", "no_wrap": True}
"""Of columns of numbers."""

WIDTH = 110
"""Columns where the output is no terminal."""


@contextmanager
def printed(terminal: bool) -> Iterator[Console]:
    """A console; what it is given elsewhere than in a terminal comes out without colours or padding."""
    from rich.console import Console

    if terminal:
        yield Console(highlight=False)
        return
    text = StringIO()
    yield Console(width=WIDTH, highlight=False, no_color=True, file=text)
    for line in text.getvalue().splitlines():
        print(line.rstrip())


def table(title: str, *columns: tuple[str, dict[str, Any]]) -> Table:
    """A table without lines, as wide as the terminal; each column is a heading and its options."""
    from rich.table import Table

    found = Table(
        title=f"\n{title}",
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
        expand=True,
        header_style="dim",
    )
    for heading, options in columns:
        found.add_column(heading, **options)
    return found
