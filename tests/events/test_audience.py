"""Whom an event is for: members of a group, or those who are entitled; any one of these is enough."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from shared.contracts.announced import EntitlementGranted, EntitlementRevoked
from shared.contracts.membership import GroupMemberAdded, GroupMemberRemoved
from shared.facts import ActorRef, Fact
from shared.testing import Cluster, eventually
from tests.events.conftest import Person
from tests.membership.conftest import Someone
from tests.membership.telling import tell

Published = Callable[..., dict[str, Any]]


def in_group(who: Someone, group: UUID, version: int, *, added: bool = True) -> Fact:
    of: dict[str, Any] = {
        "community_id": who.community,
        "group_id": group,
        "member_id": who.member_id,
        "actor": ActorRef(kind="service", id="membership"),
        "aggregate_version": version,
    }
    return GroupMemberAdded(**of, function="member") if added else GroupMemberRemoved(**of)


def entitled(
    who: Someone,
    right: UUID,
    kind: str,
    version: int = 1,
    *,
    until: datetime | None = None,
    granted: bool = True,
) -> Fact:
    of: dict[str, Any] = {
        "community_id": who.community,
        "entitlement_id": right,
        "member_id": who.member_id,
        "kind": kind,
        "actor": ActorRef(kind="service", id="engagement"),
        "aggregate_version": version,
    }
    return EntitlementGranted(**of, until=until) if granted else EntitlementRevoked(**of)


def tries(who: Someone, event: dict[str, Any]) -> httpx.Response:
    return who.post(f"/events/{event['id']}/registrations", {})


def may_come(who: Someone, event: dict[str, Any]) -> None:
    """Waits until they may."""
    eventually(lambda: tries(who, event).status_code == 201, within=10)


def refused(answer: httpx.Response) -> bool:
    return (answer.status_code, answer.json()["type"]) == (403, "/problems/not-in-audience")


def test_members_of_any_of_its_groups_may_come(stack: Cluster, person: Person, published: Published) -> None:
    walkers, cooks = uuid4(), uuid4()
    event = published(audience={"groups": [str(walkers), str(cooks)]})
    ada, ben, eve = person(), person(), person()
    assert all(refused(tries(who, event)) for who in (ada, ben, eve))
    tell(
        stack,
        in_group(ada, walkers, 2),
        in_group(ben, cooks, 5),
        in_group(eve, uuid4(), 1),
        in_group(eve, walkers, 4, added=False),
        in_group(eve, walkers, 3),
    )
    for who in (ada, ben):
        may_come(who, event)
    stack.wait_converged()
    assert refused(tries(eve, event)), "the group's newest fact took her out"


def test_who_is_entitled_may_come_until_that_ends(
    stack: Cluster, person: Person, published: Published
) -> None:
    event = published(audience={"resource": "members_only_talks", "groups": []})
    ada, ben, eve, oda = person(), person(), person(), person()
    right = uuid4()
    past = datetime.now(UTC) - timedelta(minutes=1)
    tell(
        stack,
        entitled(ben, uuid4(), "early_access"),
        entitled(eve, uuid4(), "members_only_talks", until=past),
        entitled(oda, right, "members_only_talks", 2, granted=False),
        entitled(oda, right, "members_only_talks", 1),
        entitled(ada, uuid4(), "x" * 500),
        entitled(ada, uuid4(), "members_only_talks"),
    )
    may_come(ada, event)
    assert all(refused(tries(who, event)) for who in (ben, eve, oda))


def test_a_group_or_a_right_is_enough_and_no_audience_means_everybody(
    stack: Cluster, person: Person, published: Published
) -> None:
    group = uuid4()
    event = published(audience={"groups": [str(group)], "resource": "early_access"})
    ada, ben, eve = person(), person(), person()
    tell(stack, in_group(ada, group, 1), entitled(ben, uuid4(), "early_access"))
    for who in (ada, ben):
        may_come(who, event)
    assert refused(tries(eve, event))
    assert tries(eve, published(audience={"groups": []})).status_code == 201
