"""Repeating a write whose answer was lost, when the write has changed who the caller is."""

from uuid import UUID, uuid4

from tests.gateway.conftest import SignIn


def test_joining_again_with_the_same_key_answers_what_joining_did(community: UUID, sign_in: SignIn) -> None:
    person = sign_in()
    given = {"handle": f"h{uuid4().hex[:12]}", "display_name": "Ada"}
    headers = {"Idempotency-Key": uuid4().hex}
    place = f"/v1/communities/{community}/members"
    first, again = (person.post(place, json=given, headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content


def test_leaving_again_with_the_same_key_answers_what_leaving_did(community: UUID, sign_in: SignIn) -> None:
    person = sign_in()
    given = {"handle": f"h{uuid4().hex[:12]}", "display_name": "Ada"}
    place = f"/v1/communities/{community}/members"
    member = person.post(place, json=given).json()["id"]
    headers = {"Idempotency-Key": uuid4().hex}
    first, again = (person.post(f"{place}/{member}/leave", headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.content == again.content
    assert person.post(f"{place}/{member}/leave").status_code == 403
