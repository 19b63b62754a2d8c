"""What events does for a person: ErasureRequested -> what they said and asked goes -> ErasureCompleted.

What they had registered for and has not begun is cancelled; what has been keeps its seat and is nobody's.
"""

from collections import Counter
from collections.abc import Awaitable, Callable

from services.events import traces
from services.events.audience.leaving import FUTURE, OPEN, leave_series
from services.events.holdings import hand_out
from services.events.models import (
    HOLD_EVENT,
    Question,
    Registration,
    Speaker,
    SpeakerInvitation,
)
from services.events.questions.forget import forget_answers, forget_questions, forget_votes
from services.events.registrations.follow import release
from services.events.registrations.rules import OfferState
from services.events.registrations.seats import fill
from services.events.registrations.steps import told as told_of_registration
from services.events.speakers.forget import forget_speakers
from shared.contracts.events import (
    ErasureCompleted,
    RegistrationForgotten,
)
from shared.data_subjects import DataSubject, Piece, parameters_of
from shared.privacy import Privacy
from shared.store import Tx

privacy = Privacy(receipt=ErasureCompleted, covers=(Registration, Question, Speaker, SpeakerInvitation))
router, consumers, jobs = privacy.router, privacy.consumers, privacy.jobs


@privacy.erases
async def erase(tx: Tx, subject: DataSubject) -> dict[str, int]:
    """One kind after another, whatever is left of the first that has any."""
    steps: tuple[Callable[[Tx, DataSubject], Awaitable[dict[str, int]]], ...] = (
        _series,
        _registrations,
        forget_speakers,
        forget_questions,
        forget_answers,
        forget_votes,
        _the_rest,
    )
    for step in steps:
        if counts := await step(tx, subject):
            return counts
    return {}


async def _series(tx: Tx, subject: DataSubject) -> dict[str, int]:
    """They come to no more occurrences; those they came to no longer say why."""
    given = parameters_of(subject)
    await leave_series(tx, given["members"])
    rows = await tx.all(traces.SERIES, given)
    ids = {"ids": [row.id for row in rows]}
    if not rows:
        return {}
    await tx.execute(traces.UNTIE, ids)
    return {"series_registration": await tx.execute(traces.FORGET_SERIES, ids)}


async def _registrations(tx: Tx, subject: DataSubject) -> dict[str, int]:
    """Event by event: what has not begun is cancelled and its seat offered, all of it becomes nobody's."""
    given = parameters_of(subject)
    count = 0
    for place in await tx.all(traces.EVENTS, given):
        event = await tx.one(HOLD_EVENT, {"event_id": place.event_id})
        rows = await tx.all(traces.REGISTRATIONS, given | {"event_id": event.id})
        if event.state in FUTURE:
            coming = [row for row in rows if row.state in OPEN]
            event = await release(tx, event, coming, OfferState.WITHDRAWN, None)
            await fill(tx, event)
        for row in rows:
            after = await tx.lock(Registration, row.id, **traces.NOBODYS)
            tx.publish(told_of_registration(RegistrationForgotten, after))
        count += len(rows)
    return {"registration": count} if count else {}


async def _the_rest(tx: Tx, subject: DataSubject) -> dict[str, int]:
    """Rows that only speak of the person, and ids beside what others need."""
    given = parameters_of(subject)
    counts: Counter[str] = Counter()
    for table, statement in traces.FORGET:
        counts[table] += await tx.execute(statement, given)
    counts["evaluation"] += await tx.execute(traces.FORGET_RECORDER, traces.recorders_of(given))
    return dict(+counts)


@privacy.exports
async def export(tx: Tx, subject: DataSubject, after: str | None) -> Piece:
    return await hand_out(tx, subject, after)
