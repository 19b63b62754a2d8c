"""Lists without a detour: from the values SQLite keeps, held to the view, straight to JSON.

SQLite keeps ids, moments and enumerations as the text they have in JSON. To make objects of them only to
write the same text again costs as much as all the rest of reading a page. PostgreSQL's driver answers with
objects; its pages, and views that do more than name columns, go the general way.
"""

import typing
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union
from uuid import UUID

import sqlalchemy as sa
from annotated_types import Len
from pydantic import AwareDatetime, BaseModel, TypeAdapter
from pydantic_core import from_json
from typing_extensions import TypedDict

from shared.paging import StoredPage
from shared.store.columns import Id, Json, Moment, Word
from shared.store.statements import Prepared

Render = Callable[[StoredPage[Any]], bytes]
_AS_IT_IS = {str: (sa.String, sa.Text), int: (sa.Integer,), bool: (sa.Boolean,)}


class Listing:
    """Writes stored pages as pages of one view."""

    def __init__(self, view: type[BaseModel]) -> None:
        self._view = view

    def render(self, page: StoredPage[Any]) -> bytes | None:
        """The page as JSON, None where it has to go the general way; ValidationError if it does not fit."""
        renders = page.prepared.renders
        if self._view not in renders:
            renders[self._view] = _renderer(self._view, page.prepared)
        render: Render | None = renders[self._view]
        return render(page) if render is not None else None


def listing_of(response: Any) -> Listing | None:
    """The listing of a response model `Page[view]`, if that is what it is."""
    items = getattr(response, "model_fields", {}).get("items")
    view = typing.get_args(items.annotation)[:1] if items is not None else ()
    return Listing(view[0]) if view and isinstance(view[0], type) and issubclass(view[0], BaseModel) else None


def _renderer(view: type[BaseModel], prepared: Prepared) -> Render | None:
    columns = dict(prepared.columns)
    fields = view.model_fields
    if not prepared.keeps_text or not fields.keys() <= columns.keys() or _does_more(view):
        return None
    types = {name: _kept(_annotation(field), columns[name]) for name, field in fields.items()}
    if None in types.values():
        return None
    item = TypedDict("item", types)  # type: ignore[misc]  # made of what the view says
    members = {"items": list[item], "next_cursor": str | None}
    page = TypedDict("page", members)  # type: ignore[misc]
    adapter = TypeAdapter(page)
    validate, to_json = adapter.validator.validate_python, adapter.serializer.to_json
    mappings = _mapper([name for name, _ in prepared.columns], {name: columns[name] for name in fields})
    return lambda given: to_json(validate({"items": mappings(given.raw), "next_cursor": given.next_cursor}))


def _does_more(view: type[BaseModel]) -> bool:
    """Whether a view has validators, serializers or computed fields of its own."""
    decorators = view.__pydantic_decorators__
    return any(getattr(decorators, kind) for kind in decorators.__slots__)


def _annotation(field: Any) -> Any:
    return Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation


def _kept(annotation: Any, column: Any) -> Any:
    """The type of a column's value as SQLite keeps it, where `annotation` is what it means; else None."""
    if typing.get_origin(annotation) in (Union, UnionType):
        inner = [part for part in typing.get_args(annotation) if part is not NoneType]
        kept = _kept(inner[0], column) if len(inner) == 1 else None
        return None if kept is None else kept | None
    if isinstance(column, Json):
        return _plain(annotation)
    if isinstance(column, Id):
        return Annotated[str, Len(36, 36)] if annotation is UUID else None
    if isinstance(column, Moment):
        return Annotated[str, Len(20, 27)] if annotation in (datetime, AwareDatetime) else None
    if isinstance(column, Word):
        return _plain(annotation) if annotation is column.enumeration else None
    known = _AS_IT_IS.get(typing.get_args(annotation)[0] if _is_annotated(annotation) else annotation, ())
    return annotation if isinstance(column, known) else None


def _is_annotated(annotation: Any) -> bool:
    return typing.get_origin(annotation) is Annotated


def _plain(annotation: Any) -> Any:
    """The same type with enumerations as the texts they stand for."""
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return Literal[tuple(member.value for member in annotation)]
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    return origin[tuple(map(_plain, parts))] if origin in (dict, list) else annotation


def _short(moment: str | None) -> str | None:
    """A kept moment as JSON has it: without microseconds where there are none."""
    return moment if moment is None or moment[20:26] != "000000" else moment[:19] + "Z"


def _parsed(text: str | None) -> Any:
    return None if text is None else from_json(text)


def _mapper(names: list[str], wanted: Mapping[str, Any]) -> Callable[[list[Any]], list[dict[str, Any]]]:
    """A function from a driver's rows to mappings of what is wanted, written out column by column."""
    scope: dict[str, Any] = {"short": _short, "parsed": _parsed}
    cells = []
    for name, column in wanted.items():
        value = f"c{names.index(name)}"
        if isinstance(column, Moment):
            value = f"short({value})"
        elif isinstance(column, Json):
            value = f"parsed({value})"
        cells.append(f"{name!r}: {value}")
    given = "".join(f"c{i}," for i in range(len(names)))
    text = f"lambda rows: [{{{', '.join(cells)}}} for {given} in rows]"
    mapper: Callable[[list[Any]], list[dict[str, Any]]] = eval(text, scope)  # noqa: S307 - own text only
    return mapper
