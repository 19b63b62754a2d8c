"""What enters a route: parameters and JSON bodies, read strictly and straight into pydantic-core."""

import inspect
import typing
from collections.abc import Container
from datetime import date
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi.dependencies.models import Dependant
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    TypeAdapter,
    ValidationError,
    create_model,
)
from starlette.types import Receive, Scope

from shared import strict_json
from shared.answers import places
from shared.problems import BadRequest, BodyTooLarge, InvalidInput, UnsupportedMediaType
from shared.zones import zone_name

QUERY_FIELDS = 200
"""A query with more fields is not readable."""


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


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = BeforeValidator(_whole)
"""Beside a number in a body, `Annotated[int, Field(ge=1), Whole]`: to JSON Schema 3.0 is an integer, too."""


Zone = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(zone_name)]
"""The name of a time zone a caller gives."""


def left_out() -> Any:
    """Stands for what a PATCH did not give; no schema mentions it and nothing stores it."""
    return None


class Inputs:
    """An endpoint's parameters and body, read without FastAPI's per-request machinery."""

    def __init__(self, dependant: Dependant, takes: Container[bytes]) -> None:
        self._takes = takes
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
        self._body_optional = body is not None and not body.field_info.is_required()

    @classmethod
    def of(
        cls, endpoint: Any, dependant: Dependant, provided: Container[Any], takes: Container[bytes]
    ) -> "Inputs | None":
        """None when the endpoint uses something this reading does not know; `takes` are media types."""
        d = dependant
        own = all(dependency.call in provided for dependency in d.dependencies)
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
        if not (own and plain and scalar and inspect.iscoroutinefunction(endpoint)):
            return None
        return cls(dependant, takes)

    def read(self, scope: Scope, headers: dict[bytes, bytes], body: bytes) -> dict[str, Any]:
        """The endpoint's arguments; `InvalidInput` with places and reasons when they do not fit."""
        arguments: dict[str, Any] = {}
        try:
            if self._parameters is not None:
                arguments = dict(self._parameters.validate_python(self._given(scope)).__dict__)
        except ValidationError as error:
            raise InvalidInput(errors=places(error, "parameter")) from error
        if self._body is not None and self._body_name is not None and (body or not self._body_optional):
            _require_json(headers, self._takes)
            strict_json.check(body)
            try:
                arguments[self._body_name] = self._body.validate_json(body)
            except ValidationError as error:
                raise InvalidInput(errors=places(error, "body")) from error
        return arguments

    def _given(self, scope: Scope) -> dict[str, Any]:
        given: dict[str, Any] = {}
        if scope["query_string"] and self._query:
            for alias, value in _query_pairs(scope["query_string"]):
                known = self._query.get(alias)
                if known is None:
                    continue
                if "\0" in value:
                    raise strict_json.UnusableText
                if known[1]:
                    given.setdefault(known[0], []).append(value)
                else:
                    given[known[0]] = value
        for alias, name in self._path:
            given[name] = scope["path_params"][alias]
        if "\0" in scope["path"]:
            raise strict_json.UnusableText
        return given


def _query_pairs(query: bytes) -> list[tuple[str, str]]:
    if b"%" not in query and b"+" not in query and query.count(b"&") < QUERY_FIELDS and query.isascii():
        pairs = [part.partition("=") for part in query.decode("ascii").split("&")]
        return [(name, value) for name, separator, value in pairs if name or separator]
    try:
        return parse_qsl(
            query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=QUERY_FIELDS
        )
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


async def body_of(receive: Receive, headers: dict[bytes, bytes], limit: int) -> bytes:
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


def _require_json(headers: dict[bytes, bytes], takes: Container[bytes]) -> None:
    kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
    if kind not in takes:
        raise UnsupportedMediaType("send application/json")
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise UnsupportedMediaType("send the body without compression")
