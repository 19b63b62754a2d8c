"""How articles are shown: to readers what is released, to those who work at them how far the draft is."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.knowledge.articles.models import Article, Contributor, Provenance
from services.knowledge.articles.rules import ArticleKind, ArticleState, DraftState, SourceKind
from services.knowledge.articles.seen import worked_at
from shared.identity import Actor
from shared.route import View
from shared.store import Tx, constant, scope

CONTRIBUTORS_SHOWN = 50


class ProvenanceView(View):
    """What an article came from."""

    kind: SourceKind
    ref: str


class HelpfulView(View):
    """How many members it helped, and how many it did not."""

    yes: int
    no: int


class AccessibilityView(View):
    """What was seen to so that everybody can use it; null where nobody said."""

    alt_text_ok: bool | None
    captions: bool | None
    plain_language: bool | None


class ArticleView(View):
    """An article without its text; `draft_state` and `draft_revision` are null for mere readers, and where
    nothing is newer than what is released.

    `contributors` are those who wrote most of its revisions, 50 at most.
    """

    id: UUID
    community_id: UUID
    collection_id: UUID | None
    slug: str
    title: str
    tags: list[str]
    kind: ArticleKind
    language: str
    state: ArticleState
    draft_state: DraftState | None
    released_revision: int | None
    draft_revision: int | None
    requires: str | None
    owner_id: UUID | None
    contributors: list[UUID]
    verify_every_days: int
    verified_at: datetime | None
    verified_until: datetime | None
    replacement_id: UUID | None
    provenance: list[ProvenanceView]
    accessibility: AccessibilityView
    source: str | None
    source_path: str | None
    helpful: HelpfulView
    views: int
    deflected: int
    published_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


async def shown(tx: Tx, actor: Actor, articles: Sequence[Article]) -> list[ArticleView]:
    """The articles as the caller may see them, who may know of each."""
    return [ArticleView.model_validate(row) for row in await rows_of(tx, actor, articles)]


async def shown_one(tx: Tx, actor: Actor, article: Article) -> ArticleView:
    """The article as the caller may see it."""
    (view,) = await shown(tx, actor, [article])
    return view


async def rows_of(tx: Tx, actor: Actor, articles: Sequence[Article]) -> list[dict[str, Any]]:
    """The members of the articles' views."""
    if not articles:
        return []
    ids = [each.id for each in articles]
    within = await worked_at(tx, actor, ids)
    wrote: dict[UUID, list[UUID]] = {}
    for row in await tx.all(CONTRIBUTORS, {"ids": ids}):
        wrote.setdefault(row.article_id, []).append(row.member_id)
    sources: dict[UUID, list[Provenance]] = {}
    for source in await tx.all(PROVENANCE, {"ids": ids}):
        sources.setdefault(source.article_id, []).append(source)
    return [
        {name: getattr(each, name, None) for name in ArticleView.model_fields}
        | ({} if each.id in within else {"draft_state": None, "draft_revision": None})
        | {
            "contributors": wrote.get(each.id, []),
            "provenance": sources.get(each.id, []),
            "accessibility": {key: each.accessibility.get(key) for key in AccessibilityView.model_fields},
            "helpful": {"yes": each.helpful_yes, "no": each.helpful_no},
        }
        for each in articles
    ]


_AMONG: Any = sa.bindparam("ids", expanding=True)
_MOST_FIRST = (col(Contributor.revisions).desc(), col(Contributor.member_id))
_PLACE = sa.func.row_number().over(partition_by=col(Contributor.article_id), order_by=_MOST_FIRST)
_RANKED = (
    sa.select(col(Contributor.article_id), col(Contributor.member_id), _PLACE.label("place"))
    .where(scope(Contributor), col(Contributor.article_id).in_(_AMONG))
    .subquery()
)
CONTRIBUTORS = constant(
    sa.select(_RANKED.c.article_id, _RANKED.c.member_id)
    .where(_RANKED.c.place <= CONTRIBUTORS_SHOWN)
    .order_by(_RANKED.c.article_id, _RANKED.c.place)
)
PROVENANCE = constant(
    select(Provenance)
    .where(scope(Provenance), col(Provenance.article_id).in_(_AMONG))
    .order_by(col(Provenance.kind), col(Provenance.ref))
)
