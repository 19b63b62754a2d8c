"""Who somebody is in a community, and how soon a change of it counts."""

from uuid import UUID, uuid4

import httpx

from shared.testing import Cluster, eventually
from tests.gateway.conftest import SignIn


def found(client: httpx.Client, **options: str) -> str:
    given = {"slug": f"c-{uuid4().hex[:12]}", "name": "A community", "kind": "coi"} | options
    made = client.post("/v1/communities", json=given)
    assert made.status_code == 201, made.text
    return f"/v1/communities/{made.json()['id']}"


def test_a_creators_next_request_works(somebody: httpx.Client) -> None:
    community = found(somebody, visibility="members")
    assert somebody.get(community).status_code == 200
    version = somebody.get(community).headers["etag"]
    changed = somebody.patch(community, json={"name": "Renamed"}, headers={"If-Match": version})
    assert changed.status_code == 200, changed.text


def test_a_private_community_is_as_missing_as_none(sign_in: SignIn) -> None:
    owner, stranger = sign_in(), sign_in()
    private = stranger.get(found(owner, visibility="members"))
    missing = stranger.get(f"/v1/communities/{uuid4()}")
    nonsense = stranger.get("/v1/communities/nonsense")
    assert [answer.status_code for answer in (private, missing, nonsense)] == [404, 404, 404]
    assert private.content == missing.content == nonsense.content


def test_a_join_counts_at_the_next_request(sign_in: SignIn) -> None:
    owner, joiner = sign_in(), sign_in()
    community = found(owner)
    for step in ("open-gathering", "activate"):
        assert owner.post(f"{community}/{step}").is_success
    read: dict[str, list[str]] = {"items": []}
    assert joiner.post(f"{community}/reads", json=read).status_code == 403
    joined = joiner.post(f"{community}/members", json={"handle": "joiner", "display_name": "J"})
    assert joined.status_code == 201, joined.text
    assert joiner.post(f"{community}/reads", json=read).status_code != 403


def test_a_role_granted_past_this_gateway_counts_before_anybody_is_refused(
    stack: Cluster, sign_in: SignIn
) -> None:
    owner, member = sign_in(), sign_in()
    community = found(owner)
    joined = member.post(f"{community}/members", json={"handle": "member", "display_name": "M"})
    assert joined.status_code == 201, joined.text
    assert member.get(f"{community}/metrics").status_code == 403
    with stack.direct("membership") as membership:
        roles = f"{community}/members/{joined.json()['id']}/roles"
        assert membership.post(roles, json={"role": "moderator"}).is_success
    assert member.get(f"{community}/metrics").status_code == 200


def test_a_role_revoked_past_this_gateway_is_gone_within_five_seconds(
    stack: Cluster, sign_in: SignIn
) -> None:
    owner, member = sign_in(), sign_in()
    community = found(owner)
    joined = member.post(f"{community}/members", json={"handle": "member", "display_name": "M"})
    roles = f"{community}/members/{joined.json()['id']}/roles"
    assert owner.post(roles, json={"role": "moderator"}).is_success
    assert member.get(f"{community}/metrics").status_code == 200
    with stack.direct("membership") as membership:
        assert membership.delete(f"{roles}/moderator").is_success
    eventually(lambda: member.get(f"{community}/metrics").status_code == 403, within=5)


def test_the_owner_key_is_owner_everywhere_and_no_member(api: httpx.Client, somebody: httpx.Client) -> None:
    community = found(somebody, visibility="members")
    assert api.get(community).status_code == 200
    members = api.get(f"{community}/members").json()["items"]
    assert len(members) == 1


def test_one_person_is_the_same_in_every_token(sign_in: SignIn) -> None:
    subject = f"person-{uuid4().hex}"
    community = found(sign_in(subject), visibility="members")
    assert sign_in(subject).get(community).status_code == 200
    assert UUID(community.rpartition("/")[2])
