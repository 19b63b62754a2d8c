"""Find tasks: GET /knowledge-tasks -> what somebody should see to, oldest first."""

from uuid import UUID

from pydantic import AwareDatetime
from sqlmodel import col, select

from services.knowledge.tasks.models import Task
from services.knowledge.tasks.rules import TaskKind, TaskState
from shared.identity import Actor
from shared.route import Cursor, Limit, Page, Read, Router, View
from shared.store import Tx, scope

router = Router(tags=["knowledge tasks"])


class TaskView(View):
    """Something to see to, because of `cause_id`: the member who left, the feedback, the inquiry, whose
    conversation is `topic_id`."""

    id: UUID
    community_id: UUID
    kind: TaskKind
    cause_id: UUID
    article_id: UUID | None
    topic_id: UUID | None
    state: TaskState
    created_at: AwareDatetime
    updated_at: AwareDatetime
    closed_at: AwareDatetime | None


async def tasks_of(
    tx: Tx,
    _actor: Actor,
    _community_id: UUID,
    state: TaskState | None,
    kind: TaskKind | None,
    limit: int,
    cursor: str | None,
) -> Page[Task]:
    """Tasks in the order they came up."""
    statement = select(Task).where(scope(Task))
    if state is not None:
        statement = statement.where(col(Task.state) == state)
    if kind is not None:
        statement = statement.where(col(Task.kind) == kind)
    return await tx.page(statement, by=(Task.created_at, Task.id), limit=limit, cursor=cursor)


@router.get("/v1/communities/{community_id}/knowledge-tasks", allows="task.manage")
async def get_knowledge_tasks(
    community_id: UUID,
    read: Read,
    state: TaskState | None = None,
    kind: TaskKind | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[TaskView]:
    return await read(tasks_of, community_id, state, kind, limit, cursor)
