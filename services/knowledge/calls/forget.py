"""What becomes of the calls somebody opened, claimed or fulfilled when they are erased: nobody did."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from services.knowledge.calls.rules import CallState
from services.knowledge.models import ContributionCall
from services.knowledge.traces import MEMBERS
from shared.contracts.knowledge import CallChanged, CallReleased
from shared.data_subjects import DataSubject, parameters_of
from shared.store import Tx, constant, scope

AT_ONCE = 20


async def forget_calls(tx: Tx, subject: DataSubject) -> dict[str, int]:
    """Some of them lose who they were, and how they put it; what they claimed is open to others."""
    rows = await tx.all(THEIRS, parameters_of(subject))
    for call in rows:
        changes: dict[str, Any] = {}
        if call.opened_by in subject.member_ids:
            changes |= {"opened_by": None, "description": None}
        if call.fulfilled_by in subject.member_ids:
            changes["fulfilled_by"] = None
        released = False
        if call.claimed_by in subject.member_ids:
            changes |= {"claimed_by": None, "claimed_at": None}
            released = call.state is CallState.CLAIMED
        if released:
            changes["state"] = CallState.OPEN
        await tx.lock(ContributionCall, call.id, **changes)
        fact = CallReleased if released else CallChanged
        tx.publish(fact(community_id=call.community_id, call_id=call.id))
    return {"contribution_call": len(rows)} if rows else {}


THEIRS = constant(
    select(ContributionCall)
    .where(
        scope(ContributionCall),
        sa.or_(
            col(ContributionCall.opened_by).in_(MEMBERS),
            col(ContributionCall.claimed_by).in_(MEMBERS),
            col(ContributionCall.fulfilled_by).in_(MEMBERS),
        ),
    )
    .order_by(col(ContributionCall.id))
    .limit(AT_ONCE)
    .with_for_update(key_share=True)
)
