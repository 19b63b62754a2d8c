"""What lies elsewhere, when it is looked at again, and when its link counts as broken."""

from datetime import timedelta
from enum import StrEnum
from uuid import UUID


class ResourceKind(StrEnum):
    CONFLUENCE = "confluence"
    SHAREPOINT = "sharepoint"
    VIDEO = "video"
    PAPER = "paper"
    FILE = "file"
    LINK = "link"


class ResourceState(StrEnum):
    ACTIVE = "active"
    BROKEN = "broken"
    RETIRED = "retired"


class Finding(StrEnum):
    """Where a link led, in one word."""

    OK = "ok"
    GONE = "gone"
    NOT_FOUND = "not_found"
    REFUSED = "refused"
    """Nobody answers there, or not as HTTP does."""
    TIMEOUT = "timeout"
    TLS = "tls"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    FORBIDDEN_ADDRESS = "forbidden_address"
    """It leads where nothing is called from here: a private address, an unusual port, another scheme. Whether
    something is there, as in a company's own network, is not known."""
    SERVER_ERROR = "server_error"


UNKNOWN = frozenset({Finding.FORBIDDEN_ADDRESS})
"""These say nothing for or against a link."""
MISSING = frozenset({Finding.GONE, Finding.NOT_FOUND})
"""The server says by itself that nothing is there."""
FAILURES = 3
"""So many in a row break a link; two will do when both times the server said that nothing is there."""
RETRIES = (timedelta(hours=1), timedelta(hours=6))
"""How long after the first and the second failure in a row it is looked at again."""
EVERY = timedelta(days=7)
SPREAD_MINUTES = 24 * 60
"""What was added together is looked at within so many minutes."""
REDIRECTS = 5
CHECK_SECONDS = 15.0
LEASE = timedelta(seconds=60)
"""Should whoever looks die, somebody else looks after that."""


def found_by(status: int) -> Finding:
    """What an answer says: one that asks to sign in (401, 403), or for less haste, is there."""
    if status == 404:
        return Finding.NOT_FOUND
    if status in (410, 451):
        return Finding.GONE
    return Finding.SERVER_ERROR if status >= 500 else Finding.OK


def breaks(failures: int, finding: Finding, before: Finding | None) -> bool:
    """Whether the link is broken after so many failures in a row, the last of them `finding`."""
    return failures >= FAILURES or (failures == 2 and finding in MISSING and before in MISSING)


def judged(failures: int, state: ResourceState, finding: Finding, before: Finding | None) -> tuple[int, bool]:
    """How often in a row it led nowhere by now, and whether the link counts as broken."""
    broken = state is ResourceState.BROKEN
    if finding in UNKNOWN:
        return failures, broken
    if finding is Finding.OK:
        return 0, False
    return failures + 1, broken or breaks(failures + 1, finding, before)


def pause(failures: int, broken: bool, resource_id: UUID) -> timedelta:
    """How long until it is looked at again."""
    if failures and not broken and failures <= len(RETRIES):
        return RETRIES[failures - 1]
    return EVERY + timedelta(minutes=resource_id.int % SPREAD_MINUTES)
