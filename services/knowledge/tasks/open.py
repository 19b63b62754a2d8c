"""Open a task: what other services told -> one Task for each cause."""

from typing import Any
from uuid import UUID

from services.knowledge.tasks.models import Task
from services.knowledge.tasks.rules import TaskKind, TaskState
from shared.ids import derived_id
from shared.store import Tx


async def open_task(
    tx: Tx, kind: TaskKind, *, cause_id: UUID, article_id: UUID | None = None, topic_id: UUID | None = None
) -> None:
    """Somebody should see to it, once for each cause: what was dismissed is not opened again.

    Its id follows from kind, cause and article, so that two who open it at once open one.
    """
    if tx.community_id is None:
        return
    row: dict[str, Any] = {
        "id": derived_id(tx.community_id, f"{kind.value}:{cause_id}:{article_id}"),
        "community_id": tx.community_id,
        "kind": kind,
        "cause_id": cause_id,
        "article_id": article_id,
        "topic_id": topic_id,
        "state": TaskState.OPEN,
        "created_at": tx.now,
        "updated_at": tx.now,
    }
    await tx.execute(tx.upsert(Task).on_conflict_do_nothing(), row)
