"""What the gateway tells the others: which programs may call in their own name."""

from typing import ClassVar
from uuid import UUID

from shared.facts import ErasureReceipt, Fact


class _ClientFact(Fact):
    owner: ClassVar[str] = "gateway"
    aggregate: ClassVar[str] = "client"
    key: ClassVar[str] = "client_id"

    client_id: UUID


class ClientCreated(_ClientFact):
    """A program got an API key."""


class ClientRotated(_ClientFact):
    """A program got a new API key in place of the one before."""


class ClientRevoked(_ClientFact):
    """A program's API keys are worth nothing any more."""


class ErasureCompleted(ErasureReceipt):
    """The gateway holds nothing more of the person an erasure was about."""

    owner: ClassVar[str] = "gateway"
