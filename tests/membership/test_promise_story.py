"""Any story of promises and passing time ends as a few dictionaries say, while the timer runs."""

from dataclasses import dataclass
from typing import Any

import httpx
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from pydantic_core import from_json

from shared.testing import Cluster, eventually
from tests.conftest import found_community
from tests.membership.test_promises import REASON, promise, soon

HOUR = 3600
CLOCKS = ("made_at", "due_at", "breaks_at", "clock_at")
WHICH = st.integers(0, 5)
STORIES = {
    "open": [],
    "late": ["late"],
    "broken": ["late", "broken"],
    "kept": ["kept"],
    "kept_late": ["late", "kept_late"],
    "apologised": ["late", "broken", "apologised"],
}


@dataclass
class Told:
    """What should be known of a promise: its state when it was last touched, and the hours still left."""

    state: str
    left: float
    grace: int

    def standing(self) -> str:
        if self.state == "open" and self.left < 0:
            self.state = "late"
        if self.state == "late" and self.left + self.grace < 0:
            self.state = "broken"
        return self.state


class Story(RuleBasedStateMachine):
    """Nobody waits here: an hour passes by moving every promise an hour into the past."""

    def __init__(self, stack: Cluster, client: httpx.Client) -> None:
        super().__init__()
        self.stack, self.client = stack, client
        self.community = found_community(client)
        self.path = f"/v1/communities/{self.community}/promises"
        self.to = promise()["to"]
        self.ids: list[str] = []
        self.known: list[Told] = []

    def post(self, path: str, body: Any) -> int:
        return self.client.post(f"{self.path}{path}", json=body).status_code

    @precondition(lambda self: len(self.ids) < 6)
    @rule(due=st.integers(0, 20), grace=st.integers(0, 10))
    def make(self, due: int, grace: int) -> None:
        left = due + 0.5  # half an hour off, so that no second of the test decides
        given = promise(to=self.to, due={"at": soon(left * HOUR)}, grace_hours=grace)
        self.ids.append(self.client.post(self.path, json=given).json()["id"])
        self.known.append(Told("open", left, grace))

    @rule(hours=st.integers(1, 8))
    def wait(self, hours: int) -> None:
        if self.stack.postgres is None:
            moved = [f"{c} = strftime('%Y-%m-%dT%H:%M:%f000Z', {c}, '-{hours} hours')" for c in CLOCKS]
        else:
            moved = [f"{c} = {c} - interval '{hours} hours'" for c in CLOCKS]
        own = f"WHERE community_id = '{self.community}'"
        self.stack.execute("membership", f"UPDATE promise SET {', '.join(moved)} {own}")
        for each in self.known:
            each.left -= hours

    def goes(self, which: int, verb: str, body: Any, **to: str) -> None:
        """The verb works exactly where a promise stands in one of the states `to` begins with."""
        if which >= len(self.ids):
            return
        each = self.known[which]
        following = to.get(each.standing())
        assert self.post(f"/{self.ids[which]}/{verb}", body) == (200 if following else 409)
        each.state = following or each.state

    @rule(which=WHICH)
    def keep(self, which: int) -> None:
        self.goes(which, "keep", {}, open="kept", late="kept_late")

    @rule(which=WHICH)
    def release(self, which: int) -> None:
        self.goes(which, "release", REASON, open="released", late="released")

    @rule(which=WHICH)
    def apologise(self, which: int) -> None:
        self.goes(which, "apologise", {"text": "Sorry."}, broken="apologised")

    @rule(which=WHICH, by=WHICH)
    def supersede(self, which: int, by: int) -> None:
        if max(which, by) >= len(self.ids):
            return
        body = {"by": self.ids[by]}
        if which == by:
            assert self.post(f"/{self.ids[which]}/supersede", body) == 422
        elif self.known[by].standing() in ("open", "late"):
            self.goes(which, "supersede", body, open="superseded", late="superseded")
        else:
            self.goes(which, "supersede", body)

    def teardown(self) -> None:
        expected = {id_: each.standing() for id_, each in zip(self.ids, self.known, strict=True)}

        def written_down() -> bool:
            items = self.client.get(self.path).json()["items"]
            return {each["id"]: each["state"] for each in items} == expected

        eventually(written_down, within=10)
        told: dict[str, list[str]] = {id_: [] for id_ in self.ids}
        sql = f"SELECT subject, payload FROM outbox WHERE community_id = '{self.community}' ORDER BY seq"
        for subject, payload in self.stack.rows("membership", sql):
            if (fact := from_json(payload)).get("promise_id") in told:
                told[fact["promise_id"]].append(subject.split(".")[2].removeprefix("promise_"))
                assert fact["aggregate_version"] == len(told[fact["promise_id"]])
        for id_, state in expected.items():
            if state in STORIES:
                assert told[id_] == ["made", *STORIES[state]]
            else:
                assert told[id_] in (["made", state], ["made", "late", state])


def test_every_story_of_promises(stack: Cluster, membership: httpx.Client) -> None:
    def story() -> Story:
        return Story(stack, membership)

    run_state_machine_as_test(
        story,  # type: ignore[arg-type]  # it only calls it
        settings=settings(
            max_examples=10, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_the_hours_are_those_of_the_service(stack: Cluster, membership: httpx.Client) -> None:
    """The trick of the story holds: a promise moved by two hours is late, one moved by less is not."""
    story = Story(stack, membership)
    story.make(1, 5)
    story.make(3, 5)
    story.wait(2)
    assert [each.standing() for each in story.known] == ["late", "open"]
    story.teardown()
