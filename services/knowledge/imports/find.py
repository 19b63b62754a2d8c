"""Find imports: GET /imports, /imports/{id}/documents -> how far they are, what became of each document."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import AwareDatetime
from sqlmodel import col, select

from services.knowledge.imports.links import lead_nowhere
from services.knowledge.imports.models import THE_IMPORT, ImportDocument, ImportJob
from services.knowledge.imports.rules import ImportSource, ImportState, Outcome
from shared.identity import Actor
from shared.route import Cursor, Limit, Page, Read, Router, View
from shared.store import Tx, constant, scope

router = Router(tags=["imports"])

PATH = "/v1/communities/{community_id}/imports"
LISTED = 50
"""Links of one document that are named."""


class ImportView(View):
    """How far an import is: `done` of `total` documents were read, and what became of them.

    `failure` is why it did not go on."""

    id: UUID
    source: ImportSource
    name: str
    collection_id: UUID | None
    state: ImportState
    total: int
    done: int
    created: int
    changed: int
    unchanged: int
    refused: int
    failure: str | None
    created_at: AwareDatetime
    finished_at: AwareDatetime | None


class ImportDocumentView(View):
    """What became of a document; null until it was its turn. `article_id` is null for pictures.

    `notes`: what was not understood, which links lead to nothing that was imported by now, or why it was
    refused."""

    number: int
    path: str
    outcome: Outcome | None
    article_id: UUID | None
    notes: list[str]


IMPORTS = constant(select(ImportJob).where(scope(ImportJob)))


async def imports(tx: Tx, _actor: Actor, limit: int, cursor: str | None) -> Page[ImportJob]:
    """The newest first."""
    by = (ImportJob.created_at, ImportJob.id)
    return await tx.page(IMPORTS, by=by, limit=limit, cursor=cursor, descending=True)


async def import_job(tx: Tx, _actor: Actor, import_id: UUID) -> ImportJob:
    """The import."""
    return await tx.one(THE_IMPORT, {"import_id": import_id})


async def documents(
    tx: Tx, _actor: Actor, import_id: UUID, outcome: Outcome | None, limit: int, cursor: str | None
) -> Page[Any]:
    """In the order given."""
    job = await tx.one(THE_IMPORT, {"import_id": import_id})
    wanted = WITH_OUTCOME if outcome is not None else DOCUMENTS
    given = {"import_id": import_id} | ({"outcome": outcome} if outcome is not None else {})
    page = await tx.page(wanted, given, by=(ImportDocument.number,), limit=limit, cursor=cursor)
    rows = list(page.items)
    lost = await lead_nowhere(
        tx, job.community_id, job.name, {row.path: row.links for row in rows if row.links}
    )
    items = [
        ImportDocumentView(
            number=row.number,
            path=row.path,
            outcome=row.outcome,
            article_id=row.article_id,
            notes=row.notes + _of_links(lost.get(row.path, []) if row.links else []),
        )
        for row in rows
    ]
    return Page(items=items, next_cursor=page.next_cursor)


def _of_links(links: list[str]) -> list[str]:
    said = [f"link leads to nothing imported: {link}" for link in links[:LISTED]]
    return said + ([f"and {len(links) - LISTED} more links do"] if len(links) > LISTED else [])


_COLUMNS = sa.select(
    *(
        col(getattr(ImportDocument, name))
        for name in ("number", "path", "outcome", "article_id", "notes", "links")
    )
)
_DOCUMENTS: Any = _COLUMNS.where(
    scope(ImportDocument), col(ImportDocument.import_id) == sa.bindparam("import_id")
)
DOCUMENTS = constant(_DOCUMENTS.where(sa.true()))
WITH_OUTCOME = constant(
    _DOCUMENTS.where(
        col(ImportDocument.outcome) == sa.bindparam("outcome", type_=ImportDocument.__table__.c.outcome.type)  # type: ignore[attr-defined]
    )
)


@router.get(PATH, allows="knowledge.import")
async def get_imports(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    read: Read,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[ImportView]:
    return await read(imports, limit, cursor)


@router.get(f"{PATH}/{{import_id}}", allows="knowledge.import")
async def get_import(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    import_id: UUID,
    read: Read,
) -> ImportView:
    return await read(import_job, import_id)


@router.get(f"{PATH}/{{import_id}}/documents", allows="knowledge.import")
async def get_import_documents(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    import_id: UUID,
    read: Read,
    outcome: Outcome | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[ImportDocumentView]:
    return await read(documents, import_id, outcome, limit, cursor)
