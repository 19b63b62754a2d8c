"""Consents: given by oneself alone, withdrawn at any time, every one of them kept."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from shared.identity import service_actor
from shared.keys import Keys
from shared.settings import Settings
from shared.testing import Cluster
from shared.tokens import Minter
from tests.membership.conftest import Someone, at_once, codes

Facts = Callable[..., list[dict[str, Any]]]
Person = Callable[..., Someone]
PAPER = {"kind": "paper", "reference": "folder 7"}


def path(of: Someone, purpose: str = "research") -> str:
    return f"/members/{of.member_id}/consents/{purpose}"


def give(by: Someone, of: Someone, version: str = "2026-1", purpose: str = "research", **more: Any) -> Any:
    return by.ask("PUT", path(of, purpose), {"policy_version": version} | more)


def told(facts: Facts) -> list[str]:
    return [fact["fact"] for fact in facts() if fact["fact"].startswith("consent_")]


def test_a_consent_is_given_and_withdrawn_and_both_are_kept(joined: Person, facts: Facts) -> None:
    ada = joined("ada")
    assert ada.get(path(ada)).status_code == 404
    first = give(ada, ada)
    assert (first.status_code, first.json()["withdrawn_at"]) == (200, None)
    assert give(ada, ada).json() == first.json()
    assert ada.delete(path(ada)).status_code == 204
    assert ada.delete(path(ada)).status_code == 404
    assert ada.get(path(ada)).json()["withdrawn_at"] is not None
    again = give(ada, ada)
    assert again.json()["id"] != first.json()["id"]
    listed = ada.get(f"/members/{ada.member_id}/consents").json()["items"]
    assert [each["id"] for each in listed] == [again.json()["id"], first.json()["id"]]
    assert told(facts) == ["consent_given", "consent_withdrawn", "consent_given"]
    versions = [fact["aggregate_version"] for fact in facts() if fact["fact"].startswith("consent_")]
    assert versions == [1, 2, 1]


def test_a_new_version_of_the_policy_takes_the_place_of_the_old(joined: Person, facts: Facts) -> None:
    ada = joined("ada")
    old, new = give(ada, ada, "v1").json(), give(ada, ada, "v2").json()
    listed = ada.get(f"/members/{ada.member_id}/consents").json()["items"]
    assert [(each["policy_version"], each["withdrawn_at"] is None) for each in listed] == [
        ("v2", True),
        ("v1", False),
    ]
    assert old["id"] != new["id"]
    assert told(facts) == ["consent_given", "consent_given"]


def test_nobody_agrees_for_somebody_else_without_proof(
    key: Someone, joined: Person, partner: Person, facts: Facts, audited: Any
) -> None:
    ada, ben = joined("ada"), joined("ben")
    boss = joined("boss", "admin", by=key)
    before = len(audited())
    assert give(ben, ada).status_code == 403
    assert give(ben, ada, proof=PAPER).status_code == 403
    for other in (boss, key, partner("write")):
        refused = give(other, ada)
        assert (refused.status_code, refused.json()["type"]) == (422, "/problems/proof-needed")
    assert told(facts) == []
    assert len(audited()) == before
    assert give(boss, ada, proof=PAPER).json()["proof"] == PAPER
    assert "folder 7" not in str(facts())
    assert ben.delete(path(ada)).status_code == 403
    assert ben.get(path(ada)).status_code == 403
    assert ben.get(f"/members/{ada.member_id}/consents").status_code == 403
    assert boss.delete(path(ada)).status_code == 204
    assert audited()[before:] == ["consent.record", "consent.withdraw"]


def test_who_left_may_still_withdraw_but_no_longer_agree(joined: Person, person: Person, name: Any) -> None:
    ada = joined("ada")
    give(ada, ada)
    ada.made(f"/members/{ada.member_id}/leave")
    gone = person(name("ada"))
    assert give(gone, ada, "v9").json()["type"] == "/problems/not-active"
    assert gone.delete(path(ada)).status_code == 204


@pytest.mark.parametrize(
    ("purpose", "body"),
    [
        ("world_domination", {"policy_version": "v1"}),
        ("research", {}),
        ("research", {"policy_version": ""}),
        ("research", {"policy_version": "x" * 41}),
        ("research", {"policy_version": "v1", "proof": {"kind": "hearsay", "reference": "r"}}),
        ("research", {"policy_version": "v1", "proof": {"kind": "paper", "reference": "r" * 201}}),
        ("research", {"policy_version": "v1", "given_at": "2020-01-01T00:00:00Z"}),
    ],
)
def test_what_is_no_consent(joined: Person, facts: Facts, purpose: str, body: dict[str, Any]) -> None:
    ada = joined("ada")
    assert ada.ask("PUT", path(ada, purpose), body).status_code == 422
    assert told(facts) == []


def test_given_many_times_at_once_it_is_given_once(joined: Person, facts: Facts) -> None:
    ada = joined("ada")
    assert codes(at_once([partial(give, ada, ada) for _ in range(10)])) == [200] * 10
    assert told(facts) == ["consent_given"]
    assert codes(at_once([partial(ada.delete, path(ada)) for _ in range(5)])) == [204] + [404] * 4
    assert told(facts) == ["consent_given", "consent_withdrawn"]


def _asked(stack: Cluster, caller: str, community: UUID, **given: Any) -> httpx.Response:
    """What a service is told that asks with its own token."""
    token = Minter(caller, Keys.load(caller, Settings(home=stack.home))).mint(
        service_actor(caller), "membership"
    )
    with stack.direct("membership") as client:
        body = {"community_id": str(community), "purpose": "dm"} | given
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.post(f"{client.base_url}/internal/consents/read", json=body, headers=headers)


def test_a_service_reads_who_agrees(stack: Cluster, community: UUID, joined: Person) -> None:
    ada, ben = joined("ada"), joined("ben")
    given = give(ada, ada, purpose="dm").json()
    give(ben, ben, purpose="dm")
    ben.delete(path(ben, "dm"))
    nobody = uuid4()
    ids = [str(ada.member_id), str(ben.member_id), str(nobody)]
    answer = _asked(stack, "engagement", community, subject_ids=ids)
    assert answer.status_code == 200
    assert [(each["subject_id"], each["consent_id"]) for each in answer.json()["items"]] == [
        (str(ada.member_id), given["id"])
    ]
    assert set(answer.json()["missing"]) == {str(ben.member_id), str(nobody)}
    elsewhere = _asked(stack, "engagement", uuid4(), subject_ids=ids)
    assert elsewhere.json()["items"] == []
    assert _asked(stack, "gateway", community, subject_ids=ids).status_code == 403
    assert _asked(stack, "engagement", community, subject_ids=ids * 200).status_code == 422
