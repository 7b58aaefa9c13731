"""Pictures of a result: descriptions in Vega-Lite, drawn to SVG without a browser or a network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from detente.model import Model
from detente.study.spread import QUANTILES
from detente.study.summary import Deal, Effect, Summary, strongest
from detente.study.why import Explained

# Okabe and Ito's colours: told apart by every common kind of colour vision.
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#555555"

LOOK = {
    "font": "system-ui, sans-serif",
    "background": "transparent",
    # Room on the left: fonts differ from the one that the labels were measured with.
    "padding": {"left": 28, "right": 12, "top": 6, "bottom": 6},
    "axis": {
        "grid": True,
        "gridColor": "#e4e4e4",
        "labelFontSize": 11,
        "titleFontSize": 11,
        "labelLimit": 260,
    },
    "title": {"fontSize": 12, "anchor": "start"},
    "view": {"stroke": None},
}


def svg(spec: dict[str, Any], label: str) -> str:
    """Draw a description to SVG.

    Args:
        spec: In Vega-Lite.
        label: What the picture shows, for those who hear it read.
    """
    import vl_convert
    from markupsafe import escape

    drawn = vl_convert.vegalite_to_svg({**spec, "config": LOOK}, vl_version="5.20")
    return drawn.replace("<svg ", f'<svg role="img" aria-label="{escape(label)}" ', 1)


def zone(deal: Deal) -> str:
    """The distribution of the decisive outcome over the draws."""
    rows = [
        {"low": low, "high": high, "draws": n, "deal": "a deal exists" if low + high > 0 else "no deal"}
        for low, high, n in zip(deal.edges[:-1], deal.edges[1:], deal.counts, strict=True)
    ]
    spec = {
        "width": 640,
        "height": 180,
        "data": {"values": rows},
        "mark": {"type": "rect", "stroke": "white", "strokeWidth": 0.5},
        "encoding": {
            "x": {
                "field": "low",
                "type": "quantitative",
                "title": "zone: gain of the side that gains less by the best deal, years of stake",
                "scale": {"domain": [deal.edges[0], deal.edges[-1]], "nice": False},
                "axis": {"tickCount": 10, "grid": False},
            },
            "x2": {"field": "high"},
            "y": {"field": "draws", "type": "quantitative"},
            "y2": {"datum": 0},
            "color": {
                "field": "deal",
                "scale": {"domain": ["a deal exists", "no deal"], "range": [BLUE, ORANGE]},
                "legend": {"title": None, "orient": "top-left"},
            },
        },
    }
    label = f"Distribution of the zone; a deal exists in {deal.share.share:.0%} of {deal.share.draws} draws"
    return svg(spec, label)


def effects(found: Sequence[Effect], title: str) -> str:
    """Share of draws with a deal under each change, against the share as things are."""
    known = [e for e in found if e.with_deal is not None and e.before is not None]
    rows = [
        {
            "name": e.id.replace("_", " "),
            "share": e.with_deal.share,
            "low": e.with_deal.low,
            "high": e.with_deal.high,
            "change": "more deals" if e.rise >= 0 else "fewer deals",
        }
        for e in strongest(known)
        if e.with_deal is not None
    ]
    if not rows:
        return ""
    name: dict[str, Any] = {"field": "name", "type": "nominal", "sort": None, "title": None}
    colour = {
        "field": "change",
        "scale": {"domain": ["more deals", "fewer deals"], "range": [BLUE, ORANGE]},
        "legend": None,
    }
    share = {"type": "quantitative", "scale": {"domain": [0, 1]}, "axis": {"format": "%"}}
    heading = "share of draws with a deal (line: as things are)"
    before = known[0].before
    spec = {
        "width": 460,
        "height": {"step": 17},
        "data": {"values": rows},
        "layer": [
            {
                "data": {"values": [{"share": before}]},
                "mark": {"type": "rule", "color": GREY, "strokeDash": [4, 3]},
                "encoding": {"x": {"field": "share", **share, "title": heading}},
            },
            {
                "mark": {"type": "rule", "strokeWidth": 2},
                "encoding": {
                    "y": name,
                    "x": {"field": "low", **share, "title": heading},
                    "x2": {"field": "high"},
                    "color": colour,
                },
            },
            {
                "mark": {"type": "point", "filled": True, "size": 55, "opacity": 1},
                "encoding": {
                    "y": name,
                    "x": {"field": "share", **share},
                    "color": colour,
                    "shape": {
                        "field": "change",
                        "scale": {
                            "domain": ["more deals", "fewer deals"],
                            "range": ["triangle-right", "triangle-left"],
                        },
                        "legend": None,
                    },
                },
            },
        ],
    }
    return svg(spec, f"{title}: share of draws with a deal; the numbers are in the table below")


def shares(found: Explained) -> str:
    """What each mechanism accounts for in an output, with two standard errors to either side."""
    rows = [
        {
            "name": p.id.replace("_", " "),
            "share": p.share,
            "low": p.share - 2 * p.error,
            "high": p.share + 2 * p.error,
            "sign": "raises it" if p.share >= 0 else "lowers it",
        }
        for p in found.parts
    ]
    name = {"field": "name", "type": "nominal", "sort": None, "title": None}
    x = {"type": "quantitative", "title": f"accounts for ({found.unit})"}
    domain = {"domain": ["raises it", "lowers it"], "range": [ORANGE, BLUE]}
    spec = {
        "width": 460,
        "height": {"step": 19},
        "data": {"values": rows},
        "layer": [
            {
                "mark": {"type": "bar", "height": 11},
                "encoding": {
                    "y": name,
                    "x": {"field": "share", **x},
                    "color": {"field": "sign", "scale": domain, "legend": {"title": None, "orient": "top"}},
                },
            },
            {
                "mark": {"type": "rule", "color": "#1b1b1b"},
                "encoding": {"y": name, "x": {"field": "low", **x}, "x2": {"field": "high"}},
            },
        ],
    }
    return svg(spec, f"{found.says}: what each mechanism accounts for; the numbers are in the table below")


def paths(summary: Summary, model: Model) -> str:
    """Bands of the shown outcomes over the years: median, half and nine tenths of the draws."""
    panels = []
    for name, bands in summary.paths.items():
        outcome = model.outcome(name)
        rows = [
            {"year": year + 1, **{f"q{round(100 * q)}": bands[i][year] for i, q in enumerate(QUANTILES)}}
            for year in range(len(bands[0]))
        ]
        x = {
            "field": "year",
            "type": "quantitative",
            "title": "years",
            "axis": {"tickMinStep": 1, "tickCount": 5},
        }
        y = {"type": "quantitative", "title": outcome.unit, "axis": {"tickCount": 4}}
        if outcome.unit == "probability":
            y["scale"] = {"domain": [0, 1]}
        panels.append(
            {
                "width": 200,
                "height": 130,
                "title": name.replace("_", " "),
                "data": {"values": rows},
                "layer": [
                    {
                        "mark": {"type": "area", "color": BLUE, "opacity": 0.18},
                        "encoding": {"x": x, "y": {**y, "field": "q5"}, "y2": {"field": "q95"}},
                    },
                    {
                        "mark": {"type": "area", "color": BLUE, "opacity": 0.25},
                        "encoding": {"x": x, "y": {**y, "field": "q25"}, "y2": {"field": "q75"}},
                    },
                    {
                        "mark": {"type": "line", "color": BLUE},
                        "encoding": {"x": x, "y": {**y, "field": "q50"}},
                    },
                ],
            }
        )
    if not panels:
        return ""
    return svg({"concat": panels, "columns": 3}, "Paths over the years: median and bands of the draws")
