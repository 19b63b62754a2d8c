"""The roles a member holds: GET /roles -> which, by whom, until when."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from services.membership.models import THE_MEMBER, RoleGrant
from services.membership.roles.rules import Role
from shared.identity import Actor
from shared.route import Cursor, Limit, Page, Read, Router, View
from shared.store import Tx, scope

router = Router(tags=["roles"])


class RoleView(View):
    """A role somebody holds, and the id of the member or key that granted it."""

    role: Role
    granted_by: str
    granted_at: datetime
    expires_at: datetime | None


async def roles_of(tx: Tx, _actor: Actor, member_id: UUID, limit: int, cursor: str | None) -> Page[Any]:
    """The roles a member holds, by name."""
    await tx.one(THE_MEMBER, {"member_id": member_id})
    held = select(RoleGrant).where(scope(RoleGrant), col(RoleGrant.member_id) == member_id)
    return await tx.page(held, by=(RoleGrant.role,), limit=limit, cursor=cursor)


@router.get("/v1/communities/{community_id}/members/{member_id}/roles", allows="role.read")
async def list_roles(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    member_id: UUID,
    read: Read,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[RoleView]:
    return await read(roles_of, member_id, limit, cursor)
