"""The laboratory in a notebook: sliders of a case's assumptions, and its answer while they move."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from detente.case.case import Case
from detente.errors import UsageError

if TYPE_CHECKING:
    from detente.lab.notebook.widget import Sliders


def sliders(case: Case | str | Path, show: Iterable[str] | None = None) -> Sliders:
    """Sliders for a notebook (Jupyter, or whatever shows widgets); needs the extra ``notebook``.

    Args:
        case: The case, its file, or the id of a packaged one.
        show: The assumptions that get a slider; None: the three that move the answer most.

    Raises:
        CaseError: The case is wrong; UsageError: an assumption is, or anywidget is not installed.
    """
    try:
        from detente.lab.notebook.widget import Sliders
    except ImportError:
        raise UsageError(
            'sliders: found no anywidget here; install it with: pip install "detente[notebook]"'
        ) from None
    from detente.exploration import load_case

    return Sliders(load_case(case) if isinstance(case, str | Path) else case, show)
