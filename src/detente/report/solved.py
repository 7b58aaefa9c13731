"""What pictures need beyond the draws of a run, solved at few points: a map, deals, the first year.

All three are about the case as it is. They are kept in the run folder (``figures.json``), so that a report
made again solves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from detente.case.case import Case
from detente.engine.game import Decision
from detente.model import Model
from detente.report.data import leading
from detente.study.work import Progress, Tell

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Reals = NDArray[np.float64]

COLUMNS, LINES, ENSEMBLE = 17, 13, 11
"""Cells of the map across and up; draws of everything else for which its border is worked out too."""
LEAST = 256
"""Draws of a run for which a map and the first year are worth another compiled program and its solves."""


def pictures(
    case: Case,
    verdicts: Mapping[str, Any],
    figures: Mapping[str, Any],
    *,
    seed: int,
    dtype: str,
    jobs: int = 1,
    tell: Tell = lambda *_: None,
) -> dict[str, Any]:
    """What is to be added to the data of the pictures: ``map``, ``deals``, ``year``, where they can be had.

    Args:
        case: The case.
        verdicts: As in ``verdicts.json``.
        figures: As in ``figures.json``.
        seed: Of the run's draws.
        dtype: Of the run.
        jobs: Processes.
        tell: Gives what is told about the first year and the map.
    """
    from detente.engine.batch import CHUNK
    from detente.models import get
    from detente.study.draws import design

    model = get(case.model)
    if not model.decisive or verdicts.get("deal") is None:
        return {}
    drawn = {n: x for n, x in design(case, seed, 0, CHUNK).values.items() if n in model.by_name}
    found = {"deals": deals(case, model, drawn, dtype)}
    if verdicts["draws"] >= LEAST:
        tell("the first year")  # compiled where it was not before
        found["year"] = play(case, model, drawn)
    names = leading(case, verdicts)
    if names and verdicts["draws"] >= LEAST:
        found["map"] = over(case, model, drawn, names, figures["inputs"], dtype, jobs, tell)
    return {k: x for k, x in found.items() if x}


# --- The map ---------------------------------------------------------------------------------------


def over(
    case: Case,
    model: Model,
    drawn: Mapping[str, Reals],
    names: list[str],
    inputs: Mapping[str, Any],
    dtype: str,
    jobs: int = 1,
    tell: Tell = lambda *_: None,
) -> dict[str, Any]:
    """The decisive outcome over two assumptions: all else at its median, and as in single draws.

    Returns:
        ``names``; ``x`` and ``y``, the places; ``middle``, a row for each place of y; ``ensemble``, the
        same for each draw of everything else, null where there is no answer; ``at``, the median case.
    """
    import numpy as np

    x, y = (
        np.linspace(inputs[n]["low"], inputs[n]["high"], k)
        for n, k in zip(names, (COLUMNS, LINES), strict=True)
    )
    cells = len(x) * len(y)
    across, up = (a.ravel() for a in np.meshgrid(x, y))
    members = [{n: _middle(v, inputs.get(n)) for n, v in drawn.items()}]
    members += [{n: float(v[k]) for n, v in drawn.items()} for k in range(ENSEMBLE)]
    records = {
        n: np.concatenate(
            [across if n == names[0] else up if n == names[1] else np.full(cells, m[n]) for m in members]
        )
        for n in drawn
    }
    table = _solve(case, model, records, dtype, jobs, tell("the map"))[model.decisive].reshape(
        len(members), len(y), len(x)
    )
    return {
        "names": names,
        "x": x.tolist(),
        "y": y.tolist(),
        "middle": _plain(table[0]),
        "ensemble": [_plain(t) for t in table[1:]],
        "at": [members[0][n] for n in names],
    }


def _middle(values: Reals, spread: Mapping[str, Any] | None) -> float:
    """Of a number over all draws, if it is uncertain; else what it is."""
    return float(spread["quantiles"][2]) if spread else float(values[0])


def _plain(table: Reals) -> list[list[float | None]]:
    return [[v if abs(v) < float("inf") else None for v in row] for row in table.tolist()]


# --- Deals -----------------------------------------------------------------------------------------


def deals(case: Case, model: Model, drawn: Mapping[str, Reals], dtype: str) -> dict[str, Any]:
    """What each deal is worth to either side over a chunk of draws; empty for a model without lists of deals.

    Returns:
        ``labels``, ``gains`` by outcome (for each deal its 5, 50 and 95 % quantile), ``both`` (for each deal
        the share of draws in which all gain), ``draws``.
    """
    import numpy as np

    lists = [o for o in model.outcomes if o.per_deal]
    if len(lists) != 2:
        return {}
    solved = _solve(case, model, drawn, dtype)
    gains = [solved[o.name] for o in lists]  # [deal, draw]
    good = np.isfinite(np.concatenate(gains)).all(axis=0)
    if not good.any():
        return {}
    gains = [g[:, good] for g in gains]
    allowed = {int(d) for d in np.unique(drawn["deals"])} if "deals" in drawn else {0}
    labels = _deals(model)
    keep = [
        i
        for i in range(len(gains[0]))
        if 0 in allowed
        or (labels[i].startswith("mutual") if 2 in allowed else labels[i].startswith("one-sided"))
    ]
    return {
        "labels": [labels[i] for i in keep],
        "gains": {
            o.name: np.quantile(g[keep], (0.05, 0.5, 0.95), axis=1).T.tolist()
            for o, g in zip(lists, gains, strict=True)
        },
        "both": [float((np.minimum(*(g[i] for g in gains)) > 0).mean()) for i in keep],
        "draws": int(good.sum()),
    }


def _deals(model: Model) -> list[str]:
    """The deals in words: values of the variable that an offer is made of, the first being none."""
    game = model.game(**dict(model.settings))
    for variable in game.variables:
        if variable.labels and variable.labels[0] == "none":
            return [f"{w} compensation level" if not w[:1].isalpha() else w for w in variable.labels[1:]]
    return []


# --- The first year --------------------------------------------------------------------------------


def play(case: Case, model: Model, drawn: Mapping[str, Reals]) -> dict[str, Any]:
    """Probability of each action in the first year at the start, over a chunk of draws.

    Where what is chosen depends on what was offered, or on a deal that is in force, it is said for each.
    Only for games of a finite number of years with public information.

    Returns:
        ``moments``: for each stage ``stage``, ``player`` (its place among the players, or null), ``moves``
        with ``label``, ``given`` (a condition, or "") and ``quantiles`` (5, 50, 95 %); ``players``;
        ``draws``.
    """
    import numpy as np

    from detente.study.first_year import played, stages, terms

    game, told, under = model.game(**dict(model.settings)), stages(model), terms(model)
    if not told:
        return {}
    years = [
        played(model, case.horizon, {n: x[i : i + 1] for n, x in drawn.items()})
        for i in range(len(next(iter(drawn.values()))))
    ]
    tables = {
        stage["name"]: {
            label: np.array([y[stage["name"]][label] for y in years]) for label in years[0][stage["name"]]
        }
        for stage in told
    }  # each [draw, terms, passing]
    every = np.stack([x.reshape(len(x), -1).sum(axis=1) for t in tables.values() for x in t.values()])
    good = np.isfinite(every).all(axis=0)
    offers = _offers(model, game)
    moments = []
    for stage in told:
        name, found = stage["name"], tables[stage["name"]]
        if stage["passing"]:
            # Of what to do with each offer, only what differs from the first action: to take it.
            cells = [(label, 0, k) for k in range(1, len(stage["passing"])) for label in list(found)[1:]]
        elif stage["bound"]:
            cells = [(label, z, 0) for z in range(1, len(under)) for label in found]
        else:
            cells = [(label, 0, 0) for label in found]
        moves = [
            {
                "label": offers.get((name, label), label),
                "given": stage["passing"][k] if stage["passing"] else under[z],
                "quantiles": np.quantile(found[label][good, z, k], (0.05, 0.5, 0.95)).tolist(),
            }
            for label, z, k in cells
        ]
        if sum(m["quantiles"][2] for m in moves) == 0:
            moves = []  # nothing to choose at the start: only one action is legal there
        who = stage["player"]
        place = game.players.index(who) if who in game.players else None
        moments.append({"stage": name, "player": place, "moves": moves})
    return {"players": list(game.players), "moments": moments, "draws": int(good.sum())}


def _offers(model: Model, game: Any) -> dict[tuple[str, str], str]:
    """What an offer's label means, by stage and label: the value of the variable that passes."""
    from types import SimpleNamespace

    at = SimpleNamespace(**{v.name: 1 for v in game.variables})
    p = SimpleNamespace(**{q.name: q.default for q in model.parameters})
    found = {}
    for v in game.variables:
        stage = next((s for s in game.stages if v.between and s.name == v.between[0]), None)
        if v.labels and isinstance(stage, Decision):
            found |= {
                (stage.name, a.label): v.labels[a.to[v.name]] for a in stage.actions(at, p) if v.name in a.to
            }
    return found


def _solve(
    case: Case,
    model: Model,
    records: Mapping[str, Reals],
    dtype: str,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Mapping[str, Any]:
    """Outcomes at the start of the case as it is; NaN where there is no answer."""
    from detente.engine.batch import CHUNK, moving, solve

    def told(done: int, total: int) -> None:
        if progress is not None:
            progress(done, total, 0)

    named = {n: records[n] for n in moving(model)}
    return solve(
        model, named, horizon=case.horizon, years=0, dtype=dtype, chunk=CHUNK, jobs=jobs, progress=told
    ).outcomes
