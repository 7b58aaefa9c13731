"""What a report is made from: a run folder, read back as plain data."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detente.case.case import Case
from detente.errors import RunError
from detente.study.folder import CHUNKS, FORMAT, MANIFEST
from detente.study.stored import VERDICTS, resolved

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

FIGURES, COMPARISON = "figures.json", "comparison.json"


class Plain(dict[str, Any]):
    """An object of a JSON file, with its keys as attributes too."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    @classmethod
    def of(cls, text: str) -> Any:
        """Read JSON."""
        return json.loads(text, object_hook=cls)


@dataclass(frozen=True, slots=True)
class RunData:
    """A run as it lies in its folder.

    Attributes:
        case: The case that was run, every number resolved.
        manifest: What the run was.
        verdicts: What it says, as in ``verdicts.json``.
        figures: Data of pictures, as in ``figures.json``.
        draws: Columns of the draws by name, shape [draw] or [draw, year]; those that pictures need.
        comparison: With another run, as in ``comparison.json``; None without one.
    """

    case: Case
    manifest: Mapping[str, Any]
    verdicts: Mapping[str, Any]
    figures: Mapping[str, Any]
    draws: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    comparison: Any = None

    @property
    def inputs(self) -> dict[str, Any]:
        """For each uncertain number its quantiles, ends and counts over the draws."""
        return dict(self.figures.get("inputs") or {})


def load(path: Path) -> RunData:
    """Read a finished run.

    Args:
        path: The run folder.

    Raises:
        RunError: It is not one, it is not finished, or a file of it cannot be read.
    """
    manifest = _json(path, MANIFEST, "a run folder")
    if manifest.get("format") != FORMAT:
        raise RunError(f"{path}: written in another format, expected format {FORMAT}; run the case again")
    verdicts = _json(path, VERDICTS, "a finished run (give the command of detente run again to finish it)")
    figures = _json(path, FIGURES, "a finished run (give the command of detente run again to finish it)")
    case = resolved(manifest["resolved_case"])
    draws = columns(path, wanted(case, verdicts), manifest["draws"])
    return RunData(case, manifest, verdicts, figures, draws, comparison(path, manifest))


def comparison(path: Path, manifest: Mapping[str, Any]) -> Any:
    """The comparison kept in a run folder; None without one, or if the run has got other draws since."""
    try:
        found = Plain.of((path / COMPARISON).read_text(encoding="utf-8"))
        return found if found.draws == manifest["draws"] else None
    except (OSError, ValueError, AttributeError):
        return None


def wanted(case: Case, verdicts: Mapping[str, Any]) -> list[str]:
    """Columns of the draws that pictures need: the decisive outcome, paths, what drives the outcome."""
    from detente.models import get

    model = get(case.model)
    names = [f"path:{n}" for n in model.shown]
    if model.decisive:
        names += [f"{model.decisive}()", *(f"input:{n}" for n in leading(case, verdicts))]
    return names


def leading(case: Case, verdicts: Mapping[str, Any]) -> list[str]:
    """The two uncertain parameters of the model that drive the decisive outcome most; none if unknown."""
    from detente.models import get

    known = get(case.model).by_name
    for driven in verdicts.get("drivers") or ():
        if not driven["id"]:
            names = [
                d["name"]
                for d in driven["drivers"]
                if d["name"] in known and not known[d["name"]].labels and not known[d["name"]].static
            ]
            return names[:2] if len(names) >= 2 else []
    return []


def columns(path: Path, names: Sequence[str], draws: int) -> dict[str, NDArray[np.float64]]:
    """Columns of the first draws of a run, those that are there.

    Raises:
        RunError: A chunk cannot be read.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    found: dict[str, list[NDArray[np.float64]]] = {}
    for file in sorted((path / CHUNKS).glob("*.parquet")):
        try:
            there = [n for n in names if n in pq.read_schema(file).names]
            table = pq.read_table(file, columns=there)
        except (OSError, pa.ArrowException) as problem:
            raise RunError(
                f"{file}: cannot be read ({problem}); give the command of detente run again"
            ) from None
        for n in there:
            found.setdefault(n, []).append(numbers(table[n]))
    return {n: np.concatenate(parts)[:draws] for n, parts in found.items()}


def numbers(column: pa.ChunkedArray) -> NDArray[np.float64]:
    """A column of a run's table as an array, shape [draw], or [draw, year] for one of lists."""
    import numpy as np

    found = column.to_numpy()
    return np.stack(found) if found.dtype == object else found.astype(float)


def _json(path: Path, name: str, expected: str) -> dict[str, Any]:
    file = path / name
    if not file.exists():
        raise RunError(f"{path}: found no {name}, expected {expected}")
    try:
        found = Plain.of(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise RunError(f"{file}: cannot be read ({problem}); give the command of detente run again") from None
    if not isinstance(found, dict):
        raise RunError(f"{file}: found {type(found).__name__}, expected an object")
    return found
