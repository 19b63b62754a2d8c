"""What is one's own (S1): changed by oneself and not by one's equals; a role counts within 5 seconds."""

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest

from shared.testing import eventually
from tests.security import world as places
from tests.security.world import Community, World, done


@pytest.fixture(scope="module")
def place(world: World) -> Community:
    """A community for this file alone."""
    community = places.found(world.owner)
    places.furnish(world.owner, community)
    return community


class Person:
    """Somebody who has joined, with a client of their own."""

    def __init__(self, world: World, place: Community) -> None:
        name = f"p-{uuid4().hex[:10]}"
        self.client = world.cluster.client(world.issuer.token(name))
        joined = done(self.client.post(f"{place.path}/members", json={"handle": name, "display_name": name}))
        self.path = f"{place.path}/members/{joined['id']}"


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


def change(client: httpx.Client, path: str, **given: str) -> int:
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
