"""A small case that solves in a moment: the scaffold with a horizon of three years."""

from pathlib import Path

import pytest

from detente.case.scaffold import scaffold

YEARS = 3


@pytest.fixture(scope="session")
def small_text() -> str:
    return scaffold("small").replace(
        "  discount:\n",
        f'  horizon:\n    value: {YEARS}\n    source: assumed\n    why: "Short, for a test."\n  discount:\n',
        1,
    )


@pytest.fixture
def small(tmp_path: Path, small_text: str) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(small_text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory, small_text: str) -> Path:
    """The small case, in one file for all tests of a module."""
    path = tmp_path_factory.mktemp("case") / "small.yaml"
    path.write_text(small_text, encoding="utf-8")
    return path
