"""Any story of people who ask, are invited, sanctioned and forgiven ends as a few dictionaries say."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Literal
from uuid import UUID, uuid4

import httpx
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from pydantic_core import from_json

from shared.contracts.announced import SanctionImposed, SanctionLifted
from shared.facts import ActorRef, Fact
from shared.identity import Actor
from shared.testing import Cluster, eventually
from tests.conftest import found_community
from tests.membership.telling import tell

NAMES = st.sampled_from(["ada", "ben", "cy"])
Kind = Literal["suspension", "ban"]


@dataclass
class Expected:
    """What a member should be."""

    id: str
    state: str
    roles: set[str] = field(default_factory=set)
    open: dict[UUID, tuple[Kind, int]] = field(default_factory=dict)

    def settle(self) -> None:
        """Follow the sanctions in force, if the member is one."""
        if self.state not in ("active", "suspended", "banned"):
            return
        kinds = {kind for kind, _ in self.open.values()}
        self.state = "banned" if "ban" in kinds else "suspended" if kinds else "active"
        if self.state == "banned":
            self.roles = set()


class Story(RuleBasedStateMachine):
    """The owner key runs a community; `members` is what everybody in it should be."""

    def __init__(self, stack: Cluster, resolve: Callable[..., dict[str, Any]], key: httpx.Client) -> None:
        super().__init__()
        self.stack, self.resolve, self.key, self.mark = stack, resolve, key, uuid4().hex[:8]
        self.community = found_community(key)
        self.path = f"/v1/communities/{self.community}"
        self.policy = "open"
        self.members: dict[str, Expected] = {}

    def ask(self, name: str, path: str, json: Any = None) -> httpx.Response:
        """A POST of somebody as they are at this moment."""
        known = self.resolve(f"{name}-{self.mark}", self.community)
        member = known["member_id"]
        actor = Actor(
            kind="member" if member else "person",
            id=member or known["person_id"],
            person_id=UUID(known["person_id"]),
            member_id=UUID(member) if member else None,
            roles=frozenset(known["roles"]),
        )
        with self.stack.direct("membership", actor) as client:
            return client.post(path, json=json)

    def verb(self, name: str, by: str, verb: str, json: Any = None) -> httpx.Response:
        path = f"{self.path}/members/{self.members[name].id}/{verb}"
        return self.key.post(path, json=json) if by == "key" else self.ask(name, path, json)

    def named(self, name: str) -> dict[str, str]:
        return {"handle": f"{name}-{self.mark}", "display_name": name}

    @rule(policy=st.sampled_from(["open", "request", "invite"]))
    def set_policy(self, policy: str) -> None:
        given = {"join_policy": policy}
        assert self.key.patch(self.path, json=given, headers={"If-Match": "*"}).status_code == 200
        self.policy = policy

    @rule(name=NAMES)
    def join(self, name: str) -> None:
        answer = self.ask(name, f"{self.path}/members", self.named(name))
        if self.policy == "invite":
            assert answer.status_code == 403
        elif name in self.members:
            assert answer.status_code == 409
        else:
            assert answer.status_code == 201, answer.text
            state = "requested" if self.policy == "request" else "active"
            self.members[name] = Expected(answer.json()["id"], state)

    @rule(name=NAMES)
    def leave(self, name: str) -> None:
        if name not in self.members:
            return
        answer = self.verb(name, "self", "leave")
        member = self.members[name]
        if member.state == "active":
            assert answer.status_code == 200
            member.state, member.roles = "left", set()
        else:
            assert answer.status_code == 403

    @rule(name=NAMES, by=st.sampled_from(["self", "key"]))
    def rejoin(self, name: str, by: str) -> None:
        if name not in self.members:
            return
        answer = self.verb(name, by, "rejoin")
        member = self.members[name]
        if by == "self" and self.policy == "invite":
            assert answer.status_code == 403
        elif member.state not in ("left", "declined"):
            assert answer.status_code == 409
        elif member.open:
            assert answer.json()["type"] == "/problems/under-sanction"
        elif by == "self" and member.state == "declined":
            assert answer.json()["type"] == "/problems/asked-too-soon"
        else:
            assert answer.status_code == 200
            member.state = "requested" if by == "self" and self.policy == "request" else "active"

    @rule(name=NAMES, verb=st.sampled_from(["approve", "decline"]))
    def decide(self, name: str, verb: str) -> None:
        if name not in self.members:
            return
        answer = self.verb(name, "key", verb, {} if verb == "decline" else None)
        member = self.members[name]
        if member.state != "requested":
            assert answer.status_code == 409
        elif verb == "approve" and member.open:
            assert answer.status_code == 403
        else:
            assert answer.status_code == 200
            member.state = "active" if verb == "approve" else "declined"

    @rule(name=NAMES)
    def invite(self, name: str) -> None:
        made = self.key.post(f"{self.path}/invitations", json={}).json()
        answer = self.ask(name, f"/v1/invitations/{made['token']}/accept", self.named(name))
        member = self.members.get(name)
        uses = self.key.get(f"{self.path}/invitations/{made['id']}").json()["uses"]
        if member is not None and member.state == "active":
            assert (answer.status_code, uses) == (409, 0)
        elif member is not None and member.open:
            assert (answer.status_code, uses) == (403, 0)
        else:
            assert (answer.status_code, uses) == (200, 1), answer.text
            self.members.setdefault(name, Expected(answer.json()["id"], "active")).state = "active"

    @rule(name=NAMES)
    def grant(self, name: str) -> None:
        if name not in self.members:
            return
        answer = self.verb(name, "key", "roles", {"role": "editor"})
        member = self.members[name]
        if member.state != "active" or "editor" in member.roles:
            assert answer.status_code == 409
        else:
            assert answer.status_code == 201
            member.roles.add("editor")

    @rule(name=NAMES, kind=st.sampled_from(["suspension", "ban"]), late=st.booleans())
    def impose(self, name: str, kind: Kind, late: bool) -> None:
        """A sanction, told once or twice; `late` after it was lifted, when it no longer counts."""
        if name not in self.members:
            return
        member, id_ = self.members[name], uuid4()
        imposed = SanctionImposed(**self._of(member, id_, kind), aggregate_version=1, until=None)
        if late:
            self._told(SanctionLifted(**self._of(member, id_, kind), aggregate_version=2), imposed)
        else:
            self._told(imposed, imposed)
            member.open[id_] = (kind, 1)
            member.settle()

    @rule(name=NAMES)
    def lift(self, name: str) -> None:
        if name not in self.members or not self.members[name].open:
            return
        member = self.members[name]
        id_, (kind, version) = member.open.popitem()
        self._told(SanctionLifted(**self._of(member, id_, kind), aggregate_version=version + 1))
        member.settle()

    def _of(self, member: Expected, id_: UUID, kind: Kind) -> dict[str, Any]:
        return {
            "community_id": self.community,
            "sanction_id": id_,
            "member_id": UUID(member.id),
            "kind": kind,
            "actor": ActorRef(kind="service", id="moderation"),
        }

    def _told(self, *facts: Fact) -> None:
        tell(self.stack, *facts)
        ids = {str(fact.fact_id) for fact in facts}
        sql = "SELECT count(*) FROM inbox WHERE fact_id IN ({})".format(", ".join(f"'{id_}'" for id_ in ids))
        eventually(lambda: self.stack.rows("membership", sql) == [(len(ids),)], within=10)

    @invariant()
    def members_are_what_they_should_be(self) -> None:
        listed = self.key.get(f"{self.path}/members").json()["items"]
        found = {each["id"]: (each["state"], set(each["roles"])) for each in listed}
        assert found == {member.id: (member.state, member.roles) for member in self.members.values()}

    def teardown(self) -> None:
        for name, member in self.members.items():
            roles = self.resolve(f"{name}-{self.mark}", self.community)["roles"]
            assert set(roles) == ({"member"} | member.roles if member.state == "active" else set())
        listed = {each["id"]: each for each in self.key.get(f"{self.path}/members").json()["items"]}
        sql = f"SELECT payload FROM outbox WHERE community_id = '{self.community}' ORDER BY seq"
        facts = [from_json(payload) for (payload,) in self.stack.rows("membership", sql)]
        of_members = sorted((f for f in facts if "member_id" in f), key=lambda fact: str(fact["member_id"]))
        for id_, told in groupby(of_members, key=lambda fact: str(fact["member_id"])):
            versions = [fact["aggregate_version"] for fact in told]
            assert versions == list(range(1, listed[id_]["version"] + 1))


def test_every_story_of_coming_going_and_sanctions(
    stack: Cluster, resolve: Callable[..., dict[str, Any]], membership: httpx.Client
) -> None:
    def story() -> Story:
        return Story(stack, resolve, membership)

    run_state_machine_as_test(
        story,  # type: ignore[arg-type]  # it only calls it
        settings=settings(
            max_examples=8,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
