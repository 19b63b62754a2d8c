"""Merges: two members who are one person, made one and two again with nothing lost."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from shared.testing import Cluster
from tests.membership.conftest import Someone, at_once, codes

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
    found = {name: value for name, value in key.get(f"/members/{member}").json().items() if name not in CHANGES}
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
