"""Let go of what was promised to somebody who is gone: nobody is left to keep it to, and no words stay."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.models import Promise
from services.membership.promises import rules
from services.membership.promises.rules import PENDING, Step
from services.membership.promises.steps import take
from shared.store import Tx, constant, scope

_RECIPIENT: Any = sa.bindparam("recipient", type_=Promise.__table__.c.to_id.type)  # type: ignore[attr-defined]
_TO_THEM = (scope(Promise), col(Promise.to_id) == _RECIPIENT)
OWED = constant(
    select(Promise)
    .where(*_TO_THEM, col(Promise.state).in_(PENDING))
    .order_by(col(Promise.id))
    .with_for_update(key_share=True)
)
FORGET_WORDS: Any = constant(
    sa.update(Promise).where(*_TO_THEM).values(text=None, evidence=[], reason=None, apology=None)
)


async def let_go(tx: Tx, recipient: UUID) -> None:
    """Release what could still be kept, write down what was broken by now, and forget what was said."""
    for promise in await tx.all(OWED, {"recipient": recipient}):
        owed = rules.by_the_clock(promise.state, promise.due_at, promise.breaks_at, tx.now)
        pending = rules.standing(promise.state, promise.due_at, promise.breaks_at, tx.now) in PENDING
        await take(tx, promise, [*owed, (Step.RELEASE, tx.now)] if pending else owed)
    await tx.execute(FORGET_WORDS, {"recipient": recipient})
