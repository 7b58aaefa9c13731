"""The shape of a case file: keys, kinds of values, nothing missing and nothing unknown.

Each entry is checked by itself, so that a fault in one hides nothing in another.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Annotated, Any, TypeVar, get_args

from pydantic import TypeAdapter, ValidationError

from detente.case import schema
from detente.case.case import ASSUMED
from detente.case.text import Document, Fault, Missing, Path, dotted, kind
from detente.model import Model
from detente.models import NAMES, get
from detente.parameter import nearest

E = TypeVar("E", bound=schema.Entry)

RESERVED = (ASSUMED, "experience")
"""What `source` says where no source is meant."""


class Shapes:
    """Checks the shape of a document and collects faults.

    Attributes:
        document: The file.
        faults: All of them, in the order in which they were found.
        model: The model, or None if the case names none that exists.
        entries: By section and key (or place in a list), the entries whose shape is sound.
    """

    def __init__(self, document: Document, faults: Iterable[Fault] = ()) -> None:
        self.document = document
        self.faults = list(faults)
        self.model: Model | None = None
        self.entries: dict[str, dict[Any, Any]] = {name: {} for name in schema.SECTIONS}
        self._top()
        for name, entry in schema.SECTIONS.items():
            self._section(name, entry)

    def fault(self, path: Path, message: str, excerpt: tuple[str, ...] = ()) -> None:
        """Note a fault at a path."""
        self.faults.append(Fault(self.document.line(path), self._dotted(path), message, excerpt))

    def _dotted(self, path: Path) -> str:
        """The path in words, with an entry's id in place of its number."""
        if len(path) >= 2 and isinstance(path[1], int) and path[0] in schema.LISTS:
            entry = self.document.value[str(path[0])][path[1]]
            if isinstance(entry, dict) and isinstance(entry.get("id"), str):
                path = (path[0], entry["id"], *path[2:])
        return dotted(path)

    def _top(self) -> None:
        value, fields = self.document.value, schema.CaseEntry.model_fields
        names = {f.alias or n: f for n, f in fields.items()}
        for key in value:
            if key not in names:
                self.fault((key,), f'found the unknown key "{key}", expected {one_of(key, names)}')
        for key, field in names.items():
            if key not in value:
                if field.is_required():
                    self.fault(
                        (), f"found no {key}, expected it: {field.description or 'see the case format'}"
                    )
            elif key == "schema":
                if not isinstance(value[key], Missing) and (value[key] is True or value[key] != 1):
                    self.fault((key,), f"found {kind(value[key])}, expected 1, the version of this format")
            elif key == "model":
                self._named(value[key])
            elif key not in schema.SECTIONS:
                self._shaped(field.annotation, field.metadata, (key,), value[key])
        as_of = value.get("as_of")
        if isinstance(as_of, str) and not any(f.path == "as_of" for f in self.faults):
            try:
                date.fromisoformat(as_of)
            except ValueError:
                self.fault(("as_of",), f"found {as_of}, which is no day of the calendar, expected one")

    def _named(self, name: Any) -> None:
        if isinstance(name, str) and name in NAMES:
            self.model = get(name)
        elif not isinstance(name, Missing):
            self.fault(("model",), f"found {kind(name)}, which is no model, expected {one_of(name, NAMES)}")

    def _shaped(self, annotation: Any, metadata: Iterable[Any], path: Path, value: Any) -> None:
        whole: Any = annotation
        for extra in metadata:
            whole = Annotated[whole, extra]
        try:
            TypeAdapter[Any](whole).validate_python(value, strict=True)
        except ValidationError as problem:
            self._explain(problem, path, None)

    def _section(self, name: str, entry: type[schema.Entry]) -> None:
        value = self.document.value.get(name)
        if value is None or isinstance(value, Missing):
            return
        listed = name in schema.LISTS
        if not isinstance(value, list if listed else dict):
            self.fault(
                (name,), f"found {kind(value)}, expected a {'list' if listed else 'mapping'} of entries"
            )
            return
        if name == "claims" and not value:
            self.fault((name,), "found no claim, expected at least one")
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in pairs:
            self._key(name, key)
            found = self.shape(entry, (name, key), item)
            if found is not None:
                self.entries[name][key] = found

    def _key(self, section: str, key: str | int) -> None:
        pattern = {"sources": schema.Slug, "experience": schema.Experience}.get(section, schema.Word)
        if isinstance(key, int) or section == "parameters":
            return  # an unknown parameter is named with the nearest one
        try:
            TypeAdapter(pattern).validate_python(key, strict=True)
        except ValidationError:
            expected = {
                "sources": "small letters, digits and hyphens",
                "experience": 'one of "support", "promises"',
            }.get(section, "small letters, digits and underscores, a letter first")
            self.fault((section, key), f'found the key "{key}", expected {expected}')
        if section == "sources" and key in RESERVED:
            self.fault((section, key), f'found "{key}", which has a meaning of its own, expected another id')

    def shape(self, entry: type[E], path: Path, value: Any) -> E | None:
        """The entry at a path, or None if its shape is not sound."""
        if isinstance(value, Missing):
            return None
        try:
            return _adapter(entry).validate_python(value, strict=True)
        except ValidationError as problem:
            self._explain(problem, path, entry)
            return None

    def _explain(self, problem: ValidationError, path: Path, entry: type[schema.Entry] | None) -> None:
        for error in problem.errors(include_url=False):
            found = error["input"]
            if isinstance(found, Missing):
                continue  # refused where it was read
            where = (*path, *error["loc"])
            what, context = error["type"], error.get("ctx", {})
            if what == "extra_forbidden":
                known = _known(entry, error["loc"][:-1])
                self.fault(where, f'found the unknown key "{where[-1]}", expected {one_of(where[-1], known)}')
            elif what == "missing":
                self.fault(where[:-1], f"found no {where[-1]}, expected it")
            else:
                self.fault(where, f"found {kind(found)}, expected {_expected(what, context)}")


@lru_cache(maxsize=64)
def _adapter(entry: type[E]) -> TypeAdapter[E]:
    return TypeAdapter(entry)


def one_of(name: object, known: Iterable[str]) -> str:
    """The names that are known, in words, with the one that was perhaps meant."""
    names = list(known)
    if not names:
        return "none: there is none to name"
    close = nearest(name, names)
    listed = ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
    return f"one of {listed}" + (f'; did you mean "{close}"?' if close else "")


def _known(entry: type[schema.Entry] | None, loc: tuple[Any, ...]) -> list[str]:
    """The keys that are known at a place inside an entry."""
    here: Any = entry
    for part in loc:
        if isinstance(part, str) and isinstance(here, type) and part in here.model_fields:
            here = _entry_in(here.model_fields[part].annotation)
    return list(here.model_fields) if here is not None else []


def _entry_in(annotation: Any) -> type[schema.Entry] | None:
    """The entry that an annotation such as ``PriorEntry | None`` or ``list[EpisodeEntry]`` holds."""
    if isinstance(annotation, type) and issubclass(annotation, schema.Entry):
        return annotation
    return next((x for x in map(_entry_in, get_args(annotation)) if x is not None), None)


def _expected(what: str, context: dict[str, Any]) -> str:
    match what:
        case "string_type":
            return "a text"
        case "float_type" | "int_type" | "int_from_float":
            return "a whole number" if "int" in what else "a number"
        case "bool_type":
            return "true or false"
        case "list_type":
            return "a list"
        case "dict_type" | "model_type" | "model_attributes_type":
            return "a mapping"
        case "literal_error":
            return f"{context['expected']}".replace("'", '"')
        case "string_too_short":
            return "a text that is not empty"
        case "string_too_long":
            return f"at most {context['max_length']} characters"
        case "string_pattern_mismatch":
            return _PATTERNS.get(context["pattern"], f"a text like {context['pattern']}")
        case "too_short":
            return f"at least {context['min_length']}"
        case "too_long":
            return f"at most {context['max_length']}"
        case "greater_than":
            return f"a number above {context['gt']:g}"
        case "greater_than_equal":
            return f"a number from {context['ge']:g} up"
        case "less_than":
            return f"a number below {context['lt']:g}"
        case "less_than_equal":
            return f"a number up to {context['le']:g}"
        case "finite_number":
            return "a finite number"
    return what.replace("_", " ")


_PATTERNS = {
    r"^[a-z0-9]+(-[a-z0-9]+)*$": "small letters, digits and single hyphens",
    r"^[a-z][a-z0-9_]*$": "small letters, digits and underscores, a letter first",
    r"^\d{4}-\d{2}-\d{2}$": "a day such as 2026-02-01",
    r"\S": "a text that is not blank",
    r"^https?://\S+$": "an address that begins with http:// or https://",
}
