"""The run folder: complete, resumable, and never half-written.

A manifest is written before the first solve, one Parquet file per chunk of draws afterwards, each
under a temporary name and then renamed. A run that is killed loses the chunks in flight; the same
command goes on from the files that are there. The log is for people: a torn last line is harmless.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from detente.errors import RunError

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT = 1
MANIFEST, LOG, LOCK, CHUNKS = "manifest.json", "log.jsonl", ".lock", "chunks"


class Folder:
    """A run folder that this process holds."""

    def __init__(self, path: Path) -> None:
        self.path = path

    # --- Opening

    @classmethod
    @contextmanager
    def hold(cls, path: Path) -> Iterator[Folder]:
        """Make the folder if need be and hold it until the end of the block.

        Raises:
            RunError: It cannot be written, it holds something else, or another run holds it.
        """
        try:
            path.mkdir(parents=True, exist_ok=True)
            strangers = [x.name for x in path.iterdir()] if not (path / MANIFEST).exists() else []
            if any(name not in (LOCK, CHUNKS) and not name.endswith(".part") for name in strangers):
                raise RunError(
                    f'{path}: found other files ("{sorted(strangers)[0]}") and no {MANIFEST}, expected a run'
                    " folder or an empty one; choose another with --out"
                )
            (path / CHUNKS).mkdir(exist_ok=True)
            lock = (path / LOCK).open("a")
        except OSError as problem:
            raise RunError(
                f"{path}: cannot be written ({problem.strerror}); choose another folder with --out"
            ) from None
        with lock:
            if not _locked(lock):
                raise RunError(
                    f"{path}: another run is writing here; wait for it or choose another folder with --out"
                )
            yield cls(path)

    def manifest(self) -> dict[str, Any] | None:
        """What an earlier run wrote before its first solve; None if there was none.

        Raises:
            RunError: The manifest cannot be read.
        """
        file = self.path / MANIFEST
        if not file.exists():
            return None
        try:
            found = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as problem:
            raise RunError(f"{file}: cannot be read ({problem}); choose another folder with --out") from None
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise RunError(
                f"{file}: written in another format, expected format {FORMAT}; choose another folder"
            )
        return found

    # --- Writing

    def write(self, name: str, content: str | bytes) -> None:
        """Write a file whole: under a temporary name, flushed, then renamed.

        Raises:
            RunError: The disk is full, or the folder cannot be written. Nothing is left behind.
        """
        target = self.path / name
        part = target.with_name(target.name + f".{os.getpid()}.part")
        data = content.encode("utf-8") if isinstance(content, str) else content
        try:
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(target)
        except OSError as problem:
            part.unlink(missing_ok=True)
            raise RunError(
                f"{target}: cannot be written ({problem.strerror}); make room and give the same command"
                " to go on"
            ) from None

    def write_json(self, name: str, content: Mapping[str, Any]) -> None:
        """Write a JSON file whole; numbers that are not finite are refused, not written as words."""
        self.write(name, json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n")

    def log(self, event: str, **facts: Any) -> None:
        """Add a line to the log."""
        line = json.dumps({"time": round(time.time(), 3), "event": event, **facts}, ensure_ascii=False)
        try:
            with (self.path / LOG).open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError as problem:
            raise RunError(f"{self.path / LOG}: cannot be written ({problem.strerror})") from None

    # --- Chunks

    def write_chunk(self, number: int, table: pa.Table, part: str = CHUNKS) -> None:
        """Write the table of a chunk, of the run or of a part of its study."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd")
        self.write(f"{part}/{number:05d}.parquet", sink.getvalue().to_pybytes())

    def read_chunk(self, number: int, rows: int, part: str = CHUNKS) -> pa.Table | None:
        """The table of a chunk, or None if it is not there, torn, or has other rows."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        file = self.path / part / f"{number:05d}.parquet"
        try:
            table = pq.read_table(pa.BufferReader(file.read_bytes()))
        except (OSError, pa.ArrowException):
            return None
        return table if table.num_rows == rows else None


def _locked(file: IO[str]) -> bool:
    """Take the lock; it falls with the process that holds it."""
    try:
        import fcntl
    except ImportError:  # not POSIX
        import msvcrt

        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
