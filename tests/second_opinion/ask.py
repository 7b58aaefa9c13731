"""Ask other people's solvers: run by the Python of .venv-peers, never imported by the tests or the product.

``python ask.py JOBS.json`` prints a JSON list with one answer for each job. A job is an object:

    {"ask": "logit", "efg": PATH, "precisions": [1, 5, 20]}   agent logit equilibria on the principal branch
                                                              (with "play": false their values alone: of
                                                              a deep tree it takes minutes to tell the rest)
    {"ask": "nash", "efg": PATH, "solver": "enumpoly"}        equilibria (lcp, enumpoly, enumpure, enummixed)
    {"ask": "regret", "efg": PATH, "plays": [...]}            what players could gain against given play
    {"ask": "write", "game": NAME}                            a game of Gambit's catalogue as Gambit writes it
    {"ask": "rewrite", "efg" or "nfg": PATH}                  the same game, read and written by Gambit
    {"ask": "stochastic", "pays": …, "moves": …, "discount": …, "precision": …, "play": …, "values": …}
                                             a stationary logit equilibrium on the principal branch of a
                                             stochastic game, and how far the given one is an equilibrium

Play is given by player and information set, in the order in which the sets come in the tree.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path


def play(profile) -> list:
    """Probabilities by player, information set, action."""
    game = profile.game
    return [[[float(x) for x in dict(actions).values()] for _, actions in profile[p]] for p in game.players]


def answer(profile, whole: bool = True) -> dict:
    """Play and the players' values under it."""
    values = [float(profile.payoffs[p]) for p in profile.game.players]
    return {"play": play(profile) if whole else [], "values": values}


def logit(job: dict) -> list:
    import pygambit

    game = pygambit.read_efg(job["efg"])
    # Small steps: where two branches come close, larger ones may jump from one to the other.
    points = pygambit.qre.logit_solve_lambda(game, job["precisions"], first_step=0.01, max_accel=1.05)
    return [answer(p.profile, job.get("play", True)) for p in points]


def nash(job: dict) -> list:
    import pygambit

    game = pygambit.read_efg(job["efg"])
    solver = job["solver"]
    if solver == "lcp":
        return [answer(pygambit.nash.lcp_solve(game, rational=False).equilibrium)]
    if solver == "enummixed":  # sets of equilibria by their corners
        found = pygambit.nash.enummixed_solve(game, cliques=True)
        return [[answer(e.as_behavior()) for e in clique] for clique in found.cliques]
    solve = {"enumpoly": pygambit.nash.enumpoly_solve, "enumpure": pygambit.nash.enumpure_agent_solve}[solver]
    return [answer(e) for e in solve(game).equilibria]


def regret(job: dict) -> list:
    import pygambit

    game = pygambit.read_efg(job["efg"])
    found = []
    for one in job["plays"]:
        profile = game.mixed_behavior_profile(data=one)
        values = [float(profile.payoffs[p]) for p in game.players]
        found.append({"regret": float(profile.max_regret()), "values": values})
    return found


def write(job: dict) -> str:
    import pygambit

    return pygambit.catalog.load(job["game"]).to_efg()


def rewrite(job: dict) -> str:
    import pygambit

    if "nfg" in job:
        return pygambit.read_nfg(job["nfg"]).to_nfg()
    return pygambit.read_efg(job["efg"]).to_efg()


def stochastic(job: dict) -> dict:
    import numpy as np

    setattr(np, "NaN", np.nan)  # noqa: B010 - a name that NumPy 2 dropped and sgamesolver 1.0.2 still uses
    sys.path.insert(0, str(next(Path(sys.prefix).glob("sgamesolver-*/"))))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import sgamesolver

        game = sgamesolver.SGame(job["pays"], job["moves"], job["discount"])
        homotopy = sgamesolver.homotopy.QRE(game, implementation="numpy")
    homotopy.solver_setup(target_lambda=job["precision"])
    solver = homotopy.solver
    solver.verbose, solver.max_steps = 0, 20_000
    solver.set_parameters(convergence_tol=1e-11, corrector_tol=1e-11, ds_inflation_factor=1.1)
    arrived = bool(solver.start()["success"])
    play, values, precision = homotopy.y_to_sigma_V_t(solver.y, zeros=True)
    given = homotopy.sigma_V_t_to_y(np.array(job["play"]), np.array(job["values"]), job["precision"])
    return {
        "arrived": arrived,
        "precision": float(precision),
        "play": play.tolist(),  # by state, player, action
        "values": values.tolist(),  # by state, player; a sum over years, not a mean
        "off": float(np.abs(homotopy.H(given)).max()),  # how far the play given is an equilibrium to it
    }


if __name__ == "__main__":
    kinds = {f.__name__: f for f in (logit, nash, regret, write, rewrite, stochastic)}
    jobs = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    sys.stdout.write(json.dumps([kinds[job["ask"]](job) for job in jobs]))
