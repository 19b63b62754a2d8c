"""Identities: who a member is elsewhere; one member each, e-mail addresses never kept."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from shared.ids import identity_id
from shared.testing import Cluster
from tests.membership.conftest import ISSUER, Someone, at_once, codes

Facts = Callable[..., list[dict[str, Any]]]
Person = Callable[..., Someone]
SLACK = {"provider": "slack", "subject": "U024BE7LH"}


def test_any_service_derives_the_id_of_an_identity(
    joined: Person, key: Someone, facts: Facts, audited: Any
) -> None:
    ada = joined("ada")
    linked = key.post(f"/members/{ada.member_id}/identities", SLACK)
    assert linked.status_code == 201
    derived = identity_id(key.community, "slack", "U024BE7LH")
    assert UUID(linked.json()["id"]) == derived
    assert [each["id"] for each in key.get(f"/members/{ada.member_id}/identities").json()["items"]] == [
        str(derived)
    ]
    fact = facts("identity_linked")[0]
    assert (fact["identity_id"], fact["member_id"], fact["provider"]) == (
        str(derived),
        str(ada.member_id),
        "slack",
    )
    assert "subject" not in fact
    assert audited()[-1] == "identity.link"


def test_an_address_is_kept_as_a_hash_only(joined: Person, key: Someone, stack: Cluster) -> None:
    ada = joined("ada")
    path = f"/members/{ada.member_id}/identities"
    linked = key.made(path, {"provider": "mbox", "subject": "Ada.Haymaker@example.org"})
    assert linked["subject"].startswith("hmac:")
    assert UUID(linked["id"]) == identity_id(key.community, "mbox", linked["subject"])
    taken = key.post(path, {"provider": "mbox", "subject": "ada.haymaker@EXAMPLE.org"})
    assert (taken.status_code, taken.json()["type"]) == (409, "/problems/identity-taken")
    for table in ("identity", "outbox", "audit", "member", "idempotency"):
        kept = stack.rows("membership", f"SELECT * FROM {table}")
        assert "haymaker" not in str(kept).lower(), table


def test_an_identity_is_one_members_until_it_is_unlinked(joined: Person, key: Someone, facts: Facts) -> None:
    ada, ben = joined("ada"), joined("ben")
    linked = key.made(f"/members/{ada.member_id}/identities", SLACK)
    refused = key.post(f"/members/{ben.member_id}/identities", SLACK)
    assert (refused.status_code, refused.json()["member_id"]) == (409, str(ada.member_id))
    assert key.delete(f"/members/{ben.member_id}/identities/{linked['id']}").status_code == 404
    assert key.delete(f"/members/{ada.member_id}/identities/{linked['id']}").status_code == 204
    assert key.delete(f"/members/{ada.member_id}/identities/{linked['id']}").status_code == 404
    assert key.get(f"/members/{ada.member_id}/identities").json()["items"] == []
    assert key.made(f"/members/{ben.member_id}/identities", SLACK)["version"] == 3
    told = [(f["fact"], f["member_id"], f["aggregate_version"]) for f in facts() if "identity_id" in f]
    a, b = str(ada.member_id), str(ben.member_id)
    assert told == [("identity_linked", a, 1), ("identity_revoked", a, 2), ("identity_linked", b, 3)]


def test_members_who_claim_an_identity_at_once(joined: Person, key: Someone, facts: Facts) -> None:
    paths = [f"/members/{joined(f'm{i}').member_id}/identities" for i in range(8)]
    answers = at_once([partial(key.post, path, SLACK) for path in paths])
    assert codes(answers) == [201] + [409] * 7
    assert len(facts("identity_linked")) == 1


@pytest.mark.parametrize(
    "wrong",
    [{"provider": "Slack"}, {"provider": "a b"}, {"provider": "x"}, {"subject": ""}, {"subject": "x" * 201}],
)
def test_what_is_not_documented_is_refused(joined: Person, key: Someone, wrong: dict[str, Any]) -> None:
    ada = joined("ada")
    assert key.post(f"/members/{ada.member_id}/identities", SLACK | wrong).status_code == 422


def test_only_admins_link_and_see_identities(joined: Person, key: Someone) -> None:
    ada, boss = joined("ada"), joined("boss", "admin", by=key)
    path = f"/members/{ada.member_id}/identities"
    assert ada.post(path, SLACK).status_code == 403
    assert ada.get(path).status_code == 403
    assert boss.post(path, SLACK).status_code == 201
    assert boss.get(path).status_code == 200


# Verified, erased, alike --------------------------------------------------------------------------------


def test_an_identity_is_verified_once_and_by_whoever_may_link(
    joined: Person, key: Someone, facts: Facts
) -> None:
    ada, ben = joined("ada"), joined("ben")
    path = f"/members/{ada.member_id}/identities"
    linked = key.made(path, SLACK)
    assert (linked["state"], linked["confidence"], linked["method"]) == ("unverified", 0.5, None)
    verify = f"{path}/{linked['id']}/verify"
    assert ada.post(verify, {"method": "email"}).status_code == 403
    assert key.post(verify, {"method": "because"}).status_code == 422
    refused = key.post(verify, {"method": "login"})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/not-their-login")
    other = f"/members/{ben.member_id}/identities/{linked['id']}/verify"
    assert key.post(other, {"method": "email"}).status_code == 404
    verified = key.made(verify, {"method": "email"})
    assert (verified["state"], verified["confidence"], verified["method"]) == ("verified", 0.9, "email")
    again = key.post(verify, {"method": "oauth"})
    assert (again.status_code, again.json()["state"]) == (409, "verified")
    assert len(facts("identity_verified")) == 1
    key.delete(f"{path}/{linked['id']}")
    assert key.made(path, SLACK)["state"] == "unverified"


def test_the_login_one_signs_in_with_is_verified_by_that(
    joined: Person, key: Someone, facts: Facts, name: Callable[[str], str]
) -> None:
    ada, ben = joined("ada"), joined("ben")
    login = {"provider": "oidc", "subject": f"{ISSUER}#{name('ada')}"}
    wrong = key.made(f"/members/{ben.member_id}/identities", login)
    assert wrong["state"] == "unverified"
    key.delete(f"/members/{ben.member_id}/identities/{wrong['id']}")
    right = key.made(f"/members/{ada.member_id}/identities", login)
    assert (right["state"], right["confidence"], right["method"]) == ("verified", 1.0, "login")
    told = [(fact["fact"], fact["aggregate_version"]) for fact in facts() if "identity_id" in fact]
    assert told[2:] == [("identity_linked", 3), ("identity_verified", 4)]


def test_an_erased_identity_is_nobodys_for_good(joined: Person, key: Someone, stack: Cluster) -> None:
    ada = joined("ada")
    path = f"/members/{ada.member_id}/identities"
    linked = key.made(path, SLACK)
    key.delete(f"{path}/{linked['id']}")
    stack.execute("membership", f"UPDATE identity SET state = 'erased' WHERE id = '{linked['id']}'")
    refused = key.post(path, SLACK)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/identity-erased")
    someone = {"handle": "ada", "display_name": "Ada", "joined_at": "2024-01-01T00:00:00Z"} | SLACK
    (item,) = key.made("/members/import", {"items": [someone]})["items"]
    assert (item["outcome"], item["reason"], item["member_id"]) == ("refused", "identity-erased", None)


def suggested(key: Someone, *members: Someone) -> list[tuple[set[int], list[str]]]:
    """The pairs that are suggested, by the places of their members, and why."""
    found = []
    cursor = ""
    while True:
        page = key.get(f"/merge-suggestions?limit=1{cursor}").json()
        for each in page["items"]:
            pair = {each["survivor_id"], each["merged_id"]}
            found.append(
                ({n for n, one in enumerate(members) if str(one.member_id) in pair}, each["reasons"])
            )
        if page["next_cursor"] is None:
            return sorted(found, key=lambda each: sorted(each[0]))
        cursor = f"&cursor={page['next_cursor']}"


def test_members_who_are_alike_are_suggested(
    joined: Person, key: Someone, name: Callable[[str], str]
) -> None:
    ada, ben, cid, dan = everybody = [joined(each) for each in ("ada", "ben", "cid", "dan")]

    def link(who: Someone, provider: str, subject: str) -> str:
        given = {"provider": provider, "subject": subject}
        return str(key.made(f"/members/{who.member_id}/identities", given)["id"])

    link(ada, "slack", "Ada.Lovelace")
    link(ben, "slack", "@ada_lovelace")
    link(cid, "forum", "ada.lovelace")
    mails = [(ada, link(ada, "mbox", "a@example.org")), (cid, link(cid, "slack", "A@example.org"))]
    assert suggested(key, *everybody) == [({0, 1}, ["same_subject"])]
    for who, id_ in mails:
        key.made(f"/members/{who.member_id}/identities/{id_}/verify", {"method": "email"})
    link(cid, "oidc", f"{ISSUER}#{name('dan')}")
    assert suggested(key, *everybody) == [
        ({0, 1}, ["same_subject"]),
        ({0, 2}, ["same_verified_email"]),
        ({2, 3}, ["same_login"]),
    ]
    (first,) = [
        each for each in key.get("/merge-suggestions").json()["items"] if str(ben.member_id) in each.values()
    ]
    assert first["survivor_id"] == str(ada.member_id)
    both = {name: first[name] for name in ("survivor_id", "merged_id")}
    rejected = key.made("/merges", both)["id"]
    key.made(f"/merges/{rejected}/reject")
    assert suggested(key, *everybody) == [({0, 2}, ["same_verified_email"]), ({2, 3}, ["same_login"])]
    applied = key.made("/merges", {"survivor_id": str(cid.member_id), "merged_id": str(dan.member_id)})["id"]
    key.made(f"/merges/{applied}/apply")
    assert suggested(key, *everybody) == [({0, 2}, ["same_verified_email"])]
