"""uvicorn inside the engine's own loop: it comes and goes with the engine, and never stops it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import structlog
import uvicorn
from starlette.types import ASGIApp

from bot.web.pages import Watched, pages

log = structlog.get_logger()

GOODBYE = 2  #: seconds that open requests have when the engine stops


class Embedded(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the engine's."""
        yield


def listen(host: str, port: int) -> socket.socket:
    """Taken before anything else starts; port 0 is any that is free. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


@asynccontextmanager
async def serving(watched: Watched, door: socket.socket) -> AsyncIterator[None]:
    """The pages answer while the body runs; closes `door`."""
    async with hosting(pages(watched), door):
        yield


@asynccontextmanager
async def hosting(app: ASGIApp, door: socket.socket) -> AsyncIterator[None]:
    """Any application, in this loop."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=GOODBYE,
    )
    server = Embedded(config)
    task = asyncio.create_task(_serve(server, door))
    try:
        yield
    finally:
        server.should_exit = True
        await task
        door.close()


async def _serve(server: uvicorn.Server, door: socket.socket) -> None:
    try:
        await server.serve(sockets=[door])
    except Exception as error:
        # People are watched all the same.
        log.error("pages_failed", error=type(error).__name__)
