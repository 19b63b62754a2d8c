"""Answer calls: POST /contribution-calls/{id}/claim, /release, /fulfil -> CallClaimed, and so on."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.knowledge.articles.access import visible_article
from services.knowledge.articles.models import Contributor
from services.knowledge.calls.models import ContributionCall
from services.knowledge.calls.rules import CallVerb
from services.knowledge.calls.steps import CallView, held_call, is_manager, take
from services.knowledge.people.readers import member_of
from shared.contracts.knowledge import CallClaimed, CallFulfilled, CallReleased
from shared.identity import Actor
from shared.problems import Forbidden, NotFound, Unprocessable
from shared.route import Command, Router, Write
from shared.store import Tx, constant, scope
from shared.tombstones import refuse_erased

router = Router(tags=["contribution calls"])

_PATH = "/v1/communities/{community_id}/contribution-calls/{call_id}"


class Fulfil(Command):
    """What came of it; editors need not say."""

    article_id: UUID | None = None


class UnknownArticle(Unprocessable):
    title = "There is no such article"


class NotTheirArticle(Unprocessable):
    """Whoever claimed a call fulfils it with an article they contributed to."""

    title = "Name an article you contributed to"


async def claim(tx: Tx, actor: Actor, community_id: UUID, call_id: UUID) -> ContributionCall:
    """Take it on; of several who want to, the first."""
    member_id = member_of(actor)
    if member_id is None:
        raise Forbidden("only members write contributions")
    await refuse_erased(tx, member_id)
    call = await held_call(tx, call_id)
    after = await take(tx, call, CallVerb.CLAIM, claimed_by=member_id, claimed_at=tx.now)
    tx.publish(CallClaimed(community_id=community_id, call_id=call_id, member_id=member_id))
    return after


async def release(tx: Tx, actor: Actor, community_id: UUID, call_id: UUID) -> ContributionCall:
    """Give it back, whoever claimed it, or an editor for them."""
    call = await held_call(tx, call_id)
    _require_say(tx, actor, call, "call.release")
    after = await take(tx, call, CallVerb.RELEASE, claimed_by=None, claimed_at=None)
    tx.publish(CallReleased(community_id=community_id, call_id=call_id))
    return after


async def fulfil(
    tx: Tx, actor: Actor, community_id: UUID, call_id: UUID, command: Fulfil | None
) -> ContributionCall:
    """It is written: by whoever claimed it, or else by whoever says so."""
    await refuse_erased(tx, member_of(actor))
    article_id = command.article_id if command else None
    if article_id is not None:
        try:
            await visible_article(tx, actor, article_id)
        except NotFound as unknown:
            raise UnknownArticle from unknown
    call = await held_call(tx, call_id)
    _require_say(tx, actor, call, "call.fulfil")
    if not is_manager(actor):
        given = {"article_id": article_id, "member_id": member_of(actor)}
        if article_id is None or await tx.first(WROTE, given) is None:
            raise NotTheirArticle
    by = call.claimed_by or member_of(actor)
    after = await take(tx, call, CallVerb.FULFIL, article_id=article_id, fulfilled_by=by, clock_at=None)
    tx.publish(CallFulfilled(community_id=community_id, call_id=call_id, article_id=article_id, member_id=by))
    return after


def _require_say(tx: Tx, actor: Actor, call: ContributionCall, action: str) -> None:
    """Raise unless the caller claimed the call, or decides about calls, which is written down."""
    member_id = member_of(actor)
    if member_id is not None and member_id == call.claimed_by:
        return
    if not is_manager(actor):
        raise Forbidden
    tx.audit(action, call.id)


WROTE = constant(
    select(Contributor).where(
        scope(Contributor),
        col(Contributor.article_id) == sa.bindparam("article_id"),
        col(Contributor.member_id) == sa.bindparam("member_id"),
        col(Contributor.revisions) > 0,
    )
)


@router.post(f"{_PATH}/claim", allows="call.claim")
async def post_contribution_call_claim(community_id: UUID, call_id: UUID, write: Write) -> CallView:
    return await write(claim, community_id, call_id)


@router.post(f"{_PATH}/release", allows="call.claim")
async def post_contribution_call_release(community_id: UUID, call_id: UUID, write: Write) -> CallView:
    return await write(release, community_id, call_id)


@router.post(f"{_PATH}/fulfil", allows="call.claim")
async def post_contribution_call_fulfil(
    community_id: UUID, call_id: UUID, write: Write, command: Fulfil | None = None
) -> CallView:
    return await write(fulfil, community_id, call_id, command)
