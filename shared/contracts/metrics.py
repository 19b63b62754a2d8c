"""What metrics tells the others: how members fare, and whom it can no longer tell apart from nobody."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from shared.facts import ErasureReceipt, Fact


class MemberStageChanged(Fact):
    """A member went to another stage of their journey, at `since`."""

    owner: ClassVar[str] = "metrics"
    aggregate: ClassVar[str] = "journey"
    key: ClassVar[str] = "member_id"

    community_id: UUID
    member_id: UUID
    stage: Literal["lurker", "new", "engaged", "contributor", "leader"]
    since: datetime


class ErasureCompleted(ErasureReceipt):
    """Metrics counts what the person did as done by nobody known."""

    owner: ClassVar[str] = "metrics"
