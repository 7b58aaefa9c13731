"""Pictures drawn by hand as SVG, with the interface of a figure: for what no library draws."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detente.figures import figure as shared
from detente.figures.figure import Table
from detente.figures.theme import FONT, INK, SOFT, TEXT, WHITE


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture drawn by hand; see `detente.figures.figure.Figure` for what its parts are.

    Attributes:
        name: Fit for a file and for an id.
        title: What it shows, in a line.
        subtitle: Lines below the title.
        description: What is seen, in words.
        tables: Its data.
        width: In pixels.
        height: In pixels, without a title.
        marks: SVG elements, escaped.
    """

    name: str
    title: str
    subtitle: tuple[str, ...]
    description: str
    tables: tuple[Table, ...]
    width: int
    height: int
    marks: str

    def csv(self) -> str:
        """Its first table as comma-separated values."""
        return self.tables[0].csv()

    def svg(self, *, titled: bool = True) -> str:
        """Static SVG, named and described.

        Args:
            titled: Whether the title is drawn into it.
        """
        return self._svg(titled, "")

    def _svg(self, titled: bool, ground: str) -> str:
        lines: list[str] = []
        down = 0
        if titled:
            for text in shared.wrap(self.title, self.width // 8):
                down += 18
                lines.append(word(0, down, text, size=14, bold=True))
            for text in (t for s in self.subtitle for t in shared.wrap(s, round(self.width / 6.4))):
                down += 15
                lines.append(word(0, down, text, colour=SOFT))
            down += 12
        height = self.height + down
        drawn = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{height}"'
            f' viewBox="0 0 {self.width} {height}" font-family="{FONT}" font-size="{TEXT}">'
            f'{ground}{"".join(lines)}<g transform="translate(0,{down})">{self.marks}</g></svg>'
        )
        return shared.named(drawn, self.name, self.title, self.description)

    def _paper(self) -> str:
        return self._svg(True, f'<rect width="100%" height="100%" fill="{WHITE}"/>')

    def png(self) -> bytes:
        """PNG, at twice its size."""
        import vl_convert

        return vl_convert.svg_to_png(self._paper(), scale=2)

    def pdf(self) -> bytes:
        """PDF, for a paper."""
        import vl_convert

        return vl_convert.svg_to_pdf(self._paper())

    def html(self) -> str:
        """A self-contained page: the picture, its words, its tables."""
        return shared.page(self.title, self.svg(), self.description, self.tables)

    def save(self, path: str | Path, *, force: bool = False) -> Path:
        """Write it to a file; the ending says what: svg, png, pdf, html, csv.

        Raises:
            UsageError: The ending is another, or the file exists and `force` is not given, or it
                cannot be written.
        """
        return shared.save(self, path, force=force)

    def _repr_svg_(self) -> str:
        return self.svg()


# --- Marks ---------------------------------------------------------------------------------------


def word(
    x: float,
    y: float,
    text: str,
    *,
    size: int = TEXT,
    colour: str = INK,
    bold: bool = False,
    anchor: str = "start",
) -> str:
    """Text at its baseline."""
    from markupsafe import escape

    heavy = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:g}" y="{y:g}" fill="{colour}" font-size="{size}" text-anchor="{anchor}"{heavy}>'
        f"{escape(text)}</text>"
    )


def line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1, dash: str = "") -> str:
    """A line."""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="{colour}"'
        f' stroke-width="{width:g}"{dashed}/>'
    )


def box(x: float, y: float, width: float, height: float, fill: str, **more: Any) -> str:
    """A rectangle."""
    rest = "".join(f' {k.replace("_", "-")}="{v}"' for k, v in more.items())
    return f'<rect x="{x:g}" y="{y:g}" width="{max(width, 0):g}" height="{height:g}" fill="{fill}"{rest}/>'


def cut(text: str, letters: int) -> str:
    """A text that fits, with a mark where it was cut."""
    return text if len(text) <= letters else f"{text[: letters - 1].rstrip()}…"


def joined(parts: Iterable[str]) -> str:
    """Marks, one after the other."""
    return "".join(parts)
