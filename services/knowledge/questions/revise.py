"""Mend or take back an answer: PATCH, DELETE /answers/{id} -> its author or an editor -> AnswerChanged."""

from uuid import UUID

from services.knowledge.models import Answer
from services.knowledge.questions.access import held_answer, require_author
from services.knowledge.questions.entries import index_answers, index_question
from services.knowledge.questions.inputs import Said
from services.knowledge.questions.steps import deleted, of_answer
from services.knowledge.questions.view import AnswerView, shown_one
from services.knowledge.search import index
from shared.contracts.knowledge import AnswerChanged
from shared.identity import Actor
from shared.route import Command, Router, Write
from shared.store import Tx

router = Router(tags=["answers"])

PATH = "/v1/communities/{community_id}/answers/{answer_id}"


class ChangeAnswer(Command):
    """The answer put another way."""

    body: Said


async def change(
    tx: Tx, actor: Actor, _community_id: UUID, answer_id: UUID, command: ChangeAnswer
) -> AnswerView:
    """Put it another way; its votes and whether it is accepted stay, but nobody has verified this text."""
    question, answer = await held_answer(tx, actor, answer_id)
    require_author(tx, actor, answer.author_id, "answer.change", answer_id)
    answer = await tx.lock(Answer, answer_id, body=command.body, verified_by=None, verified_at=None)
    tx.publish(AnswerChanged(**of_answer(answer)))
    await index_answers(tx, question, answer)
    return await shown_one(tx, actor, answer)


async def delete(tx: Tx, actor: Actor, _community_id: UUID, answer_id: UUID) -> None:
    """Take it back for good."""
    question, answer = await held_answer(tx, actor, answer_id)
    require_author(tx, actor, answer.author_id, "answer.delete", answer_id)
    tx.require_version(answer.version)
    after = await deleted(tx, question, answer)
    if after.state is not question.state:
        await index_question(tx, after)
    await index.take_out(tx, [answer_id])


@router.patch(PATH, allows="answer.write", versioned=True)
async def patch_answer(
    community_id: UUID, answer_id: UUID, command: ChangeAnswer, write: Write
) -> AnswerView:
    return await write(change, community_id, answer_id, command)


@router.delete(PATH, status_code=204, allows="answer.write", versioned=True)
async def delete_answer(community_id: UUID, answer_id: UUID, write: Write) -> None:
    return await write(delete, community_id, answer_id)
