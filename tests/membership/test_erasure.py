"""Erasure as people see it: gone at once, receipts from every service, and nothing brings anybody back."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.membership.privacy import rules
from services.membership.privacy.rules import DataRequestState
from shared.ids import identity_id
from shared.testing import Cluster
from tests.membership.conftest import Someone, at_once, codes
from tests.membership.test_data_requests import SERVICES, ask, asked, here, member_of, problem, settled

Joined = Callable[..., Someone]
Facts = Callable[..., list[dict[str, Any]]]


def erased(who: Someone, key: Someone, **about: str) -> dict[str, Any]:
    """The settled request of somebody who asked to be forgotten; the owner key sees the proof."""
    return settled(key, asked(who, "erase", **about)["id"], within=30)


def test_an_erasure_is_done_when_every_service_has_answered(
    joined: Joined, key: Someone, facts: Facts
) -> None:
    ada = joined("ada")
    request = asked(ada, "erase", **here(ada))
    assert request["state"] == "running"
    done = settled(key, request["id"], within=30)
    assert (done["state"], sorted(each["service"] for each in done["receipts"])) == ("done", sorted(SERVICES))
    assert all(each["received_at"] for each in done["receipts"])
    [told] = facts("erasure_requested")
    assert (told["member_ids"], told["request_id"]) == ([str(ada.member_id)], request["id"])
    assert [each["member_id"] for each in facts("member_erased")] == [str(ada.member_id)]


def test_a_tombstone_is_all_that_is_left(joined: Joined, key: Someone) -> None:
    ada = joined("ada", "editor", by=key)
    key.made(f"/members/{ada.member_id}/identities", {"provider": "slack", "subject": "U-ADA"})
    erased(ada, key, **here(ada))
    left = key.get(f"/members/{ada.member_id}").json()
    assert (left["state"], left["handle"]) == ("erased", f"erased-{UUID(left['id']).hex}")
    assert (left["display_name"], left["bio"], left["interests"], left["roles"]) == (
        "Erased member",
        None,
        [],
        [],
    )
    assert key.get("/members?q=ada").json()["items"] == []
    assert key.get(f"/members/{ada.member_id}/roles").json()["items"] == []
    assert key.get(f"/members/{ada.member_id}/identities").json()["items"] == []


def test_nothing_brings_an_erased_member_back(joined: Joined, key: Someone) -> None:
    ada = joined("ada")
    key.made(f"/members/{ada.member_id}/identities", {"provider": "slack", "subject": "U-ADA"})
    erased(ada, key, **here(ada))
    path = f"/members/{ada.member_id}"
    version = key.get(path).headers["etag"]
    again = {"items": [_imported("slack", "U-ADA")]}
    [item] = key.made("/members/import", again)["items"]
    assert (item["outcome"], item["member_id"]) == ("refused", None)
    assert key.post(f"{path}/rejoin").status_code == 409
    assert key.patch(path, {"display_name": "Ada"}, If_Match=version).status_code == 409
    assert key.post(f"{path}/roles", {"role": "editor"}).status_code == 409
    linked = key.post(f"{path}/identities", {"provider": "slack", "subject": "other"})
    assert linked.status_code in (404, 409)
    assert problem(ask(key, "erase", **member_of(ada)))[0] == 409
    assert key.get(path).json()["state"] == "erased"
    assert key.get(path).headers["etag"] == version


def _imported(provider: str, subject: str) -> dict[str, str]:
    given = {"handle": "ada", "display_name": "Ada", "joined_at": "2020-01-01T00:00:00Z"}
    return given | {"provider": provider, "subject": subject}


def test_the_same_login_coming_back_is_somebody_new(
    joined: Joined, person: Callable[..., Someone], name: Callable[[str], str], key: Someone, stack: Cluster
) -> None:
    ada = joined("ada")
    [(before,)] = stack.rows("membership", f"SELECT person_id FROM member WHERE id = '{ada.member_id}'")
    erased(ada, key)
    back = person(name("ada"))
    assert back.member_id is None
    again = joined("ada")
    [(after,)] = stack.rows("membership", f"SELECT person_id FROM member WHERE id = '{again.member_id}'")
    assert (again.member_id != ada.member_id, after != before) == (True, True)
    rows = stack.rows("membership", f"SELECT state, issuer, subject FROM person WHERE id = '{before}'")
    assert rows == [("erased", "erased", f"erased:{before}")]


def test_an_erasure_in_one_community_leaves_the_others_alone(
    joined: Joined, person: Callable[..., Someone], name: Callable[[str], str], key: Someone, stack: Cluster
) -> None:
    ada = joined("ada")
    other = person(name("ada"), _another(stack))
    other.made("/members", {"handle": "ada", "display_name": "Ada"})
    erased(ada, key, **here(ada))
    assert person(name("ada")).member_id is None
    kept = person(name("ada"), other.community)
    assert kept.get(f"/members/{kept.member_id}").json()["display_name"] == "Ada"
    done = erased(kept, key)
    assert {each["community_id"] for each in done["receipts"]} == {str(other.community)}


def _another(stack: Cluster) -> UUID:
    from tests.conftest import found_community

    with stack.direct("membership") as client:
        return found_community(client)


def test_an_erasure_in_one_community_keeps_the_archive_of_another(
    joined: Joined, person: Callable[..., Someone], name: Callable[[str], str], key: Someone, stack: Cluster
) -> None:
    ada = joined("ada")
    elsewhere = person(name("ada"), _another(stack))
    elsewhere.made("/members", {"handle": "ada", "display_name": "Ada"})
    other = person(name("ada"), elsewhere.community)
    kept, gone = (settled(other, asked(other, "export", **of)["id"])["id"] for of in (here(other), {}))
    erased(ada, key, **here(ada))
    assert other.client.get(f"/v1/data-requests/{kept}/archive").status_code == 200
    assert other.client.get(f"/v1/data-requests/{gone}/archive").status_code == 404


def test_everything_everywhere_goes_at_once(
    joined: Joined, person: Callable[..., Someone], name: Callable[[str], str], key: Someone, stack: Cluster
) -> None:
    ada = joined("ada")
    other = person(name("ada"), _another(stack))
    other.made("/members", {"handle": "ada", "display_name": "Ada"})
    done = erased(ada, key)
    assert (done["state"], len(done["receipts"])) == ("done", 2 * len(SERVICES))


def test_of_two_owners_who_go_at_once_one_stays(joined: Joined, key: Someone) -> None:
    owners = [joined("olga", "owner", by=key), joined("otto", "owner", by=key)]
    answers = at_once([lambda each=each: ask(each, "erase") for each in owners])  # type: ignore[misc]
    assert codes(answers) == [201, 409]
    states = [key.get(f"/members/{each.member_id}").json()["state"] for each in owners]
    assert sorted(states) == ["active", "erased"]


def test_an_erasure_stops_exports_and_drops_archives(joined: Joined, key: Someone, stack: Cluster) -> None:
    ada = joined("ada")
    archive = settled(ada, asked(ada, "export", **here(ada))["id"])
    theirs = key.client.post("/v1/data-requests", json={"kind": "export"} | member_of(ada)).json()
    erased(ada, key, **here(ada))
    sql = f"SELECT count(*) FROM archive_entry WHERE request_id = '{archive['id']}'"
    assert stack.rows("membership", sql) == [(0,)]
    assert settled(key, theirs["id"])["reason"] == "erased"


def test_an_identity_dies_with_its_member(joined: Joined, key: Someone, stack: Cluster) -> None:
    ada = joined("ada")
    key.made(f"/members/{ada.member_id}/identities", {"provider": "slack", "subject": "U-ADA"})
    erased(ada, key, **here(ada))
    id_ = identity_id(key.community, "slack", "U-ADA")
    [row] = stack.rows("membership", f"SELECT subject, state FROM identity WHERE id = '{id_}'")
    assert row == ("erased", "erased")
    linked = key.post("/members", {"handle": "eve", "display_name": "Eve"}).json()
    taken = key.post(f"/members/{linked['id']}/identities", {"provider": "slack", "subject": "U-ADA"})
    assert taken.status_code == 409


def test_a_token_of_before_brings_nobody_back(
    joined: Joined, key: Someone, name: Callable[[str], str], stack: Cluster
) -> None:
    """Whoever still speaks for the erased person belongs nowhere; at the gateway they are new at once."""
    ada = joined("ada")
    erased(ada, key)
    refused = ada.post("/members", {"handle": "ada", "display_name": "Ada"})
    assert problem(refused) == (403, "/problems/login-erased")
    given = {"slug": name("again"), "name": "Again", "kind": "cop"}
    assert problem(ada.client.post("/v1/communities", json=given)) == (403, "/problems/login-erased")
    with stack.person(name("eve")) as eve:
        place = f"/v1/communities/{ada.community}/members"
        first = eve.post(place, json={"handle": "eve", "display_name": "Eve"}).json()
        assert eve.post("/v1/data-requests", json={"kind": "erase"}).status_code == 201
        second = eve.post(place, json={"handle": "eve", "display_name": "Eve"})
        assert second.status_code == 201, second.text
        assert second.json()["id"] != first["id"]


def test_what_was_promised_to_the_erased_is_released(joined: Joined, key: Someone, facts: Facts) -> None:
    ada = joined("ada")
    to = {"kind": "member", "id": str(ada.member_id)}
    given = {"to": to, "text": "We call you back", "due": {"at": "2099-01-01T00:00:00Z"}}
    promise = key.made("/promises", given)["id"]
    erased(ada, key, **here(ada))
    left = key.get(f"/promises/{promise}").json()
    assert (left["state"], left["text"]) == ("released", None)
    assert [fact["promise_id"] for fact in facts("promise_released")] == [promise]


def test_members_who_were_merged_are_one_subject(joined: Joined, key: Someone, facts: Facts) -> None:
    ada, twin = joined("ada"), joined("twin")
    pair = {"survivor_id": str(ada.member_id), "merged_id": str(twin.member_id), "reason": "One person"}
    merge = key.made("/merges", pair)["id"]
    key.made(f"/merges/{merge}/apply")
    done = erased(twin, key, **here(twin))
    [told] = facts("erasure_requested")
    assert sorted(told["member_ids"]) == sorted([str(ada.member_id), str(twin.member_id)])
    states = [key.get(f"/members/{each.member_id}").json()["state"] for each in (ada, twin)]
    assert (states, done["state"]) == (["erased", "erased"], "done")
    assert key.post(f"/merges/{merge}/revert").status_code == 404


def test_every_login_of_somebody_merged_is_theirs(
    joined: Joined, person: Callable[..., Someone], name: Callable[[str], str], key: Someone, stack: Cluster
) -> None:
    """What the second one said before they were a member is exported and forgotten, too."""
    wish = person(name("twin")).ask("PUT", "/demand/interest", {"policy_version": "1"})
    assert wish.status_code == 200, wish.text
    ada, twin = joined("ada"), joined("twin")
    pair = {"survivor_id": str(ada.member_id), "merged_id": str(twin.member_id)}
    key.made(f"/merges/{key.made('/merges', pair)['id']}/apply")
    logins = {
        str(login)
        for each in (ada, twin)
        for (login,) in stack.rows(
            "membership", f"SELECT person_id FROM member WHERE id = '{each.member_id}'"
        )
    }
    archive = settled(ada, asked(ada, "export", **here(ada))["id"])["id"]
    with zipfile.ZipFile(io.BytesIO(ada.client.get(f"/v1/data-requests/{archive}/archive").content)) as file:
        tables = {each.split("/")[-1].split("-")[0]: json.loads(file.read(each)) for each in file.namelist()}
    assert {each["id"] for each in tables["person"]} == logins
    assert {each["party_id"] for each in tables["interest"]} < logins
    erased(ada, key)
    here_ = f"WHERE community_id = '{key.community}'"
    assert stack.rows("membership", f"SELECT count(*) FROM interest {here_}") == [(0,)]
    for login in logins:
        assert stack.rows("membership", f"SELECT state FROM person WHERE id = '{login}'") == [("erased",)]


def test_nobody_changes_a_tombstone(joined: Joined, key: Someone) -> None:
    """Whatever can be done to a member is refused, and the row stays as it is."""
    ada, group = joined("ada"), key.made("/groups", GROUP)["id"]
    erased(ada, key, **here(ada))
    me = f"/members/{ada.member_id}"
    before = key.get(me)
    tag = {"If_Match": before.headers["etag"]}
    refusals = [
        key.ask("PATCH", me, {"bio": "Back"}, **tag),
        key.post(f"{me}/leave"),
        key.post(f"{me}/approve"),
        key.post(f"{me}/functions", {"function": "mentor"}),
        key.post("/leader-applications", {"member_id": str(ada.member_id), "motivation": "Back"}),
        key.ask("PUT", f"/groups/{group}/members/{ada.member_id}", {}),
        key.ask("PUT", f"{me}/consents/email", {"policy_version": "1", "proof": PROOF}),
        key.post("/merges", {"survivor_id": str(ada.member_id), "merged_id": str(joined("bob").member_id)}),
    ]
    assert [answer.status_code for answer in refusals] == [409] * len(refusals)
    assert key.get(me).content == before.content


GROUP = {"slug": "readers", "name": "Readers", "kind": "working_group"}
PROOF = {"kind": "paper", "reference": "Folder 7"}


def test_services_are_told_again_less_and_less_often() -> None:
    told_at = datetime(2026, 1, 1, tzinfo=UTC)
    waits = [rules.told_again_at(told_at, times) - told_at for times in (1, 2, 3, 7, 8, 9, 1000)]
    assert [wait.total_seconds() for wait in waits] == [30, 60, 120, 1920, 3600, 3600, 3600]


@pytest.mark.parametrize(("age", "alarms"), [("0:59", 0), ("1:00", 1), ("599:59", 1), ("600:00", 2)])
def test_alarms_ring_after_an_hour_and_on_day_25(age: str, alarms: int) -> None:
    hours, minutes = map(int, age.split(":"))
    assert rules.alarms_due(timedelta(hours=hours, minutes=minutes)) == alarms


def test_only_what_was_just_received_is_decided_upon() -> None:
    decidable = [state for state in DataRequestState if rules.data_request_verbs(state)]
    assert decidable == [DataRequestState.RECEIVED]
