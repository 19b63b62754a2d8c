"""What a check-in does to a registration: state, times, and the facts of it, as of the device's time."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from services.events.checkins.rules import CheckInKind
from services.events.registrations.rules import RegistrationState
from shared.contracts.events import RegistrationCheckedIn, RegistrationCheckedOut, RegistrationCorrected
from shared.facts import Fact

_S = RegistrationState


class Standing(NamedTuple):
    """A registration on its way through a batch; `facts` are still to be told, each with what it adds."""

    state: RegistrationState
    checked_in_at: datetime | None
    checked_out_at: datetime | None
    facts: tuple[tuple[Callable[..., Fact], dict[str, Any]], ...] = ()
    corrected: bool = False


def seen(standing: Standing, kind: CheckInKind, at: datetime) -> Standing:
    """The registration after the newest thing that was seen of it.

    Whoever is seen to leave had come; whoever had been taken for a no-show is put right."""
    entered = standing.state in (_S.CHECKED_IN, _S.CHECKED_OUT)
    facts = list(standing.facts)
    corrected = standing.corrected
    if standing.state is _S.NO_SHOW:
        facts.append((RegistrationCorrected, {"attended": True, "occurred_at": at}))
        corrected = True
    elif standing.state is not _S.CHECKED_IN and (kind is CheckInKind.ENTRY or not entered):
        facts.append((RegistrationCheckedIn, {"occurred_at": at}))
    if kind is CheckInKind.ENTRY:
        first = standing.checked_in_at or at
        changed = standing.state is not _S.CHECKED_IN
        return Standing(_S.CHECKED_IN, first, None, tuple(facts), corrected) if changed else standing
    if standing.state is _S.CHECKED_OUT:
        return standing
    facts.append((RegistrationCheckedOut, {"occurred_at": at}))
    return Standing(_S.CHECKED_OUT, standing.checked_in_at, at, tuple(facts), corrected)
