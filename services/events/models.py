"""Every table events owns; each is defined beside the behaviour of its aggregate."""

from services.events.audience.models import (
    THE_STANDING,
    CommunityKey,
    Departure,
    Entitlement,
    EventBan,
    GroupMembership,
    Guideline,
    Standing,
)
from services.events.calendars.models import CalendarFeed, CalendarSubscription
from services.events.checkins.models import CheckIn
from services.events.evaluations.models import THE_EVALUATION, Evaluation, SurveyResult
from services.events.events.models import HOLD_EVENT, THE_EVENT, Event, Organiser
from services.events.formats.models import THE_FORMAT, Format
from services.events.questions.models import HOLD_QUESTION, THE_QUESTION, Question, QuestionVote
from services.events.registrations.models import (
    OFFER_IS_OPEN,
    REGISTRATION_COUNTS,
    THE_REGISTRATION,
    WAITING,
    Offer,
    Registration,
    SeatEntry,
)
from services.events.reminders.models import Reminder
from services.events.series.models import HOLD_SERIES, THE_SERIES, Series, SeriesRegistration
from services.events.speakers.models import THE_INVITATION, THE_SPEAKER, Speaker, SpeakerInvitation
from services.events.tables import Base

__all__ = [
    "HOLD_EVENT",
    "HOLD_QUESTION",
    "HOLD_SERIES",
    "OFFER_IS_OPEN",
    "REGISTRATION_COUNTS",
    "THE_EVALUATION",
    "THE_EVENT",
    "THE_FORMAT",
    "THE_INVITATION",
    "THE_QUESTION",
    "THE_REGISTRATION",
    "THE_SERIES",
    "THE_SPEAKER",
    "THE_STANDING",
    "WAITING",
    "Base",
    "CalendarFeed",
    "CalendarSubscription",
    "CheckIn",
    "CommunityKey",
    "Departure",
    "Entitlement",
    "Evaluation",
    "Event",
    "EventBan",
    "Format",
    "GroupMembership",
    "Guideline",
    "Offer",
    "Organiser",
    "Question",
    "QuestionVote",
    "Registration",
    "Reminder",
    "SeatEntry",
    "Series",
    "SeriesRegistration",
    "Speaker",
    "SpeakerInvitation",
    "Standing",
    "SurveyResult",
]
