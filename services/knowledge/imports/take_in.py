"""Take a document in: what was understood of it -> an article of its source and path, its revisions, facts.

The import is the source of truth: what it says anew is released. Only where somebody wrote here since, theirs
stays and the import's is the draft of the next release. What has not changed is not touched.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, or_, select

from services.knowledge.articles.draft import create
from services.knowledge.articles.entry import keep_findable
from services.knowledge.articles.models import HOLD_ARTICLE, Article
from services.knowledge.articles.release import release
from services.knowledge.articles.revise import Text, Writer, newest_text, save
from services.knowledge.articles.rules import ArticleState, ArticleVerb, SourceKind, slug_of
from services.knowledge.articles.slugs import claim
from services.knowledge.articles.steps import take
from services.knowledge.articles.successors import HOLD, line_of
from services.knowledge.imports.models import ImportJob
from services.knowledge.imports.rules import Outcome, Standing, names_of, target_of
from services.knowledge.imports.understood import NotTaken, Understood
from shared.contracts.knowledge import ArticleDeprecated
from shared.store import Tx, constant, scope

CHANGED_HERE = "changed here since: what is imported is a draft"


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a document."""

    outcome: Outcome
    article_id: UUID | None = None
    notes: Sequence[str] = ()


class Awaits(Exception):
    """What replaced the document is not there, and may be among those that follow."""


def writer_of(job: ImportJob) -> Writer:
    """Who writes what an import brings."""
    return Writer(None, f"import:{job.name}"[:80])


async def take_in(tx: Tx, job: ImportJob, path: str, said: Understood, *, last: bool) -> Done:
    """What became of it; `Awaits` unless it is its `last` turn."""
    known = await tx.first(OF_PATH, {"source": job.name, "path": path})
    successor, notes = await _successor(tx, job, path, said, known, last=last)
    ids = {*await line_of(tx, successor), *([known.id] if known is not None else [])}
    if ids:
        await tx.all(HOLD, {"ids": sorted(ids)})
    if known is None:
        article = await _begun(tx, job, path, said)
        outcome = Outcome.CREATED
    else:
        article = await tx.one(HOLD_ARTICLE, {"article_id": known.id})
        if article.state in (ArticleState.ARCHIVED, ArticleState.HIDDEN):
            raise NotTaken(f"it is {article.state.value} here")
        if article.source_hash == said.digest():
            return Done(Outcome.UNCHANGED, article.id, notes)
        article, more = await _changed(tx, job, article, said)
        notes, outcome = [*notes, *more], Outcome.CHANGED
    if CHANGED_HERE not in notes:
        article = await _stand(tx, article, said, successor)
    return Done(outcome, article.id, notes)


async def _begun(tx: Tx, job: ImportJob, path: str, said: Understood) -> Article:
    article = await create(
        tx,
        community_id=job.community_id,
        actor=tx.actor,
        title=said.title,
        body=said.body,
        kind=said.kind,
        tags=said.tags,
        language=said.language or "en",
        collection_id=job.collection_id,
        source=job.name,
        source_path=path,
        source_hash=said.digest(),
        slug=said.slug,
        writer=writer_of(job),
        provenance=[(SourceKind.IMPORT, f"{job.name}:{path}"[:500])],
    )
    for name in said.names:
        if slug := slug_of(name.rstrip("/").rpartition("/")[2]):
            await claim(tx, job.community_id, article.id, slug)
    return article


async def _changed(tx: Tx, job: ImportJob, article: Article, said: Understood) -> tuple[Article, list[str]]:
    """The article with what the document says now as its draft, where that is something new."""
    writer, newest = writer_of(job), await newest_text(tx, article)
    language = said.language or article.language
    text = Text(said.title, said.body, list(said.tags), language)
    is_ours = newest.author_id is None and newest.written_by == writer.written_by
    back = article.state is ArticleState.DEPRECATED and said.standing is Standing.RELEASED
    if (
        text.digest != newest.digest
        or language != newest.language
        or (back and article.draft_revision is None)
    ):
        article = await save(tx, article, text, writer)
    article = await tx.update(Article, article.id, source_hash=said.digest(), kind=said.kind)
    notes = [] if is_ours else [CHANGED_HERE]
    if is_ours and said.standing is Standing.DRAFT and article.released_revision is not None:
        notes.append("a draft now, and released here: what is imported is the draft of the next release")
    return article, notes


async def _stand(tx: Tx, article: Article, said: Understood, successor: UUID | None) -> Article:
    """Release the draft unless it is to be one, and deprecate what no longer holds; the index is written."""
    if said.standing is not Standing.DRAFT and article.draft_revision is not None:
        article = await release(tx, article)
    if said.standing is not Standing.OUTDATED or article.state is ArticleState.DEPRECATED:
        return article
    given: dict[str, Any] = {"clock_at": None, "replacement_id": successor}
    article = await take(tx, article, ArticleVerb.DEPRECATE, **given)
    of: dict[str, Any] = {"community_id": article.community_id, "article_id": article.id}
    tx.publish(ArticleDeprecated(**of, replacement_id=successor))
    await keep_findable(tx, article)
    return article


async def _successor(
    tx: Tx, job: ImportJob, path: str, said: Understood, known: Article | None, *, last: bool
) -> tuple[UUID | None, list[str]]:
    """What replaced the document, where it is known and does not lead back; what else there is to say."""
    named = said.successor
    if named is None or said.standing is not Standing.OUTDATED:
        return None, []
    if named.startswith("#"):
        number = int(named[1:])
        forms = (f"{number:04d}", f"{number:03d}", str(number))
        given = {f"like_{at}": f"{root}{form}-%" for at, (form, root) in enumerate(_both(forms))}
        found = await tx.first(BY_NUMBER, given | {"source": job.name})
    else:
        target = target_of(named, path)
        rows = await tx.all(AMONG, {"source": job.name, "paths": list(names_of(target))}) if target else []
        found = rows[0] if rows else None
    if found is None and not last:
        raise Awaits
    if found is None:
        return None, [f"what it says replaced it was not imported: {named}"]
    if known is not None and known.id in await line_of(tx, found.id):
        return None, [f"what it says replaced it leads back to it: {named}"]
    return found.id, []


def _both(forms: Sequence[str]) -> list[tuple[str, str]]:
    return [(form, root) for form in forms for root in ("", "%/")]


_BY_SOURCE = select(Article).where(scope(Article), col(Article.source) == sa.bindparam("source"))
OF_PATH = constant(_BY_SOURCE.where(col(Article.source_path) == sa.bindparam("path")))
AMONG = constant(
    _BY_SOURCE.where(
        col(Article.source_path).in_(sa.bindparam("paths", expanding=True)),
        col(Article.state) != ArticleState.ARCHIVED,
    ).order_by(col(Article.source_path))
)
BY_NUMBER = constant(
    _BY_SOURCE.where(
        or_(*(col(Article.source_path).like(sa.bindparam(f"like_{at}")) for at in range(6))),
        col(Article.state) != ArticleState.ARCHIVED,
    ).order_by(col(Article.source_path))
)
