"""Register for a series: POST /event-series/{id}/registrations -> one by one -> SeriesRegistrationMade."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from services.events.audience.admit import keeps_away
from services.events.events.access import manages
from services.events.models import HOLD_SERIES, Event, Series
from services.events.registrations.inputs import PartySize
from services.events.registrations.register import WhoIsMissing
from services.events.registrations.rules import reaches
from services.events.registrations.series import (
    HOLD_FROM,
    HOLD_ONE,
    OccurrenceView,
    register_for_all,
    shown,
    stand,
)
from services.events.rules import local_text
from services.events.series.rules import RsvpScope, SeriesState
from shared.identity import Actor
from shared.problems import Conflict, NotFound, Unprocessable
from shared.route import Command, Router, View, Write
from shared.store import Tx

router = Router(tags=["registrations"])

OCCURRENCES_MAX = 400
FROM_THE_FIRST = "1970-01-01T00:00:00"
Local = Annotated[
    str,
    Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$"),
    AfterValidator(lambda text: local_text(datetime.fromisoformat(text))),
]


class RegisterForSeries(Command):
    """How much of a series the caller comes to: the occurrence `from` (its local start by the rule), that and
    those after it, or all to come."""

    scope: RsvpScope
    from_local: Local | None = Field(default=None, alias="from")
    party_size: PartySize = 1

    @model_validator(mode="after")
    def _from_where(self) -> "RegisterForSeries":
        if (self.from_local is None) != (self.scope is RsvpScope.ALL):
            raise ValueError("`from` goes with `one` and `following`, and not with `all`")
        return self


class SeriesRegisteredView(View):
    """A registration for a series; `id` is null for a single occurrence, which leaves nothing standing."""

    id: UUID | None
    series_id: UUID
    scope: RsvpScope
    party_size: int
    occurrences: list[OccurrenceView]


class ScopeNotOffered(Unprocessable):
    """The series takes registrations of less of it at once; `offered` is the most."""

    title = "Not for so much of the series at once"


class SeriesNotRunning(Conflict):
    title = "The series has ended or not begun"


class NoSuchOccurrence(Unprocessable):
    title = "No occurrence to come starts then"


class TooManyOccurrences(Unprocessable):
    """So many at once are not registered for; `most` are."""

    title = "Too many occurrences at once"


async def register(
    tx: Tx, actor: Actor, _community_id: UUID, series_id: UUID, command: RegisterForSeries
) -> SeriesRegisteredView:
    """Register for what there is, and for what will be made."""
    series = await _open_series(tx, actor, series_id, command.scope)
    if actor.member_id is None:
        raise WhoIsMissing
    refusal = await keeps_away(tx, actor.member_id)
    if refusal is not None:
        raise refusal
    standing = None
    if command.scope is not RsvpScope.ONE:
        since = command.from_local or FROM_THE_FIRST
        standing = await stand(tx, series, actor.member_id, command.party_size, command.scope, since)
    events = await _occurrences(tx, series, command)
    found = await register_for_all(tx, events, actor.member_id, command.party_size, standing)
    if standing is None and found[0].refusal is not None:
        raise found[0].refusal
    return SeriesRegisteredView(
        id=standing,
        series_id=series_id,
        scope=command.scope,
        party_size=command.party_size,
        occurrences=sorted((shown(each) for each in found), key=lambda each: each.starts_at),
    )


async def _open_series(tx: Tx, actor: Actor, series_id: UUID, wanted: RsvpScope) -> Series:
    """The series, held, when so much of it is offered."""
    series = await tx.one(HOLD_SERIES, {"series_id": series_id})
    if series.state is not SeriesState.ACTIVE:
        if not series.announced and not await manages(tx, actor, series):
            raise NotFound
        raise SeriesNotRunning(state=series.state.value)
    if not reaches(series.rsvp_scope, wanted):
        raise ScopeNotOffered(offered=series.rsvp_scope.value)
    return series


async def _occurrences(tx: Tx, series: Series, command: RegisterForSeries) -> list[Event]:
    """The occurrences it is about, held in the order of their ids."""
    statement = HOLD_ONE if command.scope is RsvpScope.ONE else HOLD_FROM
    given: dict[str, Any] = {"series_id": series.id, "now": tx.now, "rows": OCCURRENCES_MAX + 1}
    events = await tx.all(statement, given | {"local": command.from_local or FROM_THE_FIRST})
    if len(events) > OCCURRENCES_MAX:
        raise TooManyOccurrences(most=OCCURRENCES_MAX)
    if not events and command.scope is RsvpScope.ONE:
        raise NoSuchOccurrence
    return list(events)


@router.post(
    "/v1/communities/{community_id}/event-series/{series_id}/registrations",
    status_code=201,
    allows="event.register",
)
async def post_series_registration(
    community_id: UUID, series_id: UUID, command: RegisterForSeries, write: Write
) -> SeriesRegisteredView:
    return await write(register, community_id, series_id, command)
