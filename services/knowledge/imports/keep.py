"""Keep what a document of an import says: an article or a picture, what became of it, the count."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.knowledge.imports.links import lead_nowhere
from services.knowledge.imports.models import ImportDocument, ImportJob
from services.knowledge.imports.pictures import keep_picture
from services.knowledge.imports.rules import ImportState, Outcome
from services.knowledge.imports.take_in import Awaits, Done, take_in
from services.knowledge.imports.understood import NotTaken, Picture, Understood
from shared.crash import crashpoint
from shared.store import Tx, constant, scope

Found = Understood | Picture | NotTaken


async def keep(tx: Tx, *, import_id: UUID, document: ImportDocument, found: Found) -> bool:
    """Keep what was found and what became of it; False when somebody else is at it."""
    job = await tx.first(HOLD, {"import_id": import_id})
    of = {"import_id": import_id, "number": document.number}
    if job is None or await tx.first(STILL_WAITS, of) is None:
        return False
    try:
        done = await _kept(tx, job, document, found)
    except NotTaken as why:
        done = Done(Outcome.REFUSED, None, [str(why)])
    except Awaits:
        await tx.execute(POSTPONE, of)
        return True
    crashpoint("mid_import")
    links: list[str] = []
    if isinstance(found, Understood) and found.links:
        lost = await lead_nowhere(tx, job.community_id, job.name, {document.path: found.links})
        links = lost[document.path]
    said = list(found.notes) if isinstance(found, Understood) else []
    given = {
        "outcome": done.outcome,
        "article_id": done.article_id,
        "notes": [*done.notes, *said],
        "links": links,
    }
    await tx.execute(SETTLE, of | {f"set_{name}": value for name, value in given.items()})
    counted = {done.outcome.value: getattr(job, done.outcome.value) + 1}
    await tx.update(ImportJob, job.id, state=ImportState.RUNNING, done=job.done + 1, **counted)
    return True


async def _kept(tx: Tx, job: ImportJob, document: ImportDocument, found: Found) -> Done:
    if isinstance(found, NotTaken):
        raise found
    if isinstance(found, Picture):
        return Done(await keep_picture(tx, job, document.path, found.content))
    return await take_in(tx, job, document.path, found, last=document.postponed)


async def end(tx: Tx, *, import_id: UUID, failure: str | None = None) -> bool:
    """It is done, or goes no further: then nothing is kept of what was not read."""
    job = await tx.first(HOLD, {"import_id": import_id})
    if job is None:
        return False
    if failure is not None:
        await tx.execute(FORGET, {"import_id": import_id})
    state = ImportState.DONE if failure is None else ImportState.FAILED
    await tx.update(ImportJob, job.id, state=state, failure=failure, finished_at=tx.now)
    return True


WAITS = sa.text("state IN ('queued', 'running')")
HOLD = constant(
    select(ImportJob)
    .where(scope(ImportJob), col(ImportJob.id) == sa.bindparam("import_id"), WAITS)
    .with_for_update(skip_locked=True, key_share=True)
)
"""Held until commit and passed over by whoever else looks: two replicas never take the same document."""
STILL_TO_READ: tuple[sa.ColumnElement[bool], ...] = (
    scope(ImportDocument),
    col(ImportDocument.import_id) == sa.bindparam("import_id"),
    col(ImportDocument.outcome).is_(None),
)
_NUMBER: Any = sa.bindparam("number")
STILL_WAITS = constant(
    sa.select(col(ImportDocument.number)).where(*STILL_TO_READ, col(ImportDocument.number) == _NUMBER)
)
_UPDATE = sa.update(ImportDocument).where(*STILL_TO_READ)
POSTPONE = constant(_UPDATE.where(col(ImportDocument.number) == _NUMBER).values(postponed=True))
FORGET = constant(_UPDATE.values(content=None))
_SETTLED = ImportDocument.__table__.c  # type: ignore[attr-defined]
SETTLE = constant(
    _UPDATE.where(col(ImportDocument.number) == _NUMBER).values(
        content=None,
        **{
            name: sa.bindparam(f"set_{name}", type_=_SETTLED[name].type)
            for name in ("outcome", "article_id", "notes", "links")
        },
    )
)
