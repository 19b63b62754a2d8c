"""Problem documents (RFC 9457): each refusal is a class that carries its status, type and title."""

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """A refusal the caller is told about; raising one rolls the transaction back."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal error"
    type: ClassVar[str] = "/problems/problem"
    headers: Mapping[str, str] = {}

    def __init_subclass__(cls) -> None:
        cls.type = "/problems/" + re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", cls.__name__).lower()

    def __init__(
        self, detail: str | None = None, *, headers: Mapping[str, str] | None = None, **members: Any
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.members = members
        if headers is not None:
            self.headers = headers

    def document(self) -> dict[str, Any]:
        """The body: type, title, status, detail where there is one, and this refusal's own members."""
        body: dict[str, Any] = {"type": self.type, "title": self.title, "status": self.status}
        if self.detail is not None:
            body["detail"] = self.detail
        return body | self.members

    def body(self) -> bytes:
        """The document as JSON bytes; characters that cannot be encoded are replaced."""
        return json.dumps(self.document(), ensure_ascii=False, default=_plain).encode("utf-8", "replace")


def _plain(value: Any) -> str:
    """Times as RFC 3339 writes them, ids and all else as their text."""
    return value.isoformat() if isinstance(value, date) else str(value)


class BadRequest(Problem):
    status = 400
    title = "Bad request"


class Unauthorised(Problem):
    status = 401
    title = "Sign in first"
    headers: Mapping[str, str] = {"WWW-Authenticate": "Bearer"}


class Forbidden(Problem):
    status = 403
    title = "Not allowed"


class NotFound(Problem):
    status = 404
    title = "Not found"


class MethodNotAllowed(Problem):
    status = 405
    title = "Method not allowed"


class Conflict(Problem):
    status = 409
    title = "Conflict"


class InvalidTransition(Conflict):
    """The state machine does not allow it; `allowed` lists the states or verbs that are."""

    title = "Not possible in this state"

    def __init__(self, *, state: str, allowed: list[str]) -> None:
        super().__init__(state=state, allowed=allowed)


class Stale(Problem):
    status = 412
    title = "Changed meanwhile"


class BodyTooLarge(Problem):
    status = 413
    title = "Body too large"


class UnsupportedMediaType(Problem):
    status = 415
    title = "Unsupported media type"


class Unprocessable(Problem):
    status = 422
    title = "Not understood"


class InvalidInput(Unprocessable):
    """The request does not have the documented form; `errors` says where and why."""

    title = "Invalid input"


class PreconditionRequired(Problem):
    status = 428
    title = "If-Match required"


class TooManyRequests(Problem):
    status = 429
    title = "Too many requests"


class InternalError(Problem):
    status = 500
    title = "Internal error"


class Unavailable(Problem):
    """Nothing is wrong with the request; the same one may succeed shortly."""

    status = 503
    title = "Unavailable for the moment"
    headers: Mapping[str, str] = {"Retry-After": "1"}


class InsufficientStorage(Problem):
    status = 507
    title = "Storage is full"
    headers: Mapping[str, str] = {"Retry-After": "60"}
