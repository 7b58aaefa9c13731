"""A figure: a Vega-Lite specification that carries its name, its words and its data tables."""

from __future__ import annotations

import csv
import io
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detente.errors import UsageError
from detente.figures.theme import LOOK, SCHEMA, VEGA_LITE, WHITE

Rows = list[dict[str, Any]]

FORMATS = (".svg", ".png", ".pdf", ".html", ".json", ".csv")
"""Endings of the files that a figure can be written to."""

KINDS = ("text", "number", "signed", "percent", "whole")
"""How a column's values are said."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a data table.

    Attributes:
        name: Of the field in the rows.
        heading: What it is, with its unit.
        kind: One of `KINDS`.
    """

    name: str
    heading: str
    kind: str = "number"


@dataclass(frozen=True, slots=True)
class Table:
    """What a figure draws, as a reader sees it in a table.

    Attributes:
        name: Of the dataset.
        caption: What it holds.
        columns: From left to right.
        rows: One dict each.
    """

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: Rows

    @property
    def cells(self) -> list[list[str]]:
        """The rows in words, column by column."""
        return [[said(row.get(c.name), c.kind) for c in self.columns] for row in self.rows]

    def csv(self) -> str:
        """The rows as comma-separated values: full digits, headings first."""
        file = io.StringIO()
        write = csv.writer(file, lineterminator="\n")
        write.writerow([c.heading for c in self.columns])
        write.writerows([[_plain(row.get(c.name)) for c in self.columns] for row in self.rows])
        return file.getvalue()


class Figure(dict[str, Any]):
    """A Vega-Lite specification; a notebook shows it without any further package.

    It is a plain dict: ``json.dumps(figure)`` is the specification. Beside what Vega-Lite draws it has
    ``name``, ``title``, ``description`` (in words, what is seen) and, in ``usermeta``, the columns of its
    tables. Data are in ``datasets`` by name, or in ``data``.
    """

    @classmethod
    def of(
        cls,
        name: str,
        title: str,
        description: str,
        tables: Iterable[Table],
        drawing: Mapping[str, Any],
        *,
        subtitle: Sequence[str] = (),
        more: Mapping[str, Rows] | None = None,
    ) -> Figure:
        """Put a figure together.

        Args:
            name: Of the figure, in letters that a file may have: ``arsenal``.
            title: What it shows, in a line.
            description: What is seen, in words.
            tables: Its data, each drawn from the dataset of the table's name.
            drawing: The rest of the specification: marks and encodings.
            subtitle: Lines below the title: measure, unit, what bands are.
            more: Datasets that are drawn and in no table (guides, labels).
        """
        listed = list(tables)
        return cls(
            name=name,
            title={"text": title, "subtitle": list(subtitle)} if subtitle else {"text": title},
            description=description,
            datasets={t.name: t.rows for t in listed} | dict(more or {}),
            usermeta={
                "tables": [
                    {
                        "name": t.name,
                        "caption": t.caption,
                        "columns": [
                            {"name": c.name, "heading": c.heading, "kind": c.kind} for c in t.columns
                        ],
                    }
                    for t in listed
                ]
            },
            **drawing,
        )

    # --- What it says

    @property
    def name(self) -> str:
        """Its name, fit for a file and for an id."""
        return self.get("name", "figure")

    @property
    def title(self) -> str:
        """What it shows, in a line."""
        return self["title"]["text"]

    @property
    def subtitle(self) -> list[str]:
        """Measure, unit, what bands are."""
        return list(self["title"].get("subtitle", ()))

    @property
    def description(self) -> str:
        """What is seen, in words."""
        return self["description"]

    @property
    def datasets(self) -> dict[str, Rows]:
        """What is drawn, by name."""
        return self.get("datasets") or {"data": self["data"]["values"]}

    @property
    def tables(self) -> list[Table]:
        """Its data as tables."""
        listed = self.get("usermeta", {}).get("tables")
        if listed is None:  # the picture of a model: one table with everything but the far ends of cells
            rows = self["data"]["values"]
            names = [k for k in (rows[0] if rows else {}) if k not in ("x2", "y2")]
            return [Table("data", self.title, tuple(Column(k, k) for k in names), rows)]
        return [
            Table(t["name"], t["caption"], tuple(Column(**c) for c in t["columns"]), self.datasets[t["name"]])
            for t in listed
        ]

    def csv(self) -> str:
        """Its first table, the one that it is named for, as comma-separated values."""
        return self.tables[0].csv()

    # --- What it looks like

    def bare(self) -> dict[str, Any]:
        """The specification for a page that sets title and description itself, with the look."""
        left = {k: v for k, v in self.items() if k not in ("title", "usermeta", "name", "description")}
        return {"$schema": SCHEMA, **left, "config": LOOK}

    def titled(self) -> dict[str, Any]:
        """The specification with its title set in lines that fit, and with room for them."""
        spec: dict[str, Any] = {"$schema": SCHEMA, **self}
        fits = spec.get("autosize")
        width = spec["width"] if fits else 480
        head, below = wrap(self.title, round(width / 8.6)), self.subtitle
        if fits:
            below = [line for text in below for line in wrap(text, round(width / 6.4))]
            if fits["type"] == "fit":  # its height is that of everything
                spec["height"] += 18 * len(head) + 15 * len(below) + 8
        spec["title"] = {**self["title"], "text": head if len(head) > 1 else head[0], "subtitle": below}
        return spec

    def svg(self, *, titled: bool = True) -> str:
        """Static SVG, named and described for those who hear it read.

        Args:
            titled: Whether the title is drawn into it; a page sets it beside it, where it can wrap.
        """
        import vl_convert

        spec = {**self.titled(), "config": LOOK} if titled else self.bare()
        drawn = vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE)
        # A figure is one picture: what Vega says of each of its marks would be read out one by one.
        drawn = re.sub(r"<[a-z][^<>]*>", lambda tag: re.sub(r' (?:role|aria-\w+)="[^"]*"', "", tag[0]), drawn)
        return named(drawn, self.name, self.title, self.description)

    def png(self) -> bytes:
        """PNG, at twice its size."""
        import vl_convert

        return vl_convert.vegalite_to_png(self._paper(), vl_version=VEGA_LITE, scale=2)

    def pdf(self) -> bytes:
        """PDF, for a paper."""
        import vl_convert

        return vl_convert.vegalite_to_pdf(self._paper(), vl_version=VEGA_LITE)

    def _paper(self) -> dict[str, Any]:
        return {**self.titled(), "config": {**LOOK, "background": WHITE}}

    def html(self) -> str:
        """A self-contained page: the figure, its words, its tables."""
        return page(self.title, self.svg(), self.description, self.tables)

    def json(self) -> str:
        """The specification, for any program that draws Vega-Lite."""
        import json

        whole = {"$schema": SCHEMA, **self, "config": LOOK}
        return json.dumps(whole, ensure_ascii=False, allow_nan=False, indent=1) + "\n"

    def altair(self) -> Any:
        """The figure as an Altair chart, to be changed further; needs the package altair.

        Raises:
            UsageError: The package is not installed.
        """
        try:
            import altair  # pyright: ignore[reportMissingImports]
        except ImportError:
            raise UsageError("altair: is not installed, and this needs it: pip install altair") from None
        return altair.Chart.from_dict(dict(self))

    def save(self, path: str | Path, *, force: bool = False) -> Path:
        """Write it to a file; the ending says what, see `FORMATS`.

        Raises:
            UsageError: The ending is another, or the file exists and `force` is not given, or it
                cannot be written.
        """
        return save(self, path, force=force)

    def _repr_svg_(self) -> str:
        return self.svg()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {
            "application/vnd.vegalite.v5+json": {**self.titled(), "config": LOOK},
            "image/svg+xml": self.svg(),
            "text/plain": self.description,
        }


def wrap(text: str, letters: int) -> list[str]:
    """A text in lines, at least one."""
    return textwrap.wrap(text, max(letters, 12)) or [""]


# --- Shared with pictures drawn by hand -------------------------------------------------------------


def save(figure: Any, path: str | Path, *, force: bool = False) -> Path:
    """See `Figure.save`."""
    path = Path(path)
    if path.suffix not in FORMATS or not hasattr(figure, path.suffix[1:]):
        formats = [f for f in FORMATS if hasattr(figure, f[1:])]
        raise UsageError(f"{path}: found {path.suffix or 'no ending'!r}, expected {', '.join(formats)}")
    drawn: str | bytes = getattr(figure, path.suffix[1:])()
    try:
        with path.open("wb" if force else "xb") as file:
            file.write(drawn if isinstance(drawn, bytes) else drawn.encode())
    except FileExistsError:
        raise UsageError(
            f"{path}: exists already and is left as it is; force overwrites, or choose another name"
        ) from None
    except OSError as problem:
        raise UsageError(f"{path}: cannot be written ({problem.strerror}); choose another place") from None
    return path


def named(svg: str, name: str, title: str, description: str) -> str:
    """SVG with a name and a description, and with ids of its own, so that several fit into a page."""
    from markupsafe import escape

    svg = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', svg)
    svg = re.sub(r"url\(['\"]?#([^)'\"]+)['\"]?\)", rf"url(#{name}-\1)", svg)
    label = f"{title.rstrip('.')}. {description}" if description else title
    return svg.replace("<svg ", f'<svg role="img" aria-label="{escape(label)}" ', 1)


def page(title: str, svg: str, description: str, tables: Sequence[Table]) -> str:
    """A self-contained page of one figure."""
    from markupsafe import escape

    parts = []
    for t in tables:
        head = "".join(f'<th scope="col">{escape(c.heading)}</th>' for c in t.columns)
        body = "".join(f"<tr>{''.join(f'<td>{escape(x)}</td>' for x in row)}</tr>" for row in t.cells)
        parts.append(
            f"<details><summary>The numbers: {escape(t.caption)}</summary>"
            f"<table><tr>{head}</tr>{body}</table></details>\n"
        )
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>\n'
        "<style>body{font-family:system-ui,sans-serif;margin:2rem}td,th{padding:0 1em 0 0;"
        "text-align:right}svg{max-width:100%;height:auto}</style>\n"
        f"{svg}\n<p>{escape(description)}</p>\n{''.join(parts)}</html>\n"
    )


def said(x: Any, kind: str = "number") -> str:
    """A value of a table in words."""
    if x is None:
        return ""
    if isinstance(x, bool) or not isinstance(x, int | float):
        return str(x)
    if kind == "percent":
        return f"{100 * x:.1f} %".replace("-", "−")
    if kind == "whole":
        return f"{x:,.0f}".replace("-", "−")
    return f"{x:{'+' if kind == 'signed' else ''}.3g}".replace("-", "−")


def _plain(x: Any) -> Any:
    """A value of a CSV file: words that a spreadsheet would take for a formula get a quotation mark."""
    if isinstance(x, str) and x[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{x}"
    return "" if x is None else x
