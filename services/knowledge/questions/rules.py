"""The lives of questions and answers, which answer comes first, and how many there can be."""

from collections.abc import Mapping
from enum import StrEnum


class QuestionState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    ACCEPTED = "accepted"
    OUTDATED = "outdated"
    DUPLICATE = "duplicate"
    CLOSED = "closed"
    HIDDEN = "hidden"


class AnswerState(StrEnum):
    POSTED = "posted"
    ACCEPTED = "accepted"
    OUTDATED = "outdated"
    HIDDEN = "hidden"
    DELETED = "deleted"


class QuestionVerb(StrEnum):
    ANSWER = "answer"
    ACCEPT = "accept"
    OUTDATE = "mark-outdated"
    REOPEN = "reopen"
    CLOSE = "close"
    DUPLICATE = "duplicate"


class AnswerVerb(StrEnum):
    ACCEPT = "accept"
    VERIFY = "verify"
    OUTDATE = "mark-outdated"


class ClosedReason(StrEnum):
    OFF_TOPIC = "off_topic"
    UNCLEAR = "unclear"
    NO_LONGER_NEEDED = "no_longer_needed"
    OPINION = "opinion"


class OutdatedReason(StrEnum):
    """Why an accepted answer holds no longer."""

    NO_LONGER_TRUE = "no_longer_true"
    SUPERSEDED = "superseded"
    WRONG = "wrong"
    EXPIRED = "expired"
    """Its `valid_until` passed; nobody says so, the clock does."""


SAID_LENGTH = 30_000
"""Characters of a question or an answer."""
ANSWERS_MOST = 100
"""Answers of one question; a new title is written into the index for each of them."""
INVITED_AT_ONCE = 10
INVITED_MOST = 50
"""Members who can be asked for an answer to one question."""
FORGOTTEN_TITLE = "A question whose asker was erased"

READABLE = frozenset({AnswerState.POSTED, AnswerState.ACCEPTED, AnswerState.OUTDATED})
"""Answers whoever may read the question may read."""
UNSEEN = frozenset({QuestionState.HIDDEN, QuestionState.DUPLICATE})
"""A search leads neither to these nor to their answers."""
TAKES_ANSWERS = frozenset(
    {QuestionState.OPEN, QuestionState.ANSWERED, QuestionState.ACCEPTED, QuestionState.OUTDATED}
)

_ENDINGS = {QuestionVerb.CLOSE: QuestionState.CLOSED, QuestionVerb.DUPLICATE: QuestionState.DUPLICATE}

QUESTION_MOVES: Mapping[QuestionState, Mapping[QuestionVerb, QuestionState]] = {
    QuestionState.OPEN: {QuestionVerb.ANSWER: QuestionState.ANSWERED, **_ENDINGS},
    QuestionState.ANSWERED: {
        QuestionVerb.ANSWER: QuestionState.ANSWERED,
        QuestionVerb.ACCEPT: QuestionState.ACCEPTED,
        **_ENDINGS,
    },
    QuestionState.ACCEPTED: {
        QuestionVerb.ANSWER: QuestionState.ACCEPTED,
        QuestionVerb.ACCEPT: QuestionState.ACCEPTED,
        QuestionVerb.OUTDATE: QuestionState.OUTDATED,
        **_ENDINGS,
    },
    QuestionState.OUTDATED: {
        QuestionVerb.ANSWER: QuestionState.OUTDATED,
        QuestionVerb.ACCEPT: QuestionState.ACCEPTED,
        QuestionVerb.REOPEN: QuestionState.OPEN,
        **_ENDINGS,
    },
    QuestionState.CLOSED: {QuestionVerb.REOPEN: QuestionState.OPEN},
    QuestionState.DUPLICATE: {QuestionVerb.REOPEN: QuestionState.OPEN},
}
"""A reopened question that has answers is answered at once. Outdated: what was accepted holds no longer."""

ANSWER_MOVES: Mapping[AnswerState, Mapping[AnswerVerb, AnswerState]] = {
    AnswerState.POSTED: {
        AnswerVerb.ACCEPT: AnswerState.ACCEPTED,
        AnswerVerb.VERIFY: AnswerState.POSTED,
    },
    AnswerState.ACCEPTED: {
        AnswerVerb.ACCEPT: AnswerState.ACCEPTED,
        AnswerVerb.VERIFY: AnswerState.ACCEPTED,
        AnswerVerb.OUTDATE: AnswerState.OUTDATED,
    },
    AnswerState.OUTDATED: {AnswerVerb.ACCEPT: AnswerState.ACCEPTED},
}
"""An outdated answer that was mended can be accepted again."""


def verbs(state: QuestionState) -> list[str]:
    """What may be done with a question in this state."""
    return [verb.value for verb in QUESTION_MOVES.get(state, {})]


def answer_verbs(state: AnswerState) -> list[str]:
    """What may be done with an answer in this state."""
    return [verb.value for verb in ANSWER_MOVES.get(state, {})]


def counted(state: QuestionState, answers: int) -> QuestionState:
    """The state once `answers` can be read: open means there is none."""
    if state is QuestionState.OPEN and answers:
        return QuestionState.ANSWERED
    return QuestionState.OPEN if state is QuestionState.ANSWERED and not answers else state


def reopened(answers: int, *, holds: bool) -> QuestionState:
    """The state of a question that is opened again; `holds`: its accepted answer is still accepted."""
    return QuestionState.ACCEPTED if holds else counted(QuestionState.OPEN, answers)


def asker_may_reopen(state: QuestionState, reason: ClosedReason | None) -> bool:
    """Whoever asked takes back what they may have done themselves; the rest is for editors."""
    return state is QuestionState.OUTDATED or reason is ClosedReason.NO_LONGER_NEEDED


_FIRST = 1 << 40


def rank_of(state: AnswerState, votes: int) -> int:
    """Where an answer stands, smallest first: the accepted one, then by votes."""
    return -votes - (_FIRST if state is AnswerState.ACCEPTED else 0)
