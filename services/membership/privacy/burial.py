"""What is left of an erased member: a row with an id and a state, in no role, found by nothing."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from services.membership.members.rules import MemberState
from services.membership.models import Member, RoleGrant
from services.membership.privacy.subjects import FORGET_LOGIN, HOLD_PERSON, belongs_nowhere
from shared.contracts.membership import MemberErased
from shared.store import Tx, constant, scope

DISPLAYED = "Erased member"
_COLUMNS: sa.Table = Member.__table__  # type: ignore[attr-defined]
_NAMED = ("handle", "display_name", "name_key")
_PERSONAL = [
    name
    for name in Member.model_fields
    if _COLUMNS.c[name].info.get("pii", "none") != "none" and name not in _NAMED
]
_EMPTY = {name: Member.model_fields[name].get_default(call_default_factory=True) for name in _PERSONAL}
"""Every personal column there is, by the inventory: a new one is emptied without anybody thinking of it."""

FORGET_ROLES = constant(
    sa.delete(RoleGrant).where(
        scope(RoleGrant), col(RoleGrant.member_id).in_(sa.bindparam("ids", expanding=True))
    )
)


def tombstone(member_id: UUID) -> dict[str, Any]:
    """The columns of a member who was erased; the handle names the id, the old one is free again."""
    return _EMPTY | {
        "handle": f"erased-{member_id.hex}",
        "display_name": DISPLAYED,
        "name_key": "",
        "person_id": None,
        "roles": [],
        "stage": None,
        "stage_since": None,
        "merged_into": None,
        "state": MemberState.ERASED,
    }


async def bury(tx: Tx, community_id: UUID, members: Sequence[Member]) -> None:
    """Make these members tombstones: from this commit on nobody acts as them; the community is held."""
    if not members:
        return
    for each in members:
        await tx.lock(Member, each.id, **tombstone(each.id))
        tx.publish(MemberErased(community_id=community_id, member_id=each.id))
        tx.audit("member.erase", each.id, community_id=community_id)
    await tx.execute(FORGET_ROLES, {"ids": [each.id for each in members]})


async def forget_logins(tx: Tx, person_ids: set[UUID]) -> int:
    """Forget the logins of those who belong nowhere any more; how many there were."""
    count = 0
    for person_id in sorted(person_ids):
        # Held first: whoever is about to belong somewhere does so before, or finds nobody.
        held = await tx.first(HOLD_PERSON, {"person_id": person_id})
        if held is not None and await belongs_nowhere(tx, person_id):
            count += await tx.execute(FORGET_LOGIN, {"person_id": person_id, "nobody": f"erased:{person_id}"})
    return count
