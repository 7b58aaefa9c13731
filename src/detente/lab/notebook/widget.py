"""The sliders as a notebook's own kind of object; imports anywidget, which only this needs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from detente.case.case import Case
from detente.errors import UsageError
from detente.lab import gather, work
from detente.lab.assets import FOLDER
from detente.lab.desk import first
from detente.lab.scenario import AS_WRITTEN, Scenario, named, scenario
from detente.models import get

HERE = Path(__file__).parent
SCRIPTS = ("strings.js", "dom.js", "outline.js", "sentence.js")
"""Of the page: its words, and what draws one slider."""


@lru_cache(maxsize=1)
def script() -> str:
    """The page's parts and the sliders in one script, for a notebook loads just one."""
    files = [*(FOLDER / name for name in SCRIPTS), HERE / "sliders.js"]
    return "\n".join(
        re.sub(r'^import .* from "\./.*";$', "", x.read_text(encoding="utf-8"), flags=re.M) for x in files
    )


@lru_cache(maxsize=1)
def style() -> str:
    """The page's look of a slider and that of the sliders, for nothing else in the notebook."""
    shared = (FOLDER / "sliders.css").read_text(encoding="utf-8").replace(":root", "&")
    return f".detente {{\n{shared}{(HERE / 'sliders.css').read_text(encoding='utf-8')}}}\n"


class Sliders(anywidget.AnyWidget):
    """Sliders of a case's assumptions, and its answer while they move.

    Attributes:
        scenario: What is changed about the case: ``values`` by assumption, mechanisms that are ``off``, and
            ``levers``; may be set, and the sliders follow.
        found: The answer at the point: ``outcomes``, ``decisive``, and ``problem`` where there is none.
        spread: What draws of what is left open say: ``deal`` with ``share``, ``low``, ``high``, ``draws``.
        about: What the case says of the assumptions that are shown.
    """

    _esm = script()
    _css = style()
    about = traitlets.Dict().tag(sync=True)
    scenario = traitlets.Dict().tag(sync=True)
    found = traitlets.Dict().tag(sync=True)
    spread = traitlets.Dict().tag(sync=True)

    def __init__(self, case: Case, show: Iterable[str] | None) -> None:
        self._case = case
        self._number = 0
        self._show = None if show is None else tuple(show)
        if self._show is not None:
            named(case, get(case.model), self._show)
        super().__init__(scenario=_written(AS_WRITTEN))
        self.on_msg(self._heard)

    def begin(self) -> None:
        """Compile, see which assumptions to show, and answer once. Done when the sliders are first seen."""
        from detente.lab.describe import describe

        if self.about:
            return
        told = describe(self._case)
        names = self._show
        if names is None:
            names = first(work.swings(self._case, AS_WRITTEN)["swings"])
        told["assumptions"] = {n: told["assumptions"][n] for n in names}
        kept = ("title", "assumptions", "mechanisms", "levers", "decisive", "outcomes")
        self._answer()
        self.about = {name: told[name] for name in kept}

    @traitlets.validate("scenario")
    def _checked(self, proposal: Any) -> dict[str, Any]:
        return _written(self._given(proposal["value"]))

    def _given(self, changed: Mapping[str, Any]) -> Scenario:
        unknown = sorted(set(changed) - set(_written(AS_WRITTEN)))
        if unknown:
            raise UsageError(f'scenario: found "{unknown[0]}", expected some of values, off, levers')
        return scenario(self._case, get(self._case.model), **changed)

    @traitlets.observe("scenario")
    def _moved(self, _: Any) -> None:
        if self.about:
            self._answer()

    def _answer(self) -> None:
        (found,) = work.points([(self._case, self._given(self.scenario))])
        self._number += 1
        drawn = [x for x in found.get("figures", ()) if "svg" in x]
        figures = [{"title": x["title"], "svg": x["svg"]} for x in drawn]
        self.found = {**found, "figures": figures, "number": self._number}

    def _heard(self, _: Any, content: Mapping[str, Any], __: Any) -> None:
        """What the sliders ask for: to begin; draws, when the hand is at rest."""
        if content.get("kind") == "begin":
            self.begin()
        elif content.get("kind") == "draws" and get(self._case.model).decisive:
            given = self._given(self.scenario)
            pieces = [
                work.spread(self._case, given, gather.SEED, part.start, part.stop, paths=False)
                for part in gather.stretches(gather.STRETCH, gather.STRETCH)
            ]
            found = gather.spread(self._case, pieces, {})
            self.spread = {"deal": found["deal"], "failed": found["failed"], "number": self._number}


def _written(given: Scenario) -> dict[str, Any]:
    """A scenario as the sliders send it."""
    found = asdict(given)
    return {"values": dict(found["values"]), "off": [*found["off"]], "levers": [*found["levers"]]}
