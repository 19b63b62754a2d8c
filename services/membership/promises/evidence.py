"""What shows that a promise was kept: notes, addresses, facts; bounded."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from services.membership.promises.rules import EVIDENCE_MAX
from shared.problems import Unprocessable
from shared.route import Command


class EvidenceGiven(Command):
    """A note, with the address of what it speaks of where there is one."""

    note: Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]
    url: Annotated[str, Field(pattern=r"^https?://", max_length=500)] | None = None


Evidences = Annotated[list[EvidenceGiven], Field(max_length=EVIDENCE_MAX)]


class TooMuchEvidence(Unprocessable):
    title = "Too much evidence"


def with_more(
    evidence: Sequence[dict[str, Any]], more: Sequence[EvidenceGiven], at: datetime
) -> list[dict[str, Any]]:
    """The evidence there is and what is added now; the fact that keeps a promise is never too much."""
    if len(evidence) + len(more) > EVIDENCE_MAX:
        raise TooMuchEvidence
    return [*evidence, *(_entry(at, note=each.note, url=each.url) for each in more)]


def of_fact(occasion: str, fact_id: object, at: datetime) -> dict[str, Any]:
    """The fact that kept a promise, as evidence."""
    return _entry(at, fact=str(occasion), fact_id=str(fact_id))


def _entry(at: datetime, **given: str | None) -> dict[str, Any]:
    empty: dict[str, Any] = dict.fromkeys(("note", "url", "fact", "fact_id"))
    return empty | given | {"at": at.isoformat()}
