"""What a case means: references, domains, priors, claims and levers, all faults at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any

from detente.case import schema
from detente.case.case import ASSUMED, Correlation, Formula, Prior
from detente.case.claims import ClaimError, Vocabulary, parse_formula, parse_test
from detente.case.shape import Shapes, one_of
from detente.case.text import Document, Fault, Missing, Path, kind
from detente.model import Model
from detente.parameter import Domain, Parameter

LARGEST = 1e12
"""Numbers beyond it are slips of the pen."""

ANYTHING = Domain.parse("(-inf, inf)")
LEARNING = {"support": (), "promises": ("reliable_performance", "unreliable_performance", "members")}
"""What a model must know for an experience to be learned from."""


class Checker(Shapes):
    """Finds every fault of a document.

    Attributes:
        priors: By name, the priors that are sound.
        ids: Of claims and levers, and where they were first given.
        doubtful: Names of what has a fault of its own, which is not to be found fault with again
            wherever it is used.
    """

    def __init__(self, document: Document, faults: Iterable[Fault] = ()) -> None:
        super().__init__(document, faults)
        self.priors: dict[str, Prior] = {}
        self.ids: dict[str, Path] = {}
        self.doubtful = self._doubtful()
        for section in ("parameters", "quantities"):
            self._assumptions(section)
        self._experience()
        self._correlations()
        self._levers()
        self._claims()

    def _doubtful(self) -> set[str]:
        found: set[str] = set()
        for section in ("parameters", "quantities", "formulas"):
            given = self.document.value.get(section)
            found |= set(given if isinstance(given, dict) else ()) - set(self.entries[section])
        levers = self.document.value.get("levers")
        for i, lever in enumerate(levers if isinstance(levers, list) else ()):
            if (
                i not in self.entries["levers"]
                and isinstance(lever, dict)
                and isinstance(lever.get("id"), str)
            ):
                found.add(lever["id"])
        return found

    # --- Numbers

    def _assumptions(self, section: str) -> None:
        model = self.model
        for name, entry in self.entries[section].items():
            path: Path = (section, name)
            parameter = None
            if section == "parameters":
                parameter = model.by_name.get(name) if model else None
                if model and parameter is None:
                    self.fault(
                        path, f'found the unknown parameter "{name}", expected {one_of(name, model.by_name)}'
                    )
            elif model and (name in model.by_name or name in {o.name for o in model.outcomes}):
                self.fault(path, f'found "{name}", which the model has already, expected another name')
            given = [k for k in ("value", "prior", "learned") if getattr(entry, k, None) is not None]
            kinds = "value, prior, learned" if section == "parameters" else "value, prior"
            if len(given) != 1:
                self.fault(path, f"found {' and '.join(given) or 'none'}, expected exactly one of {kinds}")
            self._source(path, entry, needed=getattr(entry, "learned", None) is None)
            if isinstance(entry.value, Missing):
                continue
            if entry.value is not None and parameter is not None:
                try:
                    code = parameter.code(entry.value)
                    if abs(code) > LARGEST:
                        raise ValueError(f"found {code:g}, expected a number up to {LARGEST:g}")
                except ValueError as problem:
                    self.fault((*path, "value"), str(problem))
            elif entry.value is not None and section == "quantities" and isinstance(entry.value, bool):
                self.fault((*path, "value"), f"found {kind(entry.value)}, expected a number")
            if entry.prior is not None and (parameter is not None or section == "quantities"):
                self._prior(name, (*path, "prior"), entry.prior, parameter)
            learned = getattr(entry, "learned", None)
            if learned is not None:
                self._learned(path, learned, parameter)

    def _source(self, path: Path, entry: Any, needed: bool) -> None:
        if entry.source is None:
            if needed:
                self.fault(path, f'found no source, expected the id of a source, or "{ASSUMED}" with a why')
            return
        if entry.source == ASSUMED:
            if getattr(entry, "why", None) is None:
                self.fault(
                    path, f"found source: {ASSUMED} without a why, expected the argument for the number"
                )
            return
        known = self.document.value.get("sources")
        known = known if isinstance(known, dict) else {}
        if entry.source not in known:
            choices = one_of(entry.source, [ASSUMED, *known])
            self.fault((*path, "source"), f'found the unknown source "{entry.source}", expected {choices}')

    def _learned(self, path: Path, learned: str, parameter: Parameter | None) -> None:
        experience = self.document.value.get("experience")
        if not isinstance(experience, dict) or learned not in experience:
            self.fault((*path, "learned"), f'found "{learned}", expected an experience of that name below')
        if parameter is None or self.model is None:
            return
        if 0.5 not in parameter.domain or parameter.domain.high > 1 or parameter.static:
            self.fault((*path, "learned"), f"found {parameter.name} learned, expected a probability")
        missing = [n for n in LEARNING.get(learned, ()) if n not in self.model.by_name]
        if missing:
            self.fault((*path, "learned"), f"found {learned}, expected a model with {', '.join(missing)}")

    def _prior(self, name: str, path: Path, entry: schema.PriorEntry, parameter: Parameter | None) -> None:
        given = {k: v for k, v in entry if v is not None and k != "within"}
        if len(given) != 1:
            kinds = "uniform, triangular, beta, normal, lognormal, choice"
            self.fault(path, f"found {' and '.join(given) or 'no kind'}, expected exactly one of {kinds}")
            return
        ((what, args),) = given.items()
        domain = parameter.domain if parameter else ANYTHING
        if parameter is not None and parameter.static:
            self.fault(path, f"found a prior for {name}, which is the same in every draw, expected a value")
            return
        if what == "choice":
            self._choice(name, path, args, parameter)
            if entry.within is not None:
                self.fault((*path, "within"), "found bounds for a choice, expected none")
            return
        if parameter is not None and (parameter.labels or domain.whole):
            self.fault(
                path, f"found {what} for {name}, expected a value or a choice: it is {parameter.expected}"
            )
            return
        problem = _arguments(what, args)
        if problem:
            self.fault((*path, what), f"found {args}, expected {problem}")
            return
        low, high = _bounds(what, args, domain)
        if entry.within is not None:
            place = (*path, "within")
            if what in ("uniform", "triangular"):
                self.fault(place, f"found bounds for a prior that is {what}, expected none: it has its own")
                return
            if len(entry.within) != 2 or not entry.within[0] < entry.within[1]:
                self.fault(place, f"found {entry.within}, expected [low, high] with low < high")
                return
            low, high = entry.within
        if low < domain.low or high > domain.high:
            where = (*path, what if entry.within is None else "within")
            expected = parameter.expected if parameter else str(domain)
            self.fault(where, f"found values from {low:g} to {high:g}, expected them within {expected}")
            return
        if what == "lognormal" and low < 0:
            self.fault((*path, "within"), f"found {low:g}, expected bounds that are not negative")
            return
        self.priors[name] = Prior(what, tuple(map(float, args)), float(low), float(high))

    def _choice(self, name: str, path: Path, values: list[Any], parameter: Parameter | None) -> None:
        codes = []
        for i, value in enumerate(values):
            place = (*path, "choice", i)
            if isinstance(value, Missing):
                continue
            try:
                if parameter is not None:
                    codes.append(parameter.code(value))
                elif isinstance(value, bool) or not isinstance(value, int | float):
                    self.fault(place, f"found {kind(value)}, expected a number")
                else:
                    codes.append(float(value))
            except ValueError as problem:
                self.fault(place, str(problem))
        if len(codes) == len(values):
            if len(set(codes)) < len(codes):
                self.fault((*path, "choice"), "found a value twice, expected each once")
            self.priors[name] = Prior("choice", tuple(codes), min(codes), max(codes))

    # --- Experience and correlations

    def _experience(self) -> None:
        for about, entry in self.entries["experience"].items():
            for i, episode in enumerate(entry.episodes):
                path: Path = ("experience", about, "episodes", i)
                if episode.source == ASSUMED:
                    self.fault(
                        (*path, "source"), f'found "{ASSUMED}", expected a source: something happened or not'
                    )
                else:
                    self._source(path, episode, needed=True)

    def _correlations(self) -> None:
        uncertain = {
            name: getattr(entry, "learned", None) or name
            for section in ("parameters", "quantities")
            for name, entry in self.entries[section].items()
            if entry.value is None
        }
        pairs: set[frozenset[str]] = set()
        sound: list[Correlation] = []
        for i, entry in self.entries["correlations"].items():
            path: Path = ("correlations", i, "between")
            if any(n in self.doubtful for n in entry.between):
                continue
            strangers = [n for n in entry.between if n not in uncertain]
            for name in strangers:
                place = (*path, entry.between.index(name))
                self.fault(place, f'found "{name}", expected an uncertain number: {one_of(name, uncertain)}')
            if strangers:
                continue
            pair = frozenset(uncertain[n] for n in entry.between)
            if len(pair) == 1:
                self.fault(
                    path, f"found {' and '.join(entry.between)}, expected two different uncertain numbers"
                )
            elif pair in pairs:
                self.fault(path, f"found {' and '.join(entry.between)} again, expected each pair once")
            else:
                pairs.add(pair)
                sound.append(Correlation(tuple(entry.between), entry.rank))
        if len(sound) > 1 and not _definite(sound, uncertain):
            self.fault(
                ("correlations",),
                "found rank correlations that no numbers can have together, expected a positive definite set:"
                " weaken one of them",
            )

    # --- Claims and levers

    def _levers(self) -> None:
        self._ids("levers")
        if self.model is None:
            return
        for i, entry in self.entries["levers"].items():
            for name, change in entry.changes.items():
                path: Path = ("levers", i, "changes", name)
                parameter = self.model.by_name.get(name)
                if parameter is None:
                    known = one_of(name, self.model.by_name)
                    self.fault(path, f'found the unknown parameter "{name}", expected {known}')
                    continue
                if parameter.static or parameter.labels:
                    self.fault(
                        path, f"found a change of {name}, expected a parameter that is a number in each draw"
                    )
                given = [k for k, v in change if v is not None]
                if len(given) != 1:
                    self.fault(
                        path, f"found {' and '.join(given) or 'none'}, expected one of set, add, scale"
                    )
                elif change.set is not None and change.set not in parameter.domain:
                    self.fault((*path, "set"), f"found {change.set:g}, expected {parameter.expected}")
                elif change.scale is not None and change.scale < 0:
                    self.fault(
                        (*path, "scale"), f"found {change.scale:g}, expected a factor that is not negative"
                    )

    def _ids(self, section: str) -> None:
        seen = self.ids
        for i, entry in self.entries[section].items():
            if entry.id in seen:
                first = self.document.line(seen[entry.id])
                self.fault(
                    (section, i, "id"),
                    f'found "{entry.id}" again, expected each id once (first in line {first})',
                )
            seen.setdefault(entry.id, (section, i, "id"))

    def _claims(self) -> None:
        self._ids("claims")
        model = self.model
        if model is None:
            return
        given = self.document.value.get("quantities")
        names = [*model.by_name, *(given if isinstance(given, dict) else ())]
        formulas = self._formulas(model, names)
        horizon = self._horizon(model)
        levers = [e.id for e in self.entries["levers"].values()]
        words = Vocabulary(model, {n: "" for n in names if n not in model.by_name}, formulas, levers, horizon)
        for i, entry in self.entries["claims"].items():
            self._test(("claims", i, "test"), entry.test, words)
            for j, also in enumerate(entry.beside):
                self._test(("claims", i, "beside", j, "test"), also.test, words)

    def _horizon(self, model: Model) -> int:
        entry = self.entries["parameters"].get("horizon")
        if "horizon" not in model.by_name:
            return 1
        value = entry.value if entry else None
        parameter = model.by_name["horizon"]
        sound = isinstance(value, int | float) and value in parameter.domain
        return int(value) if sound and value is not None else int(parameter.default)

    def _formulas(self, model: Model, names: Collection[str]) -> dict[str, Formula]:
        found: dict[str, Formula] = {}
        for name, entry in self.entries["formulas"].items():
            if name in names or name in {o.name for o in model.outcomes}:
                self.fault(
                    ("formulas", name), f'found "{name}", which is taken already, expected another name'
                )
            for label, text in entry.variants.items():
                try:
                    parse_formula(text, names)
                except ClaimError as problem:
                    self.doubtful.add(name)
                    self.fault(
                        ("formulas", name, "variants", label), problem.message, _caret(text, problem.column)
                    )
            found[name] = Formula(name, entry.says, entry.unit, dict(entry.variants))
        return found

    def _test(self, path: Path, text: str, words: Vocabulary) -> None:
        try:
            parse_test(text, words)
        except ClaimError as problem:
            late = "horizon" in self.doubtful and problem.message.startswith("years:")
            if not late and not self.doubtful & set(re.findall(r"[a-z0-9_-]+", text)):
                self.fault(path, problem.message, _caret(text, problem.column))


# --- Helpers --------------------------------------------------------------------------------------


def _arguments(what: str, args: list[float]) -> str:
    """What is wrong with the numbers of a prior, as what was expected; "" if nothing is."""
    match what, args:
        case "uniform", [low, high]:
            return "" if low < high else "[low, high] with low < high"
        case "triangular", [low, mode, high]:
            return (
                ""
                if low <= mode <= high and low < high
                else "[low, mode, high] with low ≤ mode ≤ high, low < high"
            )
        case "beta", [a, b]:
            return "" if min(a, b) > 0 else "[a, b], both above 0"
        case "normal", [_, sd]:
            return "" if sd > 0 else "[mean, sd] with sd above 0"
        case "lognormal", [median, sigma]:
            return "" if median > 0 and 0 < sigma <= 10 else "[median, sigma], both above 0, sigma up to 10"
    names = "[low, mode, high]" if what == "triangular" else "two numbers"
    return names


def _bounds(what: str, args: list[float], domain: Domain) -> tuple[float, float]:
    """Support of a prior without bounds of its own."""
    match what:
        case "uniform" | "triangular":
            return args[0], args[-1]
        case "beta":
            return 0.0, 1.0
        case "lognormal":
            return max(0.0, domain.low), domain.high
    return domain.low, domain.high


def _definite(correlations: list[Correlation], place: dict[str, str]) -> bool:
    import numpy as np

    from detente.case.priors import pearson

    names = sorted({place[n] for c in correlations for n in c.between})
    matrix = np.eye(len(names))
    for c in correlations:
        i, j = (names.index(place[n]) for n in c.between)
        matrix[i, j] = matrix[j, i] = pearson(c.rank)
    try:
        np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return False
    return True


def _caret(text: str, column: int) -> tuple[str, ...]:
    """The part of a text around a column, and a caret below the place."""
    flat = "".join(" " if c.isspace() else c for c in text)
    start = max(0, min(column - 60, len(flat) - 90))
    shown = flat[start : start + 100]
    return shown, " " * (min(column, len(flat)) - start) + "^"
