"""The tree that claims and formulas are read into, and its arithmetic.

A closed set of frozen nodes: whatever is not one of them cannot be written. Nothing here reads
text (see `detente.case.claims`) and nothing loads NumPy before something is evaluated.

Undefined numbers: a value that is missing or not finite, a division by zero and an overflow give
NaN, and NaN stays NaN through everything that uses it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from numpy.typing import NDArray

Values: TypeAlias = "Mapping[Call, Any]"
Names: TypeAlias = Mapping[str, Any]


# --- Numbers ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Number:
    """A constant."""

    value: float

    def evaluate(self, names: Names, values: Values) -> Any:
        """The constant."""
        return self.value


@dataclass(frozen=True, slots=True)
class Name:
    """A parameter or a quantity."""

    id: str

    def evaluate(self, names: Names, values: Values) -> Any:
        """What `names` holds under it; KeyError if nothing."""
        import numpy as np

        return _finite(np.asarray(names[self.id], dtype=np.float64))


@dataclass(frozen=True, slots=True)
class Result:
    """What an outcome call gives."""

    call: Call

    def evaluate(self, names: Names, values: Values) -> Any:
        """What `values` holds for the call, None being undefined; KeyError if the call is not there."""
        import numpy as np

        return _finite(np.asarray(values[self.call], dtype=np.float64))


@dataclass(frozen=True, slots=True)
class Applied:
    """A formula of the case, in one variant, with some of its names bound to constants."""

    body: Node
    bound: tuple[tuple[str, float], ...]

    def evaluate(self, names: Names, values: Values) -> Any:
        """The formula's value where the bound names hide those outside."""
        return self.body.evaluate({**names, **dict(self.bound)}, values)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two numbers under one of ``+ - * / **``."""

    sign: str
    left: Node
    right: Node

    def evaluate(self, names: Names, values: Values) -> Any:
        """The result, NaN where it is not a finite number or an operand is undefined."""
        import numpy as np

        left, right = self.left.evaluate(names, values), self.right.evaluate(names, values)
        # Not left to NaN alone: 1/(1/0) would come back as 0, and NaN**0 as 1.
        known = np.isfinite(left) & np.isfinite(right)
        return np.where(known, _finite(calculate(self.sign, left, right)), np.nan)


Node: TypeAlias = Number | Name | Result | Applied | Arithmetic


def calculate(sign: str, left: Any, right: Any) -> Any:
    """Apply ``+ - * / **`` in double precision; infinite or NaN where mathematics has no answer."""
    import numpy as np

    function = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "**": np.power}[sign]
    with np.errstate(all="ignore"):
        return function(left, right, dtype=np.float64)


def _finite(array: Any) -> Any:
    import numpy as np

    return np.where(np.isfinite(array), array, np.nan)


# --- Truth values -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Comparison:
    """A chain such as ``0 < a <= b``: one sign fewer than numbers; all links must hold."""

    signs: tuple[str, ...]
    numbers: tuple[Node, ...]

    def judge(self, names: Names, values: Values) -> tuple[Any, Any]:
        """Whether it holds, and by how much; the margin of a chain is its weakest link's."""
        import numpy as np

        numbers = [n.evaluate(names, values) for n in self.numbers]
        links = [
            _link(sign, left, right)
            for sign, left, right in zip(self.signs, numbers[:-1], numbers[1:], strict=True)
        ]
        holds, margin = links[0]
        for also, other in links[1:]:
            holds, margin = holds & also, np.minimum(margin, other)
        return holds, margin


@dataclass(frozen=True, slots=True)
class Junction:
    """Truth values joined by ``and`` (the smallest margin counts) or ``or`` (the largest)."""

    word: str
    parts: tuple[Truth, ...]

    def judge(self, names: Names, values: Values) -> tuple[Any, Any]:
        """Whether it holds, and by how much; undefined if any part is, whatever the others say."""
        import numpy as np

        every = self.word == "and"
        holds, margin = self.parts[0].judge(names, values)
        for part in self.parts[1:]:
            also, other = part.judge(names, values)
            holds = holds & also if every else holds | also
            margin = np.minimum(margin, other) if every else np.maximum(margin, other)
        return holds, margin


@dataclass(frozen=True, slots=True)
class Negation:
    """``not`` of a truth value."""

    part: Truth

    def judge(self, names: Names, values: Values) -> tuple[Any, Any]:
        """The opposite, by the same distance the other way."""
        import numpy as np

        holds, margin = self.part.judge(names, values)
        return np.logical_not(holds), -margin


Truth: TypeAlias = Comparison | Junction | Negation


def _link(sign: str, left: Any, right: Any) -> tuple[Any, Any]:
    import numpy as np

    compare = {
        "<": np.less,
        "<=": np.less_equal,
        ">": np.greater,
        ">=": np.greater_equal,
        "==": np.equal,
        "!=": np.not_equal,
    }[sign]
    gap = calculate("-", right, left)
    margin = {"<": gap, "<=": gap, ">": -gap, ">=": -gap, "==": -abs(gap), "!=": abs(gap)}[sign]
    return compare(left, right), _finite(margin)


# --- What is asked of the solver ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Expression:
    """Arithmetic over names, without outcome calls.

    Equal if the trees are equal: ``arsenal-1`` and ``arsenal - 1`` are one, as are ``2*3`` and 6.

    Attributes:
        root: The tree.
        text: How it is printed.
    """

    root: Node
    text: str = field(compare=False)

    def evaluate(self, names: Names) -> NDArray[Any] | float:
        """Its value with the names given.

        Args:
            names: Numbers or float64 arrays (draws,) by name; more than it uses is welcome.

        Returns:
            An array of the names' shape, or a float if no array takes part. NaN where undefined.

        Raises:
            KeyError: A name that it uses is not given.
        """
        import numpy as np

        value = np.asarray(self.root.evaluate(names, {}), dtype=np.float64)
        return value if value.shape else float(value)

    @property
    def names(self) -> frozenset[str]:
        """The names that it reads."""
        return names_of(self.root)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Intervention:
    """What is changed before a draw is solved. Normalised, so that equal changes are equal objects.

    Attributes:
        off: Mechanisms switched off, sorted, each once.
        levers: Levers pulled, sorted, each once.
        settings: Parameters set, sorted by name.
        dose: How far the levers are pulled, from 0: not at all, to 1: as the case says, and beyond.
    """

    off: tuple[str, ...] = ()
    levers: tuple[str, ...] = ()
    settings: tuple[tuple[str, Expression], ...] = ()
    dose: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "off", tuple(sorted(set(self.off))))
        object.__setattr__(self, "levers", tuple(sorted(set(self.levers))))
        object.__setattr__(self, "settings", tuple(sorted(self.settings, key=lambda setting: setting[0])))

    @property
    def label(self) -> str:
        """As it would be written in a claim: ``off="anarchy", arsenal=0``; empty for the case as it is."""
        parts = [f"{key}={_words(ids)}" for key, ids in (("off", self.off), ("lever", self.levers)) if ids]
        parts += [f"dose={self.dose:g}"] if self.dose != 1 else []
        return ", ".join(parts + [f"{name}={value}" for name, value in self.settings])


AS_IT_IS = Intervention()


@dataclass(frozen=True, slots=True)
class Call:
    """One number asked of a solved game.

    Attributes:
        outcome: Name of the model's outcome.
        years: The n of an outcome within or after n years, or None.
        deal: The deal, counted from 1, of an outcome with one number for each deal, or None.
        intervention: What is changed before the game is solved.
    """

    outcome: str
    years: int | None = None
    deal: int | None = None
    intervention: Intervention = AS_IT_IS

    @property
    def label(self) -> str:
        """As it would be written in a claim."""
        years = "" if self.years is None else str(self.years)
        deal = "" if self.deal is None else f"deal={self.deal}"
        return f"{self.outcome}({', '.join(filter(None, (years, deal, self.intervention.label)))})"


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What a test says of each draw; three arrays of one shape.

    Attributes:
        holds: bool; False where undefined.
        margin: float64; how far the test is from turning, positive where it holds. Of ``a < b`` it is
            b−a, of ``==`` −|a−b|, of ``and`` the smallest, of ``or`` the largest, of ``not`` the
            opposite. In the units of what is compared; NaN where undefined.
        defined: bool; False where a number that the test names is missing or not finite.
    """

    holds: NDArray[Any]
    margin: NDArray[Any]
    defined: NDArray[Any]


@dataclass(frozen=True, slots=True)
class Test:
    """A claim's test, ready to be evaluated.

    Attributes:
        text: As written in the case.
        root: The tree.
        calls: The distinct outcome calls, in the order in which they are written.
        names: The parameters and quantities that are read outside of interventions.
    """

    text: str
    root: Truth
    calls: tuple[Call, ...]
    names: frozenset[str]

    def evaluate(self, values: Values, names: Names) -> Verdicts:
        """Say of each draw whether the test holds, and by how much.

        Args:
            values: For every one of `calls`, a float64 array (draws,); None or NaN is undefined.
            names: For every one of `names`, an array (draws,) or a number.

        Raises:
            KeyError: A call or a name is not given.
        """
        import numpy as np

        holds, margin = np.broadcast_arrays(*self.root.judge(names, values))
        defined = np.isfinite(margin)
        return Verdicts(np.asarray(holds & defined), np.array(margin, dtype=np.float64), defined)


# Test runners take a class of this name for one of theirs.
Test.__test__ = False  # type: ignore[attr-defined]


# --- Walking ------------------------------------------------------------------------------


def names_of(node: Node | Truth) -> frozenset[str]:
    """The names that a tree reads from outside."""
    if isinstance(node, Name):
        return frozenset((node.id,))
    inner = frozenset().union(*(names_of(part) for part in _parts(node)))
    return inner - {name for name, _ in node.bound} if isinstance(node, Applied) else inner


def calls_of(node: Node | Truth) -> tuple[Call, ...]:
    """The distinct outcome calls of a tree, in order."""
    if isinstance(node, Result):
        return (node.call,)
    return tuple(dict.fromkeys(call for part in _parts(node) for call in calls_of(part)))


def _parts(node: Node | Truth) -> tuple[Node | Truth, ...]:
    match node:
        case Arithmetic():
            return (node.left, node.right)
        case Applied():
            return (node.body,)
        case Comparison():
            return node.numbers
        case Junction():
            return node.parts
        case Negation():
            return (node.part,)
    return ()


def _words(ids: tuple[str, ...]) -> str:
    quoted = [f'"{id}"' for id in ids]
    return quoted[0] if len(quoted) == 1 else f"[{', '.join(quoted)}]"
