"""What knowledge hands out about a person: its tables, a few rows at a time."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from services.knowledge.models import (
    Answer,
    AnswerVote,
    Article,
    Attachment,
    ContributionCall,
    Contributor,
    Curator,
    Deflection,
    Departure,
    Entitlement,
    ImportJob,
    Merge,
    Question,
    QuestionInvitation,
    Rating,
    Resource,
    Review,
    Reviewer,
    ReviewVerdict,
    Revision,
    SearchLog,
    Verification,
)
from services.knowledge.traces import MEMBERS, SEARCHERS, given_for
from shared.data_subjects import DataSubject, Piece
from shared.store import Tx, constant, scope

ROWS = 100
"""Of one table in one piece; fewer where a row can be long."""


@dataclass(frozen=True)
class Held:
    """The rows of a table that are somebody's."""

    table: str
    statement: Any
    rows: int


async def hand_out(tx: Tx, subject: DataSubject, after: str | None) -> Piece:
    """One table after the other; `after` is which, and how many rows of it are out."""
    number, _, done = (after or "0:0").partition(":")
    given = given_for(subject, tx.secret)
    for index in range(int(number), len(HELD)):
        held, start = HELD[index], int(done or 0)
        rows = await tx.all(held.statement, given | {"skip": start})
        if rows:
            full = len(rows) == held.rows
            following = f"{index}:{start + held.rows}" if full else f"{index + 1}:0"
            ends = not full and index + 1 == len(HELD)
            return Piece({held.table: [row._asdict() for row in rows]}, None if ends else following)
        done = "0"
    return Piece()


def _held(
    model: type[Any],
    *whose: Any,
    where: Any = None,
    rows: int = ROWS,
    without: tuple[str, ...] = (),
    only: tuple[str, ...] = (),
) -> Held:
    table: sa.Table = model.__table__
    columns = [each for each in table.c if each.name not in without and (not only or each.name in only)]
    theirs = sa.or_(*(col(each).in_(MEMBERS) for each in whose)) if where is None else where
    wanted = sa.select(*columns).where(scope(model), theirs).order_by(*table.primary_key.columns)
    wanted = wanted.limit(sa.bindparam("rows", rows, sa.Integer())).offset(
        sa.bindparam("skip", type_=sa.Integer())
    )
    return Held(str(model.__tablename__), constant(wanted), rows)


HELD = (
    _held(Revision, Revision.author_id, rows=5),
    _held(Article, Article.owner_id, only=("id", "slug", "title", "kind", "state", "created_at")),
    _held(Contributor, Contributor.member_id),
    _held(Curator, Curator.member_id),
    _held(Review, Review.submitted_by),
    _held(Reviewer, Reviewer.member_id),
    _held(ReviewVerdict, ReviewVerdict.member_id),
    _held(Verification, Verification.verified_by),
    _held(Rating, Rating.member_id),
    _held(Question, Question.asked_by),
    _held(Answer, Answer.author_id),
    _held(Answer, Answer.verified_by, only=("id", "question_id", "verified_at", "valid_until")),
    _held(AnswerVote, AnswerVote.member_id),
    _held(QuestionInvitation, QuestionInvitation.member_id, QuestionInvitation.invited_by),
    _held(Resource, Resource.added_by),
    _held(
        ContributionCall,
        ContributionCall.opened_by,
        ContributionCall.claimed_by,
        ContributionCall.fulfilled_by,
    ),
    _held(Deflection, Deflection.linked_by),
    _held(Attachment, Attachment.added_by, without=("content",)),
    _held(ImportJob, ImportJob.member_id),
    _held(SearchLog, where=col(SearchLog.searcher).in_(SEARCHERS), without=("searcher",)),
    _held(Entitlement, Entitlement.member_id),
    _held(Departure, Departure.member_id),
    _held(
        Merge,
        where=sa.and_(
            sa.or_(col(Merge.merged_id).in_(MEMBERS), col(Merge.survivor_id).in_(MEMBERS)),
            col(Merge.undone).is_(False),
        ),
    ),
)
