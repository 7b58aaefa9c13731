"""What stands between the network and the laboratory: host, origin, token, size, and headers on everything.

The page runs no script but its own, and no other site's page can ask anything: a name that another site lets
point to this machine is refused by the Host header, a form or script of another site by the Origin header.
"""

from __future__ import annotations

import hmac
import ipaddress
import json
import socket
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

COOKIE = "detente-laboratory"
LARGEST_ASK = 64 * 1024
"""Bytes of a request, other than a case that is brought along."""
LARGEST_CASE = 1024 * 1024

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'; sandbox allow-popups allow-same-origin"
)
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


def loopback(host: str) -> bool:
    """Whether only this machine can reach what is bound there."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Guard:
    """Wraps an application (ASGI)."""

    def __init__(self, app: Any, *, host: str = "127.0.0.1", token: str | None = None) -> None:
        """Wrap it.

        Args:
            app: What is guarded.
            host: The address that is bound.
            token: What a visitor must bring; None: anybody on this machine may.
        """
        self.app = app
        self.token = token
        self.names = {"localhost", socket.gethostname().lower(), host.lower()}
        self.local = loopback(host)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await receive()
                await send({"type": "websocket.close", "code": 1008})
                return
            await self.app(scope, receive, send)
            return
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}

        async def guarded(message: Any) -> None:
            if message["type"] == "http.response.start":
                found = dict(message["headers"])
                more = dict(HEADERS)
                if b"content-security-policy" not in found:
                    more["content-security-policy"] = PAGE_POLICY
                message = {
                    **message,
                    "headers": [*message["headers"], *((k.encode(), v.encode()) for k, v in more.items())],
                }
            await send(message)

        refusal = self._refused(scope, headers)
        if refusal is not None:
            await _answer(guarded, *refusal)
            return
        if self.token is not None:
            given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
            if scope["path"] == "/" and given and self._right(given):
                cookie = f"{COOKIE}={self.token}; Path=/; HttpOnly; SameSite=Strict"
                await _answer(guarded, 303, "", [(b"location", b"/"), (b"set-cookie", cookie.encode())])
                return
            if not self._right(_cookie(headers)):
                await _answer(guarded, 403, "needs the link with its token that the command printed")
                return
        most = LARGEST_CASE if scope["path"] == "/api/case" else LARGEST_ASK
        if not headers.get("content-length", "0").isdigit() or int(headers.get("content-length", "0")) > most:
            await _answer(guarded, 413, f"found a request of more than {most:,} bytes")
            return
        got = 0

        async def counted() -> Any:
            nonlocal got
            message = await receive()
            got += len(message.get("body", b""))
            if got > most:
                return {"type": "http.disconnect"}
            return message

        await self.app(scope, counted, guarded)

    def _refused(self, scope: Any, headers: dict[str, str]) -> tuple[int, str] | None:
        host = headers.get("host", "")
        if not self._ours(_name(host)):
            return 421, "this laboratory does not answer to that name"
        if scope["method"] in ("GET", "HEAD"):
            return None
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in (f"http://{host}".lower(), f"https://{host}".lower()):
            return 403, "asked by another site"
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return 403, "asked by another site"
        wanted = "text/yaml" if scope["path"] == "/api/case" else "application/json"
        if scope["method"] == "POST" and headers.get("content-type", "").split(";")[0].strip() != wanted:
            return 415, f"expected {wanted}"
        return None

    def _ours(self, name: str) -> bool:
        if name in self.names:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        # An address is no name that somebody else could let point here.
        return not self.local or address.is_loopback

    def _right(self, given: str) -> bool:
        return self.token is not None and hmac.compare_digest(given.encode(), self.token.encode())


def _name(host: str) -> str:
    """The name in a Host header, without port and brackets."""
    if host.startswith("["):
        return host[1:].split("]")[0].lower()
    return host.rsplit(":", 1)[0].lower() if host.count(":") == 1 else host.lower()


def _cookie(headers: dict[str, str]) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return ""
    return found[COOKIE].value if COOKIE in found else ""


async def _answer(send: Any, status: int, problem: str, more: Iterable[tuple[bytes, bytes]] = ()) -> None:
    body = json.dumps({"problem": problem}).encode()
    kind = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*kind, *more]})
    await send({"type": "http.response.body", "body": body})
