"""Somebody is erased: the gateway forgets who created a client, and what it remembers of the caller."""

from uuid import UUID, uuid4

import httpx

from shared.testing import Cluster, eventually
from tests.erasing import ask_erasure, erase, found
from tests.gateway.conftest import SignIn


def founded(client: httpx.Client) -> tuple[UUID, UUID]:
    """A community somebody founds, and who they are in it."""
    given = {"slug": f"c-{uuid4().hex[:12]}", "name": "A community", "kind": "coi", "visibility": "members"}
    made = client.post("/v1/communities", json=given)
    assert made.status_code == 201, made.text
    [member] = client.get(f"/v1/communities/{made.json()['id']}/members").json()["items"]
    return UUID(made.json()["id"]), UUID(member["id"])


def test_a_client_goes_on_without_its_creator(stack: Cluster, somebody: httpx.Client) -> None:
    community, member = founded(somebody)
    given = {"community_id": str(community), "name": "A bot", "scopes": ["membership:read"]}
    key = {"Idempotency-Key": uuid4().hex}
    made = somebody.post("/v1/clients", json=given, headers=key).json()
    assert made["created_by"] == f"member:{member}"
    assert erase(stack, "gateway", community, members=(member,)) == {"client": 1, "idempotency": 1}
    assert found(stack, "gateway", f"member:{member}") == []
    with stack.client(made["key"]) as bot:
        assert bot.get(f"/v1/communities/{community}").status_code == 200


def test_a_callers_standing_is_forgotten_at_once(stack: Cluster, sign_in: SignIn) -> None:
    owner = sign_in()
    community, member = founded(owner)
    path = f"/v1/communities/{community}"

    def put(state: str) -> None:
        stack.execute("membership", f"UPDATE member SET state = '{state}' WHERE id = '{member}'")

    def remembered() -> bool:
        """What the founding told may arrive in between, and have the gateway ask again."""
        put("active")
        assert owner.get(path).status_code == 200
        put("left")
        return owner.get(path).status_code == 200

    eventually(remembered, within=10, every=0.5)
    ask_erasure(stack, community, members=(member,))
    eventually(lambda: owner.get(path).status_code == 404, within=3)
