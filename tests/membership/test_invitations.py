"""Invitations: as often as they say, to whom they say, and otherwise without a trace."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.membership.members.invitation_tokens import NewToken
from shared.answers import Rendered
from shared.testing import Cluster, eventually
from tests.membership.conftest import Someone, at_once, codes

Person = Callable[..., Someone]
Facts = Callable[..., list[dict[str, Any]]]


def accept(one: Someone, token: str, handle: str | None = None, **given: Any) -> httpx.Response:
    """Somebody accepts as the gateway would have them: in no community."""
    named = {"handle": handle, "display_name": handle.title()} if handle else {}
    return one.client.post(f"/v1/invitations/{token}/accept", json=named | given)


def heard(act: Callable[[], httpx.Response]) -> httpx.Response:
    """What is answered in the end: of many at once on a busy machine some are told to come again."""

    def in_the_end() -> httpx.Response:
        answer = act()
        assert answer.status_code != 503, answer.text
        return answer

    return eventually(in_the_end, within=25)


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


def test_an_invitation_lets_in_whom_the_policy_keeps_out(
    key: Someone, person: Person, name: Any, facts: Facts, resolve: Any
) -> None:
    key.patch("", {"join_policy": "invite", "visibility": "members"}, If_Match="*")
    made = key.made("/invitations", {"max_uses": 2})
    assert (made["uses"], made["max_uses"], made["member_id"]) == (0, 2, None)
    ada = person(name("ada"))
    given = {"handle": "ada", "display_name": "Ada"}
    assert ada.post("/members", given).status_code in (403, 404)
    accepted = accept(ada, made["token"], "ada", source={"channel": "mail"})
    assert (accepted.status_code, accepted.json()["state"]) == (200, "active")
    assert [fact["source"] for fact in facts("member_joined")] == ["invited"]
    assert resolve(name("ada"), key.community)["roles"] == ["member"]
    again = accept(ada, made["token"])
    assert (again.status_code, again.json()) == (200, accepted.json())
    assert key.get(f"/invitations/{made['id']}").json()["uses"] == 1


def test_a_token_is_shown_once_and_kept_as_a_hash(key: Someone, stack: Cluster, person: Person) -> None:
    repeat = {"Idempotency_Key": uuid4().hex}
    made = key.post("/invitations", {}, **repeat).json()
    again = key.post("/invitations", {}, **repeat).json()
    assert (again["id"], again["token"]) == (made["id"], None)
    assert "token" not in key.get("/invitations").json()["items"][0]
    for table in ("invitation", "idempotency", "audit", "outbox"):
        assert made["token"] not in str(stack.rows("membership", f"SELECT * FROM {table}"))
    assert person("x").get("/invitations").status_code == 403


def test_a_token_is_shown_with_the_invitation_it_opens_only() -> None:
    """Of two with one Idempotency-Key the slower may have run before it is answered what the faster did."""
    token, made, other = NewToken(), uuid4(), uuid4()
    token.opens = made
    for id_, shown in ((made, token.token), (other, None)):
        answer = Rendered(201, {}, json.dumps({"id": str(id_), "token": None}).encode())
        assert json.loads(bytes(token.reveal(answer).body))["token"] == shown


def test_two_hundred_at_once_and_fifty_uses(
    key: Someone, person: Person, name: Any, facts: Facts, stack: Cluster
) -> None:
    made = key.made("/invitations", {"max_uses": 50})
    people = [person(name(f"p{i}")) for i in range(200)]
    acts = [partial(accept, one, made["token"], f"p{i}") for i, one in enumerate(people)]
    answers = at_once([partial(heard, act) for act in acts])
    assert codes(answers) == [200] * 50 + [409] * 150
    refused = {problem(answer) for answer in answers if answer.status_code == 409}
    assert refused == {(409, "invitation-used-up")}
    assert key.get(f"/invitations/{made['id']}").json()["uses"] == 50
    assert len(facts("member_joined")) == 50
    sql = f"SELECT count(*) FROM invitation_use WHERE invitation_id = '{made['id']}'"
    assert stack.rows("membership", sql) == [(50,)]


def test_a_person_who_accepts_twice_at_once_uses_it_once(key: Someone, person: Person, name: Any) -> None:
    made = key.made("/invitations", {"max_uses": 10})
    ada = person(name("ada"))
    answers = at_once([partial(accept, ada, made["token"], f"ada{i}") for i in range(10)])
    assert codes(answers) == [200] * 10
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert key.get(f"/invitations/{made['id']}").json()["uses"] == 1


def test_a_single_use_token_used_by_two_at_once(key: Someone, person: Person, name: Any) -> None:
    made = key.made("/invitations", {})
    people = [person(name(each)) for each in ("ada", "ben")]
    answers = at_once(
        [partial(accept, one, made["token"], each) for one, each in zip(people, ("ada", "ben"), strict=True)]
    )
    assert codes(answers) == [200, 409]
    assert len(key.get("/members").json()["items"]) == 1


def test_what_no_longer_opens_says_why(key: Someone, person: Person, name: Any, stack: Cluster) -> None:
    revoked, expired, used = (key.made("/invitations", {}) for _ in range(3))
    assert key.delete(f"/invitations/{revoked['id']}").status_code == 204
    assert key.delete(f"/invitations/{revoked['id']}").status_code == 204
    past = "2020-01-01T00:00:00.000000+00:00"
    stack.execute("membership", f"UPDATE invitation SET expires_at = '{past}' WHERE id = '{expired['id']}'")
    assert accept(person(name("ben")), used["token"], "ben").status_code == 200
    ada = person(name("ada"))
    before = len(key.get("/members").json()["items"])
    assert problem(accept(ada, revoked["token"], "ada")) == (409, "invitation-revoked")
    assert problem(accept(ada, expired["token"], "ada")) == (409, "invitation-expired")
    assert problem(accept(ada, used["token"], "ada")) == (409, "invitation-used-up")
    assert problem(accept(ada, "x" * 43, "ada")) == (404, "unknown-invitation")
    fresh = key.made("/invitations", {})
    assert problem(accept(ada, fresh["token"])) == (422, "name-needed")
    assert problem(accept(ada, fresh["token"], "ben")) == (409, "handle-taken")
    key.made("/pause")
    assert problem(accept(ada, fresh["token"], "ada")) == (409, "community-closed")
    key.made("/resume")
    assert key.get(f"/invitations/{fresh['id']}").json()["uses"] == 0
    assert len(key.get("/members").json()["items"]) == before
    assert problem(accept(key, fresh["token"], "ada"))[0] == 403


def test_an_invitation_by_name_waits_for_one_person(
    key: Someone, person: Person, name: Any, facts: Facts
) -> None:
    made = key.made("/invitations", {"name": {"handle": "ada", "display_name": "Ada L"}})
    waiting = key.get(f"/members/{made['member_id']}").json()
    assert (waiting["state"], facts()[-1]["fact"]) == ("invited", "member_invited")
    guest = person(name("ada"))
    assert guest.get("/members").json()["items"] == []
    assert guest.get(f"/members/{made['member_id']}").status_code == 404
    came = accept(guest, made["token"], bio="Hello", display_name="Countess").json()
    assert (came["id"], came["handle"], came["display_name"]) == (made["member_id"], "ada", "Countess")
    assert (came["state"], came["version"], facts()[-1]["source"]) == ("active", 2, "invited")
    assert problem(accept(person(name("eve")), made["token"], "eve")) == (409, "invitation-used-up")


def test_an_invitation_of_somebody_known_is_theirs_alone(key: Someone, joined: Person) -> None:
    ada, eve = joined("ada"), joined("eve")
    ada.made(f"/members/{ada.member_id}/leave")
    key.patch("", {"join_policy": "invite"}, If_Match="*")
    made = key.made("/invitations", {"member_id": str(ada.member_id)})
    assert problem(accept(eve, made["token"])) == (409, "already-member")
    back = accept(ada, made["token"], "other")
    assert (back.status_code, back.json()["handle"], back.json()["state"]) == (200, "ada", "active")
    assert key.post("/invitations", {"member_id": str(eve.member_id)}).status_code == 409


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_uses": 0},
        {"max_uses": 10_001},
        {"max_uses": 2, "name": {"handle": "ada", "display_name": "Ada"}},
        {"expires_at": "2020-01-01T00:00:00Z"},
        {"expires_at": (datetime.now(UTC) + timedelta(days=400)).isoformat()},
    ],
)
def test_an_invitation_is_bounded(key: Someone, wrong: dict[str, Any]) -> None:
    assert key.post("/invitations", wrong).status_code == 422


def test_the_gateway_lets_an_invited_person_in(
    api: httpx.Client, stack: Cluster, key: Someone, name: Any
) -> None:
    key.patch("", {"visibility": "members"}, If_Match="*")
    made = api.post(f"/v1/communities/{key.community}/invitations", json={}).json()
    with stack.person(name("ada")) as ada:
        place = f"/v1/communities/{key.community}"
        assert ada.get(place).status_code == 404
        given = {"handle": "ada", "display_name": "Ada"}
        assert ada.post(f"/v1/invitations/{made['token']}/accept", json=given).status_code == 200
        assert ada.get(place).status_code == 200
