"""Close tasks: what they asked for happened -> done."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, update

from services.knowledge.tasks.models import Task
from services.knowledge.tasks.rules import TaskKind, TaskState
from shared.store import Tx, constant, scope


async def close_tasks(tx: Tx, article_id: UUID, kind: TaskKind) -> None:
    """The open tasks of this kind about the article are done; comes before the index in a handler."""
    await tx.execute(CLOSE, {"article_id": article_id, "kind": kind, "now": tx.now})


_COLUMNS = Task.__table__.c  # type: ignore[attr-defined]
_NOW = sa.bindparam("now", type_=_COLUMNS.closed_at.type)
CLOSE = constant(
    update(Task)
    .where(
        scope(Task),
        col(Task.article_id) == sa.bindparam("article_id", type_=_COLUMNS.article_id.type),
        col(Task.kind) == sa.bindparam("kind", type_=_COLUMNS.kind.type),
        col(Task.state) == TaskState.OPEN,
    )
    .values(state=TaskState.DONE, closed_at=_NOW, updated_at=_NOW)
)
