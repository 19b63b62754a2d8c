"""Keep the index: an Entry -> its document and postings, in the transaction that writes what it is about.

The community's IndexSize is held until commit and comes last in every handler: two writers of one community
never meet in the index. A document that changes gets a new number, so that its postings lie at the end.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.knowledge.search import terms, vocabulary
from services.knowledge.search.analysis import base_of
from services.knowledge.search.described import Description, described, digest
from services.knowledge.search.entries import Entry
from services.knowledge.search.models import Audience, IndexSize, Posting, SearchDocument
from services.knowledge.search.padding import chunks
from services.knowledge.search.rules import Standing
from shared.problems import Conflict
from shared.store import Tx, constant, scope

MOST_AUDIENCES = 20_000
"""Of a community: every collection has one for each standing, and so has whatever else a reader needs."""


class TooManyAudiences(Conflict):
    """The index tells at most `limit` kinds of readers apart."""

    title = "Too many different requirements"


async def put(tx: Tx, entry: Entry) -> None:
    """From the commit on it is found as `entry` says, whatever was said of it before."""
    size = await _held(tx)
    audience = await _audience(tx, entry)
    before = await tx.first(KEPT, {"id": entry.id})
    said = digest(entry)
    if before is not None and (before.digest, before.audience) == (said, audience):
        return
    description = described(entry)
    if before is not None:
        await _forget(tx, before)
    document = SearchDocument(
        id=entry.id,
        community_id=size.community_id,
        number=size.next_number,
        audience=audience,
        length=description.length,
        kind=entry.kind,
        parent_id=entry.parent_id,
        slug=entry.slug,
        language=entry.language,
        digest=said,
        fresh_at=entry.fresh_at,
        title=entry.title,
        tags=list(entry.tags),
        vector=description.vector,
        text=entry.text,
    )
    await tx.insert(document)
    await tx.execute(KEEP_POSTINGS, _postings(document, description))
    await vocabulary.learn(tx, size.community_id, description.written)
    if before is not None:
        await vocabulary.forget(tx, set(before.vector) - set(description.vector))
    await _resize(tx, size, before, document)


async def take_out(tx: Tx, ids: Sequence[UUID]) -> None:
    """From the commit on these are not found any more; those that were not do no harm."""
    size = await _held(tx)
    for each in ids:
        before = await tx.first(KEPT, {"id": each})
        if before is not None:
            await _forget(tx, before)
            await vocabulary.forget(tx, before.vector)
            size = await _resize(tx, size, before, None)


async def _held(tx: Tx) -> IndexSize:
    """The community's size, nobody else's to change until commit."""
    size = await tx.first(HOLD_SIZE)
    if size is None:
        row = IndexSize(community_id=community_of(tx)).__dict__
        await tx.execute(tx.upsert(IndexSize).on_conflict_do_nothing(), dict(row))
        size = await tx.one(HOLD_SIZE)
    return size


def community_of(tx: Tx) -> UUID:
    """Whose index it is; ValueError in a transaction of no community."""
    if tx.community_id is None:
        raise ValueError("an index belongs to a community")
    return tx.community_id


def _standing(entry: Entry) -> Standing:
    if entry.outdated:
        return Standing.OUTDATED
    return Standing.TRUSTED if entry.trusted else Standing.PLAIN


async def _audience(tx: Tx, entry: Entry) -> int:
    """The number of those who may find it; a new one when nothing had these readers and this standing yet."""
    wanted = (entry.kind, entry.visibility, entry.requires, _standing(entry))
    known = await tx.all(AUDIENCES)
    for each in known:
        if (each.kind, each.visibility, each.requires, each.standing) == wanted:
            return each.number
    if len(known) >= MOST_AUDIENCES:
        raise TooManyAudiences(limit=MOST_AUDIENCES)
    kind, visibility, requires, standing = wanted
    number = len(known) + 1
    row = Audience(
        community_id=community_of(tx),
        number=number,
        kind=kind,
        visibility=visibility,
        requires=requires,
        standing=standing,
    )
    await tx.insert(row)
    return number


def _postings(document: SearchDocument, description: Description) -> list[dict[str, Any]]:
    """Rows as the statement takes them: there are a hundred for a text, and nothing to check."""
    alike = {"document": document.number, "length": document.length, "audience": document.audience}
    return [
        {
            "term_id": terms.term_id(document.community_id, term),
            "weight": weight,
            "places": terms.written(description.places[term]),
            **alike,
        }
        for term, weight in description.weights.items()
    ]


async def _forget(tx: Tx, document: Any) -> None:
    """Remove a document and its postings."""
    ids = [terms.term_id(document.community_id, term) for term in document.vector]
    for some in chunks(ids):
        await tx.execute(FORGET_POSTINGS, {"document": document.number, "terms": some})
    await tx.execute(FORGET_DOCUMENT, {"id": document.id})


async def _resize(tx: Tx, size: IndexSize, before: Any, after: SearchDocument | None) -> IndexSize:
    """The size with one document instead of another."""
    languages = dict(size.languages)
    for document, step in ((before, -1), (after, 1)):
        if document is not None:
            language = base_of(document.language)
            languages[language] = languages.get(language, 0) + step
    changed = IndexSize(
        community_id=size.community_id,
        next_number=size.next_number + (after is not None),
        documents=size.documents + (after is not None) - (before is not None),
        length=size.length + (after.length if after else 0) - (before.length if before else 0),
        languages={language: count for language, count in languages.items() if count > 0},
    )
    values = {f"new_{name}": getattr(changed, name) for name in _CHANGING}
    await tx.execute(RESIZE, values)
    return changed


HOLD_SIZE = constant(select(IndexSize).where(scope(IndexSize)).with_for_update())
SIZE = constant(select(IndexSize).where(scope(IndexSize)))
AUDIENCES = constant(select(Audience).where(scope(Audience)))
_KEPT = (SearchDocument.id, SearchDocument.community_id, SearchDocument.number, SearchDocument.audience)
KEPT = constant(
    sa.select(
        *(col(each) for each in _KEPT),
        col(SearchDocument.length),
        col(SearchDocument.language),
        col(SearchDocument.digest),
        col(SearchDocument.vector),
    ).where(scope(SearchDocument), col(SearchDocument.id) == sa.bindparam("id"))
)
KEEP_POSTINGS = constant(sa.insert(Posting))
FORGET_POSTINGS = constant(
    sa.delete(Posting).where(
        col(Posting.document) == sa.bindparam("document"),
        col(Posting.term_id).in_(sa.bindparam("terms", expanding=True)),
    )
)
FORGET_DOCUMENT = constant(
    sa.delete(SearchDocument).where(scope(SearchDocument), col(SearchDocument.id) == sa.bindparam("id"))
)
_CHANGING = ("next_number", "documents", "length", "languages")
RESIZE = constant(
    sa.update(IndexSize)
    .where(scope(IndexSize))
    .values({name: sa.bindparam(f"new_{name}", type_=IndexSize.__table__.c[name].type) for name in _CHANGING})  # type: ignore[attr-defined]
)
