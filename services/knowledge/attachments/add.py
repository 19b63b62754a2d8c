"""Add pictures: POST /attachments, DELETE /attachments/{id} -> what browsers show and nothing else."""

import asyncio
import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field
from sqlmodel import col

from services.knowledge.articles.place import require_open_collection
from services.knowledge.attachments.find import THE_PICTURE, AttachmentView, view_of
from services.knowledge.attachments.models import Attachment
from services.knowledge.attachments.rules import A_DAY, MOST_BYTES, is_drawing, media_type_of
from services.knowledge.people.readers import is_editor, member_of
from shared.identity import Actor
from shared.problems import BodyTooLarge, Forbidden, TooManyRequests, Unprocessable
from shared.route import Command, Router, Write
from shared.store import Tx, constant, scope
from shared.tombstones import refuse_erased

router = Router(tags=["attachments"])

_PATH = "/v1/communities/{community_id}/attachments"
_NAME = r"^[^/\\\x00-\x1f\x7f]*[^\s\x85/\\\x00-\x1f\x7f]$"
FileName = Annotated[str, Field(min_length=1, max_length=200, pattern=_NAME)]
BASE64_LENGTH = MOST_BYTES * 4 // 3 + 4
BODY_LIMIT_BYTES = BASE64_LENGTH + 10_000


class AddAttachment(Command):
    """A picture: PNG, JPEG, GIF or WebP, at most 5 MB; for whoever reads the collection, or all members."""

    name: FileName
    collection_id: UUID | None = None
    content_base64: Annotated[str, Field(min_length=1, max_length=BASE64_LENGTH)]


class NotBase64(Unprocessable):
    title = "The content is no base64"


class NoPicture(Unprocessable):
    """PNG, JPEG, GIF and WebP are kept, told by their first bytes."""

    title = "Not a picture that can be shown"


class DrawingNotKept(Unprocessable):
    """An SVG may hold scripts; one drawn as PNG or WebP shows the same."""

    title = "SVG is not kept"


class TooManyAttachments(TooManyRequests):
    """Each member, and all keys together, add at most `limit` within a day."""

    title = "Too many pictures within a day"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that may be kept."""

    name: str
    media_type: str
    content: bytes
    digest: str
    collection_id: UUID | None


def picture_of(command: AddAttachment) -> Picture:
    """The picture that was given; takes its time, so not on the event loop."""
    try:
        content = base64.b64decode(command.content_base64, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotBase64 from error
    if len(content) > MOST_BYTES:
        raise BodyTooLarge
    media_type = media_type_of(content)
    if is_drawing(command.name, content):
        raise DrawingNotKept
    if media_type is None:
        raise NoPicture
    digest = hashlib.sha256(content).hexdigest()
    return Picture(command.name, media_type, content, digest, command.collection_id)


async def add(tx: Tx, actor: Actor, community_id: UUID, picture: Picture) -> AttachmentView:
    """Keep the picture; the same again is another."""
    member_id = member_of(actor)
    await refuse_erased(tx, member_id)
    await require_open_collection(tx, actor, picture.collection_id)
    given = {"since": tx.now - timedelta(days=1), "member_id": member_id}
    if (await tx.one(ADDED, given)).rows >= A_DAY:
        raise TooManyAttachments(limit=A_DAY)
    row = Attachment(
        community_id=community_id,
        collection_id=picture.collection_id,
        name=picture.name,
        media_type=picture.media_type,
        content=picture.content,
        digest=picture.digest,
        added_by=member_id,
        created_at=tx.now,
    )
    await tx.insert(row)
    return view_of(await tx.one(THE_PICTURE, {"attachment_id": row.id}))


async def remove(tx: Tx, actor: Actor, attachment_id: UUID) -> None:
    """Show it no more: whoever added it, or an editor."""
    row = await tx.one(THE_PICTURE, {"attachment_id": attachment_id})
    member_id = member_of(actor)
    if member_id is None or row.added_by != member_id:
        if not is_editor(actor):
            raise Forbidden
        tx.audit("attachment.remove", attachment_id)
    await tx.execute(REMOVE, {"attachment_id": attachment_id})


_COLUMNS = Attachment.__table__.c  # type: ignore[attr-defined]
ADDED = constant(
    sa.select(sa.func.count().label("rows"))
    .select_from(Attachment)
    .where(
        scope(Attachment),
        col(Attachment.created_at) > sa.bindparam("since", type_=_COLUMNS.created_at.type),
        col(Attachment.source).is_(None),
        col(Attachment.added_by).is_not_distinct_from(
            sa.bindparam("member_id", type_=_COLUMNS.added_by.type)
        ),
    )
)
REMOVE = constant(
    sa.delete(Attachment).where(scope(Attachment), col(Attachment.id) == sa.bindparam("attachment_id"))
)


@router.post(_PATH, status_code=201, allows="attachment.add", body_limit=BODY_LIMIT_BYTES)
async def post_attachment(community_id: UUID, command: AddAttachment, write: Write) -> AttachmentView:
    return await write(add, community_id, await asyncio.to_thread(picture_of, command))


@router.delete(f"{_PATH}/{{attachment_id}}", status_code=204, allows="attachment.add")
async def delete_attachment(
    community_id: UUID,  # noqa: ARG001 - the tenant of the write
    attachment_id: UUID,
    write: Write,
) -> None:
    return await write(remove, attachment_id)
