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
from services.knowledge.articles.rules import SLUG_LENGTH, ArticleKind, ArticleState, DraftState
from services.knowledge.articles.slugs import bearer_of, claim
from services.knowledge.collections.access import curates
from services.knowledge.collections.models import Collection
from services.knowledge.inputs import Resource
from services.knowledge.people.presence import is_away
from services.knowledge.reviews.close import newest_review
from services.knowledge.reviews.rules import APPROVALS_ELSEWHERE
from services.knowledge.tasks.close import close_tasks
from services.knowledge.tasks.rules import TaskKind
from shared.contracts.knowledge import ArticleMoved
from shared.identity import Actor
from shared.problems import Conflict, Forbidden, InvalidTransition, Unprocessable
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


class OwnerAway(Unprocessable):
    """Whoever left, was banned or erased looks after nothing."""

    title = "Somebody who is away owns nothing"


class ReviewedForLess(Conflict):
    """Fewer read the draft than that collection asks for: take it back first, and have it read there."""

    title = "The collection asks for more approvals"


async def change(
    tx: Tx, actor: Actor, community_id: UUID, article_id: UUID, command: ChangeArticle
) -> ArticleView:
    """Change what was given; the text changes by revisions alone."""
    given: dict[str, Any] = {name: getattr(command, name) for name in command.model_fields_set}
    goes_to = await require_open_collection(tx, actor, given.get("collection_id"))
    article = await tx.one(HOLD_ARTICLE, {"article_id": article_id})
    await require_editing(tx, actor, article)
    tx.require_version(article.version)
    if article.state in (ArticleState.ARCHIVED, ArticleState.HIDDEN):
        raise InvalidTransition(state=article.state.value, allowed=[])
    await _require_say(tx, actor, article, given)
    if given.get("collection_id", article.collection_id) != article.collection_id:
        await _require_reviewed(tx, article, goes_to)
    if command.owner_id is not None and await is_away(tx, command.owner_id):
        raise OwnerAway
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


async def _require_reviewed(tx: Tx, article: Article, goes_to: Collection | None) -> None:
    """Raise where the draft is up for review, or approved, by fewer than it takes where it goes."""
    if article.draft_state not in (DraftState.IN_REVIEW, DraftState.APPROVED):
        return
    review = await newest_review(tx, article)
    needed = APPROVALS_ELSEWHERE if goes_to is None else goes_to.approvals
    if review is not None and review.needed < needed:
        raise ReviewedForLess


@router.patch("/v1/communities/{community_id}/articles/{article_id}", allows="article.write", versioned=True)
async def patch_article(
    community_id: UUID, article_id: UUID, command: ChangeArticle, write: Write
) -> ArticleView:
    return await write(change, community_id, article_id, command)
