"""SCIM as Okta and Entra ID really speak it, and as nobody should: hostile filters, paths and sizes."""

import json
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.identity import Actor
from shared.testing import Cluster
from tests.membership.conftest import Someone
from tests.membership.scim_client import ENTERPRISE, GROUP, PATCH, SEARCH, Provider, refused, user

MANAGER = f"{ENTERPRISE}:manager"
WORK = 'emails[type eq "work"]'


def test_entra_writes_booleans_as_texts(provider: Provider) -> None:
    made = provider.created(userName="ada", active="True", roles=[{"value": "x", "primary": "False"}])
    assert (made["active"], made["roles"]) == (True, [{"value": "x", "primary": False}])
    path = f"/Users/{made['id']}"
    off = {"op": "Replace", "path": "active", "value": "False"}
    assert provider.patched(path, off)["active"] is False
    assert provider.patched(path, {"op": "Replace", "value": {"active": "true"}})["active"] is True


@pytest.mark.parametrize("value", ["4711", [{"value": "4711"}], {"value": "4711"}])
def test_entra_names_the_manager_in_three_ways(provider: Provider, value: Any) -> None:
    made = provider.created(userName="ada")
    now = provider.patched(f"/Users/{made['id']}", {"op": "Add", "path": MANAGER, "value": value})
    assert now[ENTERPRISE] == {"manager": {"value": "4711"}}


def test_entra_puts_paths_into_a_value_without_path(provider: Provider) -> None:
    made = provider.created(userName="ada", emails=[{"type": "work", "value": "a@b.c"}])
    value = {f"{WORK}.value": "x@y.z", "name.givenName": "Ada", f"{ENTERPRISE}:department": "Tours"}
    now = provider.patched(f"/Users/{made['id']}", {"op": "Replace", "value": value})
    assert now["emails"] == [{"type": "work", "value": "x@y.z"}]
    assert (now["name"], now[ENTERPRISE]) == ({"givenName": "Ada"}, {"department": "Tours"})
    again = {"op": "Replace", "value": {ENTERPRISE: {"Department": "Hosts"}}}
    assert provider.patched(f"/Users/{made['id']}", again)[ENTERPRISE] == {"department": "Hosts"}


def test_okta_names_the_id_of_what_it_renames(provider: Provider) -> None:
    group, ada = provider.group("Guides"), provider.created(userName="ada")
    renamed = {"op": "replace", "value": {"id": group["id"], "displayName": "Hosts"}}
    assert provider.patched(f"/Groups/{group['id']}", renamed)["displayName"] == "Hosts"
    value = {"id": str(uuid4()), "groups": [{"value": "x"}], "meta": {"version": "y"}, "title": "Countess"}
    now = provider.patched(f"/Users/{ada['id']}", {"op": "replace", "value": value})
    assert (now["id"], now["title"]) == (ada["id"], "Countess")


def test_null_empties_an_attribute(provider: Provider) -> None:
    path = f"/Users/{provider.created(userName='ada', title='Countess')['id']}"
    assert "title" not in provider.patched(path, {"op": "replace", "path": "title", "value": None})
    assert refused(provider.patch(path, {"op": "replace", "path": "title"})) == (400, "invalidValue")
    assert provider.patched(path, {"op": "replace", "value": {"emails": None, "title": None}})
    required = {"op": "replace", "path": "userName", "value": None}
    assert refused(provider.patch(path, required)) == (400, "mutability")


def test_a_user_is_found_by_an_address_of_a_kind(provider: Provider) -> None:
    provider.created(userName="ada", emails=[{"type": "work", "value": "a@b.c"}])
    provider.created(userName="bob", emails=[{"type": "home", "value": "a@b.c"}])
    assert provider.names('emails.value eq "A@b.c"') == ["ada", "bob"]
    assert provider.names(f'{WORK}.value eq "A@b.c"') == ["ada"]
    assert provider.names('emails[type eq "home" and value eq "a@b.c"]') == ["bob"]
    assert provider.names('emails[value eq "a@b.c" and not (type eq "home")] and active eq true') == ["ada"]
    assert provider.names(f'{WORK}.value eq "other@b.c"') == []


@pytest.mark.parametrize(
    "filter",
    [
        'emails[type eq "work" or value eq "x"]',
        'emails[shoe eq "x" and value eq "x"]',
        f"{WORK}.",
        f"{WORK}.a.b",
    ],
)
def test_what_cannot_be_looked_up_is_refused(provider: Provider, filter: str) -> None:
    answer = provider.ask("POST", "/Users/.search", {"schemas": [SEARCH], "filter": filter})
    assert refused(answer) == (400, "invalidFilter")


@pytest.mark.parametrize("attribute", ["userName", "displayName", "externalId", "emails.value"])
@pytest.mark.parametrize("text", ["\\ud800", "\\u0000"])
def test_no_text_that_is_none_gets_into_a_filter(provider: Provider, attribute: str, text: str) -> None:
    provider.created(userName="ada")
    answer = provider.client.get("/scim/v2/Users", params={"filter": f'{attribute} eq "{text}"'})
    assert refused(answer) == (400, "invalidFilter")


@pytest.mark.parametrize("name", ["Ärzte", "ΣΟΦΙΑ"])
def test_a_group_is_found_by_its_very_name(provider: Provider, name: str) -> None:
    provider.group(name)
    for filter in (f'displayName eq "{name}"', f'displayName sw "{name[:2]}"'):
        assert [each["displayName"] for each in provider.found(filter, "Groups")["Resources"]] == [name]


@pytest.mark.parametrize(
    ("path", "value", "kind"),
    [
        ("members[value eq 5]", {"display": "x"}, "invalidValue"),
        ("members[value eq null]", {"display": "x"}, "invalidValue"),
        ("members[type eq 5]", {"value": str(uuid4())}, "invalidValue"),
        ("members[shoe eq 5]", {"value": str(uuid4())}, "invalidPath"),
        ('members[value eq "\\ud800"]', {"display": "x"}, "invalidPath"),
    ],
)
def test_no_path_breaks_a_group(provider: Provider, path: str, value: Any, kind: str) -> None:
    made = provider.group("Guides")
    answer = provider.patch(f"/Groups/{made['id']}", {"op": "add", "path": path, "value": value})
    assert refused(answer) == (400, kind)


@pytest.mark.parametrize(
    ("path", "value", "kind"),
    [
        ('emails[type eq "\\ud800"].value', "x", "invalidPath"),
        ("emails[shoe eq 5].value", "x", "invalidPath"),
        ("emails[value eq 5].type", "work", "invalidValue"),
        ("emails[primary eq 5].value", "x", "invalidValue"),
    ],
)
def test_no_path_brings_in_what_no_body_could(provider: Provider, path: str, value: Any, kind: str) -> None:
    made = provider.created(userName="ada")
    answer = provider.patch(f"/Users/{made['id']}", {"op": "add", "path": path, "value": value})
    assert refused(answer) == (400, kind)
    written = {"op": "add", "path": 'emails[TYPE eq "work"].VALUE', "value": "a@b.c"}
    now = provider.patched(f"/Users/{made['id']}", written)
    assert now["emails"] == [{"type": "work", "value": "a@b.c"}]


def test_entra_takes_members_out_by_their_values(provider: Provider) -> None:
    ada, bob = (provider.created(userName=name)["id"] for name in ("ada", "bob"))
    made = provider.group("Guides", ada, bob)
    gone = {"op": "Remove", "path": "members", "value": [{"value": ada.upper()}, {"value": str(uuid4())}]}
    now = provider.patched(f"/Groups/{made['id']}", gone)
    assert [each["value"] for each in now["members"]] == [bob]


def test_a_request_names_a_bounded_number_of_members(provider: Provider) -> None:
    path = f"/Groups/{provider.group('Guides')['id']}"
    many = [{"op": "add", "path": "members", "value": [{"value": str(uuid4())}] * 150}] * 100
    began = monotonic()
    assert refused(provider.patch(path, *many)) == (400, "invalidValue")
    walks = [{"op": "remove", "path": 'members[display eq "x"]'}] * 11
    assert refused(provider.patch(path, *walks)) == (400, "tooMany")
    assert monotonic() - began < 2


@pytest.mark.parametrize("role", ["admin", "owner"])
def test_a_lost_identity_is_no_way_to_those_above(provider: Provider, key: Someone, role: str) -> None:
    made = provider.created(userName="ada", externalId="1")
    member = f"/members/{made['id']}"
    key.made(f"{member}/roles", {"role": role})
    (identity,) = key.get(f"{member}/identities").json()["items"]
    assert key.delete(f"{member}/identities/{identity['id']}").is_success
    before = key.get(member).json()
    given = user(userName="mallory", externalId="1", displayName="Mallory", active=False)
    assert provider.ask("POST", "/Users", given).status_code == 403
    assert key.get(member).json() == before


def test_ids_of_another_community_are_as_unknown_as_any(
    provider: Provider, stack: Cluster, key: Someone
) -> None:
    theirs = {"slug": f"c-{uuid4().hex[:12]}", "name": "Theirs", "kind": "cop"}
    elsewhere = UUID(key.client.post("/v1/communities", json=theirs).json()["id"])
    ada, group = provider.created(userName="ada"), provider.group("Guides")
    actor = Actor("key", str(uuid4()), community_id=elsewhere, scopes=frozenset({"membership:admin"}))
    named = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "displayName", "value": "x"}]}
    with stack.direct("membership", actor) as client:
        other = Provider(client)
        for kind, id_, body in (
            ("Users", ada["id"], user(userName="x")),
            ("Groups", group["id"], {"schemas": [GROUP], "displayName": "x"}),
        ):
            for method, given in (("GET", None), ("PUT", body), ("PATCH", named), ("DELETE", None)):
                known, unknown = (other.ask(method, f"/{kind}/{each}", given) for each in (id_, uuid4()))
                assert (known.status_code, known.json()) == (404, unknown.json())
            assert other.found(f'id eq "{id_}"', kind)["totalResults"] == 0
        own = other.group("Own")
        added = {"op": "add", "path": "members", "value": [{"value": ada["id"]}]}
        assert refused(other.patch(f"/Groups/{own['id']}", added)) == (400, "invalidValue")
    assert provider.get(f"/Users/{ada['id']}").json() == ada


def test_deleting_twice_finds_nothing_the_second_time(provider: Provider) -> None:
    for path in (
        f"/Users/{provider.created(userName='ada')['id']}",
        f"/Groups/{provider.group('Guides')['id']}",
    ):
        assert [provider.ask("DELETE", path).status_code for _ in range(2)] == [204, 404]


def test_a_page_of_nothing_counts(provider: Provider) -> None:
    provider.created(userName="ada")
    page = provider.found("", startIndex=1, count=0)
    assert (page["totalResults"], page["itemsPerPage"], page["Resources"]) == (1, 0, [])


def test_no_number_leaves_json(provider: Provider) -> None:
    made = provider.created(userName="ada")
    body = json.dumps(user(userName="ada", **{"urn:example:x": {"number": 0}})).replace("0}", "1e400}")
    headers = {"content-type": "application/json"}
    for method, path in (("POST", "/Users"), ("PUT", f"/Users/{made['id']}")):
        answer = provider.client.request(method, f"/scim/v2{path}", content=body, headers=headers)
        assert refused(answer) == (400, "invalidValue")
    assert provider.get(f"/Users/{made['id']}").json() == made
