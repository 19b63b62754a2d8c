"""Data requests as people see them: who may ask for whose data, and what becomes of it."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from shared.testing import Cluster, eventually
from tests.membership.conftest import Someone
from tests.membership.scim_client import Provider

Joined = Callable[..., Someone]
SERVICES = ["gateway", "membership", "engagement", "events", "knowledge", "metrics"]


def ask(who: Someone, kind: str, **about: Any) -> httpx.Response:
    return who.client.post("/v1/data-requests", json={"kind": kind} | about)


def asked(who: Someone, kind: str, **about: Any) -> dict[str, Any]:
    answer = ask(who, kind, **about)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def settled(who: Someone, request_id: str, within: float = 20.0) -> dict[str, Any]:
    """The request once nothing more happens to it."""

    def done() -> dict[str, Any] | None:
        found: dict[str, Any] = who.client.get(f"/v1/data-requests/{request_id}").json()
        return found if found["state"] in ("done", "rejected") else None

    return eventually(done, within=within) or {}


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"]


@pytest.fixture
def ada(joined: Joined) -> Someone:
    return joined("ada")


def here(who: Someone) -> dict[str, str]:
    return {"community_id": str(who.community)}


def member_of(who: Someone) -> dict[str, str]:
    return here(who) | {"member_id": str(who.member_id)}


def test_ones_own_export_holds_what_every_service_knows(ada: Someone, stack: Cluster) -> None:
    ada.ask("PATCH", f"/members/{ada.member_id}", {"bio": "I like long walks"}, If_Match='"1"')
    made = asked(ada, "export", **here(ada))
    assert made["state"] == "verified"
    done = settled(ada, made["id"])
    assert (done["state"], done["volumes"]) == ("done", 1)
    answer = ada.client.get(f"/v1/data-requests/{made['id']}/archive")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as file:
        manifest = json.loads(file.read("manifest.json"))
        contents = {name: file.read(name) for name in file.namelist() if name != "manifest.json"}
    assert {each["name"]: each["sha256"] for each in manifest["files"]} == {
        name: hashlib.sha256(content).hexdigest() for name, content in contents.items()
    }
    tables = {name.split("/", 1)[1].rsplit("-", 1)[0]: json.loads(text) for name, text in contents.items()}
    assert [row["bio"] for row in tables["membership/member"]] == ["I like long walks"]
    assert [row["id"] for row in tables["membership/person"]] == [tables["membership/member"][0]["person_id"]]
    sql = f"SELECT sealed FROM archive_entry WHERE request_id = '{made['id']}'"
    assert not any("long walks" in sealed for (sealed,) in stack.rows("membership", sql))


def test_an_archive_is_for_whoever_asked_for_it(ada: Someone, joined: Joined, key: Someone) -> None:
    request = asked(ada, "export", **here(ada))["id"]
    settled(ada, request)
    bob = joined("bob")
    for path in (f"/v1/data-requests/{request}", f"/v1/data-requests/{request}/archive"):
        missing = bob.client.get(f"/v1/data-requests/{uuid4()}")
        assert problem(bob.client.get(path)) == problem(missing) == (404, "/problems/not-found")
    assert key.client.get(f"/v1/data-requests/{request}").status_code == 200
    assert key.client.get(f"/v1/data-requests/{request}/archive").status_code == 404
    assert ada.client.get(f"/v1/data-requests/{request}/archive?volume=2").status_code == 404


def test_who_belongs_nowhere_gets_what_is_there(
    person: Callable[..., Someone], name: Callable[[str], str]
) -> None:
    stranger = person(name("nobody"))
    done = settled(stranger, asked(stranger, "export")["id"])
    archive = stranger.client.get(f"/v1/data-requests/{done['id']}/archive")
    with zipfile.ZipFile(io.BytesIO(archive.content)) as file:
        assert [each.split("/")[-1].split("-")[0] for each in file.namelist()] == ["person", "manifest.json"]


def test_one_request_of_a_kind_at_a_time(ada: Someone, key: Someone) -> None:
    first = asked(key, "erase", **member_of(ada))
    assert first["state"] == "received"
    again = ask(key, "erase", **member_of(ada))
    assert problem(again) == (409, "/problems/already-asked")
    assert again.json()["request_id"] == first["id"]


def test_an_owner_asks_for_a_member_and_it_waits_for_verification(ada: Someone, key: Someone) -> None:
    made = asked(key, "erase", **member_of(ada))
    assert (made["state"], made["receipts"]) == ("received", [])
    path = f"/v1/data-requests/{made['id']}"
    refused = key.client.post(f"{path}/reject", json={"reason": "not-proven"})
    assert (refused.json()["state"], refused.json()["reason"]) == ("rejected", "not-proven")
    late = key.client.post(f"{path}/verify")
    assert problem(late) == (409, "/problems/invalid-transition")
    assert late.json()["allowed"] == []
    assert ada.get(f"/members/{ada.member_id}").json()["handle"] == "ada"


def test_the_member_may_verify_what_was_asked_for_them(ada: Someone, key: Someone) -> None:
    made = asked(key, "export", **member_of(ada))
    assert ada.client.post(f"/v1/data-requests/{made['id']}/verify").json()["state"] == "verified"
    assert settled(key, made["id"])["state"] == "done"
    assert ada.client.get(f"/v1/data-requests/{made['id']}/archive").status_code == 404


def test_nobody_else_asks_for_a_member(
    ada: Someone, joined: Joined, key: Someone, partner: Callable[..., Someone]
) -> None:
    admin = joined("root", "admin", by=key)
    assert problem(ask(admin, "erase", **member_of(ada))) == (403, "/problems/forbidden")
    assert problem(ask(partner("admin"), "erase", **member_of(ada))) == (403, "/problems/forbidden")
    unknown = {"community_id": str(uuid4()), "member_id": str(uuid4())}
    assert problem(ask(ada, "erase", **unknown)) == (403, "/problems/forbidden")
    assert problem(ask(ada, "erase", community_id=str(uuid4()))) == (404, "/problems/not-found")
    assert problem(ask(key, "erase")) == (422, "/problems/for-whom")
    assert problem(ask(key, "erase", member_id=str(ada.member_id))) == (422, "/problems/invalid-input")


def test_the_last_owner_stays(ada: Someone, joined: Joined, key: Someone) -> None:
    owner = joined("olga", "owner", by=key)
    refused = ask(owner, "erase")
    assert problem(refused) == (409, "/problems/last-owner")
    assert owner.client.get("/v1/data-requests").json()["items"] == []
    key.made(f"/members/{ada.member_id}/roles", {"role": "owner"})
    assert asked(owner, "erase")["state"] == "running"
    assert ask(ada, "erase").status_code == 409


def test_who_owns_no_more_decides_and_reads_no_more(ada: Someone, joined: Joined, key: Someone) -> None:
    olga = joined("olga", "owner", by=key)
    archive = asked(olga, "export", **member_of(ada))["id"]
    assert olga.client.post(f"/v1/data-requests/{archive}/verify").status_code == 200
    settled(olga, archive)
    assert olga.client.get(f"/v1/data-requests/{archive}/archive").status_code == 200
    waiting = asked(olga, "erase", **member_of(ada))["id"]
    key.made(f"/members/{joined('otto').member_id}/roles", {"role": "owner"})
    key.delete(f"/members/{olga.member_id}/roles/owner")
    assert olga.client.get(f"/v1/data-requests/{archive}/archive").status_code == 404
    assert olga.client.post(f"/v1/data-requests/{waiting}/verify").status_code == 404
    assert ada.get(f"/members/{ada.member_id}").json()["state"] == "active"


def test_who_was_merged_twice_is_who_stands_for_them(joined: Joined, ada: Someone, key: Someone) -> None:
    """They verify what is asked about any of the members they are, and own what that one owns."""
    eda, olga = joined("eda"), joined("olga", "owner", by=key)
    for survivor, merged in ((ada, eda), (olga, ada)):
        pair = {"survivor_id": str(survivor.member_id), "merged_id": str(merged.member_id)}
        key.made(f"/merges/{key.made('/merges', pair)['id']}/apply")
    bob = joined("bob")
    assert asked(eda, "export", **member_of(bob))["state"] == "received"
    for about in (eda, ada, olga):
        made = asked(key, "export", **member_of(about))["id"]
        assert eda.client.post(f"/v1/data-requests/{made}/verify").json()["state"] == "verified"


def test_an_archive_holds_nothing_of_others_and_no_secrets(
    ada: Someone, joined: Joined, key: Someone
) -> None:
    """Somebody they were taken for, an identity that was somebody else's, hashes that let people in."""
    eve = joined("eve")
    key.made(f"/members/{eve.member_id}/roles", {"role": "editor"})
    pair = {"survivor_id": str(ada.member_id), "merged_id": str(eve.member_id), "reason": "Alike"}
    taken_for = key.made("/merges", pair)["id"]
    for verb in ("apply", "revert"):
        key.made(f"/merges/{taken_for}/{verb}")
    wrong = key.made(f"/members/{ada.member_id}/identities", {"provider": "slack", "subject": "U-EVE"})
    key.delete(f"/members/{ada.member_id}/identities/{wrong['id']}")
    request = asked(ada, "export", **here(ada))["id"]
    settled(ada, request)
    answer = ada.client.get(f"/v1/data-requests/{request}/archive")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as file:
        everything = "".join(file.read(name).decode() for name in file.namelist())
    for each in (str(eve.member_id), "U-EVE", "token_hash", "digest"):
        assert each not in everything


def test_an_export_that_cannot_be_made_holds_up_no_other(
    ada: Someone, key: Someone, provider: Provider, stack: Cluster
) -> None:
    """Something of theirs is sealed under a key nobody has any more."""
    eve = provider.created(userName="eve@example.org", externalId="E-1")
    spoil = f"UPDATE scim_user SET attributes = 'v1.x.AAAA' WHERE member_id = '{eve['id']}'"
    stack.execute("membership", spoil)
    stuck = asked(key, "export", **here(ada), member_id=eve["id"])["id"]
    assert key.client.post(f"/v1/data-requests/{stuck}/verify").status_code == 200
    assert settled(ada, asked(ada, "export", **here(ada))["id"])["state"] == "done"
    assert key.client.get(f"/v1/data-requests/{stuck}").json()["state"] == "running"
    stack.execute("membership", f"UPDATE data_request SET state = 'rejected' WHERE id = '{stuck}'")


def test_requests_are_listed_newest_first(ada: Someone) -> None:
    made = [asked(ada, "export", **here(ada))["id"]]
    settled(ada, made[0])
    made.insert(0, asked(ada, "export")["id"])
    page = ada.client.get("/v1/data-requests?limit=1").json()
    rest = ada.client.get(f"/v1/data-requests?cursor={page['next_cursor']}").json()
    assert [each["id"] for each in page["items"] + rest["items"]] == made


def test_every_service_that_exists_answers() -> None:
    """The saga waits for exactly the services there are."""
    from services.membership.privacy.receipts import ANSWERING
    from tests.architecture.tree import SERVICES as THERE

    assert sorted(ANSWERING) == THERE
    assert sorted(SERVICES) == THERE


def test_a_request_is_found_by_its_own_community_only(ada: Someone, community: UUID) -> None:
    assert asked(ada, "export", **here(ada))["community_id"] == str(community)
