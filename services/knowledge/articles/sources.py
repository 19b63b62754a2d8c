"""Which conversation an article is to be made of, and what knowledge itself has of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.knowledge.articles.compose import Material, of_question
from services.knowledge.articles.rules import ArticleState, SourceKind
from services.knowledge.models import THE_QUESTION, Answer, Article, DraftedSource, Provenance, Question, Task
from services.knowledge.questions.access import may_see
from services.knowledge.questions.rules import AnswerState, QuestionState
from services.knowledge.tasks.rules import TaskKind
from shared.identity import Actor
from shared.problems import Conflict, Unprocessable
from shared.store import Tx, constant, scope


class UnknownSource(Unprocessable):
    """There is no such conversation, it is not for the caller to see, or its words are gone."""

    title = "There is no such conversation"


class AlreadyDrafted(Conflict):
    """`article_id` is what was made of it, and still stands."""

    title = "An article was made of it already"


@dataclass(frozen=True, slots=True)
class Source:
    """One conversation under its ids here and there; the words are in the topic or the question."""

    topic_id: UUID | None = None
    question_id: UUID | None = None
    inquiry_id: UUID | None = None

    def refs(self) -> list[tuple[SourceKind, UUID]]:
        """What the article will have come from, always in the same order."""
        named = (
            (SourceKind.TOPIC, self.topic_id),
            (SourceKind.QUESTION, self.question_id),
            (SourceKind.INQUIRY, self.inquiry_id),
        )
        return [(kind, ref) for kind, ref in named if ref is not None]


async def source_of_question(tx: Tx, actor: Actor, question_id: UUID) -> Source:
    """The question, and the inquiry it began as."""
    question = await tx.one(THE_QUESTION, {"question_id": question_id}, otherwise=UnknownSource)
    if not question.body or not await may_see(tx, actor, question):
        raise UnknownSource
    return Source(question_id=question.id, inquiry_id=question.inquiry_id)


async def source_of_inquiry(tx: Tx, actor: Actor, inquiry_id: UUID) -> Source:
    """The question asked because of it, an accepted one before others; else the topic it was solved in."""
    asked = [each for each in await tx.all(ASKED, {"inquiry_id": inquiry_id}) if each.body]
    seen = [each for each in asked if await may_see(tx, actor, each)]
    if seen:
        first = min(seen, key=lambda each: each.state is not QuestionState.ACCEPTED)
        return Source(question_id=first.id, inquiry_id=inquiry_id)
    task = await tx.first(SOLVED, {"inquiry_id": inquiry_id})
    return Source(topic_id=None if task is None else task.topic_id, inquiry_id=inquiry_id)


async def material_of(tx: Tx, actor: Actor, question_id: UUID) -> Material:
    """A question with its accepted answer, else the one with most votes."""
    question = await tx.one(THE_QUESTION, {"question_id": question_id}, otherwise=UnknownSource)
    if not question.body or not await may_see(tx, actor, question):
        raise UnknownSource
    best = await tx.first(BEST, {"question_id": question_id})
    return Material(
        title=question.title,
        body=of_question(question.body, None if best is None else best.body),
        tags=question.tags,
        language=question.language,
        authors=[best.author_id] if best is not None and best.author_id is not None else [],
    )


async def claim(tx: Tx, community_id: UUID, refs: Sequence[tuple[SourceKind, UUID]]) -> None:
    """Hold the conversation; `AlreadyDrafted` while an article that came from it stands."""
    for kind, ref in refs:
        row = {"community_id": community_id, "kind": kind, "ref": ref, "drafted_at": tx.now}
        again = tx.upsert(DraftedSource).on_conflict_do_update(
            index_elements=["community_id", "kind", "ref"], set_={"drafted_at": tx.now}
        )
        await tx.execute(again, row)
    for kind, ref in refs:
        made = await tx.first(MADE_OF, {"kind": kind, "ref": str(ref)})
        if made is not None:
            raise AlreadyDrafted(f"article {made.id} was made of it", article_id=made.id)


_KIND: Any = sa.bindparam("kind", type_=Provenance.__table__.c.kind.type)  # type: ignore[attr-defined]
MADE_OF = constant(
    sa.select(col(Article.id))
    .join(Provenance, col(Provenance.article_id) == col(Article.id))
    .where(
        scope(Article),
        scope(Provenance),
        col(Provenance.kind) == _KIND,
        col(Provenance.ref) == sa.bindparam("ref"),
        col(Article.state).not_in([ArticleState.ARCHIVED, ArticleState.DEPRECATED]),
    )
    .order_by(col(Article.id))
    .limit(1)
)
ASKED = constant(
    select(Question)
    .where(scope(Question), col(Question.inquiry_id) == sa.bindparam("inquiry_id"))
    .order_by(col(Question.id))
    .limit(20)
)
SOLVED = constant(
    select(Task).where(
        scope(Task),
        col(Task.kind) == TaskKind.DRAFT,
        col(Task.cause_id) == sa.bindparam("inquiry_id"),
        col(Task.topic_id).is_not(None),
    )
)
BEST = constant(
    select(Answer)
    .where(
        scope(Answer),
        col(Answer.question_id) == sa.bindparam("question_id"),
        col(Answer.state).in_([AnswerState.ACCEPTED, AnswerState.POSTED]),
    )
    .order_by(col(Answer.rank), col(Answer.id))
    .limit(1)
)
