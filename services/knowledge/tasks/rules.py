"""What a task can be about, and how it ends."""

from collections.abc import Mapping
from enum import StrEnum


class TaskKind(StrEnum):
    REASSIGN = "reassign"
    """The owner left: the article needs another one."""
    VERIFY = "verify"
    """Feedback says something about the article: somebody should read it again."""
    DRAFT = "draft"
    """An inquiry was solved: its answer may be worth an article."""


class TaskState(StrEnum):
    OPEN = "open"
    DONE = "done"
    DISMISSED = "dismissed"


class TaskVerb(StrEnum):
    DONE = "done"
    DISMISS = "dismiss"


MOVES: Mapping[TaskState, Mapping[TaskVerb, TaskState]] = {
    TaskState.OPEN: {TaskVerb.DONE: TaskState.DONE, TaskVerb.DISMISS: TaskState.DISMISSED},
    TaskState.DONE: {},
    TaskState.DISMISSED: {},
}
