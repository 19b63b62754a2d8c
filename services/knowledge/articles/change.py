"""Change an article's settings: PATCH /articles/{id} -> a former slug leads on -> ArticleMoved."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from services.knowledge.articles.access import manages, require_editing
from services.knowledge.articles.draft import Accessibility, Days
from services.knowledge.articles.entry import keep_findable
from services.knowledge.articles.find import ArticleView, shown_one
from services.knowledge.articles.models import HOLD_ARTICLE, Article
from services.knowledge.articles.place import require_open_collection
from services.knowledge.articles.rules import SLUG_LENGTH, ArticleKind, ArticleState
from services.knowledge.articles.slugs import bearer_of, claim
from services.knowledge.collections.access import curates
from services.knowledge.inputs import Resource
from services.knowledge.tasks.close import close_tasks
from services.knowledge.tasks.rules import TaskKind
from shared.contracts.knowledge import ArticleMoved
from shared.identity import Actor
from shared.problems import Conflict, Forbidden, InvalidTransition
from shared.route import Command, Router, Write, left_out
from shared.store import Tx

router = Router(tags=["articles"])

SlugText = Annotated[str, Field(max_length=SLUG_LENGTH, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
OF_READERS = ("collection_id", "kind", "requires", "slug")
"""What decides who finds a released article where; not its owner's to say."""


class ChangeArticle(Command):
    """What to change; what is left out stays, what may be missing is emptied with null.

    `verify_every_days` counts from the next verification."""

    collection_id: UUID | None = None
    kind: ArticleKind = Field(default_factory=left_out)
    requires: Resource | None = None
    owner_id: UUID | None = None
    verify_every_days: Days = Field(default_factory=left_out)
    accessibility: Accessibility = Field(default_factory=left_out)
    slug: SlugText = Field(default_factory=left_out)


class SlugTaken(Conflict):
    """Another article goes by that name, or did."""

    title = "Slug already taken"


async def change(
    tx: Tx, actor: Actor, community_id: UUID, article_id: UUID, command: ChangeArticle
) -> ArticleView:
    """Change what was given; the text changes by revisions alone."""
    given: dict[str, Any] = {name: getattr(command, name) for name in command.model_fields_set}
    await require_open_collection(tx, actor, given.get("collection_id"))
    article = await tx.one(HOLD_ARTICLE, {"article_id": article_id})
    await require_editing(tx, actor, article)
    tx.require_version(article.version)
    if article.state in (ArticleState.ARCHIVED, ArticleState.HIDDEN):
        raise InvalidTransition(state=article.state.value, allowed=[])
    await _require_say(tx, actor, article, given)
    if "accessibility" in given:
        given["accessibility"] = command.accessibility.model_dump(exclude_none=True)
    if "slug" in given:
        await _take_name(tx, article, command.slug)
    after = await tx.lock(Article, article_id, **given)
    tx.publish(ArticleMoved(community_id=community_id, article_id=article_id, owner_id=after.owner_id))
    tx.audit("article.change", article_id)
    view = await shown_one(tx, actor, after)
    if given.get("owner_id") is not None:
        await close_tasks(tx, article_id, TaskKind.REASSIGN)
    await keep_findable(tx, after)
    return view


async def _take_name(tx: Tx, article: Article, slug: str) -> None:
    """Let the article go by the name, be it one it went by before."""
    free = await claim(tx, article.community_id, article.id, slug)
    if not free and await bearer_of(tx, slug) != article.id:
        raise SlugTaken


async def _require_say(tx: Tx, actor: Actor, article: Article, given: dict[str, Any]) -> None:
    """Raise unless the caller may change these: of what is released, those who decide about it and about
    the collection it goes to."""
    if article.released_revision is None or given.keys().isdisjoint(OF_READERS):
        return
    goes_to = given.get("collection_id", article.collection_id)
    if not await manages(tx, actor, article) or not await curates(tx, actor, goes_to):
        raise Forbidden


@router.patch("/v1/communities/{community_id}/articles/{article_id}", allows="article.write", versioned=True)
async def patch_article(
    community_id: UUID, article_id: UUID, command: ChangeArticle, write: Write
) -> ArticleView:
    return await write(change, community_id, article_id, command)
