"""F15: 200 at once for 100 places, with cancellations, expiring offers and capacity changes in between.

Never over capacity at any step, first come first served, no seat lost: proven from the seat log, on both
databases, a few times here and fifty times in `make soak`.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.events.registrations.rules import SeatStep
from shared.identity import Actor
from shared.testing import Cluster, eventually
from tests.events.conftest import an_event
from tests.events.seat_log import LONG_AGO, entries, expire_offers, proven, registrations
from tests.membership.conftest import Someone

PLACES, PEOPLE, THREADS = 100, 200, 24
REFUSED = {409, 412}
"""What somebody may hear who came too late: registered, offered, cancelled or changed otherwise meanwhile."""


class Race:
    """One event, two hundred who want to come, and everything that may happen to a seat at once."""

    def __init__(self, stack: Cluster, organiser: Someone, crowd: list[Someone], seed: int) -> None:
        self.stack, self.organiser, self.crowd = stack, organiser, crowd
        self.chance = random.Random(seed)
        self.allow_skip = seed % 2 == 1
        event = organiser.made(
            "/events",
            an_event(
                capacity=PLACES,
                per_registration_max=3,
                waitlist={"allow_skip": self.allow_skip, "offer_minutes": 1},
            ),
        )
        self.id = event["id"]
        for verb in ("publish", "open-registration"):
            organiser.made(f"/events/{self.id}/{verb}")
        self.path = f"/events/{self.id}/registrations"
        self.answers: list[tuple[str, httpx.Response]] = []

    def run(self) -> None:
        acts = [self._somebody(who) for who in self.crowd]
        acts += [self._size, self._expire] * 4
        self.chance.shuffle(acts)
        start = Barrier(THREADS)

        def share(number: int) -> None:
            start.wait(30)
            for act in acts[number::THREADS]:
                act()

        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(share, range(THREADS)))
        self._answer_offers()

    def _answer_offers(self) -> None:
        """More room at last: of those who are offered it every second takes it, the others leave it."""
        path = f"/events/{self.id}"
        tag = self.organiser.get(path).headers["ETag"]
        self._ask("resize", self.organiser.patch(path, {"capacity": PLACES + 15}, If_Match=tag))
        offered = self.organiser.get(f"{self.path}?state=offered&limit=100").json()["items"]
        who = {str(each.member_id): each for each in self.crowd}
        for number, each in enumerate(offered):
            verb = "decline-offer" if number % 2 else "accept-offer"
            self._ask(verb, who[each["member_id"]].post(f"{self.path}/{each['id']}/{verb}"))

    def _somebody(self, who: Someone) -> Callable[[], None]:
        """Registers, and then comes, cancels, takes fewer along, or answers what was offered."""
        size, then = self.chance.choice((1, 1, 1, 2, 3)), self.chance.random()

        def act() -> None:
            made = self._ask("register", who.post(self.path, {"party_size": size}))
            if made.status_code != 201:
                return
            one = f"{self.path}/{made.json()['id']}"
            if then < 0.25:
                self._ask("cancel", who.post(f"{one}/cancel"))
            elif then < 0.4:
                tag = made.headers["ETag"]
                self._ask("change", who.patch(one, {"party_size": 1}, If_Match=tag))
            elif then < 0.7:
                verb = "accept-offer" if then < 0.6 else "decline-offer"
                self._ask(verb, who.post(f"{one}/{verb}"))

        return act

    def _size(self) -> None:
        path = f"/events/{self.id}"
        capacity = self.chance.randint(PLACES - 10, PLACES + 10)
        tag = self.organiser.get(path).headers["ETag"]
        self._ask("resize", self.organiser.patch(path, {"capacity": capacity}, If_Match=tag))

    def _expire(self) -> None:
        expire_offers(self.stack, self.id)

    def _ask(self, what: str, answer: httpx.Response) -> httpx.Response:
        self.answers.append((what, answer))
        return answer

    def check(self) -> None:
        """Nobody heard of a failure; what was acknowledged is there; the log proves the rest."""
        told = Counter((what, answer.status_code) for what, answer in self.answers)
        unexpected = {(w, s) for w, s in told if s not in REFUSED and not 200 <= s < 300}
        assert not unexpected, told
        of_event = f"event_id = '{self.id}' AND state = 'open' AND expires_at = '{LONG_AGO}'"
        due = f"SELECT count(*) FROM offer WHERE {of_event}"
        eventually(lambda: self.stack.rows("events", due) == [(0,)], within=15)
        rows = {row["id"]: row for row in registrations(self.organiser, self.id)}
        made = {a.json()["id"] for w, a in self.answers if w == "register" and a.status_code == 201}
        assert made == set(rows)
        assert told["register", 201] == len(rows)
        for what, state in (("cancel", "cancelled"), ("decline-offer", "declined")):
            done = {a.json()["id"] for w, a in self.answers if w == what and a.status_code == 200}
            assert done == {id_ for id_, row in rows.items() if row["state"] == state}
        accepted = {a.json()["id"] for w, a in self.answers if w == "accept-offer" and a.status_code == 200}
        assert accepted <= {id_ for id_, row in rows.items() if row["state"] == "confirmed"}
        proven(self.organiser, self.id, allow_skip=self.allow_skip)
        self.steps = {entry["step"] for entry in entries(self.organiser, self.id)}


@pytest.fixture
def crowd(stack: Cluster, community: UUID) -> Iterator[list[Someone]]:
    """Two hundred members."""
    with ExitStack() as opened:
        yield [_member(stack, community, opened) for _ in range(PEOPLE)]


def _member(stack: Cluster, community: UUID, opened: ExitStack) -> Someone:
    id_ = uuid4()
    actor = Actor(
        kind="member", id=str(id_), member_id=id_, community_id=community, roles=frozenset({"member"})
    )
    return Someone(opened.enter_context(stack.direct("events", actor, timeout=30.0)), community, id_)


def repeat(stack: Cluster, organiser: Someone, crowd: list[Someone], seeds: range) -> None:
    happened: set[str] = set()
    for seed in seeds:
        race = Race(stack, organiser, crowd, seed)
        race.run()
        race.check()
        happened |= race.steps
    assert happened == set(SeatStep) - {"pending", "rejected"}, "not everything was mixed in"


def test_two_hundred_for_a_hundred_places(stack: Cluster, organiser: Someone, crowd: list[Someone]) -> None:
    repeat(stack, organiser, crowd, range(3))


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_two_hundred_for_a_hundred_places_fifty_times(
    stack: Cluster, organiser: Someone, crowd: list[Someone]
) -> None:
    repeat(stack, organiser, crowd, range(50))


def test_a_hundred_places_are_a_hundred_places(organiser: Someone, crowd: list[Someone]) -> None:
    """Nothing but registrations: exactly so many sit as there are places, and the others wait in line."""
    event = organiser.made("/events", an_event(capacity=PLACES))
    for verb in ("publish", "open-registration"):
        organiser.made(f"/events/{event['id']}/{verb}")
    start = Barrier(THREADS)

    def share(number: int) -> list[Any]:
        start.wait(30)
        return [who.post(f"/events/{event['id']}/registrations", {}) for who in crowd[number::THREADS]]

    with ThreadPoolExecutor(THREADS) as pool:
        answers = [answer for each in pool.map(share, range(THREADS)) for answer in each]
    assert Counter(answer.json().get("state") for answer in answers) == {
        "confirmed": PLACES,
        "waitlisted": PEOPLE - PLACES,
    }
    proven(organiser, event["id"])
