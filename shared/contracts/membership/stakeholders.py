"""People whose word counts before something is decided."""

from typing import ClassVar, Literal
from uuid import UUID

from shared.facts import Fact


class _StakeholderFact(Fact):
    """A fact of the aggregate `stakeholder`."""

    owner: ClassVar[str] = "membership"
    aggregate: ClassVar[str] = "stakeholder"
    key: ClassVar[str] = "stakeholder_id"

    community_id: UUID
    stakeholder_id: UUID


class StakeholderAdded(_StakeholderFact):
    """Somebody's word counts from now on."""


class StakeholderChanged(_StakeholderFact):
    """What is known of them changed, or whether their word counts at present."""

    state: Literal["active", "inactive"]
