"""Find and read promises: GET /promises -> what the caller may know of -> promises with their evidence."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.models import THE_PROMISE, Promise
from services.membership.promises.rules import (
    Occasion,
    PromiseSource,
    PromiseState,
    PromiseVisibility,
    RecipientKind,
)
from shared.identity import Actor
from shared.problems import NotFound
from shared.route import Cursor, Limit, Page, Read, Router, View
from shared.store import Tx, constant, scope

router = Router(tags=["promises"])


class RecipientView(View):
    kind: RecipientKind
    id: UUID


class DueView(View):
    """When it is to be kept; `about` narrows `on_event` to one aggregate."""

    at: datetime | None
    on_event: Occasion | None
    about: UUID | None


class EvidenceView(View):
    """What shows that it was kept: a note, an address, or the fact that kept it."""

    note: str | None = None
    url: str | None = None
    fact: Occasion | None = None
    fact_id: UUID | None = None
    at: datetime


class PromiseView(View):
    """A promise; `text` is null where `source` keeps the words, `breaks_at` is due and grace."""

    id: UUID
    to: RecipientView
    text: str | None
    source: PromiseSource
    due: DueView
    grace_hours: int
    breaks_at: datetime | None
    owner_member_id: UUID | None
    visibility: PromiseVisibility
    evidence: list[EvidenceView]
    state: PromiseState
    made_at: datetime
    settled_at: datetime | None
    reason: str | None
    superseded_by: UUID | None
    apology: str | None
    apologised_at: datetime | None
    updated_at: datetime
    version: int


def shown(row: Promise) -> PromiseView:
    """A row of the ledger as callers see it."""
    return PromiseView(
        **{name: getattr(row, name) for name in PromiseView.model_fields if hasattr(row, name)},
        to=RecipientView(kind=row.to_kind, id=row.to_id),
        due=DueView(at=row.due_at, on_event=row.on_event, about=row.about_id),
    )


PROMISES = constant(select(Promise).where(scope(Promise)))
_ME = sa.bindparam("me", type_=Promise.__table__.c.to_id.type)  # type: ignore[attr-defined]
_TO_ME = sa.and_(col(Promise.to_id) == _ME, col(Promise.to_kind) == RecipientKind.MEMBER)
_FOR_ALL = col(Promise.visibility) == PromiseVisibility.MEMBERS
KNOWN = sa.union_all(
    sa.select(Promise).where(scope(Promise), _FOR_ALL),
    sa.select(Promise).where(scope(Promise), sa.not_(_FOR_ALL), _TO_ME),
    sa.select(Promise).where(
        scope(Promise), sa.not_(_FOR_ALL), sa.not_(_TO_ME), col(Promise.owner_member_id) == _ME
    ),
).subquery("known")
"""What a member may know of: three index ranges merged, so that a page costs about a page."""


def sees_all(actor: Actor) -> bool:
    """Whether the caller is of the team, or a key that may read."""
    return actor.scopes is not None or actor.level > 1


def may_see(actor: Actor, promise: Promise) -> bool:
    """Whether this promise exists for the caller."""
    to_me = promise.to_kind is RecipientKind.MEMBER and promise.to_id == actor.member_id
    mine = to_me or (actor.member_id is not None and promise.owner_member_id == actor.member_id)
    return sees_all(actor) or mine or promise.visibility is PromiseVisibility.MEMBERS


async def visible_promise(tx: Tx, actor: Actor, promise_id: UUID) -> Promise:
    """The promise, missing for whoever may not know of it."""
    promise = await tx.one(THE_PROMISE, {"promise_id": promise_id})
    if not may_see(actor, promise):
        raise NotFound
    return promise


async def promise_of(tx: Tx, actor: Actor, promise_id: UUID) -> PromiseView:
    """The promise as callers see it."""
    return shown(await visible_promise(tx, actor, promise_id))


async def promises_of(
    tx: Tx, actor: Actor, filters: dict[str, Any], limit: int, cursor: str | None
) -> Page[PromiseView]:
    """The promises the caller may know of, oldest first, with these values in these columns."""
    columns: Any = Promise if sees_all(actor) else KNOWN.c
    statement: Any = PROMISES if sees_all(actor) else sa.select(KNOWN)
    for name, value in filters.items():
        if value is not None:
            statement = statement.where(getattr(columns, name) == value)
    params = None if sees_all(actor) else {"me": actor.member_id}
    page = await tx.page(statement, params, by=(columns.made_at, columns.id), limit=limit, cursor=cursor)
    return Page(items=[shown(row) for row in page.items], next_cursor=page.next_cursor)


@router.get("/v1/communities/{community_id}/promises", allows="promise.read")
async def list_promises(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    read: Read,
    state: PromiseState | None = None,
    to_kind: RecipientKind | None = None,
    to_id: UUID | None = None,
    owner_member_id: UUID | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[PromiseView]:
    filters = {"state": state, "to_kind": to_kind, "to_id": to_id, "owner_member_id": owner_member_id}
    return await read(promises_of, filters, limit, cursor)


@router.get("/v1/communities/{community_id}/promises/{promise_id}", allows="promise.read")
async def get_promise(community_id: UUID, promise_id: UUID, read: Read) -> PromiseView:  # noqa: ARG001 - as above
    return await read(promise_of, promise_id)
