"""Standard figures: each is built once, from plain data, and is the same in every host.

A figure is a function of plain numbers and words that gives a `Figure`: a Vega-Lite specification (a
dict) that also carries its name, its title, its description in words and its data tables.

    from detente.figures import fan

    figure = fan("arsenal", "Arsenal", bands, unit="steps")
    figure.svg()          # static SVG, drawn by vl-convert: the report
    figure.bare()         # the specification alone, for a page that draws it with Vega
    figure.datasets       # its data by name: what such a page replaces when a slider moves
    figure.tables         # what a reader sees as a table, and gets as CSV
    figure.save("a.pdf")  # svg, png, pdf, html, json, csv

Three rules hold for all of them. Words of a case are data, titles or descriptions, never field names and
never parts of an expression, so that a case cannot put code into a page. Colour is never the only sign:
shape, dash, side or a word says it too. The look is `detente.figures.theme` alone; a specification sets no
colour that is not from there.

Two pictures that no library has are drawn by hand, with the same interface: `year` and `bargain`.
"""

from detente.figures.beliefs import experience, prior
from detente.figures.dots import dots
from detente.figures.figure import FORMATS, Column, Figure, Table
from detente.figures.intervals import Interval, claims, intervals
from detente.figures.paths import Line, fan, histories, response
from detente.figures.phase import Side, phase
from detente.figures.shares import waterfall

__all__ = [
    "FORMATS",
    "Column",
    "Figure",
    "Interval",
    "Line",
    "Side",
    "Table",
    "claims",
    "dots",
    "experience",
    "fan",
    "histories",
    "intervals",
    "phase",
    "prior",
    "response",
    "waterfall",
]
