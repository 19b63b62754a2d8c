"""What members are found by, and what of it combines."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.membership.members.rules import MemberState, Stage
from services.membership.roles.rules import Role


@dataclass(frozen=True, slots=True)
class Filters:
    """What to find members by."""

    q: str | None = None
    role: Role | None = None
    group: UUID | None = None
    interest: str | None = None
    state: MemberState | None = None
    stage: Stage | None = None
    joined_from: datetime | None = None
    joined_to: datetime | None = None
    updated_since: datetime | None = None

    def leaders(self) -> int:
        """How many filters want to lead."""
        return sum(each is not None for each in (self.q, self.role, self.group, self.interest))

    def combine(self) -> bool:
        """Whether one index leads to all that is asked for, so that the rest only narrows it."""
        joined = self.joined_from is not None or self.joined_to is not None
        return self.leaders() <= 1 and (self.leaders() == 1 or not joined or self.updated_since is None)

    def may_take_long(self) -> bool:
        """Whether little may be left of much that is found: such a read is not for the event loop."""
        narrowing = (self.state, self.stage, self.joined_from, self.joined_to, self.updated_since)
        return sum(each is not None for each in narrowing) + self.leaders() > 1
