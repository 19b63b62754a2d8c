"""The route class of every service: declared permission, strict input, one transaction, one way to answer.

A route is compiled once: parameters and body go straight to pydantic-core and the endpoint's result straight
to JSON. Whatever cannot be compiled (an endpoint that asks for FastAPI features of its own) runs through
FastAPI's own machinery behind the same authentication and permission check.
"""

import inspect
import typing
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date
from time import perf_counter
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qsl
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Strict,
    TypeAdapter,
    ValidationError,
    create_model,
)
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from shared import idempotency, strict_json
from shared.identity import PERMISSIONS, Actor
from shared.paging import Cursor, Limit, Page
from shared.problems import (
    MEDIA_TYPE,
    BadRequest,
    BodyTooLarge,
    Forbidden,
    InternalError,
    InvalidInput,
    MethodNotAllowed,
    NotFound,
    Problem,
    Unauthorised,
    UnsupportedMediaType,
)
from shared.store.columns import TableModel
from shared.store.tx import Context, Tx
from shared.telemetry import HttpMeter
from shared.tokens import Caller, token_of
from shared.versions import etag, expected_version

__all__ = [
    "Acting",
    "Command",
    "Cursor",
    "Day",
    "Instant",
    "Limit",
    "Page",
    "Read",
    "Router",
    "View",
    "Write",
]

E = TypeVar("E", bound=Callable[..., Awaitable[Any]])
Handler = Callable[..., Awaitable[Any]]
log = structlog.get_logger("http")


class Command(BaseModel):
    """What a caller gives: unknown members and wrong JSON types are refused, everything is bounded."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _written_out(value: Any) -> Any:
    """Refuse seconds since 1970, which pydantic would take even as text."""
    if isinstance(value, date) or (isinstance(value, str) and value[4:5] == "-"):
        return value
    raise ValueError("write it as RFC 3339 does")


Instant = Annotated[AwareDatetime, Strict(False), BeforeValidator(_written_out)]
"""A moment a caller gives, with its offset (RFC 3339)."""

Day = Annotated[date, Strict(False), BeforeValidator(_written_out)]
"""A calendar day a caller gives."""


class View(BaseModel):
    """What a caller gets: every member always there."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class ProblemDocument(BaseModel):
    """RFC 9457; a refusal may carry members of its own beside these."""

    model_config = ConfigDict(extra="allow")
    type: str
    title: str
    status: int


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

    def __post_init__(self) -> None:
        if self.allows is None and not self.callers:
            raise TypeError("a route declares `allows` (a permission) or `callers` (services)")
        if self.allows is not None and self.allows not in PERMISSIONS:
            raise TypeError(f"unknown permission {self.allows}")


class Rendered(Response):
    """A finished answer: bytes and headers, ready to send or to store with the write."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status_code = status
        self.body = body
        self.named_headers = headers
        self.background = None
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        if status not in (204, 304):
            raw.append((b"content-length", b"%d" % len(body)))
        self.raw_headers = raw


def problem_response(problem: Problem) -> Rendered:
    """The problem as an answer."""
    headers = {"content-type": MEDIA_TYPE, "cache-control": "no-store"}
    headers |= {name.lower(): value for name, value in problem.headers.items()}
    return Rendered(problem.status, headers, problem.body())


class Exchange:
    """One request under way: who asks, on which runtime, and how its answer is rendered."""

    __slots__ = ("body", "caller", "context", "if_none_match", "key", "route", "runtime", "scope")

    def __init__(self, route: "Route", scope: Scope, headers: dict[bytes, bytes]) -> None:
        self.route = route
        self.scope = scope
        self.body = b""
        self.runtime = scope["app"].state.runtime
        self.caller: Caller = self.runtime.verifier.verify(token_of(headers.get(b"authorization")))
        community_id = _community(scope["path_params"])
        route.admit(self.caller, community_id, self.runtime.name)
        expected = expected_version(_text(headers.get(b"if-match"))) if route.declared.versioned else None
        self.if_none_match = _text(headers.get(b"if-none-match"))
        self.key = (
            idempotency.checked(_text(headers.get(b"idempotency-key"))) if scope["method"] == "POST" else None
        )
        request_id = _text(headers.get(b"x-request-id"))
        actor = self.caller.actor
        self.context = Context(actor, community_id, expected, request_id[:100] if request_id else None)

    async def write(self, handler: Handler, *args: Any) -> Any:
        """Run `handler(tx, actor, *args)` in one transaction; the rendered answer, after the commit."""

        async def work(tx: Tx) -> Rendered:
            principal = f"{tx.actor.kind}:{tx.actor.id}"
            if self.key is not None:
                stored = await idempotency.take(tx, principal, self.key, self._fingerprint())
                if stored is not None:
                    return Rendered(stored.status, stored.headers, bytes(stored.body))
            answer = self.route.render(await handler(tx, tx.actor, *args))
            if self.key is not None:
                await idempotency.finish(
                    tx, principal, self.key, answer.status_code, answer.named_headers, bytes(answer.body)
                )
            return answer

        return await self.runtime.store.write(work, self.context)

    async def read(self, handler: Handler, *args: Any, long: bool = False) -> Any:
        """Run `handler(tx, actor, *args)` on a read-only snapshot; `long` keeps it off the event loop."""

        async def work(tx: Tx) -> Any:
            return await handler(tx, tx.actor, *args)

        return await self.runtime.store.read(work, self.context, long=long)

    def _fingerprint(self) -> str:
        scope = self.scope
        return idempotency.fingerprint(scope["method"], scope["path"], scope["query_string"], self.body)


def _exchange(request: Request) -> Exchange:
    exchange: Exchange = request.scope["guildhall.exchange"]
    return exchange


def _write_of(request: Request) -> Any:
    return _exchange(request).write


def _read_of(request: Request) -> Any:
    return _exchange(request).read


def _actor_of(request: Request) -> Actor:
    return _exchange(request).caller.actor


Write = Annotated[Any, Depends(_write_of)]
Read = Annotated[Any, Depends(_read_of)]
Acting = Annotated[Actor, Depends(_actor_of)]
_PROVIDED: dict[Any, Callable[[Exchange], Any]] = {
    _write_of: lambda exchange: exchange.write,
    _read_of: lambda exchange: exchange.read,
    _actor_of: lambda exchange: exchange.caller.actor,
}


class Route(APIRoute):
    """An endpoint behind authentication, its declared permission and strict input."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        declared = getattr(endpoint, "declared", None)
        if not isinstance(declared, Declaration):
            raise TypeError(f"{endpoint.__name__} declares no permission")
        self.declared = declared
        self._adapter = TypeAdapter(self.response_model) if self.response_model is not None else None
        self._plain = self.app
        self._inputs = _Inputs.of(self)
        self._provided = _provided(self)
        self._meter = HttpMeter(path)
        self.app = self._answer

    def admit(self, caller: Caller, community_id: UUID | None, service: str) -> None:
        """Raise unless this caller may use this route."""
        if self.declared.callers:
            if caller.issuer not in self.declared.callers:
                raise Forbidden
            return
        actor = caller.actor
        if caller.issuer != "gateway" or actor.community_id != community_id:
            raise Unauthorised
        if community_id is not None and not actor.visible:
            raise NotFound
        actor.require(self.declared.allows or "", service)

    def render(self, result: Any) -> Rendered:
        """The answer for an endpoint's result: its view as JSON, ETag where it has a version."""
        if isinstance(result, Rendered):
            return result
        status = self.status_code or 200
        headers = {"cache-control": "no-store"}
        if self._adapter is None or result is None:
            return Rendered(204 if self.status_code is None else status, headers, b"")
        version = getattr(result, "version", None)
        if isinstance(result, TableModel):
            result = result.__dict__
        try:
            body = self._adapter.serializer.to_json(self._adapter.validator.validate_python(result))
        except ValidationError as error:
            log.error("view_does_not_fit", route=self.path, errors=_places(error))
            raise Unrecognised from error
        headers["content-type"] = "application/json"
        if isinstance(version, int):
            headers["etag"] = etag(version)
        return Rendered(status, headers, body)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = perf_counter()
        try:
            answer = await self._respond(scope, receive)
        except Problem as problem:
            answer = problem_response(problem)
        except Exception as error:
            log.exception("unexpected_error", route=self.path, error=type(error).__name__)
            answer = problem_response(InternalError())
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
        body = await _body(receive, headers, limit) if scope["method"] not in ("GET", "HEAD") else b""
        exchange.body = body
        if self._inputs is None:
            return await self._through_fastapi(exchange, scope, body)
        arguments = self._inputs.read(scope, headers, body)
        for name, provide in self._provided:
            arguments[name] = provide(exchange)
        answer = self.render(await self.endpoint(**arguments))
        if scope["method"] == "GET" and exchange.if_none_match is not None:
            tag = answer.named_headers.get("etag")
            if tag is not None and tag in exchange.if_none_match:
                return Rendered(304, {"etag": tag, "cache-control": "no-store"}, b"")
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
                await self._plain(scope, receive, send)
        except RequestValidationError as error:
            raise invalid_input(error) from error
        except HTTPException as error:
            raise problem_of(error) from error
        start = sent[0]
        named = {name.decode("latin-1"): value.decode("latin-1") for name, value in start["headers"]}
        named.pop("content-length", None)
        return Rendered(start["status"], named, b"".join(part.get("body", b"") for part in sent[1:]))


class _Inputs:
    """An endpoint's parameters and body, read without FastAPI's per-request machinery."""

    def __init__(self, route: Route) -> None:
        dependant = route.dependant
        fields: dict[str, Any] = {}
        self._query: dict[str, tuple[str, bool]] = {}
        self._path: list[tuple[str, str]] = []
        for param in dependant.query_params:
            self._query[param.alias] = (param.name, _is_list(param.field_info.annotation))
            fields[param.name] = _field(param)
        for param in dependant.path_params:
            self._path.append((param.alias, param.name))
            fields[param.name] = _field(param)
        self._parameters = create_model("Parameters", **fields).__pydantic_validator__ if fields else None
        body = dependant.body_params[0] if dependant.body_params else None
        self._body_name = body.name if body else None
        annotation: Any = body.field_info.annotation if body else None
        self._body = TypeAdapter(annotation).validator if body else None

    @classmethod
    def of(cls, route: Route) -> "_Inputs | None":
        """None when the endpoint uses something this reading does not know."""
        d = route.dependant
        own = all(dependency.call in _PROVIDED for dependency in d.dependencies)
        special = (
            d.request_param_name,
            d.websocket_param_name,
            d.http_connection_param_name,
            d.response_param_name,
            d.background_tasks_param_name,
            d.security_scopes_param_name,
        )
        plain = not any(special) and not d.cookie_params and not d.header_params and len(d.body_params) <= 1
        scalar = all(_is_plain(param.field_info.annotation) for param in (*d.query_params, *d.path_params))
        if not (own and plain and scalar and inspect.iscoroutinefunction(route.endpoint)):
            return None
        return cls(route)

    def read(self, scope: Scope, headers: dict[bytes, bytes], body: bytes) -> dict[str, Any]:
        """The endpoint's arguments; `InvalidInput` with places and reasons when they do not fit."""
        arguments: dict[str, Any] = {}
        try:
            if self._parameters is not None:
                arguments = dict(self._parameters.validate_python(self._given(scope)).__dict__)
        except ValidationError as error:
            raise InvalidInput(errors=_places(error, "parameter")) from error
        if self._body is not None and self._body_name is not None:
            _require_json(headers)
            strict_json.check(body)
            try:
                arguments[self._body_name] = self._body.validate_json(body)
            except ValidationError as error:
                raise InvalidInput(errors=_places(error, "body")) from error
        return arguments

    def _given(self, scope: Scope) -> dict[str, Any]:
        given: dict[str, Any] = {}
        if scope["query_string"] and self._query:
            for alias, value in _query_pairs(scope["query_string"]):
                known = self._query.get(alias)
                if known is None:
                    continue
                if known[1]:
                    given.setdefault(known[0], []).append(value)
                else:
                    given[known[0]] = value
        for alias, name in self._path:
            given[name] = scope["path_params"][alias]
        if any("\0" in value for value in given.values() if isinstance(value, str)):
            raise strict_json.UnusableText
        return given


def _query_pairs(query: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=200)
    except ValueError as error:
        raise BadRequest("the query is not readable") from error


def _field(param: Any) -> Any:
    info = param.field_info
    annotation = Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation
    if info.is_required():
        return (annotation, ...)
    return (annotation, info.default)


def _is_list(annotation: Any) -> bool:
    return typing.get_origin(annotation) in (list, set, tuple) or any(
        map(_is_list, typing.get_args(annotation))
    )


def _is_plain(annotation: Any) -> bool:
    """Whether one parameter is one value or a list of values, not a model of parameters."""
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return False
    return all(_is_plain(part) for part in typing.get_args(annotation) if inspect.isclass(part))


def _provided(route: Route) -> list[tuple[str, Callable[[Exchange], Any]]]:
    known = ((d.name, d.call) for d in route.dependant.dependencies)
    return [(name, _PROVIDED[call]) for name, call in known if name and call in _PROVIDED]


async def _body(receive: Receive, headers: dict[bytes, bytes], limit: int) -> bytes:
    """The whole body; refused while streaming once it exceeds `limit` bytes."""
    length = headers.get(b"content-length")
    if length is not None and length.isdigit() and int(length[:18]) > limit:
        raise BodyTooLarge(limit_bytes=limit)
    message = await receive()
    body: bytes = message.get("body", b"")
    if message.get("more_body"):
        parts = [body]
        size = len(body)
        while message.get("more_body"):
            message = await receive()
            if message["type"] == "http.disconnect":
                raise BadRequest("the body ended early")
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > limit:
                raise BodyTooLarge(limit_bytes=limit)
        body = b"".join(parts)
    if len(body) > limit:
        raise BodyTooLarge(limit_bytes=limit)
    return body


def _require_json(headers: dict[bytes, bytes]) -> None:
    kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
    if kind != b"application/json":
        raise UnsupportedMediaType("send application/json")
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise UnsupportedMediaType("send the body without compression")


def _community(path_params: dict[str, Any]) -> UUID | None:
    """The community of the path; an id that is none is as missing as an unknown one."""
    value = path_params.get("community_id")
    if value is None:
        return None
    try:
        return UUID(value)
    except ValueError as error:
        raise NotFound from error


def _text(value: bytes | None) -> str | None:
    return value.decode("latin-1") if value is not None else None


def _places(
    error: ValidationError | RequestValidationError, first: str | None = None
) -> list[dict[str, Any]]:
    """Where the input is wrong and why, without repeating the input; at most twenty places."""
    listed = error.errors()[:20]
    start = [first] if first else []
    return [{"where": [*start, *(str(p)[:80] for p in e["loc"])], "reason": e["msg"]} for e in listed]


def invalid_input(error: RequestValidationError) -> InvalidInput:
    """FastAPI's own complaint as our problem."""
    return InvalidInput(errors=_places(error))


def problem_of(error: HTTPException) -> Problem:
    """Starlette's refusal (404, 405 and the like) as our problem."""
    known: dict[int, type[Problem]] = {
        404: NotFound,
        405: MethodNotAllowed,
        413: BodyTooLarge,
        415: UnsupportedMediaType,
    }
    return known.get(error.status_code, BadRequest)(headers=error.headers)


_REFUSALS = (400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 428, 429, 500, 503, 507)
_DOCUMENTED: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemDocument, "description": "Problem", "content": {MEDIA_TYPE: {}}}
    for status in _REFUSALS
}


def _header(name: str, description: str, pattern: str, *, required: bool) -> dict[str, Any]:
    schema = {"type": "string", "pattern": pattern}
    return {"name": name, "in": "header", "required": required, "description": description, "schema": schema}


class Router(APIRouter):
    """Collects a slice's routes; each declares a permission (`allows`) or services (`callers`)."""

    def __init__(self, **options: Any) -> None:
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
        **options: Any,
    ) -> Callable[[E], E]:
        """Register an endpoint; `versioned` asks for If-Match, `body_limit` is in bytes."""
        declared = Declaration(allows, frozenset(callers or ()), versioned, body_limit)
        headers = []
        if method == "POST" and allows:
            said = "repeats answer what the first request did"
            headers.append(_header("Idempotency-Key", said, "^[!-~]{1,64}$", required=False))
        if versioned:
            headers.append(
                _header("If-Match", "the ETag read before", r'^(\*|"[0-9]{1,18}")$', required=True)
            )
        if headers:
            options["openapi_extra"] = {"parameters": headers}

        def register(endpoint: E) -> E:
            endpoint.declared = declared  # type: ignore[attr-defined]
            shown = not declared.callers
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
