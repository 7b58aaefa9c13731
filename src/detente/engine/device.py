"""Getting the array library ready: one thread per program, compiled programs kept on disk.

Work is dealt out in chunks, one thread each, so programs themselves run on one core: splitting
a chunk over cores was measured to cost more than it gains. Nothing outside this process changes.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

_FLAG = "--xla_cpu_multi_thread_eigen="


def cache_folder() -> Path:
    """Where compiled programs are kept: ``DETENTE_CACHE``, or the user's cache folder."""
    given = os.environ.get("DETENTE_CACHE")
    if given:
        return Path(given)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "detente"


@lru_cache(maxsize=1)
def ready() -> None:
    """Set the array library up, once, before it is first used.

    A cache folder that cannot be written is done without: programs are then compiled anew.
    """
    flags = os.environ.get("XLA_FLAGS", "")
    if _FLAG not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} {_FLAG}false".strip()
    import jax

    folder = cache_folder() / "compiled"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK)
    except OSError:
        writable = False
    if writable and jax.config.jax_compilation_cache_dir is None:
        jax.config.update("jax_compilation_cache_dir", str(folder))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.5)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)
