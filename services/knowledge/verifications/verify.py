"""Vouch for an article: POST /articles/{id}/verify, /mark-stale -> ArticleVerified, ArticleBecameStale."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from services.knowledge.articles.access import acting_member, manages, require_visible
from services.knowledge.articles.entry import keep_findable
from services.knowledge.articles.find import ArticleView, shown_one
from services.knowledge.articles.models import HOLD_ARTICLE, Article
from services.knowledge.articles.rules import ArticleVerb
from services.knowledge.articles.steps import take
from services.knowledge.tasks.close import close_tasks
from services.knowledge.tasks.rules import TaskKind
from services.knowledge.verifications.models import Verification
from shared.contracts.knowledge import ArticleBecameStale, ArticleVerified
from shared.facts import Fact
from shared.identity import Actor
from shared.problems import Forbidden, Unprocessable
from shared.route import Command, Instant, Router, Write
from shared.store import Tx
from shared.tombstones import refuse_erased

router = Router(tags=["articles"])

_PATH = "/v1/communities/{community_id}/articles/{article_id}"
AT_MOST = timedelta(days=3650)
Note = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"\S")]


class Verify(Command):
    """Until when it holds; `verify_every_days` of the article without `until`."""

    note: Note | None = None
    until: Instant | None = None


class MarkStale(Command):
    """Why it should be looked at again."""

    reason: Note | None = None


class UnusableDate(Unprocessable):
    """A verification lasts from now on, ten years at most."""

    title = "A verification holds until a day to come, within ten years"


async def verify(
    tx: Tx, actor: Actor, _community_id: UUID, article_id: UUID, command: Verify | None
) -> ArticleView:
    """Say that what is released is right, for a while."""
    article = await _held(tx, actor, article_id)
    given = command or Verify()
    until = given.until or tx.now + timedelta(days=article.verify_every_days)
    if not tx.now < until <= tx.now + AT_MOST:
        raise UnusableDate
    times: dict[str, Any] = {"verified_at": tx.now, "verified_until": until, "clock_at": until}
    after = await take(tx, article, ArticleVerb.VERIFY, **times)
    member_id = acting_member(actor)
    fact = ArticleVerified(
        community_id=article.community_id,
        article_id=article_id,
        revision=_released(article),
        verified_by=member_id,
        verified_until=until,
    )
    said = {"holds": True, "until": until, "note": given.note}
    return await _kept(tx, actor, after, fact, ArticleVerb.VERIFY, said)


async def mark_stale(
    tx: Tx, actor: Actor, _community_id: UUID, article_id: UUID, command: MarkStale | None
) -> ArticleView:
    """Say that what is released has to be looked at again."""
    article = await _held(tx, actor, article_id)
    after = await take(tx, article, ArticleVerb.MARK_STALE, verified_until=tx.now, clock_at=None)
    fact = ArticleBecameStale(community_id=article.community_id, article_id=article_id)
    said = {"holds": False, "until": tx.now, "note": command.reason if command else None}
    return await _kept(tx, actor, after, fact, ArticleVerb.MARK_STALE, said)


async def _held(tx: Tx, actor: Actor, article_id: UUID) -> Article:
    """The article, held, for its owner and those who decide about it."""
    article = await tx.one(HOLD_ARTICLE, {"article_id": article_id})
    member_id = acting_member(actor)
    await refuse_erased(tx, member_id)
    owns = member_id is not None and member_id == article.owner_id
    if not owns and not await manages(tx, actor, article):
        await require_visible(tx, actor, article)
        raise Forbidden
    return article


async def _kept(
    tx: Tx, actor: Actor, article: Article, fact: Fact, verb: ArticleVerb, said: dict[str, Any]
) -> ArticleView:
    await tx.insert(
        Verification(
            community_id=article.community_id,
            article_id=article.id,
            revision=_released(article),
            verified_by=acting_member(actor),
            created_at=tx.now,
            **said,
        )
    )
    tx.publish(fact)
    tx.audit(f"article.{verb.value}", article.id)
    view = await shown_one(tx, actor, article)
    if verb is ArticleVerb.VERIFY:
        await close_tasks(tx, article.id, TaskKind.VERIFY)
    await keep_findable(tx, article)
    return view


def _released(article: Article) -> int:
    if article.released_revision is None:
        raise ValueError("nothing is released of it")  # no state that allows the verbs is without
    return article.released_revision


@router.post(f"{_PATH}/verify", allows="article.review")
async def post_article_verify(
    community_id: UUID, article_id: UUID, write: Write, command: Verify | None = None
) -> ArticleView:
    return await write(verify, community_id, article_id, command)


@router.post(f"{_PATH}/mark-stale", allows="article.review")
async def post_article_mark_stale(
    community_id: UUID, article_id: UUID, write: Write, command: MarkStale | None = None
) -> ArticleView:
    return await write(mark_stale, community_id, article_id, command)
