"""Groups by SCIM: groups of the community, their members users, every change a fact."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.membership.conftest import Someone
from tests.membership.scim_client import GROUP, Provider, refused

Facts = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def people(provider: Provider) -> list[str]:
    """The ids of three users."""
    return [provider.created(userName=name)["id"] for name in ("ada", "bob", "cy")]


def ids(resource: dict[str, Any]) -> set[str]:
    """Who is in a group."""
    return {each["value"] for each in resource.get("members", [])}


def test_a_group_is_one_of_the_community(
    provider: Provider, people: list[str], key: Someone, facts: Facts
) -> None:
    made = provider.group("Tour  Guides!", people[0])
    assert (made["displayName"], ids(made)) == ("Tour Guides!", {people[0]})
    plain = key.get(f"/groups/{made['id']}").json()
    assert (plain["slug"], plain["name"], plain["version"]) == ("tour-guides", "Tour Guides!", 2)
    assert (len(facts("group_created")), len(facts("group_member_added"))) == (1, 1)
    shown = provider.get(f"/Users/{people[0]}").json()["groups"]
    location = f"/scim/v2/Groups/{made['id']}"
    assert shown == [{"value": made["id"], "$ref": location, "display": "Tour Guides!", "type": "direct"}]
    assert provider.group("Tour Guides!")["id"] != made["id"]


def test_members_come_and_go(provider: Provider, people: list[str], facts: Facts) -> None:
    made = provider.group("Guides", *people[:2])
    path = f"/Groups/{made['id']}"
    now = provider.patched(
        path,
        {"op": "remove", "path": f'members[value eq "{people[0]}"]'},
        {"op": "add", "path": "members", "value": [{"value": people[2]}, {"value": people[1]}]},
    )
    assert ids(now) == {people[1], people[2]}
    assert [fact["member_id"] for fact in facts("group_member_removed")] == [people[0]]
    all_new = {"op": "replace", "path": "members", "value": [{"value": people[0]}]}
    assert ids(provider.patched(path, all_new)) == {people[0]}
    assert ids(provider.patched(path, {"op": "remove", "path": "members"})) == set()
    renamed = provider.patched(path, {"op": "replace", "value": {"displayName": "Hosts", "externalId": "7"}})
    assert (renamed["displayName"], renamed["externalId"]) == ("Hosts", "7")
    assert len(facts("group_changed")) == 1


def test_putting_a_group_replaces_its_members(provider: Provider, people: list[str]) -> None:
    made = provider.group("Guides", *people[:2])
    given = {"schemas": [GROUP], "displayName": "Guides", "members": [{"value": people[2]}]}
    answer = provider.ask("PUT", f"/Groups/{made['id']}", given, If_Match=made["meta"]["version"])
    assert ids(answer.json()) == {people[2]}
    stale = provider.ask("PUT", f"/Groups/{made['id']}", given, If_Match=made["meta"]["version"])
    assert stale.status_code == 412


def test_a_deleted_group_is_archived(provider: Provider, people: list[str], key: Someone) -> None:
    made = provider.group("Guides", people[0])
    assert provider.ask("DELETE", f"/Groups/{made['id']}").status_code == 204
    assert provider.get(f"/Groups/{made['id']}").status_code == 404
    assert provider.found("", "Groups")["totalResults"] == 0
    assert "groups" not in provider.get(f"/Users/{people[0]}").json()
    assert key.get(f"/groups/{made['id']}").json()["state"] == "archived"


@pytest.mark.parametrize(
    "member", [{"value": str(uuid4())}, {"value": "x"}, {}, {"type": "Group", "value": str(uuid4())}]
)
def test_members_are_users(provider: Provider, member: dict[str, str]) -> None:
    made = provider.group("Guides")
    added = {"op": "add", "path": "members", "value": [member]}
    assert refused(provider.patch(f"/Groups/{made['id']}", added)) == (400, "invalidValue")
    given = {"schemas": [GROUP], "displayName": "Others", "members": [member]}
    assert refused(provider.ask("POST", "/Groups", given)) == (400, "invalidValue")
    assert provider.found("", "Groups")["totalResults"] == 1


def test_groups_are_found(provider: Provider, people: list[str]) -> None:
    guides, hosts = provider.group("Tour Guides", people[0]), provider.group("Hosts", *people)
    provider.patched(f"/Groups/{hosts['id']}", {"op": "add", "path": "externalId", "value": "H"})

    def found(filter: str) -> list[str]:
        return [each["displayName"] for each in provider.found(filter, "Groups")["Resources"]]

    assert found('displayName eq "tour guides"') == ["Tour Guides"]
    assert found('displayName sw "tour"') == ["Tour Guides"]
    assert found('externalId eq "H"') == ["Hosts"]
    assert found('externalId eq "h"') == []
    assert found(f'id eq "{guides["id"]}" and members eq "{people[0]}"') == ["Tour Guides"]
    assert found(f'members[value eq "{people[1]}"]') == ["Hosts"]
    bare = provider.found("", "Groups", excludedAttributes="members")["Resources"]
    assert all("members" not in each for each in bare)
