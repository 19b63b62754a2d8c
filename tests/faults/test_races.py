"""F15 and F16: what only one may get, one gets; what changed meanwhile is not overwritten (P11, P12)."""

from collections import Counter
from uuid import UUID, uuid4

import httpx

from shared.testing import Cluster
from tests.faults.at_once import at_once

CLIENTS = 50


def _member(api: httpx.Client, community: UUID, handle: str) -> str:
    given = {"handle": handle, "display_name": handle}
    made = api.post(f"/v1/communities/{community}/members", json=given)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def test_one_of_fifty_gets_the_handle(stack: Cluster, api: httpx.Client, community: UUID) -> None:
    path = f"/v1/communities/{community}/members"
    answers = at_once(
        stack,
        CLIENTS,
        lambda client, number: client.post(path, json={"handle": "ada", "display_name": f"Ada {number}"}),
    )
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: CLIENTS - 1}
    assert len(api.get(path).json()["items"]) == 1


def test_one_of_fifty_gets_the_slug(stack: Cluster, api: httpx.Client) -> None:
    given = {"slug": f"s-{uuid4().hex[:12]}", "name": "Contested", "kind": "coi"}
    answers = at_once(stack, CLIENTS, lambda client, _: client.post("/v1/communities", json=given))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: CLIENTS - 1}
    assert len(api.get("/v1/communities", params={"slug": given["slug"]}).json()["items"]) == 1


def test_the_last_owner_stays_when_all_are_demoted_at_once(
    stack: Cluster, api: httpx.Client, community: UUID
) -> None:
    owners = [_member(api, community, f"owner-{number}") for number in range(6)]
    path = f"/v1/communities/{community}/members"
    for owner in owners:
        granted = api.post(f"{path}/{owner}/roles", json={"role": "owner"})
        assert granted.is_success, granted.text
    answers = at_once(
        stack,
        len(owners),
        lambda client, number: client.delete(f"{path}/{owners[number]}/roles/owner"),
    )
    refused = [answer for answer in answers if not answer.is_success]
    assert [answer.status_code for answer in refused] == [409], [answer.text for answer in answers]
    roles = [api.get(f"{path}/{owner}").json()["roles"] for owner in owners]
    assert sum("owner" in each for each in roles) == 1


def test_one_of_fifty_changes_to_the_same_version_wins(
    stack: Cluster, api: httpx.Client, community: UUID
) -> None:
    path = f"/v1/communities/{community}/members/{_member(api, community, 'ada')}"
    before = api.get(path)
    tag = before.headers["ETag"]
    answers = at_once(
        stack,
        CLIENTS,
        lambda client, number: client.patch(
            path, json={"display_name": f"Ada {number}"}, headers={"If-Match": tag}
        ),
    )
    assert Counter(answer.status_code for answer in answers) == {200: 1, 412: CLIENTS - 1}
    [winner] = [answer for answer in answers if answer.status_code == 200]
    after = api.get(path).json()
    assert after["version"] == before.json()["version"] + 1
    assert after["display_name"] == winner.json()["display_name"]


def test_a_change_without_a_version_is_not_taken(api: httpx.Client, community: UUID) -> None:
    path = f"/v1/communities/{community}/members/{_member(api, community, 'ada')}"
    assert api.patch(path, json={"display_name": "Countess"}).status_code == 428
    assert api.get(path).json()["display_name"] == "ada"
