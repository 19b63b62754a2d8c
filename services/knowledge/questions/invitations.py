"""Who asks me: GET /questions/invitations -> questions the caller was asked to answer and has not."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import AwareDatetime
from sqlmodel import col, select

from services.knowledge.models import Question, QuestionInvitation
from services.knowledge.questions.access import require_member
from services.knowledge.questions.rules import TAKES_ANSWERS
from shared.identity import Actor
from shared.route import Cursor, Limit, Page, Read, Router, View
from shared.store import Tx, constant, scope

router = Router(tags=["questions"])


class InvitationView(View):
    """A question the caller was asked to answer; `invited_by` is null where a key did, or nobody is left."""

    question_id: UUID
    title: str
    invited_by: UUID | None
    created_at: AwareDatetime


async def invitations_of(
    tx: Tx, actor: Actor, _community_id: UUID, limit: int, cursor: str | None
) -> Page[Any]:
    """The latest first; what takes no answers any more is left out."""
    by = (QuestionInvitation.created_at, QuestionInvitation.question_id)
    given = {"member_id": require_member(actor)}
    page = await tx.page(OPEN, given, by=by, limit=limit, cursor=cursor, descending=True)
    ids = [each.question_id for each in page.items]
    titles = {row.id: row.title for row in await tx.all(TITLES, {"ids": ids})} if ids else {}
    items = [
        InvitationView.model_validate(each._asdict() | {"title": titles[each.question_id]})  # type: ignore[attr-defined]  # rows are named tuples
        for each in page.items
    ]
    return Page(items=items, next_cursor=page.next_cursor)


OPEN = constant(
    select(QuestionInvitation).where(
        scope(QuestionInvitation),
        col(QuestionInvitation.member_id) == sa.bindparam("member_id"),
        col(QuestionInvitation.answered_at).is_(None),
        sa.exists().where(
            scope(Question),
            col(Question.id) == col(QuestionInvitation.question_id),
            col(Question.state).in_(sorted(TAKES_ANSWERS)),
        ),
    )
)
TITLES = constant(
    sa.select(col(Question.id), col(Question.title)).where(
        scope(Question), col(Question.id).in_(sa.bindparam("ids", expanding=True))
    )
)


@router.get("/v1/communities/{community_id}/questions/invitations", allows="question.ask")
async def get_question_invitations(
    community_id: UUID, read: Read, limit: Limit = 20, cursor: Cursor = None
) -> Page[InvitationView]:
    return await read(invitations_of, community_id, limit, cursor)
