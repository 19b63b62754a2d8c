"""Articles, their revisions, the names they go by, who wrote them, and what they came from.

Where rows are looked for by an id that is one community's anyway, no index begins with the community: SQLite,
which knows nothing of how many rows there are, would take that one and read all of it.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import JSON, BigInteger, Index, UniqueConstraint, text
from sqlmodel import Field, col, select

from services.knowledge.articles.rules import ArticleKind, ArticleState, DraftState, SourceKind
from services.knowledge.tables import Base
from shared.ids import uuid7
from shared.store import constant, pii, scope

CLOCK_RUNS = text("clock_at IS NOT NULL")


class Article(Base, table=True):
    """What the community knows about something.

    `title`, `tags` and `language` are those of the released revision, or of the draft while nothing is
    released. `draft_revision` is null when there is nothing newer than what is released. `hidden_from` is the
    state it goes back to when moderation shows it again. `clock_at` is when it becomes stale by itself.
    `source_path` names it within what it was imported from. The counters are no part of the version.
    """

    __tablename__ = "article"
    __table_args__ = (
        UniqueConstraint("community_id", "source", "source_path", name="source_path"),
        Index("article_created_at_idx", "community_id", "created_at", "id"),
        Index("article_updated_at_idx", "community_id", "updated_at", "id"),
        Index("article_collection_idx", "community_id", "collection_id", "created_at", "id"),
        Index("article_state_idx", "community_id", "state", "created_at", "id"),
        Index("article_verified_idx", "community_id", "state", "verified_until", "id"),
        Index("article_owner_idx", "community_id", "owner_id", "created_at", "id"),
        Index("article_clock_at_idx", "clock_at", sqlite_where=CLOCK_RUNS, postgresql_where=CLOCK_RUNS),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    collection_id: UUID | None = Field(default=None, foreign_key="collection.id")
    slug: str = Field(max_length=120, sa_column_kwargs=pii("none"))
    title: str = Field(max_length=200, sa_column_kwargs=pii("none"))
    tags: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs=pii("none"))
    kind: ArticleKind
    language: str = Field(max_length=35, sa_column_kwargs=pii("none"))
    state: ArticleState = ArticleState.DRAFT
    draft_state: DraftState | None = DraftState.DRAFT
    hidden_from: ArticleState | None = None
    released_revision: int | None = None
    draft_revision: int | None = 1
    last_revision: int = 1
    requires: str | None = Field(default=None, max_length=120, sa_column_kwargs=pii("none"))
    owner_id: UUID | None = None
    verify_every_days: int = 180
    verified_until: datetime | None = None
    verified_at: datetime | None = None
    clock_at: datetime | None = None
    replacement_id: UUID | None = None
    accessibility: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, sa_column_kwargs=pii("none"))
    source: str | None = Field(default=None, max_length=200, sa_column_kwargs=pii("none"))
    source_path: str | None = Field(default=None, max_length=500, sa_column_kwargs=pii("none"))
    source_hash: str | None = Field(default=None, max_length=64, sa_column_kwargs=pii("none"))
    helpful_yes: int = 0
    helpful_no: int = 0
    views: int = Field(default=0, sa_type=BigInteger)
    deflected: int = 0
    published_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    version: int = 1


class Revision(Base, table=True):
    """What an article said; never changes. `base` is the revision it was written upon, `digest` the SHA-256
    of title, tags and text.

    Written by a member (`author_id`), or by an API key or an import (`written_by`); by nobody any more once
    its author was erased.
    """

    __tablename__ = "revision"
    __table_args__ = (
        UniqueConstraint("article_id", "number", name="number"),
        Index("revision_author_idx", "community_id", "author_id", "id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    article_id: UUID = Field(foreign_key="article.id")
    number: int
    base: int | None
    title: str = Field(max_length=200, sa_column_kwargs=pii("none"))
    tags: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs=pii("none"))
    language: str = Field(max_length=35, sa_column_kwargs=pii("none"))
    body: str = Field(sa_column_kwargs=pii("freetext"))
    summary: str | None = Field(default=None, max_length=300, sa_column_kwargs=pii("freetext"))
    digest: str = Field(max_length=64, sa_column_kwargs=pii("none"))
    author_id: UUID | None = None
    written_by: str | None = Field(default=None, max_length=80, sa_column_kwargs=pii("none"))
    created_at: datetime


class Slug(Base, table=True):
    """A name an article goes or went by in its community's addresses; `Article.slug` is the present one."""

    __tablename__ = "slug"
    __table_args__ = (Index("slug_article_idx", "article_id"),)

    community_id: UUID = Field(primary_key=True)
    slug: str = Field(primary_key=True, max_length=120, sa_column_kwargs=pii("none"))
    article_id: UUID
    created_at: datetime


class Contributor(Base, table=True):
    """A member who wrote revisions of an article."""

    __tablename__ = "contributor"
    __table_args__ = (Index("contributor_member_idx", "member_id"),)

    article_id: UUID = Field(primary_key=True)
    member_id: UUID = Field(primary_key=True)
    community_id: UUID
    revisions: int = 1
    first_at: datetime
    last_at: datetime


class Provenance(Base, table=True):
    """What an article came from: a topic, an inquiry, a question, an event, a file."""

    __tablename__ = "provenance"
    __table_args__ = (Index("provenance_ref_idx", "ref", "kind"),)

    article_id: UUID = Field(primary_key=True)
    kind: SourceKind = Field(primary_key=True)
    ref: str = Field(primary_key=True, max_length=500, sa_column_kwargs=pii("none"))
    community_id: UUID
    created_at: datetime


class DraftedSource(Base, table=True):
    """A conversation articles are drafted from: its row is held meanwhile, so that two never are at once."""

    __tablename__ = "drafted_source"

    community_id: UUID = Field(primary_key=True)
    kind: SourceKind = Field(primary_key=True)
    ref: UUID = Field(primary_key=True)
    drafted_at: datetime


class Rating(Base, table=True):
    """Whether an article helped a member; the last word of each counts. `id` follows from both."""

    __tablename__ = "rating"
    __table_args__ = (
        UniqueConstraint("article_id", "member_id", name="once"),
        Index("rating_member_idx", "member_id"),
    )

    id: UUID = Field(primary_key=True)
    community_id: UUID
    article_id: UUID
    member_id: UUID
    helpful: bool
    created_at: datetime
    updated_at: datetime
    version: int = 1


class Deflection(Base, table=True):
    """An inquiry that an article answered, because somebody linked them; each counts once."""

    __tablename__ = "deflection"
    __table_args__ = (
        UniqueConstraint("community_id", "inquiry_id", name="inquiry"),
        Index("deflection_article_idx", "article_id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    inquiry_id: UUID
    article_id: UUID = Field(foreign_key="article.id")
    linked_by: UUID | None
    created_at: datetime
    version: int = 1


_THE_ARTICLE = select(Article).where(scope(Article), col(Article.id) == sa.bindparam("article_id"))
THE_ARTICLE = constant(_THE_ARTICLE)
HOLD_ARTICLE = constant(_THE_ARTICLE.with_for_update(key_share=True))
"""The article, nobody else's to change until commit."""
THE_REVISION = constant(
    select(Revision).where(
        scope(Revision),
        col(Revision.article_id) == sa.bindparam("article_id"),
        col(Revision.number) == sa.bindparam("number"),
    )
)
