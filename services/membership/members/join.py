"""Join a community: POST /members -> rules of joining, one member per person -> MemberJoined."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from services.membership.communities import rules as community_rules
from services.membership.communities.rules import JoinPolicy
from services.membership.members import names
from services.membership.members.find import MemberView
from services.membership.models import THE_COMMUNITY, Community, Member
from services.membership.roles import rules as role_rules
from shared.contracts.membership import MemberJoined
from shared.identity import Actor
from shared.problems import Conflict, Forbidden
from shared.route import Command, Router, Write
from shared.store import Tx

router = Router(tags=["members"])

_HANDLE_SCHEMA = {"pattern": r"^[A-Za-z0-9._-]{2,40}$", "minLength": 2, "maxLength": 40}
Handle = Annotated[str, Field(max_length=80, json_schema_extra=_HANDLE_SCHEMA), AfterValidator(names.handle)]
DisplayName = Annotated[str, Field(min_length=1, max_length=80, pattern=r"\S")]
Headline = Annotated[str, Field(min_length=1, max_length=160)]
Bio = Annotated[str, Field(min_length=1, max_length=4000)]
Interests = Annotated[list[Annotated[str, Field(min_length=1, max_length=60)]], Field(max_length=30)]


class JoinCommunity(Command):
    """What a person gives to join, or an admin to add somebody."""

    handle: Handle
    display_name: DisplayName
    headline: Headline | None = None
    bio: Bio | None = None
    interests: Interests = Field(default_factory=list)


class HandleTaken(Conflict):
    title = "Handle already taken"


class AlreadyMember(Conflict):
    """One member per person; who left comes back with `rejoin`."""

    title = "Already a member"


class CommunityClosed(Conflict):
    """Nobody joins a paused or archived community."""

    title = "The community takes no members"


class InvitationNeeded(Forbidden):
    title = "Joining needs an invitation"


def acts_for_others(actor: Actor) -> bool:
    """Whether the caller adds members instead of becoming one: admins, owners and API keys."""
    return actor.person_id is None or actor.level >= role_rules.ADMIN_LEVEL


def require_open(community: Community, actor: Actor) -> None:
    """Raise unless the community takes members now, and takes this one without being asked."""
    if not community_rules.takes_members(community.state):
        raise CommunityClosed(state=community.state.value)
    if community.join_policy is not JoinPolicy.OPEN and not acts_for_others(actor):
        raise InvitationNeeded


async def join(tx: Tx, actor: Actor, community_id: UUID, command: JoinCommunity) -> Member:
    """Join as oneself; an admin or a key adds a member nobody has signed in as yet."""
    require_open(await tx.one(THE_COMMUNITY), actor)
    managed = acts_for_others(actor)
    member = Member(
        **command.model_dump(),
        community_id=community_id,
        person_id=None if managed else actor.person_id,
        name_key=names.search_key(command.display_name),
        joined_at=tx.now,
        updated_at=tx.now,
    )
    await tx.insert(member, conflicts={"handle": HandleTaken, "person": AlreadyMember})
    tx.publish(
        MemberJoined(community_id=community_id, member_id=member.id, source="added" if managed else "joined")
    )
    if managed:
        tx.audit("member.add", member.id)
    return member


@router.post("/v1/communities/{community_id}/members", status_code=201, allows="member.join")
async def post_member(community_id: UUID, command: JoinCommunity, write: Write) -> MemberView:
    return await write(join, community_id, command)
