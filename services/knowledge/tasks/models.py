"""Tasks: what somebody should see to, because of what other services told."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from services.knowledge.tables import Base
from services.knowledge.tasks.rules import TaskKind, TaskState
from shared.ids import uuid7


class Task(Base, table=True):
    """One thing to see to; `cause_id` (a member, a feedback, an inquiry) brings it about once.

    `topic_id` is the conversation an inquiry was solved in."""

    __tablename__ = "task"
    __table_args__ = (
        UniqueConstraint("community_id", "kind", "cause_id", "article_id", name="cause"),
        Index("task_state_idx", "community_id", "state", "created_at", "id"),
        Index("task_article_idx", "article_id", "state"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    kind: TaskKind
    cause_id: UUID
    article_id: UUID | None = None
    topic_id: UUID | None = None
    state: TaskState = TaskState.OPEN
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
