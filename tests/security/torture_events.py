"""What the routes of events are sent, each value in turn replaced by something hostile, and worse texts."""

from typing import Any

AT = "2020-01-01T00:00:00Z"
FAR = "2100-01-01T18:00:00"
SETTINGS: dict[str, Any] = {
    "capacity": 50,
    "per_registration_max": 4,
    "waitlist": {"enabled": True, "max": 5, "offer_minutes": 60, "allow_skip": False},
    "approval": "auto",
    "venue": {
        "name": "V",
        "address": "A",
        "geo": {"lat": 52.5, "lon": 13.4},
        "online_url": "https://meet.example.org/",
    },
    "accessibility": {"captions": True, "languages": ["de"], "time_zone_note": "N"},
    "audience": {"groups": ["group_id"], "resource": "r"},
    "cost": {"amount": 0, "currency": "EUR"},
    "cancel_cutoff_minutes": 60,
    "reminders": [{"kind": "reminder", "days": 1, "at": "09:00"}, {"minutes": 60}],
}
OF_EVENT = "C/events/{event_id}"
OF_REGISTRATION = f"{OF_EVENT}/registrations/{{registration_id}}"
OF_CANCELLED = f"{OF_EVENT}/registrations/{{cancelled_registration}}"
WRITES: dict[str, Any] = {
    "POST C/events": {
        "title": "T",
        "description": "D",
        "format_id": "format_id",
        "group_id": "group_id",
        "tz": "Europe/Berlin",
        "starts_at": FAR,
        "ends_at": "2100-01-01T20:00:00",
        "all_day": False,
        "registration_window": {"opens_at": "2099-01-01T00:00:00", "closes_at": "2099-12-31"},
        "organisers": ["member_id"],
    }
    | SETTINGS,
    f"PATCH {OF_EVENT}": {
        "title": "T",
        "description": "D",
        "format_id": "format_id",
        "tz": "UTC",
        "starts_at": FAR,
        "duration_minutes": 60,
        "all_day": False,
        "registration_window": {"closes_at": "2099-12-31"},
        "organisers": ["member_id"],
        "per_registration_max": 4,
        "cancel_cutoff_minutes": 60,
        "reminders": [{"minutes": 60}],
    },
    "POST C/events/{cancelled_event}/publish": {
        "starts_at": FAR,
        "ends_at": "2100-01-02",
        "duration_minutes": 60,
    },
    "POST C/events/{cancelled_event}/cancel": {"reason": "R"},
    "POST C/events/{past_event}/evaluate": {
        "verdict": "worked",
        "learnings": "L",
        "survey_id": "member_id",
        "settle_now": True,
    },
    f"POST {OF_EVENT}/registrations": {
        "guest": {"name": "G", "email": "g@example.org"},
        "party_size": 1,
        "answers": {"Q": "A"},
        "accessibility_needs": "N",
    },
    f"PATCH {OF_REGISTRATION}": {"party_size": 1, "answers": {"Q": "A"}, "accessibility_needs": "N"},
    f"POST {OF_CANCELLED}/reject": {"reason": "R"},
    f"POST {OF_CANCELLED}/cancel": {"reason": "R"},
    f"POST {OF_REGISTRATION}/correct": {"attended": True},
    f"POST {OF_EVENT}/check-ins": {
        "items": [
            {
                "registration_id": "registration_id",
                "device_id": "door",
                "nonce": "1",
                "at": AT,
                "kind": "entry",
            }
        ]
    },
    f"POST {OF_EVENT}/questions": {"text": "T"},
    f"POST {OF_EVENT}/questions/{{answered_question}}/answer": {"answer": "A"},
    "POST C/speakers": {
        "kind": "sme",
        "member_id": "member_id",
        "name": "N",
        "topics": ["t"],
        "bio": "B",
        "contact": "c@example.org",
        "honorarium": "H",
    },
    "PATCH C/speakers/{speaker_id}": {"name": "N", "topics": ["t"], "bio": "B", "contact": "c@example.org"},
    f"POST {OF_EVENT}/speaker-invitations": {
        "speaker_id": "withdrawn_speaker",
        "message": "M",
        "deadline": "2099-01-01T00:00:00Z",
        "draft": True,
    },
    "POST C/formats": {
        "key": "k",
        "name": "N",
        "description": "D",
        "default_minutes": 60,
        "setting": "online",
        "learning_outcomes": ["o"],
        "effort": "low",
    },
    "PATCH C/formats/{format_id}": {"name": "N", "default_minutes": 60, "learning_outcomes": ["o"]},
    "POST C/event-series": {
        "title": "T",
        "description": "D",
        "format_id": "format_id",
        "group_id": "group_id",
        "tz": "Europe/Berlin",
        "dtstart": FAR,
        "all_day": False,
        "duration_minutes": 60,
        "rrule": "FREQ=DAILY;COUNT=2",
        "rdate": ["2100-02-01T18:00:00"],
        "exdate": ["2100-01-02T18:00:00"],
        "rsvp_scope": "all",
        "organisers": ["member_id"],
        "draft": True,
        "opens_minutes_before": 60,
        "closes_minutes_before": 30,
        "venue": {"name": "V"},
    },
    "PATCH C/event-series/{draft_series}": {
        "scope": "all",
        "title": "T",
        "tz": "UTC",
        "dtstart": FAR,
        "duration_minutes": 60,
        "rrule": "FREQ=DAILY;COUNT=2",
        "rdate": ["2100-02-01T18:00:00"],
        "exdate": ["2100-01-02T18:00:00"],
        "per_registration_max": 4,
    },
    "POST C/event-series/preview": {
        "dtstart": "20260101T090000",
        "rrule": "FREQ=DAILY;COUNT=2",
        "rdate": ["20260201T090000"],
        "exdate": "20260102T090000",
        "tz": "UTC",
        "limit": 10,
    },
    "POST C/event-series/{ended_series}/end": {"keep_to_come": True},
    "POST C/event-series/{series_id}/registrations": {"scope": "following", "from": FAR, "party_size": 1},
    "POST C/events/import": {
        "source": "s",
        "calendar": "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
        "group_id": "group_id",
        "zone": "UTC",
    },
    "POST C/calendar-subscriptions": {
        "name": "N",
        "url": "https://calendar.invalid/",
        "group_id": "group_id",
        "timezone": "UTC",
        "every_minutes": 60,
    },
}
BY_A_MEMBER = {f"POST {OF_EVENT}/questions", "POST C/event-series/{series_id}/registrations"}
"""What the owner key, nobody's member, is refused."""

NAMES_A_ZONE: dict[str, dict[str, Any]] = {
    "POST C/events": {"title": "T", "starts_at": FAR, "tz": ""},
    "POST C/event-series": {"title": "T", "dtstart": FAR, "rrule": "FREQ=DAILY;COUNT=1", "tz": ""},
    "POST C/event-series/preview": {"dtstart": "20260101T090000", "tz": ""},
    "POST C/events/import": {"source": "s", "calendar": "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "zone": ""},
    "POST C/calendar-subscriptions": {"name": "N", "url": "https://calendar.invalid/", "timezone": ""},
}
"""Where the zone of a body stands empty, to be filled."""

RULES: dict[str, str] = {
    "each second": "FREQ=SECONDLY",
    "each second, and few of them": "FREQ=SECONDLY;COUNT=2",
    "each minute": "FREQ=MINUTELY;COUNT=10",
    "each hour": "FREQ=HOURLY;UNTIL=20270101T000000Z",
    "no frequency": "COUNT=3",
    "another frequency": "FREQ=SOMETIMES",
    "nothing": ";;;",
    "a name twice": "FREQ=DAILY;FREQ=DAILY;COUNT=2",
    "an unknown part": "FREQ=DAILY;COUNT=2;X-EVIL=1",
    "count and until": "FREQ=DAILY;COUNT=2;UNTIL=20270101T000000Z",
    "no count": "FREQ=DAILY;COUNT=",
    "count 0": "FREQ=DAILY;COUNT=0",
    "a negative count": "FREQ=DAILY;COUNT=-1",
    "a huge count": "FREQ=DAILY;COUNT=" + "9" * 400,
    "a count of other digits": "FREQ=DAILY;COUNT=\u0663",
    "interval 0": "FREQ=DAILY;COUNT=2;INTERVAL=0",
    "a huge interval": "FREQ=YEARLY;COUNT=2;INTERVAL=" + "9" * 300,
    "until nowhere": "FREQ=DAILY;UNTIL=never",
    "until a day there is not": "FREQ=DAILY;UNTIL=20270230T000000Z",
    "until year 99999": "FREQ=DAILY;UNTIL=999991231T000000Z",
    "the 30th of February": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=10",
    "the 32nd": "FREQ=MONTHLY;BYMONTHDAY=32;COUNT=2",
    "day 0": "FREQ=MONTHLY;BYMONTHDAY=0;COUNT=2",
    "month 13": "FREQ=YEARLY;BYMONTH=13;COUNT=2",
    "week 54": "FREQ=YEARLY;BYWEEKNO=54;COUNT=2",
    "day 367": "FREQ=YEARLY;BYYEARDAY=367;COUNT=2",
    "a 54th Monday": "FREQ=YEARLY;BYDAY=54MO;COUNT=2",
    "no weekday": "FREQ=WEEKLY;BYDAY=XX;COUNT=2",
    "hour 25": "FREQ=DAILY;BYHOUR=25;COUNT=2",
    "every second of every day": "FREQ=DAILY;COUNT=700;BYSECOND=" + ",".join(map(str, range(60))),
    "position 0": "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0;COUNT=2",
    "thousands of days": "FREQ=DAILY;COUNT=2;BYMONTHDAY=" + ",".join(["1"] * 2000),
    "two lines": "FREQ=DAILY;COUNT=2\r\nRRULE:FREQ=SECONDLY",
    "a pattern that takes its time": "FREQ=" + "A" * 4000 + "!",
}

CALENDARS: dict[str, str] = {
    "no calendar": "hello",
    "only the beginning": "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1",
    "only the end": "END:VEVENT\r\nEND:VCALENDAR\r\n",
    "one within another": "BEGIN:VCALENDAR\r\n" + "BEGIN:VEVENT\r\n" * 20_000,
    "ends without beginnings": "BEGIN:VCALENDAR\r\n" + "END:VEVENT\r\n" * 20_000,
    "one endless line": "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:" + "a" * 900_000,
    "folded without end": "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:a" + "\r\n a" * 100_000,
    "one property a thousand times": "{begin}" + "SUMMARY:a\r\n" * 20_000 + "{end}",
    "parameters without end": "{begin}DTSTART" + ";A=b" * 50_000 + ":20260101T090000\r\n{end}",
    "quotes that never close": '{begin}DTSTART;TZID="' + "a" * 50_000 + ":20260101T090000\r\n{end}",
    "a zone that is a path": "{begin}DTSTART;TZID=../../etc/passwd:20260101T090000\r\n{end}",
    "a zone of 10,000 letters": "{begin}DTSTART;TZID=" + "A" * 10_000 + ":20260101T090000\r\n{end}",
    "no day": "{begin}DTSTART:20260230T090000\r\n{end}",
    "year 0": "{begin}DTSTART:00000101T000000Z\r\n{end}",
    "year 9999": "{begin}DTSTART:99991231T235959Z\r\nDURATION:P14D\r\n{end}",
    "a time of other digits": "{begin}DTSTART:\u0662\u0660\u0662\u06660101T090000\r\n{end}",
    "it ends before it starts": "{begin}DTSTART:20260101T090000\r\nDTEND:20250101T090000\r\n{end}",
    "a duration beyond all": "{begin}DTSTART:20260101T090000\r\nDURATION:P" + "9" * 300 + "D\r\n{end}",
    "each second": "{begin}DTSTART:20260101T090000\r\nRRULE:FREQ=SECONDLY\r\n{end}",
    "the 30th of February": "{begin}DTSTART:20260101T090000\r\n"
    "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\r\n{end}",
    "a hundred rules": "{begin}DTSTART:20260101T090000\r\n" + "RRULE:FREQ=DAILY;COUNT=2\r\n" * 100 + "{end}",
    "dates without end": "{begin}DTSTART:20260101T090000\r\nRDATE:"
    + ",".join(["20260101T090000"] * 20_000)
    + "\r\n{end}",
    "a sequence beyond all": "{begin}DTSTART:20260101T090000\r\nSEQUENCE:" + "9" * 5000 + "\r\n{end}",
    "a negative sequence": "{begin}DTSTART:20260101T090000\r\nSEQUENCE:-2147483649\r\n{end}",
    "a UID of 10,000 letters": "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20260101T090000\r\nUID:"
    + "u" * 10_000
    + "\r\n{end}",
    "an occurrence of nothing": "{begin}DTSTART:20260101T090000\r\nRECURRENCE-ID:20260101T090000\r\n{end}",
    "degrees that are none": "{begin}DTSTART:20260101T090000\r\nGEO:nan;inf\r\n{end}",
    "more degrees": "{begin}DTSTART:20260101T090000\r\nGEO:1e999;-1e999\r\n{end}",
    "an address that is none": "{begin}DTSTART:20260101T090000\r\nURL:javascript:alert(1)\r\n{end}",
    "a zone of its own that is none": "BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nTZID:Mars\r\nBEGIN:STANDARD\r\n"
    "DTSTART:16010101T000000\r\nRRULE:FREQ=SECONDLY;COUNT=999999999\r\nTZOFFSETFROM:+9999\r\n"
    "TZOFFSETTO:-9999\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:m\r\nSUMMARY:m\r\n"
    "DTSTART;TZID=Mars:20260101T090000\r\n{end}",
    "a hundred and one events": "BEGIN:VCALENDAR\r\n"
    + "BEGIN:VEVENT\r\nUID:a\r\nDTSTART:20260101T090000\r\nEND:VEVENT\r\n" * 101
    + "END:VCALENDAR\r\n",
    "text of all kinds": "{begin}DTSTART:20260101T090000\r\n"
    "DESCRIPTION:\\n\\N\\;\\,\\\\\\x\u202e\U0001f600\uffff\x7f\x1b\r\n{end}",
}
BEGIN = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:hostile\r\nSUMMARY:Hostile\r\n"
END = "END:VEVENT\r\nEND:VCALENDAR\r\n"


def calendar(text: str) -> str:
    """The text with what stands before and behind what is hostile in it."""
    return text.replace("{begin}", BEGIN).replace("{end}", END)
