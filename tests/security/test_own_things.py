"""What is one's own (S1): changed by oneself and not by one's equals; a role counts within 5 seconds."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from shared.testing import eventually
from tests.security import world as places
from tests.security.gatherings import AN_EVENT, gather
from tests.security.knowing import AN_ARTICLE, ASKED, LINK, PICTURE, SECRET, know
from tests.security.world import Community, World, done


@pytest.fixture(scope="module")
def place(world: World) -> Community:
    """A community for this file alone."""
    community = places.found(world.owner)
    places.furnish(world.owner, community)
    with world.cluster.client(world.issuer.token(f"p-{uuid4().hex[:10]}")) as person:
        places.join(person, community, "person")
        gather(world.owner, world.cluster, community, person)
        know(world.owner, community, person)
    return community


class Person:
    """Somebody who has joined, with a client of their own."""

    def __init__(self, world: World, place: Community) -> None:
        name = f"p-{uuid4().hex[:10]}"
        self.client = world.cluster.client(world.issuer.token(name))
        joined = done(self.client.post(f"{place.path}/members", json={"handle": name, "display_name": name}))
        self.id = joined["id"]
        self.path = f"{place.path}/members/{self.id}"


@pytest.fixture
def ada(world: World, place: Community) -> Iterator[Person]:
    person = Person(world, place)
    yield person
    person.client.close()


@pytest.fixture
def mallory(world: World, place: Community) -> Iterator[Person]:
    person = Person(world, place)
    yield person
    person.client.close()


def change(client: httpx.Client, path: str, **given: Any) -> int:
    """The status of a change with the ETag of the thing as it is."""
    tag = client.get(path).headers["etag"]
    return client.patch(path, json=given, headers={"If-Match": tag}).status_code


def test_a_profile_is_changed_by_its_member(ada: Person, mallory: Person) -> None:
    assert change(mallory.client, ada.path, headline="Changed") == 403
    assert change(ada.client, ada.path, headline="Changed") == 200


def test_a_membership_is_ended_and_renewed_by_its_member(ada: Person, mallory: Person) -> None:
    assert mallory.client.post(f"{ada.path}/leave").status_code == 403
    assert ada.client.post(f"{ada.path}/leave").status_code == 200
    assert mallory.client.post(f"{ada.path}/rejoin").status_code == 403
    assert ada.client.post(f"{ada.path}/rejoin").status_code == 200


def test_who_has_left_may_not_write_any_more(ada: Person, place: Community) -> None:
    said = f"{place.path}/topics/{place.things['topic_id']}/posts"
    assert ada.client.post(said, json={"body": "Hello."}).status_code == 201
    done(ada.client.post(f"{ada.path}/leave"))
    assert ada.client.post(said, json={"body": "Hello again."}).status_code == 403


def test_words_are_changed_by_their_author(
    ada: Person, mallory: Person, place: Community, world: World
) -> None:
    topic = f"{place.path}/topics/{place.things['topic_id']}/posts"
    said = f"{place.path}/posts/" + done(ada.client.post(topic, json={"body": "Mine."}))["id"]
    assert change(mallory.client, said, body="Yours.") == 403
    assert change(world.owner, said, body="Ours.") == 403
    assert mallory.client.delete(said, headers={"If-Match": '"1"'}).status_code == 403
    assert change(ada.client, said, body="Mine still.") == 200
    assert ada.client.delete(said, headers={"If-Match": '"2"'}).status_code == 204


def test_nobody_speaks_in_another_name(ada: Person, mallory: Person, place: Community) -> None:
    topic = f"{place.path}/topics/{place.things['topic_id']}/posts"
    given = {"body": "I am Ada.", "author_member_id": ada.path.rsplit("/", 1)[-1]}
    assert mallory.client.post(topic, json=given).status_code == 403


def test_an_event_is_run_by_its_organisers(
    ada: Person, mallory: Person, place: Community, world: World
) -> None:
    given = AN_EVENT | {"organisers": [ada.id]}
    event = f"{place.path}/events/" + done(world.owner.post(f"{place.path}/events", json=given))["id"]
    assert mallory.client.get(event).status_code == 404
    assert mallory.client.post(f"{event}/publish").status_code == 404
    assert ada.client.post(f"{event}/publish").status_code == 200
    assert mallory.client.post(f"{event}/open-registration").status_code == 403
    assert ada.client.post(f"{event}/open-registration").status_code == 200
    assert change(mallory.client, event, title="Yours") == 403
    assert change(ada.client, event, title="Mine") == 200
    assert ada.client.post(f"{place.path}/events", json=AN_EVENT).status_code == 403


def test_a_registration_is_its_holders(ada: Person, mallory: Person, place: Community) -> None:
    event = f"{place.path}/events/{place.things['event_id']}"
    comes = done(ada.client.post(f"{event}/registrations", json={"accessibility_needs": "A ramp"}))
    mine = f"{event}/registrations/{comes['id']}"
    assert mallory.client.get(mine).status_code == 404
    assert mallory.client.get(f"{mine}/position").status_code == 404
    assert mallory.client.get(f"{event}/registrations").json()["items"] == []
    assert mallory.client.post(f"{mine}/cancel").status_code == 404
    changed = mallory.client.patch(mine, json={"party_size": 2}, headers={"If-Match": '"1"'})
    assert changed.status_code == 404
    for whose in ({"member_id": ada.id}, {"guest": {"name": "G", "email": "g@example.org"}}):
        assert mallory.client.post(f"{event}/registrations", json=whose).status_code == 403
    assert ada.client.post(f"{mine}/approve").status_code == 403
    assert change(ada.client, mine, accessibility_needs="None") == 200
    assert ada.client.post(f"{mine}/cancel").status_code == 200


def test_the_address_to_join_by_is_for_whoever_comes(ada: Person, mallory: Person, place: Community) -> None:
    event = f"{place.path}/events/{place.things['event_id']}"
    done(ada.client.post(f"{event}/registrations", json={}))
    told = [done(person.client.get(event))["venue"]["online_url"] for person in (ada, mallory)]
    assert told == [AN_EVENT["venue"]["online_url"], None]
    calendars = [person.client.get(f"{event}.ics").text for person in (ada, mallory)]
    assert not any("a-secret" in calendar for calendar in calendars)  # they are passed on


def test_a_registration_for_a_series_is_its_holders(ada: Person, mallory: Person, place: Community) -> None:
    of = f"{place.path}/event-series/{place.things['series_id']}/registrations"
    mine = f"{of}/{done(ada.client.post(of, json={'scope': 'all'}))['id']}"
    assert mallory.client.get(of).json()["items"] == []
    assert mallory.client.delete(mine).status_code == 404
    assert ada.client.delete(mine).status_code == 204


def test_an_invitation_is_answered_by_whoever_is_invited(
    ada: Person, mallory: Person, place: Community, world: World
) -> None:
    speaker = {"kind": "member", "name": "Ada", "member_id": ada.id}
    asked = {
        "speaker_id": done(world.owner.post(f"{place.path}/speakers", json=speaker))["id"],
        "message": "Please.",
        "deadline": "2099-01-01T00:00:00Z",
    }
    of = f"{place.path}/events/{place.things['event_id']}/speaker-invitations"
    mine = f"{of}/{done(world.owner.post(of, json=asked))['id']}"
    assert mallory.client.get(mine).status_code == 404
    assert mallory.client.post(f"{mine}/accept").status_code == 404
    assert ada.client.get(mine).json()["message"] == "Please."
    assert ada.client.post(f"{mine}/withdraw").status_code == 403
    assert ada.client.post(f"{mine}/accept").status_code == 200


def test_a_calendar_of_ones_own_opens_until_it_is_ended_or_one_has_left(
    ada: Person, place: Community, world: World
) -> None:
    feed = f"{place.path}/members/me/calendar-feed"

    def opens(url: str) -> int:
        return world.anybody["gateway"].get(url).status_code

    first, second = (done(ada.client.post(feed))["url"] for _ in range(2))
    assert [opens(first), opens(second)] == [404, 200]
    done(ada.client.post(f"{ada.path}/leave"))
    eventually(lambda: opens(second) == 404, within=5)


def test_an_article_is_written_by_its_owner_and_judged_by_others(
    ada: Person, mallory: Person, place: Community, world: World
) -> None:
    given = AN_ARTICLE | {"collection_id": place.things["collection_id"]}
    article = f"{place.path}/articles/" + done(ada.client.post(f"{place.path}/articles", json=given))["id"]
    assert mallory.client.get(article).status_code == 404
    assert mallory.client.post(f"{article}/submit").status_code == 404
    mine = {"If-Match": '"1"'}
    assert mallory.client.put(f"{article}/draft", json={"body": "Y"}, headers=mine).status_code == 404
    assert ada.client.put(f"{article}/draft", json={"body": "Mine."}, headers=mine).status_code == 200
    reviewers = {"reviewers": [ada.id, mallory.id]}
    assert ada.client.post(f"{article}/submit", json=reviewers).status_code == 200
    assert ada.client.post(f"{article}/approve").status_code == 403
    assert ada.client.post(f"{article}/publish").status_code == 403
    assert mallory.client.get(article, params={"revision": "draft"}).json()["body"] == "Mine."
    assert mallory.client.post(f"{article}/approve").status_code == 200
    assert mallory.client.post(f"{article}/publish").status_code == 403
    done(world.owner.post(f"{article}/publish"))
    assert mallory.client.get(f"{article}/revisions").status_code == 403
    assert change(mallory.client, article, verify_every_days=1) == 403
    assert change(ada.client, article, kind="faq") == 403  # what decides who finds it, of what is released
    assert change(ada.client, article, verify_every_days=1) == 200


def test_a_question_is_its_askers_and_an_answer_its_authors(
    ada: Person, mallory: Person, place: Community
) -> None:
    question = f"{place.path}/questions/" + done(ada.client.post(f"{place.path}/questions", json=ASKED))["id"]
    said = done(mallory.client.post(f"{question}/answers", json={"body": "Here."}))["id"]
    answer = f"{place.path}/answers/{said}"
    assert change(mallory.client, question, title="Yours") == 403
    assert change(ada.client, question, title="Mine") == 200
    assert change(ada.client, answer, body="Yours") == 403
    assert change(mallory.client, answer, body="Mine") == 200
    assert mallory.client.post(f"{answer}/accept").status_code == 403
    assert mallory.client.post(f"{answer}/vote", json={"value": 1}).status_code == 403
    assert ada.client.post(f"{answer}/verify").status_code == 403
    assert ada.client.post(f"{answer}/accept").status_code == 200
    assert mallory.client.post(f"{question}/close", json={"reason": "unclear"}).status_code == 403
    assert ada.client.delete(answer, headers={"If-Match": '"9"'}).status_code == 403
    assert mallory.client.delete(answer, headers={"If-Match": '"1"'}).status_code == 412


def test_a_resource_is_kept_by_whoever_added_it(ada: Person, mallory: Person, place: Community) -> None:
    given = LINK | {"visibility": "team"}
    link = f"{place.path}/resources/" + done(ada.client.post(f"{place.path}/resources", json=given))["id"]
    assert mallory.client.get(link).status_code == 404
    assert mallory.client.post(f"{link}/retire").status_code == 404
    assert change(ada.client, link, visibility="members") == 200
    assert change(mallory.client, link, title="Yours") == 403
    assert ada.client.post(f"{link}/check").status_code == 403
    assert ada.client.post(f"{link}/retire").status_code == 200


def test_a_call_is_its_claimants_and_a_picture_its_owners(
    ada: Person, mallory: Person, place: Community, world: World
) -> None:
    calls = f"{place.path}/contribution-calls"
    call = f"{calls}/{done(world.owner.post(calls, json={'topic': 'The attic'}))['id']}"
    assert ada.client.post(f"{call}/claim").status_code == 200
    assert mallory.client.post(f"{call}/claim").status_code == 409
    assert mallory.client.post(f"{call}/release").status_code == 403
    theirs = {"article_id": place.things["article_id"]}
    assert mallory.client.post(f"{call}/fulfil", json=theirs).status_code == 403
    assert ada.client.post(f"{call}/fulfil", json=theirs).status_code == 422  # somebody else wrote it
    assert ada.client.post(f"{call}/release").status_code == 200
    pictures = f"{place.path}/attachments"
    mine = f"{pictures}/{done(ada.client.post(pictures, json=PICTURE))['id']}"
    assert mallory.client.delete(mine).status_code == 403
    assert ada.client.delete(mine).status_code == 204


@pytest.mark.parametrize("q", [SECRET, "zyxmatic", "zyxo*", '"the zyxomatic"', "newcomers zyxomattic"])
@pytest.mark.parametrize("who", ["guest", "attendee", "key knowledge:read"])
def test_a_search_tells_nothing_of_what_one_may_not_read(q: str, who: str, world: World) -> None:
    """Neither by what it finds and counts nor by what it takes a word for."""
    told = world.anybody["gateway"].get(
        f"{world.home.path}/search", params={"q": q, "facets": True, "limit": 100}, headers=world.as_(who)
    )
    found = done(told)
    known = {hit["id"] for hit in found["items"]}
    assert found["hits"] == len(known) == sum(found["facets"]["kind"].values())
    mine = ("draft_article", "team_article", "exclusive_article", "members_question", "members_answer")
    few = {world.home.things[name] for name in ("draft_article", "team_article", "exclusive_article")}
    assert "Not yet" not in told.text
    assert known.isdisjoint(few)
    if who == "guest":
        assert known.isdisjoint(world.home.things[name] for name in mine)
        assert SECRET not in found["corrected"].values()
        assert SECRET not in repr(found["items"])


def test_nobody_raises_themselves(ada: Person) -> None:
    for role in ("editor", "admin", "owner"):
        assert ada.client.post(f"{ada.path}/roles", json={"role": role}).status_code == 403


def test_a_role_counts_within_5_seconds_and_is_gone_within_5_seconds(
    ada: Person, place: Community, world: World
) -> None:
    def may() -> int:
        return ada.client.get(f"{place.path}/metrics").status_code

    assert may() == 403
    done(world.owner.post(f"{ada.path}/roles", json={"role": "editor"}))
    eventually(lambda: may() == 200, within=5)
    done(world.owner.delete(f"{ada.path}/roles/editor"))
    eventually(lambda: may() == 403, within=5)
