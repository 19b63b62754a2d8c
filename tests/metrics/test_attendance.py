"""How events were attended: as D10 defines it, from facts in any order, for whoever somebody is by now."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.metrics import rebuild
from services.metrics.definitions import METRICS
from services.metrics.periods import Step
from services.metrics.question import Asked, Point, ask
from services.metrics.rules import OPENING_KINDS, ActivityClass, class_of
from services.metrics.told import told
from shared.contracts.events import (
    EventAttendanceCounted,
    EventCompleted,
    QuestionAsked,
    RegistrationCancelled,
    RegistrationCheckedIn,
    RegistrationConfirmed,
    RegistrationCorrected,
    RegistrationNoShow,
    SpeakerDelivered,
)
from shared.contracts.membership import MemberJoined, MemberLeft, MergeApplied
from shared.facts import ActorRef, Fact
from shared.store import Tx
from shared.testing import Cluster, eventually
from tests.erasing import erase
from tests.membership.telling import tell
from tests.metrics import brute
from tests.metrics.brute import Act, Held
from tests.metrics.conftest import Community
from tests.metrics.in_process import Service
from tests.metrics.test_people import join
from tests.metrics.test_rebuild import numbers, rebuilt

OF_SEATS = ("event_attendance_rate", "no_show", "fill", "waitlist_conversion")
ALL = (*OF_SEATS, "event_reach")
BEGIN = datetime(2024, 1, 1, 18, tzinfo=UTC)
FIRST_DAY = BEGIN.toordinal()


def seat(community: UUID, member: UUID | None, event: int = 1) -> dict[str, Any]:
    """What every fact about a registration says."""
    return {
        "community_id": community,
        "registration_id": uuid5(community, f"{member} at {event}"),
        "event_id": uuid5(community, f"event {event}"),
        "member_id": member,
        "party_size": 2,
    }


def counted(community: UUID, event: int, version: int, held: Held) -> EventAttendanceCounted:
    starts_at = BEGIN + timedelta(days=held.day - FIRST_DAY)
    return EventAttendanceCounted(
        community_id=community,
        event_id=uuid5(community, f"event {event}"),
        aggregate_version=version,
        starts_at=starts_at,
        no_show=held.confirmed - held.checked_in,
        **{name: getattr(held, name) for name in Held._fields if name != "day"},
    )


# Against counting from scratch --------------------------------------------------------------------------

small = st.integers(0, 5)
tallies = st.builds(
    Held,
    st.integers(FIRST_DAY, FIRST_DAY + 40),
    st.none() | small,
    st.integers(0, 9),
    small,
    small,
    small,
    small,
)
corrections = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.booleans()), max_size=12)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 4), tallies), max_size=12),
    corrections,
    st.lists(st.integers(0, 40), min_size=5, max_size=5),
    st.randoms(use_true_random=False),
    st.integers(1, 7),
)
def test_facts_in_any_order_give_what_counting_gives(
    service: Service,
    counts: list[tuple[int, Held]],
    visits: list[tuple[int, int, bool]],
    joins: list[int],
    chance: Any,
    size: int,
) -> None:
    """Five members, the fifth merged into the first; each tally and visit the newest of its kind."""
    community = uuid4()
    members = [uuid5(community, f"member {n}") for n in range(5)]
    facts: list[Fact] = [
        MemberJoined(
            community_id=community,
            member_id=member,
            source="joined",
            occurred_at=BEGIN + timedelta(days=day),
            aggregate_version=1,
        )
        for member, day in zip(members, joins, strict=True)
    ]
    facts.append(
        MergeApplied(
            community_id=community,
            merge_id=uuid4(),
            survivor_id=members[0],
            merged_id=members[3],
            aggregate_version=1,
        )
    )
    held: dict[int, Held] = {}
    for version, (event, tally) in enumerate(counts, 1):
        facts.append(counted(community, event, version, tally))
        held[event] = tally
    came: dict[tuple[int, int], tuple[bool, int]] = {}
    for version, (who, event, attended) in enumerate(visits, 1):
        # an event is on a day of its own, so that whatever tells of a visit tells of the same day
        about = seat(community, members[who], event) | {"occurred_at": BEGIN + timedelta(days=9 * event)}
        facts.append(RegistrationCorrected(**about, aggregate_version=version, attended=attended))
        came[who, event] = (attended, FIRST_DAY + 9 * event)
    again = [fact.model_copy(update={"fact_id": uuid4()}) for fact in facts if not joined(fact)]
    facts += again
    chance.shuffle(facts)
    for at in range(0, len(facts), size):
        service.hear(facts[at : at + size], community)
    acts = [Act(who % 3, day, False) for (who, _), (attended, day) in came.items() if attended]
    for start, end, step in ((0, 41, Step.ALL), (3, 30, Step.WEEK), (9, 29, Step.ALL)):
        asked = Asked(date.fromordinal(FIRST_DAY + start), date.fromordinal(FIRST_DAY + end), step)
        for metric in ALL:
            for point in asked_in(service, community, metric, asked):
                begin, until = point.period.start, point.period.end
                there = sum(1 for day in joins if FIRST_DAY + day < until)
                expected = brute.attendance(held.values(), begin, until)
                expected["event_reach"] = brute.reach(acts, there, begin, until)
                assert point.value == expected[metric], metric
    live = {metric: asked_in(service, community, metric, Asked()) for metric in ALL}
    service.write(lambda tx: rebuild.begin(tx, community, "UTC"), community)
    while service.write(lambda tx: rebuild.advance(tx, community, 5), community):
        pass
    assert {metric: asked_in(service, community, metric, Asked()) for metric in ALL} == live


def joined(fact: Fact) -> bool:
    return isinstance(fact, MemberJoined)


def asked_in(service: Service, community: UUID, metric: str, asked: Asked) -> list[Point]:
    """The points of a metric."""
    definition = METRICS[metric]

    async def compute(tx: Tx) -> list[Point]:
        return await definition.compute(await ask(tx, asked, definition.about))

    return service.read(compute, community)


# What facts tell ----------------------------------------------------------------------------------------


def kinds(*facts: Fact) -> list[tuple[str, bool]]:
    return [(one.kind, one.given) for fact in facts for one in told(fact)]


def test_what_people_do_about_events_is_activity_of_its_class() -> None:
    community, member = uuid4(), uuid4()
    about = seat(community, member)
    event = {"community_id": community, "event_id": about["event_id"]}
    asked = QuestionAsked(**event, question_id=uuid4(), member_id=member)
    spoke = SpeakerDelivered(**event, invitation_id=uuid4(), speaker_id=uuid4(), member_id=member)
    over = EventCompleted(**event, series_id=None, format_id=None, organisers=[member, uuid4()])
    assert kinds(RegistrationConfirmed(**about), RegistrationCheckedIn(**about)) == [
        ("register", True),
        ("attend", True),
    ]
    assert kinds(RegistrationCorrected(**about, attended=False)) == [("attend", False)]
    assert kinds(RegistrationCancelled(**about, late=True), RegistrationNoShow(**about)) == []
    assert kinds(asked, spoke, over) == [
        ("event_question", True),
        ("session", True),
        ("host", True),
        ("host", True),
    ]
    classes = {kind: class_of(kind) for kind, _ in kinds(RegistrationConfirmed(**about), asked, spoke, over)}
    assert classes == {
        "register": ActivityClass.PARTICIPATION,
        "event_question": ActivityClass.CONTRIBUTION,
        "session": ActivityClass.CONTRIBUTION,
        "host": ActivityClass.CONTRIBUTION,
    }
    assert classes.keys() & OPENING_KINDS == set()
    assert {one.thread for fact in (asked, spoke, over) for one in told(fact)} == {None}


def test_guests_are_nobody() -> None:
    about = seat(uuid4(), None)
    question = QuestionAsked(
        community_id=about["community_id"], event_id=about["event_id"], question_id=uuid4(), member_id=None
    )
    assert kinds(RegistrationConfirmed(**about), RegistrationCheckedIn(**about), question) == []
    assert kinds(RegistrationCorrected(**about, attended=True)) == []


def test_a_seat_that_comes_by_itself_is_nobodys_doing() -> None:
    """Who comes to every occurrence of a series does nothing when the next one is made."""
    about = seat(uuid4(), uuid4())
    itself = ActorRef(kind="service", id="events")
    assert kinds(RegistrationConfirmed(**about, actor=itself)) == []
    by_hand = ActorRef(kind="member", id=str(about["member_id"]))
    assert kinds(RegistrationConfirmed(**about, actor=by_hand)) == [("register", True)]


# Through the stream -------------------------------------------------------------------------------------


@pytest.fixture
def held(stack: Cluster, place: Community) -> tuple[Community, list[UUID]]:
    """Two events in January: of four members one came to both, one to one, one not; a guest came, too."""
    members = [UUID(join(place, name)) for name in ("ada", "ben", "cleo", "dan")]
    facts: list[Fact] = [
        counted(place.id, 1, 9, Held(FIRST_DAY, 10, 8, 6, 1, 4, 3)),
        counted(place.id, 2, 9, Held(FIRST_DAY + 10, None, 5, 5, 0, 0, 0)),
    ]
    for who, event, day in ((0, 1, 0), (0, 2, 10), (1, 1, 0), (None, 1, 0)):
        about = seat(place.id, None if who is None else members[who], event)
        when = BEGIN + timedelta(days=day)
        facts += [
            RegistrationConfirmed(**about, aggregate_version=1, occurred_at=when - timedelta(days=2)),
            RegistrationCheckedIn(**about, aggregate_version=2, occurred_at=when),
        ]
    about = seat(place.id, members[2], 1)
    facts += [
        RegistrationConfirmed(**about, aggregate_version=1, occurred_at=BEGIN),
        RegistrationNoShow(**about, aggregate_version=2, occurred_at=BEGIN + timedelta(hours=4)),
    ]
    tell(stack, *facts)
    stack.wait_converged()
    return place, members


JANUARY: dict[str, Any] = {"from": "2024-01-01", "to": "2024-02-01"}
TODAY: dict[str, Any] = {"from": "2024-01-01", "to": "2200-01-01"}


def test_numbers_are_those_of_the_definitions(held: tuple[Community, list[UUID]]) -> None:
    place, _ = held
    expected = {
        "event_attendance_rate": (11 / 13, 13, {"checked_in": 11, "confirmed": 13, "events": 2}),
        "no_show": (2 / 13, 13, {"confirmed": 13, "checked_in": 11, "late_cancelled": 1, "events": 2}),
        "fill": (8 / 10, 10, {"confirmed": 8, "capacity": 10, "events": 1}),
        "waitlist_conversion": (3 / 4, 4, {"offers_accepted": 3, "offers": 4, "events": 2}),
    }
    for metric, (value, n, parts) in expected.items():
        point = place.one(metric, **JANUARY)
        assert point == {"at": "2024-01-01", "value": value, "n": n, "complete": True} | parts
        assert place.one(metric)["value"] == value  # the span of the events
    days = place.points("event_attendance_rate")
    assert [day["value"] for day in days] == [6 / 8, *[None] * 9, 1]
    reach = place.one("event_reach", **TODAY)
    assert (reach["value"], reach["n"], reach["attendees"]) == (2 / 4, 4, 2)
    # in January nobody had joined yet: nothing divided by nothing is null
    assert (place.one("event_reach", **JANUARY)["value"], place.one("fill", **TODAY)["complete"]) == (
        None,
        False,
    )
    assert place.one("dau", **JANUARY)["n"] == 2 + 3  # registered in January, and came


def test_an_event_belongs_to_the_day_it_began_on_where_the_community_is(
    held: tuple[Community, list[UUID]],
) -> None:
    place, _ = held
    tag = place.membership.get(place.path).headers["ETag"]
    moved = place.membership.patch(place.path, json={"timezone": "Asia/Tokyo"}, headers={"If-Match": tag})
    assert moved.is_success, moved.text
    eventually(lambda: place.points("fill")[0]["at"] == "2024-01-02")


def test_a_correction_takes_the_place_of_what_was_counted(
    stack: Cluster, held: tuple[Community, list[UUID]]
) -> None:
    """Who was there after all counts, who was not does not; older counts, and any told twice, do nothing."""
    place, members = held
    ada, cleo = (seat(place.id, members[n], 1) for n in (0, 2))
    later = BEGIN + timedelta(days=60)
    tell(
        stack,
        counted(place.id, 1, 11, Held(FIRST_DAY, 10, 8, 7, 1, 4, 3)),
        counted(place.id, 1, 10, Held(FIRST_DAY, 10, 8, 1, 1, 4, 0)),
        RegistrationCorrected(**cleo, aggregate_version=3, attended=True, occurred_at=BEGIN),
        RegistrationCorrected(**ada, aggregate_version=3, attended=False, occurred_at=later),
        RegistrationCheckedIn(**ada, aggregate_version=2, occurred_at=BEGIN),
    )
    stack.wait_converged()
    assert place.one("event_attendance_rate", **JANUARY)["value"] == 12 / 13
    assert place.one("event_reach", **TODAY)["attendees"] == 3
    first_day = {"from": "2024-01-01", "to": "2024-01-02"}
    assert place.one("event_reach", **first_day)["attendees"] == 2  # ben and cleo
    tell(
        stack,
        RegistrationCorrected(**ada, aggregate_version=4, attended=True, occurred_at=later),
        RegistrationCorrected(**ada, aggregate_version=3, attended=False, occurred_at=later),
    )
    eventually(lambda: place.one("event_reach", **first_day)["attendees"] == 3)
    stack.wait_converged()
    assert place.one("event_reach", **first_day)["attendees"] == 3


def test_a_rebuild_and_an_erasure_leave_the_events_alone(
    stack: Cluster, held: tuple[Community, list[UUID]]
) -> None:
    place, members = held
    live = numbers(place)
    assert place.metrics.post(f"{place.path}/metrics/rebuild").status_code == 202
    eventually(lambda: rebuilt(place), within=15)
    assert numbers(place) == live
    erase(stack, "metrics", place.id, members=(members[0],))
    for metric in OF_SEATS:
        assert place.points(metric) == live[f"{metric} by day"]
    assert place.one("event_reach", **TODAY)["attendees"] == 1


def test_merged_members_are_one_attendee(stack: Cluster, held: tuple[Community, list[UUID]]) -> None:
    place, members = held
    merge = MergeApplied(
        community_id=place.id,
        merge_id=uuid4(),
        survivor_id=members[1],
        merged_id=members[0],
        aggregate_version=1,
    )
    tell(stack, merge)
    eventually(lambda: place.one("event_reach", **TODAY)["attendees"] == 1)
    gone = MemberLeft(
        community_id=place.id, member_id=members[3], aggregate_version=9, occurred_at=BEGIN + timedelta(500)
    )
    tell(stack, gone)
    eventually(lambda: place.one("event_reach", **TODAY)["value"] == 1 / 3)


@pytest.mark.parametrize("metric", ALL)
def test_the_inputs_give_the_value(held: tuple[Community, list[UUID]], metric: str) -> None:
    place, _ = held
    explained: dict[str, Any] = place.ask(f"/metrics/{metric}/explain", step="all", **TODAY).json()
    formula = explained["worked"].partition(" = ")[0]
    assert explained["value"] is not None
    assert eval(formula, {"__builtins__": {}}, explained["inputs"]) == explained["value"]  # noqa: S307 - the published formula


def test_the_facts_behind_a_rate_are_the_newest_counts(held: tuple[Community, list[UUID]]) -> None:
    place, _ = held
    explained = place.ask("/metrics/no_show/explain", step="all").json()
    [events] = explained["aggregates"]
    assert (events, explained["facts"]) == ({"aggregate": "event", "facts": 2, "activities": 2}, 2)
    assert {fact["aggregate_id"] for fact in explained["latest"]} == {
        str(uuid5(place.id, f"event {n}")) for n in (1, 2)
    }
    assert explained["worked"].startswith("(confirmed - checked_in) / confirmed = ")
    [came] = place.ask("/metrics/event_reach/explain", step="all", **TODAY).json()["aggregates"]
    assert came == {"aggregate": "registration", "facts": 3, "activities": 3}


def test_without_events_there_is_nothing_to_divide(place: Community) -> None:
    for metric in ALL:
        point = place.one(metric)
        assert (point["value"], point["n"]) == (None, 0)
