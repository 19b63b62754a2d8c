"""Identities: who a member is elsewhere; one member each, e-mail addresses never kept."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from shared.ids import identity_id
from shared.testing import Cluster
from tests.membership.conftest import Someone, at_once, codes

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
    linked = key.made(path, {"provider": "mbox", "subject": "Ada.Needle@example.org"})
    assert linked["subject"].startswith("hmac:")
    assert UUID(linked["id"]) == identity_id(key.community, "mbox", linked["subject"])
    taken = key.post(path, {"provider": "mbox", "subject": "ada.needle@EXAMPLE.org"})
    assert (taken.status_code, taken.json()["type"]) == (409, "/problems/identity-taken")
    for table in ("identity", "outbox", "audit", "member", "idempotency"):
        kept = stack.rows("membership", f"SELECT * FROM {table}")
        assert "needle" not in str(kept).lower(), table


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
