"""Who wants to lead, and who was let."""

from typing import ClassVar
from uuid import UUID

from shared.facts import Fact


class _LeaderApplicationFact(Fact):
    """A fact of the aggregate `leader_application`."""

    owner: ClassVar[str] = "membership"
    aggregate: ClassVar[str] = "leader_application"
    key: ClassVar[str] = "application_id"

    community_id: UUID
    application_id: UUID
    member_id: UUID


class LeaderApplicationSubmitted(_LeaderApplicationFact):
    """A member asks to lead."""


class LeaderApplicationSponsored(_LeaderApplicationFact):
    """The sponsor they named stands by them."""


class LeaderApplicationReviewed(_LeaderApplicationFact):
    """Somebody began to look into it."""


class LeaderApplicationAccepted(_LeaderApplicationFact):
    """The member leads from now on."""


class LeaderApplicationDeclined(_LeaderApplicationFact):
    """The member was not accepted."""


class LeaderApplicationWithdrawn(_LeaderApplicationFact):
    """The member no longer asks."""


class LeaderApplicationGraduated(_LeaderApplicationFact):
    """The member led, and does no longer."""
