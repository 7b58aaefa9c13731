"""What the browser loads: the page's own files, and the bundle that draws charts. Nothing from elsewhere."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent / "page"
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}

SNIPPET = "window.vegaEmbed = vegaEmbed; window.vega = vega;"


@lru_cache(maxsize=1)
def files() -> dict[str, tuple[bytes, str]]:
    """The page's files by name, read once: content and kind. No other name is ever looked up."""
    return {x.name: (x.read_bytes(), KINDS[x.suffix]) for x in sorted(FOLDER.iterdir()) if x.suffix in KINDS}


def bundle() -> bytes:
    """The chart library, made by vl-convert from what is installed with it, and kept on disk."""
    from importlib.metadata import version

    import vl_convert

    from detente.engine.device import cache_folder

    key = hashlib.sha256(f"{version('vl-convert-python')}|{SNIPPET}".encode()).hexdigest()[:16]
    file = cache_folder() / f"charts-{key}.js"
    try:
        return file.read_bytes()
    except OSError:
        pass
    made = vl_convert.javascript_bundle(SNIPPET).encode()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        part.write_bytes(made)
        part.replace(file)
    except OSError:
        pass  # keeping is a convenience
    return made
