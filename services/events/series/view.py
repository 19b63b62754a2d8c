"""How series are shown: drafts and the link to join by to those who manage them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime

from services.events.events.access import is_manager, manages
from services.events.events.organisers import organisers_of
from services.events.models import THE_SERIES, Series
from services.events.sealing import known_sealer
from services.events.series.rules import RsvpScope, SeriesState
from shared.identity import Actor
from shared.problems import NotFound
from shared.route import View
from shared.store import Tx


class SeriesView(View):
    """A series as the caller may see it: the rule, and in `settings` what every occurrence begins with."""

    id: UUID
    uid: str
    sequence: int
    title: str
    description: str | None
    format_id: UUID | None
    group_id: UUID | None
    tz: str
    all_day: bool
    dtstart: str
    duration_minutes: int
    rrule: str | None
    rdate: list[str]
    exdate: list[str]
    rsvp_scope: RsvpScope
    settings: dict[str, Any]
    organisers: list[UUID]
    state: SeriesState
    created_at: AwareDatetime
    updated_at: AwareDatetime
    version: int


_RENAMED = {"tz": "timezone", "dtstart": "starts_local", "rdate": "rdates", "exdate": "exdates"}
_OWN = SeriesView.model_fields.keys() - {"settings", "organisers"}
_COLUMNS = {name: _RENAMED.get(name, name) for name in _OWN}


async def visible_series(tx: Tx, actor: Actor, series_id: UUID) -> Series:
    """The series; one that never ran is missing for everybody who does not manage it."""
    series = await tx.one(THE_SERIES, {"series_id": series_id})
    if not series.announced and not await manages(tx, actor, series):
        raise NotFound
    return series


async def shown(tx: Tx, actor: Actor, found: Sequence[Series]) -> list[SeriesView]:
    """The series as the caller may see them."""
    organisers = await organisers_of(tx, [each.id for each in found])
    linked = any(each.online_url is not None for each in found)
    vault = await known_sealer(tx) if linked else None
    views = []
    for each in found:
        settings = dict(each.template)
        if vault is not None and each.online_url is not None and is_manager(actor, organisers[each.id]):
            link = vault.unseal(each.online_url, about=f"{each.id}:online_url")
            settings["venue"] = {**(settings.get("venue") or {}), "online_url": link}
        given: dict[str, Any] = {name: getattr(each, column) for name, column in _COLUMNS.items()}
        given |= {"settings": settings, "organisers": organisers[each.id]}
        views.append(SeriesView.model_validate(given))
    return views
