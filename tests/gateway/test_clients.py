"""API keys: given, used, changed and taken away."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from shared.testing import Cluster, eventually
from tests.gateway.conftest import SignIn

READER = ["membership:read"]


def issue(
    api: httpx.Client, community: UUID | str, scopes: list[str] | None = None, **more: Any
) -> dict[str, Any]:
    given = {"community_id": str(community), "name": "A partner", "scopes": scopes or READER} | more
    made = api.post("/v1/clients", json=given)
    assert made.status_code == 201, made.text
    document: dict[str, Any] = made.json()
    return document


def test_a_key_opens_what_its_scopes_name_and_nothing_else(
    stack: Cluster, api: httpx.Client, community: UUID
) -> None:
    client = issue(api, community)
    assert client["key"].startswith(f"gh_dev_{UUID(client['id']).hex}_")
    place = f"/v1/communities/{community}"
    with stack.client(client["key"]) as partner:
        assert partner.get(place).status_code == 200
        assert partner.get(f"{place}/topics").status_code == 403
        assert partner.post(f"{place}/members/import", json={"items": []}).status_code == 403
        assert partner.get("/v1/clients", params={"community_id": str(community)}).status_code == 403


def test_a_key_is_bound_to_its_community(
    stack: Cluster, api: httpx.Client, community: UUID, somebody: httpx.Client
) -> None:
    made = {"slug": f"c-{uuid4().hex[:12]}", "name": "Another", "kind": "cop"}
    other = somebody.post("/v1/communities", json=made).json()["id"]
    with stack.client(issue(api, community, ["membership:admin", "engagement:admin"])["key"]) as partner:
        foreign = partner.get(f"/v1/communities/{other}")
        missing = partner.get(f"/v1/communities/{uuid4()}")
        assert (foreign.status_code, foreign.content) == (404, missing.content)
        assert partner.post("/v1/communities", json=made | {"slug": "x"}).status_code == 403


def test_a_key_is_shown_once_and_kept_nowhere(stack: Cluster, api: httpx.Client, community: UUID) -> None:
    given = {"community_id": str(community), "name": "Once", "scopes": READER}
    headers = {"Idempotency-Key": uuid4().hex}
    first = api.post("/v1/clients", json=given, headers=headers).json()
    again = api.post("/v1/clients", json=given, headers=headers).json()
    assert again == first | {"key": None}
    listed = api.get("/v1/clients", params={"community_id": str(community)})
    assert "key" not in listed.json()["items"][0]
    secret = first["key"].rpartition("_")[2]
    for table in ("client", "idempotency", "outbox", "audit"):
        assert secret not in str(stack.rows("gateway", f"SELECT * FROM {table}"))


def test_a_revoked_key_is_worth_nothing_at_once(stack: Cluster, api: httpx.Client, community: UUID) -> None:
    client = issue(api, community)
    place = f"/v1/communities/{community}"
    with stack.client(client["key"]) as partner:
        assert partner.get(place).status_code == 200
        assert api.delete(f"/v1/clients/{client['id']}").status_code == 204
        assert partner.get(place).status_code == 401
    assert api.delete(f"/v1/clients/{client['id']}").status_code == 204
    listed = api.get("/v1/clients", params={"community_id": str(community)}).json()["items"]
    assert client["id"] not in [each["id"] for each in listed]
    everything = api.get("/v1/clients", params={"community_id": str(community), "revoked": "true"}).json()
    assert [each["state"] for each in everything["items"]] == ["revoked"]


def test_rotation_leaves_the_old_key_its_grace(stack: Cluster, api: httpx.Client, community: UUID) -> None:
    client = issue(api, community)
    place = f"/v1/communities/{community}"
    rotated = api.post(f"/v1/clients/{client['id']}/rotate", json={"grace_seconds": 2})
    assert (rotated.status_code, rotated.json()["state"]) == (200, "rotating")
    with stack.client(client["key"]) as old, stack.client(rotated.json()["key"]) as new:
        assert (old.get(place).status_code, new.get(place).status_code) == (200, 200)
        eventually(lambda: old.get(place).status_code == 401, within=8)
        assert new.get(place).status_code == 200


def test_rotation_without_grace_ends_the_old_key_at_once(
    stack: Cluster, api: httpx.Client, community: UUID
) -> None:
    client = issue(api, community)
    with stack.client(client["key"]) as old:
        assert old.get(f"/v1/communities/{community}").status_code == 200
        api.post(f"/v1/clients/{client['id']}/rotate", json={"grace_seconds": 0})
        assert old.get(f"/v1/communities/{community}").status_code == 401


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"scopes": []}, 422),
        ({"scopes": ["membership:everything"]}, 422),
        ({"scopes": ["*"]}, 422),
        ({"name": ""}, 422),
        ({"expires_at": (datetime.now(UTC) + timedelta(days=400)).isoformat()}, 422),
        ({"expires_at": (datetime.now(UTC) - timedelta(days=1)).isoformat()}, 422),
        ({"key_digest": "0" * 64}, 422),
        ({"community_id": "nonsense"}, 404),
    ],
)
def test_what_no_client_may_be(
    api: httpx.Client, community: UUID, change: dict[str, Any], status: int
) -> None:
    given = {"community_id": str(community), "name": "A partner", "scopes": READER} | change
    assert api.post("/v1/clients", json=given).status_code == status


def test_admins_manage_their_own_communitys_clients_only(
    sign_in: SignIn, api: httpx.Client, community: UUID
) -> None:
    admin, stranger = sign_in(), sign_in()
    slug = f"c-{uuid4().hex[:12]}"
    own = admin.post("/v1/communities", json={"slug": slug, "name": "Own", "kind": "cop"}).json()["id"]
    client = issue(admin, own)
    foreign = issue(api, community)
    given = {"community_id": str(community), "name": "A partner", "scopes": READER}
    assert admin.post("/v1/clients", json=given).status_code == 403
    assert admin.delete(f"/v1/clients/{foreign['id']}").status_code == 403
    assert stranger.get("/v1/clients", params={"community_id": own}).status_code == 403
    assert stranger.post(f"/v1/clients/{client['id']}/rotate", json={}).status_code == 403
    assert admin.delete(f"/v1/clients/{client['id']}").status_code == 204
    assert admin.delete(f"/v1/clients/{uuid4()}").status_code == 404


def test_an_admin_cannot_give_a_key_what_only_owners_may(sign_in: SignIn) -> None:
    owner, admin = sign_in(), sign_in()
    slug = f"c-{uuid4().hex[:12]}"
    own = owner.post("/v1/communities", json={"slug": slug, "name": "Own", "kind": "cop"}).json()["id"]
    joined = admin.post(f"/v1/communities/{own}/members", json={"handle": "admin", "display_name": "A"})
    roles = f"/v1/communities/{own}/members/{joined.json()['id']}/roles"
    assert owner.post(roles, json={"role": "admin"}).is_success
    given = {"community_id": own, "name": "A partner", "scopes": ["membership:admin"]}
    refused = admin.post("/v1/clients", json=given)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/scope-beyond-own")
    assert owner.post("/v1/clients", json=given).status_code == 201


def test_nobody_is_handed_the_new_key_of_a_client_that_may_do_more(stack: Cluster, sign_in: SignIn) -> None:
    owner, admin = sign_in(), sign_in()
    slug = f"c-{uuid4().hex[:12]}"
    own = owner.post("/v1/communities", json={"slug": slug, "name": "Own", "kind": "cop"}).json()["id"]
    joined = admin.post(f"/v1/communities/{own}/members", json={"handle": "admin", "display_name": "A"})
    roles = f"/v1/communities/{own}/members/{joined.json()['id']}/roles"
    assert owner.post(roles, json={"role": "admin"}).is_success
    powerful = issue(owner, own, ["membership:admin"])
    keeper = issue(owner, own, ["gateway:admin"])
    with stack.client(keeper["key"]) as program:
        for caller in (admin, program):
            refused = caller.post(f"/v1/clients/{powerful['id']}/rotate", json={})
            assert (refused.status_code, refused.json()["type"]) == (403, "/problems/scope-beyond-own")
        assert program.post(f"/v1/clients/{keeper['id']}/rotate", json={}).status_code == 200
    assert owner.post(f"/v1/clients/{powerful['id']}/rotate", json={}).status_code == 200


def test_an_id_longer_than_any_names_nothing(api: httpx.Client, community: UUID) -> None:
    endless = "-" * 1000 + str(community)
    given = {"community_id": endless, "name": "A partner", "scopes": READER}
    assert api.post("/v1/clients", json=given).status_code == 404
    assert api.get(f"/v1/communities/{endless}").status_code == 404


def test_a_query_of_too_many_fields_is_a_bad_request(api: httpx.Client) -> None:
    assert api.get("/v1/clients?" + "&".join(["a=1"] * 60)).status_code == 400


def test_every_change_leaves_a_fact_and_an_audit_row(
    stack: Cluster, api: httpx.Client, community: UUID
) -> None:
    client = issue(api, community)
    api.post(f"/v1/clients/{client['id']}/rotate", json={})
    api.delete(f"/v1/clients/{client['id']}")
    facts = stack.rows(
        "gateway", f"SELECT subject FROM outbox WHERE aggregate_id = '{client['id']}' ORDER BY seq"
    )
    assert [subject.split(".")[2] for (subject,) in facts] == [
        "client_created",
        "client_rotated",
        "client_revoked",
    ]
    audit = stack.rows("gateway", f"SELECT action FROM audit WHERE resource = '{client['id']}' ORDER BY seq")
    assert [action for (action,) in audit] == ["client.create", "client.rotate", "client.revoke"]


@pytest.mark.parametrize("key", ["gh_dev_nonsense", f"gh_dev_{'0' * 32}_{'0' * 64}", "gh_production_x", "x"])
def test_a_key_that_is_none_is_refused(stack: Cluster, community: UUID, key: str) -> None:
    with stack.client(key) as nobody:
        assert nobody.get(f"/v1/communities/{community}").status_code == 401
