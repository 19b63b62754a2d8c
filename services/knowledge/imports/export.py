"""Export a collection: GET /collections/{id}/export -> its articles as Markdown with front matter, zipped."""

import asyncio
import io
import zipfile
from collections.abc import Sequence
from posixpath import relpath, splitext
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import yaml
from fastapi.responses import Response
from sqlmodel import col

from services.knowledge.articles.models import Article, Revision
from services.knowledge.articles.rules import ArticleState
from services.knowledge.collections.models import THE_COLLECTION
from services.knowledge.imports.rules import safe_path
from shared.answers import Rendered
from shared.identity import Actor
from shared.problems import Conflict
from shared.route import Read, Router
from shared.store import Tx, constant, scope

router = Router(tags=["imports"])

MOST_ARTICLES = 2_000
MOST_BYTES = 50_000_000
LIKE_MARKDOWN = (".md", ".markdown")
BEGINNING = (1980, 1, 1, 0, 0, 0)
"""The time of every file, so that the same articles come to the same archive."""

Files = list[tuple[str, str]]


class Archive(Response):
    media_type = "application/zip"


class ExportTooLarge(Conflict):
    """A collection is exported as a whole or not at all; `limit` says what it has too much of."""

    title = "Too large to be exported at once"


async def export(tx: Tx, _actor: Actor, collection_id: UUID) -> Files:
    """Path and text of what is released, and of drafts nothing is released of; not what is put away."""
    await tx.one(THE_COLLECTION, {"collection_id": collection_id})
    sizes = await tx.one(HOW_LARGE, {"collection_id": collection_id})
    if sizes.articles > MOST_ARTICLES:
        raise ExportTooLarge("too many articles", limit=MOST_ARTICLES)
    if (sizes.characters or 0) > MOST_BYTES:
        raise ExportTooLarge("too much text, in bytes", limit=MOST_BYTES)
    rows = await tx.all(TEXTS, {"collection_id": collection_id})
    paths = _paths(rows)
    return [(paths[row.id], _text(row, paths)) for row in rows]


def _paths(rows: Sequence[Any]) -> dict[UUID, str]:
    """Where each article lies: where it came from, else under its name; each path once."""
    paths: dict[UUID, str] = {}
    taken: set[str] = set()
    for row in rows:
        stem, suffix = splitext(safe_path(row.source_path or "") or "")
        path = f"{stem}{suffix if suffix.lower() in LIKE_MARKDOWN else '.md'}" if stem else f"{row.slug}.md"
        if path.lower() in taken:
            path = f"{row.slug}.md"
        if path.lower() in taken:
            path = f"{row.slug}-{row.id.hex}.md"
        paths[row.id] = path
        taken.add(path.lower())
    return paths


def _text(row: Any, paths: dict[UUID, str]) -> str:
    said: dict[str, Any] = {
        "title": row.title,
        "slug": row.slug,
        "kind": row.kind.value,
        "language": row.language,
        "status": _status(row),
    }
    if row.tags:
        said["tags"] = list(row.tags)
    if row.replacement_id in paths:
        here = paths[row.id].rpartition("/")[0] or "."
        said["superseded-by"] = relpath(paths[row.replacement_id], here)
    front = yaml.safe_dump(said, allow_unicode=True, sort_keys=False, default_flow_style=None, width=1_000)
    return f"---\n{front}---\n\n{row.body}"


def _status(row: Any) -> str:
    if row.released_revision is None:
        return "draft"
    return "deprecated" if row.state is ArticleState.DEPRECATED else "published"


def zipped(files: Files) -> bytes:
    """The files as an archive; takes its time, so not on the event loop."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in files:
            archive.writestr(zipfile.ZipInfo(path, BEGINNING), text.encode(), zipfile.ZIP_DEFLATED)
    return target.getvalue()


def answered(collection_id: UUID, files: Files) -> Rendered:
    """The archive as a file to be kept."""
    named = f'attachment; filename="collection-{collection_id}.zip"'
    headers = {"content-type": "application/zip", "content-disposition": named, "cache-control": "no-store"}
    return Rendered(200, headers, zipped(files))


_SHOWN: Any = sa.func.coalesce(col(Article.released_revision), col(Article.draft_revision))
_WANTED = (
    scope(Article),
    col(Article.collection_id) == sa.bindparam("collection_id"),
    col(Article.state).not_in([ArticleState.ARCHIVED, ArticleState.HIDDEN]),
)
_TEXTS = sa.and_(scope(Revision), col(Revision.article_id) == col(Article.id), col(Revision.number) == _SHOWN)
HOW_LARGE = constant(
    sa.select(
        sa.func.count().label("articles"),
        sa.func.sum(sa.func.length(col(Revision.body))).label("characters"),
    )
    .select_from(Article)
    .join(Revision, _TEXTS)
    .where(*_WANTED)
)
TEXTS = constant(
    sa.select(
        *(col(getattr(Article, name)) for name in ("id", "slug", "kind", "state", "released_revision")),
        *(col(getattr(Article, name)) for name in ("source_path", "replacement_id")),
        *(col(getattr(Revision, name)) for name in ("title", "tags", "language", "body")),
    )
    .select_from(Article)
    .join(Revision, _TEXTS)
    .where(*_WANTED)
    .order_by(col(Article.created_at), col(Article.id))
)


@router.get(
    "/v1/communities/{community_id}/collections/{collection_id}/export",
    allows="knowledge.export",
    response_class=Archive,
    response_model=None,
)
async def get_collection_export(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    collection_id: UUID,
    read: Read,
) -> Any:
    return await asyncio.to_thread(answered, collection_id, await read(export, collection_id, long=True))
