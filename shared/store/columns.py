"""Tables and columns that mean the same on SQLite and PostgreSQL.

A model uses plain annotations; when a column joins its table the kit swaps in a portable type: ids are
36-character text on SQLite and uuid on PostgreSQL, moments fixed-width UTC text (sorts as time) and
timestamptz, enumerations short text, JSON text.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache, partial
from typing import Any, Literal, TypeVar
from uuid import UUID

import sqlalchemy as sa
from pydantic import TypeAdapter
from pydantic_core import from_json
from sqlalchemy import event
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import registry
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import SQLModel
from sqlmodel.main import SQLModelMetaclass
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from shared.ids import uuid_of

NAMING = {
    "pk": "%(table_name)s_pkey",
    "uq": "%(table_name)s_%(constraint_name)s",
    "ck": "%(table_name)s_%(constraint_name)s",
    "fk": "%(table_name)s_%(column_0_name)s_fkey",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
}
S = TypeVar("S", bound=sa.Executable)
TENANT = "tenant"
"""The bind parameter that `scope` compares with; the transaction fills it."""


Process = Callable[[Any], Any] | None


_id_text = partial(TypeAdapter[UUID | None](UUID | None).serializer.to_python, mode="json", warnings=False)
"""A third of the price of `str`, which UUID has in Python."""


@lru_cache(maxsize=8192)
def _id_of_text(value: Any) -> UUID | None:
    """Remembered, since pages of rows name the same few ids again and again."""
    return None if value is None else uuid_of(int(value.replace("-", ""), 16))


class Id(TypeDecorator[UUID]):
    """A UUID."""

    impl = sa.String(36)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(
            postgresql.UUID(as_uuid=True) if dialect.name == "postgresql" else sa.String(36)
        )

    def bind_processor(self, dialect: sa.Dialect) -> Process:
        return None if dialect.name == "postgresql" else _id_text

    def result_processor(self, dialect: sa.Dialect, coltype: Any) -> Process:  # noqa: ARG002 - SQLAlchemy's signature
        return None if dialect.name == "postgresql" else _id_of_text


# The driver for PostgreSQL takes the very first and the very last moment for infinity, which has no zone.
_FIRST = datetime.min.replace(microsecond=1, tzinfo=UTC)
_LAST = datetime.max.replace(microsecond=999_998, tzinfo=UTC)


def _utc(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a moment needs a zone")
    try:
        in_utc = value if value.tzinfo is UTC else value.astimezone(UTC)
    except OverflowError:  # its zone puts it outside the calendar, as in 0001-01-01T00:00+14:00
        return _FIRST if value.year == 1 else _LAST
    return in_utc if _FIRST <= in_utc <= _LAST else min(max(in_utc, _FIRST), _LAST)


_moment_json = partial(
    TypeAdapter[datetime | None](datetime | None).serializer.to_python, mode="json", warnings=False
)


@lru_cache(maxsize=512)
def _moment_text(value: datetime | None) -> str | None:
    text: str | None = _moment_json(_utc(value))
    if text is None or len(text) == 27:
        return text
    return text[:19] + ".000000Z"  # all have the same width, so that text sorts as time


def _moment_of_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


class Moment(TypeDecorator[datetime]):
    """An instant: aware when given and when read, kept in UTC to the microsecond."""

    impl = sa.String(27)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> TypeEngine[Any]:
        postgres = dialect.name == "postgresql"
        return dialect.type_descriptor(sa.DateTime(timezone=True) if postgres else sa.String(27))

    def bind_processor(self, dialect: sa.Dialect) -> Process:
        return _utc if dialect.name == "postgresql" else _moment_text

    def result_processor(self, dialect: sa.Dialect, coltype: Any) -> Process:  # noqa: ARG002 - SQLAlchemy's signature
        return None if dialect.name == "postgresql" else _moment_of_text


class Word(TypeDecorator[StrEnum]):
    """A member of an enumeration, kept as its value."""

    impl = sa.String(40)
    cache_ok = True

    def __init__(self, enumeration: type[StrEnum]) -> None:
        super().__init__()
        self.enumeration = enumeration

    def bind_processor(self, dialect: sa.Dialect) -> Process:  # noqa: ARG002 - the same everywhere
        return lambda value: None if value is None else str(value)

    def result_processor(self, dialect: sa.Dialect, coltype: Any) -> Process:  # noqa: ARG002 - the same everywhere
        known: dict[str | None, StrEnum | None] = {None: None} | {
            member.value: member for member in self.enumeration
        }
        return known.__getitem__


class Json(TypeDecorator[Any]):
    """Anything JSON can hold, as text."""

    impl = sa.Text
    cache_ok = True

    def bind_processor(self, dialect: sa.Dialect) -> Process:  # noqa: ARG002 - the same everywhere
        encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
        return lambda value: None if value is None else encode(value)

    def result_processor(self, dialect: sa.Dialect, coltype: Any) -> Process:  # noqa: ARG002 - the same everywhere
        return lambda value: None if value is None else from_json(value)


def portable(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    """The kit's type for a type SQLModel derived from an annotation."""
    if isinstance(type_, sa.Uuid):
        return Id()
    if isinstance(type_, UTCDateTime | sa.DateTime):
        return Moment()
    if isinstance(type_, sa.Enum) and type_.enum_class is not None and issubclass(type_.enum_class, StrEnum):
        return Word(type_.enum_class)
    if isinstance(type_, sa.JSON):
        return Json()
    if isinstance(type_, AutoString):
        length = getattr(type_.impl, "length", None)
        return sa.Text() if length is None else sa.String(length)
    return type_


@event.listens_for(sa.Column, "after_parent_attach")
def _make_portable(column: "sa.Column[Any]", table: Any) -> None:
    if isinstance(table, sa.Table) and table.metadata.info.get("guildhall"):
        column.type = portable(column.type)


class RowType(SQLModelMetaclass):
    """Builds rows by filling a dictionary: no ORM session ever sees one, so nothing else has to be set up."""

    def __call__(cls, **values: Any) -> Any:  # noqa: N805 - a metaclass, whose instances are classes
        recipe = cls.__dict__.get("__recipe__")
        if recipe is None:
            recipe = _recipe(cls)
            type.__setattr__(cls, "__recipe__", recipe)
        constants, factories, names = recipe
        row = constants | values
        for name, factory in factories.items():
            if name not in row:
                row[name] = factory()
        if row.keys() != names:
            raise TypeError(f"{cls.__name__}: missing or unknown fields {sorted(row.keys() ^ names)}")
        made: Any = object.__new__(cls)  # type: ignore[arg-type]
        object.__setattr__(made, "__dict__", row)
        return made


def _recipe(model: Any) -> tuple[dict[str, Any], dict[str, Any], frozenset[str]]:
    """A model's constant defaults, default factories and field names; its attributes become readable."""
    model.__mapper__.registry.configure()
    fields = model.model_fields
    constants = {k: f.default for k, f in fields.items() if f.default_factory is None and not f.is_required()}
    factories = {k: f.default_factory for k, f in fields.items() if f.default_factory is not None}
    return constants, factories, frozenset(fields)


class TableModel(SQLModel, metaclass=RowType):
    """A row to insert."""


Pii = Literal["name", "contact", "freetext", "behaviour", "network", "none"]
"""What a column tells about a person; docs/pii.md lists every column by it."""


def pii(kind: Pii) -> dict[str, Any]:
    """What a text column holds about people: `Field(..., sa_column_kwargs=pii("name"))`.

    Ids, moments, numbers and enumerations need no word: by themselves they name nobody.
    """
    return {"info": {"pii": kind}}


def tables_of(service: str) -> registry:
    """The registry of what `service` owns: `class Base(TableModel, registry=tables_of("membership"))`."""
    return registry(metadata=sa.MetaData(naming_convention=NAMING, info={"guildhall": service}))


def tenant_column(table: sa.Table) -> "sa.Column[Any] | None":
    """The column that says whose row it is; None for tables that belong to no community."""
    name = table.info.get("tenant", "community_id")
    return table.c.get(name) if name else None


def scope(model: type[Any]) -> sa.ColumnElement[bool]:
    """Only this community's rows of `model`: the condition every statement on a tenant table needs."""
    column = tenant_column(model.__table__)
    if column is None:
        raise TypeError(f"{model.__name__} belongs to no community")
    return column == sa.bindparam(TENANT, type_=column.type)


def across(statement: S, *, why: str) -> S:
    """`statement` allowed to see several communities; `why` is for the reader."""
    return statement.execution_options(guildhall_across=why)
