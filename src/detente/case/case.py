"""The nouns of a case: what a case file says, once it has been read and found sound.

Everything is frozen, plain Python, and free of numerical libraries.
"""

from __future__ import annotations

from dataclasses import dataclass, field

ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class Source:
    """A reference that numbers and episodes can point to."""

    id: str
    citation: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Prior:
    """What is believed about a number before anything is solved.

    Attributes:
        kind: ``uniform`` (low, high), ``triangular`` (low, mode, high), ``beta`` (a, b),
            ``normal`` (mean, sd), ``lognormal`` (median, sigma of the logarithm),
            ``choice`` (the values, equally likely).
        args: The numbers above, in that order.
        low: Lower bound of support; for normal and lognormal a truncation, for beta the
            left end of a rescaled interval.
        high: Upper bound, likewise.
    """

    kind: str
    args: tuple[float, ...]
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Assumption:
    """One parameter or quantity of a case: exactly one of `value`, `prior`, `learned` is set.

    Attributes:
        name: Parameter of the model, or quantity of the case.
        value: A fixed number (the code of a label for a choice among words).
        prior: What is believed about an uncertain number.
        learned: The experience it is learned from: ``support`` or ``promises``.
        source: Id of a source, or ``assumed``; for a learned number ``experience``;
            for a parameter that the case does not mention ``model default``.
        why: The argument for the number.
        unit: Shown in tables; the model's unit for a parameter.
    """

    name: str
    value: float | None = None
    prior: Prior | None = None
    learned: str | None = None
    source: str = ASSUMED
    why: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Correlation:
    """A rank correlation between two uncertain assumptions (Gaussian copula)."""

    between: tuple[str, str]
    rank: float


@dataclass(frozen=True, slots=True)
class Episode:
    """Something that happened: a promise, or expected support, kept or not."""

    name: str
    year: int
    kept: bool
    weight: float
    source: str


@dataclass(frozen=True, slots=True)
class Experience:
    """A beta prior and the episodes that move it. `about` is ``support`` or ``promises``."""

    about: str
    prior: tuple[float, float]
    episodes: tuple[Episode, ...]


@dataclass(frozen=True, slots=True)
class Formula:
    """A case's own documented formula, callable in claims as ``name("variant")``.

    `variants` maps a label to an expression over parameters and quantities.
    """

    name: str
    says: str
    unit: str
    variants: dict[str, str]


@dataclass(frozen=True, slots=True)
class Beside:
    """A second test reported beside a claim, without a verdict of its own."""

    says: str
    test: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement of the argument or of a rival reading, with the test that decides it."""

    id: str
    side: str
    section: str
    says: str
    test: str
    beside: tuple[Beside, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What a lever does to one parameter at full dose: ``set``, ``add`` or ``scale``."""

    kind: str
    amount: float


@dataclass(frozen=True, slots=True)
class Lever:
    """Something that a player could do differently."""

    id: str
    who: str
    says: str
    changes: dict[str, Change]


@dataclass(frozen=True, slots=True)
class Case:
    """A dispute, resolved: every parameter has an assumption, every reference exists.

    `digest` is the SHA-256 of the resolved content in canonical form, so that two files that
    say the same thing have the same digest. `path` is where it was read from.
    """

    id: str
    title: str
    question: str
    model: str
    holder: str
    demander: str
    as_of: str
    sources: dict[str, Source]
    parameters: dict[str, Assumption]
    quantities: dict[str, Assumption]
    formulas: dict[str, Formula]
    correlations: tuple[Correlation, ...]
    experience: dict[str, Experience]
    claims: tuple[Claim, ...]
    levers: tuple[Lever, ...]
    digest: str
    path: str
    text: str = field(repr=False, default="")

    @property
    def assumptions(self) -> dict[str, Assumption]:
        """Every number by name: the model's parameters in its order, then the case's quantities."""
        return {**self.parameters, **self.quantities}

    @property
    def horizon(self) -> int:
        """Years played."""
        return int(self.parameters["horizon"].value or 1)
