"""What moderation decides counts for the membership, in whatever order and however often it is told."""

from collections.abc import Callable, Sequence
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.membership.members import rules
from services.membership.members.rules import MemberState, SanctionKind
from shared.contracts.announced import SanctionExpired, SanctionImposed, SanctionLifted
from shared.facts import ActorRef, Fact
from shared.testing import Cluster, eventually
from tests.membership.conftest import Someone
from tests.membership.telling import tell
from tests.membership.test_invitations import accept, problem

Person = Callable[..., Someone]
Facts = Callable[..., list[dict[str, Any]]]


def about(member: Someone, kind: str = "suspension") -> "Case":
    assert member.member_id is not None
    return Case(member.community, member.member_id, kind)


class Case:
    """One sanction's facts by version."""

    def __init__(self, community: UUID, member: UUID, kind: str) -> None:
        self.of: dict[str, Any] = {
            "community_id": community,
            "sanction_id": uuid4(),
            "member_id": member,
            "kind": kind,
            "actor": ActorRef(kind="service", id="moderation"),
        }

    def imposed(self, version: int = 1) -> Fact:
        return SanctionImposed(**self.of, aggregate_version=version, until=None)

    def lifted(self, version: int = 2) -> Fact:
        return SanctionLifted(**self.of, aggregate_version=version)

    def expired(self, version: int = 2) -> Fact:
        return SanctionExpired(**self.of, aggregate_version=version)


def becomes(key: Someone, member: Someone, state: str) -> dict[str, Any]:
    """The member, once they are in that state."""

    def now() -> dict[str, Any] | None:
        found: dict[str, Any] = key.get(f"/members/{member.member_id}").json()
        return found if found["state"] == state else None

    return eventually(now, within=10) or {}


def settled(stack: Cluster, *facts: Fact) -> None:
    """Returns once membership has applied these facts."""
    tell(stack, *facts)
    ids = ", ".join(f"'{fact.fact_id}'" for fact in facts)
    sql = f"SELECT count(*) FROM inbox WHERE fact_id IN ({ids})"
    eventually(lambda: stack.rows("membership", sql) == [(len(facts),)], within=10)


def test_a_suspended_member_can_do_nothing_and_gets_their_roles_back(
    stack: Cluster, key: Someone, joined: Person, person: Person, name: Any, resolve: Any, facts: Facts
) -> None:
    ada = joined("ada", "editor", by=key)
    case = about(ada)
    tell(stack, case.imposed())
    assert becomes(key, ada, "suspended")["roles"] == ["editor"]
    assert resolve(name("ada"), key.community)["roles"] == []
    now = person(name("ada"))
    assert now.patch(f"/members/{ada.member_id}", {"bio": "x"}, If_Match="*").status_code == 403
    for verb in ("leave", "rejoin"):
        assert now.post(f"/members/{ada.member_id}/{verb}").status_code in (403, 409)
    assert key.post(f"/members/{ada.member_id}/leave").json()["allowed"] == []
    invitation = key.made("/invitations", {})
    assert problem(accept(now, invitation["token"], "new")) == (403, "under-sanction")
    tell(stack, case.expired())
    becomes(key, ada, "active")
    assert resolve(name("ada"), key.community)["roles"] == ["editor", "member"]
    mine = [fact for fact in facts() if fact.get("member_id") == str(ada.member_id)]
    assert [fact["fact"] for fact in mine][-2:] == ["member_suspended", "member_reinstated"]
    assert [fact["aggregate_version"] for fact in mine] == [1, 2, 3, 4]
    assert mine[-2]["by"] == "moderation"


def test_a_ban_takes_every_role_and_keeps_out(
    stack: Cluster, key: Someone, joined: Person, person: Person, name: Any, facts: Facts, audited: Any
) -> None:
    ada = joined("ada", "editor", "admin", by=key)
    case = about(ada, "ban")
    tell(stack, case.imposed())
    assert becomes(key, ada, "banned")["roles"] == []
    assert [fact["fact"] for fact in facts()][-3:] == ["role_revoked", "role_revoked", "member_banned"]
    now = person(name("ada"))
    assert problem(now.post("/members", {"handle": "ada2", "display_name": "A"})) == (409, "already-member")
    assert now.post(f"/members/{ada.member_id}/rejoin").status_code in (403, 409)
    invitation = key.made("/invitations", {})
    assert problem(accept(now, invitation["token"], "ada2")) == (403, "under-sanction")
    assert key.get(f"/invitations/{invitation['id']}").json()["uses"] == 0
    assert key.get("/members?role=admin").json()["items"] == []
    assert audited()[-2:] == ["member.banned", "invitation.create"]
    tell(stack, case.lifted())
    assert becomes(key, ada, "active")["roles"] == []


def test_a_sanction_against_somebody_who_left_keeps_them_out(
    stack: Cluster, key: Someone, joined: Person, person: Person, name: Any
) -> None:
    ada = joined("ada")
    ada.made(f"/members/{ada.member_id}/leave")
    case = about(ada, "ban")
    settled(stack, case.imposed())
    assert becomes(key, ada, "left")
    back = f"/members/{ada.member_id}/rejoin"
    assert problem(person(name("ada")).post(back)) == (403, "under-sanction")
    assert problem(key.post(back)) == (403, "under-sanction")
    settled(stack, case.lifted())
    assert person(name("ada")).post(back).json()["state"] == "active"


def test_overlapping_sanctions_in_every_order(stack: Cluster, key: Someone) -> None:
    """A ban that is lifted and two suspensions, one of which goes on: suspended, whatever comes first."""
    told: list[Fact] = []
    for number, order in enumerate(permutations(range(5))):
        if number % 10:
            continue
        member = key.made("/members", {"handle": f"m{number}", "display_name": "M"})
        ada = Someone(key.client, key.community, UUID(member["id"]))
        ban, over, on = about(ada, "ban"), about(ada), about(ada)
        facts = [ban.imposed(), ban.lifted(), over.imposed(), over.expired(), on.imposed()]
        told += [facts[i] for i in order] + [facts[order[0]]]
    tell(stack, *told)
    eventually(lambda: len(key.get("/members?state=suspended").json()["items"]) == 12, within=10)
    eventually(lambda: _consumed(stack, told), within=10)
    assert len(key.get("/members?state=suspended").json()["items"]) == 12


def _consumed(stack: Cluster, told: Sequence[Fact]) -> bool:
    ids = ", ".join(f"'{fact.fact_id}'" for fact in told)
    sql = f"SELECT count(*) FROM inbox WHERE fact_id IN ({ids})"
    return stack.rows("membership", sql) == [(len({fact.fact_id for fact in told}),)]


def test_older_news_and_other_kinds_change_nothing(stack: Cluster, key: Someone, joined: Person) -> None:
    ada = joined("ada")
    case, warning = about(ada), about(ada, "warning")
    settled(stack, warning.imposed(), case.lifted(4), case.imposed(3))
    settled(stack, case.imposed(1))
    nobody = Case(key.community, uuid4(), "ban")
    settled(stack, nobody.imposed())
    found = key.get(f"/members/{ada.member_id}").json()
    assert (found["state"], found["version"]) == ("active", 1)
    settled(stack, case.imposed(5))
    assert becomes(key, ada, "suspended")["version"] == 2


def test_the_last_owner_stays_in_office_until_there_is_another(
    stack: Cluster, key: Someone, joined: Person, audited: Any
) -> None:
    ada = joined("ada", "owner", by=key)
    settled(stack, about(ada, "ban").imposed())
    found = key.get(f"/members/{ada.member_id}").json()
    assert (found["state"], found["roles"], found["version"]) == ("active", ["owner"], 2)
    assert audited()[-1] == "sanction.deferred"
    joined("ben", "owner", by=key)
    assert becomes(key, ada, "banned")["roles"] == []
    assert [each["handle"] for each in key.get("/members?role=owner").json()["items"]] == ["ben"]


def test_roles_count_no_more_within_five_seconds(
    stack: Cluster, api: httpx.Client, key: Someone, name: Any
) -> None:
    key.patch("", {"visibility": "members"}, If_Match="*")
    place = f"/v1/communities/{key.community}"
    made = api.post(f"{place}/invitations", json={}).json()
    with stack.person(name("ada")) as ada:
        given = {"handle": "ada", "display_name": "Ada"}
        member = ada.post(f"/v1/invitations/{made['token']}/accept", json=given).json()
        assert ada.get(place).status_code == 200
        case = Case(key.community, UUID(member["id"]), "suspension")
        tell(stack, case.imposed())
        eventually(lambda: ada.get(place).status_code == 404, within=5)
        tell(stack, case.lifted())
        eventually(lambda: ada.get(place).status_code == 200, within=5)


@pytest.mark.parametrize(
    ("state", "in_force", "after"),
    [
        ("active", [], "active"),
        ("active", ["suspension"], "suspended"),
        ("active", ["suspension", "ban"], "banned"),
        ("suspended", [], "active"),
        ("suspended", ["ban"], "banned"),
        ("banned", ["suspension"], "suspended"),
        ("banned", [], "active"),
        ("left", ["ban"], "left"),
        ("requested", ["ban"], "requested"),
        ("invited", ["suspension"], "invited"),
        ("merged", ["ban"], "merged"),
        ("erased", [], "erased"),
    ],
)
def test_the_state_is_read_off_what_is_in_force(state: str, in_force: list[str], after: str) -> None:
    kinds = {SanctionKind(kind) for kind in in_force}
    assert rules.under(MemberState(state), kinds) == after
