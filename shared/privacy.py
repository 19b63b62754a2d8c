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

from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from time import monotonic
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
import structlog
from pydantic import Field

from shared.consumers import Consumers
from shared.contracts.membership import ErasureRequested
from shared.crash import crashpoint
from shared.data_subjects import DataSubject, Piece, subject_of
from shared.facts import ErasedRows, ErasureReceipt
from shared.identity import Actor, service_actor
from shared.ids import derived_id
from shared.jobs import Jobs
from shared.mentions import Found, look, take_out
from shared.problems import InsufficientStorage, Unavailable
from shared.route import Command, Read, Router, View
from shared.store import Context, Store, Tx, constant, tables
from shared.telemetry import service_name
from shared.tombstones import begin

log = structlog.get_logger("privacy")

RETAINED = ("audit_trail", "facts")
"""Why ids stay for a while: the log of who did what, and facts that were told."""
PENDING_SECONDS = 0.5
TURN_SECONDS = 10.0
"""How long those with nothing left wait for those with much, that the files be rewritten once for all."""
_ERASURE = tables.erasure


class AskedSubject(Command):
    """Whose data is wanted, and from where on."""

    community_id: UUID
    member_ids: Annotated[list[UUID], Field(max_length=500)]
    identity_ids: Annotated[list[UUID], Field(max_length=500)]
    person_ids: Annotated[list[UUID], Field(max_length=500)]
    after: Annotated[str, Field(max_length=500)] | None


class PieceView(View):
    """A part of what this service holds; `next` is null with the last."""

    items: dict[str, list[dict[str, Any]]]
    next: str | None


Erase = Callable[[Tx, DataSubject], Awaitable[dict[str, int]]]
Export = Callable[[Tx, DataSubject, str | None], Awaitable[Piece]]
Step = Callable[[Store, Any], Awaitable[bool]]


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
        self._erasers: list[Erase] = []
        self._exporters: list[Export] = []
        self.consumers = Consumers()
        self.consumers.on(ErasureRequested)(begin)
        self.jobs = Jobs()
        self.jobs.every(seconds=PENDING_SECONDS)(self.carry_on)
        self.router = Router(tags=["internal"])

        @self.router.post("/internal/privacy/export", callers={"membership"})
        async def post_privacy_export(command: AskedSubject, read: Read) -> PieceView:
            return await read(self._exported, command)  # type: ignore[no-any-return]

    def erases(self, erase: Erase) -> Erase:
        """Remove or anonymise a few hundred of the subject's rows; called until all counts are zero."""
        self._erasers.append(erase)
        return erase

    def exports(self, export: Export) -> Export:
        """Hand out a few hundred of the subject's rows after `after`; called until `next` is None."""
        self._exporters.append(export)
        return export

    async def export(self, tx: Tx, subject: DataSubject, after: str | None) -> Piece:
        """The next part of everything; membership calls this about itself."""
        number, _, inner = (after or "0.").partition(".")
        if not number.isdecimal() or int(number) >= len(self._exporters):
            return Piece()
        piece = await self._exporters[int(number)](tx, subject, inner or None)
        if piece.next is not None:
            return Piece(piece.items, f"{number}.{piece.next}")
        following = int(number) + 1
        return Piece(piece.items, f"{following}." if following < len(self._exporters) else None)

    async def _exported(self, tx: Tx, _actor: Actor, command: AskedSubject) -> Piece:
        tx.within(command.community_id)
        return await self.export(tx, subject_of(command.community_id, dict(command)), command.after)

    # -- erasing -----------------------------------------------------------------------------------------

    async def carry_on(self, store: Store) -> None:
        """Bring requested erasures to their end; those that are ready together share one rewriting of files.

        Mentions are looked for when no transaction is left that began before the tombstones: none stores an
        answer behind the search."""
        emptied = await self._empty(store, await store.read(_pending, Context()))
        if not emptied:
            return
        await store.quiesce()
        emptied = await self._empty(store, emptied)
        through = [each for each in emptied if await self._survives(self._sweep, store, each)]
        if any([await store.read(partial(_dirty, request=each), Context()) for each in through]):
            await store.scrub()
        for request in through:
            await self._survives(self._finish, store, request)

    async def _empty(self, store: Store, requests: Sequence[Any]) -> list[Any]:
        """Erase chunk by chunk, in turn; those with nothing left, at the latest when a turn is over."""
        emptied: list[Any] = []
        left, over = deque(requests), monotonic() + TURN_SECONDS
        while left and (monotonic() < over or not emptied):
            request = left.popleft()
            more = await self._survives(self._chunk, store, request)
            if more:
                crashpoint("mid_erasure")
                left.append(request)
            elif more is False:
                emptied.append(request)
        return emptied

    async def _survives(self, step: Step, store: Store, request: Any) -> bool | None:
        """What a step of one erasure says; None when a defect stops it, which is to stop no other."""
        try:
            return await step(store, request)
        except (Unavailable, InsufficientStorage):
            raise  # the database is away: later
        except Exception as error:
            log.exception("erasure_failed", request_id=str(request.request_id), error=type(error).__name__)
            return None

    async def _chunk(self, store: Store, request: Any) -> bool:
        return await store.write(partial(self._erase_some, request=request), _context(request))

    async def _sweep(self, store: Store, request: Any) -> bool:
        """Take out what mentions the subject, page by page; whether that is done."""
        context = _context(request)
        row = await store.read(partial(_unfinished, request=request), context)
        if row is None:
            return False
        ids = [str(each) for each in subject_of(row.community_id, row.subject).ids]
        position: list[str] | None = None
        while position != []:
            found = await store.read(partial(look, subjects=ids, position=position), context, long=True)
            position = found.position
            if found.answers or found.letters or not position:
                await store.write(partial(_take_out, request=request, found=found), context)
        return True

    async def _finish(self, store: Store, request: Any) -> bool:
        await store.write(partial(self._conclude, request=request), _context(request))
        return True

    async def _erase(self, tx: Tx, subject: DataSubject) -> Counter[str]:
        counts: Counter[str] = Counter()
        for erase in self._erasers:
            counts.update(await erase(tx, subject))
        return +counts

    async def _erase_some(self, tx: Tx, request: Any) -> bool:
        """Erase a bounded number of rows; whether there was any. What is found late may be mentioned anew."""
        row = await tx.first(_LOCKED, _key(request))
        if row is None:
            return False
        counts = await self._erase(tx, subject_of(row.community_id, row.subject))
        if counts:
            await _note(tx, row, counts, swept=None)
        return bool(counts)

    async def _conclude(self, tx: Tx, request: Any) -> None:
        """With nothing left: the one receipt and the end; else the next round goes on."""
        if await self._erase_some(tx, request):
            return
        row = await tx.first(_LOCKED, _key(request))
        if row is None or row.swept is None:
            return  # asked again meanwhile
        receipt_id = derived_id(row.request_id, str(row.community_id))
        if not await tx.execute(_TELL_AGAIN, {"_receipt": receipt_id}):
            tx.publish(
                self.receipt(
                    fact_id=derived_id(receipt_id, service_name()),
                    community_id=row.community_id,
                    receipt_id=receipt_id,
                    request_id=row.request_id,
                    erased=[ErasedRows(table=name, rows=rows) for name, rows in sorted(row.erased.items())],
                    retained=self.retains,
                )
            )
        await tx.execute(_FINISHED, _key(request) | {"_now": tx.now})
        log.info("erased", request_id=str(row.request_id), erased=row.erased)


def _context(request: Any) -> Context:
    return Context(actor=service_actor(service_name()), community_id=request.community_id)


async def _unfinished(tx: Tx, request: Any) -> Any:
    return await tx.first(_THIS_ONE, _key(request))


async def _dirty(tx: Tx, request: Any) -> bool:
    row = await tx.first(_THIS_ONE, _key(request))
    return row is not None and bool(row.dirty)


async def _take_out(tx: Tx, request: Any, found: Found) -> None:
    """Remove what was found, and remember with the last that all was looked through."""
    row = await tx.first(_LOCKED, _key(request))
    if row is not None:
        await _note(tx, row, await take_out(tx, found), swept=found.position or [])


def _key(request: Any) -> dict[str, Any]:
    return {"_request": request.request_id, "_community": request.community_id}


async def _note(tx: Tx, row: Any, counts: Mapping[str, int], *, swept: list[str] | None) -> None:
    """Add to what the receipt will say; `swept` is [] when nothing mentions the subject any more."""
    erased = dict(Counter(row.erased) + Counter(counts))
    given = {"_erased": erased, "_swept": swept, "_dirty": row.dirty or bool(counts)}
    await tx.execute(_PROGRESS, _key(row) | given)


# Statements ---------------------------------------------------------------------------------------------

_ID = _ERASURE.c.request_id.type
_COMMUNITY = sa.bindparam("_community", type_=_ID)
_THIS = (_ERASURE.c.request_id == sa.bindparam("_request", type_=_ID), _ERASURE.c.community_id == _COMMUNITY)
_UNFINISHED = sa.select(_ERASURE).where(*_THIS, _ERASURE.c.finished_at.is_(None))
_THIS_ONE = constant(_UNFINISHED)
_LOCKED = constant(_UNFINISHED.with_for_update())
_PENDING = constant(
    sa.select(_ERASURE.c.request_id, _ERASURE.c.community_id)
    .where(_ERASURE.c.finished_at.is_(None))
    .order_by(_ERASURE.c.requested_at)
    .limit(100)
)
_PROGRESS = constant(
    sa.update(_ERASURE)
    .where(*_THIS)
    .values(
        erased=sa.bindparam("_erased", type_=_ERASURE.c.erased.type),
        swept=sa.bindparam("_swept", type_=_ERASURE.c.swept.type),
        dirty=sa.bindparam("_dirty", type_=sa.Boolean()),
    )
)
_FINISHED = constant(
    sa.update(_ERASURE)
    .where(*_THIS)
    .values(finished_at=sa.bindparam("_now", type_=_ERASURE.c.finished_at.type), dirty=False)
)
_TELL_AGAIN = constant(
    sa.update(tables.outbox)
    .where(
        tables.outbox.c.aggregate_type == ErasureReceipt.aggregate,
        tables.outbox.c.aggregate_id == sa.bindparam("_receipt", type_=_ID),
    )
    .values(published_at=None, stream_seq=None, attempts=0, next_attempt_at=None)
)
"""The receipt that was told, once more: whoever asks again may have lost it, as after a restore."""


async def _pending(tx: Tx) -> list[Any]:
    return await tx.all(_PENDING)
