"""What leaves a route: views as JSON, problems as problem documents."""

from functools import lru_cache
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from shared.dialects import JSON, Dialect
from shared.problems import (
    BadRequest,
    BodyTooLarge,
    InvalidInput,
    MethodNotAllowed,
    NotFound,
    Problem,
    UnsupportedMediaType,
)


class View(BaseModel):
    """What a caller gets: every member always there."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class ProblemDocument(BaseModel):
    """RFC 9457; a refusal may carry members of its own beside these."""

    model_config = ConfigDict(extra="allow")
    type: str
    title: str
    status: int


class Rendered(Response):
    """A finished answer: bytes and headers, ready to send or to store with the write."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status_code = status
        self.body = body
        self.named_headers = headers
        self.background = None
        raw = [_raw(header) for header in headers.items()]
        if status not in (204, 304):
            raw.append((b"content-length", b"%d" % len(body)))
        self.raw_headers = raw


@lru_cache(maxsize=1000)
def _raw(header: tuple[str, str]) -> tuple[bytes, bytes]:
    """A header as it is sent; nearly all are the same few again and again."""
    return header[0].encode("latin-1"), header[1].encode("latin-1")


def problem_response(problem: Problem, dialect: Dialect = JSON) -> Rendered:
    """The problem as an answer."""
    status, body = dialect.refusal(problem)
    headers = {"content-type": dialect.problem_type, "cache-control": "no-store"}
    headers |= {name.lower(): value for name, value in problem.headers.items()}
    return Rendered(status, headers, body)


def places(error: ValidationError | RequestValidationError, first: str | None = None) -> list[dict[str, Any]]:
    """Where the input is wrong and why, without repeating the input; at most twenty places."""
    listed = error.errors()[:20]
    start = [first] if first else []
    return [{"where": [*start, *(str(p)[:80] for p in e["loc"])], "reason": e["msg"]} for e in listed]


def invalid_input(error: RequestValidationError) -> InvalidInput:
    """FastAPI's own complaint as our problem."""
    return InvalidInput(errors=places(error))


def problem_of(error: HTTPException) -> Problem:
    """Starlette's refusal (404, 405 and the like) as our problem."""
    known: dict[int, type[Problem]] = {
        404: NotFound,
        405: MethodNotAllowed,
        413: BodyTooLarge,
        415: UnsupportedMediaType,
    }
    return known.get(error.status_code, BadRequest)(headers=error.headers)
