"""Invite people: POST /invitations -> a token, shown once -> MemberInvited."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from services.membership.communities import rules as community_rules
from services.membership.members import names, rules
from services.membership.members.invitation_tokens import NewToken, digest
from services.membership.members.invitations import InvitationView
from services.membership.members.join import CommunityClosed, HandleTaken
from services.membership.members.profiles import DisplayName, Handle
from services.membership.members.rules import MemberState
from services.membership.models import THE_COMMUNITY, THE_MEMBER, Invitation, Member
from shared.contracts.membership import MemberInvited
from shared.identity import Actor
from shared.problems import InvalidTransition, Unprocessable
from shared.route import Command, Instant, Router, Write
from shared.store import Tx

router = Router(tags=["invitations"])

LONGEST_LIFE = timedelta(days=365)
USUAL_LIFE = timedelta(days=30)


class InvitedByName(Command):
    """Somebody who becomes a member once they accept; they may change what they are called then."""

    handle: Handle
    display_name: DisplayName


class Invite(Command):
    """For whoever has the token; or for one person, by `name` or, known here before, by `member_id`."""

    max_uses: Annotated[int, Field(ge=1, le=10_000)] = 1
    expires_at: Instant | None = None
    name: InvitedByName | None = None
    member_id: UUID | None = None

    @model_validator(mode="after")
    def _one_person_once(self) -> Self:
        addressed = (self.name is not None) + (self.member_id is not None)
        if addressed > 1 or (addressed and self.max_uses != 1):
            raise ValueError("an invitation of somebody is by name or by member_id, and used once")
        return self


class NewInvitationView(InvitationView):
    """`token` is shown this once; the repetition of a request by its Idempotency-Key answers null."""

    token: str | None


class ExpiryOutOfRange(Unprocessable):
    """An invitation lives a year at most."""

    title = "Expiry must lie within the coming year"


async def issue(
    tx: Tx,
    actor: Actor,
    community_id: UUID,
    token: NewToken,
    *,
    max_uses: int = 1,
    expires_at: datetime | None = None,
    member_id: UUID | None = None,
    prospect_id: UUID | None = None,
) -> Invitation:
    """Record an invitation that opens with `token`; `prospect_id` says whom it was sent to."""
    expires = expires_at or tx.now + USUAL_LIFE
    if not tx.now < expires <= tx.now + LONGEST_LIFE:
        raise ExpiryOutOfRange(latest=tx.now + LONGEST_LIFE)
    invitation = Invitation(
        community_id=community_id,
        token_hash=digest(token.token),
        member_id=member_id,
        prospect_id=prospect_id,
        max_uses=max_uses,
        expires_at=expires,
        created_by=f"{actor.kind}:{actor.id}",
        created_at=tx.now,
        updated_at=tx.now,
    )
    await tx.insert(invitation)
    token.opens = invitation.id
    tx.audit("invitation.create", invitation.id)
    return invitation


async def invite(
    tx: Tx, actor: Actor, community_id: UUID, command: Invite, token: NewToken
) -> dict[str, Any]:
    """Make an invitation; one by name makes the member it waits for, too."""
    community = await tx.one(THE_COMMUNITY)
    if not community_rules.takes_members(community.state):
        raise CommunityClosed(state=community.state.value)
    member_id = command.member_id
    if member_id is not None:
        known = await tx.one(THE_MEMBER, {"member_id": member_id})
        if known.state not in rules.BY_INVITATION:
            verbs = [verb.value for verb in rules.member_verbs(known.state)]
            raise InvalidTransition(state=known.state.value, allowed=verbs)
    if command.name is not None:
        member_id = await _expect(tx, community_id, command.name)
    invitation = await issue(
        tx,
        actor,
        community_id,
        token,
        max_uses=command.max_uses,
        expires_at=command.expires_at,
        member_id=member_id,
    )
    return {name: getattr(invitation, name) for name in InvitationView.model_fields} | {"token": None}


async def _expect(tx: Tx, community_id: UUID, named: InvitedByName) -> UUID:
    member = Member(
        **named.model_dump(),
        community_id=community_id,
        name_key=names.search_key(named.display_name),
        state=MemberState.INVITED,
        joined_at=tx.now,
        updated_at=tx.now,
    )
    await tx.insert(member, conflicts={"handle": HandleTaken})
    tx.publish(MemberInvited(community_id=community_id, member_id=member.id))
    return member.id


@router.post("/v1/communities/{community_id}/invitations", status_code=201, allows="invitation.manage")
async def post_invitation(community_id: UUID, command: Invite, write: Write) -> NewInvitationView:
    token = NewToken()
    return token.reveal(await write(invite, community_id, command, token))  # type: ignore[return-value]
