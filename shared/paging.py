"""Keyset cursors: opaque, signed, bound to caller, community, list and filters, good for a day."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import sqlalchemy as sa
from fastapi import Query
from pydantic import BaseModel, ConfigDict
from pydantic_core import to_json

from shared.clock import seconds
from shared.problems import BadRequest
from shared.store.columns import Id, Moment
from shared.store.statements import Prepared, constant, is_constant

T = TypeVar("T")
LIMIT = "page_limit"
LIFETIME_SECONDS = 24 * 3600
_SIGNATURE_BYTES = 16

Limit = Annotated[int, Query(ge=1, le=100, description="at most this many items")]
Cursor = Annotated[str | None, Query(max_length=1000, description="next_cursor of the page before")]


class BadCursor(BadRequest):
    """The cursor was not made by us for this caller and this list, or it is too old."""

    title = "Unusable cursor"


class Page(BaseModel, Generic[T]):
    """One page of a list and the cursor of the next, null at the end."""

    model_config = ConfigDict(from_attributes=True, arbitrary_types_allowed=True)
    items: list[T]
    next_cursor: str | None

    def __len__(self) -> int:
        return len(self.items)


class StoredPage(Generic[T]):
    """A page as the database answered; its items are made when somebody looks at them."""

    __slots__ = ("_items", "next_cursor", "prepared", "raw")

    def __init__(self, prepared: Prepared, raw: list[Any], next_cursor: str | None) -> None:
        self.prepared = prepared
        self.raw = raw
        self.next_cursor = next_cursor
        self._items: list[T] | None = None

    @property
    def items(self) -> list[T]:
        if self._items is None:
            self._items = self.prepared.rows(self.raw)
        return self._items

    def __len__(self) -> int:
        return len(self.raw)


def keyset(statement: Any, by: tuple[Any, ...], descending: bool, positioned: bool) -> Any:
    """`statement` in the order of `by`, limited, and after a position when `positioned`."""
    if is_constant(statement):
        return _constant_keyset(statement, by, descending, positioned)
    return _keyset(statement, by, descending, positioned)


@lru_cache(maxsize=500)
def _constant_keyset(statement: Any, by: tuple[Any, ...], descending: bool, positioned: bool) -> Any:
    return constant(_keyset(statement, by, descending, positioned))


def _keyset(statement: Any, by: tuple[Any, ...], descending: bool, positioned: bool) -> Any:
    if positioned:
        position = sa.tuple_(*(sa.bindparam(f"after_{i}", type_=column.type) for i, column in enumerate(by)))
        here = sa.tuple_(*by)
        statement = statement.where(here < position if descending else here > position)
    order = [column.desc() if descending else column.asc() for column in by]
    return statement.order_by(*order).limit(sa.bindparam(LIMIT, type_=sa.Integer()))


def write_cursor(secret: bytes, row: Any, bound_to: str, by: Sequence[Any]) -> str:
    """The cursor that continues after `row`."""
    return write_position(secret, bound_to, *(getattr(row, column.key) for column in by))


def read_cursor(secret: bytes, cursor: str, bound_to: str, by: Sequence[Any]) -> dict[str, Any]:
    """The parameters that position a list after `cursor`; `BadCursor` for any cursor but our own."""
    values = read_position(secret, cursor, bound_to)
    try:
        return {
            f"after_{i}": _typed(column)(value)
            for i, (column, value) in enumerate(zip(by, values, strict=True))
        }
    except ValueError as error:
        raise BadCursor from error


def write_position(secret: bytes, bound_to: str, *values: Any) -> str:
    """A cursor that holds these values, for lists that are no statement."""
    payload = to_json([int(seconds()) + LIFETIME_SECONDS, *values])
    return urlsafe_b64encode(_sign(secret, payload, bound_to) + payload).decode().rstrip("=")


def read_position(secret: bytes, cursor: str, bound_to: str) -> list[Any]:
    """The values that were written; `BadCursor` for any cursor but our own, for this caller and this list."""
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        signature, payload = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, _sign(secret, payload, bound_to)):
            raise BadCursor
        values: list[Any] = json.loads(payload)
    except ValueError as error:
        raise BadCursor from error
    if values.pop(0) < seconds():
        raise BadCursor
    return values


def _sign(secret: bytes, payload: bytes, bound_to: str) -> bytes:
    """A keyed BLAKE2b (RFC 7693): a MAC at a fifth of the price of HMAC-SHA256."""
    mac = hashlib.blake2b(payload + b"\0", digest_size=_SIGNATURE_BYTES, key=secret)
    mac.update(bound_to.encode())
    return mac.digest()


def _typed(column: Any) -> Callable[[Any], Any]:
    if isinstance(column.type, Id):
        return UUID
    return datetime.fromisoformat if isinstance(column.type, Moment) else lambda value: value
