"""Start an import: POST /imports -> documents kept until they are read -> an import that waits."""

import asyncio
from typing import Annotated, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field

from services.knowledge.articles.place import require_open_collection
from services.knowledge.imports import gather, rules
from services.knowledge.imports.find import ImportView
from services.knowledge.imports.gather import Given, NothingToImport
from services.knowledge.imports.models import ImportDocument, ImportJob
from services.knowledge.imports.rules import ImportSource, Outcome
from shared.identity import Actor
from shared.ids import uuid7
from shared.problems import Conflict
from shared.route import Command, Router, Write
from shared.store import Tx, constant, scope
from shared.tombstones import refuse_erased

router = Router(tags=["imports"])

BODY_LIMIT_BYTES = 10_000_000
"""An archive of the largest size as base64, and what stands beside it."""
Base64 = Annotated[str, Field(max_length=rules.ARCHIVE_BYTES * 4 // 3 + 4)]
Name = Annotated[str, Field(min_length=1, max_length=70, pattern=r"^[^\s\x00-\x1f](.*[^\s\x00-\x1f])?$")]
Column = Annotated[str, Field(min_length=1, max_length=100)]
Field_ = Literal["path", "title", "body", "tags", "kind", "language", "status", "url"]


class GivenDocument(Command):
    """A file by its path from the root of its source: a text, or anything else as base64."""

    path: Annotated[str, Field(min_length=1, max_length=rules.PATH_LENGTH)]
    text: Annotated[str, Field(max_length=rules.DOCUMENTS_BYTES)] | None = None
    content_base64: Annotated[str, Field(max_length=rules.DOCUMENTS_BYTES * 4 // 3 + 4)] | None = None


class StartImport(Command):
    """What is to be read in; `name` tells sources apart, within one a path names a document for good.

    `markdown` takes `documents`, `markdown_zip` and `confluence_html` an archive, `csv` a `text` whose
    columns `mapping` names, where they do not name themselves.
    """

    source: ImportSource
    name: Name
    collection_id: UUID | None = None
    mapping: Annotated[dict[Field_, Column], Field(max_length=10, default_factory=dict)]
    documents: Annotated[list[GivenDocument], Field(max_length=rules.DOCUMENTS, default_factory=list)]
    archive_base64: Base64 | None = None
    text: Annotated[str, Field(max_length=rules.ARCHIVE_BYTES)] | None = None


class TooManyImports(Conflict):
    """At most `limit` imports of a community wait at once."""

    title = "Too many imports wait"


def gathered(command: StartImport) -> list[Given]:
    """The documents of an import; takes its time, so not on the event loop."""
    if command.source is ImportSource.MARKDOWN and command.documents:
        return gather.from_documents(
            (each.path, each.text, each.content_base64) for each in command.documents
        )
    if command.source is ImportSource.CSV and command.text is not None:
        return gather.from_table(command.text, {str(field): name for field, name in command.mapping.items()})
    if command.source in (ImportSource.MARKDOWN_ZIP, ImportSource.CONFLUENCE_HTML) and command.archive_base64:
        return gather.from_archive(command.source, command.archive_base64)
    raise NothingToImport


async def start(
    tx: Tx, actor: Actor, community_id: UUID, command: StartImport, documents: list[Given]
) -> ImportJob:
    """Keep the documents; they are read one by one, soon."""
    await refuse_erased(tx, actor.member_id)
    await require_open_collection(tx, actor, command.collection_id)
    waiting = await tx.one(HOW_MANY_WAIT)
    if waiting.number >= rules.WAITING:
        raise TooManyImports(limit=rules.WAITING)
    refused = sum(each.refused is not None for each in documents)
    job = ImportJob(
        id=uuid7(),
        community_id=community_id,
        source=command.source,
        name=command.name,
        collection_id=command.collection_id,
        mapping={str(field): name for field, name in command.mapping.items()},
        total=len(documents),
        done=refused,
        refused=refused,
        requested_by=actor.id[:80],
        member_id=actor.member_id,
        created_at=tx.now,
    )
    await tx.insert(job)
    await tx.insert([_document(job, number, each) for number, each in enumerate(documents, 1)])
    tx.audit("knowledge.import", job.id)
    return job


def _document(job: ImportJob, number: int, given: Given) -> ImportDocument:
    return ImportDocument(
        import_id=job.id,
        number=number,
        community_id=job.community_id,
        path=given.path,
        content=given.content,
        outcome=None if given.refused is None else Outcome.REFUSED,
        notes=[] if given.refused is None else [given.refused],
    )


HOW_MANY_WAIT = constant(
    sa.select(sa.func.count().label("number"))
    .select_from(ImportJob)
    .where(scope(ImportJob), sa.text("state IN ('queued', 'running')"))
)


@router.post(
    "/v1/communities/{community_id}/imports",
    status_code=202,
    allows="knowledge.import",
    body_limit=BODY_LIMIT_BYTES,
)
async def post_import(community_id: UUID, command: StartImport, write: Write) -> ImportView:
    return await write(start, community_id, command, await asyncio.to_thread(gathered, command))
