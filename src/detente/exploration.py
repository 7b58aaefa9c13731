"""A case explored from Python: solved over what is uncertain, with everything that `detente run` says.

::

    case = detente.load_case("missile-limits")
    study = detente.explore(case, draws=256)
    study                                   # in a notebook: the answer as a card
    study.verdicts["firm-red-line"].word
    study.to_xarray()["value"]              # draw × intervention × outcome

The functions are those of the command line; the numbers are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from detente.case.case import Case
from detente.errors import UsageError
from detente.study.asked import DRAWS, LEVER_DRAWS, MOST_DRAWS, QUESTIONS, WHY_DRAWS, Asked
from detente.study.executors import Jobs
from detente.study.plan import Plan
from detente.study.summary import Summary
from detente.study.verdicts import Verdict
from detente.study.words import CAVEAT, answer
from detente.study.work import Design, Progress

if TYPE_CHECKING:
    import pyarrow as pa
    import xarray

    from detente.figures import Figure
    from detente.figures.drawing import Drawing
    from detente.report.data import RunData
    from detente.study.questions.compare import Comparison
    from detente.study.stored import Stored


def load_case(source: str | Path) -> Case:
    """Read a case.

    Args:
        source: A case file, or the id of a packaged case.

    Raises:
        CaseError: Everything that is wrong with it.
        UsageError: There is no such file or case.
    """
    from detente.case.read import read

    return read(source)


@dataclass(frozen=True, eq=False, repr=False)
class Study:
    """A case solved over what is uncertain.

    Attributes:
        case: The case.
        design: What was run: draws, seed, number format.
        plan: What was solved.
        table: One row a draw: inputs, statuses, every number asked for (a pyarrow table).
        summary: What the run says, as frozen data; every part is documented on its class.
        left_out: Of the questions that ``full`` asks, why some cannot be asked of this run.
        folder: Where it is kept; None if nowhere.
    """

    case: Case
    design: Design
    plan: Plan
    table: pa.Table
    summary: Summary
    left_out: tuple[str, ...] = ()
    folder: Path | None = None
    _manifest: Mapping[str, Any] = field(default_factory=dict)

    @property
    def answer(self) -> tuple[str, str, str]:
        """The answer in three sentences, hedged by its numbers."""
        return answer(self.case, self.summary)

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """The verdict of each claim by its id."""
        return {c.verdict.id: c.verdict for c in self.summary.claims}

    @cached_property
    def figures(self) -> dict[str, Figure | Drawing]:
        """The figures of the report by name; each shows itself in a notebook and can be saved."""
        from detente.report.page import page

        return {figure.name: figure for figure in page(self._told)[1]}

    def plot(self, name: str) -> Figure | Drawing:
        """One of the figures.

        Raises:
            UsageError: There is none of that name; the message names those that there are.
        """
        if name not in self.figures:
            raise UsageError(f'figure: found "{name}", expected one of {", ".join(self.figures)}')
        return self.figures[name]

    def report(self, path: str | Path) -> Path:
        """Write the report to a file.

        Raises:
            UsageError: The file cannot be written.
        """
        from detente.report.page import page

        path, text = Path(path), page(self._told)[0]
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as problem:
            raise UsageError(f"{path}: cannot be written ({problem.strerror})") from None
        return path

    def to_xarray(self) -> xarray.Dataset:
        """The draws as labelled data.

        Returns:
            A dataset with the variables ``value`` [draw, intervention, outcome], NaN where not solved or not
            asked for; ``status`` [draw, intervention], "" where solved; ``input`` [draw, assumption]; and for
            each outcome that the run follows over the years its own, [draw, year]. Coordinates ``unit`` and
            ``assumption_unit`` give units; attributes say which run it is.

        Raises:
            UsageError: xarray is not installed.
        """
        import numpy as np

        try:
            import xarray as xr
        except ImportError:
            raise UsageError(
                'to_xarray: found no xarray here; install it with: pip install "detente[xarray]"'
            ) from None
        from detente.case.expression import Call

        model, table = self.design.theory, self.table
        solves = [*self.plan.solves, *self.plan.levers]
        bare = {c: Call(c.outcome, c.years, c.deal) for s in solves for c in s.calls}
        outcomes = list(dict.fromkeys(c.label for c in bare.values()))
        value = np.full((table.num_rows, len(solves), len(outcomes)), np.nan)
        status = np.full((table.num_rows, len(solves)), "not asked for", dtype=object)
        for j, solve in enumerate(solves):
            name = f"status:{solve.intervention.label}"
            if name not in table.column_names:
                continue
            tried = self.design.tried if solve in self.plan.levers else table.num_rows
            status[:tried, j] = [s or "" for s in table[name].to_pylist()[:tried]]
            for call in solve.calls:
                value[:, j, outcomes.index(bare[call].label)] = table[call.label].to_numpy().astype(float)
        inputs = [n.removeprefix("input:") for n in table.column_names if n.startswith("input:")]
        units = {c.label: model.outcome(c.outcome).unit for c in bare.values()}
        known = {n: p.unit for n, p in model.by_name.items()} | {
            n: a.unit for n, a in self.case.quantities.items()
        }
        paths = {
            n.removeprefix("path:"): (("draw", "year"), np.stack(table[n].to_numpy()))
            for n in table.column_names
            if n.startswith("path:")
        }
        years = next((x[1].shape[1] for x in paths.values()), 0)
        return xr.Dataset(
            {
                "value": (("draw", "intervention", "outcome"), value),
                "status": (("draw", "intervention"), status),
                "input": (
                    ("draw", "assumption"),
                    np.stack([table[f"input:{n}"].to_numpy().astype(float) for n in inputs], axis=1),
                ),
                **{n: (dims, x, {"unit": model.outcome(n).unit}) for n, (dims, x) in paths.items()},
            },
            coords={
                "draw": np.arange(table.num_rows),
                "intervention": [s.intervention.label for s in solves],
                "outcome": outcomes,
                "unit": ("outcome", [units[n] for n in outcomes]),
                "assumption": inputs,
                "assumption_unit": ("assumption", [known.get(n, "") for n in inputs]),
                **({"year": np.arange(1, years + 1)} if years else {}),
            },
            attrs={
                "case": self.case.id,
                "digest": self.case.digest,
                "model": self.design.model,
                "seed": self.design.seed,
                "caveat": CAVEAT,
            },
        )

    @cached_property
    def _told(self) -> RunData:
        """What the report is made from."""
        from detente.report.data import numbers
        from detente.report.results import told

        def columns(names: Any) -> dict[str, Any]:
            return {n: numbers(self.table[n]) for n in names if n in self.table.column_names}

        return told(self.design, self.summary, self._manifest, columns)[2]

    def __repr__(self) -> str:
        lines = [f"{self.case.title} ({self.summary.draws:,} draws, seed {self.design.seed})", *self.answer]
        return "\n".join([*lines, CAVEAT])

    def _repr_html_(self) -> str:
        """The first picture, the answer, the claims of both sides; needs no script and no file."""
        from detente.report.pictures import hero
        from detente.study.numbers import percent

        rows = "".join(
            f"<tr><td>{escape(v.says)}</td><td>{escape(v.side)}</td><td><b>{escape(v.word)}</b></td>"
            f"<td style='text-align:right'>{'' if v.share is None else percent(v.share)}</td></tr>"
            for v in self.verdicts.values()
        )
        return (
            "<div style='max-width:60em;border:1px solid #888;border-radius:6px;padding:0.8em 1.2em'>"
            f"<p style='margin:0;font-weight:bold'>{escape(self.case.title)}</p>"
            + "".join(f"<p style='margin:0.4em 0'>{escape(s)}</p>" for s in self.answer)
            + "".join(
                f"<p style='margin:0.8em 0 0.2em;font-weight:bold'>{escape(x.title)}</p>"
                f"<div style='overflow-x:auto'>{x.svg(titled=False)}</div>"
                for x in (shown.figure for shown in hero(self._told))
            )
            + "<details><summary>Claims: verdict, and the share of draws in which they hold</summary>"
            "<table><thead><tr><th style='text-align:left'>claim</th><th>side</th><th>verdict</th>"
            f"<th>share</th></tr></thead><tbody>{rows}</tbody></table></details>"
            f"<p style='margin:0.4em 0;font-size:85%'>{self.summary.draws:,} draws, seed {self.design.seed}."
            f" {escape(CAVEAT)}</p></div>"
        )


def explore(
    case: Case | str | Path,
    *,
    draws: int = DRAWS,
    lever_draws: int = LEVER_DRAWS,
    seed: int = 1,
    ask: str | tuple[str, ...] = (),
    why_draws: int = WHY_DRAWS,
    out: str | Path | None = None,
    jobs: Jobs = 1,
    single: bool = False,
    progress: Callable[[str], Progress | None] | None = None,
) -> Study:
    """Solve a case over what is uncertain, as `detente run` does.

    Args:
        case: The case, its file, or the id of a packaged one.
        draws: Draws of what is uncertain.
        lever_draws: Draws in which levers are tried, made up to whole chunks of 64.
        seed: Seed of the draws.
        ask: Questions beyond: some of ``why``, ``levers``, ``effects``, ``flips``, ``sure``; or ``full``.
        why_draws: Draws in which mechanisms are asked for.
        out: A run folder, as the command makes it: what is solved is kept there and gone on with. None: what
            is solved is kept in the study alone.
        jobs: Processes of this machine, or an executor (anything with `submit` that gives futures of the
            standard library). With more than one process a script needs the usual
            ``if __name__ == "__main__":``.
        single: Single precision: faster, six digits.
        progress: Called with the name of each part ("" for the run itself); gives what is told about it, or
            None.

    Raises:
        CaseError: The case is wrong; UsageError: a number or a question is; RunError: the folder holds
            another run or cannot be written.
    """
    for name, value, low in (("draws", draws, 1), ("lever_draws", lever_draws, 0), ("seed", seed, 0)):
        if not low <= value <= (2**32 - 1 if name == "seed" else MOST_DRAWS):
            raise UsageError(f"{name}: found {value}, expected a whole number from {low}")
    questions = (ask,) if isinstance(ask, str) else tuple(ask)
    for name in questions:
        if name not in (*QUESTIONS, "full"):
            raise UsageError(f'ask: found "{name}", expected some of {", ".join(QUESTIONS)}, or full')
    from detente.study.folder import Folder
    from detente.study.questions.full import answer as answered
    from detente.study.questions.full import askable
    from detente.study.reading import summarize
    from detente.study.run import run

    found = load_case(case) if isinstance(case, str | Path) else case
    dtype = "float32" if single else "float64"
    design = Design(found, found.model, draws, lever_draws, seed, dtype)
    wanted: dict[str, Any] = {name: name in questions or "full" in questions for name in QUESTIONS}
    asked = Asked(**wanted, why_draws=why_draws)
    asked, left_out = askable(design, asked)

    def tell(name: str, *_: str) -> Progress | None:
        return progress(name) if progress is not None else None

    with ExitStack() as stack:
        path = Path(stack.enter_context(TemporaryDirectory(prefix="detente-")) if out is None else out)
        folder = stack.enter_context(Folder.hold(path))
        todo, table = run(design, folder, jobs=jobs, progress=tell(""))
        summary = summarize(design, todo, table)
        summary = answered(design, folder, todo, table, summary, asked, jobs=jobs, tell=tell)
        manifest = folder.manifest() or {}
        if out is not None:
            from detente.report.results import publish

            publish(folder, design, summary, jobs=jobs if isinstance(jobs, int) else 1, tell=tell)
    return Study(found, design, todo, table, summary, left_out, None if out is None else path, manifest)


def compare(a: Study | str | Path, b: Study | str | Path) -> Comparison:
    """What differs between two runs: in what went in, and in which verdicts.

    Draw by draw where both have the same random numbers.

    Args:
        a: A study, or the folder of a run.
        b: Another.

    Raises:
        RunError: A folder is not that of a finished run.
    """
    from detente.study.questions.compare import compare

    return compare(_stored(a), _stored(b))


def _stored(run: Study | str | Path) -> Stored:
    from detente.study.stored import Stored, stored

    if not isinstance(run, Study):
        return stored(Path(run))
    verdicts = run.summary.plain()
    return Stored(run.folder or Path(), run._manifest, run.case, verdicts, run.table)
