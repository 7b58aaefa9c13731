"""Reading a case: from a file or a packaged id to a `Case`, or to one message with all its faults."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from detente.case.case import (
    ASSUMED,
    Assumption,
    Beside,
    Case,
    Change,
    Claim,
    Correlation,
    Episode,
    Experience,
    Formula,
    Lever,
    Source,
)
from detente.case.text import LARGEST, Fault, parse
from detente.errors import CaseError
from detente.parameter import nearest

MOST_FAULTS = 100
"""Faults shown in one message."""

CASES = Path(__file__).parents[1] / "cases"


def packaged() -> tuple[str, ...]:
    """Ids of the cases that come with the package."""
    return tuple(sorted(x.parent.name for x in CASES.glob("*/case.yaml")))


def read(source: str | Path) -> Case:
    """Read a case and check all of it.

    Args:
        source: Path of a case file, or the id of a packaged case.

    Raises:
        CaseError: There is no such file, or it has faults; the message lists all of them.
    """
    path = locate(source)
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
        size = path.stat().st_size
    except OSError as problem:
        raise CaseError(f"{path}: cannot be read ({problem.strerror}); expected a case file") from None
    return read_bytes(data, path, size)


def read_bytes(data: bytes, path: Path, size: int | None = None) -> Case:
    """Read a case from the bytes of a file, and check all of it.

    Args:
        data: What the file holds, or as much of it as may be read.
        path: Where it came from, for messages.
        size: Bytes of the whole file; None: of `data`.

    Raises:
        CaseError: It has faults; the message lists all of them.
    """
    from detente.case.check import Checker

    document, faults = parse(data)
    if len(data) > LARGEST:
        faults = [Fault(0, "", f"found {size or len(data):,} bytes, expected at most {LARGEST:,}")]
    if document is None:
        raise CaseError(message(path, faults))
    checker = Checker(document, faults)
    if checker.faults:
        raise CaseError(message(path, checker.faults))
    return _build(checker, path, data.decode("utf-8-sig"))


def locate(source: str | Path) -> Path:
    """The file that is meant: an existing path first, then a packaged case.

    Raises:
        CaseError: There is neither.
    """
    path, name = Path(source), str(source)
    if path.is_file():
        return path
    if name in packaged():
        return CASES / name / "case.yaml"
    if path.is_dir():
        raise CaseError(f"{name}: found a folder, expected a case file or the id of a packaged case")
    close = nearest(name, packaged())
    hint = f'; did you mean "{close}"?' if close else ""
    raise CaseError(
        f"{name}: found no such file and no packaged case, expected a file or one of"
        f" {', '.join(packaged())}{hint}"
    )


def message(path: Path, faults: list[Fault]) -> str:
    """All faults of a file in one text, by line."""
    count = f"{len(faults)} fault{'s' * (len(faults) > 1)}"
    lines = [f"{path}: {count}"]
    for fault in sorted(faults, key=lambda f: f.line)[:MOST_FAULTS]:
        where = f"{path}:{fault.line}" if fault.line else f"{path}"
        lines.append(f"  {where}: {printable(fault.path)}{': ' * bool(fault.path)}{printable(fault.message)}")
        lines += [f"      {printable(line)}" for line in fault.excerpt]
    if len(faults) > MOST_FAULTS:
        lines.append(f"  and {len(faults) - MOST_FAULTS} more")
    return "\n".join(lines)


def printable(text: str) -> str:
    """The text with everything that could steer a terminal written out."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _build(checker: Any, path: Path, text: str) -> Case:
    """The case, from a document that has been found sound."""
    value, entries, model = checker.document.value, checker.entries, checker.model
    experience = {
        about: Experience(
            about,
            (float(e.prior.beta[0]), float(e.prior.beta[1])),
            tuple(Episode(x.name, x.year, x.kept, float(x.weight), x.source) for x in e.episodes),
        )
        for about, e in entries["experience"].items()
    }
    case = Case(
        id=value["id"],
        title=value["title"],
        question=value["question"],
        model=model.name,
        holder=value["holder"],
        demander=value["demander"],
        as_of=value["as_of"],
        sources={id: Source(id, e.citation, e.url) for id, e in entries["sources"].items()},
        parameters={p.name: _parameter(checker, p) for p in model.parameters},
        quantities={
            name: Assumption(
                name,
                None if e.value is None else float(e.value),
                checker.priors.get(name),
                None,
                e.source,
                e.why or "",
                e.unit,
            )
            for name, e in entries["quantities"].items()
        },
        formulas={
            name: Formula(name, e.says, e.unit, dict(e.variants)) for name, e in entries["formulas"].items()
        },
        correlations=tuple(Correlation(tuple(e.between), e.rank) for e in entries["correlations"].values()),
        experience=experience,
        claims=tuple(
            Claim(e.id, e.side, e.section, e.says, e.test, tuple(Beside(b.says, b.test) for b in e.beside))
            for e in entries["claims"].values()
        ),
        levers=tuple(
            Lever(e.id, e.who, e.says, {name: _change(c) for name, c in e.changes.items()})
            for e in entries["levers"].values()
        ),
        digest="",
        path=str(path),
        text=text,
    )
    return replace(case, digest=digest(case))


def _parameter(checker: Any, parameter: Any) -> Assumption:
    name, entry = parameter.name, checker.entries["parameters"].get(parameter.name)
    if entry is None:
        return Assumption(name, parameter.default, None, None, "model default", "", parameter.unit)
    value = None if entry.value is None else parameter.code(entry.value)
    source = entry.source or ("experience" if entry.learned else ASSUMED)
    return Assumption(
        name, value, checker.priors.get(name), entry.learned, source, entry.why or "", parameter.unit
    )


def _change(entry: Any) -> Change:
    ((what, amount),) = ((k, v) for k, v in entry if v is not None)
    return Change(what, float(amount))


def digest(case: Case) -> str:
    """SHA-256 of what a case says, in canonical JSON: the same for two files that say the same."""
    content = {k: v for k, v in asdict(case).items() if k not in ("digest", "path", "text")}
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
