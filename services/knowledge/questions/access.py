"""Who may see and do what with questions and answers; a question is held before any of its answers."""

from typing import Any
from uuid import UUID

from services.knowledge.models import HOLD_QUESTION, THE_ANSWER, THE_QUESTION, Answer, Question
from services.knowledge.people.readers import is_editor, member_of, reader_of
from services.knowledge.questions import rules
from services.knowledge.questions.rules import (
    ANSWER_MOVES,
    QUESTION_MOVES,
    READABLE,
    AnswerState,
    AnswerVerb,
    QuestionState,
    QuestionVerb,
)
from shared.identity import Actor
from shared.problems import Forbidden, InvalidTransition, NotFound
from shared.store import Tx


class NotTheirs(Forbidden):
    """It takes whoever wrote it, or asked, or an editor."""

    title = "Not yours to change"


class MembersOnly(Forbidden):
    """A key has no vote and is asked for nothing."""

    title = "Only members of the community can do this"


async def visible_question(tx: Tx, actor: Actor, question_id: UUID) -> Question:
    """The question, or 404 where the caller may not know of it."""
    return await _seen(tx, actor, await tx.one(THE_QUESTION, {"question_id": question_id}))


async def held_question(tx: Tx, actor: Actor, question_id: UUID) -> Question:
    """The same, nobody else's to change until commit."""
    return await _seen(tx, actor, await tx.one(HOLD_QUESTION, {"question_id": question_id}))


async def _seen(tx: Tx, actor: Actor, question: Question) -> Question:
    if not await may_see(tx, actor, question):
        raise NotFound
    return question


async def may_see(tx: Tx, actor: Actor, question: Question) -> bool:
    """Whether the caller may know of the question."""
    if question.state is QuestionState.HIDDEN and not is_editor(actor):
        return False
    return (await reader_of(tx, actor)).may_read(question.visibility, None)


async def visible_answer(tx: Tx, actor: Actor, answer_id: UUID) -> Answer:
    """The answer to a question the caller may see."""
    answer = await tx.one(THE_ANSWER, {"answer_id": answer_id})
    await visible_question(tx, actor, answer.question_id)
    return _readable(actor, answer)


async def held_answer(tx: Tx, actor: Actor, answer_id: UUID) -> tuple[Question, Answer]:
    """The answer with its question; both are nobody else's to change until commit."""
    found = await tx.one(THE_ANSWER, {"answer_id": answer_id})
    question = await held_question(tx, actor, found.question_id)
    # Read again: whatever was under way with it has ended by now.
    return question, _readable(actor, await tx.one(THE_ANSWER, {"answer_id": answer_id}))


def _readable(actor: Actor, answer: Answer) -> Answer:
    if answer.state in READABLE or (answer.state is AnswerState.HIDDEN and is_editor(actor)):
        return answer
    raise NotFound


def require_author(tx: Tx, actor: Actor, whose: UUID | None, action: str, id: UUID) -> None:
    """Raise unless the caller is `whose`, or an editor, whose doing is audited."""
    if whose is not None and whose == member_of(actor):
        return
    if not is_editor(actor):
        raise NotTheirs
    tx.audit(action, id)


def require_member(actor: Actor) -> UUID:
    """The member who acts."""
    member_id = member_of(actor)
    if member_id is None:
        raise MembersOnly
    return member_id


def led(question: Question, verb: QuestionVerb) -> QuestionState:
    """Where the verb leads the question; `InvalidTransition` when it does not."""
    moves: Any = QUESTION_MOVES.get(question.state, {})
    if verb not in moves:
        raise InvalidTransition(state=question.state.value, allowed=rules.verbs(question.state))
    to: QuestionState = moves[verb]
    return to


def require_answer_verb(answer: Answer, verb: AnswerVerb) -> None:
    """Raise unless the answer's state allows it."""
    if verb not in ANSWER_MOVES.get(answer.state, {}):
        raise InvalidTransition(state=answer.state.value, allowed=rules.answer_verbs(answer.state))
