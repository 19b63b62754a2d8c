"""Collect an export: verified -> every service's pieces, one by one, sealed -> an archive for seven days.

Each piece is kept with the position it was fetched at in one transaction, so that a killed collector goes on
where it was. A service that is away is waited for.
"""

from functools import partial
from uuid import UUID

import structlog
from sqlmodel import col, select

from services.membership.privacy.forget import privacy
from services.membership.privacy.models import THE_PARTS, THE_REQUEST, DataRequest
from services.membership.privacy.pieces import finish, keep, start
from services.membership.privacy.receipts import EXPORTING
from services.membership.privacy.rules import DataRequestKind, DataRequestState
from shared.crash import crashpoint
from shared.data_subjects import DataSubject, Piece
from shared.identity import service_actor
from shared.jobs import Jobs
from shared.peers import Peers
from shared.problems import Problem
from shared.settings import settings
from shared.store import Context, Store, Tx, constant

jobs = Jobs()
log = structlog.get_logger("export")

LOOK_SECONDS = 1.0
OWN = "membership"
_CONTEXT = partial(Context, actor=service_actor(OWN))


@jobs.every(seconds=LOOK_SECONDS)
async def collect(store: Store) -> None:
    """Go on with every open export; one that has to wait holds up no other."""
    waiting = await store.read(_waiting, _CONTEXT())
    if not waiting:
        return
    async with Peers(OWN, settings()) as peers:
        for request in waiting:
            try:
                if request.state is DataRequestState.VERIFIED:
                    await store.write(partial(start, request_id=request.id), _CONTEXT())
                while await _next_piece(store, peers, request.id):
                    crashpoint("mid_export")
            except Problem as problem:
                log.warning("export_waits", request_id=str(request.id), problem=problem.title)
            except Exception as error:  # a defect, as with something no key opens: it stops this one alone
                log.exception("export_failed", request_id=str(request.id), error=type(error).__name__)


async def _next_piece(store: Store, peers: Peers, request_id: UUID) -> bool:
    """Fetch and keep one piece; False once the archive is complete, or wanted no more."""
    request, steps = await store.read(partial(_planned, request_id=request_id), _CONTEXT())
    if request.state is not DataRequestState.RUNNING:
        return False
    position = request.position
    if position["step"] == len(steps):
        await store.write(partial(finish, request_id=request_id), _CONTEXT())
        return False
    subject, service = steps[position["step"]]
    piece = await _fetch(store, peers, subject, service, position["after"])
    await store.write(
        partial(keep, request_id=request_id, position=position, place=(subject, service), piece=piece),
        _CONTEXT(),
    )
    return True


async def _planned(tx: Tx, request_id: UUID) -> tuple[DataRequest, list[tuple[DataSubject, str]]]:
    """The request, and from which service what is fetched about whom, in order."""
    request = await tx.one(THE_REQUEST, {"request_id": request_id})
    subjects = [
        DataSubject(
            part.community_id,
            tuple(map(UUID, part.member_ids)),
            tuple(map(UUID, part.identity_ids)),
            tuple(map(UUID, part.person_ids)),
        )
        for part in await tx.all(THE_PARTS, {"request_id": request_id})
    ]
    persons = () if request.person_id is None else (request.person_id,)
    if not subjects:  # a person who belongs nowhere: membership alone knows them
        return request, [(DataSubject(UUID(int=0), (), (), persons), OWN)]
    return request, [(subject, service) for subject in subjects for service in EXPORTING]


async def _fetch(store: Store, peers: Peers, subject: DataSubject, service: str, after: str | None) -> Piece:
    if service == OWN:
        context = Context(actor=service_actor(OWN), community_id=subject.community_id)
        return await store.read(partial(privacy.export, subject=subject, after=after), context)
    answer = await peers.ask(
        service,
        "/internal/privacy/export",
        {
            "community_id": str(subject.community_id),
            "member_ids": [str(each) for each in subject.member_ids],
            "identity_ids": [str(each) for each in subject.identity_ids],
            "person_ids": [str(each) for each in subject.person_ids],
            "after": after,
        },
    )
    return Piece(answer["items"], answer["next"])


async def _waiting(tx: Tx) -> list[DataRequest]:
    return await tx.all(WAITING)


WAITING = constant(
    select(DataRequest)
    .where(
        col(DataRequest.kind) == DataRequestKind.EXPORT,
        col(DataRequest.state).in_([DataRequestState.VERIFIED, DataRequestState.RUNNING]),
    )
    .order_by(col(DataRequest.created_at))
    .limit(20)
)
