"""Ask other people's tools of sensitivity and scenario discovery; run by the Python of .venv-peers.

``python ask_study.py JOBS.json`` prints a JSON list with one answer for each job. A job is an object:

    {"ask": "salib", "y": Y}                  first-order and total effects; Y is [block, point], A, B, AB…
    {"ask": "openturns", "y": Y}              the same by OpenTURNS (Jansen's estimators)
    {"ask": "salib_shapley", "x": X, "y": Y}  Shapley effects along walks; X is [block, parameter, point]
    {"ask": "ema", "x": X, "y": Y, "part": P, "least": L, "labels": {…}}   the peeling of the EMA Workbench
    {"ask": "prim", …}                        the same by the package prim; X is [axis, draw] or "bryant"
    {"ask": "bryant"}                         data of Bryant and Lempert (2010), from the EMA Workbench
"""

from __future__ import annotations

import json
import logging
import sys
import warnings
from pathlib import Path


def salib(job: dict) -> dict:
    import numpy as np
    from SALib.analyze import sobol

    y = np.array(job["y"])
    rows = np.concatenate((y[:1], y[2:], y[1:2]))  # in the order A, AB…, B, point by point
    problem = {"num_vars": len(y) - 2, "names": [f"x{i}" for i in range(len(y) - 2)], "bounds": [[0, 1]]}
    found = sobol.analyze(problem, rows.T.ravel(), calc_second_order=False, seed=1)
    return {"first": found["S1"].tolist(), "total": found["ST"].tolist()}


def openturns(job: dict) -> dict:
    import numpy as np
    import openturns as ot

    y = np.array(job["y"])
    blocks, points = y.shape
    inputs = ot.Sample(blocks * points, blocks - 2)  # its values are not looked at
    found = ot.JansenSensitivityAlgorithm(inputs, ot.Sample(y.ravel()[:, None].tolist()), points)
    return {"first": list(found.getFirstOrderIndices()), "total": list(found.getTotalOrderIndices())}


def salib_shapley(job: dict) -> list:
    import numpy as np
    from SALib.analyze import shapley

    # SALib measures against the start of a walk, Détente against its end.
    x, y = np.array(job["x"])[::-1], np.array(job["y"])[::-1]
    width = x.shape[1]
    problem = {"num_vars": width, "names": [f"x{i}" for i in range(width)], "bounds": [[0, 1]] * width}
    found = shapley.analyze(problem, x.transpose(2, 0, 1).reshape(-1, width), y.T.ravel())
    return np.asarray(found["shapley_normalized"]).tolist()


def _frame(job: dict):
    import numpy as np
    import pandas as pd

    if job["x"] == "bryant":
        job |= bryant(job)
    columns = {f"x{i}": np.array(row, dtype=float) for i, row in enumerate(job["x"])}
    for name, words in job.get("labels", {}).items():
        columns[name] = np.array(words, dtype=object)[columns[name].astype(int)]
    return pd.DataFrame(columns), np.array(job["y"]).astype(int)


def ema(job: dict) -> dict:
    from ema_workbench.analysis import prim as ema_prim

    x, y = _frame(job)
    search = ema_prim.Prim(x, y, threshold=0.01, peel_alpha=job["part"], mass_min=job["least"])
    search._paste = lambda box: box  # peeling alone
    box = search.find_box()
    path = box.peeling_trajectory
    return {
        "coverage": path["coverage"].tolist(),
        "density": path["density"].tolist(),
        "mass": path["mass"].tolist(),
        "limits": {
            name: [x if isinstance(x, float) else sorted(x) for x in box.box_lims[-1][name]]
            for name in x.columns
        },
        "p": {name: list(values) for name, values in box.qp[len(path) - 1].items()},
    }


def prim(job: dict) -> dict:
    import prim as package

    x, y = _frame(job)
    search = package.Prim(
        x, y, threshold=0.01, threshold_type=">", peel_alpha=job["part"], mass_min=job["least"]
    )
    path = search.find_box().peeling_trajectory
    return {name: path[name].tolist() for name in ("coverage", "density", "mass")}


def bryant(job: dict) -> dict:
    import ema_workbench
    import pandas as pd

    data = pd.read_csv(
        Path(ema_workbench.__file__).parent / "examples" / "data" / "bryant et al 2010 data.csv"
    )
    x = data.iloc[:, 2:11].astype(float)
    return {"names": list(x.columns), "x": x.to_numpy().T.tolist(), "y": data.iloc[:, 15].tolist()}


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    kinds = {f.__name__: f for f in (salib, openturns, salib_shapley, ema, prim, bryant)}
    jobs = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    sys.stdout.write(json.dumps([kinds[job["ask"]](job) for job in jobs]))
