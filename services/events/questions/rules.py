"""Questions put before or during an event."""

from enum import StrEnum


class QuestionState(StrEnum):
    ASKED = "asked"
    ANSWERED = "answered"
    DISMISSED = "dismissed"


class QuestionVerb(StrEnum):
    ANSWER = "answer"
    DISMISS = "dismiss"


def verbs(state: QuestionState) -> list[QuestionVerb]:
    """What may be done with a question now: each is settled once."""
    return list(QuestionVerb) if state is QuestionState.ASKED else []
