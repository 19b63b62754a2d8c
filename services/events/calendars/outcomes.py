"""Where a calendar comes from, and what became of what it says."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.events.calendars.drafts import Draft
from shared.ids import derived_id


class Outcome(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one component; `reason` says why it was refused, or what of it was not taken."""

    index: int
    ref: str
    id: UUID | None
    outcome: Outcome
    reason: str | None


class NotTaken(Exception):
    """Understood, and yet not taken; the text says why."""


def revision(mark: str | None) -> int:
    """The SEQUENCE it last had in its calendar, which is not the one it has here."""
    return int(mark.partition(":")[0]) if mark else 0


@dataclass(frozen=True, slots=True)
class Source:
    """A calendar as it is known here: everything in it has an id of its own that follows from its UID."""

    community_id: UUID
    name: str
    group_id: UUID | None
    formats: dict[str, UUID] = field(default_factory=dict)

    def event_id(self, uid: str) -> UUID:
        return derived_id(self.community_id, f"calendar event:{self.name}:{uid}")

    def series_id(self, uid: str) -> UUID:
        return derived_id(self.community_id, f"calendar series:{self.name}:{uid}")

    def occurrence_id(self, uid: str, local: str) -> UUID:
        """The event of an occurrence that is not as its series says, by its local start."""
        return derived_id(self.series_id(uid), local)

    def mark(self, draft: Draft) -> str:
        """What an event or series was last taken as: the SEQUENCE it had in its calendar, and its content."""
        return f"{draft.sequence}:{draft.digest(group=self.group_id)[:50]}"

    def columns(self, draft: Draft) -> dict[str, Any]:
        """What is said of an event or a series, as both keep it."""
        known = [self.formats[word] for word in draft.categories if word in self.formats]
        return {
            "title": draft.title,
            "description": draft.description,
            "format_id": known[0] if known else None,
            "group_id": self.group_id,
            "sequence": draft.sequence,
            "source_hash": self.mark(draft),
        }
