"""Health and metrics: beside the API in development, on a listener of their own in production."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.answers import problem_response
from shared.problems import NotFound
from shared.settings import Settings

PATHS = ("/livez", "/readyz", "/metrics")
READABLE = ("/openapi.json", "/docs", "/docs/assets/{file}")


def has_own_listener(settings: Settings) -> bool:
    """Whether health and metrics are kept off the public listener."""
    return settings.health_port_of("gateway") != settings.port


def open_paths(settings: Settings) -> tuple[str, ...]:
    """What anybody may ask on the public listener."""
    return READABLE if has_own_listener(settings) else READABLE + PATHS


class _Quiet(uvicorn.Server):
    """A server beside the main one, which is the one that listens to signals."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class AdminListener:
    """Serves `PATHS` of the gateway's own application on ADMIN_PORT."""

    def __init__(self, own: ASGIApp, settings: Settings) -> None:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            answer = own if scope["path"] in PATHS else problem_response(NotFound())
            await answer(scope, receive, send)

        config = uvicorn.Config(
            app,
            host=settings.host,
            port=settings.health_port_of("gateway"),
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
        )
        self._server = _Quiet(config)

    def start(self) -> None:
        self._task = asyncio.create_task(self._server.serve(), name="admin listener")

    async def stop(self) -> None:
        self._server.should_exit = True
        await asyncio.wait([self._task], timeout=2)
