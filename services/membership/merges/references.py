"""Move what refers to a member and can refer to another one, and give it back.

Only the references that went over return, and only where they still refer to the survivor. A row that would
say the same twice, and consents to what the survivor has spoken on, stay with the merged member. There are
no facts: `MergeApplied` says that what concerned the merged member concerns the survivor, `MergeReverted`
that it does so no more.
"""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col

from services.membership.leaders.models import LeaderApplication
from services.membership.leaders.rules import LeaderState
from services.membership.merges.pairs import Pair
from services.membership.models import (
    Block,
    Consent,
    Invitation,
    InvitationUse,
    Promise,
    Prospect,
    Stakeholder,
)
from shared.store import Tx, constant, scope

AT_ONCE = 1000
"""Rows changed by one statement."""

_SURVIVOR: Any = sa.bindparam("survivor", type_=Block.__table__.c.blocker_id.type)  # type: ignore[attr-defined]
_OPEN = (LeaderState.APPLIED, LeaderState.REVIEWING, LeaderState.ACCEPTED)


class Reference:
    """A column `holder` that names members; `key` tells its rows apart, `stays` which do not go over."""

    def __init__(
        self, model: type[Any], holder: str, key: str = "id", stays: sa.ColumnElement[bool] | None = None
    ) -> None:
        self.name = f"{model.__tablename__}.{holder}"
        named, told = getattr(model, holder), getattr(model, key)
        of: Any = sa.bindparam("of", type_=named.type)
        theirs = sa.select(told.label("key")).where(scope(model), named == of)
        self._theirs = constant(theirs if stays is None else theirs.where(sa.not_(stays)))
        these = told.in_(sa.bindparam("keys", type_=told.type, expanding=True))
        self._change = constant(
            sa.update(model)
            .where(scope(model), named == of, these)
            .values({holder: sa.bindparam("to", type_=named.type)})
        )

    async def move(self, tx: Tx, pair: Pair) -> list[str]:
        """Have the survivor referred to; the keys of the rows."""
        rows: list[Any] = await tx.all(self._theirs, {"of": pair.merged.id, "survivor": pair.survivor.id})
        keys = [row.key for row in rows]
        await self._refer(tx, keys, pair.merged.id, pair.survivor.id)
        return [str(key) for key in keys]

    async def give_back(self, tx: Tx, pair: Pair, keys: list[str]) -> None:
        """Have the merged member referred to again."""
        await self._refer(tx, [UUID(key) for key in keys], pair.survivor.id, pair.merged.id)

    async def _refer(self, tx: Tx, keys: list[UUID], of: UUID, to: UUID) -> None:
        for start in range(0, len(keys), AT_ONCE):
            await tx.execute(self._change, {"keys": keys[start : start + AT_ONCE], "of": of, "to": to})


def _has(model: type[Any], holder: str, *same: str) -> sa.ColumnElement[bool]:
    """Whether the survivor has a row of the same values."""
    other: Any = aliased(model)
    alike = [getattr(other, name) == getattr(model, name) for name in same]
    return (
        sa.select(sa.literal(1))
        .where(other.community_id == model.community_id, getattr(other, holder) == _SURVIVOR, *alike)
        .exists()
    )


_other: Any = aliased(LeaderApplication)
_LEADS = (
    sa.select(sa.literal(1))
    .where(
        _other.community_id == LeaderApplication.community_id,
        _other.member_id == _SURVIVOR,
        _other.state.in_(_OPEN),
    )
    .exists()
)

REFERENCES = (
    Reference(Invitation, "member_id"),
    Reference(InvitationUse, "member_id", "invitation_id", _has(InvitationUse, "member_id", "invitation_id")),
    Reference(Prospect, "member_id"),
    Reference(Promise, "to_id"),
    Reference(Promise, "owner_member_id"),
    Reference(Stakeholder, "member_id"),
    Reference(Consent, "subject_id", stays=_has(Consent, "subject_id", "purpose")),
    Reference(LeaderApplication, "member_id", stays=sa.and_(col(LeaderApplication.state).in_(_OPEN), _LEADS)),
    Reference(LeaderApplication, "sponsor_id", stays=col(LeaderApplication.member_id) == _SURVIVOR),
    Reference(
        Block,
        "blocker_id",
        "blocked_id",
        sa.or_(col(Block.blocked_id) == _SURVIVOR, _has(Block, "blocker_id", "blocked_id")),
    ),
    Reference(
        Block,
        "blocked_id",
        "blocker_id",
        sa.or_(col(Block.blocker_id) == _SURVIVOR, _has(Block, "blocked_id", "blocker_id")),
    ),
)
"""Every column of membership that names a member who may be merged, besides what `moves` treats by itself.

The demographic answers, wishes for a community and provisioned attributes of the merged member stay: the
first are voluntary and sealed for one member, the second follow `merged_into`, the third are the identity
provider's.
"""
