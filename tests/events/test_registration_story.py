"""Any story of registrations ends as a dictionary and a list say, whenever the service is killed."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any
from uuid import uuid4

import httpx
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pydantic_core import from_json

from shared.identity import Actor
from shared.testing import Cluster, eventually
from tests.events.conftest import an_event
from tests.events.seat_log import LONG_AGO, expire_offers, proven, registrations
from tests.membership.conftest import Someone

WHICH, SIZE = st.integers(0, 7), st.integers(1, 3)
SITS = ("confirmed", "offered", "checked_in", "checked_out", "no_show")
MAY_COME = ("confirmed", "checked_in", "checked_out", "no_show")
CHANGEABLE = ("confirmed", "offered", "waitlisted")
DOORS = datetime.now(UTC) - timedelta(hours=3)


@dataclass
class Told:
    """What should be known of a registration."""

    state: str
    size: int
    seq: int


class Story(RuleBasedStateMachine):
    """`known` is every registration, `line` who waits, in order; all else is asked of the service."""

    def __init__(self, cluster: Cluster, organiser: Someone) -> None:
        super().__init__()
        self.cluster, self.organiser = cluster, organiser
        self.known: dict[str, Told] = {}
        self.line: list[str] = []
        self.seq = self.minutes = self.kills = 0
        self.begun = self.settled = False

    @initialize(capacity=st.integers(3, 4), allow_skip=st.booleans())
    def publish(self, capacity: int, allow_skip: bool) -> None:
        self.capacity, self.allow_skip = capacity, allow_skip
        given = an_event(capacity=capacity, per_registration_max=3, waitlist={"allow_skip": allow_skip})
        self.id = self.organiser.made("/events", given)["id"]
        self.path = f"/events/{self.id}"
        for verb in ("publish", "open-registration"):
            self.organiser.made(f"{self.path}/{verb}")

    # -- the model -------------------------------------------------------------------------------------------

    def free(self) -> int:
        return self.capacity - sum(each.size for each in self.known.values() if each.state in SITS)

    def serve(self) -> None:
        free = 0 if self.begun else self.free()
        for id_ in list(self.line):
            each = self.known[id_]
            if each.size <= free:
                free -= each.size
                each.state = "offered"
                self.line.remove(id_)
            elif not self.allow_skip:
                return

    def one(self, which: int) -> tuple[str, Told] | None:
        ids = list(self.known)
        return (ids[which], self.known[ids[which]]) if which < len(ids) else None

    def goes(self, which: int, verb: str, *states: str) -> Told | None:
        """The verb works exactly in these states, and while the event is not over."""
        found = self.one(which)
        if found is None:
            return None
        id_, each = found
        works = each.state in states and not self.settled
        answer = self.organiser.post(f"{self.path}/registrations/{id_}/{verb}")
        assert answer.status_code == (200 if works else 409), answer.text
        if works and id_ in self.line:
            self.line.remove(id_)
        return each if works else None

    # -- what happens ----------------------------------------------------------------------------------------

    def enters(self, answer: httpx.Response, size: int) -> None:
        if self.settled:
            assert answer.status_code == 409, answer.text
            return
        assert answer.status_code == (422 if size > self.capacity else 201), answer.text
        if size > self.capacity:
            return
        self.seq += 1
        sits = size <= self.free() and (self.allow_skip or self.begun or not self.line)
        self.known[answer.json()["id"]] = Told("confirmed" if sits else "waitlisted", size, self.seq)
        if not sits:
            self.line.append(answer.json()["id"])

    def guest(self, size: int) -> dict[str, Any]:
        return {"guest": {"name": "Grace", "email": f"{uuid4().hex}@example.org"}, "party_size": size}

    @precondition(lambda self: len(self.known) < 8)
    @rule(size=SIZE)
    def register(self, size: int) -> None:
        self.enters(self.organiser.post(f"{self.path}/registrations", self.guest(size)), size)

    @precondition(lambda self: self.kills < 1 and len(self.known) < 8)
    @rule(size=SIZE, late=st.booleans())
    def register_while_it_dies(self, size: int, late: bool) -> None:
        """Whether it was done or not: sent again with the same key, it was done once."""
        self.kills += 1
        body, once = self.guest(size), uuid4().hex

        def send() -> httpx.Response:
            return self.organiser.post(f"{self.path}/registrations", body, Idempotency_Key=once)

        def lost() -> None:
            with suppress(httpx.HTTPError):
                send()

        sent = Thread(target=lost)
        sent.start()
        if late:
            sent.join()
        pid = self.cluster.kill("events")
        sent.join()
        self.cluster.restarted("events", pid)
        self.enters(send(), size)

    @rule(which=WHICH)
    def cancel(self, which: int) -> None:
        if (each := self.goes(which, "cancel", "confirmed", "waitlisted", "offered")) is not None:
            each.state = "cancelled"
            self.serve()

    @rule(which=WHICH)
    def accept(self, which: int) -> None:
        if (each := self.goes(which, "accept-offer", "offered")) is not None:
            each.state = "confirmed"

    @rule(which=WHICH)
    def decline(self, which: int) -> None:
        if (each := self.goes(which, "decline-offer", "offered")) is not None:
            each.state = "declined"
            self.serve()

    @rule(which=WHICH, size=SIZE)
    def change(self, which: int, size: int) -> None:
        if (found := self.one(which)) is None:
            return
        id_, each = found
        by = size - each.size
        fits = by <= self.free() and (self.allow_skip or not self.line)
        works = each.state in CHANGEABLE and not self.settled
        if each.state in SITS:
            works = works and (by <= 0 or fits)
        if size > self.capacity and by > 0:
            works = False
        one = f"{self.path}/registrations/{id_}"
        tag = self.organiser.get(one).headers["ETag"]
        answer = self.organiser.patch(one, {"party_size": size}, If_Match=tag)
        assert answer.status_code in ((200,) if works else (409, 422)), answer.text
        if works:
            each.size = size
            self.serve()

    @rule(capacity=st.integers(1, 6))
    def resize(self, capacity: int) -> None:
        tag = self.organiser.get(self.path).headers["ETag"]
        answer = self.organiser.patch(self.path, {"capacity": capacity}, If_Match=tag)
        works = not self.settled and capacity >= self.capacity - self.free()
        assert answer.status_code == (200 if works else 409), answer.text
        if works:
            self.capacity = capacity
            self.serve()

    @precondition(lambda self: any(each.state == "offered" for each in self.known.values()))
    @rule(crash=st.booleans())
    def expire(self, crash: bool) -> None:
        """All at once, in the order they had; perhaps it dies in the middle of it."""
        pid = self.cluster.crash_at("events", "before_offers_expired") if crash and not self.kills else None
        expire_offers(self.cluster, self.id)
        due = f"SELECT count(*) FROM offer WHERE expires_at = '{LONG_AGO}' AND state = 'open'"
        if pid is not None:
            self.kills += 1
            self.cluster.restarted("events", pid)
        eventually(lambda: self.cluster.rows("events", due) == [(0,)], within=10)
        back = [(each.seq, id_) for id_, each in self.known.items() if each.state == "offered"]
        for _, id_ in sorted(back):
            self.seq += 1
            self.known[id_] = Told("waitlisted", self.known[id_].size, self.seq)
            self.line.append(id_)
        self.serve()

    @precondition(lambda self: len(self.known) > 3 and not self.begun)
    @rule()
    def begin(self) -> None:
        self.organiser.made(f"{self.path}/start")
        self.begun = True

    @rule(which=WHICH, kind=st.sampled_from(["entry", "exit"]))
    def check_in(self, which: int, kind: str) -> None:
        if (found := self.one(which)) is None:
            return
        id_, each = found
        self.minutes += 1
        at = (DOORS + timedelta(minutes=self.minutes)).isoformat()
        scan = {
            "registration_id": id_,
            "device_id": "door",
            "nonce": str(self.minutes),
            "at": at,
            "kind": kind,
        }
        for outcome in ("applied" if each.state in MAY_COME else "conflict", "repeated"):
            [item] = self.organiser.made(f"{self.path}/check-ins", scan)["items"]
            assert item["outcome"] == outcome
        if each.state in MAY_COME:
            each.state = "checked_in" if kind == "entry" else "checked_out"

    @precondition(lambda self: self.begun and not self.settled)
    @rule()
    def settle(self) -> None:
        """It ends, and two hours pass."""
        self.organiser.made(f"{self.path}/complete")
        past = f"ends_at = '{LONG_AGO}', clock_at = '{LONG_AGO}'"
        self.cluster.execute("events", f"UPDATE event SET {past} WHERE id = '{self.id}'")
        waits = f"SELECT count(*) FROM event WHERE id = '{self.id}' AND settled_at IS NULL"
        eventually(lambda: self.cluster.rows("events", waits) == [(0,)], within=10)
        self.settled = True
        became = {"confirmed": "no_show", "offered": "cancelled", "waitlisted": "cancelled"}
        for each in self.known.values():
            each.state = became.get(each.state, each.state)
        self.line.clear()

    @rule(which=WHICH, attended=st.booleans())
    def correct(self, which: int, attended: bool) -> None:
        if (found := self.one(which)) is None:
            return
        id_, each = found
        works = each.state in (("confirmed", "no_show") if attended else ("checked_in", "checked_out"))
        answer = self.organiser.post(f"{self.path}/registrations/{id_}/correct", {"attended": attended})
        assert answer.status_code == (200 if works else 409), answer.text
        if works:
            absent = "no_show" if self.settled else "confirmed"
            each.state = "checked_in" if attended else absent

    # -- what must be true -----------------------------------------------------------------------------------

    @invariant()
    def all_is_as_told(self) -> None:
        if not hasattr(self, "id"):
            return
        rows = registrations(self.organiser, self.id)
        assert {row["id"]: Told(row["state"], row["party_size"], row["seq"]) for row in rows} == self.known
        waiting = sorted((row["seq"], row["id"]) for row in rows if row["state"] == "waitlisted")
        assert [id_ for _, id_ in waiting] == self.line

    def teardown(self) -> None:
        if not self.begun and hasattr(self, "id"):
            proven(self.organiser, self.id, allow_skip=self.allow_skip)
        sql = "SELECT payload FROM outbox WHERE aggregate_type = 'registration' ORDER BY seq"
        versions: dict[str, list[int]] = {id_: [] for id_ in self.known}
        for (payload,) in self.cluster.rows("events", sql):
            if (fact := from_json(payload))["registration_id"] in versions:
                versions[fact["registration_id"]].append(fact["aggregate_version"])
        assert all(each and each == list(range(1, len(each) + 1)) for each in versions.values())


def test_every_story_of_registrations(cluster: Callable[..., Cluster]) -> None:
    alone = cluster(("events",))
    community, member = uuid4(), uuid4()
    roles = frozenset({"member", "organizer"})
    actor = Actor("member", str(member), member_id=member, community_id=community, roles=roles)
    with alone.direct("events", actor) as client:
        organiser = Someone(client, community, member)
        run_state_machine_as_test(
            lambda: Story(alone, organiser),  # type: ignore[arg-type]  # it only calls it
            settings=settings(
                max_examples=4,
                stateful_step_count=20,
                deadline=None,
                phases=(Phase.explicit, Phase.generate),
                suppress_health_check=list(HealthCheck),
            ),
        )
