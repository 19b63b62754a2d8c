"""What the seat log of an event must prove: never over capacity, first come first served, no seat lost."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from services.events.registrations.rules import SEATED, Waiting, promoted
from shared.testing import Cluster
from tests.membership.conftest import Someone

LONG_AGO = "2020-01-01T00:00:00.000000Z"


def entries(organiser: Someone, event_id: str) -> list[dict[str, Any]]:
    """The whole log as the API pages it."""
    return list(_paged(organiser, f"/events/{event_id}/seat-log?limit=100"))


def _paged(organiser: Someone, path: str) -> Iterator[dict[str, Any]]:
    cursor = ""
    while True:
        answer = organiser.get(path + (f"&cursor={cursor}" if cursor else ""))
        assert answer.status_code == 200, answer.text
        yield from answer.json()["items"]
        cursor = answer.json()["next_cursor"]
        if not cursor:
            return


def registrations(organiser: Someone, event_id: str) -> list[dict[str, Any]]:
    """Everybody who ever registered, in the order of `seq`."""
    return list(_paged(organiser, f"/events/{event_id}/registrations?limit=100"))


def expire_offers(stack: Cluster, event_id: str) -> None:
    """Lets every offer that is open end long ago; the clock finds them at its next look."""
    of_event = f"WHERE event_id = '{event_id}' AND state = 'open'"
    stack.execute("events", f"UPDATE offer SET expires_at = '{LONG_AGO}' {of_event}")


@dataclass
class Replay:
    """The log played again: who sits and who waits after each step, and whether the step was right."""

    allow_skip: bool = False
    capacity: int | None = None
    seated: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, Waiting] = field(default_factory=dict)
    last_seq: int = 0

    def step(self, entry: dict[str, Any]) -> None:
        """One entry, checked against all before it."""
        self.capacity = entry["capacity"]
        who, step, size = entry["registration_id"], entry["step"], entry["party_size"]
        if step == "confirmed":
            self._seat(entry, was=self.seated.pop(who, 0))
        elif step == "offered" and who in self.seated:
            self.seated[who] = size  # a party that shrank or grew
        elif step == "offered":
            first = next(iter(self._served()), None)
            assert first == self.waiting.pop(who), f"{entry} is not next"
            self.seated[who] = size
        elif step == "waitlisted":
            self.waiting[who] = Waiting(entry["seq"], size)
        elif step in ("declined", "expired", "cancelled"):
            self.seated.pop(who, None)
            self.waiting.pop(who, None)
        elif step == "accepted":
            assert who in self.seated, entry
        taken, waits = sum(self.seated.values()), sum(each.party_size for each in self.waiting.values())
        assert (entry["taken"], entry["waiting"]) == (taken, waits), entry
        assert self.capacity is None or taken <= self.capacity, f"over capacity: {entry}"

    def _seat(self, entry: dict[str, Any], was: int) -> None:
        """Nobody is confirmed past those who wait before them."""
        before = [each for each in self.waiting.values() if each.seq < entry["seq"]]
        grows = entry["party_size"] - was
        assert grows <= 0 or self.allow_skip or not (self.waiting if was else before), f"{entry} skipped"
        self.seated[entry["registration_id"]] = entry["party_size"]

    def _served(self) -> list[Waiting]:
        return promoted(self.free(), self.line(), allow_skip=self.allow_skip)

    def free(self) -> int:
        return 10**6 if self.capacity is None else self.capacity - sum(self.seated.values())

    def line(self) -> list[Waiting]:
        return sorted(self.waiting.values())

    def nobody_is_forgotten(self) -> None:
        """No seat is lost: whoever is next would not fit."""
        assert self._served() == []


def proven(organiser: Someone, event_id: str, *, allow_skip: bool = False) -> Replay:
    """The replay of an event's log that holds whatever was promised, and agrees with what is there."""
    log = entries(organiser, event_id)
    assert [entry["no"] for entry in log] == list(range(1, len(log) + 1))
    replay = Replay(allow_skip)
    for entry in log:
        replay.step(entry)
    replay.nobody_is_forgotten()
    rows = registrations(organiser, event_id)
    sits = {row["id"]: row["party_size"] for row in rows if row["state"] in SEATED}
    waits = {row["id"]: (row["seq"], row["party_size"]) for row in rows if row["state"] == "waitlisted"}
    assert (sits, waits) == (replay.seated, replay.waiting)
    seats = organiser.get(f"/events/{event_id}/availability").json()
    assert (seats["taken"], seats["waiting"]) == (sum(sits.values()), sum(size for _, size in waits.values()))
    return replay
