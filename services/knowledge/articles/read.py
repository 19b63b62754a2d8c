"""Read an article: GET /articles/{id}, /articles/by-slug/{slug} -> the released text, or the draft."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path

from services.knowledge.articles import looks
from services.knowledge.articles.access import acting_member, may_read, visible_article, works_at
from services.knowledge.articles.models import THE_REVISION, Article
from services.knowledge.articles.rules import READABLE, SLUG_LENGTH
from services.knowledge.articles.slugs import bearer_of
from services.knowledge.articles.view import ArticleView, rows_of
from services.knowledge.imports.links import resolver
from services.knowledge.rendering.markdown import POLICY_VERSION, html_of
from shared.answers import Rendered
from shared.identity import Actor
from shared.problems import Forbidden, NotFound
from shared.route import Read, Router, Stored
from shared.store import Store, Tx

router = Router(tags=["articles"])

_PATH = "/v1/communities/{community_id}/articles"


class Which(StrEnum):
    RELEASED = "released"
    DRAFT = "draft"


class ReadArticleView(ArticleView):
    """An article with the text of one `revision`: `body` in Markdown as it was written, `html` as it may be
    shown, by the rules of `policy_version`. `title`, `tags` and `language` are those of the revision."""

    revision: int
    summary: str | None
    body: str
    html: str
    policy_version: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read; `seen_at` when it counts as a look of somebody at what is released."""

    row: dict[str, Any]
    links: Callable[[str], str]
    member_id: UUID | None
    seen_at: datetime | None

    def view(self) -> ReadArticleView:
        """The answer; takes a while for long texts."""
        html = html_of(self.row["body"], links=self.links)
        made = {"html": html, "policy_version": POLICY_VERSION}
        return ReadArticleView.model_validate(self.row | made)


async def read_article(tx: Tx, actor: Actor, article_id: UUID, which: Which) -> Reading:
    """The released text; the draft for whoever works at it, who also gets it while nothing is released. When
    there is no draft, what is released is what the next one begins with."""
    return await _reading(tx, actor, await visible_article(tx, actor, article_id), which)


async def read_by_slug(
    tx: Tx, actor: Actor, community_id: UUID, slug: str, which: Which
) -> Reading | Rendered:
    """The article that goes by the name; where it went by it once, the way to its present one."""
    article_id = await bearer_of(tx, slug)
    if article_id is None:
        raise NotFound
    article = await visible_article(tx, actor, article_id)
    if article.slug != slug:
        address = f"{_PATH.format(community_id=community_id)}/by-slug/{article.slug}"
        return Rendered(308, {"location": address, "cache-control": "no-store"}, b"")
    return await _reading(tx, actor, article, which)


async def _reading(tx: Tx, actor: Actor, article: Article, which: Which) -> Reading:
    released = article.released_revision
    number: int | None = released
    if which is Which.DRAFT or released is None:
        if not await works_at(tx, actor, article):
            raise Forbidden
        number = article.draft_revision or released
    revision = await tx.one(THE_REVISION, {"article_id": article.id, "number": number})
    (row,) = await rows_of(tx, actor, [article])
    said = {name: getattr(revision, name) for name in ("title", "tags", "language", "summary", "body")}
    is_look = number == released and article.state in READABLE and actor.kind in ("member", "person")
    counts = is_look and await may_read(tx, actor, article)
    return Reading(
        row | said | {"revision": number},
        await resolver(tx, article, revision.body),
        acting_member(actor),
        tx.now if counts else None,
    )


async def _answer(found: Reading | Rendered, community_id: UUID, store: Store) -> Any:
    if isinstance(found, Rendered):
        return found
    view = await asyncio.to_thread(found.view)
    if found.seen_at is not None:
        looks.saw(store, community_id, view.id, found.member_id, found.seen_at)
    return view


@router.get(f"{_PATH}/{{article_id}}", allows="article.read", revalidates=False)
async def get_article(
    community_id: UUID, article_id: UUID, read: Read, store: Stored, revision: Which = Which.RELEASED
) -> ReadArticleView:
    return await _answer(await read(read_article, article_id, revision), community_id, store)


@router.get(f"{_PATH}/by-slug/{{slug}}", allows="article.read", revalidates=False)
async def get_article_by_slug(
    community_id: UUID,
    slug: Annotated[str, Path(max_length=2 * SLUG_LENGTH)],
    read: Read,
    store: Stored,
    revision: Which = Which.RELEASED,
) -> ReadArticleView:
    return await _answer(await read(read_by_slug, community_id, slug, revision), community_id, store)
