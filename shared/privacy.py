"""What a service does for a person's rights: hand out what it holds, and erase it for good.

ErasureRequested -> tombstones, at once -> the service's own erasure, chunk by chunk, by the clock -> nothing
of it left in the files -> ErasureCompleted, once. It survives a kill at any point, and a restore.

A service's `privacy.py` is a slice as any other:

    privacy = Privacy(receipt=ErasureCompleted, covers=(Topic, Post), keeps={Channel: "names no person"})
    router, consumers, jobs = privacy.router, privacy.consumers, privacy.jobs

    @privacy.erases
    async def erase(tx: Tx, subject: DataSubject) -> dict[str, int]: ...
    @privacy.exports
    async def export(tx: Tx, subject: DataSubject, after: str | None) -> Piece: ...

Both may be given several times (a folder per aggregate): all erase in every chunk, exports are joined.
`covers` are the tables with personal columns that `erase` takes care of, `keeps` those it leaves and why.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from shared.consumers import Consumers
from shared.facts import ErasureReceipt
from shared.jobs import Jobs
from shared.problems import Forbidden
from shared.route import Router
from shared.store import Tx

RETAINED = ("audit_trail", "facts")
"""Why ids stay for a while: the log of who did what, and facts that were told."""


class PersonErased(Forbidden):
    title = "This person was erased"


@dataclass(frozen=True)
class DataSubject:
    """The person a request is about, by the ids services know them under in one community."""

    community_id: UUID
    member_ids: tuple[UUID, ...]
    identity_ids: tuple[UUID, ...]
    person_id: UUID | None


@dataclass(frozen=True)
class Piece:
    """A part of an export: rows by table, and where the next part begins."""

    items: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    next: str | None = None


Erase = Callable[[Tx, DataSubject], Awaitable[dict[str, int]]]
Export = Callable[[Tx, DataSubject, str | None], Awaitable[Piece]]


class Privacy:
    """What one service holds about people: its erasure, its export, and what it keeps for a reason."""

    def __init__(
        self,
        *,
        receipt: type[ErasureReceipt],
        covers: Sequence[type[Any]] = (),
        keeps: Mapping[type[Any], str] | None = None,
        retains: Sequence[str] = RETAINED,
    ) -> None:
        self.receipt = receipt
        self.covers = tuple(covers)
        self.keeps = dict(keeps or {})
        self.retains = list(retains)
        self.router = Router(tags=["internal"])
        self.consumers = Consumers()
        self.jobs = Jobs()
        self._erasers: list[Erase] = []
        self._exporters: list[Export] = []

    def erases(self, erase: Erase) -> Erase:
        """Remove or anonymise a few hundred of the subject's rows; called until all counts are zero."""
        self._erasers.append(erase)
        return erase

    def exports(self, export: Export) -> Export:
        """Hand out a few hundred of the subject's rows after `after`; called until `next` is None."""
        self._exporters.append(export)
        return export


async def erased(tx: Tx, id: UUID) -> bool:
    """Whether this member, identity or person of the transaction's community was erased."""
    raise NotImplementedError


async def erased_among(tx: Tx, ids: Sequence[UUID]) -> set[UUID]:
    """Those of `ids` that were erased in the transaction's community."""
    raise NotImplementedError


async def refuse_erased(tx: Tx, *ids: UUID | None) -> None:
    """Raise `PersonErased` when one of these members, identities or persons was erased."""
    if await erased_among(tx, [each for each in ids if each is not None]):
        raise PersonErased
