"""What the next release says: revisions are appended, never changed, and each has to be reviewed itself."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.knowledge.articles import rules
from services.knowledge.articles.models import THE_REVISION, Article, Contributor, Revision
from services.knowledge.articles.rules import ArticleState, DraftState, DraftVerb
from services.knowledge.people.readers import member_of
from services.knowledge.reviews.close import close_review, open_review
from services.knowledge.reviews.rules import ReviewState
from shared.contracts.knowledge import ArticleDrafted, ArticleReviewWithdrawn
from shared.identity import Actor
from shared.problems import InvalidTransition
from shared.store import Tx
from shared.tombstones import refuse_erased


@dataclass(frozen=True, slots=True)
class Text:
    """What a revision says; `body` is Markdown, `summary` what is new in it."""

    title: str
    body: str
    tags: Sequence[str]
    language: str
    summary: str | None = None

    @property
    def digest(self) -> str:
        """The SHA-256 of title, tags and text: the same for what reads the same."""
        said = json.dumps([self.title, list(self.tags), self.body], ensure_ascii=False)
        return hashlib.sha256(said.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Writer:
    """Whoever writes a revision: a member, or in nobody's name a key or an import (`written_by`)."""

    member_id: UUID | None
    written_by: str | None = None


def writer_of(actor: Actor) -> Writer:
    """The caller as a writer."""
    member_id = member_of(actor)
    return Writer(member_id) if member_id is not None else Writer(None, actor.id[:80])


def require_draft_verb(article: Article, verb: DraftVerb) -> DraftState | None:
    """Where the verb leads the draft; `InvalidTransition` names what is possible instead."""
    if article.state in (ArticleState.ARCHIVED, ArticleState.HIDDEN):
        raise InvalidTransition(state=article.state.value, allowed=[])
    moves = rules.DRAFT_MOVES[article.draft_state]
    if verb not in moves:
        state = article.draft_state or article.state
        raise InvalidTransition(state=state.value, allowed=rules.draft_verbs(article.draft_state))
    return moves[verb]


def mirrored(article: Article, draft_state: DraftState) -> dict[str, Any]:
    """The columns that say how far the draft is; `state` does while nothing is released."""
    changes: dict[str, Any] = {"draft_state": draft_state}
    if article.released_revision is None:
        changes["state"] = ArticleState(draft_state.value)
    return changes


async def newest_text(tx: Tx, article: Article) -> Revision:
    """The draft, or what is released while there is none."""
    number = article.draft_revision or article.released_revision
    return await tx.one(THE_REVISION, {"article_id": article.id, "number": number})


async def save(tx: Tx, article: Article, text: Text, writer: Writer, *, base: int | None = None) -> Article:
    """Make `text` the draft of an article the caller holds, written upon revision `base` (the newest one
    without it), and withdraw its open review; one fact, two with a review."""
    draft_state = require_draft_verb(article, DraftVerb.SAVE) or DraftState.DRAFT
    review = await open_review(tx, article.id)
    number = article.last_revision + 1
    changes = mirrored(article, draft_state) | {"draft_revision": number, "last_revision": number}
    if article.released_revision is None:
        changes |= {"title": text.title, "tags": list(text.tags), "language": text.language}
    after = await tx.lock(Article, article.id, facts=1 if review is None else 2, **changes)
    on = base or article.draft_revision or article.released_revision
    await add_revision(tx, article, text, writer, number=number, base=on)
    of: dict[str, Any] = {"community_id": article.community_id, "article_id": article.id}
    if review is not None:
        await close_review(tx, review, ReviewState.WITHDRAWN)
        tx.publish(ArticleReviewWithdrawn(**of, review_id=review.id))
    drafted: dict[str, Any] = {"revision": number, "author_id": writer.member_id, "kind": article.kind.value}
    tx.publish(ArticleDrafted(**of, **drafted))
    return after


async def add_revision(
    tx: Tx, article: Article, text: Text, writer: Writer, *, number: int, base: int | None
) -> None:
    """Append the revision, and count it for whoever wrote it."""
    await refuse_erased(tx, writer.member_id)
    given = {"community_id": article.community_id, "article_id": article.id}
    await tx.insert(
        Revision(
            **given,
            number=number,
            base=base,
            title=text.title,
            tags=list(text.tags),
            language=text.language,
            body=text.body,
            summary=text.summary,
            digest=text.digest,
            author_id=writer.member_id,
            written_by=writer.written_by,
            created_at=tx.now,
        )
    )
    if writer.member_id is None:
        return
    row = {**given, "member_id": writer.member_id, "revisions": 1, "first_at": tx.now, "last_at": tx.now}
    again: dict[str, Any] = {"revisions": Contributor.__table__.c.revisions + 1, "last_at": tx.now}  # type: ignore[attr-defined]
    key = ["article_id", "member_id"]
    await tx.execute(tx.upsert(Contributor).on_conflict_do_update(index_elements=key, set_=again), row)
