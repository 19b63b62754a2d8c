"""An event is closed with its recorded result: its attendance settled, its survey early or late."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.events.evaluations.rules import ratio
from shared.clock import now
from shared.contracts.announced import SurveyClosed
from shared.facts import ActorRef, Fact
from shared.testing import Cluster, eventually
from tests.events.conftest import Facts, Person
from tests.membership.conftest import Someone
from tests.membership.telling import tell
from tests.membership.test_invitations import problem

Published = Callable[..., dict[str, Any]]
GIVEN = {"verdict": "worked", "learnings": "More chairs."}


@pytest.fixture
def over(organiser: Someone, person: Person, published: Published) -> dict[str, Any]:
    """An event of four seats that is over: one came, one did not."""
    event = published(capacity=4)
    path = f"/events/{event['id']}"
    came, _ = (person().made(f"{path}/registrations", {}) for _ in range(2))
    organiser.made(f"{path}/start")
    at = now().isoformat()
    entry = {"registration_id": came["id"], "device_id": "door", "nonce": uuid4().hex, "at": at}
    organiser.made(f"{path}/check-ins", entry)
    return organiser.made(f"{path}/complete")


def survey(event: dict[str, Any], community: UUID, survey_id: UUID, version: int, *numbers: int) -> Fact:
    return SurveyClosed(
        community_id=community,
        actor=ActorRef(kind="service", id="engagement"),
        aggregate_version=version,
        survey_id=survey_id,
        kind="event",
        event_id=UUID(event["id"]),
        satisfied=numbers[0],
        answered=numbers[1],
    )


def test_the_result_waits_for_the_attendance_unless_it_is_settled_now(
    organiser: Someone, over: dict[str, Any], facts: Facts
) -> None:
    path = f"/events/{over['id']}"
    early = organiser.post(f"{path}/evaluate", GIVEN)
    assert problem(early) == (409, "attendance-not-settled")
    settles = datetime.fromisoformat(over["ends_at"]) + timedelta(hours=2)
    assert datetime.fromisoformat(early.json()["settles_at"]) == settles
    assert organiser.post(f"{path}/archive").status_code == 409, "not without a result"
    result = organiser.made(f"{path}/evaluate", GIVEN | {"settle_now": True})
    assert {name: result[name] for name in ("confirmed", "attended", "no_show", "late_cancelled")} == {
        "confirmed": 2,
        "attended": 1,
        "no_show": 1,
        "late_cancelled": 0,
    }
    assert (result["attendance"], result["no_show_rate"], result["fill"]) == (0.5, 0.5, 0.5)
    assert (result["satisfaction"], result["verdict"]) == (None, "worked")
    assert organiser.get(path).json()["state"] == "evaluated"
    again = organiser.post(f"{path}/evaluate", GIVEN)
    assert (problem(again), again.json()["allowed"]) == ((409, "invalid-transition"), ["archive"])
    assert organiser.made(f"{path}/archive")["state"] == "archived"
    told = [fact for fact in facts() if fact["fact"] in ("event_attendance_counted", "event_evaluated")]
    assert [fact["fact"] for fact in told] == ["event_attendance_counted", "event_evaluated"]
    assert (told[1]["verdict"], told[1]["answered"]) == ("worked", None)
    assert "learnings" not in told[1]


def test_who_may_read_the_event_reads_its_result_but_not_what_was_learnt(
    organiser: Someone, person: Person, over: dict[str, Any]
) -> None:
    path = f"/events/{over['id']}"
    ada = person()
    assert ada.get(f"{path}/evaluation").status_code == 404
    assert ada.post(f"{path}/evaluate", GIVEN | {"settle_now": True}).status_code == 403
    result = organiser.made(f"{path}/evaluate", GIVEN | {"settle_now": True})
    assert organiser.get(f"{path}/evaluation").json() == result
    assert ada.get(f"{path}/evaluation").json() == result | {"learnings": None, "recorded_by": None}
    assert person("organizer", within=uuid4()).get(f"{path}/evaluation").status_code == 404


def test_a_survey_counts_whether_it_closes_before_or_after(
    stack: Cluster, organiser: Someone, over: dict[str, Any], facts: Facts
) -> None:
    path, before, late = f"/events/{over['id']}", uuid4(), uuid4()
    tell(
        stack,
        survey(over, organiser.community, before, 2, 3, 4),
        survey(over, organiser.community, before, 1, 1, 1),
    )
    sql = f"SELECT survey_id FROM survey_result WHERE event_id = '{over['id']}'"
    eventually(lambda: len(stack.rows("events", sql)) == 1, within=10)
    stack.wait_converged()
    result = organiser.made(f"{path}/evaluate", GIVEN | {"settle_now": True})
    assert (result["satisfied"], result["answered"], result["satisfaction"]) == (3, 4, 0.75)
    assert result["survey_id"] == str(before)
    tell(stack, survey(over, organiser.community, late, 1, 9, 9))
    tell(stack, survey(over, organiser.community, before, 3, 4, 5))
    eventually(lambda: organiser.get(f"{path}/evaluation").json()["satisfied"] == 4, within=10)
    assert organiser.get(f"{path}/evaluation").json()["survey_id"] == str(before)
    assert [fact["answered"] for fact in facts("event_evaluated")] == [4, 5]


def test_a_result_may_wait_for_the_survey_it_names(
    stack: Cluster, organiser: Someone, over: dict[str, Any]
) -> None:
    path, named = f"/events/{over['id']}", uuid4()
    given = GIVEN | {"settle_now": True, "survey_id": str(named)}
    assert organiser.made(f"{path}/evaluate", given)["answered"] is None
    tell(
        stack,
        survey(over, organiser.community, uuid4(), 1, 1, 1),
        survey(over, organiser.community, named, 1, 2, 3),
    )
    eventually(lambda: organiser.get(f"{path}/evaluation").json()["satisfied"] == 2, within=10)
    tell(stack, survey(over, uuid4(), uuid4(), 1, 7, 7))
    stack.wait_converged()
    assert organiser.get(f"{path}/evaluation").json()["answered"] == 3


def test_only_what_took_place_has_a_result(organiser: Someone, published: Published) -> None:
    event = published()
    path = f"/events/{event['id']}/evaluate"
    assert problem(organiser.post(path, GIVEN | {"settle_now": True})) == (409, "invalid-transition")
    for changes in ({"verdict": "great"}, {"learnings": "x" * 10_001}, {"confirmed": 3}):
        assert organiser.post(path, GIVEN | changes).status_code == 422
    assert organiser.post(f"/events/{uuid4()}/evaluate", GIVEN).status_code == 404


@pytest.mark.either_database
def test_a_rate_needs_something_to_be_of() -> None:
    assert (ratio(1, 4), ratio(0, 4), ratio(0, 0)) == (0.25, 0.0, None)
