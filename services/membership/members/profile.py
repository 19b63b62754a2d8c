"""Change a profile: PATCH /members/{id} -> oneself or an admin -> MemberProfileUpdated."""

from typing import Any
from uuid import UUID

from pydantic import Field

from services.membership.members import names, rules
from services.membership.members.find import MemberView
from services.membership.members.onboarding import progress
from services.membership.members.profiles import (
    Bio,
    Custom,
    DisplayName,
    Headline,
    Interests,
    Location,
    Organisation,
    Statements,
    custom_after,
    index_interests,
)
from services.membership.members.rules import MemberState, Step
from services.membership.models import THE_MEMBER, Member
from services.membership.roles import rules as role_rules
from shared.contracts.membership import MemberProfileUpdated
from shared.identity import Actor
from shared.problems import Forbidden, InvalidTransition
from shared.route import Command, Router, Write, left_out
from shared.store import Tx

router = Router(tags=["members"])


class ChangeProfile(Command):
    """What to change; what is left out stays, and null empties what may be empty.

    Of `custom` only the keys given change. Who is a bot is for admins to say.
    """

    display_name: DisplayName = Field(default_factory=left_out)
    headline: Headline | None = None
    bio: Bio | None = None
    organisation: Organisation | None = None
    location: Location | None = None
    interests: Interests = Field(default_factory=left_out)
    goals: Statements = Field(default_factory=left_out)
    motivations: Statements = Field(default_factory=left_out)
    pain_points: Statements = Field(default_factory=left_out)
    custom: Custom = Field(default_factory=left_out)
    is_bot: bool = Field(default_factory=left_out)


def is_oneself(actor: Actor, member: Member) -> bool:
    """Whether the caller is the member, or the person behind it."""
    return actor.person_id is not None and (
        member.person_id == actor.person_id or member.id == actor.member_id
    )


def may_manage(actor: Actor, member: Member) -> bool:
    """Whether the caller may act for the member, being somebody else."""
    authority = role_rules.authority(actor.level, scoped_key=actor.scopes is not None)
    return role_rules.may_manage(authority, member.roles)


def require_self_or_manager(actor: Actor, member: Member) -> None:
    """Raise `Forbidden` unless the caller is the member or may act for them."""
    if not is_oneself(actor, member) and not may_manage(actor, member):
        raise Forbidden


async def change(tx: Tx, actor: Actor, community_id: UUID, member_id: UUID, command: ChangeProfile) -> Member:
    """Change what was given."""
    require_self_or_manager(actor, await tx.one(THE_MEMBER, {"member_id": member_id}))
    before = await tx.lock(Member, member_id)
    if before.state is MemberState.ERASED:
        raise InvalidTransition(state=before.state.value, allowed=[])
    given: dict[str, Any] = command.model_dump(exclude_unset=True)
    if given.get("is_bot", before.is_bot) != before.is_bot and not may_manage(actor, before):
        raise Forbidden("an admin says who is a bot")
    if "display_name" in given:
        given["name_key"] = names.search_key(command.display_name)
    if "custom" in given:
        own = is_oneself(actor, before)
        given["custom"] = await custom_after(tx, given["custom"], before.custom, complete=own)
    if "interests" in given:
        await index_interests(tx, community_id, member_id, before.interests, given["interests"])
    member = await tx.update(Member, member_id, **given) if given else before
    tx.publish(MemberProfileUpdated(community_id=community_id, member_id=member_id))
    if not is_oneself(actor, member):
        tx.audit("member.change", member_id)
    if rules.is_complete(member.headline, member.bio, member.interests):
        member = await progress(tx, member, Step.PROFILE_COMPLETED)
    return member


@router.patch("/v1/communities/{community_id}/members/{member_id}", allows="member.change", versioned=True)
async def patch_member(
    community_id: UUID, member_id: UUID, command: ChangeProfile, write: Write
) -> MemberView:
    return await write(change, community_id, member_id, command)
