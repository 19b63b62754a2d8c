"""What events tells the others: what takes place when, who has a seat, who came; titles, ids and counts."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from shared.facts import ErasureReceipt, Fact


class _FormatFact(Fact):
    owner: ClassVar[str] = "events"
    aggregate: ClassVar[str] = "format"
    key: ClassVar[str] = "format_id"

    community_id: UUID
    format_id: UUID


class FormatProposed(_FormatFact):
    """A format is a candidate."""


class FormatChanged(_FormatFact):
    """Its description changed."""


class FormatTried(_FormatFact):
    """The community tries it."""


class FormatEmpowered(_FormatFact):
    """The community chose it."""


class FormatRetired(_FormatFact):
    """It is no longer used for new events."""


class _SeriesFact(Fact):
    owner: ClassVar[str] = "events"
    aggregate: ClassVar[str] = "series"
    key: ClassVar[str] = "series_id"

    community_id: UUID
    series_id: UUID


class SeriesCreated(_SeriesFact):
    """Events will recur by a rule."""

    title: str
    format_id: UUID | None
    group_id: UUID | None


class SeriesUpdated(_SeriesFact):
    """Its rule or what its occurrences begin with changed."""

    title: str


class SeriesEnded(_SeriesFact):
    """No more occurrences are made."""


class _SeriesRegistrationFact(Fact):
    owner: ClassVar[str] = "events"
    aggregate: ClassVar[str] = "series_registration"
    key: ClassVar[str] = "series_registration_id"

    community_id: UUID
    series_registration_id: UUID
    series_id: UUID
    member_id: UUID


class SeriesRegistrationMade(_SeriesRegistrationFact):
    """A member comes to every occurrence from now on; each has its own registration."""


class SeriesRegistrationCancelled(_SeriesRegistrationFact):
    """A member no longer comes to occurrences that are made later."""


class _EventFact(Fact):
    owner: ClassVar[str] = "events"
    aggregate: ClassVar[str] = "event"
    key: ClassVar[str] = "event_id"

    community_id: UUID
    event_id: UUID


class EventDrafted(_EventFact):
    """Somebody prepares an event."""


class EventPublished(_EventFact):
    """Members may know of the event; also when a postponed one has a new time."""

    title: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    series_id: UUID | None
    format_id: UUID | None
    group_id: UUID | None


class EventRegistrationOpened(_EventFact):
    """Members may register."""


class EventRegistrationClosed(_EventFact):
    """Nobody registers any more."""


class EventUpdated(_EventFact):
    """What is said of it changed; `moved` when its time did."""

    title: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    moved: bool


class EventPostponed(_EventFact):
    """It will not take place at its time; a new one follows."""


class EventCancelled(_EventFact):
    """It will not take place."""


class EventStarted(_EventFact):
    """It began; `confirmed` seats had been confirmed by then."""

    confirmed: int
    capacity: int | None


class EventCompleted(_EventFact):
    """It is over; `organisers` held it."""

    series_id: UUID | None
    format_id: UUID | None
    organisers: list[UUID]


class EventAttendanceCounted(_EventFact):
    """What is known of its attendance, in seats: told when it is settled, and again when it is corrected.

    `offers` were made from the waiting list, `offers_accepted` of them taken."""

    starts_at: datetime
    capacity: int | None
    confirmed: int
    checked_in: int
    no_show: int
    late_cancelled: int
    offers: int
    offers_accepted: int


class EventEvaluated(_EventFact):
    """Its result is recorded; `satisfied` of `answered` in its survey."""

    format_id: UUID | None
    verdict: Literal["worked", "unclear", "did_not"]
    satisfied: int | None
    answered: int | None


class EventArchived(_EventFact):
    """It is done with, and kept."""


class _RegistrationFact(Fact):
    owner: ClassVar[str] = "events"
    aggregate: ClassVar[str] = "registration"
    key: ClassVar[str] = "registration_id"

    community_id: UUID
    registration_id: UUID
    event_id: UUID
    member_id: UUID | None
    """Null for a guest."""

    party_size: int


class RegistrationPending(_RegistrationFact):
    """Somebody asks to come."""


class RegistrationConfirmed(_RegistrationFact):
    """Somebody has a seat; also when they confirmed a new time, or what they take along changed."""


class RegistrationRejected(_RegistrationFact):
    """Somebody who asked to come may not."""


class RegistrationWaitlisted(_RegistrationFact):
    """All seats are taken; they wait at place `seq` in the order of the event."""

    seq: int


class RegistrationOffered(_RegistrationFact):
    """A seat is held for somebody who waits, until `expires_at`."""

    expires_at: datetime


class RegistrationOfferDeclined(_RegistrationFact):
    """They do not want the seat."""


class RegistrationOfferExpired(_RegistrationFact):
    """They did not answer; they wait again, at the end."""


class RegistrationCancelled(_RegistrationFact):
    """Somebody does not come, told after the cutoff when `late`."""

    late: bool


class RegistrationReconfirmAsked(_RegistrationFact):
    """The event has another time: somebody who has a seat is asked whether they come then."""


class RegistrationCheckedIn(_RegistrationFact):
    """Somebody who had registered came."""


class RegistrationCheckedOut(_RegistrationFact):
    """They went."""


class RegistrationNoShow(_RegistrationFact):
    """Somebody had a seat and did not come."""


class RegistrationCorrected(_RegistrationFact):
    """What was recorded of their coming was wrong; `attended` is what is true."""

    attended: bool


class RegistrationForgotten(_RegistrationFact):
    """It is nobody's any more; the seat still counts."""


class _SpeakerFact(Fact):
    owner: ClassVar[str] = "events"
    aggregate: ClassVar[str] = "speaker"
    key: ClassVar[str] = "speaker_id"

    community_id: UUID
    speaker_id: UUID


class SpeakerListed(_SpeakerFact):
    """Somebody may be asked to speak."""

    kind: Literal["guest", "sme", "member"]
    member_id: UUID | None


class SpeakerChanged(_SpeakerFact):
    """What is known of a speaker changed, or they are no longer asked."""


class _InvitationFact(Fact):
    owner: ClassVar[str] = "events"
    aggregate: ClassVar[str] = "speaker_invitation"
    key: ClassVar[str] = "invitation_id"

    community_id: UUID
    invitation_id: UUID
    speaker_id: UUID
    event_id: UUID
    member_id: UUID | None
    """The speaker's member, if they are one."""


class SpeakerDrafted(_InvitationFact):
    """An invitation is being prepared."""


class SpeakerInvited(_InvitationFact):
    """A speaker is asked."""

    deadline: datetime


class SpeakerAccepted(_InvitationFact):
    """They will speak."""


class SpeakerDeclined(_InvitationFact):
    """They will not."""


class SpeakerConfirmed(_InvitationFact):
    """The organisers count on them."""


class SpeakerDelivered(_InvitationFact):
    """They spoke."""


class SpeakerWithdrawn(_InvitationFact):
    """The invitation was taken back, or they cannot come after all."""


class SpeakerInvitationExpired(_InvitationFact):
    """They did not answer in time."""


class _QuestionFact(Fact):
    owner: ClassVar[str] = "events"
    aggregate: ClassVar[str] = "question"
    key: ClassVar[str] = "question_id"

    community_id: UUID
    question_id: UUID
    event_id: UUID


class QuestionAsked(_QuestionFact):
    """A member wants to know something."""

    member_id: UUID | None


class QuestionAnswered(_QuestionFact):
    """It was answered."""


class QuestionDismissed(_QuestionFact):
    """It will not be answered, or is nobody's any more."""


class EventReminderDue(Fact):
    """Now is the time to remind those who come (`reminder`), or to thank and ask them (`follow_up`)."""

    owner: ClassVar[str] = "events"
    aggregate: ClassVar[str] = "reminder"
    key: ClassVar[str] = "reminder_id"

    community_id: UUID
    reminder_id: UUID
    event_id: UUID
    kind: Literal["reminder", "follow_up"]
    number: int


class EventReminderPlanned(Fact):
    """A reminder is planned, moved or skipped with its event."""

    owner: ClassVar[str] = "events"
    aggregate: ClassVar[str] = "reminder"
    key: ClassVar[str] = "reminder_id"

    community_id: UUID
    reminder_id: UUID
    event_id: UUID
    kind: Literal["reminder", "follow_up"]


class _SubscriptionFact(Fact):
    owner: ClassVar[str] = "events"
    aggregate: ClassVar[str] = "calendar_subscription"
    key: ClassVar[str] = "subscription_id"

    community_id: UUID
    subscription_id: UUID


class CalendarSubscribed(_SubscriptionFact):
    """Somebody else's calendar is read from now on."""


class CalendarFetched(_SubscriptionFact):
    """It was read, or could not be (`state` failing)."""

    state: Literal["active", "failing"]
    written: int


class CalendarUnsubscribed(_SubscriptionFact):
    """It is read no more; what was read stays."""


class ErasureCompleted(ErasureReceipt):
    """Events holds nothing more of the person an erasure was about."""

    owner: ClassVar[str] = "events"
