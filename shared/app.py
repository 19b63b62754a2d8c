"""A service as an application: its routes, its health, its errors."""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from fastapi import FastAPI
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Match
from starlette.routing import Route as PlainRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.answers import problem_of, problem_response
from shared.dialects import dialect_of
from shared.problems import Unavailable
from shared.route import Route
from shared.runtime import Runtime, Service, parts_of
from shared.settings import settings
from shared.telemetry import configure_logs, name_service

__all__ = ["Runtime", "Service", "ServiceApp", "create_app"]

ID_LENGTH = 36
_PARAMETER = re.compile(r"{(\w+)}")


class ServiceApp(FastAPI):
    """FastAPI with a short cut: a path whose parameters are all ids leads straight to its route.

    There is no middleware stack: every route answers its own errors, unknown paths and methods are answered
    here.
    """

    def add_routes(self, routes: Sequence[Route]) -> None:
        """Serve `routes`; each declares its permission."""
        self.router.routes += routes
        self._shapes: dict[tuple[str, str], tuple[Route, list[str]]] = getattr(self, "_shapes", {})
        for route in routes:
            shape = _PARAMETER.sub("{}", route.path)
            for method in route.methods or ():
                self._shapes[method, shape] = (route, _PARAMETER.findall(route.path))

    def _straight_to(self, scope: Scope) -> Route | None:
        """The route of a path whose parameters are all ids, with the parameters put into the scope."""
        segments = scope["path"].split("/")
        values = [each for each in segments if len(each) == ID_LENGTH]
        shape = "/".join(["{}" if len(each) == ID_LENGTH else each for each in segments])
        route, names = self._shapes.get((scope["method"], shape), (None, []))
        if route is None or len(names) != len(values):  # a segment may well be "{}"
            return None
        scope["path_params"] = scope.get("path_params", {}) | dict(zip(names, values, strict=True))
        return route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """HTTP straight to the routes; FastAPI's own wrapper looks for its telemetry first, at 5 us each."""
        if scope["type"] == "http" and self.middleware_stack is not None:
            scope["app"] = self
            await self.middleware_stack(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    def build_middleware_stack(self) -> ASGIApp:
        router = self.router

        async def front(scope: Scope, receive: Receive, send: Send) -> None:
            route = self._straight_to(scope) if scope["type"] == "http" else None
            if route is not None:
                await route.app(scope, receive, send)
                return
            try:
                await router(scope, receive, send)
            except HTTPException as error:
                if error.status_code == 405:
                    error.headers = {"Allow": _methods_at(router.routes, scope)}
                answer = problem_response(problem_of(error), dialect_of(scope["path"]))
                await answer(scope, receive, send)

        return front


def _methods_at(routes: Sequence[BaseRoute], scope: Scope) -> str:
    """Every method a path takes; the router itself names those of the first route only.

    A path that is written out is no id of a thing, though its last part could be one.
    """
    found: set[str] = set()
    for route in [each for each in routes if getattr(each, "path", "") == scope["path"]] or routes:
        if route.matches(scope)[0] is not Match.NONE:
            found |= getattr(route, "methods", None) or set()
    return ", ".join(sorted(found))


def create_app(service: Service, *, runtime: Callable[[Service], Runtime] = Runtime) -> FastAPI:
    """The service's application; opens nothing until its lifespan starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        name_service(service.name)
        configure_logs(settings().log_level)
        app.state.runtime = runtime(service)
        await app.state.runtime.start()
        try:
            yield
        finally:
            await app.state.runtime.stop()

    app = ServiceApp(
        title=f"Guildhall {service.name}", lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None
    )
    app.router.redirect_slashes = False  # a redirect would name an address behind the gateway
    app.state.service = service
    routes = [route for part in service.slices for route in parts_of(part, "router", "routes")]
    if not all(isinstance(route, Route) for route in routes):
        raise TypeError(f"{service.name} has a route that was not declared through Router")
    app.add_routes(routes)
    app.router.routes += [
        PlainRoute("/livez", _livez),
        PlainRoute("/readyz", _readyz),
        PlainRoute("/metrics", _metrics),
    ]
    return app


async def _livez(_: Request) -> Response:
    return JSONResponse({"status": "alive"})


async def _readyz(request: Request) -> Response:
    ready, state = await request.app.state.runtime.readiness()
    if not ready:
        return problem_response(Unavailable(**state))
    return JSONResponse({"status": "ready", **state})


async def _metrics(request: Request) -> Response:
    await request.app.state.runtime.measure()
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
