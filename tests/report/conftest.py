"""A run that nobody solved: made-up numbers for the scaffold's case, for every section of a report."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detente.case.read import read
from detente.case.scaffold import scaffold
from detente.models import get
from detente.report.data import Plain, RunData, resolved

YEARS, DRAWS = 6, 300


def _share(x: float, draws: int = DRAWS) -> dict[str, Any]:
    return {"share": x, "low": max(x - 0.03, 0.0), "high": min(x + 0.03, 1.0), "draws": draws}


def _bound() -> dict[str, Any]:
    return {
        "name": "trust",
        "says": "trust is above 0.6",
        "low": 0.6,
        "high": None,
        "words": [],
        "p": 0.01,
        "again": 0.9,
    }


def _where(id: str, side: str = "holds") -> dict[str, Any]:
    place = {
        "says": "A deal exists whenever trust is above 0.6.",
        "worth": "This holds in 97 % of the 40 draws there.",
        "bounds": [_bound()],
        "inside": 40,
        "density": 0.97,
        "low": 0.9,
        "high": 0.99,
        "coverage": 0.5,
        "mass": 0.2,
        "failed": 0.0,
        "unseen_density": 0.9,
        "unseen_coverage": 0.4,
    }
    return {
        "id": id,
        "side": side,
        "says": "A deal exists.",
        "share": 0.6,
        "draws": DRAWS,
        "places": [place],
        "reason": "",
    }


def _driven(id: str, says: str) -> dict[str, Any]:
    drivers = [
        {"name": "trust", "effect": 0.41, "low": 0.3, "high": 0.5, "rank": 0.6},
        {"name": "noise", "effect": 0.12, "low": 0.05, "high": 0.2, "rank": -0.3},
        {"name": "demander_strength", "effect": 0.0, "low": -0.01, "high": 0.02, "rank": 0.0},
    ]
    return {"id": id, "says": says, "drivers": drivers, "sum": 0.55, "draws": DRAWS, "reason": ""}


def _effect(id: str, who: str, says: str, share: float) -> dict[str, Any]:
    return {
        "id": id,
        "who": who,
        "says": says,
        "with_deal": _share(share),
        "before": 0.6,
        "shift": round(share - 0.6, 3),
        "opens": max(share - 0.6, 0.0),
        "closes": max(0.6 - share, 0.0),
        "error": 0.01,
        "failed": 3,
        "reason": "the strategies did not settle",
    }


def _under(share: float) -> dict[str, Any]:
    return {
        "under": "trust half a standard deviation lower",
        "share": share,
        "error": 0.02,
        "word": "depends",
        "draws": 120.0,
    }


def _flip(id: str, says: str, holds: bool) -> dict[str, Any]:
    change = {
        "name": "trust",
        "unit": "probability",
        "median": 0.45,
        "value": 0.9,
        "deviations": 1.5,
        "part": 1.0,
    }
    return {
        "id": id,
        "says": says,
        "holds": holds,
        "margin": 0.1,
        "distance": 1.5,
        "changes": [change],
        "rest": 0.0,
        "reversed": 0.2,
        "reason": "",
    }


def _sure(case: Any) -> dict[str, Any]:
    ids = ["deal", *(c.id for c in case.claims)]
    priors = [
        {
            "id": id,
            "share": 0.6,
            "word": "depends",
            "lowest": _under(0.4),
            "highest": _under(0.76),
            "joint": [],
            "changes": [_under(0.76)],
            "changed": 1,
            "tried": 40,
            "refused": 2,
        }
        for id in ids
    ]
    solver = {
        "says": "one year more",
        "draws": 64,
        "failed": 1,
        "verdicts": {},
        "flips": {"deal": 0.02},
        "reason": "",
    }
    return {
        "priors": priors,
        "second": None,
        "solver": [solver],
        "running": [{"id": "deal", "draws": [75, 150, 300], "shares": [0.7, 0.62, 0.6], "settled": True}],
        "doubts": {ids[1]: ["mostly follows (76 %) with trust half a standard deviation higher"]},
    }


def _contributions() -> dict[str, Any]:
    part = {
        "name": "trust",
        "effect": 0.5,
        "low": 0.4,
        "high": 0.6,
        "total": 0.7,
        "total_low": 0.6,
        "total_high": 0.8,
    }
    one = {
        "id": "",
        "says": "The zone",
        "parts": [part],
        "rest": 0.1,
        "walks": 100,
        "failed": 0.0,
        "reason": "",
    }
    return {"outputs": [one], "no_total": "", "solves": 900}


def _together(levers: list[str], share: float) -> dict[str, Any]:
    return {
        "levers": levers,
        "who": ["demander"],
        "with_deal": _share(share),
        "opened": _share(share, 120),
        "beyond": None,
        "error": None,
        "failed": 0,
        "reason": "",
    }


def _claims(case: Any) -> list[dict[str, Any]]:
    words = ("follows", "mostly follows", "depends", "mostly fails", "fails")
    shares = (0.97, 0.8, 0.5, 0.2, 0.02)
    found = []
    for i, claim in enumerate(case.claims):
        verdict = {
            "id": claim.id,
            "side": claim.side,
            "section": claim.section,
            "says": claim.says,
            "test": claim.test,
            **_share(shares[i % 5]),
            "word": words[i % 5],
            "draws": DRAWS,
            "undefined": 2,
            "failed": 1,
            "held": 100,
            "margin_low": -0.1,
            "margin_median": 0.0,
            "margin_high": 0.1,
        }
        beside = [{**verdict, "says": b.says, "test": b.test, "word": ""} for b in claim.beside]
        found.append({"verdict": verdict, "beside": beside})
    return found


def make(case: Any) -> RunData:
    """A run of a case, with numbers that are none's."""
    model = get(case.model)
    random = np.random.default_rng(1)
    zone = random.normal(0.05, 0.1, DRAWS)
    years = np.arange(1, YEARS + 1)
    bands = [(q * years / YEARS).tolist() for q in (0.1, 0.3, 0.5, 0.7, 0.9)]
    uncertain = [a.name for a in case.assumptions.values() if a.value is None]
    inputs = {
        n: {
            "quantiles": [0.1, 0.3, 0.45, 0.6, 0.8],
            "low": 0.05,
            "high": 0.9,
            "counts": [1, 2, 3, 4, 4, 3, 2, 1] * 2,
        }
        for n in uncertain
    }
    x, y = np.linspace(0.05, 0.9, 7).tolist(), np.linspace(0.05, 0.9, 5).tolist()
    table = [[a - b for a in x] for b in y]
    figures = {
        "quantiles": [0.05, 0.25, 0.5, 0.75, 0.95],
        "zone": {"share": _share(0.6), "quantiles": [-0.1, 0, 0.05, 0.1, 0.2], "edges": [], "counts": []},
        "paths": {name: bands for name in model.shown},
        "inputs": inputs,
        "map": {
            "names": ["trust", "noise"],
            "x": x,
            "y": y,
            "middle": table,
            "ensemble": [[[v + 0.1 for v in row] for row in table]],
            "at": [0.45, 0.2],
        },
        "deals": {
            "labels": ["one-sided 1", "mutual 1"],
            "gains": {
                "holder_gain": [[-0.1, 0.1, 0.2], [0, 0.1, 0.3]],
                "demander_gain": [[-0.2, -0.1, 0.1]] * 2,
            },
            "both": [0.4, 0.5],
            "draws": 64,
        },
        "year": {
            "players": ["holder", "demander"],
            "draws": 64,
            "moments": [
                {
                    "stage": "answer",
                    "player": 0,
                    "moves": [{"label": "accept", "given": "mutual 1", "quantiles": [0.2, 0.5, 0.8]}],
                },
                {"stage": "build", "player": 1, "moves": []},
                {"stage": "year", "player": None, "moves": []},
            ],
        },
    }
    part = {"id": "deterrence", "share": 0.3, "error": 0.02}
    dose = [
        {
            "dose": d,
            "with_deal": _share(0.6 + d / 10),
            "opened": _share(d / 4),
            "zone": [d / 10 - 0.2, d / 10 - 0.1, d / 10, d / 10 + 0.1, d / 10 + 0.2],
            "failed": 0,
            "reason": "",
        }
        for d in (0.0, 1.0, 2.0)
    ]
    verdicts = {
        "case": case.id,
        "title": case.title,
        "digest": case.digest,
        "seed": 1,
        "draws": DRAWS,
        "answer": ["One sentence.", "Another one.", "And a third."],
        "caveat": "It predicts nothing.",
        "deal": {"share": _share(0.6), "quantiles": [-0.1, 0, 0.05, 0.1, 0.2]},
        "claims": _claims(case),
        "mechanisms": [_effect(m.name, "", m.meaning, 0.7) for m in model.mechanisms],
        "levers": [_effect(x.id, x.who, x.says, 0.5) for x in case.levers],
        "drivers": [_driven("", "The zone"), *(_driven(c.id, c.says) for c in case.claims)],
        "where": [_where("deal"), *(_where(c.id, "fails") for c in case.claims)],
        "why": {
            "outputs": [
                {
                    "says": "Share of draws without a deal",
                    "unit": "share",
                    "none": 0.1,
                    "all": 0.4,
                    "parts": [part],
                    "pairs": [{"ids": ["deterrence", "fear"], "together": 0.02, "error": 0.01}],
                }
            ],
            "draws": 64,
            "left_out": 0,
            "orders": 12,
            "solves": 640,
        },
        "opening": {
            "responses": [
                {
                    "id": x.id,
                    "who": x.who,
                    "says": x.says,
                    "doses": dose,
                    "median_from": 0.4,
                    "half_from": None,
                    "lowers": 0.1,
                    "closes": 0.0,
                    "backfires": _where("b"),
                }
                for x in case.levers
            ],
            "pairs": [_together([x.id for x in case.levers], 0.8)],
            "movers": [],
            "smallest": [_together([case.levers[0].id], 0.85)],
            "best": _together([case.levers[0].id], 0.85),
            "enough": 0.8,
            "complete": 2,
            "largest": 2,
            "sets": 3,
            "draws": 64,
            "set_draws": 64,
            "blocked": 20,
        },
        "contributions": _contributions(),
        "flips": [
            _flip("zone", "A deal exists.", True),
            *(_flip(c.id, c.says, False) for c in case.claims[1:]),
        ],
        "sure": _sure(case),
        "certificate": {
            "solves": 6000,
            "failed": 2,
            "reasons": [["the strategies did not settle", 2]],
            "worst": {"bayes_gap": 1e-16, "regret": 0.2},
        },
        "asked": {"why": True, "why_draws": 64, "levers": True, "flips": True},
    }
    manifest = {
        "versions": {"detente": "0.1.0"},
        "machine": "Linux x86_64",
        "draws": DRAWS,
        "lever_draws": 64,
        "seed": 1,
        "number_format": "float64",
        "sequence": "scrambled Sobol'",
        "horizon": YEARS,
    }
    plain = [Plain.of(json.dumps(x)) for x in (manifest, verdicts, figures)]
    draws = {f"path:{n}": random.uniform(0, 0.9, (DRAWS, YEARS)) for n in model.shown}
    draws |= {f"input:{n}": random.uniform(0.05, 0.9, DRAWS) for n in ("trust", "noise")}
    return RunData(case, *plain, {**draws, f"{model.decisive}()": zone})


@pytest.fixture(scope="session")
def case(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = Path(tmp_path_factory.mktemp("case")) / "small.yaml"
    path.write_text(scaffold("small"), encoding="utf-8")
    return read(path)


@pytest.fixture(scope="session")
def run(case: Any) -> RunData:
    return make(case)


POISON = (
    "\"><script>alert(1)</script><img src=x onerror=alert(1)>'onmouseover=alert(1) x</title></style></svg>"
    "<a href=javascript:alert(1)>{{ 7 * 7 }}${7*7} datum.x signal {'expr': 'alert(1)'} =1+1 & %"
)
"""What an unfriendly case may hold in any of its words."""

_WORDS = {
    "title",
    "question",
    "holder",
    "demander",
    "as_of",
    "citation",
    "why",
    "unit",
    "says",
    "section",
    "who",
}


@pytest.fixture(scope="session")
def hostile(case: Any) -> RunData:
    """The same run of a case with `POISON` in each of its words, an address included."""

    def poisoned(x: Any, key: str = "") -> Any:
        if isinstance(x, dict):
            return {k: poisoned(v, k) for k, v in x.items()}
        if isinstance(x, list | tuple):
            return [poisoned(v, key) for v in x]
        if key == "url":
            return "javascript:alert(1)//https://example.org"
        if (key in _WORDS and x) or (key == "name" and isinstance(x, str) and " " in x):
            return f"{x}{POISON}"
        return x

    plain = asdict(case)
    for episodes in plain["experience"].values():
        for episode in episodes["episodes"]:
            episode["name"] += POISON
    made = make(resolved(poisoned({k: v for k, v in plain.items() if k not in ("path", "text")})))
    for words in (made.verdicts["certificate"]["reasons"], made.verdicts["answer"]):
        words[0] = [f"{words[0][0]}{POISON}", 1] if isinstance(words[0], list) else f"{words[0]}{POISON}"
    for effect in (*made.verdicts["mechanisms"], *made.verdicts["levers"]):
        effect["reason"] += POISON
    return made
