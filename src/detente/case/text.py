"""From the bytes of a case file to plain data with line numbers, and nothing else.

YAML is composed by PyYAML into nodes that know their lines; scalars are typed here, by the core schema
of YAML 1.2 (so `NO` is a text). What can surprise a reader or exhaust a machine is refused: anchors,
tags, merge keys, nulls, repeated keys, more than one document.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

LARGEST = 1 << 20
"""Bytes."""
DEEPEST = 12
"""Levels of nesting."""
MOST_NODES = 20_000
ALLOWED = "\n\t\u200c\u200d"
"""Characters without a shape of their own that texts need: line breaks, and joiners of some scripts."""
LONGEST_NUMBER = 400
"""Characters."""

Path = tuple[str | int, ...]

_INTEGER = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEX = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a case file.

    Attributes:
        line: Where, from 1; 0 if it is about the whole file.
        path: Keys that lead there.
        message: What was found, what was expected.
        excerpt: Lines to show below the message.
    """

    line: int
    path: str
    message: str
    excerpt: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A file as plain data.

    Attributes:
        value: Mappings, lists, texts, numbers, truth values.
        lines: For every path in it the line of its key, or of the item of a list.
    """

    value: dict[str, Any]
    lines: dict[Path, int]

    def line(self, path: Path) -> int:
        """The line of a path, or of the longest part of it that exists."""
        while path not in self.lines:
            path = path[:-1]
        return self.lines[path]


def parse(data: bytes) -> tuple[Document | None, list[Fault]]:
    """Read the bytes of a file.

    Returns:
        The document, or None if nothing can be made of the bytes; and all faults found.
    """
    if len(data) > LARGEST:
        return _refused(0, f"found {len(data):,} bytes, expected at most {LARGEST:,}")
    if b"\0" in data:
        return _refused(
            0, f"found a zero byte at byte {data.index(0)}, expected a text file, not a binary one"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data[: problem.start].count(b"\n") + 1
        return _refused(line, f"found a byte that is not UTF-8 at byte {problem.start}, expected UTF-8 text")
    if not text.strip():
        return _refused(0, "found an empty file, expected a case; detente new ID prints one to start from")
    return _compose(text)


def _refused(line: int, message: str) -> tuple[None, list[Fault]]:
    return None, [Fault(line, "", message)]


def _compose(text: str) -> tuple[Document | None, list[Fault]]:
    import yaml

    try:
        limit = _limits(text)
        if limit is not None:
            return None, [limit]
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        what = ", ".join(x for x in (problem.context, problem.problem) if x)
        where = f" at column {mark.column + 1}" if mark else ""
        return _refused(
            mark.line + 1 if mark else 0, f"found what is not YAML{where} ({what}), expected YAML 1.2"
        )
    except yaml.YAMLError as problem:
        return _refused(0, f"found what is not YAML ({problem}), expected YAML 1.2".replace("\n", " "))
    if node is None:
        return _refused(0, "found no content, expected a case; detente new ID prints one to start from")
    reader = _Reader()
    value = reader.build(node, ())
    if not isinstance(value, dict):
        return _refused(
            node.start_mark.line + 1, f"found {kind(value)}, expected a mapping of keys to values"
        )
    return Document(value, reader.lines), reader.faults


def _limits(text: str) -> Fault | None:
    """Anchors, tags, depth and size, seen as the text goes by, before anything is built from it."""
    import yaml

    depth = nodes = documents = 0
    for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            return Fault(
                line, "", f"found the alias *{event.anchor}, expected the value itself: aliases are refused"
            )
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                return Fault(line, "", "found a second document, expected one case in a file")
        if not isinstance(event, yaml.NodeEvent):
            depth -= isinstance(event, yaml.CollectionEndEvent)
            continue
        nodes += 1
        if event.anchor is not None:
            return Fault(line, "", f"found the anchor &{event.anchor}, expected none: anchors are refused")
        tag = getattr(event, "tag", None)
        if tag is not None and tag != "!":
            return Fault(line, "", f"found the tag {tag}, expected none: tags are refused")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                return Fault(line, "", f"found more than {DEEPEST} levels of nesting, expected fewer")
        if nodes > MOST_NODES:
            return Fault(line, "", f"found more than {MOST_NODES:,} values, expected fewer: split the case")
    return None


class _Reader:
    """Builds plain data from nodes; collects lines and faults."""

    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self.faults: list[Fault] = []

    def build(self, node: Any, path: Path) -> Any:
        import yaml

        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*path, i)) for i, item in enumerate(node.value)]
        if not isinstance(node, yaml.MappingNode):
            return self.scalar(node, path)
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = self.key(key_node, path, line)
            if key is None:
                continue
            if key in found:
                first = self.lines[(*path, key)]
                self.fault(
                    line,
                    (*path, key),
                    f'found the key "{key}" again, expected it once (first in line {first})',
                )
                continue
            self.lines[(*path, key)] = line
            found[key] = self.build(value_node, (*path, key))
        return found

    def key(self, node: Any, path: Path, line: int) -> str | None:
        import yaml

        if not isinstance(node, yaml.ScalarNode):
            self.fault(line, path, "found a key that is a collection, expected a text")
            return None
        if node.value == "<<" and not node.style:
            self.fault(line, path, 'found the merge key "<<", expected the values themselves')
            return None
        long = len(node.value) > LONGEST_NUMBER
        value = node.value if node.style or long else typed(node.value)
        if not isinstance(value, str) or not value or not value.isprintable():
            self.fault(line, path, f"found the key {node.value!a:.60}, expected a printable text")
            return None
        return value

    def scalar(self, node: Any, path: Path) -> Any:
        line = node.start_mark.line + 1
        strange = next((c for c in node.value if not (c.isprintable() or c in ALLOWED)), None)
        if strange is not None:
            self.fault(line, path, f"found the character {strange!a}, expected printable text")
            return _MISSING
        if node.style:  # quoted or a block
            return node.value
        if len(node.value) > LONGEST_NUMBER and _INTEGER.fullmatch(node.value):
            self.fault(line, path, f"found a number of {len(node.value):,} digits, expected fewer")
            return _MISSING
        value = typed(node.value)
        if value is None:
            self.fault(line, path, "found nothing, expected a value; leave the key out instead")
            return _MISSING
        if isinstance(value, float) and not math.isfinite(value):
            self.fault(line, path, f"found {node.value}, expected a finite number")
            return _MISSING
        return value

    def fault(self, line: int, path: Path, message: str) -> None:
        self.faults.append(Fault(line, dotted(path), message))


class Missing:
    """Stands where a value has been refused already, so that it is not found fault with twice."""


_MISSING = Missing()


def typed(text: str) -> Any:
    """A plain scalar by the core schema of YAML 1.2: null, truth value, whole number, number or text."""
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text in ("true", "True", "TRUE", "false", "False", "FALSE"):
        return text[0] in "tT"
    for pattern, base in ((_INTEGER, 10), (_OCTAL, 8), (_HEX, 16)):
        if pattern.fullmatch(text):
            return int(text, base) if base == 10 else int(text[2:], base)
    if _INFINITE.fullmatch(text):
        return math.inf
    return float(text) if _FLOAT.fullmatch(text) else text


def dotted(path: Path) -> str:
    """A path in words: ``parameters.trust.prior``, ``claims[3].test``; items of lists count from 1."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def kind(value: Any) -> str:
    """A value's kind and content in a few words, for messages."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"the number {value}"
        case str():
            return f'the text "{value}"' if len(value) <= 40 else f'the text "{value[:37]}…"'
        case list():
            return f"a list of {len(value)}"
        case dict():
            return f"a mapping with {', '.join(map(str, list(value)[:4]))}" if value else "an empty mapping"
    return "nothing"
