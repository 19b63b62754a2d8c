"""Roles and functions for a time: the clock -> what ran out is taken back -> RoleExpired, FunctionRevoked."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.models import FunctionGrant, Member, RoleGrant
from shared.contracts.membership import FunctionRevoked, RoleExpired
from shared.jobs import Jobs
from shared.store import Context, Store, Tx, across, constant, scope

jobs = Jobs()

AT_ONCE = 50
"""Grants taken back in one write."""


def _run_out(model: Any, *columns: Any) -> Any:
    past = col(model.expires_at) <= sa.bindparam("now", type_=model.__table__.c.expires_at.type)
    found = select(col(model.community_id), col(model.member_id), *columns)
    listed = found.where(past).order_by(col(model.expires_at)).limit(AT_ONCE)
    return constant(across(listed, why="grants of every community that ran out"))


def _take(model: Any, held: Any) -> Any:
    """Delete a grant that is still there and still past its end."""
    past = col(model.expires_at) <= sa.bindparam("now", type_=model.__table__.c.expires_at.type)
    own = sa.and_(col(model.member_id) == sa.bindparam("member"), held == sa.bindparam("held"))
    return constant(sa.delete(model).where(scope(model), own, past))


TAKE_ROLE = _take(RoleGrant, col(RoleGrant.role))
TAKE_FUNCTION = _take(FunctionGrant, col(FunctionGrant.function))
ROLES = _run_out(RoleGrant, col(RoleGrant.role))
FUNCTIONS = _run_out(FunctionGrant, col(FunctionGrant.function))


@jobs.every(seconds=1.0)
async def expire(store: Store) -> None:
    """Take back what ran out; what is due costs a write, what is not a look into two indexes."""
    for statement, take_back in ((ROLES, take_roles), (FUNCTIONS, take_functions)):

        async def due(tx: Tx, statement: Any = statement) -> bool:
            return await tx.first(statement, {"now": tx.now}) is not None

        while await store.read(due, Context()):
            await store.write(take_back, Context())


async def take_roles(tx: Tx) -> None:
    """Revoke roles that ran out; a grant somebody renewed or revoked meanwhile is left alone."""
    for row in await tx.all(ROLES, {"now": tx.now}):
        tx.within(row.community_id)
        given = {"member": row.member_id, "held": row.role, "now": tx.now}
        if not await tx.execute(TAKE_ROLE, given):
            continue
        member = await tx.lock(Member, row.member_id)
        await tx.update(Member, row.member_id, roles=[held for held in member.roles if held != row.role])
        tx.publish(RoleExpired(community_id=row.community_id, member_id=row.member_id, role=row.role.value))
        tx.audit("role.expire", f"{row.member_id}:{row.role.value}")


async def take_functions(tx: Tx) -> None:
    """Revoke functions that ran out."""
    for row in await tx.all(FUNCTIONS, {"now": tx.now}):
        tx.within(row.community_id)
        if not await tx.execute(
            TAKE_FUNCTION, {"member": row.member_id, "held": row.function, "now": tx.now}
        ):
            continue
        await tx.lock(Member, row.member_id)
        tx.publish(
            FunctionRevoked(
                community_id=row.community_id, member_id=row.member_id, function=row.function.value
            )
        )
        tx.audit("function.expire", f"{row.member_id}:{row.function.value}")
