"""What knowledge does for a person: ErasureRequested -> nobody's, or gone -> ErasureCompleted.

What articles say is the community's knowledge and stays; whatever else they said about it goes.
"""

from collections import Counter
from collections.abc import Awaitable, Callable

from services.knowledge import traces
from services.knowledge.articles.forget import forget_authors, forget_ratings
from services.knowledge.articles.forget_drafts import forget_drafts
from services.knowledge.calls.forget import forget_calls
from services.knowledge.holdings import hand_out
from services.knowledge.models import (
    Answer,
    Attachment,
    ContributionCall,
    ImportDocument,
    Question,
    Resource,
    ReviewVerdict,
    Revision,
    SearchDocument,
    SearchGap,
    SearchLog,
    Verification,
    Word,
)
from services.knowledge.people.leaving import leave_collections
from services.knowledge.questions.forget import forget_answers, forget_questions, forget_votes
from services.knowledge.resources.forget import forget_resources
from shared.contracts.knowledge import ErasureCompleted
from shared.data_subjects import DataSubject, Piece
from shared.privacy import Privacy
from shared.store import Tx

privacy = Privacy(
    receipt=ErasureCompleted,
    covers=(Question, Answer, ReviewVerdict, Verification, Resource, ContributionCall, SearchLog),
    keeps={
        Revision: "what an article says is the community's knowledge; author and summary go",
        Attachment: "pictures articles show; nobody's",
        ImportDocument: "gone once it was read; what was not understood of it is the document's",
        SearchDocument: "what can be found: goes and changes with what it is about",
        Word: "words without their texts; go with the last text that has them",
        SearchGap: "asked by five at least, and nobody in particular",
    },
)
router, consumers, jobs = privacy.router, privacy.consumers, privacy.jobs


@privacy.erases
async def erase(tx: Tx, subject: DataSubject) -> dict[str, int]:
    """One kind after another, whatever is left of the first that has any."""
    steps: tuple[Callable[[Tx, DataSubject], Awaitable[dict[str, int]]], ...] = (
        _collections,
        forget_drafts,
        forget_authors,
        forget_ratings,
        forget_questions,
        forget_answers,
        forget_votes,
        forget_resources,
        forget_calls,
        _the_rest,
    )
    for step in steps:
        if counts := await step(tx, subject):
            return counts
    return {}


async def _collections(tx: Tx, subject: DataSubject) -> dict[str, int]:
    left = await leave_collections(tx, list(subject.member_ids)) if subject.member_ids else 0
    return {"curator": left} if left else {}


async def _the_rest(tx: Tx, subject: DataSubject) -> dict[str, int]:
    """Rows that only speak of the person, and ids beside what others need."""
    given = traces.given_for(subject, tx.secret)
    counts: Counter[str] = Counter()
    for table, statement in traces.FORGET:
        counts[table] += await tx.execute(statement, given)
    return dict(+counts)


@privacy.exports
async def export(tx: Tx, subject: DataSubject, after: str | None) -> Piece:
    return await hand_out(tx, subject, after)
