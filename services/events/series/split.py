"""Split a series at an occurrence: the old one ends before it, a new one goes on -> SeriesCreated."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.events.events.organisers import organisers_of
from services.events.models import Event, Registration, Series, SeriesRegistration
from services.events.rules import local_text
from services.events.sealing import known_sealer, sealer_of
from services.events.series.create import enter_series
from services.events.series.expand import expand
from services.events.series.generate import STEPS, found, recurrence_of
from services.events.series.rrule import ending_before, with_count
from shared.contracts.events import SeriesRegistrationMade, SeriesUpdated
from shared.ids import uuid7
from shared.store import Tx, constant, scope


async def split(tx: Tx, series: Series, at: datetime) -> Series:
    """The series that goes on from `at`, an occurrence that is not the first; the caller holds the old one.

    Events from then on become its own with their registrations, and whoever comes to all of the old one comes
    to all of it."""
    after = await _going_on(tx, series, at)
    organisers = (await organisers_of(tx, [series.id]))[series.id]
    await enter_series(tx, after, organisers)
    ended = await cut(tx, series, at)
    tx.publish(SeriesUpdated(community_id=ended.community_id, series_id=ended.id, title=ended.title))
    moved = {"old_id": series.id, "new_id": after.id, "from_local": local_text(at)}
    await tx.all(HOLD_FROM, moved)
    await tx.execute(MOVE_EVENTS, moved)
    await _let_stand(tx, series, after)
    return after


async def cut(tx: Tx, series: Series, at: datetime, **changes: Any) -> Series:
    """Let the rule of a held series end before a local time; the series."""
    recurrence = recurrence_of(series)
    rrule = series.rrule
    if rrule is not None:
        rrule = ending_before(rrule, at, recurrence.zone, all_day=series.all_day)
    kept: dict[str, Any] = {
        "rdates": [each for each in series.rdates if each < local_text(at)],
        "exdates": [each for each in series.exdates if each < local_text(at)],
    }
    if rrule is None and series.starts_local >= local_text(at):
        kept["exdates"].append(series.starts_local)
    return await tx.lock(Series, series.id, rrule=rrule, sequence=series.sequence + 1, **kept, **changes)


async def _going_on(tx: Tx, series: Series, at: datetime) -> Series:
    series_id = uuid7()
    starts, rrule = _rule_from(series, at)
    new: dict[str, Any] = {
        "id": series_id,
        "uid": f"{series_id}@guildhall",
        "sequence": 0,
        "starts_local": local_text(starts),
        "rrule": rrule,
        "rdates": [each for each in series.rdates if each >= local_text(at)],
        "exdates": [each for each in series.exdates if each >= local_text(at)],
        "online_url": await _sealed_again(tx, series, series_id),
        "source": None,
        "source_hash": None,
        "horizon_at": None,
        "extend_at": None,
        "created_at": tx.now,
        "updated_at": tx.now,
        "version": 1,
    }
    return Series(**{name: getattr(series, name) for name in Series.model_fields} | new)


def _rule_from(series: Series, at: datetime) -> tuple[datetime, str | None]:
    """The rest of the rule, and its first start from `at` on: `at` may be a further date beside the rule."""
    recurrence, rrule = recurrence_of(series), series.rrule
    rule = recurrence.rule
    if rule is None or rrule is None:
        return at, None
    following = found(replace(recurrence, rdates=(), exdates=()), at, None, 1)
    if not following:
        return at, None
    if rule.count is not None:
        before = expand(rule, recurrence.start, before=at, steps=STEPS)
        rrule = with_count(rrule, rule.count - sum(1 for _ in before))
    return following[0], rrule


async def _sealed_again(tx: Tx, series: Series, series_id: UUID) -> str | None:
    vault = await known_sealer(tx) if series.online_url is not None else None
    if vault is None or series.online_url is None:
        return None
    link = vault.unseal(series.online_url, about=f"{series.id}:online_url")
    return (await sealer_of(tx)).seal(link, about=f"{series_id}:online_url")


async def _let_stand(tx: Tx, before: Series, after: Series) -> None:
    """Let registrations for the whole of the old series stand for the new one, too."""
    for old in await tx.all(STANDING, {"series_id": before.id}):
        new = SeriesRegistration(
            community_id=after.community_id,
            series_id=after.id,
            member_id=old.member_id,
            party_size=old.party_size,
            scope=old.scope,
            from_local=old.from_local,
            created_at=old.created_at,
            updated_at=tx.now,
        )
        await tx.insert(new)
        tx.publish(
            SeriesRegistrationMade(
                community_id=after.community_id,
                series_registration_id=new.id,
                series_id=after.id,
                member_id=new.member_id,
            )
        )
        await tx.execute(FOLLOW, {"old_id": old.id, "new_id": new.id, "series_id": after.id})


_FROM = (
    scope(Event),
    col(Event.series_id) == sa.bindparam("old_id"),
    col(Event.recurrence_id) >= sa.bindparam("from_local"),
)
HOLD_FROM = constant(select(Event.id).where(*_FROM).order_by(col(Event.id)).with_for_update(key_share=True))
MOVE_EVENTS: Any = constant(sa.update(Event).where(*_FROM).values(series_id=sa.bindparam("new_id")))
STANDING = constant(
    select(SeriesRegistration)
    .where(
        scope(SeriesRegistration),
        col(SeriesRegistration.series_id) == sa.bindparam("series_id"),
        col(SeriesRegistration.cancelled_at).is_(None),
    )
    .order_by(col(SeriesRegistration.created_at), col(SeriesRegistration.id))
)
FOLLOW: Any = constant(
    sa.update(Registration)
    .where(
        scope(Registration),
        col(Registration.series_registration_id) == sa.bindparam("old_id"),
        col(Registration.event_id).in_(
            select(Event.id).where(scope(Event), col(Event.series_id) == sa.bindparam("series_id"))
        ),
    )
    .values(series_registration_id=sa.bindparam("new_id"))
)
