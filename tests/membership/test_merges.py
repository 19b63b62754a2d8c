"""Merges: two members who are one person, made one and two again with nothing lost."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import httpx

from shared.testing import Cluster
from tests.membership.conftest import Someone, at_once, codes
from tests.membership.scim_client import PATCH, Provider
from tests.membership.test_standing import about, settled

Facts = Callable[..., list[dict[str, Any]]]
Person = Callable[..., Someone]
CHANGES = {"version", "updated_at"}


def add(key: Someone, handle: str, *roles: str) -> str:
    """A member nobody has signed in as, with these roles."""
    made = key.made("/members", {"handle": handle, "display_name": handle.title()})
    for role in roles:
        key.made(f"/members/{made['id']}/roles", {"role": role})
    return str(made["id"])


def propose(key: Someone, survivor: str | UUID | None, merged: str | UUID | None) -> httpx.Response:
    return key.post("/merges", {"survivor_id": str(survivor), "merged_id": str(merged)})


def merge(key: Someone, survivor: str | UUID | None, merged: str | UUID | None) -> str:
    """A merge applied; its id."""
    proposed = propose(key, survivor, merged)
    assert proposed.status_code == 201, proposed.text
    id_ = str(proposed.json()["id"])
    applied = run(key, id_, "apply")
    assert applied.status_code == 200, applied.text
    return id_


def run(key: Someone, id_: str, verb: str) -> httpx.Response:
    return key.post(f"/merges/{id_}/{verb}")


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


def page_of(key: Someone, member: str) -> dict[str, Any]:
    """Everything that is shown of a member, but for what every change changes."""
    found = {
        name: value for name, value in key.get(f"/members/{member}").json().items() if name not in CHANGES
    }
    for what in ("roles", "functions", "identities"):
        items = key.get(f"/members/{member}/{what}").json()["items"]
        found[f"/{what}"] = [{n: v for n, v in item.items() if n not in CHANGES} for item in items]
    groups = key.get("/groups").json()["items"]
    found["/groups"] = [
        (group["slug"], each["function"])
        for group in groups
        for each in key.get(f"/groups/{group['id']}/members").json()["items"]
        if each["member_id"] == member
    ]
    return found


def group(key: Someone, slug: str) -> str:
    given = {"slug": slug, "name": slug, "kind": "chapter", "visibility": "members"}
    return str(key.made("/groups", given)["id"])


def furnished(key: Someone) -> tuple[str, str]:
    """Two members of whom each has something, and some of it both."""
    ada, eda = add(key, "ada", "editor", "moderator"), add(key, "eda", "editor", "organizer")
    for member, function in ((ada, "mentor"), (eda, "mentor"), (eda, "expert")):
        key.made(f"/members/{member}/functions", {"function": function})
    key.made(f"/members/{ada}/identities", {"provider": "slack", "subject": "ADA"})
    linked = key.made(f"/members/{eda}/identities", {"provider": "mbox", "subject": "eda@example.org"})
    key.made(f"/members/{eda}/identities/{linked['id']}/verify", {"method": "email"})
    for slug, members in (("north", (ada,)), ("south", (ada, eda)), ("west", (eda,))):
        id_ = group(key, slug)
        for member in members:
            leads = {"function": "leader" if member == eda else "member"}
            assert key.ask("PUT", f"/groups/{id_}/members/{member}", leads).is_success
    return ada, eda


def test_everything_goes_over_and_comes_back(key: Someone, facts: Facts, audited: Any) -> None:
    ada, eda = furnished(key)
    before = page_of(key, ada), page_of(key, eda)
    id_ = merge(key, ada, eda)
    one, merged = page_of(key, ada), page_of(key, eda)
    assert one["roles"] == ["editor", "moderator", "organizer"]
    assert {each["function"] for each in one["/functions"]} == {"mentor", "expert"}
    assert {each["provider"]: each["state"] for each in one["/identities"]} == {
        "slack": "unverified",
        "mbox": "verified",
    }
    assert one["/groups"] == [("north", "member"), ("south", "member"), ("west", "leader")]
    assert (merged["state"], merged["merged_into"]) == ("merged", ada)
    assert not any(merged[what] for what in ("roles", "/roles", "/functions", "/identities", "/groups"))
    seen = key.get(f"/merges/{id_}").json()
    assert (seen["state"], seen["moved"]["identities"], seen["moved"]["roles"]) == ("applied", 1, 2)
    reverted = run(key, id_, "revert")
    assert (reverted.status_code, reverted.json()["state"]) == (200, "reverted")
    assert (page_of(key, ada), page_of(key, eda)) == before
    told = [fact for fact in facts() if fact["fact"].startswith("merge_")]
    assert [(fact["fact"], fact["merged_id"], fact["survivor_id"]) for fact in told] == [
        ("merge_applied", eda, ada),
        ("merge_reverted", eda, ada),
    ]
    actions = [each for each in audited() if each.startswith("merge.")]
    assert actions == ["merge.propose", "merge.apply", "merge.revert"]


def test_what_changed_in_between_stays_changed(key: Someone) -> None:
    """Given to the survivor after the merge: the survivor's. Taken from the survivor meanwhile: nobody's."""
    ada, eda = furnished(key)
    id_ = merge(key, ada, eda)
    key.delete(f"/members/{ada}/roles/organizer")
    key.made(f"/members/{ada}/roles", {"role": "organizer"})
    key.delete(f"/members/{ada}/roles/editor")
    key.made(f"/members/{ada}/functions", {"function": "speaker"})
    key.delete(f"/members/{ada}/functions/expert")
    key.made(f"/members/{ada}/identities", {"provider": "forum", "subject": "ada"})
    (mbox,) = [i for i in key.get(f"/members/{ada}/identities").json()["items"] if i["provider"] == "mbox"]
    key.delete(f"/members/{ada}/identities/{mbox['id']}")
    (west,) = [g for g in key.get("/groups").json()["items"] if g["slug"] == "west"]
    key.delete(f"/groups/{west['id']}/members/{ada}")
    for member in (ada, eda):
        etag = key.get(f"/members/{member}").headers["etag"]
        assert key.patch(f"/members/{member}", {"headline": "Changed"}, If_Match=etag).is_success
    assert run(key, id_, "revert").status_code == 200
    one, other = page_of(key, ada), page_of(key, eda)
    assert (one["roles"], other["roles"]) == (["moderator", "organizer"], [])
    assert {each["function"] for each in one["/functions"]} == {"mentor", "speaker"}
    assert {each["function"] for each in other["/functions"]} == {"mentor"}
    assert {each["provider"] for each in one["/identities"]} == {"slack", "forum"}
    assert other["/identities"] == []
    assert (one["/groups"], other["/groups"]) == (
        [("north", "member"), ("south", "member")],
        [("south", "leader")],
    )
    assert (one["headline"], other["headline"]) == ("Changed", "Changed")


def ends(key: Someone, member: str) -> list[str | None]:
    """Until when the member has each of their roles."""
    return [each["expires_at"] for each in key.get(f"/members/{member}/roles").json()["items"]]


def test_a_role_for_a_time_lasts_for_the_longer(key: Someone) -> None:
    """Both held it: the person has it for the longer time, and each for their own again."""
    ada, eda = add(key, "ada"), add(key, "eda")
    soon, late = "2090-01-01T00:00:00Z", "2091-01-01T00:00:00Z"
    key.made(f"/members/{ada}/roles", {"role": "editor", "expires_at": soon})
    key.made(f"/members/{eda}/roles", {"role": "editor", "expires_at": late})
    id_ = merge(key, ada, eda)
    assert (ends(key, ada), ends(key, eda)) == ([late], [])
    run(key, id_, "revert")
    assert (ends(key, ada), ends(key, eda)) == ([soon], [late])


def test_merged_members_are_read_by_id_and_listed_when_asked_for(key: Someone) -> None:
    ada, eda = add(key, "ada"), add(key, "eda")
    id_ = merge(key, ada, eda)
    assert key.get(f"/members/{eda}").json()["merged_into"] == ada
    for query in ("", "?q=eda", "?updated_since=2020-01-01T00:00:00Z"):
        assert eda not in [each["id"] for each in key.get(f"/members{query}").json()["items"]]
    assert [each["id"] for each in key.get("/members?state=merged").json()["items"]] == [eda]
    assert [each["id"] for each in key.get("/members?q=eda&state=merged").json()["items"]] == [eda]
    assert refusal(key.post(f"/members/{eda}/leave")) == (409, "invalid-transition")
    assert refusal(key.post(f"/members/{eda}/roles", {"role": "editor"})) == (409, "not-active")
    linked = key.post(f"/members/{eda}/identities", {"provider": "slack", "subject": "E"})
    assert (refusal(linked), linked.json()["merged_into"]) == ((409, "member-merged"), ada)
    assert [each["id"] for each in key.get("/merges").json()["items"]] == [id_]


def test_whoever_signs_in_as_the_merged_member_is_the_survivor(
    joined: Person, key: Someone, name: Callable[[str], str], resolve: Callable[..., dict[str, Any]]
) -> None:
    ada, eda = joined("ada", "editor", by=key), joined("eda")
    first = merge(key, ada.member_id, eda.member_id)
    known = resolve(name("eda"), key.community)
    assert (known["member_id"], known["roles"]) == (str(ada.member_id), ["editor", "member"])
    ida = joined("ida", "moderator", by=key)
    second = merge(key, ida.member_id, ada.member_id)
    assert resolve(name("eda"), key.community)["roles"] == ["editor", "member", "moderator"]
    run(key, second, "revert")
    run(key, first, "revert")
    assert resolve(name("eda"), key.community)["roles"] == ["member"]
    assert resolve(name("ada"), key.community)["roles"] == ["editor", "member"]


def counts(stack: Cluster) -> dict[str, Any]:
    """How much there is in each store of membership: what a refusal must not change."""
    tables = ("merge", "outbox", "role_grant", "audit")
    return {each: stack.rows("membership", f'SELECT count(*) FROM "{each}"') for each in tables}


def test_refusals_leave_no_trace(key: Someone, stack: Cluster, membership: httpx.Client) -> None:
    ada, eda, ida, left = (add(key, handle) for handle in ("ada", "eda", "ida", "left"))
    key.made(f"/members/{left}/leave")
    merge(key, ada, eda)
    waiting = propose(key, ada, ida).json()["id"]
    elsewhere = membership.post(
        "/v1/communities", json={"slug": f"e-{uuid4().hex[:8]}", "name": "E", "kind": "cop"}
    )
    foreign = add(Someone(membership, UUID(elsewhere.json()["id"])), "foreign")
    before = counts(stack)
    for survivor, merged, expected in (
        (ada, ada, (422, "self-merge")),
        (eda, ada, (409, "cyclic-merge")),
        (eda, ida, (409, "merged-already")),
        (ida, eda, (409, "merged-already")),
        (ada, ida, (409, "merge-proposed")),
        (ida, ada, (409, "cyclic-merge")),
        (left, ada, (409, "not-mergeable")),
        (ada, foreign, (404, "not-found")),
        (foreign, ada, (404, "not-found")),
        (ada, str(uuid4()), (404, "not-found")),
    ):
        assert refusal(propose(key, survivor, merged)) == expected
    for verb in ("revert", "nonsense"):
        assert run(key, waiting, verb).status_code in (404, 409)
    assert refusal(run(key, str(uuid4()), "apply")) == (404, "not-found")
    assert counts(stack) == before


def test_a_chain_is_undone_from_its_end(key: Someone) -> None:
    ada, ben, cid, dan = (add(key, handle, "editor") for handle in ("ada", "ben", "cid", "dan"))
    before = [page_of(key, each) for each in (ada, ben, cid, dan)]
    first, sibling = merge(key, ada, ben), merge(key, ada, dan)
    second = merge(key, cid, ada)
    stuck = run(key, first, "revert")
    assert (refusal(stuck), stuck.json()["merged_into"]) == ((409, "merged-already"), cid)
    assert run(key, second, "revert").status_code == 200
    early = run(key, first, "revert")
    assert (refusal(early), early.json()["merge_id"]) == ((409, "later-merge-first"), sibling)
    assert run(key, sibling, "revert").status_code == 200
    assert run(key, first, "revert").status_code == 200
    assert refusal(run(key, first, "revert")) == (409, "invalid-transition")
    assert [page_of(key, each) for each in (ada, ben, cid, dan)] == before


def test_a_circle_proposed_both_ways_at_once(key: Someone) -> None:
    ada, eda = add(key, "ada"), add(key, "eda")
    answers = at_once([partial(propose, key, *pair) for pair in ((ada, eda), (eda, ada))])
    assert codes(answers) == [201, 409]
    assert sorted(refusal(each)[1] for each in answers if each.status_code == 409) == ["cyclic-merge"]


def test_one_of_many_who_apply_at_once_does(key: Someone, facts: Facts) -> None:
    ada, eda = furnished(key)
    id_ = propose(key, ada, eda).json()["id"]
    answers = at_once([partial(run, key, id_, "apply") for _ in range(6)])
    assert codes(answers) == [200] + [409] * 5
    assert len(facts("merge_applied")) == 1
    assert codes(at_once([partial(run, key, id_, "revert") for _ in range(6)])) == [200] + [409] * 5
    assert len(facts("merge_reverted")) == 1


def test_whoever_is_put_into_a_group_while_they_are_merged(key: Someone) -> None:
    """They go over with the place they just got, or are put there no more."""
    chapter = group(key, "north")
    for number in range(8):
        ada, eda = add(key, f"ada-{number}"), add(key, f"eda-{number}")
        id_ = propose(key, ada, eda).json()["id"]
        put = partial(key.ask, "PUT", f"/groups/{chapter}/members/{eda}", {"function": "member"})
        applied, placed = at_once([partial(run, key, id_, "apply"), put])
        assert (applied.status_code, placed.status_code in (200, 409)) == (200, True), placed.text
        held = page_of(key, ada)["/groups"], page_of(key, eda)["/groups"]
        assert held == ([("north", "member")] if placed.is_success else [], [])


def test_whoever_applies_to_lead_while_they_are_merged(key: Someone) -> None:
    """The application is the survivor's, or there is none."""
    for number in range(8):
        ada, eda = add(key, f"ada-{number}"), add(key, f"eda-{number}")
        id_ = propose(key, ada, eda).json()["id"]
        wish = {"motivation": "I want to.", "member_id": eda}
        apply = partial(key.post, "/leader-applications", wish)
        applied, asked = at_once([partial(run, key, id_, "apply"), apply])
        assert (applied.status_code, asked.status_code in (201, 409)) == (200, True), asked.text
        if asked.is_success:
            found = key.get(f"/leader-applications/{asked.json()['id']}").json()
            assert found["member_id"] == ada


def test_after_180_days_it_stays(key: Someone, stack: Cluster) -> None:
    ada, eda = add(key, "ada"), add(key, "eda")
    id_ = merge(key, ada, eda)
    stack.execute("membership", f"UPDATE merge SET reversible_until = created_at WHERE id = '{id_}'")
    assert refusal(run(key, id_, "revert")) == (409, "merge-is-final")


# Levels, owners, sanctions ------------------------------------------------------------------------------


def test_nobody_merges_at_or_above_their_own_level(joined: Person, key: Someone, partner: Person) -> None:
    boss, peer, owner = (
        joined(handle, role, by=key)
        for handle, role in (("boss", "admin"), ("peer", "admin"), ("own", "owner"))
    )
    ada, eda = add(key, "ada", "editor"), add(key, "eda")
    for one, other in (
        (ada, peer.member_id),
        (peer.member_id, ada),
        (boss.member_id, ada),
        (ada, owner.member_id),
    ):
        assert refusal(propose(boss, one, other)) == (403, "member-too-high")
    assert refusal(propose(partner("admin"), peer.member_id, ada)) == (403, "member-too-high")
    assert propose(partner("write"), ada, eda).status_code == 403
    waiting = propose(key, peer.member_id, ada).json()["id"]
    assert refusal(run(boss, waiting, "apply")) == (403, "member-too-high")
    id_ = merge(boss, ada, eda)
    key.made(f"/members/{ada}/roles", {"role": "admin"})
    assert refusal(run(boss, id_, "revert")) == (403, "member-too-high")
    assert run(owner, id_, "revert").status_code == 200


def test_the_last_owner_stays(joined: Person, key: Someone, stack: Cluster) -> None:
    """The role goes over with its holder, so somebody owns the community before, in between and after."""
    own, ada = joined("own", "owner", by=key), add(key, "ada")
    before = page_of(key, str(own.member_id)), page_of(key, ada)
    id_ = merge(key, ada, own.member_id)
    assert key.get(f"/members/{ada}").json()["roles"] == ["owner"]
    assert refusal(key.delete(f"/members/{ada}/roles/owner")) == (409, "last-owner")
    assert run(key, id_, "revert").status_code == 200
    assert (page_of(key, str(own.member_id)), page_of(key, ada)) == before
    suspended = add(key, "idle")
    stack.execute("membership", f"UPDATE member SET state = 'suspended' WHERE id = '{suspended}'")
    waiting = propose(key, suspended, own.member_id).json()["id"]
    assert refusal(run(key, waiting, "apply")) == (409, "last-owner")
    assert key.get(f"/members/{own.member_id}").json()["state"] == "active"


# Sanctions, and whatever else refers to a member --------------------------------------------------------


def states(key: Someone, *members: Someone) -> list[str]:
    return [key.get(f"/members/{each.member_id}").json()["state"] for each in members]


def test_a_ban_is_not_escaped_by_a_merge(joined: Person, key: Someone, stack: Cluster, facts: Facts) -> None:
    ada, eve = joined("ada", "editor", by=key), joined("eve", "organizer", by=key)
    before = page_of(key, str(ada.member_id))
    ban = about(eve, "ban")
    settled(stack, ban.imposed())
    assert states(key, ada, eve) == ["active", "banned"]
    id_ = merge(key, ada.member_id, eve.member_id)
    assert states(key, ada, eve) == ["banned", "merged"]
    assert key.get(f"/members/{ada.member_id}").json()["roles"] == []
    assert run(key, id_, "revert").status_code == 200
    assert states(key, ada, eve) == ["active", "banned"]
    assert page_of(key, str(ada.member_id)) == before
    told = [fact["fact"] for fact in facts() if fact.get("member_id") == str(ada.member_id)]
    assert told[2:] == ["role_revoked", "member_banned", "member_reinstated", "role_granted"]


def test_what_moderation_decides_in_between(joined: Person, key: Someone, stack: Cluster) -> None:
    """A suspension that ends meanwhile has ended; one imposed meanwhile, on whichever, is the survivor's."""
    ada, eve = joined("ada"), joined("eve", "editor", by=key)
    early, late = about(eve), about(eve)
    settled(stack, early.imposed())
    id_ = merge(key, ada.member_id, eve.member_id)
    assert states(key, ada, eve) == ["suspended", "merged"]
    assert key.get(f"/members/{ada.member_id}").json()["roles"] == ["editor"]
    settled(stack, late.imposed(), early.lifted())
    assert run(key, id_, "revert").status_code == 200
    assert states(key, ada, eve) == ["suspended", "active"]
    assert key.get(f"/members/{eve.member_id}").json()["roles"] == ["editor"]
    settled(stack, late.lifted())
    assert states(key, ada, eve) == ["active", "active"]


def test_a_sanction_reaches_whoever_stands_for_them_in_the_end(
    joined: Person, key: Someone, stack: Cluster
) -> None:
    """Over several merges, and also one that was over before and is imposed again."""
    eve, ada, ida = joined("eve"), joined("ada"), joined("ida")
    again, ban = about(eve), about(eve, "ban")
    settled(stack, again.imposed(), again.lifted())
    first = merge(key, ada.member_id, eve.member_id)
    second = merge(key, ida.member_id, ada.member_id)
    settled(stack, again.imposed(3))
    assert states(key, ida, ada, eve) == ["suspended", "merged", "merged"]
    settled(stack, ban.imposed())
    assert states(key, ida, ada, eve) == ["banned", "merged", "merged"]
    settled(stack, ban.lifted(), again.lifted(4))
    assert states(key, ida) == ["active"]
    for each in (second, first):
        assert run(key, each, "revert").status_code == 200
    assert states(key, ida, ada, eve) == ["active", "active", "active"]


def test_an_identity_provider_ends_the_suspension_it_caused(key: Someone, provider: Provider) -> None:
    """Somebody deactivated twice over, merged into one: who is active again is active, and was it is kept."""
    one, other = (provider.created(userName=f"{name}@example.org", active=False) for name in ("ada", "eda"))
    id_ = merge(key, one["id"], other["id"])
    path = f"/Users/{one['id']}"
    told = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "active", "value": True}]}
    assert provider.ask("PATCH", path, told).json()["active"] is True
    assert provider.get(f"/Users/{other['id']}").status_code == 404
    assert run(key, id_, "revert").status_code == 200
    assert [key.get(f"/members/{each['id']}").json()["state"] for each in (one, other)] == ["active"] * 2


def test_who_was_kept_away_by_one_is_kept_away_by_both(joined: Person, key: Someone, stack: Cluster) -> None:
    """A block of the survivor's that was lifted gives way to the merged member's, and comes back."""
    ada, eda, ida = joined("ada"), joined("eda"), joined("ida")
    for who in (ada, eda):
        who.made(f"/members/{who.member_id}/blocks", {"member_id": str(ida.member_id)})
    assert ada.delete(f"/members/{ada.member_id}/blocks/{ida.member_id}").status_code == 204
    before = blocks(stack, key)
    id_ = merge(key, ada.member_id, eda.member_id)
    kept_away = ada.get(f"/members/{ada.member_id}/blocks").json()["items"]
    assert [each["blocked_id"] for each in kept_away] == [str(ida.member_id)]
    assert run(key, id_, "revert").status_code == 200
    assert blocks(stack, key) == before


def blocks(stack: Cluster, key: Someone) -> set[tuple[Any, ...]]:
    sql = "SELECT blocker_id, blocked_id, created_at, lifted_at FROM block WHERE community_id"
    return set(stack.rows("membership", f"{sql} = '{key.community}'"))


def test_whatever_refers_to_a_member_goes_over_and_comes_back(
    joined: Person, key: Someone, stack: Cluster
) -> None:
    ada, eda, ida = joined("ada"), joined("eda"), joined("ida")
    one, other = str(ada.member_id), str(eda.member_id)
    promise = {"text": "We call.", "due": {"at": "2100-01-01T00:00:00Z"}, "visibility": "members"}
    for to, owner in ((one, other), (other, one), (other, None)):
        given = {"to": {"kind": "member", "id": to}} | ({"owner_member_id": owner} if owner else {})
        key.made("/promises", promise | given)
    key.made("/stakeholders", {"name": "E", "side": "internal", "influence": 2, "member_id": other})
    for who, sponsor in ((ada, None), (eda, one)):
        wish = {"motivation": "I want to."} | ({"sponsor_id": sponsor} if sponsor else {})
        key.made("/leader-applications", wish | {"member_id": str(who.member_id)})
    for who, whom in ((eda, ida), (ida, eda), (ada, ida), (eda, ada)):
        who.made(f"/members/{who.member_id}/blocks", {"member_id": str(whom.member_id)})
    before = references(stack, key)
    id_ = merge(key, one, other)
    between = references(stack, key)
    assert between != before
    assert other not in str(between["promise"]) + str(between["stakeholder"])
    assert {row for row in between["block"] if other in row} == {(other, str(ida.member_id)), (other, one)}
    assert (str(ida.member_id), one) in between["block"]
    key.made("/promises", promise | {"to": {"kind": "member", "id": one}})
    assert run(key, id_, "revert").status_code == 200
    after = references(stack, key)
    assert len(after.pop("promise") - before.pop("promise")) == 1
    assert after == before


def references(stack: Cluster, key: Someone) -> dict[str, set[tuple[Any, ...]]]:
    """Who is referred to by what, as it is stored."""
    columns = {
        "promise": "id, to_id, owner_member_id",
        "stakeholder": "id, member_id",
        "leader_application": "id, member_id, sponsor_id",
        "block": "blocker_id, blocked_id",
        "invitation_use": "invitation_id, member_id",
    }
    here = f"WHERE community_id = '{key.community}'"
    return {
        table: set(stack.rows("membership", f"SELECT {names} FROM {table} {here}"))
        for table, names in columns.items()
    }
