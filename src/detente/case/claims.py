"""The claim language: comparisons over outcome calls, read without ever being run as code.

A test such as ``zone() < 0 and zone(off="anarchy") > 0`` is cut by Python's own grammar and then
copied, node by node, into the closed set of `detente.case.expression`. What is not in that set is
refused with its column and what is allowed instead.

A claim may set any name of a formula by keyword: ``strength_per_cost("missiles", embargo=0)``.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import NoReturn

from detente.case import expression as tree
from detente.case.case import Formula
from detente.case.expression import AS_IT_IS, Call, Expression, Intervention, Test, Verdicts
from detente.case.grammar import ClaimError, column_of, cut
from detente.model import Model, Outcome
from detente.parameter import Parameter, nearest

__all__ = [
    "AS_IT_IS",
    "Call",
    "ClaimError",
    "Expression",
    "Intervention",
    "Test",
    "Verdicts",
    "Vocabulary",
    "parse_formula",
    "parse_test",
]

LARGEST = 1e12
LARGEST_EXPONENT = 4
DEALS = 6  # three one-sided, three mutual

_SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
_COMPARISONS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
_ALLOWED_NUMBER = "a number, a name, a call, or arithmetic with + - * / **"
_ALLOWED_TRUTH = "a comparison, or comparisons joined by and, or, not"
_REFUSED = {
    ast.Attribute: "an attribute",
    ast.Subscript: "an index",
    ast.Lambda: "a lambda",
    ast.IfExp: "a conditional",
    ast.NamedExpr: "an assignment",
    ast.JoinedStr: "a formatted text",
    ast.ListComp: "a comprehension",
    ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.List: "a list",
    ast.Tuple: "a row of values",
    ast.Set: "a set",
    ast.Dict: "a mapping",
    ast.Starred: "a starred value",
}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words that a case's claims may use.

    Attributes:
        model: Its parameters, mechanisms and outcomes.
        quantities: The case's own numbers: name and unit.
        formulas: The case's formulas by name.
        levers: Ids of the case's levers.
        horizon: Years that are played; the most that an outcome can be asked for.
    """

    model: Model
    quantities: Mapping[str, str]
    formulas: Mapping[str, Formula]
    levers: Collection[str]
    horizon: int


def parse_test(text: str, vocabulary: Vocabulary) -> Test:
    """Read a claim's test.

    Raises:
        ClaimError: The text is not in the claim language, or uses a word that the case lacks.
    """
    reader = _Reader(text, {*vocabulary.model.by_name, *vocabulary.quantities}, vocabulary)
    node = reader.parse()
    root = reader.truth(node)
    calls, names = tree.calls_of(root), tree.names_of(root)
    if not calls and not names:
        reader.fail(
            node, "found a test that names nothing, expected at least one outcome call, parameter or quantity"
        )
    return Test(text, root, calls, names)


def parse_formula(text: str, names: Collection[str] | None = None) -> Expression:
    """Read one variant of a formula: arithmetic over names.

    Args:
        text: As written in the case.
        names: The names it may use: parameters and quantities.
            None allows every name.

    Raises:
        ClaimError: The text is not arithmetic, or uses another name.
    """
    reader = _Reader(text, names, None)
    return reader.expression(reader.parse())


@dataclass(frozen=True, slots=True)
class _Reader:
    """Copies Python's syntax tree into ours.

    Attributes:
        text: What is read; columns count in it.
        names: The bare names that are known; None if all are.
        vocabulary: What may be called; None where no call is allowed.
        place: What is being read, for messages.
    """

    text: str
    names: Collection[str] | None
    vocabulary: Vocabulary | None
    place: str = ""

    def parse(self) -> ast.expr:
        """Cut the text by Python's grammar, within bounds."""
        return cut(self.text, _ALLOWED_TRUTH if self.vocabulary else _ALLOWED_NUMBER)

    def fail(self, node: ast.AST, message: str) -> NoReturn:
        """Raise the error at the node's column."""
        raise ClaimError(message, column_of(node, self.text))

    # --- Truth values

    def truth(self, node: ast.expr) -> tree.Truth:
        """Read a comparison, or comparisons joined by and, or, not."""
        match node:
            case ast.BoolOp(op=op, values=parts):
                word = "and" if isinstance(op, ast.And) else "or"
                return tree.Junction(word, tuple(self.truth(part) for part in parts))
            case ast.UnaryOp(op=ast.Not(), operand=part):
                return tree.Negation(self.truth(part))
            case ast.Compare(left=left, ops=ops, comparators=others):
                signs = tuple(self._sign(node, op) for op in ops)
                return tree.Comparison(signs, tuple(self.number(part) for part in (left, *others)))
        self.fail(node, f"found {_describe(node)}, expected a truth value: {_ALLOWED_TRUTH}")

    def _sign(self, node: ast.expr, op: ast.cmpop) -> str:
        if type(op) not in _COMPARISONS:
            word = {ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in"}[type(op)]
            self.fail(
                node, f'found the comparison "{word}", expected one of {" ".join(_COMPARISONS.values())}'
            )
        return _COMPARISONS[type(op)]

    # --- Numbers

    def number(self, node: ast.expr) -> tree.Node:
        """Read arithmetic; constant parts are worked out at once."""
        match node:
            case ast.Constant(value=value) if isinstance(value, int | float) and not isinstance(value, bool):
                if not abs(value) <= LARGEST:
                    self.fail(node, f"found a number beyond {LARGEST:g}, expected a smaller one")
                return tree.Number(float(value))
            case ast.Name(id=name):
                return self._name(node, name)
            case ast.UnaryOp(op=ast.UAdd(), operand=part):
                return self.number(part)
            case ast.UnaryOp(op=ast.USub(), operand=part):
                return self._arithmetic(node, "-", tree.Number(0.0), self.number(part))
            case ast.BinOp(left=left, op=op, right=right):
                if type(op) not in _SIGNS:
                    self.fail(node, f"found an operation other than + - * / **, expected {_ALLOWED_NUMBER}")
                sign, first, second = _SIGNS[type(op)], self.number(left), self.number(right)
                zero_below = sign == "/" and second == tree.Number(0.0)
                if zero_below:
                    self.fail(right, "found a division by 0, expected a divisor that can differ from 0")
                if sign == "**" and not (
                    isinstance(second, tree.Number) and abs(second.value) <= LARGEST_EXPONENT
                ):
                    self.fail(
                        right,
                        "found an exponent that is not a constant "
                        f"between -{LARGEST_EXPONENT} and {LARGEST_EXPONENT}, expected one",
                    )
                return self._arithmetic(node, sign, first, second)
            case ast.Call():
                return self._call(node)
        self.fail(node, f"found {_describe(node)}, expected {_ALLOWED_NUMBER}")

    def _arithmetic(self, node: ast.expr, sign: str, left: tree.Node, right: tree.Node) -> tree.Node:
        if not isinstance(left, tree.Number) or not isinstance(right, tree.Number):
            return tree.Arithmetic(sign, left, right)
        value = _fold(sign, left.value, right.value)
        if not math.isfinite(value):
            self.fail(node, "found constants without a finite result, expected numbers that give one")
        return tree.Number(value)

    def _name(self, node: ast.expr, name: str) -> tree.Node:
        if self.names is not None and name not in self.names:
            vocabulary = self.vocabulary
            if vocabulary and (name in vocabulary.formulas or name in _outcomes(vocabulary)):
                self.fail(node, f'found "{name}" without brackets, expected a call: {name}(…)')
            what = "a parameter, a quantity or a call" if vocabulary else "a known name"
            expected = (what if self.names else "a number") + self.place
            self.fail(node, f'found the unknown name "{name}", expected {expected}{_hint(name, self.names)}')
        if self.vocabulary and (parameter := self.vocabulary.model.by_name.get(name)) and parameter.labels:
            self.fail(node, f'found "{name}", a choice among words, expected a number')
        return tree.Name(name)

    def expression(self, node: ast.expr) -> Expression:
        """Read arithmetic without outcome calls, with the text it is printed as."""
        root = self.number(node)
        constant = isinstance(root, tree.Number)
        return Expression(root, f"{root.value:.15g}" if constant else ast.unparse(node))

    # --- Calls

    def _call(self, node: ast.Call) -> tree.Node:
        vocabulary = self.vocabulary
        if vocabulary is None:
            self.fail(node, f"found a call, expected arithmetic over names and numbers{self.place}")
        if not isinstance(node.func, ast.Name):
            self.fail(node.func, f"found a call of {_describe(node.func)}, expected the name of an outcome")
        given: set[str] = set()
        for keyword in node.keywords:
            if keyword.arg is None:
                self.fail(keyword.value, 'found "**", expected keywords such as off="…"')
            if keyword.arg in given:
                self.fail(keyword, f'found "{keyword.arg}" twice, expected it once; several go into a list')
            given.add(keyword.arg)
        name = node.func.id
        if name in _outcomes(vocabulary):
            return tree.Result(self._outcome(node, vocabulary.model.outcome(name), vocabulary))
        if name in vocabulary.formulas:
            return self._formula(node, vocabulary.formulas[name])
        known = {*_outcomes(vocabulary), *vocabulary.formulas}
        self.fail(
            node.func,
            f'found the unknown name "{name}", expected an outcome or a formula{_hint(name, known)}',
        )

    def _outcome(self, node: ast.Call, outcome: Outcome, vocabulary: Vocabulary) -> Call:
        years = deal = None
        if outcome.yearly:
            if len(node.args) != 1:
                where = node.args[1] if node.args else node
                self.fail(
                    where, f"found {len(node.args)} unnamed values, expected the years: {outcome.name}(10)"
                )
            years = self._whole(node.args[0], vocabulary.horizon, "years")
        elif node.args:
            self.fail(
                node.args[0],
                f"found an unnamed value, expected none: {outcome.name} is not asked for by year",
            )
        off: tuple[str, ...] = ()
        levers: tuple[str, ...] = ()
        settings: dict[str, Expression] = {}
        mechanisms = [mechanism.name for mechanism in vocabulary.model.mechanisms]
        for keyword in node.keywords:
            key, value = str(keyword.arg), keyword.value
            if key == "off":
                off = self._ids(value, mechanisms, "mechanism")
            elif key == "lever":
                levers = self._ids(value, vocabulary.levers, "lever")
            elif key == "deal" and outcome.per_deal:
                deal = self._whole(value, DEALS, "deal")
            else:
                settings[key] = self._setting(keyword, vocabulary)
        if outcome.per_deal and deal is None:
            self.fail(
                node, f"found no deal, expected the number of one, 1 to {DEALS}: {outcome.name}(deal=1)"
            )
        return Call(outcome.name, years, deal, Intervention(off, levers, tuple(settings.items())))

    def _setting(self, keyword: ast.keyword, vocabulary: Vocabulary) -> Expression:
        key, node, parameters = str(keyword.arg), keyword.value, vocabulary.model.by_name
        parameter = parameters.get(key)
        if parameter is None:
            if key in vocabulary.quantities:
                self.fail(keyword, f'found "{key}", a quantity, expected a parameter of the model')
            known = [*parameters, "off", "lever"]
            self.fail(
                keyword,
                f'found the unknown keyword "{key}", expected a parameter, off or lever{_hint(key, known)}',
            )
        if parameter.static:
            self.fail(
                keyword, f'found "{key}", which is the same in the whole case, expected another parameter'
            )
        if parameter.labels:
            value = node.value if isinstance(node, ast.Constant) else None
            return Expression(tree.Number(self._code(node, parameter, value)), f'"{value}"')
        numbers = [name for name, other in parameters.items() if not other.labels]
        inner = replace(self, names=numbers, vocabulary=None, place=f" for {key}")
        setting = inner.expression(node)
        if isinstance(setting.root, tree.Number):
            value = setting.root.value
            self._code(node, parameter, int(value) if value.is_integer() else value)
        return setting

    def _code(self, node: ast.expr, parameter: Parameter, value: object) -> float:
        try:
            return parameter.code(value)
        except ValueError as error:
            self.fail(node, f"{parameter.name}: {error}")

    def _formula(self, node: ast.Call, formula: Formula) -> tree.Node:
        chosen = node.args[0] if len(node.args) == 1 else None
        variant = chosen.value if isinstance(chosen, ast.Constant) else None
        if not isinstance(variant, str) or variant not in formula.variants:
            found = f'"{variant}"' if isinstance(variant, str) else "no variant"
            words = ", ".join(f'"{label}"' for label in formula.variants)
            self.fail(
                chosen or node, f"found {found}, expected one of {words}{_hint(variant, formula.variants)}"
            )
        try:
            body = parse_formula(formula.variants[variant], self.names)
        except ClaimError as error:
            self.fail(node, f'formula {formula.name}("{variant}") cannot be read: {error.message}')
        bound: dict[str, float] = {}
        for keyword in node.keywords:
            key = str(keyword.arg)
            if key not in body.names:
                names = ", ".join(sorted(body.names))
                self.fail(
                    keyword,
                    f'found the keyword "{key}", expected a name that the formula uses: {names}'
                    + _hint(key, body.names),
                )
            value = replace(self, names=(), vocabulary=None, place=f" for {key}").number(keyword.value)
            assert isinstance(value, tree.Number)  # no name and no call was allowed
            bound[key] = value.value
        return tree.Applied(body.root, tuple(sorted(bound.items())))

    def _whole(self, node: ast.expr, most: int, what: str) -> int:
        value = node.value if isinstance(node, ast.Constant) else None
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            found = repr(value) if value is not None and len(repr(value)) < 40 else _describe(node)
            self.fail(node, f"{what}: found {found}, expected a whole number from 1 to {most}")
        return value

    def _ids(self, node: ast.expr, known: Collection[str], what: str) -> tuple[str, ...]:
        items = node.elts if isinstance(node, ast.List) else [node]
        if not items:
            self.fail(node, f"found an empty list, expected the name of a {what}")
        for item in items:
            if not isinstance(item, ast.Constant) or not isinstance(item.value, str):
                self.fail(item, f'found {_describe(item)}, expected the name of a {what} in quotes: "…"')
            if item.value not in known:
                self.fail(
                    item,
                    f'found the unknown {what} "{item.value}", expected one of {_some(known, item.value)}',
                )
        return tuple(item.value for item in items)  # type: ignore[attr-defined]


def _fold(sign: str, left: float, right: float) -> float:
    """Arithmetic on constants, NaN where there is no real answer; NumPy is not worth loading for it."""
    operation = {
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "/": operator.truediv,
        "**": operator.pow,
    }[sign]
    try:
        value = operation(left, right)
    except (OverflowError, ZeroDivisionError):
        return math.nan
    return value if isinstance(value, float) else math.nan  # a root of a negative number is complex


def _outcomes(vocabulary: Vocabulary) -> list[str]:
    return [outcome.name for outcome in vocabulary.model.outcomes]


def _describe(node: ast.AST) -> str:
    match node:
        case ast.Constant(value=bool()):
            return "True or False"
        case ast.Constant(value=str() | bytes()):
            return "a text in quotes"
        case ast.Constant(value=int() | float()) | ast.UnaryOp() | ast.BinOp():
            return "a number"
        case ast.Compare() | ast.BoolOp():
            return "a truth value"
        case ast.Name(id=name):
            return f'the name "{name}"'
        case ast.Call(func=ast.Name(id=name)):
            return f'the call "{name}(…)"'
    return _REFUSED.get(type(node), "something outside the claim language")


def _hint(name: object, known: Collection[str]) -> str:
    close = nearest(name, known) if isinstance(name, str) else None
    return f'; did you mean "{close}"?' if close else ""


def _some(known: Collection[str], name: str) -> str:
    names = sorted(known)
    listed = (
        ", ".join(names[:12]) + (", …" if len(names) > 12 else "") if names else "none: the case has none"
    )
    return listed + _hint(name, names)
