"""One step of a promise's life, with what the clock owes before it: one write, a fact for each step."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.membership.models import HOLD_PROMISE, Promise
from services.membership.promises import rules
from services.membership.promises.rules import PromiseState, Step
from shared.contracts.membership import (
    PromiseApologised,
    PromiseBroken,
    PromiseKept,
    PromiseKeptLate,
    PromiseLate,
    PromiseReleased,
    PromiseSuperseded,
)
from shared.problems import InvalidTransition
from shared.store import Tx

FACTS: dict[PromiseState, Any] = {
    PromiseState.LATE: PromiseLate,
    PromiseState.BROKEN: PromiseBroken,
    PromiseState.KEPT: PromiseKept,
    PromiseState.KEPT_LATE: PromiseKeptLate,
    PromiseState.RELEASED: PromiseReleased,
    PromiseState.SUPERSEDED: PromiseSuperseded,
    PromiseState.APOLOGISED: PromiseApologised,
}


async def take(
    tx: Tx,
    promise: Promise,
    steps: Sequence[tuple[Step, datetime]],
    *,
    telling: dict[str, Any] | None = None,
    **changes: Any,
) -> Promise:
    """Go these steps and tell of each as of its moment; `telling` is what the last fact says besides.

    The caller holds the row.
    """
    states: list[tuple[PromiseState, datetime]] = []
    state = promise.state
    for step, at in steps:
        following = rules.after(state, step)
        if following is None:
            raise InvalidTransition(state=state.value, allowed=rules.verbs(state))
        state = following
        states.append((state, at))
    settled = [at for reached, at in states if reached not in rules.PENDING]
    if settled and promise.settled_at is None:
        changes["settled_at"] = settled[0]
    after = await tx.lock(
        Promise,
        promise.id,
        facts=len(steps),
        state=state,
        clock_at=rules.clock_at(state, promise.due_at, promise.breaks_at),
        **changes,
    )
    for reached, at in states:
        fact = FACTS[reached]
        told = {name: value for name, value in (telling or {}).items() if name in fact.model_fields}
        tx.publish(
            fact(
                community_id=promise.community_id,
                promise_id=promise.id,
                to_kind=promise.to_kind.value,
                to_id=promise.to_id,
                occurred_at=at,
                **told,
            )
        )
    return after


async def held(tx: Tx, promise_id: UUID) -> Promise:
    """The promise, nobody else's to change until commit."""
    return await tx.one(HOLD_PROMISE, {"promise_id": promise_id})


async def go(tx: Tx, promise: Promise, step: Step, at: datetime, **changes: Any) -> Promise:
    """Go `step` as of `at`, after what the clock owes by then; `InvalidTransition` where that is too late."""
    owed = rules.by_the_clock(promise.state, promise.due_at, promise.breaks_at, at)
    return await take(tx, promise, [*owed, (step, at)], **changes)
