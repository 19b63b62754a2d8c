"""Supersede a promise: POST /promises/{id}/supersede -> an open one in its place -> PromiseSuperseded."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.models import Promise
from services.membership.promises import rules
from services.membership.promises.find import PromiseView, shown
from services.membership.promises.rules import Step
from services.membership.promises.steps import go
from shared.identity import Actor
from shared.problems import Conflict, NotFound, Unprocessable
from shared.route import Command, Router, Write
from shared.store import Tx, constant, scope

router = Router(tags=["promises"])


class SupersedePromise(Command):
    """The promise that takes its place."""

    by: UUID


class SuccessorUnknown(Unprocessable):
    title = "No such promise to take its place"


class SupersedesItself(Unprocessable):
    title = "A promise cannot take its own place"


class SuccessorToOthers(Unprocessable):
    """What is owed to somebody is not settled by what is promised to somebody else."""

    title = "The other promise is made to somebody else"


class SuccessorSettled(Conflict):
    """Only what can still be kept takes a promise's place, so that no circle of them ever closes."""

    title = "The other promise is settled itself"


HOLD_BOTH = constant(
    select(Promise)
    .where(scope(Promise), col(Promise.id).in_(sa.bindparam("ids", expanding=True)))
    .order_by(col(Promise.id))
    .with_for_update(key_share=True)
)
"""Both rows in one order, so that two who supersede each other's promise at once wait and do not deadlock."""


async def supersede(
    tx: Tx, _actor: Actor, _community_id: UUID, promise_id: UUID, command: SupersedePromise
) -> PromiseView:
    """Put another promise in its place."""
    rows = {row.id: row for row in await tx.all(HOLD_BOTH, {"ids": [promise_id, command.by]})}
    if promise_id not in rows:
        raise NotFound
    if command.by == promise_id:
        raise SupersedesItself
    successor = rows.get(command.by)
    if successor is None:
        raise SuccessorUnknown
    if (successor.to_kind, successor.to_id) != (rows[promise_id].to_kind, rows[promise_id].to_id):
        raise SuccessorToOthers
    standing = rules.standing(successor.state, successor.due_at, successor.breaks_at, tx.now)
    if standing not in rules.PENDING:
        raise SuccessorSettled(state=standing.value)
    superseded = await go(
        tx,
        rows[promise_id],
        Step.SUPERSEDE,
        tx.now,
        superseded_by=command.by,
        telling={"successor_id": command.by},
    )
    tx.audit("promise.supersede", promise_id)
    return shown(superseded)


@router.post("/v1/communities/{community_id}/promises/{promise_id}/supersede", allows="promise.manage")
async def post_supersede(
    community_id: UUID, promise_id: UUID, command: SupersedePromise, write: Write
) -> PromiseView:
    return await write(supersede, community_id, promise_id, command)
