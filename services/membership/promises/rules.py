"""The life of a promise: what people, facts and the clock do to it, and when."""

from datetime import datetime, timedelta
from enum import StrEnum

GRACE_HOURS_MAX = 24 * 90
EVIDENCE_MAX = 20
SUMMARY_DAYS_MAX = 731


class PromiseState(StrEnum):
    """Where a promise stands; whoever waits for it hears of every change."""

    OPEN = "open"
    KEPT = "kept"
    LATE = "late"
    KEPT_LATE = "kept_late"
    BROKEN = "broken"
    RELEASED = "released"
    SUPERSEDED = "superseded"
    APOLOGISED = "apologised"


class Step(StrEnum):
    """What may happen to a promise; the first two are the clock's."""

    FALL_DUE = "fall-due"
    BREAK = "break"
    KEEP = "keep"
    RELEASE = "release"
    SUPERSEDE = "supersede"
    APOLOGISE = "apologise"


class RecipientKind(StrEnum):
    """To whom, or about what, something was promised."""

    PROSPECT = "prospect"
    MEMBER = "member"
    FEEDBACK = "feedback"
    INQUIRY = "inquiry"
    PARTNER = "partner"
    COMMUNITY = "community"
    CONFLICT = "conflict"


class PromiseVisibility(StrEnum):
    """Who may read a promise besides the member it was made to, the one who answers for it, and the team.

    `recipient`: whoever it was made to, shown to them by the service that knows them.
    """

    RECIPIENT = "recipient"
    TEAM = "team"
    MEMBERS = "members"


class PromiseSource(StrEnum):
    """The service that keeps the words."""

    MEMBERSHIP = "membership"
    ENGAGEMENT = "engagement"


class Occasion(StrEnum):
    """The facts a promise may wait for, by owner and name; such a fact keeps it without anybody's doing."""

    COMMUNITY_ACTIVATED = "membership.community_activated"
    INQUIRY_RESPONDED = "engagement.inquiry_responded"
    FEEDBACK_SHIPPED = "engagement.feedback_shipped"
    EVENT_PUBLISHED = "events.event_published"
    ARTICLE_PUBLISHED = "knowledge.article_published"


_NEXT: dict[tuple[PromiseState, Step], PromiseState] = {
    (PromiseState.OPEN, Step.FALL_DUE): PromiseState.LATE,
    (PromiseState.LATE, Step.BREAK): PromiseState.BROKEN,
    (PromiseState.OPEN, Step.KEEP): PromiseState.KEPT,
    (PromiseState.LATE, Step.KEEP): PromiseState.KEPT_LATE,
    (PromiseState.OPEN, Step.RELEASE): PromiseState.RELEASED,
    (PromiseState.LATE, Step.RELEASE): PromiseState.RELEASED,
    (PromiseState.OPEN, Step.SUPERSEDE): PromiseState.SUPERSEDED,
    (PromiseState.LATE, Step.SUPERSEDE): PromiseState.SUPERSEDED,
    (PromiseState.BROKEN, Step.APOLOGISE): PromiseState.APOLOGISED,
}
_THE_CLOCKS = (Step.FALL_DUE, Step.BREAK)
PENDING = (PromiseState.OPEN, PromiseState.LATE)
"""The states in which something can still be done for the promise."""


def after(state: PromiseState, step: Step) -> PromiseState | None:
    """The state `step` leads to; None where it is not possible."""
    return _NEXT.get((state, step))


def verbs(state: PromiseState) -> list[str]:
    """What somebody may do in `state`."""
    return [step.value for known, step in _NEXT if known is state and step not in _THE_CLOCKS]


def breaking_at(due_at: datetime | None, grace_hours: int) -> datetime | None:
    """When the grace is over; never without a due time."""
    return None if due_at is None else due_at + timedelta(hours=grace_hours)


def by_the_clock(
    state: PromiseState, due_at: datetime | None, breaks_at: datetime | None, now: datetime
) -> list[tuple[Step, datetime]]:
    """The steps time has taken by `now` and nobody has written down yet, in order, each at its own moment.

    A promise is in time at its due time itself, and late until the grace is over.
    """
    steps: list[tuple[Step, datetime]] = []
    if state is PromiseState.OPEN and due_at is not None and due_at < now:
        steps.append((Step.FALL_DUE, due_at))
        state = PromiseState.LATE
    if state is PromiseState.LATE and breaks_at is not None and breaks_at < now:
        steps.append((Step.BREAK, breaks_at))
    return steps


def standing(
    state: PromiseState, due_at: datetime | None, breaks_at: datetime | None, now: datetime
) -> PromiseState:
    """The state by now, written down or not."""
    for step, _ in by_the_clock(state, due_at, breaks_at, now):
        state = _NEXT[state, step]
    return state


def clock_at(state: PromiseState, due_at: datetime | None, breaks_at: datetime | None) -> datetime | None:
    """After which moment the clock will have something to do; None when never."""
    if state is PromiseState.OPEN:
        return due_at
    return breaks_at if state is PromiseState.LATE else None


def may_release(
    kind: RecipientKind,
    recipient_id: object,
    member_id: object | None,
    *,
    of_team: bool,
    reachable: bool = True,
) -> bool:
    """A member alone releases what was promised to them; for whoever cannot sign in here the team does.

    A member whom no login stands behind, or who is none any more, is not `reachable`.
    """
    if kind is RecipientKind.MEMBER and reachable:
        return member_id is not None and recipient_id == member_id
    return of_team


_ABOUT_THE_RECIPIENT = {
    RecipientKind.INQUIRY: Occasion.INQUIRY_RESPONDED,
    RecipientKind.FEEDBACK: Occasion.FEEDBACK_SHIPPED,
    RecipientKind.COMMUNITY: Occasion.COMMUNITY_ACTIVATED,
}


def waits_for_recipient(kind: RecipientKind, on_event: Occasion | None) -> bool:
    """Whether the event is one of the very thing the promise is about: of this inquiry, not of any."""
    return on_event is not None and _ABOUT_THE_RECIPIENT.get(kind) is on_event


def rate(part: int, n: int) -> float | None:
    """`part` of `n`; None of nothing."""
    return part / n if n else None
