"""A finished run, read back from its folder."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detente.case.case import (
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
    Prior,
    Source,
)
from detente.errors import RunError
from detente.study.folder import CHUNKS, MANIFEST, Folder

if TYPE_CHECKING:
    import pyarrow as pa

VERDICTS = "verdicts.json"


@dataclass(frozen=True, slots=True)
class Stored:
    """A run as it lies in its folder.

    Attributes:
        path: The folder.
        manifest: What the run was.
        case: The case that was run, every number resolved.
        verdicts: What it says, as in ``verdicts.json``.
        table: One row a draw.
    """

    path: Path
    manifest: Mapping[str, Any]
    case: Case
    verdicts: Mapping[str, Any]
    table: pa.Table


def stored(path: Path) -> Stored:
    """Read a finished run.

    Raises:
        RunError: It is not one, it is not finished, or a file of it cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    manifest = Folder(path).manifest()
    if manifest is None:
        raise RunError(f"{path}: found no {MANIFEST}, expected the folder of a run; detente run makes one")
    unfinished = "expected a finished run: give its command again to finish it"
    try:
        verdicts = json.loads((path / VERDICTS).read_text(encoding="utf-8"))
        tables = [pq.read_table(file) for file in sorted((path / CHUNKS).glob("*.parquet"))]
    except FileNotFoundError:
        raise RunError(f"{path}: found no {VERDICTS}, {unfinished}") from None
    except (OSError, ValueError, pa.ArrowException) as problem:
        raise RunError(f"{path}: cannot be read ({problem}), {unfinished}") from None
    table = pa.concat_tables(tables, promote_options="default") if tables else None
    if table is None or table.num_rows < manifest["draws"]:
        raise RunError(f"{path}: found fewer draws than its {MANIFEST} says, {unfinished}")
    return Stored(
        path, manifest, resolved(manifest["resolved_case"]), verdicts, table.slice(0, manifest["draws"])
    )


def resolved(plain: Mapping[str, Any]) -> Case:
    """The case of a manifest's ``resolved_case``."""

    def assumptions(of: Mapping[str, Any]) -> dict[str, Assumption]:
        return {
            n: Assumption(
                **{**a, "prior": Prior(**{**p, "args": tuple(p["args"])}) if (p := a["prior"]) else None}
            )
            for n, a in of.items()
        }

    def tuples(of: Iterable[Mapping[str, Any]], kind: Any) -> tuple[Any, ...]:
        return tuple(kind(**x) for x in of)

    return Case(
        **{
            **plain,
            "sources": {i: Source(**s) for i, s in plain["sources"].items()},
            "parameters": assumptions(plain["parameters"]),
            "quantities": assumptions(plain["quantities"]),
            "formulas": {n: Formula(**f) for n, f in plain["formulas"].items()},
            "correlations": tuple(
                Correlation((c["between"][0], c["between"][1]), c["rank"]) for c in plain["correlations"]
            ),
            "experience": {
                n: Experience(e["about"], (e["prior"][0], e["prior"][1]), tuples(e["episodes"], Episode))
                for n, e in plain["experience"].items()
            },
            "claims": tuple(Claim(**{**c, "beside": tuples(c["beside"], Beside)}) for c in plain["claims"]),
            "levers": tuple(
                Lever(**{**x, "changes": {n: Change(**c) for n, c in x["changes"].items()}})
                for x in plain["levers"]
            ),
            "path": "",
        }
    )
