"""Revise: PUT /articles/{id}/draft -> a new revision, the open review withdrawn -> ArticleDrafted."""

from typing import Any
from uuid import UUID

from pydantic import Field

from services.knowledge.articles.access import require_editing
from services.knowledge.articles.draft import BODY_LIMIT_BYTES, Summary
from services.knowledge.articles.find import ArticleView, shown_one
from services.knowledge.articles.models import HOLD_ARTICLE, THE_REVISION, Revision
from services.knowledge.articles.revise import Text, newest_text, save, writer_of
from services.knowledge.articles.revisions import Number
from services.knowledge.inputs import Body, Language, Tags, Title
from shared.identity import Actor
from shared.route import Command, Router, Write, left_out
from shared.store import Tx

router = Router(tags=["articles"])

_PATH = "/v1/communities/{community_id}/articles/{article_id}"


class ReviseArticle(Command):
    """What the next release is to say; what is left out is as in the revision before."""

    title: Title = Field(default_factory=left_out)
    body: Body = Field(default_factory=left_out)
    tags: Tags = Field(default_factory=left_out)
    language: Language = Field(default_factory=left_out)
    summary: Summary | None = None


async def revise(
    tx: Tx, actor: Actor, _community_id: UUID, article_id: UUID, command: ReviseArticle
) -> ArticleView:
    """Append a revision; what is released stays what it is."""
    article = await tx.one(HOLD_ARTICLE, {"article_id": article_id})
    await require_editing(tx, actor, article)
    tx.require_version(article.version)
    before = await newest_text(tx, article)
    text = _text(before, **command.model_dump(exclude_unset=True))
    return await shown_one(tx, actor, await save(tx, article, text, writer_of(actor)))


async def revert(tx: Tx, actor: Actor, _community_id: UUID, article_id: UUID, number: int) -> ArticleView:
    """Append a revision that says what revision `number` said."""
    article = await tx.one(HOLD_ARTICLE, {"article_id": article_id})
    await require_editing(tx, actor, article)
    old = await tx.one(THE_REVISION, {"article_id": article_id, "number": number})
    return await shown_one(tx, actor, await save(tx, article, _text(old), writer_of(actor), base=number))


def _text(of: Revision, **changes: Any) -> Text:
    said: dict[str, Any] = {name: getattr(of, name) for name in ("title", "body", "tags", "language")}
    return Text(**said | changes)


@router.put(f"{_PATH}/draft", allows="article.write", versioned=True, body_limit=BODY_LIMIT_BYTES)
async def put_article_draft(
    community_id: UUID, article_id: UUID, command: ReviseArticle, write: Write
) -> ArticleView:
    return await write(revise, community_id, article_id, command)


@router.post(f"{_PATH}/revert/{{number}}", allows="article.write")
async def post_article_revert(
    community_id: UUID, article_id: UUID, number: Number, write: Write
) -> ArticleView:
    return await write(revert, community_id, article_id, number)
