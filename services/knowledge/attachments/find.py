"""Show pictures: GET /attachments, /attachments/{id} -> their list, and the bytes as they came."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import AwareDatetime
from sqlmodel import col
from starlette.responses import Response

from services.knowledge.attachments.models import THE_ATTACHMENT, Attachment
from services.knowledge.collections.access import visible_collection
from services.knowledge.people.readers import is_editor, reader_of
from services.knowledge.rules import Visibility
from shared.answers import Rendered
from shared.identity import Actor
from shared.problems import NotFound
from shared.route import Cursor, Known, Limit, Page, Read, Router, View
from shared.store import Tx, constant, scope

router = Router(tags=["attachments"])

_PATH = "/v1/communities/{community_id}/attachments"
HARMLESS = {
    "cache-control": "private",
    "content-disposition": "inline",
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
}
"""What browsers are told about bytes somebody uploaded."""


class AttachmentView(View):
    """A picture without its bytes; `digest` is their SHA-256, `source_path` names it within an import."""

    id: UUID
    community_id: UUID
    collection_id: UUID | None
    name: str
    media_type: str
    size_bytes: int
    digest: str
    source: str | None
    source_path: str | None
    added_by: UUID | None
    created_at: AwareDatetime


class Picture(Response):
    """How a picture is documented."""

    media_type = "image/*"


def view_of(row: Any) -> AttachmentView:
    """The picture without its bytes."""
    return AttachmentView.model_validate(row)


async def attachments_of(
    tx: Tx, actor: Actor, _community_id: UUID, limit: int, cursor: str | None
) -> Page[AttachmentView]:
    """Pictures in the order they came: all of them for editors, for others those they added."""
    by = (Attachment.created_at, Attachment.id)
    if is_editor(actor):
        page = await tx.page(PICTURES, by=by, limit=limit, cursor=cursor)
    else:
        page = await tx.page(OWN_PICTURES, {"me": actor.member_id}, by=by, limit=limit, cursor=cursor)
    return Page(items=[view_of(row) for row in page.items], next_cursor=page.next_cursor)


async def picture(tx: Tx, actor: Actor, attachment_id: UUID, known: str) -> Rendered:
    """The bytes, for whoever may see them; nothing but their tag for whoever has them already."""
    found = await tx.one(THE_PICTURE, {"attachment_id": attachment_id})
    await _require_seen(tx, actor, found)
    tag = f'"{found.digest}"'
    if tag in known:
        return Rendered(304, {"etag": tag, "cache-control": "private"}, b"")
    row = await tx.one(THE_ATTACHMENT, {"attachment_id": attachment_id})
    headers = {"content-type": found.media_type, "etag": tag} | HARMLESS
    return Rendered(200, headers, bytes(row.content))


async def _require_seen(tx: Tx, actor: Actor, found: Any) -> None:
    """Raise `NotFound` unless the caller added it, or may read where it stands."""
    if actor.member_id is not None and found.added_by == actor.member_id:
        return
    if found.collection_id is not None:
        await visible_collection(tx, actor, found.collection_id)
    elif not (await reader_of(tx, actor)).may_read(Visibility.MEMBERS, None):
        raise NotFound


_LISTED = (
    *(col(getattr(Attachment, name)) for name in ("id", "community_id", "collection_id", "name")),
    *(col(getattr(Attachment, name)) for name in ("media_type", "digest")),
    *(col(getattr(Attachment, name)) for name in ("source", "source_path", "added_by", "created_at")),
    sa.func.length(col(Attachment.content)).label("size_bytes"),
)
PICTURES: Any = constant(sa.select(*_LISTED).where(scope(Attachment)))
OWN_PICTURES: Any = constant(
    sa.select(*_LISTED).where(scope(Attachment), col(Attachment.added_by) == sa.bindparam("me"))
)
THE_PICTURE: Any = constant(
    sa.select(*_LISTED).where(scope(Attachment), col(Attachment.id) == sa.bindparam("attachment_id"))
)


@router.get(_PATH, allows="contributor.read")
async def get_attachments(
    community_id: UUID, read: Read, limit: Limit = 20, cursor: Cursor = None
) -> Page[AttachmentView]:
    return await read(attachments_of, community_id, limit, cursor)


@router.get(f"{_PATH}/{{attachment_id}}", allows="article.read", response_class=Picture)
async def get_attachment(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    attachment_id: UUID,
    read: Read,
    known: Known,
) -> Picture:
    return await read(picture, attachment_id, known, long=True)
