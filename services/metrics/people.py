"""Count an identity's activity for the member it is linked to: IdentityLinked, IdentityRevoked -> new attribution."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.metrics.log import LOG, enter, refold, subjects
from services.metrics.models import Activity, Subject, table
from shared.bus import Consumers
from shared.contracts.membership import IdentityLinked, IdentityRevoked
from shared.store import Tx, constant, scope

consumers = Consumers()


@consumers.on(IdentityLinked)
async def link(tx: Tx, fact: IdentityLinked) -> None:
    await attribute(tx, fact, fact.member_id)


@consumers.on(IdentityRevoked)
async def unlink(tx: Tx, fact: IdentityRevoked) -> None:
    await attribute(tx, fact, None)


async def attribute(tx: Tx, fact: IdentityLinked | IdentityRevoked, member_id: UUID | None) -> None:
    """From here on the identity counts as the member, or (None) as itself; older news than known changes nothing."""
    assert fact.community_id is not None
    community = await enter(tx, fact.community_id, [fact])
    ids = [fact.identity_id] if member_id is None else [fact.identity_id, member_id]
    known = await subjects(tx, fact.community_id, ids)
    identity = known[fact.identity_id]
    if fact.aggregate_version <= identity.fact_version:
        return
    member = None if member_id is None else known[member_id].no
    before: list[Any] = [] if member == identity.member else await tx.all(_THEIRS, {"_no": identity.no})
    await tx.execute(_LINK, {"_no": identity.no, "_member": member, "_version": fact.aggregate_version})
    await refold(tx, community, before, [row._replace(person=member or identity.no) for row in before])


_activity, _subject = table(Activity), table(Subject)
_NO = sa.bindparam("_no", type_=sa.BigInteger)
_LINK = constant(
    sa.update(_subject)
    .where(scope(Subject), _subject.c.no == _NO)
    .values(
        member=sa.bindparam("_member", type_=sa.Integer),
        fact_version=sa.bindparam("_version", type_=sa.Integer),
    )
)
_THEIRS = constant(LOG.where(_activity.c.subject == _NO, _activity.c.retracted.is_(False)))
