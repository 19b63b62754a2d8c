"""What an article said: GET /articles/{id}/revisions, how two of them differ -> for those who work at it."""

import asyncio
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import Path
from sqlmodel import col

from services.knowledge.articles.access import visible_article, works_at
from services.knowledge.articles.differences import differences
from services.knowledge.articles.models import THE_REVISION, Revision
from shared.identity import Actor
from shared.problems import Forbidden
from shared.route import Cursor, Limit, Page, Read, Router, View
from shared.store import Tx, constant, scope

router = Router(tags=["articles"])

_PATH = "/v1/communities/{community_id}/articles/{article_id}/revisions"
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


class RevisionItem(View):
    """A revision without its text; `base` is the one it was written upon."""

    number: int
    base: int | None
    title: str
    summary: str | None
    digest: str
    author_id: UUID | None
    created_at: datetime


class RevisionView(RevisionItem):
    """A revision; `body` is Markdown as it was given."""

    tags: list[str]
    language: str
    body: str


class DiffView(View):
    """What makes revision `number` of revision `base`: a unified diff of the texts, `added` and `removed`
    in lines.

    `coarse`: what lies between their common beginning and end was too much to compare line by line; it is
    shown as replaced.
    """

    base: int
    number: int
    base_title: str
    title: str
    base_tags: list[str]
    tags: list[str]
    diff: str
    added: int
    removed: int
    coarse: bool


async def revisions(
    tx: Tx, actor: Actor, article_id: UUID, limit: int, cursor: str | None
) -> Page[RevisionItem]:
    """The newest first."""
    await _require_part(tx, actor, article_id)
    given = {"article_id": article_id}
    by = (Revision.number,)
    page: Any = await tx.page(OF_ARTICLE, given, by=by, limit=limit, cursor=cursor, descending=True)
    return page


async def revision(tx: Tx, actor: Actor, article_id: UUID, number: int) -> Revision:
    """The revision."""
    await _require_part(tx, actor, article_id)
    return await tx.one(THE_REVISION, {"article_id": article_id, "number": number})


async def two(tx: Tx, actor: Actor, article_id: UUID, a: int, b: int) -> tuple[Revision, Revision]:
    """Both revisions."""
    return await revision(tx, actor, article_id, a), await revision(tx, actor, article_id, b)


async def _require_part(tx: Tx, actor: Actor, article_id: UUID) -> None:
    article = await visible_article(tx, actor, article_id)
    if not await works_at(tx, actor, article):
        raise Forbidden


def compared(before: Revision, after: Revision) -> DiffView:
    """How the texts differ."""
    found = differences(before.body, after.body, f"revision {before.number}", f"revision {after.number}")
    return DiffView(
        base=before.number,
        number=after.number,
        base_title=before.title,
        title=after.title,
        base_tags=before.tags,
        tags=after.tags,
        diff=found.text,
        added=found.added,
        removed=found.removed,
        coarse=found.coarse,
    )


_ITEM = [col(getattr(Revision, name)) for name in RevisionItem.model_fields]
OF_ARTICLE: Any = constant(
    sa.select(*_ITEM).where(scope(Revision), col(Revision.article_id) == sa.bindparam("article_id"))
)


@router.get(_PATH, allows="article.read")
async def get_revisions(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    article_id: UUID,
    read: Read,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[RevisionItem]:
    return await read(revisions, article_id, limit, cursor)


@router.get(f"{_PATH}/{{number}}", allows="article.read")
async def get_revision(
    community_id: UUID,  # noqa: ARG001 - as above
    article_id: UUID,
    number: Number,
    read: Read,
) -> RevisionView:
    return await read(revision, article_id, number)


@router.get(f"{_PATH}/{{a}}..{{b}}/diff", allows="article.read")
async def get_revision_diff(
    community_id: UUID,  # noqa: ARG001 - as above
    article_id: UUID,
    a: Number,
    b: Number,
    read: Read,
) -> DiffView:
    return await asyncio.to_thread(compared, *await read(two, article_id, a, b))
