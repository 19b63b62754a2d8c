"""The life of a data request: its deadlines, when the services are told again, when somebody must look."""

from datetime import datetime, timedelta
from enum import StrEnum


class DataRequestKind(StrEnum):
    EXPORT = "export"
    ERASE = "erase"


class DataRequestState(StrEnum):
    """`verified` says that it is the person's own wish; from `running` on there is no way back."""

    RECEIVED = "received"
    VERIFIED = "verified"
    RUNNING = "running"
    DONE = "done"
    REJECTED = "rejected"


class DataRequestVerb(StrEnum):
    VERIFY = "verify"
    REJECT = "reject"


class RejectReason(StrEnum):
    """Why a request ends without effect; `erased`: there is nobody left whose data could be exported."""

    NOT_PROVEN = "not-proven"
    NOT_THEIRS = "not-theirs"
    WITHDRAWN = "withdrawn"
    ERASED = "erased"


DUE_AFTER = timedelta(days=30)
"""One month: Art. 12 (3) GDPR."""

ARCHIVE_KEPT = timedelta(days=7)
ALARMS = (timedelta(hours=1), timedelta(days=25))
FIRST_TOLD_AGAIN = timedelta(seconds=30)
TOLD_AGAIN_AT_MOST = timedelta(hours=1)
OPEN = (DataRequestState.RECEIVED, DataRequestState.VERIFIED, DataRequestState.RUNNING)


def data_request_verbs(state: DataRequestState) -> list[DataRequestVerb]:
    """What somebody may decide about a request: only one that has just been received."""
    return list(DataRequestVerb) if state is DataRequestState.RECEIVED else []


def told_again_at(told_at: datetime, times: int) -> datetime:
    """When services are told once more of an erasure they were told of `times` times, the last at `told_at`.

    A service that was away hears of it by itself; this is for one that lost what it had heard.
    """
    return told_at + min(FIRST_TOLD_AGAIN * 2 ** min(times - 1, 10), TOLD_AGAIN_AT_MOST)


def alarms_due(age: timedelta) -> int:
    """How many of the alarms an unfinished erasure of this age has passed."""
    return sum(age >= each for each in ALARMS)
