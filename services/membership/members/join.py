"""Join a community: POST /members -> join policy, one member per person -> MemberJoined, MemberRequested."""

from uuid import UUID

from pydantic import Field

from services.membership.communities import rules as community_rules
from services.membership.communities.rules import JoinPolicy
from services.membership.members import names, onboarding, rules
from services.membership.members.find import MemberView
from services.membership.members.onboarding import COMPLETED
from services.membership.members.persons import living
from services.membership.members.profiles import (
    DisplayName,
    Handle,
    Newcomer,
    custom_after,
    index_interests,
)
from services.membership.members.rules import MemberState, Step
from services.membership.models import MEMBER_OF_PERSON, THE_COMMUNITY, Community, Member
from services.membership.roles import rules as role_rules
from shared.contracts.membership import MemberJoined, MemberOnboardingCompleted, MemberRequested
from shared.identity import Actor
from shared.problems import Conflict, Forbidden
from shared.route import Router, Write
from shared.store import Tx

router = Router(tags=["members"])


class JoinCommunity(Newcomer):
    """What a person gives to join, or an admin to add somebody; a bot is always somebody's doing."""

    handle: Handle
    display_name: DisplayName
    is_bot: bool = Field(default=False)


class HandleTaken(Conflict):
    title = "Handle already taken"


class AlreadyMember(Conflict):
    """One member per person; `state` says how it stands, and who left comes back with `rejoin`."""

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
    """Raise unless the community takes members now, and takes this one without an invitation."""
    if not community_rules.takes_members(community.state):
        raise CommunityClosed(state=community.state.value)
    if community.join_policy is JoinPolicy.INVITE and not acts_for_others(actor):
        raise InvitationNeeded


def has_to_ask(community: Community, actor: Actor) -> bool:
    """Whether coming in is for somebody else to decide."""
    return community.join_policy is JoinPolicy.REQUEST and not acts_for_others(actor)


def already(member: Member) -> AlreadyMember:
    """The refusal of whoever is a member in some state."""
    return AlreadyMember(member_id=str(member.id), state=member.state.value)


async def enter(tx: Tx, member: Member, told: MemberJoined | MemberRequested) -> None:
    """Insert a member just made, the facts about it and what it is found by."""
    if member.person_id is not None:
        await living(tx, member.person_id)
    await tx.insert(member, conflicts={"handle": HandleTaken, "person": AlreadyMember})
    await index_interests(tx, member.community_id, member.id, (), member.interests)
    tx.publish(told)
    if COMPLETED in member.onboarding:
        tx.publish(MemberOnboardingCompleted(community_id=member.community_id, member_id=member.id))


async def new_member(
    tx: Tx, community_id: UUID, person_id: UUID | None, command: JoinCommunity, state: MemberState
) -> Member:
    """A member as the command describes them, not stored yet; a person fills in every required field."""
    given = command.model_dump(exclude={"source", "custom"})
    custom = await custom_after(tx, command.custom, {}, complete=person_id is not None)
    shown = rules.is_complete(command.headline, command.bio, command.interests)
    steps = (Step.PROFILE_COMPLETED,) if shown else ()
    done = await onboarding.arrival(tx, *steps) if state is MemberState.ACTIVE else {}
    return Member(
        **given,
        community_id=community_id,
        person_id=person_id,
        name_key=names.search_key(command.display_name),
        custom=custom,
        source=command.source.model_dump(exclude_none=True),
        onboarding=done,
        state=state,
        joined_at=tx.now,
        updated_at=tx.now,
        version=2 if COMPLETED in done else 1,
    )


async def join(tx: Tx, actor: Actor, community_id: UUID, command: JoinCommunity) -> Member:
    """Join as oneself, or ask to; an admin or a key adds a member nobody has signed in as yet."""
    community = await tx.one(THE_COMMUNITY)
    require_open(community, actor)
    managed = acts_for_others(actor)
    person_id = None if managed else actor.person_id
    if not managed:
        if command.is_bot:
            raise Forbidden("an admin says who is a bot")
        known = await tx.first(MEMBER_OF_PERSON, {"person_id": person_id})
        if known is not None:
            raise already(known)
    asks = has_to_ask(community, actor)
    state = MemberState.REQUESTED if asks else MemberState.ACTIVE
    member = await new_member(tx, community_id, person_id, command, state)
    joined = MemberJoined(
        community_id=community_id, member_id=member.id, source="added" if managed else "joined"
    )
    requested = MemberRequested(community_id=community_id, member_id=member.id)
    await enter(tx, member, requested if asks else joined)
    if managed:
        tx.audit("member.add", member.id)
    return member


@router.post("/v1/communities/{community_id}/members", status_code=201, allows="member.join")
async def post_member(community_id: UUID, command: JoinCommunity, write: Write) -> MemberView:
    return await write(join, community_id, command)
