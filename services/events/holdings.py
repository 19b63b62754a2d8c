"""What events hands out about a person: its tables, a few rows at a time, unsealed for them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from services.events.models import (
    CalendarFeed,
    CheckIn,
    Entitlement,
    Evaluation,
    Event,
    EventBan,
    GroupMembership,
    Organiser,
    Question,
    QuestionVote,
    Registration,
    SeriesRegistration,
    Speaker,
    SpeakerInvitation,
    Standing,
)
from services.events.sealing import known_sealer
from services.events.speakers.find import place_of_contact
from services.events.traces import RECORDERS, recorders_of
from shared.data_subjects import DataSubject, Piece, parameters_of
from shared.store import Tx, constant, scope
from shared.vault import Sealer

ROWS = 100
"""Of one table in one piece."""


async def hand_out(tx: Tx, subject: DataSubject, after: str | None) -> Piece:
    """One table after the other; `after` is which, and how many rows of it are out."""
    number, _, done = (after or "0:0").partition(":")
    given = parameters_of(subject)
    given |= recorders_of(given)
    for index in range(int(number), len(HELD)):
        held, start = HELD[index], int(done or 0)
        rows = await tx.all(held.statement, given | {"skip": start})
        if rows:
            sealer = await known_sealer(tx) if held.unseal is not None else None
            items = [_shown(row._asdict(), held, sealer) for row in rows]
            full = len(rows) == ROWS
            following = f"{index}:{start + ROWS}" if full else f"{index + 1}:0"
            ends = not full and index + 1 == len(HELD)
            return Piece({held.table: items}, None if ends else following)
        done = "0"
    return Piece()


@dataclass(frozen=True)
class Held:
    """The rows of a table that are somebody's, and how what is sealed in one is read."""

    table: str
    statement: Any
    unseal: Callable[[Sealer, dict[str, Any]], dict[str, Any]] | None = None


def _held(
    model: type[Any],
    whose: Any,
    unseal: Callable[[Sealer, dict[str, Any]], dict[str, Any]] | None = None,
    *,
    without: tuple[str, ...] = (),
    only: tuple[str, ...] = (),
) -> Held:
    table: sa.Table = model.__table__
    columns = [each for each in table.c if each.name not in without and (not only or each.name in only)]
    wanted = sa.select(*columns).where(scope(model), whose).order_by(*table.primary_key.columns)
    wanted = wanted.limit(sa.bindparam("rows", ROWS, sa.Integer())).offset(
        sa.bindparam("skip", type_=sa.Integer())
    )
    return Held(str(model.__tablename__), constant(wanted), unseal)


def _shown(row: dict[str, Any], held: Held, sealer: Sealer | None) -> dict[str, Any]:
    return held.unseal(sealer, row) if held.unseal is not None and sealer is not None else row


def _registration(sealer: Sealer, row: dict[str, Any]) -> dict[str, Any]:
    sealed = {name: row[name] for name in ("guest", "answers", "needs") if row[name] is not None}
    read = {
        name: json.loads(sealer.unseal(text, about=f"{row['id']}:{name}")) for name, text in sealed.items()
    }
    return row | read


def _speaker(sealer: Sealer, row: dict[str, Any]) -> dict[str, Any]:
    if row["contact"] is None:
        return row
    return row | {"contact": sealer.unseal(row["contact"], about=place_of_contact(row["id"]))}


_MEMBERS: Any = sa.bindparam("members", type_=Registration.__table__.c.id.type, expanding=True)  # type: ignore[attr-defined]


def _theirs(column: Any) -> Any:
    return col(column).in_(_MEMBERS)


_REGISTRATIONS = sa.select(col(Registration.id)).where(scope(Registration), _theirs(Registration.member_id))
_SPEAKERS = sa.select(col(Speaker.id)).where(scope(Speaker), _theirs(Speaker.member_id))
HELD = (
    _held(Registration, _theirs(Registration.member_id), _registration, without=("guest_digest",)),
    _held(CheckIn, col(CheckIn.registration_id).in_(_REGISTRATIONS)),
    _held(SeriesRegistration, _theirs(SeriesRegistration.member_id)),
    _held(Question, _theirs(Question.asked_by)),
    _held(Question, _theirs(Question.answered_by), only=("id", "event_id", "answer", "updated_at")),
    _held(QuestionVote, _theirs(QuestionVote.member_id)),
    _held(Speaker, _theirs(Speaker.member_id), _speaker),
    _held(SpeakerInvitation, col(SpeakerInvitation.speaker_id).in_(_SPEAKERS)),
    _held(Organiser, _theirs(Organiser.member_id)),
    _held(Event, _theirs(Event.created_by), only=("id", "title", "starts_at", "created_at")),
    _held(
        Evaluation,
        col(Evaluation.recorded_by).in_(RECORDERS),
        only=("event_id", "verdict", "learnings", "recorded_at"),
    ),
    _held(CalendarFeed, _theirs(CalendarFeed.member_id), without=("token_hash",)),
    _held(Standing, _theirs(Standing.member_id)),
    _held(EventBan, _theirs(EventBan.member_id)),
    _held(GroupMembership, _theirs(GroupMembership.member_id)),
    _held(Entitlement, _theirs(Entitlement.member_id)),
)
