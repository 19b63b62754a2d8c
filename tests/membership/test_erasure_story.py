"""Any story of people who join, come back, are erased and imported again ends as a few dictionaries say."""

from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from pydantic_core import from_json

from shared.identity import Actor
from shared.testing import Cluster, eventually
from tests.conftest import found_community

NAMES = st.sampled_from(["ada", "ben", "cy"])


class Story(RuleBasedStateMachine):
    """`alive` is whom a name is at present, `erased` every member who was; `owners` hold that role."""

    def __init__(self, stack: Cluster, resolve: Callable[..., dict[str, Any]]) -> None:
        super().__init__()
        self.stack, self.resolve, self.mark = stack, resolve, uuid4().hex[:8]
        with stack.direct("membership") as key:
            self.community = found_community(key)
        self.path = f"/v1/communities/{self.community}/members"
        self.alive: dict[str, str] = {}
        self.persons: dict[str, set[str]] = {}
        self.erased: dict[str, str] = {}
        self.owners: set[str] = set()
        self.requests: list[str] = []
        self.waiting: dict[str, str] = {}

    def ask(self, name: str, method: str, path: str, json: Any = None) -> httpx.Response:
        """A request of somebody as they are at this moment; of the owner key for "key"."""
        if name == "key":
            with self.stack.direct("membership") as key:
                return key.request(method, path, json=json)
        known = self.resolve(f"{name}-{self.mark}", self.community)
        self.persons.setdefault(name, set()).add(known["person_id"])
        member = known["member_id"]
        assert member == self.alive.get(name)
        actor = Actor(
            kind="member" if member else "person",
            id=member or known["person_id"],
            person_id=UUID(known["person_id"]),
            member_id=UUID(member) if member else None,
            roles=frozenset(known["roles"]),
        )
        with self.stack.direct("membership", actor) as client:
            return client.request(method, path, json=json)

    def gone(self, name: str) -> None:
        """The name is nobody here from now on."""
        member = self.alive.pop(name)
        self.erased[member] = name
        self.owners.discard(member)

    def is_last_owner(self, name: str) -> bool:
        return self.owners == {self.alive.get(name)}

    @rule(who=NAMES)
    def join(self, who: str) -> None:
        answer = self.ask(who, "POST", self.path, {"handle": f"{who}-{self.mark}", "display_name": who})
        assert answer.status_code == (409 if who in self.alive else 201), answer.text
        if who not in self.alive:
            self.alive[who] = answer.json()["id"]
            identity = {"provider": "slack", "subject": f"{who}-{answer.json()['id']}"}
            assert self.ask("key", "POST", f"{self.path}/{self.alive[who]}/identities", identity).is_success

    @rule(who=NAMES)
    def become_owner(self, who: str) -> None:
        if who in self.alive and self.alive[who] not in self.owners:
            answer = self.ask("key", "POST", f"{self.path}/{self.alive[who]}/roles", {"role": "owner"})
            assert answer.status_code == 201
            self.owners.add(self.alive[who])

    @rule(who=NAMES)
    def erase_oneself(self, who: str) -> None:
        given = {"kind": "erase", "community_id": str(self.community)}
        answer = self.ask(who, "POST", "/v1/data-requests", given)
        if who not in self.alive:
            assert answer.status_code == 404
        elif self.is_last_owner(who):
            assert answer.status_code == 409
        else:
            assert (answer.status_code, answer.json()["state"]) == (201, "running"), answer.text
            self.requests.append(answer.json()["id"])
            self.gone(who)

    @rule(whom=NAMES)
    def ask_for_somebody(self, whom: str) -> None:
        if whom not in self.alive:
            return
        given = {"kind": "erase", "community_id": str(self.community), "member_id": self.alive[whom]}
        answer = self.ask("key", "POST", "/v1/data-requests", given)
        asked = self.alive[whom] in self.waiting.values()
        assert answer.status_code == (409 if asked else 201), answer.text
        if not asked:
            self.waiting[answer.json()["id"]] = self.alive[whom]

    @rule(verb=st.sampled_from(["verify", "reject"]))
    def decide(self, verb: str) -> None:
        if not self.waiting:
            return
        request, member = next(iter(self.waiting.items()))
        name = next((each for each, id_ in self.alive.items() if id_ == member), None)
        body = {"reason": "withdrawn"} if verb == "reject" else None
        answer = self.ask("key", "POST", f"/v1/data-requests/{request}/{verb}", body)
        if verb == "verify" and name is not None and self.is_last_owner(name):
            assert answer.status_code == 409
            return
        assert answer.is_success, answer.text
        del self.waiting[request]
        if verb == "verify":
            self.requests.append(request)
            if name is not None:
                self.gone(name)

    @rule()
    def import_the_erased(self) -> None:
        """Nobody comes back by an import of what was there before."""
        given = {"handle": "again", "display_name": "Again", "joined_at": "2020-01-01T00:00:00Z"}
        items = [
            given | {"provider": "slack", "subject": f"{name}-{member}"}
            for member, name in self.erased.items()
        ]
        if not items:
            return

        def refused() -> bool:
            """As soon as membership itself has carried the erasure out; until then they are known."""
            answer = self.ask("key", "POST", f"{self.path}/import", {"items": items})
            outcomes = {(each["outcome"], each["member_id"]) for each in answer.json()["items"]}
            assert "created" not in {outcome for outcome, _ in outcomes}
            return outcomes == {("refused", None)}

        eventually(refused, within=20)

    def teardown(self) -> None:
        eventually(self._all_done, within=40)
        with self.stack.direct("membership") as key:
            listed = {each["id"]: each for each in key.get(f"{self.path}?limit=100").json()["items"]}
            left = {id_: key.get(f"{self.path}/{id_}").json() for id_ in self.erased}
        assert {id_ for id_, each in listed.items() if each["state"] == "active"} == set(self.alive.values())
        for id_, each in left.items():
            assert (each["state"], each["handle"]) == ("erased", f"erased-{UUID(id_).hex}")
            assert (each["display_name"], each["roles"]) == ("Erased member", [])
        sql = f"SELECT payload FROM outbox WHERE community_id = '{self.community}'"
        facts = [
            (s, from_json(p))
            for s, p in self.stack.rows("membership", sql.replace("payload", "subject, payload"))
        ]
        buried = Counter(fact["member_id"] for subject, fact in facts if ".member_erased." in subject)
        assert buried == Counter(dict.fromkeys(self.erased, 1))
        for name, persons in self.persons.items():
            times = sum(each == name for each in self.erased.values())
            assert len(persons) <= times + 1, "a login that was erased is somebody new"

    def _all_done(self) -> bool:
        with self.stack.direct("membership") as key:
            states = {key.get(f"/v1/data-requests/{each}").json()["state"] for each in self.requests}
        return states <= {"done"}


def test_every_story_of_erasures(stack: Cluster, resolve: Callable[..., dict[str, Any]]) -> None:
    def story() -> Story:
        return Story(stack, resolve)

    run_state_machine_as_test(
        story,  # type: ignore[arg-type]  # it only calls it
        settings=settings(
            max_examples=5,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
