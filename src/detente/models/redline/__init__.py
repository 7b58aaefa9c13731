"""The red-line game: is there a limit on the arsenal that both would take and could trust?"""

from detente.model import Model
from detente.models.redline.parameters import MECHANISMS, OUTCOMES, PARAMETERS

MODEL = Model(
    name="redline",
    title="The red-line game: a limit on an arsenal, its price and its credibility",
    parameters=PARAMETERS,
    mechanisms=MECHANISMS,
    outcomes=OUTCOMES,
    game=lambda **settings: None,  # type: ignore[return-value]
)
