"""Settle tasks: POST /knowledge-tasks/{id}/done, /dismiss -> once, and open no more."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.knowledge.tasks.find import TaskView
from services.knowledge.tasks.models import Task
from services.knowledge.tasks.rules import MOVES, TaskVerb
from shared.identity import Actor
from shared.problems import InvalidTransition
from shared.route import Router, Write
from shared.store import Tx, constant, scope

router = Router(tags=["knowledge tasks"])

_PATH = "/v1/communities/{community_id}/knowledge-tasks/{task_id}"


async def settle(tx: Tx, _actor: Actor, task_id: UUID, verb: TaskVerb) -> Task:
    """It was seen to, or need not be."""
    task = await tx.one(HOLD_TASK, {"task_id": task_id})
    moves = MOVES[task.state]
    if verb not in moves:
        raise InvalidTransition(state=task.state.value, allowed=[each.value for each in moves])
    tx.audit(f"task.{verb.value}", task_id)
    return await tx.update(Task, task_id, state=moves[verb], closed_at=tx.now, updated_at=tx.now)


HOLD_TASK = constant(
    select(Task).where(scope(Task), col(Task.id) == sa.bindparam("task_id")).with_for_update()
)


@router.post(f"{_PATH}/done", allows="task.manage")
async def post_knowledge_task_done(
    community_id: UUID,  # noqa: ARG001 - the tenant of the write
    task_id: UUID,
    write: Write,
) -> TaskView:
    return await write(settle, task_id, TaskVerb.DONE)


@router.post(f"{_PATH}/dismiss", allows="task.manage")
async def post_knowledge_task_dismiss(
    community_id: UUID,  # noqa: ARG001 - the tenant of the write
    task_id: UUID,
    write: Write,
) -> TaskView:
    return await write(settle, task_id, TaskVerb.DISMISS)
