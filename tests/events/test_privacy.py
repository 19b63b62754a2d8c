"""Somebody is erased: seats to come are free, the rest is nobody's, their words do not come back."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.events.holdings import ROWS
from services.events.traces import EVENTS_AT_ONCE
from shared.contracts.announced import EntitlementGranted, SanctionImposed
from shared.contracts.membership import GroupMemberAdded, MemberErased, MemberJoined
from shared.facts import ActorRef
from shared.identity import Actor, service_actor
from shared.keys import Keys
from shared.settings import Settings
from shared.testing import Cluster, eventually
from shared.testing.clients import plain_client
from shared.tokens import Minter
from tests.erasing import ask_erasure, counts, erase, found, receipt
from tests.events.conftest import Facts, Person, an_event, soon
from tests.events.test_invitations import later
from tests.events.test_standing import weekly
from tests.membership.conftest import Someone
from tests.membership.telling import tell

Published = Callable[..., dict[str, Any]]


@pytest.fixture
def needle() -> str:
    """A text nobody else writes, with a letter that JSON may escape."""
    return f"Nädel{uuid4().hex}"


def id_of(who: Someone) -> UUID:
    assert who.member_id is not None
    return who.member_id


def speaker(organiser: Someone, who: Someone, words: str) -> str:
    given = {"kind": "member", "member_id": str(who.member_id), "name": words, "bio": words}
    more = {"contact": f"{words}@example.org", "topics": [words], "honorarium": words}
    return str(organiser.made("/speakers", given | more)["id"])


def test_seats_to_come_are_free_and_what_was_is_nobodys(
    stack: Cluster, organiser: Someone, person: Person, published: Published, facts: Facts, needle: str
) -> None:
    ada, ben = person(), person()
    over, coming = published(capacity=1), published(capacity=1)
    said = {"answers": {"why": needle}, "accessibility_needs": needle}
    was, will = (ada.made(f"/events/{each['id']}/registrations", said) for each in (over, coming))
    waits = ben.made(f"/events/{coming['id']}/registrations", {})
    for verb in ("start", "complete"):
        organiser.made(f"/events/{over['id']}/{verb}")

    assert erase(stack, "events", ada.community, members=(id_of(ada),)) == {"registration": 2}

    def shown(event: dict[str, Any], registration: dict[str, Any]) -> dict[str, Any]:
        answer = organiser.get(f"/events/{event['id']}/registrations/{registration['id']}")
        assert answer.is_success, answer.text
        return dict(answer.json())

    past, future = shown(over, was), shown(coming, will)
    assert (past["state"], future["state"]) == ("confirmed", "cancelled")
    for each in (past, future):
        assert (each["member_id"], each["answers"], each["accessibility_needs"]) == (None, None, None)
    assert shown(coming, waits)["state"] == "offered"
    forgotten = facts("registration_forgotten")
    assert {(fact["registration_id"], fact["member_id"]) for fact in forgotten} == {
        (was["id"], None),
        (will["id"], None),
    }
    assert [fact["registration_id"] for fact in facts("registration_cancelled")] == [will["id"]]
    assert found(stack, "events", needle) == []


def test_their_words_go_and_the_counters_are_right(
    stack: Cluster, organiser: Someone, person: Person, published: Published, facts: Facts, needle: str
) -> None:
    ada, ben = person("organizer"), person()
    place = f"/events/{published()['id']}/questions"
    asked, bens = ada.made(place, {"text": needle}), ben.made(place, {"text": "Is there tea?"})
    for who in (ada, ben):
        for each in (asked, bens):
            who.made(f"{place}/{each['id']}/vote")
    answered = ben.made(place, {"text": "Where?"})
    ada.made(f"{place}/{answered['id']}/answer", {"answer": needle})
    listed = speaker(organiser, ada, needle)
    invited = f"{place.removesuffix('/questions')}/speaker-invitations"
    given = {"speaker_id": listed, "message": needle, "deadline": later()}
    invitation = organiser.made(invited, given)
    assert found(stack, "events", needle)

    erased = erase(stack, "events", ada.community, members=(id_of(ada),))

    assert erased == {"question": 2, "question_vote": 2, "speaker": 1, "speaker_invitation": 1}
    shown = {each["id"]: each for each in organiser.get(place).json()["items"]}
    gone = shown[asked["id"]]
    assert (gone["text"], gone["asked_by"], gone["state"], gone["votes"]) == ("", None, "dismissed", 1)
    assert (shown[bens["id"]]["votes"], shown[bens["id"]]["text"]) == (1, "Is there tea?")
    left = shown[answered["id"]]
    assert (left["state"], left["answer"], left["answered_by"]) == ("answered", None, None)
    former = organiser.get(f"/speakers/{listed}").json()
    assert (former["name"], former["state"], former["member_id"]) == ("Former speaker", "inactive", None)
    assert (former["bio"], former["contact"], former["topics"], former["honorarium"]) == (
        None,
        None,
        [],
        None,
    )
    withdrawn = organiser.get(f"{invited}/{invitation['id']}").json()
    assert (withdrawn["state"], withdrawn["message"]) == ("withdrawn", None)
    assert [fact["invitation_id"] for fact in facts("speaker_withdrawn")] == [invitation["id"]]
    assert found(stack, "events", needle) == []


def test_nothing_says_any_more_what_they_were_or_organised(
    stack: Cluster, organiser: Someone, person: Person, facts: Facts
) -> None:
    ada = person("organizer")
    event = ada.made("/events", an_event())
    actor = ActorRef(kind="service", id="others")
    of: dict[str, Any] = {"community_id": ada.community, "member_id": ada.member_id, "actor": actor}
    tell(
        stack,
        MemberJoined(**of, aggregate_version=1, source="joined"),
        GroupMemberAdded(**of, aggregate_version=1, group_id=uuid4(), function="member"),
        EntitlementGranted(
            **of, aggregate_version=1, entitlement_id=uuid4(), kind="early_access", until=None
        ),
        SanctionImposed(**of, aggregate_version=1, sanction_id=uuid4(), kind="event_ban", until=None),
    )
    tables = ("standing", "group_membership", "entitlement", "event_ban", "organiser")

    def rows() -> dict[str, int]:
        whose = f"WHERE member_id = '{ada.member_id}'"
        return {table: len(stack.rows("events", f"SELECT 1 FROM {table} {whose}")) for table in tables}

    eventually(lambda: rows() == dict.fromkeys(tables, 1), within=10)
    erased = erase(stack, "events", ada.community, members=(id_of(ada),))
    assert {**dict.fromkeys(tables, 1), "event": 1}.items() <= erased.items()
    assert rows() == dict.fromkeys(tables, 0)
    assert organiser.get(f"/events/{event['id']}").json()["organisers"] == []
    assert stack.rows("events", f"SELECT created_by FROM event WHERE id = '{event['id']}'") == [(None,)]
    tell(
        stack,
        MemberErased(**of, aggregate_version=3),
        MemberJoined(**of, aggregate_version=4, source="joined"),
    )
    tell(stack, GroupMemberAdded(**of, aggregate_version=2, group_id=uuid4(), function="member"))
    stack.wait_converged()
    assert rows() == dict.fromkeys(tables, 0), "nobody is written down again"
    assert len(facts("event_drafted")) == 1


def test_series_and_feeds_go_as_well(stack: Cluster, organiser: Someone, person: Person) -> None:
    ada = person()
    series = weekly(organiser)
    ada.made(f"{series}/registrations", {"scope": "all"})
    ada.made("/members/me/calendar-feed")
    erased = erase(stack, "events", ada.community, members=(id_of(ada),))
    assert erased == {"series_registration": 1, "registration": 3, "calendar_feed": 1}
    assert organiser.get(f"{series}/registrations").json()["items"] == []
    again = ada.post(f"{series}/registrations", {"scope": "all"})
    assert (again.status_code, again.json()["type"]) == (403, "/problems/person-erased")


def test_who_is_erased_takes_part_no_more(
    stack: Cluster, organiser: Someone, person: Person, published: Published
) -> None:
    ada = person()
    event = f"/events/{published()['id']}"
    question = person().made(f"{event}/questions", {"text": "?"})["id"]
    erase(stack, "events", ada.community, members=(id_of(ada),))
    named = {"member_id": str(ada.member_id)}
    attempts = [
        ada.post(f"{event}/registrations", {}),
        organiser.post(f"{event}/registrations", named),
        ada.post(f"{event}/questions", {"text": "?"}),
        ada.post(f"{event}/questions/{question}/vote"),
        organiser.post("/speakers", named | {"kind": "member", "name": "Ada"}),
    ]
    assert [(each.status_code, each.json()["type"]) for each in attempts] == [
        (403, "/problems/person-erased")
    ] * len(attempts)


def test_another_communitys_rows_stay(stack: Cluster, person: Person, published: Published) -> None:
    ada = person()
    event = f"/events/{published()['id']}"
    hers = ada.made(f"{event}/registrations", {})
    assert erase(stack, "events", uuid4(), members=(id_of(ada),)) == {}
    assert ada.get(f"{event}/registrations/{hers['id']}").json()["state"] == "confirmed"


def test_killed_in_between_everything_goes_and_is_told_once(
    cluster: Callable[..., Cluster], needle: str
) -> None:
    own = cluster(("events",))
    community, member = uuid4(), uuid4()
    roles = frozenset({"member", "organizer"})
    actor = Actor("member", str(member), uuid4(), member, community_id=community, roles=roles)
    with own.direct("events", actor) as client:
        ada = Someone(client, community, member)
        for _ in range(EVENTS_AT_ONCE + 1):
            event = f"/events/{ada.made('/events', an_event(starts_at=soon(days=3)))['id']}"
            ada.made(f"{event}/publish")
            ada.made(f"{event}/open-registration")
            ada.made(f"{event}/registrations", {"answers": {"why": needle}})
            ada.made(f"{event}/questions", {"text": needle})
        pid = own.crash_at("events", "mid_erasure")
        request = ask_erasure(own, community, members=(member,))
        own.restarted("events", pid)
        done = counts(receipt(own, "events", request, within=30))
        told = EVENTS_AT_ONCE + 1
        assert (done["registration"], done["question"]) == (told, told)
        assert found(own, "events", needle) == []
        sql = "SELECT count(*) FROM outbox WHERE subject LIKE '%.registration_forgotten.%'"
        assert own.rows("events", sql) == [(told,)]


def test_an_export_has_everything_once_and_in_the_clear(
    stack: Cluster, organiser: Someone, person: Person, published: Published, needle: str
) -> None:
    ada, ben = person("organizer"), person()
    event = f"/events/{published()['id']}"
    ada.made(f"{event}/registrations", {"answers": {"why": needle}})
    for _ in range(ROWS + 5):
        ada.made(f"{event}/questions", {"text": needle})
    bens = ben.made(f"{event}/questions", {"text": "not Ada's"})["id"]
    ada.made(f"{event}/questions/{bens}/vote")
    listed = speaker(organiser, ada, needle)
    given = {"speaker_id": listed, "message": needle, "deadline": later()}
    organiser.made(f"{event}/speaker-invitations", given)
    theirs = f"/events/{ada.made('/events', an_event())['id']}"
    ada.made(f"{theirs}/publish")
    asked = ben.made(f"{theirs}/questions", {"text": "Where?"})["id"]
    ada.made(f"{theirs}/questions/{asked}/answer", {"answer": needle})
    told = {"verdict": "worked", "learnings": needle, "settle_now": True}
    for verb, said in (("start", None), ("complete", None), ("evaluate", told)):
        ada.made(f"{theirs}/{verb}", said)
    items = exported(stack, ada)
    assert {table: len(rows) for table, rows in items.items()} == {
        "registration": 1,
        "question": ROWS + 5 + 1,
        "question_vote": 1,
        "evaluation": 1,
        "speaker": 1,
        "speaker_invitation": 1,
        "organiser": 1,
        "event": 1,
    }
    assert items["registration"][0]["answers"] == {"why": needle}
    assert items["speaker"][0]["contact"] == f"{needle}@example.org"
    assert {row.get("text", row.get("answer")) for row in items["question"]} == {needle}
    assert len({row["id"] for row in items["question"]}) == ROWS + 5 + 1
    assert items["evaluation"][0]["learnings"] == needle


def exported(stack: Cluster, who: Someone) -> dict[str, list[dict[str, Any]]]:
    """Everything events hands out, piece by piece, as membership asks for it."""
    asked = {"community_id": str(who.community), "member_ids": [str(who.member_id)], "identity_ids": []}
    items: dict[str, list[dict[str, Any]]] = {}
    after: str | None = None
    with membership_asks(stack) as membership:
        while True:
            body: dict[str, Any] = asked | {"person_ids": [], "after": after}
            answer = membership.post("/internal/privacy/export", json=body)
            assert answer.status_code == 200, answer.text
            for table, rows in answer.json()["items"].items():
                items.setdefault(table, []).extend(rows)
            after = answer.json()["next"]
            if after is None:
                return items


def membership_asks(stack: Cluster) -> httpx.Client:
    """A client of events that is membership itself."""
    minter = Minter("membership", Keys.load("membership", Settings(home=stack.home)))
    token = minter.mint(service_actor("membership"), "events")
    return plain_client(stack.url("events"), headers={"Authorization": f"Bearer {token}"})
