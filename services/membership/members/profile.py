"""Change a profile: PATCH /members/{id} -> oneself or an admin -> MemberProfileUpdated."""

from typing import Any
from uuid import UUID

from pydantic import Field

from services.membership.communities.describe import left_out
from services.membership.members import names
from services.membership.members.find import MemberView
from services.membership.members.join import Bio, DisplayName, Headline, Interests
from services.membership.models import THE_MEMBER, Member
from services.membership.roles import rules as role_rules
from shared.contracts.membership import MemberProfileUpdated
from shared.identity import Actor
from shared.problems import Forbidden
from shared.route import Command, Router, Write
from shared.store import Tx

router = Router(tags=["members"])


class ChangeProfile(Command):
    """What to change; what is left out stays, headline and bio may be emptied with null."""

    display_name: DisplayName = Field(default_factory=left_out)
    headline: Headline | None = None
    bio: Bio | None = None
    interests: Interests = Field(default_factory=left_out)


def is_oneself(actor: Actor, member: Member) -> bool:
    """Whether the caller is the person behind the member."""
    return member.person_id is not None and member.person_id == actor.person_id


def require_self_or_manager(actor: Actor, member: Member) -> None:
    """Raise `Forbidden` unless the caller is the member or may act for them."""
    authority = role_rules.authority(actor.level, scoped_key=actor.scopes is not None)
    if not is_oneself(actor, member) and not role_rules.may_manage(authority, member.roles):
        raise Forbidden


async def change(tx: Tx, actor: Actor, community_id: UUID, member_id: UUID, command: ChangeProfile) -> Member:
    """Change what was given."""
    require_self_or_manager(actor, await tx.one(THE_MEMBER, {"member_id": member_id}))
    given: dict[str, Any] = command.model_dump(exclude_unset=True)
    if "display_name" in given:
        given["name_key"] = names.search_key(command.display_name)
    member = await tx.lock(Member, member_id, **given)
    tx.publish(MemberProfileUpdated(community_id=community_id, member_id=member_id))
    if not is_oneself(actor, member):
        tx.audit("member.change", member_id)
    return member


@router.patch("/v1/communities/{community_id}/members/{member_id}", allows="member.change", versioned=True)
async def patch_member(
    community_id: UUID, member_id: UUID, command: ChangeProfile, write: Write
) -> MemberView:
    return await write(change, community_id, member_id, command)
