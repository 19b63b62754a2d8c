"""Read verifications: GET /articles/{id}/verifications -> who found it right when, the newest first."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.knowledge.articles.access import visible_article
from services.knowledge.verifications.models import Verification
from shared.identity import Actor
from shared.route import Cursor, Limit, Page, Read, Router, View
from shared.store import Tx, constant, scope

router = Router(tags=["articles"])


class VerificationView(View):
    """Somebody found `revision` right until then, or right no longer where it does not hold."""

    id: UUID
    article_id: UUID
    revision: int
    holds: bool
    verified_by: UUID | None
    until: datetime
    note: str | None
    created_at: datetime


async def verifications(tx: Tx, actor: Actor, article_id: UUID, limit: int, cursor: str | None) -> Page[Any]:
    """The verifications of the article."""
    await visible_article(tx, actor, article_id)
    by = (Verification.created_at, Verification.id)
    given = {"article_id": article_id}
    return await tx.page(OF_ARTICLE, given, by=by, limit=limit, cursor=cursor, descending=True)


OF_ARTICLE = constant(
    select(Verification).where(
        scope(Verification), col(Verification.article_id) == sa.bindparam("article_id")
    )
)


@router.get("/v1/communities/{community_id}/articles/{article_id}/verifications", allows="article.read")
async def get_verifications(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    article_id: UUID,
    read: Read,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[VerificationView]:
    return await read(verifications, article_id, limit, cursor)
