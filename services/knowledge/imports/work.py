"""Work through imports: the clock -> documents read one by one, off the event loop -> articles, a report.

Each document is one write, with what is said of it: whoever is killed in between loses and doubles nothing.
"""

import asyncio
import zlib
from functools import partial
from uuid import UUID

import structlog
from sqlmodel import col, select

from services.knowledge.articles.place import CollectionClosed, UnknownCollection
from services.knowledge.imports.keep import STILL_TO_READ, WAITS, Found, end, keep
from services.knowledge.imports.models import ImportDocument, ImportJob
from services.knowledge.imports.reading import read
from services.knowledge.imports.rules import ImportSource
from services.knowledge.imports.understood import NotTaken
from shared.crash import crashpoint
from shared.identity import Actor
from shared.jobs import Jobs
from shared.problems import Problem, Unavailable
from shared.store import ConstraintViolated, Context, Store, Tx, across, constant

jobs = Jobs()
log = structlog.get_logger("imports")

READING_SECONDS = 20.0
"""How long one document is waited for; then it is taken as it stands."""
AT_ONCE = 20
"""Imports that take turns, a document each."""


@jobs.every(seconds=0.3)
async def work(store: Store) -> None:
    """Read everything that waits; idle it costs a look into an index."""
    while found := await store.read(waiting, Context()):
        went_on = [await step(store, job) for job in found]
        if not any(went_on):
            return


async def waiting(tx: Tx) -> list[ImportJob]:
    """The imports whose turn it is, those that wait longest first."""
    return await tx.all(WAITING)


async def step(store: Store, job: ImportJob) -> bool:
    """Take the next document of an import, or end it; whether there was something to do."""
    actor = Actor("import", job.name, community_id=job.community_id, roles=frozenset({"editor"}))
    context = partial(Context, actor, job.community_id)
    document = await store.read(partial(_next, import_id=job.id), context())
    if document is None:
        return await store.write(partial(end, import_id=job.id), context())
    found = await _read(job.source, document)
    kept = partial(keep, import_id=job.id, document=document)
    try:
        try:
            went_on = await store.write(partial(kept, found=found), context())
        except ConstraintViolated:  # another import of the same source was faster, and is there now
            went_on = await store.write(partial(kept, found=found), context())
    except (CollectionClosed, UnknownCollection) as error:
        return await store.write(partial(end, import_id=job.id, failure=error.title), context())
    except Unavailable:
        raise
    except Exception as error:  # one document must never hold up those behind it
        if not isinstance(error, Problem):
            log.exception("document_not_kept", import_id=str(job.id), number=document.number)
        why = NotTaken(error.title if isinstance(error, Problem) else "it cannot be kept")
        went_on = await store.write(partial(kept, found=why), context())
    crashpoint("after_import_step")
    return went_on


async def _read(source: ImportSource, document: ImportDocument) -> Found:
    """What the document says, whatever reading it takes or comes to."""
    content = zlib.decompress(document.content or b"")
    try:
        async with asyncio.timeout(READING_SECONDS):
            return await asyncio.to_thread(_understood, source, document.path, content, plainly=False)
    except TimeoutError:
        return await asyncio.to_thread(_understood, source, document.path, content, plainly=True)


def _understood(source: ImportSource, path: str, content: bytes, *, plainly: bool) -> Found:
    try:
        return read(source, path, content, plainly=plainly)
    except NotTaken as why:
        return why
    except (RecursionError, ValueError) as error:
        return NotTaken(f"it cannot be read ({type(error).__name__})")


async def _next(tx: Tx, *, import_id: UUID) -> ImportDocument | None:
    return await tx.first(NEXT, {"import_id": import_id})


WAITING = constant(
    across(
        select(ImportJob).where(WAITS).order_by(col(ImportJob.created_at), col(ImportJob.id)).limit(AT_ONCE),
        why="imports of every community that wait",
    )
)
NEXT = constant(
    select(ImportDocument)
    .where(*STILL_TO_READ)
    .order_by(col(ImportDocument.postponed), col(ImportDocument.number))
    .limit(1)
)
