"""Other people's solvers, run by the Python of .venv-bench: ``python -m benchmarks.peers.theirs JOB``.

Every function does one kind of job and tells of each game as soon as it is solved. Seconds are those of the
solve alone; to read a game from its text or arrays is not counted.
"""

from __future__ import annotations

import pickle
import sys
import time
import warnings
from pathlib import Path

import numpy as np

from benchmarks.peers.asking import tell


def versions() -> None:
    """Versions of everything here."""
    from importlib.metadata import version

    names = ("pygambit", "open_spiel", "sgamesolver", "numpy", "numba", "scipy")
    tell("versions", **{x: version(x) for x in names})


def logit(games: list[str], precision: float) -> None:
    """Gambit: the agent logit equilibrium on the principal branch, at one precision."""
    import pygambit

    for text in games:
        game = pygambit.read_efg(_file(text))
        start = time.perf_counter()
        (found,) = pygambit.qre.logit_solve_lambda(game, [precision])
        _game(start, values=[float(found.profile.payoffs[p]) for p in game.players])


def nash(games: list[str], solver: str) -> None:
    """Gambit: a Nash equilibrium."""
    import pygambit

    for text in games:
        game = pygambit.read_efg(_file(text))
        start = time.perf_counter()
        if solver == "lcp":
            profile = pygambit.nash.lcp_solve(game, rational=False).equilibrium
        else:
            profile = pygambit.nash.logit_solve(game).equilibrium
        values = [float(profile.payoffs[p]) for p in game.players]
        _game(start, values=values)


def cfr(games: list[str], regret: float, most: int) -> None:
    """OpenSpiel: CFR+ in C++, until neither player could gain the regret; looked at ever more rarely."""
    import pyspiel

    for text in games:
        game = pyspiel.load_efg_game(text)
        start = time.perf_counter()
        solver = pyspiel.CFRPlusSolver(game)
        done, due, gap, policy = 0, 10, np.inf, None
        while gap > regret and done < most:
            for _ in range(due - done):
                solver.evaluate_and_update_policy()
            done, due = due, min(most, int(due * 1.3) + 1)
            policy = solver.average_policy()
            gap = pyspiel.nash_conv(game, policy)
        seconds = time.perf_counter() - start
        root = game.new_initial_state()
        values = pyspiel.expected_returns(root, policy, -1, True)
        tell("game", seconds=seconds, gap=float(gap), iterations=done, values=list(values))


def random_games(states: int, actions: int, discount: float, seeds: int, **how) -> None:
    """sgamesolver on its own random games."""
    sgamesolver = _sgamesolver()
    for seed in range(seeds):
        game = sgamesolver.SGame.random_game(states, 2, actions, delta=discount, seed=seed)
        _homotopy(sgamesolver, game, **how)


def given_games(games: list, **how) -> None:
    """sgamesolver on games given as pay-offs and transitions by state."""
    sgamesolver = _sgamesolver()
    for pays, moves, discount, precision in games:
        _homotopy(sgamesolver, sgamesolver.SGame(pays, moves, discount), precision=precision, **how)


def _homotopy(sgamesolver, game, method: str, precision: float = np.inf) -> None:
    """One game by one homotopy, as the package sets it up by default."""
    homotopy = getattr(sgamesolver.homotopy, method)(game)
    start = time.perf_counter()
    homotopy.solver_setup(**({"target_lambda": precision} if method == "QRE" else {}))
    homotopy.solver.verbose, homotopy.solver.max_steps = 0, 20_000
    homotopy.solve()
    seconds = time.perf_counter() - start
    found = homotopy.equilibrium
    tell(
        "game",
        seconds=seconds,
        solved=found is not None,
        compiled=type(homotopy).__name__.endswith("_ct"),
        gap=None if found is None else float(game.check_equilibrium(found.strategies).max()),
        values=None if found is None else found.values.tolist(),
    )


def scalar(draws: np.ndarray, horizon: int, years: int, how: str, threads: int, chunk: int) -> None:
    """The red-line game in Numba or NumPy: the answers of the first chunk, then a timed run of all."""
    from importlib import import_module

    module = import_module(f"benchmarks.peers.redline_{how}")
    if how == "numba":
        import numba

        numba.set_num_threads(threads)
    start = time.perf_counter()
    head, yearly = module.solve(draws[:chunk], horizon, years)
    tell("first", seconds=time.perf_counter() - start, head=head.tolist(), yearly=yearly.tolist())
    for _ in range(3):
        start = time.perf_counter()
        for i in range(0, len(draws), chunk):
            module.solve(draws[i : i + chunk], horizon, years)
        tell("run", seconds=(time.perf_counter() - start) / len(draws))


def _game(start: float, **answer) -> None:
    tell("game", seconds=time.perf_counter() - start, **answer)


def _file(text: str):
    from io import BytesIO

    return BytesIO(text.encode())


def _sgamesolver():
    setattr(np, "NaN", np.nan)  # noqa: B010 - a name that NumPy 2 dropped and sgamesolver 1.0.2 still uses
    warnings.simplefilter("ignore")
    import sgamesolver

    return sgamesolver


if __name__ == "__main__":
    job = pickle.loads(Path(sys.argv[1]).read_bytes())
    globals()[job.pop("kind")](**job)
