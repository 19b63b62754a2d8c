"""Any story of an article ends as a few variables say: what is read changes by approval and release alone."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
from hypothesis import HealthCheck, Phase, settings
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

from shared.testing import Cluster, eventually
from tests.knowledge.conftest import Person, an_article
from tests.knowledge.writing import a_shelf, put, run_out
from tests.membership.conftest import Someone

WHO = st.sampled_from(["owner", "ada", "bob", "eve"])
EDITORS = ("ada", "bob", "eve")
GONE = ("archived",)


@dataclass
class Told:
    """What should be so: the texts, who wrote them, how far the draft and the release are."""

    texts: list[str]
    authors: list[str]
    released: int = 0
    draft: int | None = 1
    draft_state: str | None = "draft"
    state: str = "draft"
    submitter: str | None = None
    said: set[str] = field(default_factory=set)
    approved: int = 0

    def shows(self) -> str:
        return self.state if self.released or self.state in GONE else str(self.draft_state)

    def may_judge(self, who: str) -> bool:
        return who not in (*self.authors[self.released :], self.submitter)


class Story(RuleBasedStateMachine):
    """One article with an owner, three editors and a reader."""

    def __init__(self, stack: Cluster, people: dict[str, Someone], reader: Someone) -> None:
        super().__init__()
        self.stack, self.people, self.reader = stack, people, reader
        self.aged = 0

    @initialize(approvals=st.integers(0, 2))
    def draft(self, approvals: int) -> None:
        self.needed = approvals
        shelf = a_shelf(self.stack, self.reader.community, approvals=approvals)
        given = an_article(body="Text 1", collection_id=shelf)
        self.article = self.people["owner"].made("/articles", given)
        self.path = f"/articles/{self.article['id']}"
        self.told = Told(["Text 1"], ["owner"])

    def does(self, who: str, verb: str, works: bool, body: Any = None) -> bool:
        """The verb works exactly then; refused, it changes nothing."""
        answer = self.people[who].post(f"{self.path}/{verb}", body)
        assert answer.status_code in ((200,) if works else (403, 404, 409)), (verb, answer.text)
        return works

    def saved(self, who: str, text: str) -> None:
        told = self.told
        told.texts.append(text)
        told.authors.append(who)
        told.draft, told.draft_state = len(told.texts), "draft"

    @rule(who=WHO)
    def save(self, who: str) -> None:
        text = f"Text {len(self.told.texts) + 1}"
        answer = put(self.people[who], self.article, {"body": text})
        works = self.told.state not in GONE
        assert answer.status_code == (200 if works else 409), answer.text
        if works:
            self.saved(who, text)

    @rule(who=WHO, number=st.integers(1, 4))
    def revert(self, who: str, number: int) -> None:
        works = self.told.state not in GONE and number <= len(self.told.texts)
        if self.does(who, f"revert/{number}", works):
            self.saved(who, self.told.texts[number - 1])

    @rule(who=WHO)
    def submit(self, who: str) -> None:
        told = self.told
        works = told.state not in GONE and told.draft_state in ("draft", "changes_requested")
        if self.does(who, "submit", works):
            told.draft_state = "in_review" if self.needed else "approved"
            told.submitter, told.said, told.approved = who, set(), 0

    @rule(who=WHO)
    def withdraw(self, who: str) -> None:
        if self.does(who, "withdraw", self.told.state not in GONE and self.told.draft_state == "in_review"):
            self.told.draft_state = "draft"

    def judges(self, who: str, *states: str) -> bool:
        told = self.told
        may = who in EDITORS and told.may_judge(who) and who not in told.said
        return may and told.state not in GONE and told.draft_state in states

    @rule(who=WHO)
    def approve(self, who: str) -> None:
        if self.does(who, "approve", self.judges(who, "in_review")):
            self.told.said.add(who)
            self.told.approved += 1
            if self.told.approved >= self.needed:
                self.told.draft_state = "approved"

    @rule(who=WHO)
    def request_changes(self, who: str) -> None:
        works = self.judges(who, "in_review", "approved")
        if self.does(who, "request-changes", works, {"comment": "No."}):
            self.told.said.add(who)
            self.told.draft_state = "changes_requested"

    @rule(who=WHO)
    def publish(self, who: str) -> None:
        told = self.told
        works = who in EDITORS and told.state not in GONE and told.draft_state == "approved"
        if self.does(who, "publish", works) and told.draft is not None:
            told.released, told.draft, told.draft_state, told.state = told.draft, None, None, "published"

    @rule(who=WHO)
    def verify(self, who: str) -> None:
        if self.does(who, "verify", self.told.shows() in ("published", "verified", "stale")):
            self.told.state = "verified"

    @rule(who=WHO)
    def mark_stale(self, who: str) -> None:
        if self.does(who, "mark-stale", self.told.shows() in ("published", "verified")):
            self.told.state = "stale"

    @precondition(lambda self: self.told.shows() in ("published", "verified") and self.aged < 2)
    @rule()
    def run_out(self) -> None:
        self.aged += 1
        run_out(self.stack, self.article["id"])
        eventually(lambda: self.reader.get(self.path).json()["state"] == "stale", within=10)
        self.told.state = "stale"

    @rule(who=WHO)
    def deprecate(self, who: str) -> None:
        works = who in EDITORS and self.told.shows() in ("published", "verified", "stale")
        if self.does(who, "deprecate", works):
            self.told.state = "deprecated"

    @precondition(lambda self: len(self.told.texts) > 3)
    @rule(who=WHO)
    def archive(self, who: str) -> None:
        told = self.told
        works = told.state not in GONE and (who in EDITORS or not told.released)
        if self.does(who, "archive", works):
            told.state = "archived"
            if told.draft_state == "in_review":
                told.draft_state = "draft"

    # -- what must be true -----------------------------------------------------------------------------------

    @invariant()
    def all_is_as_told(self) -> None:
        if not hasattr(self, "told"):
            return
        told = self.told
        found = self.people["ada"].get(f"{self.path}?revision=draft").json()
        assert (found["state"], found["draft_state"]) == (told.shows(), told.draft_state)
        assert (found["released_revision"], found["draft_revision"]) == (told.released or None, told.draft)
        assert found["body"] == told.texts[(told.draft or told.released) - 1]
        self.is_read(self.reader.get(self.path))

    def is_read(self, answer: httpx.Response) -> None:
        """A reader reads what was released last, or nothing."""
        told = self.told
        if not told.released or told.state in GONE:
            assert answer.status_code == 404
        else:
            read = answer.json()
            assert (read["revision"], read["body"]) == (told.released, told.texts[told.released - 1])

    def teardown(self) -> None:
        if not hasattr(self, "told"):
            return
        of = f"aggregate_type = 'article' AND aggregate_id = '{self.article['id']}'"
        rows = self.stack.rows("knowledge", f"SELECT payload FROM outbox WHERE {of} ORDER BY seq")
        versions = [from_json(payload)["aggregate_version"] for (payload,) in rows]
        assert versions == list(range(1, self.people["ada"].get(self.path).json()["version"] + 1))


def test_every_story_of_an_article(stack: Cluster, community: UUID, person: Person) -> None:
    people = {"owner": person()} | {name: person("editor") for name in EDITORS}
    reader = person()
    assert reader.community == community
    run_state_machine_as_test(
        lambda: Story(stack, people, reader),  # type: ignore[arg-type]  # it only calls it
        settings=settings(
            max_examples=12,
            stateful_step_count=30,
            deadline=None,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )
