"""What a person asked of us, as every service that holds something of theirs must hear it."""

from typing import ClassVar
from uuid import UUID

from shared.facts import ErasureReceipt, Fact


class ErasureRequested(Fact):
    """Forget somebody: everything under these ids goes, and nothing may come back under them."""

    owner: ClassVar[str] = "membership"
    aggregate: ClassVar[str] = "data_request"
    key: ClassVar[str] = "request_id"

    community_id: UUID
    request_id: UUID
    member_ids: list[UUID]
    identity_ids: list[UUID]
    person_ids: list[UUID]


class ErasureCompleted(ErasureReceipt):
    """Membership holds nothing more of the person an erasure was about."""

    owner: ClassVar[str] = "membership"
