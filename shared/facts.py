"""The fact: what happened, as other services hear it. Ids, enums and counts; never text about people."""

import re
from datetime import datetime
from typing import Any, ClassVar, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.clock import now
from shared.ids import uuid7

STREAM = "GUILDHALL"
PAYLOAD_LIMIT_BYTES = 64_000

ActorKind = Literal["member", "person", "key", "service", "import"]


class ActorRef(BaseModel):
    """Who did it: a member's or key's id, or the name of a service."""

    model_config = ConfigDict(frozen=True)
    kind: ActorKind
    id: str


class Fact(BaseModel):
    """Strict when built, tolerant when read: `parse` ignores members it does not know.

    `key` names the field that holds the aggregate's id. `occurred_at` is the time in the community, which for
    imported history lies in the past. The transaction that publishes the fact sets the other envelope fields.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    owner: ClassVar[str]
    aggregate: ClassVar[str]
    key: ClassVar[str]
    version: ClassVar[int] = 1
    fact_name: ClassVar[str]
    _prefix: ClassVar[str]

    fact_id: UUID = Field(default_factory=uuid7)
    occurred_at: datetime = Field(default_factory=now)
    community_id: UUID | None
    actor: ActorRef | None = None
    aggregate_version: int = 0
    correlation_id: str | None = None
    causation_id: UUID | None = None

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls.fact_name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()
        cls._prefix = f"guildhall.{getattr(cls, 'owner', '')}.{cls.fact_name}.v{cls.version}"

    @property
    def aggregate_id(self) -> UUID:
        """The aggregate this fact belongs to; its facts arrive in the order of `aggregate_version`."""
        value: UUID = getattr(self, self.key)
        return value

    @property
    def subject(self) -> str:
        """`guildhall.<owner>.<fact>.v<n>.<community_id>`, `_` where there is no community."""
        return f"{self._prefix}.{self.community_id or '_'}"

    @classmethod
    def prefix(cls) -> str:
        """The subject without its community."""
        return cls._prefix

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """The fact in `payload`, unknown members ignored; ValueError when it is none."""
        return cls.model_validate_json(payload, extra="ignore")


class ErasedRows(BaseModel):
    """How many rows of a table an erasure removed or made nobody's."""

    model_config = ConfigDict(frozen=True)

    table: str
    rows: int


class ErasureReceipt(Fact):
    """What every service's `ErasureCompleted` says; one for each request and community, however often asked.

    `retained` names why something stayed: `audit_trail` (ids of who did what), `facts` (ids, until they
    expire), `statistics` (counts of nobody in particular).
    """

    aggregate: ClassVar[str] = "erasure_receipt"
    key: ClassVar[str] = "receipt_id"

    receipt_id: UUID
    request_id: UUID
    erased: list[ErasedRows]
    retained: list[str]
