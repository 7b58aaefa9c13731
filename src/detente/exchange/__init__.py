"""Games as files that other solvers read and write: Gambit's .efg and .nfg."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from detente.exchange.solvable import read, read_tree
    from detente.exchange.unrolling import unroll, unroll_model

_HOME = {"read": "solvable", "read_tree": "solvable", "unroll": "unrolling", "unroll_model": "unrolling"}

__all__ = ["read", "read_tree", "unroll", "unroll_model"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'detente.exchange' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"detente.exchange.{_HOME[name]}"), name)
