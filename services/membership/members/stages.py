"""Follow the journey: MemberStageChanged -> the stage metrics last saw -> found by it, shown to the team."""

import sqlalchemy as sa
from sqlmodel import col

from services.membership.members.rules import MemberState, Stage
from services.membership.models import Member
from shared.consumers import Consumers
from shared.contracts.announced import MemberStageChanged
from shared.store import Tx, constant, scope

consumers = Consumers()

TO_STAGE = constant(
    sa.update(Member)
    .where(
        scope(Member),
        col(Member.id) == sa.bindparam("member"),
        col(Member.state) != MemberState.ERASED,
        col(Member.stage_version) < sa.bindparam("newest", type_=sa.Integer()),
    )
    .values(
        stage=sa.bindparam("now_at", type_=Member.__table__.c.stage.type),  # type: ignore[attr-defined]
        stage_since=sa.bindparam("at", type_=Member.__table__.c.stage_since.type),  # type: ignore[attr-defined]
        stage_version=sa.bindparam("newest", type_=sa.Integer()),
    )
)


@consumers.on(MemberStageChanged)
async def follow(tx: Tx, fact: MemberStageChanged) -> None:
    """Take over the stage, unless something newer is known; it is no change of the member's own."""
    told = {"member": fact.member_id, "now_at": Stage(fact.stage), "at": fact.since}
    await tx.execute(TO_STAGE, told | {"newest": fact.aggregate_version})
