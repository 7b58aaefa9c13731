"""A scenario as a case file: the case's text with the numbers that were set, the switches in a comment."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from detente.case.case import Case
from detente.case.read import read_bytes
from detente.errors import CaseError, UsageError
from detente.lab.scenario import AS_WRITTEN, Scenario, scenario
from detente.models import get

if TYPE_CHECKING:
    from detente.case.text import Document

MARK = "# laboratory:"
"""Starts the comment that keeps what a case file has no words for."""
_LISTED = re.compile(rf"^{MARK} (off|levers) = (.*)$", re.MULTILINE)


def export(case: Case, given: Scenario) -> str:
    """The text of a case file that says what the scenario says.

    Comments, order and everything that was not changed stay as they are in the case's own file.

    Raises:
        UsageError: The text cannot be changed so that it says the same.
    """
    from detente.case.text import parse

    text = _LISTED.sub("", case.text).rstrip("\n") + "\n"
    document, _ = parse(text.encode())
    assert document is not None  # it was read before
    lines = text.split("\n")
    starts = sorted({n - 1 for path, n in document.lines.items() if len(path) <= 2} | {len(lines)})
    edits: list[Edit] = []
    for name, value in given.values:
        section = "quantities" if name in case.quantities else "parameters"
        entry = _entry(case, section, name, value)
        known = document.value.get(section)
        if isinstance(known, dict) and name in known:
            first = document.lines[(section, name)] - 1
            if first == document.lines[(section,)] - 1:
                raise UsageError(
                    f"{section}: is written on one line and cannot be changed; write it in lines"
                )
            edits.append((first, _end(lines, starts, first), entry))
        elif isinstance(known, dict):
            at = min(document.lines[(section, key)] for key in known) - 1
            edits.append((at, at, entry))
        else:
            edits.append((len(lines), len(lines), [f"{section}:", *entry]))
    edits += _loosened(case, given, document, lines, starts)
    for first, last, entry in sorted(edits, key=lambda e: e[:2], reverse=True):
        lines[first:last] = entry
    listed = [f"{MARK} {k} = {' '.join(x)}" for k, x in (("off", given.off), ("levers", given.levers)) if x]
    found = "\n".join(["\n".join(lines).rstrip("\n"), *listed]) + "\n"
    try:
        again = read_bytes(found.encode(), Path(case.path).with_suffix(".export.yaml"))
    except CaseError as problem:
        raise UsageError(f"the case's text cannot be changed so: {problem}") from None
    wrong = [name for name, value in given.values if again.assumptions[name].value != value]
    if wrong or kept(again) != Scenario((), given.off, given.levers):
        raise UsageError(
            f"the case's text cannot be changed so: {', '.join(wrong) or 'switches'} would be lost"
        )
    return found


def kept(case: Case) -> Scenario:
    """The switches and levers that a case's text keeps in comments; what does not exist is left out."""
    model = get(case.model)
    listed = {key: words.split() for key, words in _LISTED.findall(case.text)}
    try:
        return scenario(case, model, {}, listed.get("off", ()), listed.get("levers", ()))
    except UsageError:
        return AS_WRITTEN


Edit = tuple[int, int, list[str]]


def _loosened(
    case: Case, given: Scenario, document: Document, lines: list[str], starts: list[int]
) -> list[Edit]:
    """Without the correlations of numbers that are now fixed: they would be a fault."""
    fixed = {name for name, _ in given.values}
    gone = [i for i, c in enumerate(case.correlations) if fixed & set(c.between)]
    if not gone:
        return []
    if len(gone) == len(case.correlations):
        first = document.lines[("correlations",)] - 1
        after = min(
            [n for n in (document.lines[(key,)] - 1 for key in document.value) if n > first] + [len(lines)]
        )
        last = max(i for i in range(first, after) if _says(lines[i]))
        return [(first, last + 1, [])]
    firsts = [document.lines[("correlations", i)] - 1 for i in gone]
    return [(first, _end(lines, starts, first), []) for first in firsts]


def _end(lines: list[str], starts: list[int], first: int) -> int:
    """One past the last line of the entry that starts at a line; comments after it are the next one's."""
    after = next(n for n in starts if n > first)
    return 1 + max(i for i in range(first, after) if _says(lines[i]))


def _says(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _entry(case: Case, section: str, name: str, value: float) -> list[str]:
    parameter = get(case.model).by_name.get(name)
    if parameter is not None and parameter.labels:
        written = f'"{parameter.labels[int(value)]}"'
    else:
        written = str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
    unit = [f"    unit: {_quoted(case.quantities[name].unit)}"] if section == "quantities" else []
    return [
        f"  {name}:",
        f"    value: {written}",
        *unit,
        "    source: assumed",
        '    why: "Set in the laboratory."',
    ]


def _quoted(text: str) -> str:
    import json

    return json.dumps(text, ensure_ascii=False)
