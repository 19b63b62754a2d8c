"""What was promised, and what became of it."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from shared.facts import Fact


class _PromiseFact(Fact):
    """A fact of the aggregate `promise`; `to_id` is whom, or what it was about, by `to_kind`."""

    owner: ClassVar[str] = "membership"
    aggregate: ClassVar[str] = "promise"
    key: ClassVar[str] = "promise_id"

    community_id: UUID
    promise_id: UUID
    to_kind: Literal["prospect", "member", "feedback", "inquiry", "partner", "community", "conflict"]
    to_id: UUID


class PromiseMade(_PromiseFact):
    """Something was promised: until `due_at`, or until the named fact happens, or both."""

    due_at: datetime | None
    on_event: str | None
    grace_hours: int
    owner_member_id: UUID | None


class PromiseChanged(_PromiseFact):
    """Somebody else answers for it, it is shown to others, or its evidence changed; its words never do."""


class PromiseKept(_PromiseFact):
    """It was kept in time; by `evidence_fact_id` where a fact did it."""

    evidence_fact_id: UUID | None


class PromiseLate(_PromiseFact):
    """Its time has passed; `occurred_at` is when that was."""


class PromiseKeptLate(_PromiseFact):
    """It was kept after its time, within the grace; by `evidence_fact_id` where a fact did it."""

    evidence_fact_id: UUID | None


class PromiseBroken(_PromiseFact):
    """The grace has passed, too; `occurred_at` is when that was. Told once."""


class PromiseReleased(_PromiseFact):
    """Who was promised it no longer asks for it."""


class PromiseSuperseded(_PromiseFact):
    """Another promise takes its place."""

    successor_id: UUID


class PromiseApologised(_PromiseFact):
    """Somebody owned up to having broken it."""
