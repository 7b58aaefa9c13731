"""Checks of what a model declares: nothing is solved."""

from __future__ import annotations

import keyword
from collections import Counter
from collections.abc import Iterator

from detente.contract.look import Fault, Look, NotChecked, holds
from detente.model import Model, Picture
from detente.solution import RESERVED


def names(look: Look) -> Iterator[Fault]:
    """Names can be written in Python and mean one thing each."""
    m = look.model
    groups = (
        ("model", [m.name]),
        ("parameter", [p.name for p in m.parameters]),
        ("setting", list(m.settings)),
        ("outcome", [o.name for o in m.outcomes]),
        ("mechanism", [x.name for x in m.mechanisms]),
    )
    for kind, listed in groups:
        for name in listed:
            if not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_"):
                yield Fault(f"{kind} {name!r}", "no name that Python can write", "a word such as war_cost")
    for name, n in Counter([x for _, listed in groups[1:3] for x in listed]).items():
        if n > 1:
            yield Fault(f"name {name!r}", f"{n} parameters or settings of it", "one")
    for name, n in Counter(groups[3][1]).items():
        if n > 1:
            yield Fault(f"outcome {name!r}", f"{n} of it", "one")
        if name in RESERVED:
            yield Fault(f"outcome {name!r}", "a name that a solution needs itself", "another name")


def words(look: Look) -> Iterator[Fault]:
    """Everything is explained: titles, meanings, units."""
    m = look.model
    if not m.title.strip():
        yield Fault("title", "none", "one line")
    for kind, things in (("parameter", m.parameters), ("outcome", m.outcomes)):
        for x in things:
            if not x.meaning.strip():
                yield Fault(f"{kind} {x.name!r}", "no meaning", "one line in the field's words")
            if not x.unit.strip() and not x.labels:
                yield Fault(f"{kind} {x.name!r}", "no unit", "what one of it is")
            if len(set(x.labels)) < len(x.labels):
                yield Fault(f"{kind} {x.name!r}", "a label given twice", "different words")
    if "noise" not in m.by_name:
        yield Fault("parameters", "no noise", "a parameter noise: the scale of what else moves a choice")


def domains(look: Look) -> Iterator[Fault]:
    """Defaults and neutral values lie in their domains, and the conditions hold at the defaults."""
    m = look.model
    for p in m.parameters:
        if p.default not in p.domain:
            yield Fault(f"parameter {p.name!r}", f"default {p.default:g}", p.expected)
        if p.neutral is not None and p.neutral not in p.domain:
            yield Fault(f"parameter {p.name!r}", f"neutral value {p.neutral:g}", p.expected)
        if p.labels and [k for k in range(len(p.labels) + 1) if k in p.domain] != list(range(len(p.labels))):
            yield Fault(
                f"parameter {p.name!r}", f"{len(p.labels)} labels over {p.domain}", "one for each value"
            )
    for x in m.mechanisms:
        for name, value in x.neutral.items():
            if name not in m.by_name or value not in m.by_name[name].domain:
                yield Fault(f"mechanism {x.name!r}", f"{name} {value:g}", "a parameter, in its domain")
    point = {p.name: float(p.default) for p in m.parameters}
    for c in m.conditions:
        if not c.text.strip():
            yield Fault("condition", "no text", "the inequality, as it is to be printed")
        if not holds(c, point):
            yield Fault("defaults", f"a point where {c.text} fails", "a point at which the theory applies")


def sources(look: Look) -> Iterator[Fault]:
    """It says where the theory is published."""
    if not look.model.sources:
        yield Fault("sources", "none", "at least one full reference")
    for i, source in enumerate(look.model.sources):
        if not source.strip():
            yield Fault(f"source {i + 1}", "no text", "a full reference")


def picture(look: Look) -> Iterator[Fault]:
    """The picture shows outcomes over parameters that exist, inside their domains."""
    m, drawn = look.model, look.model.picture
    if drawn is None:
        raise NotChecked("it has none")
    if not drawn.y:
        yield Fault("picture", "nothing drawn", "at least one outcome")
    outcomes = {o.name: o for o in m.outcomes}
    for name in drawn.y:
        o = outcomes.get(name)
        if o is None:
            yield Fault("picture", f"the outcome {name!r}", f"one of {', '.join(outcomes)}")
        elif o.per_deal or o.yearly != drawn.path:
            yield Fault(
                "picture", f"the outcome {name!r}", "one number a point, or a yearly outcome in a path"
            )
        elif o.labels and drawn.across is None:
            yield Fault("picture", f"lines of {name!r}, which is a word", "a map of it, or a number")
    if drawn.x is None and not drawn.path:
        yield Fault("picture", "no horizontal axis", "a sweep, or a path over the years")
    if drawn.across is not None and len(drawn.y) != 1:
        yield Fault("picture", f"a map of {len(drawn.y)} outcomes", "a map of one")
    for name, value in _drawn(m, drawn):
        if name not in m.by_name:
            yield Fault("picture", f"the parameter {name!r}", f"one of {', '.join(m.by_name)}")
        elif value not in m.by_name[name].domain:
            yield Fault("picture", f"{name} {value:g}", m.by_name[name].expected)


def _drawn(m: Model, drawn: Picture) -> Iterator[tuple[str, float]]:
    """Values of parameters that a picture asks for."""
    yield from drawn.at.items()
    if drawn.by is not None:
        yield from ((drawn.by[0], v) for v in drawn.by[1])
    cells = drawn.across is not None
    for sweep in (drawn.x, drawn.across):
        if sweep is not None:
            places = sweep.places(cells)
            yield from ((sweep.parameter, v) for v in (places[0], places[-1]))


CHECKS = (
    ("names can be written in Python and mean one thing each", names),
    ("title, meanings, units and noise are there", words),
    ("defaults and neutral values lie in their domains, and meet the conditions", domains),
    ("it says where the theory is published", sources),
    ("the picture shows outcomes over parameters, inside their domains", picture),
)
