"""What tests share: solving a game written in a test, without going through the register of models."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from detente.engine import device
from quick import LITTLE

# Before any test starts the array library with settings of its own: runs in this process and in those that it
# starts would differ in their last digits.
device.ready()


def solve_game(
    game: Any,
    parameters: Mapping[str, Any],
    horizon: int = 1,
    read: Callable[[Any, Any], Mapping[str, Any]] | None = None,
    paths: bool = True,
    keep: str | None = None,
) -> dict[str, Any]:
    """Solve a game for a batch of parameters, in double precision.

    Args:
        game: The game.
        parameters: Numbers of shape [batch] or plain numbers; ``discount`` and ``noise`` are needed.
        horizon: Years played.
        read: ``read(first, p)`` gives more to return from the first year, by name.
        paths: Whether to carry the distribution forward.
        keep: The file of the test, to keep the compiled program on disk as the engine keeps its own. For
            games that take long to compile; one game of these players and shapes in a file.

    Returns:
        ``values`` by player at the start, ``gaps``, ``tallies`` ([year, batch] each), and what `read` gives.
    """
    import jax
    import numpy as np

    from detente.engine.solve import solve

    def run(p: dict[str, Any]) -> dict[str, Any]:
        from types import SimpleNamespace

        answer = solve(game, p, horizon, paths)
        found = {
            "values": dict(zip(game.players, map(answer.first.at, answer.first.values), strict=True)),
            "gaps": dict(answer.gaps),
            "tallies": dict(answer.tallies or {}),
        }
        return found if read is None else {**found, **read(answer.first, SimpleNamespace(**p))}

    names = list(parameters)
    table = np.broadcast_arrays(*(np.atleast_1d(np.asarray(parameters[n], float)) for n in names))
    batch = dict(zip(names, table, strict=True))
    with jax.enable_x64(True):
        if keep is None:
            return jax.device_get(jax.jit(run, compiler_options=LITTLE)(batch))
        key = repr((Path(keep).read_text(), game.players, game.shape, horizon, paths, table[0].shape, names))
        return jax.device_get(
            device.kept(key, lambda: jax.jit(run, compiler_options=LITTLE).lower(batch).compile())(batch)
        )


@pytest.fixture(name="solve_game", scope="session")
def _solve_game() -> Callable[..., dict[str, Any]]:
    return solve_game
