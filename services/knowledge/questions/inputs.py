"""What is said in questions and answers, and how long an answer holds."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from services.knowledge.questions.rules import SAID_LENGTH
from services.knowledge.rules import Visibility
from shared.problems import Unprocessable
from shared.store import Tx

Said = Annotated[str, Field(min_length=1, max_length=SAID_LENGTH, pattern=r"\S")]
"""Markdown, as in articles."""

Readers = Literal[Visibility.PUBLIC, Visibility.MEMBERS]
"""A question is for members to answer, so they can read it."""


class AlreadyOver(Unprocessable):
    """What holds until then would not hold now."""

    title = "That moment has passed"


def require_ahead(tx: Tx, moment: datetime | None) -> None:
    """Raise unless it is still to come."""
    if moment is not None and moment <= tx.now:
        raise AlreadyOver
