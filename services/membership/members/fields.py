"""A community's own profile fields: PUT, GET, DELETE /member-fields/{key} -> the schema of `custom`."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import Path
from pydantic import Field
from sqlmodel import col, select

from services.membership.members.field_values import FIELDS_LIMIT, HAS_OPTIONS, OPTIONS_LIMIT
from services.membership.members.rules import FieldKind
from services.membership.models import HOLD_COMMUNITY, CustomField
from shared.identity import Actor
from shared.problems import Conflict, Unprocessable
from shared.route import Command, Cursor, Limit, Page, Read, Router, View, Write
from shared.store import Tx, constant, scope

router = Router(tags=["members"])

FieldKey = Annotated[str, Path(max_length=40, pattern=r"^[a-z][a-z0-9_]{0,39}$")]
FIELDS = constant(select(CustomField).where(scope(CustomField)))
THE_FIELD = constant(FIELDS.where(col(CustomField.key) == sa.bindparam("key")))
FIELDS_IN_USE = constant(FIELDS.where(col(CustomField.retired_at).is_(None)))


class PutField(Command):
    """A whole field as it is to be from now on; `options` belong to choices, and to them alone."""

    label: Annotated[str, Field(min_length=1, max_length=80, pattern=r"\S")]
    kind: FieldKind
    options: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=80)]], Field(max_length=OPTIONS_LIMIT)
    ] = Field(default_factory=list)
    required: bool = False


class FieldView(View):
    """A field; with `retired_at` nobody fills it in any more, and what was given before stays."""

    key: str
    label: str
    kind: FieldKind
    options: list[str]
    required: bool
    retired_at: datetime | None
    updated_at: datetime


class OptionsDoNotFit(Unprocessable):
    """A field of choices needs different options; any other takes none."""

    title = "Options do not fit the kind"


class FieldKindIsFixed(Conflict):
    """What members gave would no longer fit; retire the field and add another one."""

    title = "The kind of a field stays"


class TooManyFields(Conflict):
    """A community has at most so many fields, retired ones included."""

    title = "Too many fields"


async def put(tx: Tx, _actor: Actor, community_id: UUID, key: str, command: PutField) -> CustomField:
    """Add the field, describe it anew, or take a retired one back into use."""
    chosen = command.options
    if bool(chosen) != (command.kind in HAS_OPTIONS) or len(set(chosen)) != len(chosen):
        raise OptionsDoNotFit
    await tx.one(HOLD_COMMUNITY)
    known = await tx.all(FIELDS)
    before = next((field for field in known if field.key == key), None)
    if before is None and len(known) >= FIELDS_LIMIT:
        raise TooManyFields(limit=FIELDS_LIMIT)
    if before is not None and before.kind is not command.kind:
        raise FieldKindIsFixed(kind=before.kind.value)
    told = command.model_dump() | {"retired_at": None, "updated_at": tx.now}
    put_ = tx.upsert(CustomField).on_conflict_do_update(index_elements=["community_id", "key"], set_=told)
    await tx.execute(put_, {"community_id": community_id, "key": key} | told)
    tx.audit("field.put", key)
    return await tx.one(THE_FIELD, {"key": key})


async def retire(tx: Tx, _actor: Actor, community_id: UUID, key: str) -> None:
    """Take the field out of use; nobody loses what they gave."""
    await tx.one(HOLD_COMMUNITY)
    before = await tx.one(THE_FIELD, {"key": key})
    if before.retired_at is None:
        gone = sa.update(CustomField).where(scope(CustomField), col(CustomField.key) == key)
        await tx.execute(gone.values(retired_at=tx.now, updated_at=tx.now))
        tx.audit("field.retire", key, community_id=community_id)


async def field_of(tx: Tx, _actor: Actor, key: str) -> CustomField:
    """The field."""
    return await tx.one(THE_FIELD, {"key": key})


async def fields(tx: Tx, _actor: Actor, limit: int, cursor: str | None) -> Page[Any]:
    """Every field by its key, retired ones included."""
    return await tx.page(FIELDS, by=(CustomField.key,), limit=limit, cursor=cursor)


@router.put("/v1/communities/{community_id}/member-fields/{key}", allows="field.manage")
async def put_field(community_id: UUID, key: FieldKey, command: PutField, write: Write) -> FieldView:
    return await write(put, community_id, key, command)


@router.delete("/v1/communities/{community_id}/member-fields/{key}", status_code=204, allows="field.manage")
async def delete_field(community_id: UUID, key: FieldKey, write: Write) -> None:
    return await write(retire, community_id, key)


@router.get("/v1/communities/{community_id}/member-fields/{key}", allows="community.read")
async def get_field(community_id: UUID, key: FieldKey, read: Read) -> FieldView:  # noqa: ARG001 - the tenant of the read
    return await read(field_of, key)


@router.get("/v1/communities/{community_id}/member-fields", allows="community.read")
async def list_fields(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    read: Read,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[FieldView]:
    return await read(fields, limit, cursor)
