"""Heed moderation: SanctionImposed, SanctionLifted, SanctionExpired -> sanctions in force -> standing."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.members.actors import standing_for
from services.membership.members.rules import MemberState, SanctionKind, SanctionSource
from services.membership.members.standing import settle
from services.membership.models import HOLD_COMMUNITY, OPEN_SANCTIONS, THE_MEMBER, RoleGrant, Sanction
from services.membership.roles.rules import Role
from shared.consumers import Consumers
from shared.contracts.announced import SanctionExpired, SanctionImposed, SanctionLifted
from shared.contracts.membership import MemberReinstated, RoleGranted
from shared.store import Tx, constant, scope

consumers = Consumers()

THE_SANCTION = constant(
    select(Sanction).where(scope(Sanction), col(Sanction.id) == sa.bindparam("sanction_id"))
)
OWNERS = constant(
    sa.select(col(RoleGrant.member_id)).where(scope(RoleGrant), col(RoleGrant.role) == Role.OWNER)
)
_KINDS = {kind.value: kind for kind in SanctionKind}
"""Warnings and restrictions change no membership."""


SanctionFact = SanctionImposed | SanctionLifted | SanctionExpired


@consumers.on(SanctionImposed, SanctionLifted, SanctionExpired)  # type: ignore[arg-type]  # one of these three
async def heed(tx: Tx, fact: SanctionFact) -> None:
    """Keep what the sanction's newest fact says, and settle what follows for the member."""
    if fact.kind not in _KINDS or await tx.first(HOLD_COMMUNITY) is None:
        return
    imposed = isinstance(fact, SanctionImposed)
    ended_at = None if imposed else fact.occurred_at
    known = await tx.first(THE_SANCTION, {"sanction_id": fact.sanction_id})
    member_id = await _sanctioned(tx, known.member_id if known is not None else fact.member_id)
    if member_id is None:
        return
    if known is None:
        await tx.insert(
            Sanction(
                id=fact.sanction_id,
                community_id=fact.community_id,
                member_id=member_id,
                kind=_KINDS[fact.kind],
                source=SanctionSource.MODERATION,
                fact_version=fact.aggregate_version,
                imposed_at=fact.occurred_at,
                ended_at=ended_at,
            )
        )
    elif known.fact_version < fact.aggregate_version:
        await tx.update(
            Sanction,
            known.id,
            member_id=member_id if imposed else known.member_id,
            kind=_KINDS[fact.kind],
            fact_version=fact.aggregate_version,
            ended_at=ended_at,
        )
    else:
        return
    await settle(tx, member_id)


async def _sanctioned(tx: Tx, member_id: UUID) -> UUID | None:
    """Whom a sanction concerns: whoever stands for a merged member; nobody when there is none any more."""
    member = await standing_for(tx, await tx.first(THE_MEMBER, {"member_id": member_id}))
    return None if member is None or member.state is MemberState.ERASED else member.id


@consumers.on(RoleGranted, MemberReinstated)  # type: ignore[arg-type]  # one of these two
async def relieve(tx: Tx, fact: RoleGranted | MemberReinstated) -> None:
    """With another owner there, or there again, what was kept against the last one takes effect."""
    if isinstance(fact, RoleGranted) and fact.role != Role.OWNER.value:
        return
    if await tx.first(HOLD_COMMUNITY) is None:
        return
    for owner in await tx.all(OWNERS):
        if await tx.first(OPEN_SANCTIONS, {"member_id": owner.member_id}) is not None:
            await settle(tx, owner.member_id)
