"""Events: when people meet, who comes, and what became of it."""

from services.events import models, privacy
from services.events.audience import (
    departures,
    entitlements,
    event_bans,
    groups,
    guidelines,
    merges,
    standing,
)
from services.events.calendars import feed, import_calendar, own_feed, private_feed, subscribe, subscriptions
from services.events.calendars import fetch as fetch_calendars
from services.events.checkins import attendance, check_in, correct
from services.events.evaluations import attach, evaluate
from services.events.evaluations import find as find_evaluation
from services.events.events import change, clock, create, find, lifecycle
from services.events.formats import describe as describe_format
from services.events.formats import find as find_formats
from services.events.formats import learn as learn_formats
from services.events.formats import lifecycle as run_format
from services.events.formats import suggest as suggest_format
from services.events.questions import ask, vote
from services.events.questions import find as find_questions
from services.events.questions import settle as settle_question
from services.events.registrations import answer as answer_offer
from services.events.registrations import cancel as cancel_registration
from services.events.registrations import change as change_registration
from services.events.registrations import decide, line, register, register_series
from services.events.registrations import expire as expire_offers
from services.events.registrations import find as find_registrations
from services.events.registrations import standing as series_registrations
from services.events.reminders import due
from services.events.series import change as change_series
from services.events.series import clock as extend_series
from services.events.series import create as create_series
from services.events.series import find as find_series
from services.events.series import lifecycle as run_series
from services.events.series import occurrences, preview
from services.events.speakers import answer, expire, invitations, invite
from services.events.speakers import describe as describe_speaker
from services.events.speakers import find as find_speakers
from shared.app import Service, create_app

service = Service(
    name="events",
    base=models.Base,
    slices=[
        privacy,
        # calendars: /events/{id}.ics is looked for before /events/{id}
        feed,
        own_feed,
        private_feed,
        import_calendar,
        subscribe,
        subscriptions,
        fetch_calendars,
        # events
        create,
        find,
        change,
        lifecycle,
        clock,
        # audience
        standing,
        event_bans,
        merges,
        groups,
        entitlements,
        guidelines,
        departures,
        # registrations
        register,
        find_registrations,
        line,
        change_registration,
        decide,
        cancel_registration,
        answer_offer,
        expire_offers,
        register_series,
        series_registrations,
        # check-ins
        check_in,
        correct,
        attendance,
        # reminders
        due,
        # speakers
        describe_speaker,
        find_speakers,
        invite,
        invitations,
        answer,
        expire,
        # questions
        ask,
        find_questions,
        settle_question,
        vote,
        # evaluations
        evaluate,
        find_evaluation,
        attach,
        # formats
        describe_format,
        find_formats,
        run_format,
        suggest_format,
        learn_formats,
        # series
        preview,
        create_series,
        find_series,
        change_series,
        run_series,
        occurrences,
        extend_series,
    ],
)
app = create_app(service)
