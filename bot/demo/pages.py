"""The simulator's page and what it asks for. Below the token of guard.py:

GET  /             the page; app.js, look.css, ...
GET  /events       what it shows, as server-sent events: all of it, then what changes
POST /act          {"do": "type", "who": "amina", "text": "sos"} and so on (session.ACTS)
POST /tour         {"do": "play" | "pause" | "next"}
GET  /record       ?as=transcript|drill&title=...: what happened, as a file
GET  /file/12      the picture or document of a message
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from importlib import resources
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.demo.guard import FILE_POLICY
from bot.demo.session import Session, Wrong
from bot.demo.view import PICTURES

FOLDER = resources.files("bot.demo") / "page"
TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
MOST = 64 * 1024  #: bytes of what is asked for
HEARTBEAT = 15.0  #: seconds after which a silent stream says that it is there
PAUSE = 0.05  #: seconds in which what changes together is told together


def pages(session: Session) -> Starlette:
    async def act(request: Request) -> Response:
        return await answered(lambda asked: session.act(asked), request)

    async def tour(request: Request) -> Response:
        async def guide(asked: Mapping[str, Any]) -> str:
            await session.guide(str(asked.get("do")))
            return session.said

        return await answered(guide, request)

    async def events(_: Request) -> Response:
        return StreamingResponse(stream(session), media_type="text/event-stream")

    async def record(request: Request) -> Response:
        form, title = request.query_params.get("as", ""), request.query_params.get("title", "")
        try:
            text = session.written(form, title)
        except Wrong as wrong:
            return JSONResponse({"wrong": str(wrong)}, 400)
        saved = {"Content-Disposition": f'attachment; filename="{form}.txt"'}
        return Response(text, headers=saved, media_type="text/plain; charset=utf-8")

    async def file(request: Request) -> Response:
        bubble = session.file(request.path_params["number"])
        if bubble is None or bubble.file is None:
            return Response(status_code=404)
        found = bubble.file
        headers = {"Content-Security-Policy": FILE_POLICY}
        if found.mime in PICTURES:
            return Response(found.body, headers=headers, media_type=found.mime)
        name = "".join(
            c if c.isascii() and (c.isalnum() or c in ".-_") else "_" for c in found.name
        )
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return Response(found.body, headers=headers, media_type="application/octet-stream")

    routes = [
        Route("/act", act, methods=["POST"]),
        Route("/tour", tour, methods=["POST"]),
        Route("/events", events),
        Route("/record", record),
        Route("/file/{number:int}", file),
        Route("/{name:path}", static),
    ]
    return Starlette(routes=routes)


async def static(request: Request) -> Response:
    name = request.path_params["name"] or "index.html"
    stored = {entry.name for entry in FOLDER.iterdir()}
    kind = TYPES.get(name.rpartition(".")[2])
    if name not in stored or kind is None:
        return Response(status_code=404)
    return Response((FOLDER / name).read_bytes(), headers={"Content-Type": kind})


async def answered(do: Any, request: Request) -> Response:
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        return JSONResponse({"wrong": "JSON, please."}, 415)
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MOST:
            return JSONResponse({"wrong": "That is too long."}, 413)
    try:
        asked = json.loads(body)
        if not isinstance(asked, dict):
            raise Wrong("An object, please.")
        return JSONResponse({"said": await do(asked)})
    except (ValueError, RecursionError):
        return JSONResponse({"wrong": "That is no JSON."}, 400)
    except Wrong as wrong:
        return JSONResponse({"wrong": str(wrong)}, 400)


# ---------------------------------------------------------------- what is shown


async def stream(session: Session) -> AsyncIterator[str]:
    """`now` is the whole of what stands around the phones, `bubbles` what changed on them; with
    `fresh`, nothing of before counts."""
    told: dict[int, dict[str, Any]] = {}
    around: dict[str, Any] = {}
    with session.watched() as happened:
        while not session.leaving.is_set():
            happened.clear()
            now, bubbles = session.now(), session.bubbles()
            fresh = now["round"] != around.get("round")
            told = {} if fresh else told
            changed = [b for n, b in bubbles.items() if told.get(n) != b]
            if now != around:
                yield event("now", now)
            if fresh or changed:
                yield event("bubbles", {"fresh": fresh, "bubbles": changed})
            told, around = bubbles, now
            try:
                await asyncio.wait_for(happened.wait(), HEARTBEAT)
                await asyncio.sleep(PAUSE)
            except TimeoutError:
                yield ": still here\n\n"


def event(name: str, body: Mapping[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(body, ensure_ascii=False)}\n\n"
