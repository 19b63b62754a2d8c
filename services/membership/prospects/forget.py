"""Forget prospects: POST /prospects/{id}/withdraw, 18 months of silence -> erased -> the fact of either."""

from contextlib import suppress
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.communities.demand import settle
from services.membership.communities.interest import WITHDRAW
from services.membership.models import HOLD_COMMUNITY, Consent, Prospect
from services.membership.promises.let_go import let_go
from services.membership.prospects import rules
from services.membership.prospects.agree import withdraw_consents
from services.membership.prospects.courting import take
from services.membership.prospects.find import ProspectView, prospect_of
from services.membership.prospects.invite import REVOKE
from services.membership.prospects.rules import ProspectVerb
from shared.contracts.membership import ProspectExpired, ProspectWithdrawn
from shared.identity import Actor, service_actor
from shared.jobs import Jobs
from shared.problems import Conflict
from shared.route import Router, Write
from shared.store import Context, Store, Tx, across, constant, scope

router = Router(tags=["prospects"])
jobs = Jobs()

LOOK_SECONDS = 60.0
NOTHING: dict[str, Any] = {
    "contact": None,
    "name": None,
    "notes": None,
    "interests": [],
    "need_refs": [],
    "forgotten_at": None,
}
"""What is left of them but for where they came from, and the digest of who withdrew."""
_MOMENT = Prospect.__table__.c.forgotten_at.type  # type: ignore[attr-defined]
SILENT = constant(
    across(
        select(Prospect)
        .where(
            col(Prospect.forgotten_at) <= sa.bindparam("now", type_=_MOMENT),
            col(Prospect.state).in_(rules.LIVING),
        )
        .order_by(col(Prospect.forgotten_at))
        .limit(200),
        why="the clock looks at every community",
    )
)

FORGET_PROOF = constant(
    sa.update(Consent)
    .where(scope(Consent), col(Consent.subject_id) == sa.bindparam("subject"))
    .values(proof=sa.bindparam("nothing", type_=Consent.__table__.c.proof.type))  # type: ignore[attr-defined]
)


class SpokenTo(Conflict):
    title = "Contacted, withdrawn or joined meanwhile"


async def _erase(tx: Tx, community_id: UUID, prospect_id: UUID, verb: ProspectVerb, **more: Any) -> None:
    """Take the prospect out of the demand and out of reach: no contact, no consent, nothing owed."""
    await settle(tx, community_id)
    await take(tx, prospect_id, verb, **NOTHING, **more)
    await withdraw_consents(tx, prospect_id)
    await tx.execute(FORGET_PROOF, {"subject": prospect_id, "nothing": {}})
    await tx.execute(WITHDRAW, {"parties": [prospect_id], "now": tx.now})
    await let_go(tx, prospect_id)
    await settle(tx, community_id)


async def withdraw(tx: Tx, actor: Actor, community_id: UUID, prospect_id: UUID) -> ProspectView:
    """They want to hear no more; the digest of their contact stays, so that no list brings them back."""
    await tx.one(HOLD_COMMUNITY)
    await tx.execute(REVOKE, {"invited": prospect_id, "now": tx.now})
    await _erase(tx, community_id, prospect_id, ProspectVerb.WITHDRAW)
    tx.publish(ProspectWithdrawn(community_id=community_id, prospect_id=prospect_id))
    tx.audit("prospect.withdraw", prospect_id)
    return await prospect_of(tx, actor, prospect_id)


@jobs.every(seconds=LOOK_SECONDS)
async def forget_silent(store: Store) -> None:
    """Erase whom nobody contacted for 18 months, each exactly once."""
    while silent := await store.read(_silent, Context()):
        for each in silent:
            context = Context(actor=service_actor("membership"), community_id=each.community_id)
            with suppress(SpokenTo):
                await store.write(partial(_expire, prospect_id=each.id), context)


async def _silent(tx: Tx) -> list[Prospect]:
    return await tx.all(SILENT, {"now": tx.now})


async def _expire(tx: Tx, prospect_id: UUID) -> None:
    community = await tx.one(HOLD_COMMUNITY)
    await tx.execute(REVOKE, {"invited": prospect_id, "now": tx.now})
    due = await tx.lock(Prospect, prospect_id, facts=0)
    if due.forgotten_at is None or due.forgotten_at > tx.now or due.state not in rules.LIVING:
        raise SpokenTo
    await _erase(tx, community.id, prospect_id, ProspectVerb.EXPIRE, contact_digest=None)
    tx.publish(ProspectExpired(community_id=community.id, prospect_id=prospect_id))


@router.post("/v1/communities/{community_id}/prospects/{prospect_id}/withdraw", allows="prospect.manage")
async def post_prospect_withdraw(community_id: UUID, prospect_id: UUID, write: Write) -> ProspectView:
    return await write(withdraw, community_id, prospect_id)
