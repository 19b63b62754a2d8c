"""Any story of a community that gathers, starts, rests, ends and returns goes as one table says."""

from collections.abc import Callable
from contextlib import ExitStack
from uuid import UUID, uuid4

import httpx
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pydantic_core import from_json

from shared.identity import Actor
from shared.testing import Cluster

PEOPLE = st.integers(0, 3)
TABLE = {
    "draft": {"open-gathering": "gathering", "activate": "active"},
    "gathering": {"activate": "active"},
    "active": {"pause": "paused", "archive": "archived"},
    "paused": {"resume": "active", "archive": "archived"},
    "archived": {"restore": "active"},
}
VERBS = st.sampled_from(sorted({verb for verbs in TABLE.values() for verb in verbs}))
FACTS = {
    "open-gathering": "community_gathering_opened",
    "activate": "community_activated",
    "pause": "community_paused",
    "resume": "community_resumed",
    "archive": "community_archived",
    "restore": "community_restored",
}
OVERRIDE = {"override": {"decision_ref": "board-1", "reason": "It has to begin somewhere."}}


class Story(RuleBasedStateMachine):
    """A community in the hands of the owner key, and four people who want it or not."""

    def __init__(self, stack: Cluster, key: httpx.Client, people: list[httpx.Client]) -> None:
        super().__init__()
        self.stack, self.key, self.people = stack, key, people

    @initialize(kind=st.sampled_from(["cop", "coi", "other"]), threshold=st.integers(1, 3))
    def found(self, kind: str, threshold: int) -> None:
        given = {
            "slug": f"l-{uuid4().hex[:12]}",
            "name": "A story",
            "kind": kind,
            "demand_threshold": threshold,
        }
        made = self.key.post("/v1/communities", json=given)
        assert made.status_code == 201
        self.community = UUID(made.json()["id"])
        self.path = f"/v1/communities/{self.community}"
        self.kind, self.threshold, self.state = kind, threshold, "draft"
        self.wanting: set[int] = set()
        self.told = ["community_created"]

    @property
    def allowed(self) -> dict[str, str]:
        verbs = TABLE[self.state]
        if self.kind == "coi" and self.state == "draft":
            return {verb: state for verb, state in verbs.items() if verb != "activate"}
        return verbs

    @rule(verb=VERBS, override=st.booleans())
    def run(self, verb: str, override: bool) -> None:
        body = OVERRIDE if override and verb == "activate" else None
        answer = self.key.post(f"{self.path}/{verb}", json=body)
        if verb not in self.allowed:
            assert answer.status_code == 409
            assert (answer.json()["state"], set(answer.json()["allowed"])) == (self.state, set(self.allowed))
        elif verb == "activate" and self.kind == "coi" and not self.reached and not override:
            assert (answer.status_code, answer.json()["type"]) == (409, "/problems/demand-not-reached")
        else:
            assert answer.status_code == 200, answer.text
            recorded = answer.json()["activation_override"]
            if verb == "activate":
                assert (recorded is not None) == (self.kind == "coi" and not self.reached)
            self.state = self.allowed[verb]
            self.told.append(FACTS[verb])

    @property
    def reached(self) -> bool:
        return len(self.wanting) >= self.threshold

    @rule(who=PEOPLE)
    def want(self, who: int) -> None:
        answer = self.people[who].put(f"{self.path}/demand/interest", json={"policy_version": "1"})
        if self.state == "archived":
            assert answer.status_code == 409
            return
        before = self.reached
        self.wanting.add(who)
        assert answer.json()["interested"] == len(self.wanting)
        if self.reached and not before:
            self.told.append("demand_threshold_reached")

    @precondition(lambda self: bool(self.wanting))
    @rule(who=PEOPLE)
    def no_longer(self, who: int) -> None:
        assert self.people[who].delete(f"{self.path}/demand/interest").status_code == 204
        self.wanting.discard(who)

    @invariant()
    def it_is_as_told(self) -> None:
        found = self.key.get(self.path).json()
        assert (found["state"], found["version"]) == (self.state, len(self.told))
        assert self.key.get(f"{self.path}/demand").json()["reached"] is self.reached

    def teardown(self) -> None:
        sql = f"SELECT subject, payload FROM outbox WHERE community_id = '{self.community}' ORDER BY seq"
        rows = self.stack.rows("membership", sql)
        assert [subject.split(".")[2] for subject, _ in rows] == self.told
        versions = [from_json(payload)["aggregate_version"] for _, payload in rows]
        assert versions == list(range(1, len(self.told) + 1))


def test_every_story_of_a_community(stack: Cluster, membership: httpx.Client) -> None:
    with ExitStack() as opened:
        actors = [Actor(kind="person", id=str(id_), person_id=id_) for id_ in (uuid4() for _ in range(4))]
        people = [opened.enter_context(stack.direct("membership", actor)) for actor in actors]
        story: Callable[[], Story] = lambda: Story(stack, membership, people)  # noqa: E731 - hypothesis calls it
        run_state_machine_as_test(
            story,  # type: ignore[arg-type]  # it only calls it
            settings=settings(
                max_examples=12,
                stateful_step_count=20,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
