"""What becomes of an application before it is decided: sponsor, review, withdraw -> a fact for each."""

from uuid import UUID

from services.membership.leaders.find import LeaderApplicationView
from services.membership.leaders.rules import LeaderVerb
from services.membership.leaders.steps import go, held
from services.membership.models import LeaderApplication
from shared.identity import Actor
from shared.problems import Conflict, Forbidden
from shared.route import Router, Write
from shared.store import Tx

router = Router(tags=["leaders"])

PATH = "/v1/communities/{community_id}/leader-applications/{application_id}"


class NotYours(Forbidden):
    """The sponsor alone sponsors, the applicant alone withdraws."""

    title = "Not yours to do"


class AlreadySponsored(Conflict):
    title = "The sponsor has confirmed already"


async def sponsor(tx: Tx, actor: Actor, _community_id: UUID, application_id: UUID) -> LeaderApplication:
    """Stand by somebody who named one as their sponsor."""
    application = await held(tx, actor, application_id)
    if actor.member_id is None or application.sponsor_id != actor.member_id:
        raise NotYours
    sponsored = await go(tx, application, LeaderVerb.SPONSOR, sponsored_at=tx.now)
    if application.sponsored_at is not None:
        raise AlreadySponsored
    return sponsored


async def review(tx: Tx, actor: Actor, _community_id: UUID, application_id: UUID) -> LeaderApplication:
    """Begin to look into an application."""
    reviewed = await go(tx, await held(tx, actor, application_id), LeaderVerb.REVIEW)
    tx.audit("leader_application.review", application_id)
    return reviewed


async def withdraw(tx: Tx, actor: Actor, _community_id: UUID, application_id: UUID) -> LeaderApplication:
    """No longer ask to lead."""
    application = await held(tx, actor, application_id)
    if application.member_id != actor.member_id:
        raise NotYours
    return await go(tx, application, LeaderVerb.WITHDRAW)


@router.post(f"{PATH}/sponsor", allows="leader.apply")
async def post_sponsor(community_id: UUID, application_id: UUID, write: Write) -> LeaderApplicationView:
    return await write(sponsor, community_id, application_id)


@router.post(f"{PATH}/review", allows="leader.decide")
async def post_review(community_id: UUID, application_id: UUID, write: Write) -> LeaderApplicationView:
    return await write(review, community_id, application_id)


@router.post(f"{PATH}/withdraw", allows="leader.apply")
async def post_withdraw(community_id: UUID, application_id: UUID, write: Write) -> LeaderApplicationView:
    return await write(withdraw, community_id, application_id)
