"""Verify: POST /answers/{id}/verify -> editors -> AnswerVerified."""

from uuid import UUID

from services.knowledge.models import Answer
from services.knowledge.people.readers import member_of
from services.knowledge.questions.access import held_answer, require_answer_verb
from services.knowledge.questions.entries import index_answers
from services.knowledge.questions.inputs import require_ahead
from services.knowledge.questions.rules import AnswerState, AnswerVerb
from services.knowledge.questions.steps import of_answer
from services.knowledge.questions.view import AnswerView, shown_one
from shared.contracts.knowledge import AnswerVerified
from shared.identity import Actor
from shared.route import Command, Instant, Router, Write
from shared.store import Tx
from shared.tombstones import refuse_erased

router = Router(tags=["answers"])


class VerifyAnswer(Command):
    """Until when what was found right will hold, where that is known."""

    valid_until: Instant | None = None


FOR_GOOD = VerifyAnswer()


async def verify(
    tx: Tx, actor: Actor, _community_id: UUID, answer_id: UUID, command: VerifyAnswer
) -> AnswerView:
    """Somebody who knows found it right; an accepted one holds as long as they say."""
    until, verified_by = command.valid_until, member_of(actor)
    await refuse_erased(tx, verified_by)
    question, answer = await held_answer(tx, actor, answer_id)
    require_answer_verb(answer, AnswerVerb.VERIFY)
    require_ahead(tx, until)
    answer = await tx.lock(
        Answer,
        answer_id,
        verified_by=verified_by,
        verified_at=tx.now,
        valid_until=until,
        clock_at=until if answer.state is AnswerState.ACCEPTED else None,
    )
    tx.publish(AnswerVerified(**of_answer(answer), verified_by=verified_by, valid_until=until))
    tx.audit("answer.verify", answer_id)
    await index_answers(tx, question, answer)
    return await shown_one(tx, actor, answer)


@router.post("/v1/communities/{community_id}/answers/{answer_id}/verify", allows="answer.verify")
async def post_answer_verify(
    community_id: UUID, answer_id: UUID, write: Write, command: VerifyAnswer = FOR_GOOD
) -> AnswerView:
    return await write(verify, community_id, answer_id, command)
