"""Who may not come any more: what is to come is cancelled and others move up, in any order of facts."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.events.audience.leaving import AT_ONCE
from services.events.audience.rules import LOOK_AGAIN, STILL, GuidelineKind, next_look, supersedes
from shared.contracts.announced import GuidelinePublished, SanctionImposed, SanctionLifted
from shared.contracts.membership import (
    MemberBanned,
    MemberErased,
    MemberJoined,
    MemberLeft,
    MemberReinstated,
    MemberRejoined,
    MemberSuspended,
    MergeApplied,
    MergeReverted,
)
from shared.contracts.membership.members import MemberFact
from shared.facts import ActorRef, Fact
from shared.identity import Actor
from shared.testing import Cluster, eventually
from tests.events.conftest import Facts, Person, an_event, soon
from tests.events.test_audience import may_come
from tests.membership.conftest import Someone
from tests.membership.telling import tell

Published = Callable[..., dict[str, Any]]


def member(who: Someone, kind: type[MemberFact], version: int, **more: Any) -> Fact:
    """What membership tells of a member."""
    assert who.member_id is not None
    return kind(
        community_id=who.community,
        member_id=who.member_id,
        actor=ActorRef(kind="service", id="membership"),
        aggregate_version=version,
        **more,
    )


def registration(who: Someone, event: dict[str, Any], **given: Any) -> dict[str, Any]:
    return who.made(f"/events/{event['id']}/registrations", given)


def state(by: Someone, event: dict[str, Any], registration: dict[str, Any]) -> str:
    answer = by.get(f"/events/{event['id']}/registrations/{registration['id']}")
    assert answer.is_success, answer.text
    return str(answer.json()["state"])


def becomes(by: Someone, event: dict[str, Any], registration: dict[str, Any], wanted: str) -> None:
    eventually(lambda: state(by, event, registration) == wanted, within=10)


@pytest.mark.parametrize(
    ("kind", "more"),
    [(MemberSuspended, {"by": "moderation"}), (MemberBanned, {}), (MemberLeft, {}), (MemberErased, {})],
)
def test_who_is_no_active_member_any_more_gives_up_their_seat(
    stack: Cluster,
    organiser: Someone,
    person: Person,
    published: Published,
    facts: Facts,
    kind: type[MemberFact],
    more: dict[str, Any],
) -> None:
    event = published(capacity=1)
    ada, ben = person(), person()
    hers, his = registration(ada, event), registration(ben, event)
    assert (hers["state"], his["state"]) == ("confirmed", "waitlisted")
    tell(stack, member(ada, kind, 7, **more))
    becomes(organiser, event, hers, "cancelled")
    becomes(organiser, event, his, "offered")
    [told] = facts("registration_cancelled")
    assert (told["registration_id"], told["late"]) == (hers["id"], False)
    again = ada.post(f"/events/{event['id']}/registrations", {})
    assert (again.status_code, again.json()["type"]) == (403, "/problems/not-active-member")


def test_the_newest_fact_counts_whatever_the_order(
    stack: Cluster, person: Person, published: Published
) -> None:
    """Joined, suspended, reinstated, left, rejoined: told in every order, the last decides."""
    event = published()
    story: list[tuple[type[MemberFact], dict[str, Any]]] = [
        (MemberJoined, {"source": "joined"}),
        (MemberSuspended, {"by": "moderation"}),
        (MemberReinstated, {}),
    ]
    orders = list(permutations(range(len(story))))
    people = [person() for _ in orders]
    told = [
        member(who, story[at][0], at + 1, **story[at][1])
        for who, order in zip(people, orders, strict=True)
        for at in order
    ]
    left = person()
    tell(stack, *told, member(left, MemberRejoined, 4), member(left, MemberLeft, 5))
    tell(stack, member(left, MemberRejoined, 4))
    sql = f"SELECT member_id, standing, fact_version FROM standing WHERE community_id = '{left.community}'"

    def standings() -> dict[str, tuple[str, int]]:
        return {row[0]: (row[1], row[2]) for row in stack.rows("events", sql)}

    wanted = {str(who.member_id): ("active", 3) for who in people} | {str(left.member_id): ("left", 5)}
    eventually(lambda: wanted.items() <= standings().items(), within=10)
    for who in people[:2]:
        assert registration(who, event)["state"] == "confirmed"
    assert left.post(f"/events/{event['id']}/registrations", {}).status_code == 403


def test_who_is_back_before_anything_was_cancelled_keeps_what_they_have(
    stack: Cluster, organiser: Someone, person: Person, published: Published
) -> None:
    event = published()
    ada = person()
    hers = registration(ada, event)
    tell(stack, member(ada, MemberReinstated, 3), member(ada, MemberSuspended, 2, by="provisioning"))
    stack.wait_converged()
    assert state(organiser, event, hers) == "confirmed"


def ban(who: Someone, sanction: UUID, version: int, until: datetime | None = None, **more: Any) -> Fact:
    kind: Any = SanctionImposed if version % 2 else SanctionLifted
    more |= {"until": until} if version % 2 else {}
    return kind(  # type: ignore[no-any-return]
        community_id=who.community,
        sanction_id=sanction,
        member_id=who.member_id,
        actor=ActorRef(kind="service", id="moderation"),
        aggregate_version=version,
        **({"kind": "event_ban"} | more),
    )


def test_a_ban_from_events_cancels_too_and_ends_when_it_is_lifted_or_over(
    stack: Cluster, organiser: Someone, person: Person, published: Published
) -> None:
    event = published()
    ada, ben, eve = person(), person(), person()
    hers, his, others = (registration(who, event) for who in (ada, ben, eve))
    case, soon_over = uuid4(), datetime.now(UTC) + timedelta(seconds=2)
    tell(
        stack,
        ban(ada, case, 1),
        ban(ben, uuid4(), 1, until=soon_over),
        ban(eve, uuid4(), 1, kind="restriction"),
    )
    becomes(organiser, event, hers, "cancelled")
    becomes(organiser, event, his, "cancelled")
    refused = ada.post(f"/events/{event['id']}/registrations", {})
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/banned-from-events")
    assert state(organiser, event, others) == "confirmed"
    tell(stack, ban(ada, case, 2))
    for who in (ada, ben):
        may_come(who, event)
    tell(stack, ban(ada, case, 1))
    stack.wait_converged()
    assert ada.post(f"/events/{published()['id']}/registrations", {}).status_code == 201


def test_more_than_one_write_can_take_is_cancelled_all_the_same(
    stack: Cluster, organiser: Someone, person: Person, published: Published
) -> None:
    ada = person()
    pairs = [(event, registration(ada, event)) for event in (published() for _ in range(AT_ONCE + 2))]
    tell(stack, member(ada, MemberBanned, 2))
    for event, hers in pairs:
        becomes(organiser, event, hers, "cancelled")


def test_what_has_begun_or_is_elsewhere_stays(
    stack: Cluster, organiser: Someone, person: Person, published: Published
) -> None:
    ada = person()
    live = published()
    hers = registration(ada, live)
    organiser.made(f"/events/{live['id']}/start")
    coming = published()
    other = registration(ada, coming)
    tell(stack, member(ada, MemberLeft, 2))
    becomes(organiser, coming, other, "cancelled")
    assert state(organiser, live, hers) == "confirmed"


@pytest.fixture
def elsewhere(stack: Cluster) -> Iterator[Callable[[Someone], Someone]]:
    """The same member id as a member of another community."""
    opened = []

    def make(who: Someone) -> Someone:
        place = uuid4()
        actor = Actor(
            "member",
            str(who.member_id),
            uuid4(),
            who.member_id,
            community_id=place,
            roles=frozenset({"member", "organizer"}),
        )
        client = stack.direct("events", actor)
        opened.append(client)
        return Someone(client, place, who.member_id)

    yield make
    for client in opened:
        client.close()


def test_another_communitys_standing_says_nothing_here(
    stack: Cluster, organiser: Someone, person: Person, published: Published, elsewhere: Any
) -> None:
    ada = person()
    event = published()
    hers = registration(ada, event)
    tell(stack, member(elsewhere(ada), MemberBanned, 9))
    stack.wait_converged()
    assert state(organiser, event, hers) == "confirmed"


# Series and merges --------------------------------------------------------------------------------------


def weekly(organiser: Someone) -> str:
    """The path of a series of three occurrences that members may come to as a whole."""
    given = {"title": "Tea", "dtstart": soon(days=7), "rrule": "FREQ=WEEKLY;COUNT=3", "rsvp_scope": "all"}
    return f"/event-series/{organiser.made('/event-series', given)['id']}"


def mine(who: Someone) -> Counter[str]:
    """Their registrations by state."""
    return Counter(each["state"] for each in who.get("/registrations/mine").json()["items"])


def test_series_are_left_before_their_occurrences(
    stack: Cluster, organiser: Someone, person: Person, facts: Facts
) -> None:
    ada, series = person(), weekly(organiser)
    standing = ada.made(f"{series}/registrations", {"scope": "all"})["id"]
    assert mine(ada) == {"confirmed": 3}
    tell(stack, member(ada, MemberSuspended, 2, by="moderation"))
    eventually(lambda: mine(ada) == {"cancelled": 3}, within=10)
    told = [fact for fact in facts() if fact["fact"].endswith("registration_cancelled")]
    assert [fact["fact"] for fact in told] == ["series_registration_cancelled"] + [
        "registration_cancelled"
    ] * 3
    assert told[0]["series_registration_id"] == standing


def merged(who: Someone, survivor: Someone, version: int, kind: Any = MergeApplied) -> Fact:
    of = {"merge_id": uuid4(), "merged_id": who.member_id, "survivor_id": survivor.member_id}
    actor = ActorRef(kind="service", id="membership")
    fact: Fact = kind(community_id=who.community, actor=actor, aggregate_version=version, **of)
    return fact


def test_who_stands_for_a_merged_member_has_their_seats_once(
    stack: Cluster, organiser: Someone, person: Person, published: Published, facts: Facts
) -> None:
    ada, both, ben = person(), person(), person()
    series, alone, twice = weekly(organiser), published(capacity=1), published(capacity=2)
    ada.made(f"{series}/registrations", {"scope": "all"})
    only, double, kept = registration(ada, alone), registration(ada, twice), registration(both, twice)
    waits = registration(ben, twice)
    tell(stack, merged(ada, both, 5))
    becomes(organiser, twice, double, "cancelled")
    eventually(lambda: mine(both) == {"confirmed": 5}, within=10)
    becomes(organiser, twice, waits, "offered")
    assert (state(both, alone, only), state(both, twice, kept)) == ("confirmed", "confirmed")
    assert mine(ada) == {"cancelled": 1}
    told = facts("series_registration_made")
    assert [fact["member_id"] for fact in told] == [str(ada.member_id), str(both.member_id)]
    again = both.post(f"{series}/registrations", {"scope": "all"})
    assert again.status_code == 409
    tell(stack, merged(ada, both, 6, MergeReverted))
    mine_again = registration(ada, published())
    stack.wait_converged()
    assert (mine(ada), mine_again["state"]) == ({"cancelled": 1, "confirmed": 1}, "confirmed")


def test_seats_of_a_merged_member_go_to_nobody_who_may_not_come(
    stack: Cluster, organiser: Someone, person: Person, published: Published
) -> None:
    ada, banned = person(), person()
    event = published()
    hers = registration(ada, event)
    tell(stack, member(banned, MemberBanned, 2), merged(ada, banned, 5))
    becomes(organiser, event, hers, "cancelled")


# Guidelines ---------------------------------------------------------------------------------------------


def guideline(community: UUID, number: int, kind: str = "conduct") -> Fact:
    return GuidelinePublished(
        community_id=community,
        guideline_id=uuid4(),
        actor=ActorRef(kind="service", id="moderation"),
        aggregate_version=1,
        kind=kind,  # type: ignore[arg-type]
        number=number,
    )


def test_events_that_have_not_begun_point_at_the_new_guidelines(
    stack: Cluster, organiser: Someone, published: Published, facts: Facts
) -> None:
    draft = organiser.made("/events", an_event())
    coming, live = published(), published()
    organiser.made(f"/events/{live['id']}/start")

    def versions() -> Sequence[int | None]:
        found = [organiser.get(f"/events/{each['id']}").json() for each in (draft, coming, live)]
        return [each["guideline_version"] for each in found]

    tell(stack, guideline(organiser.community, 3), guideline(organiser.community, 2))
    tell(stack, guideline(organiser.community, 9, "ethics"))
    eventually(lambda: versions() == [3, 3, None], within=10)
    updated = facts("event_updated")
    assert sorted(fact["event_id"] for fact in updated) == sorted([draft["id"], coming["id"]])
    assert not any(fact["moved"] for fact in updated)
    tell(stack, guideline(organiser.community, 1, "event"))
    eventually(lambda: versions() == [1, 1, None], within=10)
    tell(stack, guideline(organiser.community, 4))
    stack.wait_converged()
    assert versions() == [1, 1, None]


@pytest.mark.either_database
def test_which_guidelines_are_in_force() -> None:
    conduct, event = GuidelineKind.CONDUCT, GuidelineKind.EVENT
    assert supersedes(conduct, 4, conduct, 3)
    assert not supersedes(conduct, 3, conduct, 3)
    assert supersedes(event, 1, conduct, 9)
    assert not supersedes(conduct, 9, event, 1)


@pytest.mark.either_database
def test_what_was_under_way_is_looked_for_a_little_longer() -> None:
    heard = datetime.now(UTC)
    assert next_look(heard, heard) == heard + LOOK_AGAIN
    assert next_look(heard, heard + STILL) is not None
    assert next_look(heard, heard + STILL + timedelta(seconds=1)) is None
