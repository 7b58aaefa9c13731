"""Serving the laboratory: from the command to the link that is opened."""

from __future__ import annotations

import secrets
import socket
from pathlib import Path
from typing import Any

from detente.errors import UsageError
from detente.lab.guard import loopback

PORT = 8321
"""Tried first when no port is asked for; a free one is taken if it is in use."""


def serve(
    source: str, *, host: str, port: int | None, folder: Path, token: str | None, show: Any, browser: bool
) -> int:
    """Serve until interrupted.

    Args:
        source: A case file, or the id of a packaged case.
        host: The address to bind.
        port: The port; None: `PORT`, or another free one; 0: a free one.
        folder: Where full runs go.
        token: What visitors must bring; None: made up here, if others than this machine can reach it.
        show: Told in words where the laboratory is.
        browser: Whether to open it.

    Raises:
        UsageError: What serves is not installed, or the address cannot be bound.
        CaseError: The case cannot be used.
    """
    try:
        import uvicorn

        from detente.lab.server import Settings, application
    except ModuleNotFoundError as problem:
        if (problem.name or "").split(".")[0] not in ("uvicorn", "fastapi", "starlette"):
            raise
        raise UsageError(
            f"the laboratory needs {problem.name}, which is not installed: pip install 'detente[lab]'"
        ) from None
    if token is None and not loopback(host):
        token = secrets.token_urlsafe(18)
    app = application(Settings(source, host, token, folder))
    bound = _bound(host, port)
    name = f"[{host}]" if ":" in host else host
    link = f"http://{name}:{bound.getsockname()[1]}/" + (f"?token={token}" if token else "")
    show(link, loopback(host))
    if browser:
        import threading
        import webbrowser

        threading.Timer(0.8, webbrowser.open, [link]).start()
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        limit_concurrency=512,
        timeout_keep_alive=20,
        timeout_graceful_shutdown=2,
        ws="none",
        proxy_headers=False,
    )
    uvicorn.Server(config).run(sockets=[bound])
    return 0


def _bound(host: str, port: int | None) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    tried = [PORT, 0] if port is None else [port]
    for number in tried:
        found = socket.socket(family, socket.SOCK_STREAM)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind((host, number))
            found.listen(128)
        except OSError as problem:
            found.close()
            if number != tried[-1]:
                continue
            raise UsageError(
                f"{host}:{number}: cannot be served there ({problem.strerror});"
                " choose another --host or --port"
            ) from None
        return found
    raise AssertionError("a port is always tried")
