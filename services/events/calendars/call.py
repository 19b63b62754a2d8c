"""Call for a calendar of others: its address, and what is known of it -> what it says now, or why not."""

from dataclasses import dataclass

import httpx

from services.events.calendars.models import CalendarSubscription
from services.events.calendars.rules import CALENDAR_BYTES_MAX, Trouble
from shared.egress import DeadlineExceeded, EgressRefused, ResponseTooLarge, configured_client
from shared.settings import settings

DEADLINE_SECONDS = 15.0


class Failed(Exception):
    """The calendar could not be read; the text says why in one word."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A calendar as it came; `body` is None when it has not changed."""

    body: bytes | None
    tag: str | None


async def fetch(row: CalendarSubscription, address: str) -> Fetched:
    """One GET, no redirect followed, of what has changed since the last time."""
    headers = {"accept": "text/calendar, text/plain;q=0.5"}
    if row.changed_tag is not None:
        is_tag = row.changed_tag.startswith(('"', "W/"))
        headers["if-none-match" if is_tag else "if-modified-since"] = row.changed_tag
    client = configured_client(settings(), deadline_seconds=DEADLINE_SECONDS, body_limit=CALENDAR_BYTES_MAX)
    try:
        async with client:
            answer = await client.get(address, headers=headers)
    except EgressRefused as error:
        raise Failed(Trouble.ADDRESS_REFUSED) from error
    except (DeadlineExceeded, httpx.TimeoutException) as error:
        raise Failed(Trouble.TOO_SLOW) from error
    except ResponseTooLarge as error:
        raise Failed(Trouble.TOO_LARGE) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Failed(Trouble.UNREACHABLE) from error
    if answer.status_code == 304 and row.changed_tag is not None:
        return Fetched(None, row.changed_tag)
    if answer.status_code != 200:
        raise Failed(f"status_{answer.status_code}")
    tag = answer.headers.get("etag") or answer.headers.get("last-modified")
    can_be_sent = tag is not None and 0 < len(tag) <= 300 and tag.isascii() and tag.isprintable()
    return Fetched(answer.content, tag if can_be_sent else None)
