"""Read a calendar: text -> what each of its events means, or why that is not understood; nothing is guessed.

Attendees, alarms and attachments are no part of it, and what is marked private is not taken.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from io import BytesIO
from itertools import islice

from services.events.calendars.definitions import definitions_of
from services.events.calendars.drafts import CalledOff, Draft, Refused, Understood
from services.events.calendars.lines import NotALine, Property, parsed, unescaped
from services.events.calendars.moments import Clocks, Moment, NotUnderstood, ending
from services.events.calendars.recurring import recurrence_of
from services.events.calendars.said import link, said
from services.events.calendars.zones import iana
from services.events.events.inputs import LONGEST
from shared.calendar_text import Component, components
from shared.problems import Unprocessable

SOME_METHODS = frozenset({"", "PUBLISH", "REQUEST", "CANCEL"})
"""What a calendar with another METHOD holds are answers and questions, not events (RFC 5546)."""
TIMES = frozenset({"DTSTART", "DTEND", "DURATION", "RRULE", "EXRULE", "RDATE", "EXDATE", "RECURRENCE-ID"})
TEXTS = frozenset({"SUMMARY", "DESCRIPTION", "LOCATION", "GEO", "CATEGORIES"})
READ = TIMES | TEXTS | {"CLASS", "STATUS", "SEQUENCE", "CONFERENCE", "X-GOOGLE-CONFERENCE"}
"""The properties that are understood; what else a calendar says is no part of an event here."""
_NAME = re.compile(r"[A-Za-z-]+")
LONGEST_UID = 255
BRIEFEST = timedelta(minutes=1)
LARGEST_SEQUENCE = 2**31 - 1
Properties = dict[str, list[Property]]


def read(text: str, zone: str | None, note: Callable[[int, str], None], most: int) -> list[Understood]:
    """What each component of the text means, in its order; no more than `most` are looked at.

    Times without a zone count in the one their calendar names (X-WR-TIMEZONE), else in `zone`. What is broken
    between components is noted with the number of its line."""
    found = components(BytesIO(text.encode()), note)
    return [understood(index, component, zone) for index, component in enumerate(islice(found, most))]


def understood(index: int, component: Component, zone: str | None) -> Understood:
    """What one component means."""
    uid = unescaped(component.value("UID")) or _by_content(component)
    if len(uid) > LONGEST_UID:
        uid = hashlib.sha256(uid.encode()).hexdigest()
    recurrence_id = component.value("RECURRENCE-ID")[:40]
    ref = f"{uid}/{recurrence_id}" if recurrence_id else uid
    try:
        if component.kind != "VEVENT":
            raise NotUnderstood(f"{component.kind or 'a component'} is no event")
        clocks, method = _calendar(component.head, zone)
        if method not in SOME_METHODS:
            raise NotUnderstood(f"METHOD:{method[:40]}: an answer to an invitation is no event")
        given = _properties(component)
        status = given["STATUS"][0].value.upper() if "STATUS" in given else ""
        if method == "CANCEL" or status == "CANCELLED":
            return CalledOff(index, ref, uid, _sequence(given), _occurrence(given, clocks))
        return _draft(index, ref, uid, given, clocks)
    except NotUnderstood as why:
        return Refused(index, ref, str(why))
    except Unprocessable as problem:
        return Refused(index, ref, ": ".join(filter(None, (problem.title, problem.detail)))[:200])


def _draft(index: int, ref: str, uid: str, given: Properties, clocks: Clocks) -> Draft:
    one = {name: values[0] for name, values in given.items()}
    if "CLASS" in one and one["CLASS"].value.upper() in ("PRIVATE", "CONFIDENTIAL"):
        raise NotUnderstood(f"it is marked {one['CLASS'].value.lower()}")
    if "DTSTART" not in one:
        raise NotUnderstood("DTSTART is missing")
    start = clocks.moment(one["DTSTART"])
    ends_at = ending(start, one.get("DTEND"), one.get("DURATION"), clocks)
    texts, remarks = said(given)
    if ends_at - start.instant > LONGEST:
        raise NotUnderstood(f"it is longer than {LONGEST.days} days")
    if ends_at - start.instant < BRIEFEST:
        remarks.append("it takes no time: kept as one minute")
        ends_at = start.instant + BRIEFEST
    return Draft(
        index=index,
        ref=ref,
        uid=uid,
        sequence=_sequence(given),
        online_url=link(given),
        start=start,
        ends_at=ends_at,
        recurrence_id=_occurrence(given, clocks),
        recurrence=recurrence_of(given, start, ends_at, clocks),
        remarks=tuple(remarks),
        **texts,
    )


def _sequence(given: Properties) -> int:
    text = given["SEQUENCE"][0].value if "SEQUENCE" in given else "0"
    return min(int(text), LARGEST_SEQUENCE) if text.isascii() and text.isdigit() and len(text) < 20 else 0


def _occurrence(given: Properties, clocks: Clocks) -> Moment | None:
    """Which occurrence it is instead of."""
    if "RECURRENCE-ID" not in given:
        return None
    of = given["RECURRENCE-ID"][0]
    if of.parameters.get("RANGE"):
        raise NotUnderstood("RECURRENCE-ID with RANGE changes more than one occurrence")
    at = clocks.moment(of)
    if at.by_offset:
        raise NotUnderstood(f"time zone {of.parameters.get('TZID', '')[:80]!r} is not known")
    return at


def _properties(component: Component) -> Properties:
    """The properties by name, each in its order; what is none is left out unless it is about a time."""
    found: Properties = {}
    for line in component.text.split("\n")[1:-1]:
        name = _NAME.match(line)
        if name is None or name[0].upper() not in READ:
            continue
        try:
            each = parsed(line)
        except NotALine:
            if name[0].upper() in TIMES:
                raise NotUnderstood(f"{line[:40]!r} is not a property") from None
            continue
        if each.value:
            found.setdefault(each.name, []).append(each)
    return found


_SAID = re.compile(r"^(METHOD|X-WR-TIMEZONE)(?:;[^:\n]*)?:(.*)$", re.MULTILINE | re.IGNORECASE)


@lru_cache(maxsize=50)
def _calendar(head: str, zone: str | None) -> tuple[Clocks, str]:
    """How times are read in a calendar, and what it is sent for."""
    named = {name.upper(): value.strip() for name, value in _SAID.findall(head)}
    floating = iana(named["X-WR-TIMEZONE"]) if "X-WR-TIMEZONE" in named else None
    return Clocks(definitions_of(head), floating or zone), named.get("METHOD", "").upper()


def _by_content(component: Component) -> str:
    """What stands for a UID where there is none: the same content is the same event."""
    return f"content:{hashlib.sha256(component.text.encode()).hexdigest()}"
