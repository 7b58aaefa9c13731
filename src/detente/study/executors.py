"""Who does the work of a run: processes of this machine, or any executor, such as that of a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from detente.errors import RunError, UsageError

Jobs: TypeAlias = int | Executor
"""Processes of this machine, or an executor: anything with `submit` that gives futures of the standard
library. One process is this one."""

AT_ONCE = 512
"""Tasks handed to an executor before the first of them is done: enough for a few hundred workers, few enough
for a scheduler to hold."""

Key = TypeVar("Key")


@contextmanager
def pool(jobs: Jobs) -> Iterator[Executor | None]:
    """An executor for the time of the block; None if the work is to be done in this process.

    One that was given stays open. Processes that were started here are ended, what waits for them is dropped.
    """
    if not isinstance(jobs, int):
        yield jobs
        return
    if jobs <= 1:
        yield None
        return
    from detente.engine.batch import workers

    with workers(jobs) as own:
        try:
            yield own
        finally:
            own.shutdown(wait=False, cancel_futures=True)


def completed(
    crew: Executor | None, function: Callable[..., Any], tasks: Iterable[tuple[Key, tuple[Any, ...]]]
) -> Iterator[tuple[Key, Any]]:
    """Results of a function, each with its task's key, as they are done.

    Args:
        crew: Who works; None: this process, one task after the other.
        function: What is done; a function of a module, so that it can be sent.
        tasks: For each task a key and the function's arguments.

    Raises:
        RunError: The executor failed. Results given before stay good.
    """
    if crew is None:
        for key, arguments in tasks:
            yield key, function(*arguments)
        return
    todo = iter(tasks)
    waiting: dict[Future[Any], Key] = {}
    try:
        for key, arguments in islice(todo, AT_ONCE):
            waiting[crew.submit(function, *arguments)] = key
        while waiting:
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                key = waiting.pop(future)
                yield key, future.result()
                for other, arguments in islice(todo, 1):
                    waiting[crew.submit(function, *arguments)] = other
    except BrokenExecutor:
        raise RunError(
            "a worker process was ended from outside (short of memory?); what was solved is kept: give the"
            " same command to go on, perhaps with fewer --jobs"
        ) from None
    except Exception as problem:
        if type(problem).__module__.partition(".")[0] not in ("distributed", "dask"):
            raise
        raise RunError(
            f"the cluster gave up ({type(problem).__name__}: {problem!s:.200}); what was solved is kept: give"
            " the same command to go on when the cluster is well"
        ) from problem
    finally:
        for future in waiting:
            future.cancel()


@contextmanager
def dask(scheduler: str) -> Iterator[Executor]:
    """The workers of a dask cluster, for the time of the block.

    Args:
        scheduler: Its address, such as ``tcp://host:8786``, or its scheduler file (``….json``).

    Raises:
        UsageError: dask is not installed, or there is no such cluster, or none with workers.
        RunError: A worker has other versions, so that its numbers would not be the same.
    """
    try:
        from distributed import Client
    except ImportError:
        raise UsageError(
            '--executor dask: found no dask here; install it with: pip install "detente[dask]"'
        ) from None
    where: dict[str, Any] = (
        {"scheduler_file": scheduler} if scheduler.endswith(".json") else {"address": scheduler}
    )
    try:
        if "scheduler_file" in where:  # dask would wait for it to appear
            Path(scheduler).read_bytes()
        client = Client(**where, timeout=30, set_as_default=False)
    except (OSError, ValueError) as problem:
        raise UsageError(
            f"--scheduler {scheduler}: found no dask scheduler there ({problem!s:.120}); start one with:"
            " dask scheduler"
        ) from None
    with client:
        if not client.scheduler_info(n_workers=-1)["workers"]:
            raise UsageError(
                f"--scheduler {scheduler}: found no workers, expected at least one; start some with:"
                f" dask worker {scheduler} --nthreads 1 --nworkers -1"
            )
        here = versions()
        found: Any = client.run(versions)
        for worker, there in found.items():
            for name, version in there.items():
                if version != here[name]:
                    raise RunError(
                        f"worker {worker}: found {name} {version}, expected {here[name]} as here; the same"
                        " versions everywhere give the same numbers"
                    )
        crew: Any = client.get_executor(pure=False, retries=3)
        try:
            yield crew
        finally:
            crew.shutdown(wait=False)


def versions() -> dict[str, str]:
    """What numbers depend on, apart from the processor."""
    import platform
    from importlib.metadata import version

    packages = ("jax", "jaxlib", "numpy", "scipy", "pyarrow")
    return {
        "detente": version("detente"),
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
    }
