"""The red-line game: is there a limit on the arsenal that both would take and could trust?"""

from typing import Any

from detente.gallery.redline.parameters import MECHANISMS, OUTCOMES, PARAMETERS
from detente.model import Model


def _game(**settings: int) -> Any:
    from detente.gallery.redline.game import game

    return game(**settings)


def _answers(first: Any, p: Any) -> Any:
    from detente.gallery.redline.game import answers

    return answers(first, p)


MODEL = Model(
    name="redline",
    title="The red-line game: a limit on an arsenal, its price and its credibility",
    parameters=PARAMETERS,
    mechanisms=MECHANISMS,
    outcomes=OUTCOMES,
    game=_game,
    answer=_answers,
    settings={"arsenal_steps": 4, "counter_steps": 2, "trust_points": 9},
    decisive="zone",
    shown=("arsenal", "trust", "attack_within", "deal_in_force", "counter_arsenal"),
    sources=(
        "Own assembly; docs/theory/redline.md names the source of each mechanism",
        "Fearon, J. D. (1995), Rationalist Explanations for War, International Organization 49(3):379-414",
        "Powell, R. (2006), War as a Commitment Problem, International Organization 60(1):169-203",
        "Kydd, A. H. (2005), Trust and Mistrust in International Relations, Princeton University Press",
    ),
)
