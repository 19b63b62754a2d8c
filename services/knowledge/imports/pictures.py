"""Take a picture in: the bytes of a file beside documents -> an attachment of its source and path."""

import hashlib
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from services.knowledge.attachments.models import Attachment
from services.knowledge.attachments.rules import media_type_of
from services.knowledge.imports.models import ImportJob
from services.knowledge.imports.rules import Outcome
from services.knowledge.imports.understood import NotTaken
from shared.ids import uuid7
from shared.store import Tx, constant, scope


async def keep_picture(tx: Tx, job: ImportJob, path: str, content: bytes) -> Outcome:
    """Keep the picture; another one under the same path takes the place of the first."""
    media_type = media_type_of(content)
    if media_type is None:
        raise NotTaken("it is no picture that can be shown")
    digest = hashlib.sha256(content).hexdigest()
    known = await tx.first(OF_PATH, {"source": job.name, "path": path})
    if known is not None and (known.digest, known.collection_id) == (digest, job.collection_id):
        return Outcome.UNCHANGED
    given: dict[str, Any] = {"media_type": media_type, "content": content, "digest": digest}
    given["collection_id"] = job.collection_id
    if known is not None:
        await tx.update(Attachment, known.id, **given)
        return Outcome.CHANGED
    name = path.rpartition("/")[2][:200]
    of: dict[str, Any] = {"source": job.name, "source_path": path, "created_at": tx.now}
    await tx.insert(Attachment(id=uuid7(), community_id=job.community_id, name=name, **of, **given))
    return Outcome.CREATED


OF_PATH = constant(
    select(Attachment)
    .where(
        scope(Attachment),
        col(Attachment.source) == sa.bindparam("source"),
        col(Attachment.source_path) == sa.bindparam("path"),
    )
    .with_for_update()
)
