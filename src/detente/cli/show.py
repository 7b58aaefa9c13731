"""A case in a terminal: what is assumed, with small pictures, what happened, what is claimed."""

from __future__ import annotations

from detente.case.case import Case
from detente.case.describe import belief
from detente.models import get


def show(case: Case, *, terminal: bool) -> None:
    """Print a case's parameters, experience, claims, levers and sources."""
    from detente.cli.terminal import printed, table
    from detente.study.spread import beliefs

    model, spreads = get(case.model), beliefs(case)
    with printed(terminal) as console:
        console.print(f"\n[bold]{_plain(case.title)}[/bold]")
        console.print(f"[italic]{_plain(case.question)}[/italic]")
        console.print(
            f"holder {case.holder}; demander {case.demander}; known up to {case.as_of}; model {case.model}"
        )

        numbers = table(
            "Numbers (16 bars from the smallest to the largest of 1,024 draws)",
            ("name", {"no_wrap": True}),
            ("believed", {"ratio": 1, "min_width": 24}),
            ("drawn", {"no_wrap": True, "style": "blue"}),
            ("5 %", {"justify": "right"}),
            ("50 %", {"justify": "right"}),
            ("95 %", {"justify": "right"}),
            ("source", {"overflow": "fold"}),
        )
        for a in case.assumptions.values():
            s = spreads.get(a.name)
            drawn = (s.picture, *(f"{s.quantiles[i]:.3g}" for i in (0, 2, 4))) if s else ("", "", "", "")
            believed = f"{belief(a, model.by_name.get(a.name))} ({a.unit})"
            numbers.add_row(a.name, believed, *drawn, a.source)
        console.print(numbers)

        for e in case.experience.values():
            episodes = table(
                f"Experience of {e.about}: prior beta({e.prior[0]:g}, {e.prior[1]:g})",
                ("year", {}),
                ("what happened", {"ratio": 1}),
                ("kept?", {"no_wrap": True}),
                ("weight", {"justify": "right"}),
                ("source", {}),
            )
            for x in e.episodes:
                kept = "[blue]kept[/blue]" if x.kept else "[yellow]not kept[/yellow]"
                episodes.add_row(str(x.year), _plain(x.name), kept, f"{x.weight:g}", x.source)
            console.print(episodes)

        claims = table("Claims", ("side", {}), ("id", {}), ("says", {"ratio": 1}))
        for c in case.claims:
            claims.add_row(c.side, c.id, _plain(c.says))
        console.print(claims)

        levers = table("Levers", ("who", {}), ("id", {}), ("says", {"ratio": 1}))
        for lever in case.levers:
            levers.add_row(lever.who, lever.id, _plain(lever.says))
        console.print(levers)

        sources = table("Sources", ("id", {}), ("reference", {"ratio": 1}))
        for source in case.sources.values():
            sources.add_row(source.id, _plain(source.citation))
        console.print(sources)
        console.print("\nWhy each number is as it is: the case file, or detente show CASE --html FILE.")


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)
