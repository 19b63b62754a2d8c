"""Ask: POST /questions -> members, also where an inquiry began it -> QuestionAsked."""

from uuid import UUID

from pydantic import Field

from services.knowledge.inputs import Language, Tags, Title
from services.knowledge.models import Question
from services.knowledge.people.readers import member_of
from services.knowledge.questions.entries import index_question
from services.knowledge.questions.inputs import Readers, Said
from services.knowledge.questions.view import QuestionView
from services.knowledge.rules import Visibility
from shared.contracts.knowledge import QuestionAsked
from shared.identity import Actor
from shared.route import Command, Router, Write
from shared.store import Tx
from shared.tombstones import refuse_erased

router = Router(tags=["questions"])


class AskQuestion(Command):
    """What somebody wants to know; `inquiry_id` where it began as an inquiry."""

    title: Title
    body: Said
    tags: Tags = Field(default_factory=list)
    language: Language = "en"
    visibility: Readers = Visibility.MEMBERS
    inquiry_id: UUID | None = None


async def ask(tx: Tx, actor: Actor, community_id: UUID, command: AskQuestion) -> Question:
    """Put a question; what a key asks is nobody's."""
    member_id = member_of(actor)
    await refuse_erased(tx, member_id)
    question = Question(
        **command.model_dump(),
        community_id=community_id,
        asked_by=member_id,
        created_at=tx.now,
        updated_at=tx.now,
    )
    await tx.insert(question)
    tx.publish(
        QuestionAsked(
            community_id=community_id,
            question_id=question.id,
            member_id=member_id,
            inquiry_id=command.inquiry_id,
        )
    )
    await index_question(tx, question)
    return question


@router.post("/v1/communities/{community_id}/questions", status_code=201, allows="question.ask")
async def post_question(community_id: UUID, command: AskQuestion, write: Write) -> QuestionView:
    return await write(ask, community_id, command)
