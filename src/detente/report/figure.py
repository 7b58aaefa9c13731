"""A picture: described in Vega-Lite, shown by notebooks, written to files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from detente.errors import UsageError
from detente.report.charts import LOOK, svg

Rows = list[dict[str, Any]]

FORMATS = (".svg", ".png", ".html", ".json")
"""Endings of the files that a picture can be written to."""


class Figure(dict[str, Any]):
    """A picture described in Vega-Lite; a notebook shows it.

    ``figure["data"]["values"]`` are the numbers that are drawn, ``figure["description"]`` says in words what
    is seen.
    """

    def svg(self) -> str:
        """The picture as SVG."""
        return svg(self, self["description"])

    def png(self) -> bytes:
        """The picture as PNG, at twice its size."""
        import vl_convert

        spec = {**self, "config": {**LOOK, "background": "white"}}
        return vl_convert.vegalite_to_png(spec, vl_version="5.20", scale=2)

    def html(self) -> str:
        """A self-contained page: the picture and the table of its numbers."""
        from html import escape

        rows: Rows = self["data"]["values"]
        heads = [k for k in (rows[0] if rows else {}) if k not in ("x2", "y2")]
        head = "".join(f"<th>{escape(k)}</th>" for k in heads)
        body = "".join(f"<tr>{''.join(f'<td>{_cell(row[k])}</td>' for k in heads)}</tr>" for row in rows)
        title = escape(self["title"]["text"])
        return (
            f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{title}</title>\n'
            "<style>body{font-family:system-ui,sans-serif;margin:2rem}td,th{padding:0 1em 0 0;"
            "text-align:right}svg{max-width:100%}</style>\n"
            f"{self.svg()}\n<p>{escape(self['description'])}</p>\n"
            f"<details><summary>The numbers</summary><table><tr>{head}</tr>{body}</table></details>\n"
            "</html>\n"
        )

    def json(self) -> str:
        """The description, for any program that draws Vega-Lite."""
        import json

        whole = {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", **self, "config": LOOK}
        return json.dumps(whole, ensure_ascii=False, allow_nan=False, indent=1) + "\n"

    def save(self, path: str | Path, *, force: bool = False) -> Path:
        """Write it to a file; the ending says what: ``.svg``, ``.png``, ``.html`` or ``.json``.

        Raises:
            UsageError: The ending is another, or the file exists and `force` is not given, or it
                cannot be written.
        """
        path = Path(path)
        if path.suffix not in FORMATS:
            raise UsageError(f"{path}: found {path.suffix or 'no ending'!r}, expected {', '.join(FORMATS)}")
        drawn: str | bytes = getattr(self, path.suffix[1:])()
        try:
            with path.open("wb" if force else "xb") as file:
                file.write(drawn if isinstance(drawn, bytes) else drawn.encode())
        except FileExistsError:
            raise UsageError(
                f"{path}: exists already and is left as it is; force overwrites, or choose another name"
            ) from None
        except OSError as problem:
            raise UsageError(
                f"{path}: cannot be written ({problem.strerror}); choose another place"
            ) from None
        return path

    def _repr_svg_(self) -> str:
        return self.svg()


def _cell(x: Any) -> str:
    from html import escape

    return "" if x is None else escape(f"{x:.6g}" if isinstance(x, float) else str(x))
