"""Games laid out as trees: what is reached, who can tell what apart, and which descriptions are refused."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from detente.engine.agent import unknowns
from detente.engine.game import (
    Accounting,
    Action,
    Belief,
    Branch,
    Chance,
    Convention,
    Decision,
    Game,
    Joint,
    Offer,
    Variable,
)
from detente.engine.layout import lay_out
from detente.errors import ModelError

TYPE = Variable("kind", 2, known_to=("ann",))
SAID = Variable("said", 2)


@pytest.fixture(scope="module", autouse=True)
def _started():
    import jax

    with jax.enable_x64(True):
        yield


def nature(s: Any, p: Any) -> Any:
    yield Branch(0.25, {"kind": 0})
    yield Branch(0.75, {"kind": 1})


def say(s: Any, p: Any) -> Any:
    yield Action("no")
    yield Action("yes", to={"said": 1}, legal=s.kind == 1)


def hear(s: Any, p: Any) -> Any:
    yield Action("leave", ends={"ann": 0.0, "bob": 0.0})
    yield Action("stay", ends={"ann": 1.0, "bob": 2.0 * s.kind - 1})


NATURE, SAY, HEAR = Chance("nature", nature), Decision("say", "ann", say), Decision("hear", "bob", hear)


def game(*stages: Any, variables: Any = (TYPE, SAID), players: Any = ("ann", "bob"), **more: Any) -> Game:
    return Game(players, variables, stages, more.pop("start", lambda p: {}), **more)


def laid(g: Game, **p: float) -> Any:
    return lay_out(g, SimpleNamespace(noise=0.1, **p))


def test_only_what_can_be_reached_is_laid_out_and_sets_hold_what_cannot_be_told_apart():
    tree = laid(game(NATURE, SAY, HEAR))
    nodes = [x.states.tolist() for x in tree.layers]
    assert nodes == [[[0, 0]], [[0, 0], [1, 0]], [[0, 0], [1, 0], [1, 1]]]
    said = tree.layers[1]
    assert said.sets.tolist() == [0, 1], "ann knows her kind"
    assert said.legal.tolist() == [[True, False], [True, True]]
    assert tree.layers[2].sets.tolist() == [0, 0, 1], "bob knows what was said, and no more"
    assert (tree.layers[2].target == -1).all()
    assert unknowns(tree).layers == (1, 2), "what is said moves what bob believes"


def test_what_moves_no_belief_is_worked_out_on_the_way_back():
    first = Decision("ask", "bob", lambda s, p: (Action("not"), Action("ask", to={"said": 1})))
    last = Decision(
        "tell", "ann", lambda s, p: (Action("a", ends={"ann": 1.0 * s.kind}), Action("b", ends={"ann": 0.5}))
    )
    assert unknowns(laid(game(NATURE, first, last))).layers == ()


def test_a_branch_known_to_be_impossible_is_no_edge():
    def weather(s: Any, p: Any) -> Any:
        yield Branch(1.0 * (s.kind == 0), {"said": 0})
        yield Branch(1.0 * (s.kind == 1), {"said": 1})

    tree = laid(game(NATURE, Chance("weather", weather), HEAR))
    assert tree.layers[2].states.tolist() == [[0, 0], [1, 1]]


def test_years_are_laid_out_one_after_the_other_and_discounted():
    work = Decision("work", "ann", lambda s, p: (Action("rest"), Action("work", pays={"ann": 1.0})))
    year = Accounting("year", lambda s, p: {"bob": 1.0})
    g = game(work, year, variables=(Variable("kind", 1, known_to=()),))
    tree = lay_out(g, SimpleNamespace(noise=0.1, discount=0.8), years=2)
    assert [x.stage for x in tree.layers] == ["work", "year"] * 2
    assert [x.year for x in tree.layers] == [0, 0, 1, 1]
    np.testing.assert_allclose(tree.layers[0].pays[0], [0.0, 0.2])
    np.testing.assert_allclose(tree.layers[2].pays[0], [0.0, 0.8 * 0.2])
    np.testing.assert_allclose([tree.layers[1].pays[1][0], tree.layers[3].pays[1][0]], [0.2, 0.16])
    np.testing.assert_allclose(tree.rest[1], 0.64)


def test_choosing_at_once_is_choosing_one_after_the_other_unseen():
    moves = {"ann": (Action("a"), Action("b")), "bob": (Action("x"), Action("y"), Action("z", legal=False))}
    at_once = Joint(
        "choose", lambda s, p: moves, lambda s, p, c: Action("", ends={"ann": 1.0 * (c["ann"] == "a")})
    )
    tree = laid(game(at_once, variables=(SAID,), conventions=(Convention("ax", {"choose/ann": "a"}),)))
    ann, bob = tree.layers
    assert (ann.stage, ann.labels, bob.stage, bob.labels) == (
        "choose/ann",
        ("a", "b"),
        "choose/bob",
        ("x", "y", "z"),
    )
    assert bob.sets.tolist() == [0, 0]
    assert sorted(zip(bob.source.tolist(), bob.action.tolist(), strict=True)) == [
        (0, 0),
        (0, 1),
        (1, 0),
        (1, 1),
    ]


def decide(*actions: Action) -> Any:
    return Decision("move", "bob", lambda s, p: actions)


FLAWS = {
    "told by what is legal": (
        lambda: laid(game(NATURE, Decision("move", "bob", say))),
        r"stage 'move', action 'yes': legal at some nodes of an information set only",
    ),
    "nothing legal": (
        lambda: laid(game(NATURE, Decision("move", "ann", lambda s, p: (Action("go", legal=s.kind == 1),)))),
        r"stage 'move': no action is legal at {'kind': 0, 'said': 0}",
    ),
    "a variable that does not exist": (
        lambda: laid(game(decide(Action("go", to={"siad": 1})))),
        "stage 'move', action 'go': there is no variable 'siad'",
    ),
    "off the grid": (
        lambda: laid(game(decide(Action("go", to={"said": 2})))),
        "leads to said outside 0…1 where it is legal",
    ),
    "a payment to nobody": (
        lambda: laid(game(decide(Action("go", pays={"zoe": 1.0})))),
        "stage 'move', action 'go': there is no player 'zoe'",
    ),
    "a joint decision of nobody": (
        lambda: laid(game(Joint("meet", lambda s, p: {"zoe": (Action("a"),)}, lambda s, p, c: Action("")))),
        "stage 'meet': there is no player 'zoe'",
    ),
    "a first action that may be forbidden": (
        lambda: laid(game(decide(Action("go", allowed=np.bool_(False)), Action("stay")))),
        "the first legal action must always be allowed",
    ),
    "an offer at the reservation point": (
        lambda: laid(game(Offer("deal", "ann", "bob", lambda s, p: (), lambda s, p: ()))),
        "stage 'deal': a stage of kind offer cannot be laid out as a tree",
    ),
    "a grid of beliefs": (
        lambda: laid(game(NATURE, HEAR, Accounting("year", lambda s, p: {}), belief=Belief("trust", 3))),
        "the belief 'trust' is a grid",
    ),
    "a game without an end": (
        lambda: laid(game(NATURE, HEAR, endless=True)),
        "without an end cannot be laid out",
    ),
}


@pytest.mark.parametrize("name", FLAWS)
def test_a_description_that_contradicts_itself_is_refused_in_words_that_name_the_place(name):
    build, words = FLAWS[name]
    with pytest.raises(ModelError, match=words):
        build()


CONVENTIONS = {
    "an action that does not exist": ({"hear": "go"}, "convention 'c': stage 'hear' has no action 'go'"),
    "a stage that does not exist": ({"haer": "stay"}, "convention 'c': there is no stage 'haer'"),
}


@pytest.mark.parametrize("name", CONVENTIONS)
def test_a_convention_about_nothing_is_refused(name):
    from detente.engine import private

    play, words = CONVENTIONS[name]
    g = game(NATURE, SAY, HEAR, conventions=(Convention("c", play),))
    with pytest.raises(ModelError, match=words):
        private.solve(g, {"noise": 0.1})


ASKED = {
    "a stage that does not exist": (lambda f: f.choice("haer", "stay"), "there is no stage 'haer'"),
    "an action that does not exist": (
        lambda f: f.choice("hear", "go"),
        "stage 'hear': there is no action 'go'",
    ),
    "a variable that does not exist": (lambda f: f.reach("hear", siad=1), "there is no variable 'siad'"),
    "a state that cannot be": (lambda f: f.choice("hear", "stay", kind=0, said=1), "no state matches"),
}


@pytest.mark.parametrize("name", ASKED)
def test_a_question_about_nothing_is_refused(name):
    from detente.engine import reading
    from detente.engine.agent import AgentForm

    ask, words = ASKED[name]
    form = AgentForm(laid(game(NATURE, SAY, HEAR)), lambda sharp: 0.0)
    played, _ = form.play(np.zeros(form.unknowns.count), np.asarray(1.0))
    first = reading.First(form.tree, played, reading.masses(form.tree, played))
    with pytest.raises(ModelError, match=words):
        ask(first)


def test_states_count_as_much_as_play_reaches_them_also_by_choices_worked_out_on_the_way_back():
    from detente.engine import private

    def ask(s: Any, p: Any) -> Any:
        yield Action("not", pays={"bob": 0.2})
        yield Action("ask", to={"said": 1})

    def tell(s: Any, p: Any) -> Any:
        yield Action("a", ends={"ann": 1.0 * s.said})
        yield Action("b", ends={"ann": 0.3})

    solved = private.solve(game(Decision("ask", "bob", ask), Decision("tell", "ann", tell)), {"noise": 0.1})
    asks = 1 / (1 + np.exp(2.0))
    tells_b = (1 - asks) / (1 + np.exp(-3.0)) + asks / (1 + np.exp(7.0))
    first = solved.first
    assert float(first.choice("tell", "b")) == pytest.approx(tells_b, abs=1e-14)
    assert float(first.taken("tell", "b")) == pytest.approx(tells_b, abs=1e-14)
    assert float(first.belief("tell", {"said": 1})) == pytest.approx(asks, abs=1e-14)
    assert float(first.mean("tell", lambda s: 10.0 * s.said)) == pytest.approx(10 * asks, abs=1e-13)
    assert float(first.mean("tell", lambda s: 10.0 * s.said, said=1)) == pytest.approx(10.0, abs=1e-13)
