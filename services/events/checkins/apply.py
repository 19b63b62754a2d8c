"""A batch of check-ins against what is known: judged one by one in the order given, written at once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Self
from uuid import UUID

from services.events.checkins.known import KNOWN, LATEST, THEN, known_of
from services.events.checkins.moves import Standing, seen
from services.events.checkins.rules import (
    COUNTED,
    CheckInKind,
    CheckInOutcome,
    CheckInReason,
    Seen,
    Verdict,
    judged,
)
from services.events.models import CheckIn, Event, Registration
from services.events.registrations.rules import SEATED, RegistrationState
from services.events.registrations.steps import told
from shared.store import Tx

MAY_COME = SEATED - {RegistrationState.OFFERED}


class Given(NamedTuple):
    """A check-in as a device sent it."""

    registration_id: UUID | None
    member_id: UUID | None
    device_id: str
    nonce: str
    at: datetime
    kind: CheckInKind


@dataclass
class Batch:
    """What is known of everybody in a batch, brought up to date item by item; the caller holds the event."""

    event: Event
    now: datetime
    rows: dict[UUID, Any]
    by_member: dict[UUID, UUID]
    known: set[tuple[str, str]]
    standing: dict[UUID, Standing]
    latest: dict[UUID, datetime] = field(default_factory=dict)
    then: dict[tuple[UUID, datetime], set[CheckInKind]] = field(default_factory=lambda: defaultdict(set))
    kept: list[CheckIn] = field(default_factory=list)

    @classmethod
    async def of(cls, tx: Tx, event: Event, items: Sequence[Given]) -> Self:
        """The registrations the items are about, and what was seen of them so far."""
        ids = [each.registration_id for each in items if each.registration_id]
        rows = await known_of(tx, event, ids, [each.member_id for each in items if each.member_id])
        by_member = {row.member_id: row.id for row in sorted(rows, key=lambda row: (row.active, row.seq))}
        nonces = {
            "event_id": event.id,
            "devices": list({each.device_id for each in items}),
            "nonces": [each.nonce for each in items],
        }
        known = {(row.device_id, row.nonce) for row in await tx.all(KNOWN, nonces)}
        standing = {row.id: Standing(row.state, row.checked_in_at, row.checked_out_at) for row in rows}
        batch = cls(event, tx.now, {row.id: row for row in rows}, by_member, known, standing)
        if rows:
            await batch._recall(tx, [each.at for each in items])
        return batch

    async def _recall(self, tx: Tx, moments: list[datetime]) -> None:
        ids = list(self.rows)
        self.latest = {row.registration_id: row.at for row in await tx.all(LATEST, {"ids": ids})}
        for mark in await tx.all(THEN, {"ids": ids, "moments": moments}):
            self.then[mark.registration_id, mark.at].add(mark.kind)

    def judge(self, item: Given) -> tuple[UUID | None, Verdict]:
        """What becomes of an item, and whom it is about."""
        if item.registration_id is not None:
            id_ = item.registration_id if item.registration_id in self.rows else None
        else:
            id_ = self.by_member.get(item.member_id) if item.member_id else None
        if (item.device_id, item.nonce) in self.known:
            return id_, Verdict(CheckInOutcome.REPEATED)
        if id_ is None:
            return None, Verdict(CheckInOutcome.REFUSED, CheckInReason.UNKNOWN_REGISTRATION)
        at = item.at
        before = Seen(self.latest.get(id_), frozenset(self.then[id_, at]))
        has_seat = self.standing[id_].state in MAY_COME
        verdict = judged(at, item.kind, now=self.now, has_seat=has_seat, seen=before)
        if verdict.outcome is not CheckInOutcome.REFUSED:
            self._keep(id_, item, verdict.outcome)
        return id_, verdict

    def _keep(self, id_: UUID, item: Given, outcome: CheckInOutcome) -> None:
        self.known.add((item.device_id, item.nonce))
        self.kept.append(
            CheckIn(
                community_id=self.event.community_id,
                event_id=self.event.id,
                registration_id=id_,
                device_id=item.device_id,
                nonce=item.nonce,
                kind=item.kind,
                outcome=outcome,
                at=item.at,
                received_at=self.now,
            )
        )
        if outcome in COUNTED:
            self.latest[id_] = max(item.at, self.latest.get(id_, item.at))
            self.then[id_, item.at].add(item.kind)
        if outcome is CheckInOutcome.APPLIED:
            self.standing[id_] = seen(self.standing[id_], item.kind, item.at)

    def state_of(self, id_: UUID | None) -> RegistrationState | None:
        return self.standing[id_].state if id_ in self.standing else None

    async def write(self, tx: Tx) -> bool:
        """Keep what was seen, and tell of those it changed; whether somebody was no no-show after all."""
        await tx.insert(self.kept)
        earliest = min(self.event.created_at, self.event.starts_at)  # whatever a device without a clock says
        for id_, standing in self.standing.items():
            if not standing.facts:
                continue
            after = await tx.lock(
                Registration,
                id_,
                facts=len(standing.facts),
                state=standing.state,
                checked_in_at=standing.checked_in_at,
                checked_out_at=standing.checked_out_at,
            )
            for fact, more in standing.facts:
                tx.publish(told(fact, after, **more | {"occurred_at": max(more["occurred_at"], earliest)}))
            if standing.corrected:
                tx.audit("registration.correct", id_)
        return any(standing.corrected for standing in self.standing.values())
