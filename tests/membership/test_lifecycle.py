"""Any story of people who join, leave, return and grant each other roles ends as a few dictionaries say."""

from collections.abc import Callable
from itertools import groupby
from typing import Any
from uuid import UUID, uuid4

import httpx
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from pydantic_core import from_json

from shared.identity import Actor
from shared.testing import Cluster

NAMES = st.sampled_from(["ada", "ben", "cy"])
LEVELS = {"editor": 2, "moderator": 2, "admin": 3, "owner": 4}
ROLES = st.sampled_from(sorted(LEVELS))


class Story(RuleBasedStateMachine):
    """Ada founds a community; `members` is what it should be: a name's state and roles."""

    def __init__(self, stack: Cluster, resolve: Callable[..., dict[str, Any]]) -> None:
        super().__init__()
        self.stack, self.resolve, self.mark = stack, resolve, uuid4().hex[:8]
        self.community: UUID | None = None
        given = {"slug": f"story-{self.mark}", "name": "A story", "kind": "cop"}
        self.community = UUID(self.ask("ada", "POST", "/v1/communities", given).json()["id"])
        self.path = f"/v1/communities/{self.community}/members"
        self.ids = {"ada": self.known("ada")["member_id"]}
        self.members: dict[str, tuple[str, set[str]]] = {"ada": ("active", {"owner"})}

    def known(self, name: str) -> dict[str, Any]:
        return self.resolve(f"{name}-{self.mark}", self.community)

    def ask(self, name: str, method: str, path: str, json: Any = None) -> httpx.Response:
        """A request of somebody as they are at this moment."""
        known = self.known(name)
        member = known["member_id"]
        actor = Actor(
            kind="member" if member else "person",
            id=member or known["person_id"],
            person_id=UUID(known["person_id"]),
            member_id=UUID(member) if member else None,
            roles=frozenset(known["roles"]),
        )
        with self.stack.direct("membership", actor) as client:
            return client.request(method, path, json=json)

    def level(self, name: str) -> int:
        state, roles = self.members.get(name, ("none", set()))
        return max((LEVELS[role] for role in roles), default=1) if state == "active" else 0

    def last_owner(self, name: str) -> bool:
        return [each for each, (_, roles) in self.members.items() if "owner" in roles] == [name]

    def may_manage(self, by: str, whom: str) -> bool:
        target = max(self.level(whom), 1)
        return by == whom or self.level(by) == 4 or (self.level(by) == 3 and target < 3)

    @rule(who=NAMES)
    def join(self, who: str) -> None:
        answer = self.ask(who, "POST", self.path, {"handle": f"{who}-{self.mark}", "display_name": who})
        if who in self.members:
            assert answer.status_code == 409
            return
        assert answer.status_code == 201
        self.ids[who] = answer.json()["id"]
        self.members[who] = ("active", set())

    @rule(by=NAMES, whom=NAMES)
    def leave(self, by: str, whom: str) -> None:
        if whom not in self.members:
            return
        answer = self.ask(by, "POST", f"{self.path}/{self.ids[whom]}/leave")
        if self.level(by) == 0 or not self.may_manage(by, whom):
            assert answer.status_code == 403
        elif self.members[whom][0] == "left" or self.last_owner(whom):
            assert answer.status_code == 409
        else:
            assert answer.status_code == 200
            self.members[whom] = ("left", set())

    @rule(by=NAMES, whom=NAMES)
    def rejoin(self, by: str, whom: str) -> None:
        if whom not in self.members:
            return
        answer = self.ask(by, "POST", f"{self.path}/{self.ids[whom]}/rejoin")
        if not self.may_manage(by, whom):
            assert answer.status_code == 403
        elif self.members[whom][0] == "active":
            assert answer.status_code == 409
        else:
            assert answer.status_code == 200
            self.members[whom] = ("active", set())

    @precondition(lambda self: len(self.members) > 1)
    @rule(by=NAMES, whom=NAMES, role=ROLES)
    def grant(self, by: str, whom: str, role: str) -> None:
        if whom not in self.members:
            return
        answer = self.ask(by, "POST", f"{self.path}/{self.ids[whom]}/roles", {"role": role})
        state, roles = self.members[whom]
        if self.level(by) < 3 or (self.level(by) == 3 and LEVELS[role] >= 3):
            assert answer.status_code == 403
        elif state == "left" or role in roles:
            assert answer.status_code == 409
        else:
            assert answer.status_code == 201
            roles.add(role)

    @rule(by=NAMES, whom=NAMES, role=ROLES)
    def revoke(self, by: str, whom: str, role: str) -> None:
        if whom not in self.members:
            return
        answer = self.ask(by, "DELETE", f"{self.path}/{self.ids[whom]}/roles/{role}")
        roles = self.members[whom][1]
        if self.level(by) < 3 or (by != whom and self.level(by) == 3 and LEVELS[role] >= 3):
            assert answer.status_code == 403
        elif role not in roles:
            assert answer.status_code == 404
        elif role == "owner" and self.last_owner(whom):
            assert answer.status_code == 409
        else:
            assert answer.status_code == 204
            roles.remove(role)

    def teardown(self) -> None:
        with self.stack.direct("membership") as key:
            listed = {each["id"]: each for each in key.get(self.path).json()["items"]}
        found = {name: (listed[id_]["state"], set(listed[id_]["roles"])) for name, id_ in self.ids.items()}
        assert found == self.members
        assert any("owner" in roles for _, roles in self.members.values())
        sql = f"SELECT payload FROM outbox WHERE community_id = '{self.community}' ORDER BY seq"
        facts = [from_json(payload) for (payload,) in self.stack.rows("membership", sql)]
        of_members = sorted((f for f in facts if "member_id" in f), key=lambda fact: str(fact["member_id"]))
        for id_, told in groupby(of_members, key=lambda fact: str(fact["member_id"])):
            versions = [fact["aggregate_version"] for fact in told]
            assert versions == list(range(1, listed[id_]["version"] + 1))


def test_every_story_of_members_and_roles(stack: Cluster, resolve: Callable[..., dict[str, Any]]) -> None:
    def story() -> Story:
        return Story(stack, resolve)

    run_state_machine_as_test(
        story,  # type: ignore[arg-type]  # it only calls it
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
