"""Deflection: POST, GET /articles/{id}/deflections -> each inquiry once -> InquiryDeflected."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import AwareDatetime
from sqlmodel import col, select

from services.knowledge.articles.access import visible_article
from services.knowledge.articles.rules import READABLE
from services.knowledge.models import HOLD_ARTICLE, Article, Deflection
from services.knowledge.people.readers import member_of
from shared.contracts.knowledge import InquiryDeflected
from shared.identity import Actor
from shared.problems import Conflict, InvalidTransition
from shared.route import Command, Cursor, Limit, Page, Read, Router, View, Write
from shared.store import Tx, constant, scope
from shared.tombstones import refuse_erased

router = Router(tags=["articles"])

PATH = "/v1/communities/{community_id}/articles/{article_id}/deflections"


class LinkInquiry(Command):
    """The inquiry the article answered."""

    inquiry_id: UUID


class DeflectionView(View):
    """An inquiry and the article that answered it."""

    id: UUID
    inquiry_id: UUID
    article_id: UUID
    linked_by: UUID | None
    created_at: AwareDatetime


class AlreadyDeflected(Conflict):
    """Each inquiry is answered by one article."""

    title = "Another article answered that inquiry"


async def deflect(
    tx: Tx, actor: Actor, community_id: UUID, article_id: UUID, command: LinkInquiry
) -> DeflectionView:
    """The article answered it; saying so again changes nothing. The article is held, so links queue up."""
    linked_by = member_of(actor)
    await refuse_erased(tx, linked_by)
    await visible_article(tx, actor, article_id)
    article = await tx.one(HOLD_ARTICLE, {"article_id": article_id})
    known = await tx.first(OF_INQUIRY, {"inquiry_id": command.inquiry_id})
    if known is not None:
        if known.article_id != article_id:
            raise AlreadyDeflected
        return DeflectionView.model_validate(known)
    if article.state not in READABLE:
        raise InvalidTransition(state=article.state.value, allowed=[])
    link = Deflection(
        community_id=community_id,
        inquiry_id=command.inquiry_id,
        article_id=article_id,
        linked_by=linked_by,
        created_at=tx.now,
    )
    await tx.insert(link, conflicts={"inquiry": AlreadyDeflected})
    of: dict[str, Any] = {"inquiry_id": link.inquiry_id, "article_id": article_id}
    tx.publish(InquiryDeflected(community_id=community_id, deflection_id=link.id, **of))
    await tx.update(Article, article_id, deflected=article.deflected + 1)
    tx.audit("article.deflect", article_id)
    return DeflectionView.model_validate(link)


async def deflections_of(
    tx: Tx, actor: Actor, _community_id: UUID, article_id: UUID, limit: int, cursor: str | None
) -> Page[Deflection]:
    """The inquiries it answered, the latest first."""
    await visible_article(tx, actor, article_id)
    given = {"article_id": article_id}
    return await tx.page(OF_ARTICLE, given, by=(Deflection.id,), limit=limit, cursor=cursor, descending=True)


OF_INQUIRY = constant(
    select(Deflection).where(scope(Deflection), col(Deflection.inquiry_id) == sa.bindparam("inquiry_id"))
)
OF_ARTICLE = constant(
    select(Deflection).where(scope(Deflection), col(Deflection.article_id) == sa.bindparam("article_id"))
)


@router.post(PATH, status_code=201, allows="article.link")
async def post_deflection(
    community_id: UUID, article_id: UUID, command: LinkInquiry, write: Write
) -> DeflectionView:
    return await write(deflect, community_id, article_id, command)


@router.get(PATH, allows="article.link")
async def get_deflections(
    community_id: UUID, article_id: UUID, read: Read, limit: Limit = 20, cursor: Cursor = None
) -> Page[DeflectionView]:
    return await read(deflections_of, community_id, article_id, limit, cursor)
