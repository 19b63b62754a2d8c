"""Users by SCIM: who is created joins, who is deactivated is suspended, who is deleted leaves."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.identity import Actor
from shared.testing import Cluster
from tests.membership.conftest import Someone, at_once, codes
from tests.membership.scim_client import ENTERPRISE, USER, Provider, refused, user

Facts = Callable[..., list[dict[str, Any]]]


def test_a_created_user_joins_and_a_deleted_one_leaves(
    provider: Provider, key: Someone, facts: Facts
) -> None:
    ada = provider.created(userName="ada@example.org", externalId="4711", name={"givenName": "Ada"})
    member = key.get(f"/members/{ada['id']}").json()
    assert (member["handle"], member["display_name"], member["state"]) == ("ada", "Ada", "active")
    assert [fact["source"] for fact in facts("member_joined")] == ["provisioned"]
    assert [fact["provider"] for fact in facts("identity_linked")] == ["scim"]

    assert provider.ask("DELETE", f"/Users/{ada['id']}").status_code == 204
    assert refused(provider.get(f"/Users/{ada['id']}")) == (404, None)
    assert provider.found("")["totalResults"] == 0
    assert key.get(f"/members/{ada['id']}").json()["state"] == "left"
    assert len(facts("member_left")) == len(facts("identity_revoked")) == 1


def test_who_was_deleted_comes_back_as_the_member_they_were(provider: Provider, facts: Facts) -> None:
    first = provider.created(userName="ada", externalId="4711")
    provider.ask("DELETE", f"/Users/{first['id']}")
    again = provider.created(userName="ada", externalId="4711", displayName="Ada again")
    assert (again["id"], again["displayName"], again["active"]) == (first["id"], "Ada again", True)
    assert len(facts("member_rejoined")) == 1


def test_a_user_name_is_free_again_for_somebody_else(provider: Provider) -> None:
    first = provider.created(userName="ada", externalId="1")
    provider.ask("DELETE", f"/Users/{first['id']}")
    other = provider.created(userName="ada", externalId="2")
    assert other["id"] != first["id"]
    assert other["userName"] == "ada"


def test_a_user_name_is_taken_in_any_case(provider: Provider, key: Someone) -> None:
    provider.created(userName="Ada@example.org", externalId="1")
    key.made("/members", {"handle": "grace", "display_name": "Grace"})
    for given in (
        user(userName="ada@EXAMPLE.org", externalId="2"),
        user(userName="GRACE"),
        user(userName="other", externalId="1"),
    ):
        assert refused(provider.ask("POST", "/Users", given)) == (409, "uniqueness")
    assert provider.created(userName="ada@elsewhere.org")["userName"] == "ada@elsewhere.org"


def test_everything_said_about_a_user_is_answered_again(provider: Provider) -> None:
    said = {
        "userName": "bjensen",
        "name": {"givenName": "Barbara", "familyName": "Jensen"},
        "emails": [{"value": "b@example.org", "type": "work", "primary": True}],
        "addresses": [{"type": "work", "locality": "Hollywood"}],
        "x509Certificates": [{"value": "AAAA"}],
        ENTERPRISE: {"department": "Tours", "manager": {"value": "26118915"}},
        "urn:example:badge": {"colour": "red", "numbers": [1, 2]},
    }
    made = provider.created(
        **said, password="secret", id="mine", groups=[{"value": "x"}], meta={"version": "y"}
    )
    assert {name: made[name] for name in said} == said
    assert made["displayName"] == "Barbara Jensen"
    assert made["schemas"] == [USER, ENTERPRISE, "urn:example:badge"]
    assert not {"password", "groups"} & set(made)
    assert made["id"] != "mine"
    assert provider.get(f"/Users/{made['id']}").json() == made


def test_what_was_said_lies_sealed(provider: Provider, stack: Cluster, community: UUID) -> None:
    needle = f"needle-{uuid4().hex}"
    provider.created(
        userName=f"{needle}@example.org", emails=[{"value": f"{needle}@home.org"}], nickName=needle
    )
    for table in ("scim_user", "scim_email", "identity", "outbox", "audit"):
        rows = stack.rows("membership", f"SELECT * FROM {table} WHERE community_id = '{community}'")
        assert rows
        assert f"{needle}@" not in str(rows)
    assert needle not in str(stack.rows("membership", "SELECT attributes FROM scim_user"))


def test_putting_a_user_replaces_them(provider: Provider) -> None:
    made = provider.created(userName="ada", nickName="Countess", emails=[{"value": "a@example.org"}])
    answer = provider.ask("PUT", f"/Users/{made['id']}", user(userName="lovelace", title="Countess"))
    assert answer.status_code == 200
    now = answer.json()
    assert (now["userName"], now["title"], now["displayName"]) == ("lovelace", "Countess", "lovelace")
    assert not {"nickName", "emails"} & set(now)
    assert provider.names('emails.value eq "a@example.org"') == []
    assert provider.names('userName eq "ADA"') == []
    assert provider.names('userName eq "Lovelace"') == ["lovelace"]


def test_a_patch_that_changes_nothing_raises_no_version(provider: Provider, facts: Facts) -> None:
    made = provider.created(userName="ada", nickName="Countess")
    before = len(facts())
    same = provider.patched(
        f"/Users/{made['id']}", {"op": "replace", "path": "nickName", "value": "Countess"}
    )
    assert same["meta"] == made["meta"]
    assert len(facts()) == before


def test_a_patch_is_applied_as_a_whole_or_not_at_all(provider: Provider) -> None:
    made = provider.created(userName="ada", nickName="Countess")
    answer = provider.patch(
        f"/Users/{made['id']}",
        {"op": "replace", "path": "nickName", "value": "Other"},
        {"op": "replace", "path": 'emails[type eq "work"].value', "value": "x"},
    )
    assert refused(answer) == (400, "noTarget")
    assert provider.get(f"/Users/{made['id']}").json() == made


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ({"op": "remove", "path": "userName"}, "mutability"),
        ({"op": "replace", "path": "id", "value": "x"}, "mutability"),
        ({"op": "add", "path": "groups", "value": [{"value": "x"}]}, "mutability"),
        ({"op": "remove"}, "noTarget"),
        ({"op": "replace", "path": "shoeSize", "value": 43}, "invalidPath"),
        ({"op": "replace", "path": "emails[type eq", "value": 43}, "invalidPath"),
        ({"op": "replace", "path": "active", "value": "yes"}, "invalidValue"),
        ({"op": "move", "path": "active", "value": True}, "invalidSyntax"),
    ],
)
def test_a_patch_is_refused_by_scims_words(provider: Provider, operation: dict[str, Any], kind: str) -> None:
    made = provider.created(userName="ada")
    assert refused(provider.patch(f"/Users/{made['id']}", operation)) == (400, kind)


def test_deactivating_suspends_and_activating_reinstates(
    provider: Provider, key: Someone, facts: Facts
) -> None:
    made = provider.created(userName="ada")
    path = f"/Users/{made['id']}"
    off = provider.patched(path, {"op": "Replace", "value": {"active": False}})
    assert (off["active"], key.get(f"/members/{made['id']}").json()["state"]) == (False, "suspended")
    assert [fact["by"] for fact in facts("member_suspended")] == ["provisioning"]
    on = provider.patched(path, {"op": "replace", "path": "active", "value": True})
    assert (on["active"], key.get(f"/members/{made['id']}").json()["state"]) == (True, "active")
    assert len(facts("member_reinstated")) == 1


def test_a_user_may_be_created_inactive(provider: Provider, key: Someone) -> None:
    made = provider.created(userName="ada", active=False)
    assert made["active"] is False
    assert key.get(f"/members/{made['id']}").json()["state"] == "suspended"
    assert provider.ask("DELETE", f"/Users/{made['id']}").status_code == 204
    assert key.get(f"/members/{made['id']}").json()["state"] == "left"


def test_a_stale_version_is_refused_and_none_is_needed(provider: Provider) -> None:
    made = provider.created(userName="ada")
    path = f"/Users/{made['id']}"
    change = {"op": "add", "path": "nickName", "value": "Countess"}
    assert provider.patch(path, change, If_Match='W/"999"').status_code == 412
    assert provider.patch(path, change, If_Match=made["meta"]["version"]).status_code == 200
    assert provider.patch(path, change, If_Match=made["meta"]["version"]).status_code == 412
    assert provider.ask("DELETE", path, If_Match=made["meta"]["version"]).status_code == 412
    now = provider.get(path)
    assert provider.get(path, If_None_Match=now.headers["etag"]).status_code == 304
    assert provider.ask("DELETE", path, If_Match="*").status_code == 204


def test_members_who_were_not_provisioned_are_users_too(provider: Provider, key: Someone) -> None:
    member = key.made("/members", {"handle": "grace", "display_name": "Grace Hopper"})
    (found,) = provider.found('userName eq "Grace"')["Resources"]
    assert (found["id"], found["displayName"]) == (member["id"], "Grace Hopper")
    changed = provider.patched(
        f"/Users/{member['id']}", {"op": "add", "path": "emails", "value": [{"value": "g@example.org"}]}
    )
    assert changed["userName"] == "grace"
    assert provider.names('emails.value eq "G@EXAMPLE.org"') == ["grace"]


def test_a_repeated_creation_is_answered_as_before(provider: Provider) -> None:
    given = user(userName="ada")
    first, again = (provider.ask("POST", "/Users", given, Idempotency_Key="once") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["location"] == first.headers["location"]


def test_of_many_who_create_a_user_at_once_one_does(provider: Provider) -> None:
    given = user(userName="ada@example.org")
    answers = at_once([lambda: provider.ask("POST", "/Users", given)] * 6)
    assert codes(answers) == [201, *[409] * 5]


@pytest.mark.parametrize("role", ["admin", "owner"])
def test_a_key_does_not_reach_those_above_it(provider: Provider, key: Someone, role: str) -> None:
    made = provider.created(userName="ada")
    key.made(f"/members/{made['id']}/roles", {"role": role})
    path = f"/Users/{made['id']}"
    assert provider.ask("DELETE", path).status_code == 403
    assert provider.patch(path, {"op": "replace", "path": "active", "value": False}).status_code == 403


@pytest.mark.parametrize("verb", ["read", "write"])
def test_provisioning_takes_a_key_that_may_do_everything(stack: Cluster, community: UUID, verb: str) -> None:
    weak = Actor("key", str(uuid4()), community_id=community, scopes=frozenset({f"membership:{verb}"}))
    with stack.direct("membership", weak) as client:
        assert Provider(client).get("/Users").status_code == 403


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"userName": "ada"}, "invalidSyntax"),
        (user(), "invalidValue"),
        (user(userName=" "), "invalidValue"),
        (user(userName="ada", shoeSize=43), "invalidSyntax"),
        (user(userName="ada", USERNAME="ada"), "invalidSyntax"),
        (user(userName="ada", active="yes"), "invalidValue"),
        (user(userName="ada", name={"nick": "x"}), "invalidSyntax"),
        (user(userName="ada", emails=[{"value": f"{n}", "primary": True} for n in "ab"]), "invalidValue"),
        (user(userName="ada", x509Certificates=[{"value": "?"}]), "invalidValue"),
        (user(userName="ada", displayName="x" * 81), "invalidValue"),
        (user(userName="ada", nickName="x" * 60_000), "invalidValue"),
        (user(userName="a\0b"), "invalidValue"),
    ],
)
def test_what_is_no_user_is_refused_by_scims_words(provider: Provider, given: Any, kind: str) -> None:
    assert refused(provider.ask("POST", "/Users", given)) == (400, kind)
    assert provider.found("")["totalResults"] == 0


def test_bodies_are_scim_or_plain_json(provider: Provider) -> None:
    for number, kind in enumerate(("application/scim+json; charset=utf-8", "application/json")):
        assert provider.ask("POST", "/Users", user(userName=f"u{number}x"), content_type=kind).is_success
    assert provider.ask("POST", "/Users", user(userName="ada"), content_type="text/plain").status_code == 415
    broken = provider.client.post(
        "/scim/v2/Users", content=b"{", headers={"content-type": "application/json"}
    )
    assert refused(broken) == (400, "invalidSyntax")
