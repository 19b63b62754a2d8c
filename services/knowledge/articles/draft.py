"""Draft an article: POST /articles -> a slug of its own -> ArticleDrafted; nothing can be read of it yet."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, TypedDict, Unpack
from uuid import UUID

from pydantic import BaseModel, Field

from services.knowledge.articles.find import ArticleView, shown_one
from services.knowledge.articles.models import Article, Provenance
from services.knowledge.articles.place import require_open_collection
from services.knowledge.articles.revise import Text, Writer, add_revision, writer_of
from services.knowledge.articles.rules import ArticleKind, SourceKind
from services.knowledge.articles.slugs import take_slug
from services.knowledge.inputs import Body, Language, Resource, Tags, Title
from shared.contracts.knowledge import ArticleDrafted
from shared.identity import Actor
from shared.ids import uuid7
from shared.route import Command, Router, Whole, Write
from shared.store import Tx

router = Router(tags=["articles"])

BODY_LIMIT_BYTES = 2_500_000
"""Of a request that carries a text; the longest one in the longest script takes half of it."""

Days = Annotated[int, Field(ge=1, le=3650), Whole]
Summary = Annotated[str, Field(min_length=1, max_length=300, pattern=r"\S")]


class Accessibility(Command):
    """What was seen to so that everybody can use it; null where nobody said."""

    alt_text_ok: bool | None = None
    captions: bool | None = None
    plain_language: bool | None = None


class DraftArticle(Command):
    """What an article says (`body` in Markdown), and where it is to stand.

    `requires`: what a reader must be entitled to. It is to be verified every `verify_every_days`."""

    title: Title
    body: Body
    kind: ArticleKind = ArticleKind.HOW_TO
    tags: Tags = Field(default_factory=list)
    language: Language = "en"
    collection_id: UUID | None = None
    summary: Summary | None = None
    requires: Resource | None = None
    verify_every_days: Days = 180
    accessibility: Accessibility = Field(default_factory=Accessibility)


class Settings(TypedDict, total=False):
    """What an article can begin with beside its text: columns of Article, which has their defaults."""

    kind: ArticleKind
    requires: str | None
    verify_every_days: int
    accessibility: dict[str, Any]
    source: str | None
    source_path: str | None
    source_hash: str | None


async def create(
    tx: Tx,
    *,
    community_id: UUID,
    actor: Actor,
    title: str,
    body: str,
    tags: Sequence[str] = (),
    language: str = "en",
    summary: str | None = None,
    collection_id: UUID | None = None,
    slug: str | None = None,
    owner_id: UUID | None = None,
    writer: Writer | None = None,
    provenance: Sequence[tuple[SourceKind, str]] = (),
    **settings: Unpack[Settings],
) -> Article:
    """Insert a draft with its first revision and tell ArticleDrafted; held until commit.

    `slug` is what to call it where that is free, else made of the title. Without `owner_id` it is its
    writer's, without `writer` it is written by the caller. `UnknownCollection`, `CollectionClosed`.
    """
    await require_open_collection(tx, actor, collection_id)
    by = writer or writer_of(actor)
    article_id = uuid7()
    article = Article(
        id=article_id,
        community_id=community_id,
        collection_id=collection_id,
        slug=await take_slug(tx, community_id, article_id, slug or title),
        title=title,
        tags=list(tags),
        language=language,
        owner_id=owner_id or by.member_id,
        created_at=tx.now,
        updated_at=tx.now,
        **{"kind": ArticleKind.HOW_TO} | settings,
    )
    await tx.insert(article)
    text = Text(title, body, list(tags), language, summary)
    await _told(tx, article, text, by, dict.fromkeys(provenance))
    return article


async def _told(
    tx: Tx, article: Article, text: Text, by: Writer, provenance: Iterable[tuple[SourceKind, str]]
) -> None:
    """Its first revision, what it came from, and the fact."""
    await add_revision(tx, article, text, by, number=1, base=None)
    of: dict[str, Any] = {"community_id": article.community_id, "article_id": article.id}
    rows = [Provenance(**of, kind=kind, ref=ref, created_at=tx.now) for kind, ref in provenance]
    await tx.insert(rows)
    kind = article.kind.value
    tx.publish(ArticleDrafted(**of, revision=1, author_id=by.member_id, kind=kind))


async def draft(tx: Tx, actor: Actor, community_id: UUID, command: DraftArticle) -> ArticleView:
    """Begin an article; whoever drafts it owns it."""
    given: dict[str, Any] = {
        name: value.model_dump(exclude_none=True) if isinstance(value, BaseModel) else value
        for name, value in command
    }
    return await shown_one(tx, actor, await create(tx, community_id=community_id, actor=actor, **given))


@router.post(
    "/v1/communities/{community_id}/articles",
    status_code=201,
    allows="article.write",
    body_limit=BODY_LIMIT_BYTES,
)
async def post_article(community_id: UUID, command: DraftArticle, write: Write) -> ArticleView:
    return await write(draft, community_id, command)
