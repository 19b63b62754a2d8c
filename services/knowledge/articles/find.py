"""Find articles: GET /articles -> what the caller may know of, in the order they were begun."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import Query
from sqlmodel import col, select

from services.knowledge.articles.access import visible_article
from services.knowledge.articles.models import Article
from services.knowledge.articles.rules import ArticleKind, ArticleState
from services.knowledge.articles.seen import seen_by
from services.knowledge.articles.view import ArticleView, shown, shown_one
from services.knowledge.people.readers import reader_of
from services.knowledge.rules import TAG_LENGTH
from shared.identity import Actor
from shared.route import Cursor, Instant, Limit, Page, Read, Router
from shared.store import Tx, scope

__all__ = ["ArticleView", "router", "shown", "shown_one", "visible_article"]

router = Router(tags=["articles"])


@dataclass(frozen=True, slots=True)
class ArticleFilter:
    """Only articles that match everything given."""

    state: ArticleState | None = None
    collection: UUID | None = None
    kind: ArticleKind | None = None
    tag: str | None = None
    language: str | None = None
    owner: UUID | None = None
    updated_since: datetime | None = None

    def conditions(self) -> list[Any]:
        """The filter as conditions of a statement."""
        exact = {
            "state": self.state,
            "collection_id": self.collection,
            "kind": self.kind,
            "language": self.language,
            "owner_id": self.owner,
        }
        found = [col(getattr(Article, name)) == value for name, value in exact.items() if value is not None]
        if self.tag is not None:
            found.append(has_tag(self.tag))
        if self.updated_since is not None:
            found.append(col(Article.updated_at) >= self.updated_since)
        return found


def has_tag(tag: str) -> Any:
    """Whether the JSON list of tags has this one; tags are lower-case."""
    written = json.dumps(tag.strip().lower(), ensure_ascii=False)
    for special in "!%_":
        written = written.replace(special, "!" + special)
    return sa.type_coerce(col(Article.tags), sa.Text()).like(f"%{written}%", escape="!")


async def articles_of(
    tx: Tx, actor: Actor, _community_id: UUID, only: ArticleFilter, limit: int, cursor: str | None
) -> Page[ArticleView]:
    """Articles in the order they were begun, or of their changes with `updated_since`."""
    seen, given = seen_by(actor, await reader_of(tx, actor))
    statement = select(Article).where(scope(Article), seen, *only.conditions())
    by = (Article.created_at, Article.id) if only.updated_since is None else (Article.updated_at, Article.id)
    page = await tx.page(statement, given, by=by, limit=limit, cursor=cursor)
    return Page(items=await shown(tx, actor, page.items), next_cursor=page.next_cursor)


@router.get("/v1/communities/{community_id}/articles", allows="article.read")
async def get_articles(
    community_id: UUID,
    read: Read,
    state: ArticleState | None = None,
    collection: UUID | None = None,
    kind: ArticleKind | None = None,
    tag: Annotated[str | None, Query(min_length=1, max_length=TAG_LENGTH)] = None,
    language: Annotated[str | None, Query(max_length=35)] = None,
    owner: UUID | None = None,
    updated_since: Instant | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[ArticleView]:
    only = ArticleFilter(state, collection, kind, tag, language, owner, updated_since)
    return await read(articles_of, community_id, only, limit, cursor)
