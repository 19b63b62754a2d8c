"""What the rest of knowledge says of something that can be found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.knowledge.rules import Visibility
from services.knowledge.search.rules import Found


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that can be found, as it is to be found from now on.

    `text` is plain. `parent_id` is the question of an answer. `trusted` comes first among equals
    (verified, accepted), `outdated` last (stale, deprecated, no longer valid); then `fresh_at` decides: when
    it was written or last found right.
    """

    id: UUID
    kind: Found
    title: str
    text: str
    tags: Sequence[str]
    language: str
    visibility: Visibility
    requires: str | None
    fresh_at: datetime
    trusted: bool = False
    outdated: bool = False
    slug: str | None = None
    parent_id: UUID | None = None
