"""Duplicates: POST /questions/{id}/duplicate -> of one that is none itself -> QuestionClosed."""

from uuid import UUID

from services.knowledge.models import HOLD_QUESTION, Question
from services.knowledge.questions.access import led, may_see, require_author
from services.knowledge.questions.entries import index_all
from services.knowledge.questions.rules import QuestionState, QuestionVerb
from services.knowledge.questions.steps import of
from services.knowledge.questions.view import QuestionView
from shared.contracts.knowledge import QuestionClosed
from shared.identity import Actor
from shared.problems import Conflict, NotFound, Unprocessable
from shared.route import Command, Router, Write
from shared.store import Tx

router = Router(tags=["questions"])


class MarkDuplicate(Command):
    """The question that stands for it."""

    of: UUID


class DuplicateOfItself(Unprocessable):
    title = "A question is no duplicate of itself"


class OriginalUnknown(Unprocessable):
    """There is no such question, or it is not for the caller to see."""

    title = "The question it is said to repeat is not known"


class OriginalIsDuplicate(Conflict):
    """`duplicate_of` stands for that one; so there are no circles."""

    title = "That question is a duplicate itself"


async def mark_duplicate(
    tx: Tx, actor: Actor, _community_id: UUID, question_id: UUID, command: MarkDuplicate
) -> Question:
    """Another one stands for it from now on; a search no longer leads here. Both are held, in id order."""
    if command.of == question_id:
        raise DuplicateOfItself
    pair = sorted((question_id, command.of))
    held = {id_: await tx.first(HOLD_QUESTION, {"question_id": id_}) for id_ in pair}
    before, original = held[question_id], held[command.of]
    if before is None or not await may_see(tx, actor, before):
        raise NotFound
    require_author(tx, actor, before.asked_by, "question.duplicate", question_id)
    state = led(before, QuestionVerb.DUPLICATE)
    if original is None or original.state is QuestionState.HIDDEN or not await may_see(tx, actor, original):
        raise OriginalUnknown
    if original.state is QuestionState.DUPLICATE:
        raise OriginalIsDuplicate(duplicate_of=original.duplicate_of)
    question = await tx.lock(Question, question_id, state=state, duplicate_of=original.id)
    tx.publish(QuestionClosed(**of(question), reason=state.value, duplicate_of=original.id))
    await index_all(tx, question)
    return question


@router.post("/v1/communities/{community_id}/questions/{question_id}/duplicate", allows="question.settle")
async def post_question_duplicate(
    community_id: UUID, question_id: UUID, command: MarkDuplicate, write: Write
) -> QuestionView:
    return await write(mark_duplicate, community_id, question_id, command)
