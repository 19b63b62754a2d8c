"""What became of an event: attendance counted when it is settled, and again when it is put right."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.testing import Cluster, eventually
from tests.events.conftest import Facts, Person
from tests.events.seat_log import LONG_AGO
from tests.events.test_check_ins import scan
from tests.events.test_registrations import problem
from tests.membership.conftest import Someone

Published = Callable[..., dict[str, Any]]


class Night:
    """An event of six seats: who came, who did not, who cancelled late, who waited in vain."""

    def __init__(self, stack: Cluster, event: dict[str, Any], organiser: Someone, person: Person) -> None:
        self.stack, self.organiser, self.id = stack, organiser, event["id"]
        self.path = f"/events/{self.id}"
        sizes = {"came": 2, "left": 1, "absent": 2, "late": 1, "taker": 1, "waits": 1}
        self.members = {name: person() for name in sizes}
        self.ids = {
            name: member.made(f"{self.path}/registrations", {"party_size": sizes[name]})["id"]
            for name, member in self.members.items()
        }
        self.verb("late", "cancel")
        self.verb("taker", "accept-offer")
        organiser.made(f"{self.path}/start")
        self.scan("came", 0)
        self.scan("left", 0)
        self.scan("left", 30, "exit")
        organiser.made(f"{self.path}/complete")

    def verb(self, who: str, verb: str) -> dict[str, Any]:
        return self.members[who].made(f"{self.path}/registrations/{self.ids[who]}/{verb}")

    def scan(self, who: str, minutes: float, kind: str = "entry") -> dict[str, Any]:
        [item] = self.organiser.made(f"{self.path}/check-ins", scan(self.ids[who], minutes, kind))["items"]
        found: dict[str, Any] = item
        return found

    def correct(self, who: str, attended: bool) -> Any:
        path = f"{self.path}/registrations/{self.ids[who]}/correct"
        return self.organiser.post(path, {"attended": attended})

    def state(self, who: str) -> str:
        return str(self.organiser.get(f"{self.path}/registrations/{self.ids[who]}").json()["state"])

    def corrections(self, who: str) -> int:
        """How many are in the audit log."""
        own = f"resource = '{self.ids[who]}' AND action = 'registration.correct'"
        return int(self.stack.rows("events", f"SELECT count(*) FROM audit WHERE {own}")[0][0])

    def settle(self) -> None:
        """Two hours pass since its end."""
        past = f"ends_at = '{LONG_AGO}', clock_at = '{LONG_AGO}'"
        self.stack.execute("events", f"UPDATE event SET {past} WHERE id = '{self.id}'")
        eventually(lambda: self.counts()["settled_at"] is not None, within=10)

    def counts(self) -> dict[str, Any]:
        answer = self.organiser.get(f"{self.path}/attendance")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()["counts"]
        return found


@pytest.fixture
def night(stack: Cluster, published: Published, organiser: Someone, person: Person) -> Night:
    event = published(capacity=6, per_registration_max=2, cancel_cutoff_minutes=60 * 24 * 10)
    return Night(stack, event, organiser, person)


COUNTS = {"capacity": 6, "confirmed": 6, "late_cancelled": 1, "offers": 1, "offers_accepted": 1}


def test_attendance_is_counted_in_seats(night: Night, facts: Facts) -> None:
    assert night.counts() == COUNTS | {"checked_in": 3, "no_show": 0, "settled_at": None}
    night.settle()
    states = {name: night.state(name) for name in night.ids}
    assert states == {
        "came": "checked_in",
        "left": "checked_out",
        "absent": "no_show",
        "late": "cancelled",
        "taker": "no_show",
        "waits": "cancelled",
    }
    [told] = facts("event_attendance_counted")
    numbers = COUNTS | {"checked_in": 3, "no_show": 3}
    assert {name: told[name] for name in numbers} == numbers
    assert len(facts("registration_no_show")) == 2
    seats = night.organiser.get(f"{night.path}/availability").json()
    assert (seats["taken"], seats["waiting"]) == (6, 0)


def test_those_who_came_are_listed_in_pages(night: Night) -> None:
    answer = night.organiser.get(f"{night.path}/attendance?limit=1").json()
    [first] = answer["items"]
    assert (first["registration_id"], first["party_size"], first["left_at"]) == (night.ids["came"], 2, None)
    rest = night.organiser.get(f"{night.path}/attendance?limit=1&cursor={answer['next_cursor']}").json()
    [second] = rest["items"]
    assert (second["registration_id"], second["state"]) == (night.ids["left"], "checked_out")
    assert second["left_at"] is not None
    assert rest["next_cursor"] is None


def test_a_device_that_comes_home_late_corrects_a_no_show(night: Night, facts: Facts) -> None:
    night.settle()
    version = night.organiser.get(night.path).json()["version"]
    assert night.scan("absent", 5)["state"] == "checked_in"
    assert night.scan("taker", 5, "exit")["state"] == "checked_out"
    assert night.scan("absent", 50, "exit")["state"] == "checked_out"
    told = facts("event_attendance_counted")
    assert [(fact["checked_in"], fact["no_show"]) for fact in told] == [(3, 3), (5, 1), (6, 0)]
    assert [fact["aggregate_version"] for fact in told] == [version, version + 1, version + 2]
    assert night.organiser.get(night.path).json()["version"] == version + 2
    assert [fact["attended"] for fact in facts("registration_corrected")] == [True, True]
    assert night.corrections("absent") == 1


def test_organisers_put_right_what_was_recorded(night: Night, facts: Facts) -> None:
    assert night.correct("came", attended=False).json()["state"] == "confirmed"
    assert facts("event_attendance_counted") == []
    assert night.scan("came", -5)["outcome"] == "applied"  # what was seen of them before counts no more
    night.settle()
    assert night.correct("left", attended=False).json()["state"] == "no_show"
    gone = night.correct("left", attended=True).json()
    assert (gone["state"], gone["checked_in_at"]) == ("checked_in", None)
    assert problem(night.correct("left", attended=True)) == (409, "invalid-transition")
    assert problem(night.correct("waits", attended=True)) == (409, "invalid-transition")
    told = facts("event_attendance_counted")
    assert [(fact["checked_in"], fact["no_show"]) for fact in told] == [(3, 3), (2, 4), (3, 3)]
    assert [fact["attended"] for fact in facts("registration_corrected")] == [False, False, True]
    assert night.corrections("left") == 2


def test_an_event_is_settled_once(stack: Cluster, night: Night, facts: Facts) -> None:
    night.settle()
    stack.execute("events", f"UPDATE event SET clock_at = '{LONG_AGO}' WHERE id = '{night.id}'")
    sql = f"SELECT clock_at FROM event WHERE id = '{night.id}'"
    eventually(lambda: stack.rows("events", sql) == [(None,)], within=10)
    assert len(facts("event_attendance_counted")) == 1


def test_walk_ins_count_among_those_who_were_expected(
    published: Published, organiser: Someone, person: Person, facts: Facts
) -> None:
    event = published(capacity=3)
    path = f"/events/{event['id']}"
    person().made(f"{path}/registrations", {})
    organiser.made(f"{path}/start")
    for _ in range(2):
        walk_in = organiser.made(f"{path}/registrations", {"member_id": str(person().member_id)})
        organiser.made(f"{path}/check-ins", scan(walk_in["id"], 0))
    organiser.made(f"{path}/complete")
    result = organiser.made(f"{path}/evaluate", {"verdict": "worked", "settle_now": True})
    assert (result["confirmed"], result["attended"], result["no_show"]) == (3, 2, 1)
    assert (result["attendance"], result["no_show_rate"], result["fill"]) == (2 / 3, 1 / 3, 1)
    [told] = facts("event_attendance_counted")
    assert (told["confirmed"], told["checked_in"], told["no_show"]) == (3, 2, 1)


def test_nobody_came_in_the_future(
    published: Published, organiser: Someone, person: Person, facts: Facts
) -> None:
    path = f"/events/{published()['id']}"
    seat = person().made(f"{path}/registrations", {})
    organiser.made(f"{path}/registrations/{seat['id']}/correct", {"attended": True})
    [told] = facts("registration_corrected")
    assert datetime.fromisoformat(told["occurred_at"]) <= datetime.now(UTC)


def test_whoever_cancels_after_the_start_did_not_show_up(
    published: Published, organiser: Someone, person: Person
) -> None:
    path = f"/events/{published()['id']}"
    ada, bob = person(), person()
    seats = [who.made(f"{path}/registrations", {})["id"] for who in (ada, bob)]
    organiser.made(f"{path}/start")
    organiser.made(f"{path}/check-ins", scan(seats[0], 0))
    bob.made(f"{path}/registrations/{seats[1]}/cancel")
    organiser.made(f"{path}/complete")
    result = organiser.made(f"{path}/evaluate", {"verdict": "worked", "settle_now": True})
    assert (result["confirmed"], result["attended"], result["no_show"]) == (2, 1, 0)
    assert (result["attendance"], result["no_show_rate"], result["late_cancelled"]) == (0.5, 0.5, 1)
