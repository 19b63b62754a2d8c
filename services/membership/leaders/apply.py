"""Ask to lead: POST /leader-applications -> one at a time, with a sponsor -> LeaderApplicationSubmitted."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.membership.leaders.find import LeaderApplicationView
from services.membership.members.rules import MemberState
from services.membership.models import HOLD_MEMBER, LeaderApplication, Member
from services.membership.roles import rules as role_rules
from shared.contracts.membership import LeaderApplicationSubmitted
from shared.identity import Actor
from shared.problems import Conflict, Forbidden, Unprocessable
from shared.route import Command, Router, Write
from shared.store import Tx

router = Router(tags=["leaders"])

Question = Annotated[str, Field(min_length=1, max_length=200)]
Answer = Annotated[str, Field(max_length=2000)]


class ApplyToLead(Command):
    """Why somebody wants to lead, and what the community's form asks; admins may apply in a member's name."""

    motivation: Annotated[str, Field(min_length=1, max_length=4000, pattern=r"\S")]
    intake: Annotated[dict[Question, Answer], Field(max_length=30)] = Field(default_factory=dict)
    sponsor_id: UUID | None = None
    member_id: UUID | None = None


class AlreadyApplied(Conflict):
    """One application at a time; a leader in office does not apply."""

    title = "There is an application already"


class OwnSponsor(Unprocessable):
    title = "Nobody is their own sponsor"


class SponsorUnknown(Unprocessable):
    title = "Only an active member is a sponsor"


class NotActive(Conflict):
    title = "Only active members apply"


async def apply(tx: Tx, actor: Actor, community_id: UUID, command: ApplyToLead) -> LeaderApplication:
    """Ask to be let lead."""
    member_id = command.member_id or actor.member_id
    authority = role_rules.authority(actor.level, scoped_key=actor.scopes is not None)
    if member_id is None or (member_id != actor.member_id and authority < role_rules.ADMIN_LEVEL):
        raise Forbidden
    member: Member = await tx.one(HOLD_MEMBER, {"member_id": member_id})  # nobody merges them meanwhile
    if member.state is not MemberState.ACTIVE:
        raise NotActive(state=member.state.value)
    await _require_sponsor(tx, member_id, command.sponsor_id)
    application = LeaderApplication(
        **command.model_dump(exclude={"member_id"}),
        community_id=community_id,
        member_id=member_id,
        created_at=tx.now,
        updated_at=tx.now,
    )
    await tx.insert(application, conflicts={"open_idx": AlreadyApplied})
    tx.publish(
        LeaderApplicationSubmitted(
            community_id=community_id, application_id=application.id, member_id=member_id
        )
    )
    if member_id != actor.member_id:
        tx.audit("leader_application.submit", application.id)
    return application


async def _require_sponsor(tx: Tx, member_id: UUID, sponsor_id: UUID | None) -> None:
    if sponsor_id is None:
        return
    if sponsor_id == member_id:
        raise OwnSponsor
    sponsor = await tx.one(HOLD_MEMBER, {"member_id": sponsor_id}, otherwise=SponsorUnknown)
    if sponsor.state is not MemberState.ACTIVE:
        raise SponsorUnknown


@router.post("/v1/communities/{community_id}/leader-applications", status_code=201, allows="leader.apply")
async def post_leader_application(
    community_id: UUID, command: ApplyToLead, write: Write
) -> LeaderApplicationView:
    return await write(apply, community_id, command)
