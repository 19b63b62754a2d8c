"""Let somebody in by an invitation, as a new member or as the one they are expected to be."""

from uuid import UUID

from services.membership.members import names, rules
from services.membership.members.join import (
    AlreadyMember,
    HandleTaken,
    JoinCommunity,
    already,
    enter,
    new_member,
)
from services.membership.members.leave import activate
from services.membership.members.persons import living
from services.membership.members.profiles import DisplayName, Handle, Newcomer, custom_after, index_interests
from services.membership.members.rules import MemberState
from services.membership.members.standing import UnderSanction, require_no_sanction
from services.membership.models import HOLD_MEMBER, Invitation, Member
from shared.contracts.membership import MemberJoined
from shared.problems import Forbidden, Unprocessable
from shared.store import ConstraintViolated, Tx


class AcceptInvitation(Newcomer):
    """What to be called, and more if one likes; whoever was expected or here before is called already."""

    handle: Handle | None = None
    display_name: DisplayName | None = None


class InvitationForSomebodyElse(Forbidden):
    title = "Invitation for somebody else"


class NameNeeded(Unprocessable):
    """A newcomer says what to be called."""

    title = "Handle and display name needed"


async def let_in(
    tx: Tx, person_id: UUID, invitation: Invitation, known: Member | None, command: AcceptInvitation
) -> Member:
    """The member the person is from now on."""
    community_id = invitation.community_id
    if known is not None:
        _require_welcome(known)
    if invitation.member_id is not None:
        expected = await tx.one(HOLD_MEMBER, {"member_id": invitation.member_id})
        if expected.person_id not in (None, person_id):
            raise InvitationForSomebodyElse
        if known is not None and known.id != expected.id:
            raise already(known)
        known = expected
    if known is not None:
        return await _activate(tx, person_id, known.id, command)
    if command.handle is None or command.display_name is None:
        raise NameNeeded
    given = JoinCommunity.model_construct(**dict(command), is_bot=False)
    member = await new_member(tx, community_id, person_id, given, MemberState.ACTIVE)
    await enter(tx, member, MemberJoined(community_id=community_id, member_id=member.id, source="invited"))
    return member


def _require_welcome(member: Member) -> None:
    if member.state in (MemberState.SUSPENDED, MemberState.BANNED):
        raise UnderSanction
    if member.state not in rules.BY_INVITATION:
        raise already(member)


async def _activate(tx: Tx, person_id: UUID, member_id: UUID, command: AcceptInvitation) -> Member:
    """Take over what was told now, and let the member in."""
    before = await tx.lock(Member, member_id)
    _require_welcome(before)  # as they are by now: another invitation or a ban may have come first
    await require_no_sanction(tx, member_id)
    await living(tx, person_id)
    given = command.model_dump(exclude_unset=True, exclude={"custom", "source"})
    given = {name: value for name, value in given.items() if value is not None}
    if before.state is not MemberState.INVITED:
        given.pop("handle", None)  # who was here before keeps the handle others know
    if command.display_name is not None:
        given["name_key"] = names.search_key(command.display_name)
    if command.interests:
        await index_interests(tx, before.community_id, member_id, before.interests, command.interests)
    given["custom"] = await custom_after(tx, command.custom, before.custom, complete=True)
    given["source"] = command.source.model_dump(exclude_none=True) or before.source
    told = MemberJoined(community_id=before.community_id, member_id=member_id, source="invited")
    try:
        return await activate(tx, before, told, person_id=person_id, **given)
    except ConstraintViolated as taken:
        raise (AlreadyMember if "person" in taken.constraint else HandleTaken) from taken
