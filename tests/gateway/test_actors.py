"""Who somebody is in a community, and how soon a change of it counts."""

import asyncio
import json
from time import monotonic
from uuid import UUID, uuid4

import httpx
import pytest

from services.gateway import actors
from services.gateway.actors import Actors
from services.gateway.principals import Principal
from services.gateway.rules import Bucket
from shared.problems import Unavailable
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
    community = found(owner, kind="cop")
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


def test_what_was_known_holds_while_membership_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actors, "UNTOLD_SECONDS", 0.0)
    community, ada = str(uuid4()), _person("ada")
    known = {"person_id": str(uuid4()), "member_id": str(uuid4()), "roles": ["member"], "community": None}
    away = False

    async def ask(_question: bytes) -> bytes:
        if away:
            raise Unavailable
        return json.dumps(known).encode()

    async def work() -> None:
        nonlocal away
        remembered = Actors(ask)
        first = await remembered.of(ada, community, monotonic())
        away = True
        assert (await remembered.of(ada, community, monotonic())).actor == first.actor
        for too_late in (
            remembered.of(ada, community, monotonic() + actors.STALE_SECONDS + 1),
            remembered.of(_person("eve"), community, monotonic()),
        ):
            with pytest.raises(Unavailable):
                await too_late
        remembered.forget(UUID(community), UUID(str(known["member_id"])))
        with pytest.raises(Unavailable):
            await remembered.of(ada, community, monotonic())

    asyncio.run(work())


def test_an_answer_older_than_a_change_is_not_believed_for_long() -> None:
    community, ada = str(uuid4()), _person("ada")
    known = {"person_id": str(uuid4()), "member_id": str(uuid4()), "roles": ["admin"], "community": None}

    async def work() -> None:
        async def ask(_question: bytes) -> bytes:
            remembered.forget(UUID(community), UUID(str(known["member_id"])))
            return json.dumps(known).encode()

        remembered = Actors(ask)
        remembered.listening(True)
        standing = await remembered.of(ada, community, monotonic())
        assert standing.until - standing.since == actors.UNTOLD_SECONDS

    asyncio.run(work())


def _person(subject: str) -> Principal:
    return Principal("person", ("https://issuer.example", subject), monotonic() + 60, Bucket(1, 1, 1, 0))
