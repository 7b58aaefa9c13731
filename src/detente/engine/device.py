"""Getting the array library ready: one core per process, compiled programs kept on disk.

Work is dealt out in chunks to processes. Within one, a program runs on one core: splitting a chunk
over threads was measured to take 1.5 times the processor time for the same answers.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import re
from collections.abc import Callable
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any


def cache_folder() -> Path:
    """Where compiled programs are kept: ``DETENTE_CACHE``, or the user's cache folder."""
    given = os.environ.get("DETENTE_CACHE")
    if given:
        return Path(given)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "detente"


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@lru_cache(maxsize=1)
def ready() -> bool:
    """Start the array library, once, before it is first used.

    Returns:
        Whether it was started here. If it was running already, with settings of its own, programs
        compiled in this process are kept apart: their last digits may differ.
    """
    from jax._src import xla_bridge

    if xla_bridge.backends_are_initialized():
        return False
    before = {name: os.environ.get(name) for name in ("NPROC", "XLA_FLAGS")}
    os.environ["NPROC"] = "1"
    os.environ["XLA_FLAGS"] = f"{before['XLA_FLAGS'] or ''} --xla_cpu_multi_thread_eigen=false".strip()
    import jax

    jax.devices()  # the backend reads the environment when it starts, and never again
    for name, value in before.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value
    return True


def compiled(lowered: Any, settled: bool = False) -> Any:
    """A program that was traced, compiled.

    On processors the compiler drops barriers before it decides what to merge into one loop, and then works
    values out again for each that reads them. With `settled` it leaves out that step, and `numeric.settle`
    means what it says. It also leaves out making one piece of a small loop: it cannot do so where there are
    barriers in it, and ends the process. Loops are as wide as the processor: the compiler would use half of
    it, where it has 512 bits.

    Args:
        lowered: What `jax.jit(…).lower(…)` gives.
        settled: For games that are solved year by year. Of games that are searched the compiler cannot do
            with barriers in all places.
    """
    import jax

    if jax.default_backend() != "cpu":
        return lowered.compile()
    options: dict[str, int | str] = {"xla_cpu_prefer_vector_width": 512}
    if settled:
        options["xla_disable_hlo_passes"] = "cse_barrier_expander,small-while-loop-hoisting"
    else:  # an eighth less to compile, and no slower: a search's time goes into many small steps
        options["xla_backend_optimization_level"] = 1
    return lowered.compile(options)


def kept(key: str, compile: Callable[[], Any]) -> Any:
    """A compiled program from the disk, or compiled now and kept.

    What is kept belongs to these versions, this code and this processor. A cache that cannot be read or
    written, or is damaged, is done without.

    Args:
        key: What tells the program from others.
        compile: Makes it.
    """
    from jax.experimental import serialize_executable

    folder = cache_folder() / "programs"
    name = hashlib.sha256(f"{key}|{_surroundings()}".encode()).hexdigest()[:32]
    file = folder / name
    _find_lapack()
    try:
        return serialize_executable.deserialize_and_load(*pickle.loads(file.read_bytes()))
    except Exception:  # noqa: BLE001 - whatever is wrong with a kept program, compiling cures it
        pass
    program = compile()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f"{name}.{os.getpid()}.part"
        try:
            part.write_bytes(pickle.dumps(serialize_executable.serialize(program)))
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)
        _forget(folder)
    except Exception:  # noqa: BLE001 - keeping is a convenience
        pass
    return program


@lru_cache(maxsize=1)
def _find_lapack() -> None:
    """Let the array library find the routines of linear algebra.

    It does so when it first translates a program that calls them. A program from the disk is not
    translated: it would jump to address 0.
    """
    try:
        from jax._src.lax.linalg import initialize_lapack
    except ImportError:
        import jax

        jax.jit(jax.lax.linalg.lu).lower(jax.ShapeDtypeStruct((1, 1), "float32"))
    else:
        initialize_lapack()


MOST_KEPT = 256
"""Programs kept; the ones longest unused go first."""


def _forget(folder: Path) -> None:
    files = sorted((x for x in folder.iterdir() if x.suffix != ".part"), key=lambda x: x.stat().st_mtime)
    for file in files[:-MOST_KEPT]:
        file.unlink(missing_ok=True)


@lru_cache
def digest(model: str) -> str:
    """Digest of a model's own code, and of what it takes from other models."""
    gallery = Path(__file__).parents[1] / "gallery"
    seen: set[str] = set()
    code, waiting = hashlib.sha256(), [model]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for file in sorted([*gallery.glob(f"{name}.py"), *(gallery / name).rglob("*.py")]):
            text = file.read_text(encoding="utf-8")
            code.update(text.encode())
            waiting += re.findall(r"from detente\.gallery\.(\w+)", text)
    return code.hexdigest()


@lru_cache(maxsize=1)
def _surroundings() -> str:
    """Versions, processor, and a digest of the engine's code."""
    import platform

    import jax

    code = hashlib.sha256()
    package = Path(__file__).parents[1]
    for file in sorted([*(package / "engine").rglob("*.py"), package / "forms.py"]):
        code.update(file.read_bytes())
    processor = ""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split("\n\n")[0]
        processor = next((line for line in text.splitlines() if line.startswith(("flags", "Features"))), "")
    except OSError:
        processor = platform.processor()
    parts = [
        "own" if ready() else "foreign",
        version("jax"),
        version("jaxlib"),
        platform.machine(),
        processor,
        str(jax.devices()),
        code.hexdigest(),
    ]
    return "|".join(parts)
