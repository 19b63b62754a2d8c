"""What follows from facts about members: what is handed over, and how long it is looked for."""

from datetime import datetime, timedelta
from enum import StrEnum


class HandedKind(StrEnum):
    """What a merged member hands over to the survivor."""

    COLLECTION = "collection"
    """The collection they look after."""
    ARTICLE = "article"
    """The article they own."""
    REVISION = "revision"
    QUESTION = "question"
    ANSWER = "answer"
    RESOURCE = "resource"
    CALL = "call"
    """The call they claimed."""
    ENTITLEMENT = "entitlement"


STILL = timedelta(seconds=10)
"""So long what follows from a fact is looked for again: what had begun before the fact commits by then."""
LOOK_AGAIN = timedelta(seconds=3)


def next_look(heard_at: datetime, now: datetime) -> datetime | None:
    """When to look again after nothing was found at `now`; None when nothing can turn up any more."""
    return None if now > heard_at + STILL else now + LOOK_AGAIN
