"""Identities count for the member they are linked to, and for themselves again when the link is revoked."""

from typing import Any
from uuid import uuid4

from shared.ids import identity_id
from shared.testing import eventually
from tests.metrics.conftest import Community, done


def join(place: Community, handle: str) -> str:
    given = {"handle": f"{handle}-{uuid4().hex[:6]}", "display_name": handle}
    made = place.membership.post(f"{place.path}/members", json=given)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def link(place: Community, member: str, subject: str) -> None:
    given = {"provider": "activities", "subject": subject}
    made = place.membership.post(f"{place.path}/members/{member}/identities", json=given)
    assert made.status_code == 201, made.text


def unlink(place: Community, member: str, subject: str) -> None:
    identity = identity_id(place.id, "activities", subject)
    path = f"{place.path}/members/{member}/identities/{identity}"
    tag = place.membership.get(f"{place.path}/members/{member}/identities").json()
    versions = {one["id"]: one.get("version") for one in tag["items"]}
    headers = {"If-Match": f'"{versions[str(identity)]}"'}
    gone = place.membership.delete(path, headers=headers)
    assert gone.is_success, gone.text


def people(place: Community) -> int:
    n: int = place.one("gini")["n"]
    return n


def test_two_identities_of_a_member_are_one_person(place: Community) -> None:
    place.ingest([done("slack-ada", 0), done("forum-ada", 1), done("bob", 1), done("forum-ada", 40)])
    place.counted()
    assert people(place) == 3
    member = join(place, "ada")
    link(place, member, "slack-ada")
    link(place, member, "forum-ada")
    eventually(lambda: people(place) == 2)
    first: list[dict[str, Any]] = place.ask("/retention", k=1).json()
    assert [(cell["eligible"], cell["returned"]) for cell in first] == [(2, 1)]
    unlink(place, member, "forum-ada")
    eventually(lambda: people(place) == 3)
    assert place.one("dau")["n"] == 4


def test_what_comes_after_the_link_counts_for_the_member(place: Community) -> None:
    member = join(place, "ada")
    link(place, member, "slack-ada")
    link(place, member, "forum-ada")
    place.ingest([done("slack-ada", 0), done("forum-ada", 0)])
    place.counted()
    assert place.one("dau", **{"from": "2024-01-01", "to": "2024-01-02"})["value"] == 1
