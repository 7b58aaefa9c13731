"""The server of the laboratory: what the page may ask, each in a plain request. It keeps no session."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from detente.errors import DetenteError
from detente.lab import assets, gather, work
from detente.lab.desk import FAILED, READY, Desk, Desks
from detente.lab.export import export, kept
from detente.lab.guard import REPORT_POLICY, Guard
from detente.lab.pool import Busy, Pool, Stale
from detente.lab.runs import Runs
from detente.lab.scenario import MOST, Scenario, rounded, scenario
from detente.models import get

Name = Annotated[str, Field(max_length=100)]
JSON = "application/json"


class Given(BaseModel):
    """A scenario as the page sends it."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    values: dict[Name, float | Name] = Field(default={}, max_length=MOST)
    off: list[Name] = Field(default=[], max_length=MOST)
    levers: list[Name] = Field(default=[], max_length=MOST)


class Ask(Given):
    """A question about a scenario.

    ``client`` and ``turn`` name the page and count its scenarios: what was asked in an earlier turn is
    dropped.
    """

    case: str = Field(default="", max_length=64)
    client: str = Field(default="", max_length=64)
    turn: int = Field(default=0, ge=0, le=2**53)


class AskDraws(Ask):
    """How many draws."""

    upto: int = Field(ge=1, le=gather.MOST_DRAWS)


class AskDiagram(Ask):
    """Which two assumptions, between which ends, how fine."""

    x: Name
    y: Name
    x_ends: tuple[float, float]
    y_ends: tuple[float, float]
    level: int = Field(ge=0, lt=len(gather.LEVELS))


class AskDiffer(Ask):
    """Two scenarios."""

    first: Given
    second: Given


class AskRun(Ask):
    """How many draws a full run has."""

    draws: int


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the laboratory is served.

    Attributes:
        source: The case that is opened.
        host: The address that is bound.
        token: What a visitor must bring; None: anybody on this machine may.
        folder: Where full runs go.
        processes: Processes that solve; None: as many as there are cores.
    """

    source: str | Path
    host: str = "127.0.0.1"
    token: str | None = None
    folder: Path = Path("runs")
    processes: int | None = None


def application(settings: Settings) -> Any:
    """The application, guarded (ASGI)."""
    pool = Pool(settings.processes)
    desks = Desks(settings.source, pool)
    runs = Runs(settings.folder)
    bundle: dict[str, bytes] = {}

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await pool.start()
        await desks.start()
        fetching = asyncio.create_task(_fetch(bundle))
        try:
            yield
        finally:
            fetching.cancel()
            await asyncio.gather(fetching, return_exceptions=True)
            await runs.stop()
            await desks.stop()
            await pool.stop()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    _problems(app)
    _pages(app, bundle)
    _cases(app, desks, pool)
    _questions(app, desks, pool)
    _runs(app, desks, runs)
    return Guard(app, host=settings.host, token=settings.token)


async def _fetch(bundle: dict[str, bytes]) -> None:
    bundle["charts.js"] = await asyncio.to_thread(assets.bundle)


# --- What goes wrong ------------------------------------------------------------------------------


def _problem(status: int, text: str) -> Response:
    return Response(json.dumps({"problem": text}, ensure_ascii=False), status, media_type=JSON)


def _problems(app: FastAPI) -> None:
    """Say what is wrong in words, and never more of the inside than that."""

    @app.exception_handler(DetenteError)
    async def mistaken(_: Request, problem: DetenteError) -> Response:
        return _problem(400, str(problem))

    @app.exception_handler(Stale)
    async def stale(_: Request, __: Stale) -> Response:
        return _problem(409, "superseded by a newer question of the same page")

    @app.exception_handler(Busy)
    async def busy(_: Request, __: Busy) -> Response:
        return _problem(429, "too many questions at once; ask again in a moment")

    @app.exception_handler(RequestValidationError)
    async def malformed(_: Request, problem: RequestValidationError) -> Response:
        first = problem.errors()[0]
        where = ".".join(str(x)[:40] for x in first["loc"][1:])
        return _problem(422, f"{where}: {first['msg']}")

    @app.exception_handler(HTTPException)
    async def missing(_: Request, problem: HTTPException) -> Response:
        return _problem(problem.status_code, str(problem.detail))

    @app.exception_handler(Exception)
    async def broken(_: Request, __: Exception) -> Response:
        return _problem(500, "the laboratory made a mistake; its terminal says which")


# --- Pages and cases -------------------------------------------------------------------------------


def _pages(app: FastAPI, bundle: dict[str, bytes]) -> None:
    @app.get("/")
    async def page() -> Response:
        content, kind = assets.files()["index.html"]
        return Response(content, media_type=kind, headers={"cache-control": "no-cache"})

    @app.get("/page/charts.js")
    async def charts() -> Response:
        while "charts.js" not in bundle:
            await asyncio.sleep(0.05)
        return Response(
            bundle["charts.js"], media_type="text/javascript", headers={"cache-control": "max-age=86400"}
        )

    @app.get("/page/{name}")
    async def file(name: str) -> Response:
        found = assets.files().get(name)
        if found is None:
            raise HTTPException(404, "there is no such file")
        return Response(found[0], media_type=found[1], headers={"cache-control": "no-cache"})


def _desk(desks: Desks, digest: str) -> Desk:
    desk = desks.get(digest)
    if desk is None:
        raise HTTPException(410, "this case is no longer on the desk; reload the page")
    return desk


def _cases(app: FastAPI, desks: Desks, pool: Pool) -> None:
    @app.get("/api/status")
    async def status(case: Annotated[str, Field(max_length=64)] = "") -> dict[str, Any]:
        desk = desks.get(case)
        return {
            "current": desks.current,
            "problem": desks.problem,
            "step": desk.step if desk is not None else "gone",
            "version": version("detente"),
            "solved": pool.solved,
            "dropped": pool.dropped,
        }

    @app.get("/api/case")
    async def case(case: Annotated[str, Field(max_length=64)] = "") -> Response:
        desk = _desk(desks, case)
        while not desk.about:
            if desk.step == FAILED:
                raise HTTPException(503, desks.problem or "the case cannot be solved")
            await asyncio.sleep(0.02)
        more = {"step": desk.step, "first": list(desk.first), "version": version("detente"), **_kept(desk)}
        return Response(desk.about[:-1] + b"," + json.dumps(more).encode()[1:], media_type=JSON)

    @app.post("/api/case")
    async def bring(request: Request) -> dict[str, Any]:
        desk = await desks.bring(await request.body())
        return {"digest": desk.case.digest}

    @app.post("/api/export")
    async def save(ask: Ask) -> Response:
        desk = _desk(desks, ask.case)
        text = await asyncio.to_thread(export, desk.case, _scenario(desk, ask))
        return Response(text, media_type="text/yaml; charset=utf-8")


def _kept(desk: Desk) -> dict[str, Any]:
    """Switches that the case's text keeps."""
    found = kept(desk.case)
    return {"off": list(found.off), "pulled": list(found.levers)}


def _scenario(desk: Desk, given: Given) -> Scenario:
    return scenario(desk.case, get(desk.case.model), given.values, given.off, given.levers)


# --- Questions ------------------------------------------------------------------------------------


def _questions(app: FastAPI, desks: Desks, pool: Pool) -> None:
    async def solved(
        desk: Desk, ask: Ask, work: Callable[..., Any], *args: Any, point: bool = False
    ) -> bytes:
        key = (desk.case.digest, work.__name__, *args)
        return await pool.ask(key, work, desk.sent, *args, client=ask.client, turn=ask.turn, point=point)

    def ready(ask: Ask) -> Desk:
        desk = _desk(desks, ask.case)
        if desk.step != READY:
            raise HTTPException(503, f"not ready yet: {desk.step}")
        pool.turn(ask.client, ask.turn)
        return desk

    @app.post("/api/point")
    async def point(ask: Ask) -> Response:
        desk = ready(ask)
        found = await solved(desk, ask, work.points, _scenario(desk, ask), point=True)
        return Response(found, media_type=JSON)

    @app.post("/api/details")
    async def details(ask: Ask) -> Response:
        desk = ready(ask)
        return Response(await solved(desk, ask, work.details, _scenario(desk, ask)), media_type=JSON)

    @app.post("/api/swings")
    async def swings(ask: Ask) -> Response:
        desk = ready(ask)
        return Response(await solved(desk, ask, work.swings, _scenario(desk, ask)), media_type=JSON)

    @app.post("/api/spread")
    async def spread(ask: AskDraws) -> dict[str, Any]:
        desk = ready(ask)
        given = _scenario(desk, ask)
        middle = json.loads(await solved(desk, ask, work.points, given, point=True))
        if middle["problem"] is not None:
            return {"problem": middle["problem"]}
        found = [
            json.loads(await solved(desk, ask, work.spread, given, gather.SEED, part.start, part.stop))
            for part in gather.stretches(ask.upto, gather.STRETCH)
        ]
        return await asyncio.to_thread(gather.spread, desk.case, found, middle["outcomes"])

    @app.post("/api/verdicts")
    async def verdicts(ask: AskDraws) -> dict[str, Any]:
        desk = ready(ask)
        given = _scenario(desk, ask)
        found = [
            json.loads(await solved(desk, ask, work.verdicts, given, gather.SEED, part.start, part.stop))
            for part in gather.stretches(ask.upto, gather.TESTED)
        ]
        return gather.verdicts(desk.case, found)

    @app.post("/api/diagram")
    async def diagram(ask: AskDiagram) -> dict[str, Any]:
        desk = ready(ask)
        given = _scenario(desk, ask)
        ends = _ends(desk, ask.x, ask.x_ends), _ends(desk, ask.y, ask.y_ends)
        if ask.x == ask.y:
            raise HTTPException(422, "x, y: found the same assumption twice")
        # What the two axes move is no part of the question: moving one's case along them costs nothing.
        others = Scenario(
            tuple((n, v) for n, v in given.values if n not in (ask.x, ask.y)), given.off, given.levers
        )
        places = gather.side(*ends[0], ask.level), gather.side(*ends[1], ask.level)
        zones: list[float | None] = []
        for piece in gather.pieces(places):
            answer = await solved(desk, ask, work.cells, others, ask.x, ask.y, tuple(piece))
            zones += json.loads(answer)["zones"]
        return await asyncio.to_thread(gather.diagram, desk.case, given, (ask.x, ask.y), places, zones)

    @app.post("/api/differ")
    async def differ(ask: AskDiffer) -> Response:
        desk = ready(ask)
        both = _scenario(desk, ask.first), _scenario(desk, ask.second)
        return Response(await solved(desk, ask, work.differ, *both), media_type=JSON)


def _ends(desk: Desk, name: str, ends: tuple[float, float]) -> tuple[float, float]:
    model = get(desk.case.model)
    low, high = (rounded(x) for x in ends)
    if name not in model.by_name or model.by_name[name].static or model.by_name[name].labels:
        raise HTTPException(422, f"found {name!r:.60}, expected a parameter that is a number")
    scenario(desk.case, model, {name: low})
    scenario(desk.case, model, {name: high})
    if not low < high:
        raise HTTPException(422, f"{name}: found {low:g} to {high:g}, expected ends in order")
    return low, high


# --- Full runs ------------------------------------------------------------------------------------


def _runs(app: FastAPI, desks: Desks, runs: Runs) -> None:
    @app.post("/api/run")
    async def start(ask: AskRun) -> dict[str, Any]:
        desk = _desk(desks, ask.case)
        text = await asyncio.to_thread(export, desk.case, _scenario(desk, ask))
        name = f"laboratory-{desk.case.id}-{secrets.token_hex(4)}"
        return runs.start(text, name, ask.draws).told()

    @app.get("/api/run")
    async def latest() -> dict[str, Any]:
        return runs.latest.told() if runs.latest is not None else {"state": "none"}

    @app.delete("/api/run")
    async def stop() -> dict[str, Any]:
        await runs.stop()
        return await latest()

    @app.get("/runs/{number}/report.html")
    async def report(number: int) -> Response:
        if not 1 <= number <= len(runs.all) or runs.all[number - 1].state != "done":
            raise HTTPException(404, "there is no such report")
        text = await asyncio.to_thread((runs.all[number - 1].folder / "report.html").read_bytes)
        return Response(
            text, media_type="text/html; charset=utf-8", headers={"content-security-policy": REPORT_POLICY}
        )
