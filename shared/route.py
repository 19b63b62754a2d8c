"""The route class of every service: declared permission, strict input, one transaction, one way to answer.

A route is compiled once, when it is first used: parameters and body go straight to pydantic-core and the
endpoint's result straight to JSON. Whatever cannot be compiled (an endpoint that asks for FastAPI features of
its own) runs through FastAPI's own machinery behind the same authentication and permission check.
"""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from time import perf_counter
from typing import Any, TypeVar
from uuid import UUID

import structlog
from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import (
    TypeAdapter,
    ValidationError,
)
from starlette.exceptions import HTTPException
from starlette.routing import compile_path
from starlette.types import Message, Receive, Scope, Send

from shared.answers import (
    Rendered,
    View,
    invalid_input,
    places,
    problem_of,
    problem_response,
)
from shared.dialects import JSON, SCIM, Dialect, dialect_of
from shared.exchange import PROVIDED, Acting, Exchange, Known, Read, Stored, Write
from shared.identity import PERMISSIONS
from shared.inputs import Command, Day, Inputs, Instant, Whole, Zone, body_of, left_out
from shared.listing import Listing, listing_of
from shared.paging import Cursor, Limit, Page, StoredPage
from shared.problems import (
    Forbidden,
    InternalError,
    NotFound,
    Problem,
    Unauthorised,
)
from shared.store.columns import TableModel
from shared.telemetry import HttpMeter
from shared.tokens import Caller

__all__ = [
    "Acting",
    "Command",
    "Cursor",
    "Day",
    "Instant",
    "Known",
    "Limit",
    "Page",
    "Read",
    "Router",
    "Stored",
    "View",
    "Whole",
    "Write",
    "Zone",
    "left_out",
]

E = TypeVar("E", bound=Callable[..., Awaitable[Any]])
log = structlog.get_logger("http")


class Unrecognised(InternalError):
    """An endpoint's result does not fit its view: a defect."""

    title = "Internal error"


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a route declares beside its path."""

    allows: str | None
    callers: frozenset[str]
    versioned: bool
    body_limit: int | None
    of_caller: bool = False
    by_token: bool = False
    revalidates: bool = True

    def __post_init__(self) -> None:
        if self.allows is None and not self.callers:
            raise TypeError("a route declares `allows` (a permission) or `callers` (services)")
        if self.allows is not None and self.allows not in PERMISSIONS:
            raise TypeError(f"unknown permission {self.allows}")


class Route(APIRoute):
    """An endpoint behind authentication, its declared permission and strict input."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """What finding the route takes; FastAPI's own initialisation, 3 ms each, waits until it is used."""
        declared = getattr(endpoint, "declared", None)
        if not isinstance(declared, Declaration):
            raise TypeError(f"{endpoint.__name__} declares no permission")
        self.declared = declared
        self.versioned = declared.versioned
        self.of_caller = declared.of_caller
        self.dialect = dialect_of(path)
        self.path, self.endpoint, self.name = path, endpoint, options.get("name") or endpoint.__name__
        self.methods = {method.upper() for method in options["methods"]}
        self.include_in_schema = options.get("include_in_schema", True)
        self.path_regex, self.path_format, self.param_convertors = compile_path(path)
        self.app = self._answer
        self._options = options
        self._meter = HttpMeter(path)

    def __getattr__(self, name: str) -> Any:
        """Whatever else FastAPI knows of a route (its parameters, its models) is that of `_plain`."""
        if name == "_plain":
            self._plain = APIRoute(self.path, self.endpoint, **self._options)
            return self._plain
        if name == "_compiled":
            self._compiled = _Compiled.of(self._plain, self.dialect)
            return self._compiled
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._plain, name)

    def admit(self, caller: Caller, community_id: UUID | None, service: str) -> None:
        """Raise unless this caller may use this route."""
        if self.declared.callers:
            if caller.issuer not in self.declared.callers:
                raise Forbidden
            return
        actor = caller.actor
        if caller.issuer != "gateway" or actor.community_id != community_id:
            raise Unauthorised
        if self.of_caller and community_id is None:
            raise Forbidden("say which community: ?community=<id>")
        if community_id is not None and not actor.visible:
            raise NotFound
        actor.require(self.declared.allows or "", service)

    def render(self, result: Any) -> Rendered:
        """The answer for an endpoint's result: its view as JSON, ETag where it has a version."""
        if isinstance(result, Rendered):
            return result
        compiled = self._compiled
        headers = {"cache-control": "no-store"}
        if compiled.adapter is None or result is None:
            return Rendered(compiled.status or 204, headers, b"")
        version = getattr(result, "version", None)
        if isinstance(result, TableModel):
            result = result.__dict__
        try:
            listing = compiled.listing
            body = listing.render(result) if listing and isinstance(result, StoredPage) else None
            if body is None:
                adapter = compiled.adapter
                body = adapter.serializer.to_json(adapter.validator.validate_python(result))
        except ValidationError as error:
            log.error("view_does_not_fit", route=self.path, errors=places(error))
            raise Unrecognised from error
        headers["content-type"] = self.dialect.media_type
        if isinstance(version, int):
            headers["etag"] = self.dialect.etag(version)
        return Rendered(compiled.status or 200, headers, body)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = perf_counter()
        try:
            answer = await self._respond(scope, receive)
        except Problem as problem:
            answer = problem_response(problem, self.dialect)
        except Exception as error:
            log.exception("unexpected_error", route=self.path, error=type(error).__name__)
            answer = problem_response(InternalError(), self.dialect)
        if answer is not None:
            await send(
                {"type": "http.response.start", "status": answer.status_code, "headers": answer.raw_headers}
            )
            await send({"type": "http.response.body", "body": answer.body})
            self._meter.observe(scope["method"], answer.status_code, perf_counter() - started)

    async def _respond(self, scope: Scope, receive: Receive) -> Rendered | None:
        headers = dict(scope["headers"])
        exchange = Exchange(self, scope, headers)
        limit = self.declared.body_limit or exchange.runtime.settings.body_limit_bytes
        body = await body_of(receive, headers, limit) if scope["method"] not in ("GET", "HEAD") else b""
        exchange.body = body
        if exchange.refusal is not None:
            return await exchange.repeated()
        compiled = self._compiled
        if compiled.inputs is None:
            return await self._through_fastapi(exchange, scope, body)
        arguments = compiled.inputs.read(scope, headers, body)
        for name, provide in compiled.provided:
            arguments[name] = provide(exchange)
        answer = self.render(await self.endpoint(**arguments))
        if exchange.if_none_match is not None and scope["method"] == "GET" and self.declared.revalidates:
            tag = answer.named_headers.get("etag")
            if tag is not None and tag in exchange.if_none_match:
                kept = answer.named_headers.get("cache-control", "no-store")
                return Rendered(304, {"etag": tag, "cache-control": kept}, b"")
        return answer

    async def _through_fastapi(self, exchange: Exchange, scope: Scope, body: bytes) -> Rendered:
        """Run FastAPI's own request handling with the body already read and checked."""
        scope["guildhall.exchange"] = exchange
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        try:
            async with AsyncExitStack() as stack:
                scope["fastapi_middleware_astack"] = stack  # what its own middleware would have put there
                await self._plain.app(scope, receive, send)
        except RequestValidationError as error:
            raise invalid_input(error) from error
        except HTTPException as error:
            raise problem_of(error) from error
        start = sent[0]
        named = {name.decode("latin-1"): value.decode("latin-1") for name, value in start["headers"]}
        named.pop("content-length", None)
        return Rendered(start["status"], named, b"".join(part.get("body", b"") for part in sent[1:]))


@dataclass(frozen=True, slots=True)
class _Compiled:
    """What answering takes: how the request is read, what the endpoint is given, how its result is told."""

    status: int | None
    adapter: TypeAdapter[Any] | None
    listing: Listing | None
    inputs: Inputs | None
    provided: list[tuple[str, Callable[[Exchange], Any]]]

    @classmethod
    def of(cls, route: APIRoute, dialect: Dialect) -> "_Compiled":
        model = route.response_model
        known = ((d.name, d.call) for d in route.dependant.dependencies)
        return cls(
            route.status_code,
            TypeAdapter(model) if model is not None else None,
            listing_of(model),
            Inputs.of(route.endpoint, route.dependant, PROVIDED, dialect.takes),
            [(name, PROVIDED[call]) for name, call in known if name and call in PROVIDED],
        )


_REFUSALS = (400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 428, 429, 500, 503, 507)
_DOCUMENTED: dict[int | str, dict[str, Any]] = {status: {"description": "Problem"} for status in _REFUSALS}
"""The gateway's document says what a problem looks like, once; a model here costs every start 0.2 s."""


def _header(name: str, description: str, pattern: str, *, required: bool) -> dict[str, Any]:
    schema = {"type": "string", "pattern": pattern}
    return {"name": name, "in": "header", "required": required, "description": description, "schema": schema}


_IF_MATCH = {
    JSON: _header("If-Match", "the ETag read before", r'^(\*|"[0-9]{1,18}")$', required=True),
    SCIM: _header("If-Match", "the ETag read before", r'^(\*|(W/)?"[0-9]{1,18}")$', required=False),
}


_COMMUNITY = {
    "name": "community",
    "in": "query",
    "required": False,
    "description": "the community, for callers whose credential is not bound to one",
    "schema": {"type": "string", "format": "uuid"},
}


class Router(APIRouter):
    """Collects a slice's routes; each declares a permission (`allows`) or services (`callers`).

    `of_caller`: the community is not in the path; it is the one the gateway vouches for.
    """

    def __init__(self, *, of_caller: bool = False, **options: Any) -> None:
        self._of_caller = of_caller
        super().__init__(route_class=Route, generate_unique_id_function=lambda route: route.name, **options)

    def declare(
        self,
        method: str,
        path: str,
        *,
        allows: str | None = None,
        callers: set[str] | None = None,
        versioned: bool = False,
        body_limit: int | None = None,
        by_token: bool = False,
        revalidates: bool = True,
        **options: Any,
    ) -> Callable[[E], E]:
        """Register an endpoint; `versioned` asks for If-Match, `body_limit` is in bytes.

        `by_token`: for programs that cannot sign in. The gateway lets anybody through, as nobody; who may
        have an answer, the endpoint decides by a token of its own. `revalidates`: If-None-Match is answered
        304; not so where what a caller may see of the same version can change.
        """
        of = frozenset(callers or ())
        declared = Declaration(allows, of, versioned, body_limit, self._of_caller, by_token, revalidates)
        headers = []
        if method == "POST" and allows:
            said = "repeats answer what the first request did"
            headers.append(_header("Idempotency-Key", said, "^[!-~]{1,64}$", required=False))
        if versioned:
            headers.append(_IF_MATCH[dialect_of(path)])
        if self._of_caller:
            headers.append(_COMMUNITY)
        extra = ({"parameters": headers} if headers else {}) | ({"security": []} if by_token else {})
        if extra:
            options["openapi_extra"] = extra

        def register(endpoint: E) -> E:
            endpoint.declared = declared  # type: ignore[attr-defined]
            shown = options.pop("include_in_schema", True) and not declared.callers
            self.add_api_route(
                path, endpoint, methods=[method], responses=_DOCUMENTED, include_in_schema=shown, **options
            )
            return endpoint

        return register

    def get(self, path: str, **options: Any) -> Callable[[E], E]:
        return self.declare("GET", path, **options)

    def post(self, path: str, **options: Any) -> Callable[[E], E]:
        return self.declare("POST", path, **options)

    def put(self, path: str, **options: Any) -> Callable[[E], E]:
        return self.declare("PUT", path, **options)

    def patch(self, path: str, **options: Any) -> Callable[[E], E]:
        return self.declare("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> Callable[[E], E]:
        return self.declare("DELETE", path, **options)
