"""The product against a second, independent reading of docs/theory/private-information.md.

`agent_scalar` was written from the specification alone, in plain Python, and solves by another method. They
are compared on models of the gallery, at their defaults and at points drawn around them, and on three games
that use what the gallery does not: messages that not every type may send, a joint decision of three who know
different things, and years with discounting and a decision after the accounting.
"""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import agent_scalar
import numpy as np
import pytest

from detente.engine.game import (
    Accounting,
    Action,
    Branch,
    Chance,
    Convention,
    Decision,
    Game,
    Joint,
    Variable,
)
from detente.models import get
from quick import LITTLE

NOISES = (0.3, 0.1, 0.05)
CLOSE = 1e-8

# Name, settings, records in a chunk (those of the model's own tests, so that one program serves both), and at
# how many noises a second point is drawn: the second implementation is slow.
GALLERY = (
    ("zagare_kilgour1993", {}, 24, 3),
    ("debs_monteiro2014", {}, 16, 3),
    ("fudenberg_tirole1983", {}, 16, 3),
    ("kydd2000", {}, 8, 0),
    ("jervis1978", {}, 36, 3),
    ("powell1999", {"types": 5}, 8, 3),
    ("smith1995", {"treaties": 3, "types": 4}, 8, 3),
)


def points(model: Any, drawn: int) -> list[dict[str, float]]:
    """The defaults at every noise, and a point around them, with the same seed always, at some."""
    default = {p.name: float(p.default) for p in model.parameters}
    moving = [p for p in model.parameters if p.name != "noise" and not p.static and not p.labels]
    random = np.random.default_rng(len(default))
    while True:
        other = {**default, **{p.name: p.default * random.uniform(0.7, 1.3) for p in moving}}
        inside = all(other[p.name] in p.domain for p in moving)
        if inside and all(c.holds(SimpleNamespace(**other)) for c in model.conditions):
            break
    return [{**x, "noise": n} for x, many in ((default, 3), (other, drawn)) for n in NOISES[:many]]


@pytest.mark.parametrize(("name", "settings", "chunk", "drawn"), GALLERY, ids=[x[0] for x in GALLERY])
def test_every_outcome_of_a_model_is_that_of_the_second_implementation(
    name: str, settings: dict[str, int], chunk: int, drawn: int
):
    import jax

    from detente.engine.batch import solve

    model = get(name)
    game, records = model.game(**settings), points(model, drawn)
    table = {k: np.array([r[k] for r in records]) for k in records[0]}
    product = solve(model, table, horizon=1, chunk=chunk, settings=settings)
    assert product.status == (None,) * len(records)
    for i, record in enumerate(records):
        with jax.enable_x64(True):  # for models whose pay-offs are worked out in traced numbers
            second = agent_scalar.solve(game, record)
            expected = {k: float(x) for k, x in model.answer(second.first, SimpleNamespace(**record)).items()}
        expected["equilibria_found"] = len(second.found)
        for c in game.conventions:
            expected[f"holds_{c.name}"] = float(second.ends[c.name].holds(c))
        declared = {o.name for o in model.outcomes}
        expected = {k: x for k, x in expected.items() if k in declared}
        assert set(expected) == declared
        found = {k: float(product.outcomes[k][i]) for k in expected}
        assert found == pytest.approx(expected, abs=CLOSE, rel=0, nan_ok=True), record


# --- A signal: three types, one of which cannot send the loudest message --------------------------------


def nature(s: Any, p: Any) -> Iterator[Branch]:
    for kind, likely in enumerate((p.weak, p.middling, 1 - p.weak - p.middling)):
        yield Branch(likely, {"kind": kind})


def speak(s: Any, p: Any) -> Iterator[Action]:
    yield Action("silence")
    yield Action("word", to={"message": 1}, pays={"sender": -p.price * (2 - s.kind)})
    yield Action("deed", legal=s.kind > 0, to={"message": 2}, pays={"sender": -2 * p.price * (2 - s.kind)})


def hear(s: Any, p: Any) -> Iterator[Action]:
    yield Action("yield", ends={"sender": 1.0, "receiver": 0.2})
    yield Action("haggle", allowed=p.haggling > 0, ends={"sender": 0.5, "receiver": 0.8 - 0.3 * s.kind})
    # An attack on the weak succeeds, on the strong it fails.
    won = p.odds + (1 - p.odds) * 0.5 * (2 - s.kind)
    yield Action(
        "attack",
        branches=(Branch(won, {"done": 1}), Branch(1 - won, {"done": 2})),
        pays={"receiver": -0.1},
    )


def settle(s: Any, p: Any) -> Mapping[str, Any]:
    return {"sender": 0.6 * (s.done == 2), "receiver": 0.9 * (s.done == 1) - 0.2 * s.message * (s.done == 2)}


SIGNAL = Game(
    players=("sender", "receiver"),
    variables=(
        Variable("kind", 3, ("weak", "middling", "strong"), known_to=("sender",)),
        Variable("message", 3),
        Variable("done", 3),
    ),
    stages=(
        Chance("nature", nature),
        Decision("speak", "sender", speak),
        Decision("hear", "receiver", hear),
        Accounting("settle", settle),
    ),
    start=lambda p: {},
    conventions=(
        Convention(
            "separating",
            {"speak": lambda s: np.array(("silence", "word", "deed"))[s.kind], "hear": "yield"},
        ),
    ),
    prefer=lambda first, p: first.value("receiver"),
)


# --- Three players: a secret choice, a spy's report, and a joint decision in three-fold ignorance ---------


def arm(s: Any, p: Any) -> Iterator[Action]:
    yield Action("stay")
    yield Action(
        "arm",
        branches=(Branch(p.leak, {"armed": 1, "report": 1}), Branch(1 - p.leak, {"armed": 1})),
        pays={"a": -p.price},
    )


def press(s: Any, p: Any) -> Iterator[Action]:
    yield Action("wait")
    yield Action("press", to={"pressed": 1}, pays={"b": -0.05, "a": -0.1})


def meet(s: Any, p: Any) -> Mapping[str, Iterator[Action]]:
    return {
        "c": iter((Action("aid"), Action("stand by"))),
        "a": iter((Action("hold"), Action("strike", legal=s.armed == 1))),
        "b": iter((Action("hold"), Action("strike"), Action("flee", legal=s.pressed == 0))),
    }


def together(s: Any, p: Any, chosen: Mapping[str, str]) -> Action:
    strikes = (chosen["a"] == "strike") - (chosen["b"] == "strike")
    if chosen["b"] == "flee":
        return Action("flight", ends={"a": 0.7, "b": 0.35, "c": 0.1 * (chosen["c"] == "aid")})
    strength = p.power + 0.25 * s.armed + 0.15 * strikes - 0.2 * (chosen["c"] == "aid")
    return Action(
        "contest",
        branches=(Branch(strength, {"won": 1}), Branch(1 - strength, {})),
        pays={x: -p.war_cost * abs(strikes) for x in "ab"} | {"c": -0.15 * (chosen["c"] == "aid")},
    )


def spoils(s: Any, p: Any) -> Mapping[str, Any]:
    return {"a": 1.0 * s.won, "b": 1.0 - s.won, "c": 0.5 * (1 - s.won) + 0.1 * s.pressed}


THREE = Game(
    players=("a", "b", "c"),
    variables=(
        Variable("armed", 2, known_to=("a",)),
        Variable("report", 2, known_to=("b",)),
        Variable("pressed", 2),
        Variable("won", 2),
    ),
    stages=(
        Decision("arm", "a", arm),
        Decision("press", "b", press),
        Joint("meet", meet, together),
        Accounting("spoils", spoils),
    ),
    start=lambda p: {},
)


# --- Two years: what is hidden lasts, changes, and matters again -------------------------------------------


def fate(s: Any, p: Any) -> Iterator[Branch]:
    yield Branch(p.lasting)
    yield Branch(1 - p.lasting, {"able": 1 - s.able})


def work(s: Any, p: Any) -> Iterator[Action]:
    yield Action("rest", to={"worked": 0})
    yield Action("work", to={"worked": 1}, pays={"ann": -p.price * (2 - s.able)})


def result(s: Any, p: Any) -> Iterator[Branch]:
    good = 0.2 + 0.25 * s.able + 0.4 * s.worked
    yield Branch(good, {"good": 1})
    yield Branch(1 - good, {"good": 0})


def judge(s: Any, p: Any) -> Iterator[Action]:
    yield Action("keep")
    yield Action("bonus", pays={"ann": 0.3, "bob": -0.3})
    yield Action("dismiss", ends={"ann": 0.1, "bob": p.outside})


def year(s: Any, p: Any) -> Mapping[str, Any]:
    return {"ann": 0.4 + 0.1 * s.trained, "bob": 0.7 * s.good + 0.15 * s.able}


def train(s: Any, p: Any) -> Iterator[Action]:
    yield Action("save", to={"trained": 0})
    yield Action("train", to={"trained": 1, "able": np.maximum(s.able, s.worked)}, pays={"bob": -p.fee})


YEARS = Game(
    players=("ann", "bob"),
    variables=(
        Variable("able", 2, known_to=("ann",)),
        Variable("worked", 2, known_to=("ann",)),
        Variable("good", 2),
        Variable("trained", 2),
    ),
    stages=(
        Chance("fate", fate),
        Decision("work", "ann", work),
        Chance("result", result),
        Decision("judge", "bob", judge),
        Accounting("year", year),
        Decision("train", "bob", train),
    ),
    start=lambda p: {"able": 1},
)

OWN = {
    "signal": (SIGNAL, 1, {"weak": 0.5, "middling": 0.2, "price": 0.15, "odds": 0.1, "haggling": 1.0}),
    "three": (THREE, 1, {"leak": 0.6, "price": 0.05, "power": 0.45, "war_cost": 0.2}),
    "years": (
        YEARS,
        2,
        {"discount": 0.8, "lasting": 0.7, "price": 0.2, "outside": 0.45, "fee": 0.1},
    ),
}
OTHER = {
    "signal": {"weak": 0.3, "middling": 0.4, "price": 0.1, "odds": 0.2, "haggling": 0.0},
    "three": {"leak": 0.2, "price": 0.1, "power": 0.4, "war_cost": 0.1},
    "years": {"discount": 0.6, "lasting": 0.9, "price": 0.1, "outside": 0.4, "fee": 0.05},
}


def read(first: Any, layout: agent_scalar.Tree) -> dict[str, Any]:
    """Values, and in every information set the probability of each action and the belief."""
    found = {f"value {x}": first.value(x) for x in layout.game.players}
    joint = {s.name for s in layout.game.stages if isinstance(s, Joint)}
    for h in layout.sets:
        who = {"player": h.player} if h.stage in joint else {}
        at = {**who, "year": h.year, **h.knows}
        place = f"{h.stage} {h.player} {h.year} {h.knows}"
        for label in h.labels[1:]:
            found[f"choice {place} {label}"] = first.choice(h.stage, label, **at)
        hidden = {k for n in h.nodes for k in layout.nodes[n].state if k not in h.knows}
        facts = {tuple((k, layout.nodes[n].state[k]) for k in sorted(hidden)) for n in h.nodes}
        for fact in sorted(facts)[1:]:
            found[f"belief {place} {fact}"] = first.belief(h.stage, dict(fact), **at)
    return found


@pytest.mark.parametrize("name", OWN)
def test_values_beliefs_and_every_probability_are_those_of_the_second_implementation(name: str):
    import jax

    from detente.engine import device, private

    game, years, default = OWN[name]
    records = [{**x, "noise": n} for x in (default, OTHER[name]) for n in NOISES]
    layout = agent_scalar.Tree(game, records[0], years)

    def one(table: Any) -> dict[str, Any]:
        answer = private.solve(game, dict(zip(records[0], table, strict=True)), years)
        return {"gaps": answer.gaps, "found": answer.found, **read(answer.first, layout)}

    table = np.array([[r[k] for r in records] for k in records[0]])
    with jax.enable_x64(True):
        key = repr((Path(__file__).read_text(), name))
        program = device.kept(
            key, lambda: jax.jit(jax.vmap(one, in_axes=1), compiler_options=LITTLE).lower(table).compile()
        )
        product = jax.device_get(program(table))
    for gap, x in product["gaps"].items():
        assert gap in ("regret", "mixing") or x.max() < CLOSE, gap
    for i, record in enumerate(records):
        second = agent_scalar.solve(game, record, years)
        assert product["found"][i] == len(second.found)
        expected = read(second.first, second.first.tree)
        found = {k: float(product[k][i]) for k in expected}
        assert found == pytest.approx(expected, abs=CLOSE, rel=0), record


# --- Where the two once disagreed ---------------------------------------------------------------------------


def alone(actions: Any, *, secret: bool) -> Game:
    """One player, one decision a year, and nothing hidden from anybody, in agent form or not."""
    return Game(
        players=("a",),
        variables=(Variable("none", 1, known_to=("a",) if secret else None),),
        stages=(Decision("take", "a", actions), Accounting("year", lambda s, p: {"a": 0.0 * s.none})),
        start=lambda p: {"none": 0},
    )


def taking(s: Any, p: Any) -> Iterator[Action]:
    yield Action("no")
    yield Action("yes", pays={"a": 1.0})


def leaving(s: Any, p: Any) -> Iterator[Action]:
    yield Action("no", ends={"a": 0.0})
    yield Action("yes", ends={"a": 0.0}, pays={"a": 1.0})


def log_odds(actions: Any, years: int, year: int) -> list[float]:
    """Of yes against no: by the product in agent form, and by the second implementation."""
    import jax
    import jax.numpy as jnp

    from detente.engine import private

    game, p = alone(actions, secret=True), {"noise": 1.0, "discount": 0.5}
    with jax.enable_x64(True):
        product = private.solve(game, {k: jnp.asarray(x) for k, x in p.items()}, years).first
        yes = [
            float(x.choice("take", "yes", year=year))
            for x in (product, agent_scalar.solve(game, p, years).first)
        ]
    return [math.log(x / (1 - x)) for x in yes]


def test_a_choice_in_a_later_year_is_as_noisy_as_one_in_the_first():
    # (2): a payment of 1 counts 1 − δ and λ = 1/(noise·(1−δ)), so that the odds are e^(1/noise) in any year.
    assert log_odds(taking, 2, 0) == pytest.approx([1.0, 1.0], abs=CLOSE)
    assert log_odds(taking, 2, 1) == pytest.approx([1.0, 1.0], abs=CLOSE)


def test_an_action_that_ends_the_game_is_paid_for_as_well():
    assert log_odds(leaving, 1, 0) == pytest.approx([1.0, 1.0], abs=CLOSE)
