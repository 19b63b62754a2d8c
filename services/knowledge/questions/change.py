"""Put a question another way: PATCH /questions/{id} -> whoever asked or an editor -> QuestionChanged."""

from typing import Any
from uuid import UUID

from pydantic import Field

from services.knowledge.inputs import Language, Tags, Title
from services.knowledge.models import Question
from services.knowledge.people.readers import is_editor
from services.knowledge.questions.access import held_question, require_author
from services.knowledge.questions.entries import index_all, index_question
from services.knowledge.questions.inputs import Readers, Said
from services.knowledge.questions.steps import of
from services.knowledge.questions.view import QuestionView
from shared.contracts.knowledge import QuestionChanged
from shared.identity import Actor
from shared.problems import Conflict
from shared.route import Command, Router, Write, left_out
from shared.store import Tx

router = Router(tags=["questions"])


class ChangeQuestion(Command):
    """What to change; what is left out stays."""

    title: Title = Field(default_factory=left_out)
    body: Said = Field(default_factory=left_out)
    tags: Tags = Field(default_factory=left_out)
    language: Language = Field(default_factory=left_out)
    visibility: Readers = Field(default_factory=left_out)


class AnsweredForThese(Conflict):
    """Who answered wrote for those who could read the question; only an editor changes who that is."""

    title = "It has answers: who may read it stays"


async def change(
    tx: Tx, actor: Actor, _community_id: UUID, question_id: UUID, command: ChangeQuestion
) -> Question:
    """Change what was given; its answers are found by its new title."""
    given: dict[str, Any] = command.model_dump(exclude_unset=True)
    before = await held_question(tx, actor, question_id)
    require_author(tx, actor, before.asked_by, "question.change", question_id)
    if given.get("visibility", before.visibility) is not before.visibility:
        _require_unanswered(actor, before)
    question = await tx.lock(Question, question_id, **given)
    tx.publish(QuestionChanged(**of(question)))
    if given.keys() - {"body"}:
        await index_all(tx, question)
    else:
        await index_question(tx, question)
    return question


def _require_unanswered(actor: Actor, question: Question) -> None:
    if question.answers and not is_editor(actor):
        raise AnsweredForThese


@router.patch("/v1/communities/{community_id}/questions/{question_id}", allows="question.ask", versioned=True)
async def patch_question(
    community_id: UUID, question_id: UUID, command: ChangeQuestion, write: Write
) -> QuestionView:
    return await write(change, community_id, question_id, command)
