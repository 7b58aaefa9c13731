"""The look of every figure and of every page: colours, fonts, sizes, and how Vega-Lite is told of them.

Colours are told apart by every common kind of colour vision, and stand out from paper by 3:1 where they
carry a mark and by 4.5:1 where they carry a word. Players are never red and blue, which reads as enemy and
own side.
"""

from __future__ import annotations

from typing import Any

VEGA_LITE = "5.20"
"""The version that specifications are written in; notebooks show it as it is."""

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
"""A name, never fetched."""

FONT = "system-ui, -apple-system, 'Segoe UI', 'Liberation Sans', sans-serif"

# --- Colours

INK, SOFT, LINE, PAPER, WHITE = "#1b1f24", "#59636e", "#d9dee4", "#fbfaf7", "#ffffff"
HOLDER, DEMANDER, NATURE = "#4b2e83", "#1a9e8f", "#59636e"
DEMANDER_TEXT = "#0f6e63"
"""The demander's colour where it carries a word."""
MAIN = "#0b5c8a"
"""What a figure is about: medians, bands, links."""
UP, DOWN = "#d55e00", "#0b5c8a"
"""Raises, lowers. The sign and the side of zero say it too."""
YES, NO = "#0b5c8a", "#b35300"
"""A deal exists, none does; holds, fails. The first is filled, the second hollow."""
DEAL_FILL, RATIONAL_FILL = "#d6ecf8", "#fbe3b5"
"""Regions: a deal; the red line is rational. Each carries its word."""

COLOURS = ("#0b5c8a", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#f0e442")
"""Of lines: Okabe and Ito's, those that stand out from white first. `DASHES` go with them."""
DASHES: tuple[list[int], ...] = ([1, 0], [7, 4], [2, 2], [9, 3, 2, 3], [4, 2], [1, 3], [12, 3], [6, 2, 1, 2])
SHADES = ("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#0072b2", "#d55e00", "#999999")
"""Of regions with black words in them: light ones first."""

# --- Sizes, in pixels

WIDTH, HEIGHT = 360, 230
"""Of a standard figure: it fits a phone, and two or three stand side by side on a desk."""
TEXT = 12
"""The smallest letters of a figure."""

# --- Uncertainty

LIGHT, DARK = 0.18, 0.34
"""Opacity of the 5 to 95 % band and of the 50 % band."""

LOOK: dict[str, Any] = {
    "font": FONT,
    "background": "transparent",
    "aria": False,  # a figure has one name and one description, not one for each mark
    "padding": {"left": 6, "right": 12, "top": 8, "bottom": 6},
    "axis": {
        "grid": True,
        "gridColor": LINE,
        "gridOpacity": 0.7,
        "domainColor": SOFT,
        "tickColor": SOFT,
        "labelColor": INK,
        "titleColor": SOFT,
        "titleFontWeight": "normal",
        "labelFontSize": TEXT,
        "titleFontSize": TEXT,
        "labelLimit": 260,
        "titleLimit": 340,
        "titlePadding": 8,
        "labelOverlap": "greedy",
        "labelSeparation": 6,
    },
    "legend": {
        "labelFontSize": TEXT,
        "titleFontSize": TEXT,
        "titleFontWeight": "normal",
        "labelColor": INK,
        "titleColor": SOFT,
        "labelLimit": 260,
        "titleLimit": 260,
    },
    "header": {"labelFontSize": TEXT, "titleFontSize": TEXT, "labelColor": INK, "titleColor": SOFT},
    "title": {
        "fontSize": 14,
        "subtitleFontSize": TEXT,
        "color": INK,
        "subtitleColor": SOFT,
        "anchor": "start",
        "offset": 12,
    },
    "text": {"fontSize": TEXT, "color": INK},
    "view": {"stroke": None},
}
"""Vega-Lite's ``config``, the same in every host."""


def canvas(width: int, height: int) -> dict[str, Any]:
    """The size of a figure, its words included."""
    return {"width": width, "height": height, "autosize": {"type": "fit", "contains": "padding"}}
