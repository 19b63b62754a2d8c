"""Any story of questions and answers ends as a dictionary says, and every fact of it is told in order."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from shared.contracts.announced import ContentHidden, ContentRestored
from shared.facts import Fact
from shared.testing import Cluster, eventually
from tests.knowledge.conftest import Person
from tests.knowledge.test_answers import LONG_AGO, soon
from tests.knowledge.test_questions import a_question
from tests.membership.conftest import Someone
from tests.membership.telling import tell

WHICH = st.integers(0, 5)
LIVING = ("open", "answered", "accepted", "outdated")


@dataclass
class Said:
    """An answer as it should be; `by` is the number of its author among the people of the story."""

    by: int
    state: str = "posted"
    hidden: bool = False
    votes: dict[int, int] = field(default_factory=dict)

    @property
    def counts(self) -> bool:
        return not self.hidden and self.state != "deleted"


@dataclass
class Told:
    """A question as it should be; `accepted` is the number of the answer accepted last."""

    state: str = "open"
    hidden: bool = False
    accepted: int | None = None
    duplicate_of: int | None = None
    answers: dict[int, Said] = field(default_factory=dict)

    def recount(self) -> None:
        count = sum(each.counts for each in self.answers.values())
        if self.state in ("open", "answered"):
            self.state = "answered" if count else "open"

    def bereave(self) -> None:
        if self.state == "accepted":
            self.state = "outdated"


class Story(RuleBasedStateMachine):
    """Three questions at most, six answers in all; the editor does what takes more than a member."""

    def __init__(self, stack: Cluster, editor: Someone, people: list[Someone]) -> None:
        super().__init__()
        self.stack, self.editor, self.people = stack, editor, people
        self.ids: list[str] = []
        self.known: list[Told] = []
        self.answer_ids: list[str] = []
        self.of: list[int] = []
        self.version = 0

    @initialize()
    def begin(self) -> None:
        self.ask()
        self.ask()

    def one(self, which: int) -> tuple[str, Told, Said] | None:
        if which >= len(self.answer_ids):
            return None
        question = self.known[self.of[which]]
        return f"/answers/{self.answer_ids[which]}", question, question.answers[which]

    def expect(self, answer: httpx.Response, works: bool, done: int = 200) -> bool:
        assert answer.status_code in ((done,) if works else (404, 409)), answer.text
        return works

    @rule()
    def ask(self) -> None:
        if len(self.ids) < 3:
            self.ids.append(self.people[0].made("/questions", a_question())["id"])
            self.known.append(Told())

    @rule(q=st.integers(0, 2), by=st.integers(0, 2))
    def answer(self, q: int, by: int) -> None:
        if q >= len(self.ids) or len(self.answer_ids) > 5:
            return
        question = self.known[q]
        works = question.state in LIVING and not question.hidden
        given = self.people[by].post(f"/questions/{self.ids[q]}/answers", {"body": "Because."})
        if self.expect(given, works, 201):
            number = len(self.answer_ids)
            self.answer_ids.append(given.json()["id"])
            self.of.append(q)
            question.answers[number] = Said(by)
            question.recount()

    @rule(which=WHICH, until=st.booleans())
    def accept(self, which: int, until: bool) -> None:
        if (found := self.one(which)) is None:
            return
        path, question, said = found
        works = question.state in ("answered", "accepted", "outdated") and not question.hidden
        works = works and said.counts
        given = self.editor.post(f"{path}/accept", {"valid_until": soon()} if until else {})
        if self.expect(given, works):
            for each in question.answers.values():
                each.state = "posted" if each.state == "accepted" else each.state
            said.state, question.state, question.accepted = "accepted", "accepted", which

    @rule(which=WHICH)
    def outdate(self, which: int) -> None:
        if (found := self.one(which)) is None:
            return
        path, question, said = found
        works = said.counts and said.state == "accepted"
        if self.expect(self.editor.post(f"{path}/mark-outdated"), works):
            said.state = "outdated"
            question.bereave()

    @rule(which=WHICH)
    def expire(self, which: int) -> None:
        """The clock finds what was accepted for a time, wherever it is."""
        if (found := self.one(which)) is None or found[2].state != "accepted":
            return
        own = f"id = '{self.answer_ids[which]}' AND clock_at IS NOT NULL"
        self.stack.execute("knowledge", f"UPDATE answer SET clock_at = '{LONG_AGO}' WHERE {own}")
        due = f"SELECT count(*) FROM answer WHERE clock_at = '{LONG_AGO}'"
        waits = self.stack.rows("knowledge", due) != [(0,)]
        state = f"SELECT state, hidden_from FROM answer WHERE id = '{self.answer_ids[which]}'"
        eventually(lambda: self.stack.rows("knowledge", due) == [(0,)], within=10)
        if waits or "outdated" in self.stack.rows("knowledge", state)[0]:
            found[2].state = "outdated"
            found[1].bereave()

    @rule(which=WHICH)
    def delete(self, which: int) -> None:
        if (found := self.one(which)) is None:
            return
        path, question, said = found
        tag = self.editor.get(path).headers.get("ETag", '"1"')
        if self.expect(self.editor.ask("DELETE", path, If_Match=tag), said.state != "deleted", 204):
            was, said.state, said.hidden = said.state, "deleted", False
            if was == "accepted":
                question.bereave()
            question.recount()

    @rule(which=WHICH, by=st.integers(0, 2), value=st.sampled_from([1, -1, 0]))
    def vote(self, which: int, by: int, value: int) -> None:
        if (found := self.one(which)) is None:
            return
        path, question, said = found
        given = self.people[by].post(f"{path}/vote", {"value": value})
        if said.counts and not question.hidden and said.by == by:
            assert given.status_code == 403, given.text
        elif self.expect(given, said.counts and not question.hidden):
            said.votes[by] = value

    @rule(q=st.integers(0, 2), of=st.integers(0, 2))
    def duplicate(self, q: int, of: int) -> None:
        if max(q, of) >= len(self.ids):
            return
        question, original = self.known[q], self.known[of]
        given = self.editor.post(f"/questions/{self.ids[q]}/duplicate", {"of": self.ids[of]})
        works = question.state in LIVING and not question.hidden
        if q == of or (works and original.hidden):
            assert given.status_code == 422, given.text
        elif self.expect(given, works and original.state != "duplicate"):
            question.state, question.duplicate_of = "duplicate", of

    @rule(q=st.integers(0, 2))
    def close(self, q: int) -> None:
        if q >= len(self.ids):
            return
        question = self.known[q]
        given = self.editor.post(f"/questions/{self.ids[q]}/close", {"reason": "unclear"})
        if self.expect(given, question.state in LIVING and not question.hidden):
            question.state = "closed"

    @rule(q=st.integers(0, 2))
    def reopen(self, q: int) -> None:
        if q >= len(self.ids):
            return
        question = self.known[q]
        works = question.state in ("outdated", "closed", "duplicate") and not question.hidden
        if self.expect(self.editor.post(f"/questions/{self.ids[q]}/reopen"), works):
            last = question.accepted
            holds = last is not None and question.answers[last].state == "accepted"
            question.state, question.duplicate_of = ("accepted" if holds else "open"), None
            question.accepted = last if holds else None
            question.recount()

    @rule(which=WHICH)
    def hide_or_show_an_answer(self, which: int) -> None:
        if (found := self.one(which)) is None or found[2].state == "deleted":
            return
        said, question = found[2], found[1]
        said.hidden = not said.hidden
        self.moderate("answer", self.answer_ids[which], said.hidden)
        question.recount()

    @rule(q=st.integers(0, 2))
    def hide_or_show_a_question(self, q: int) -> None:
        if q < len(self.ids):
            self.known[q].hidden = not self.known[q].hidden
            self.moderate("question", self.ids[q], self.known[q].hidden)

    def moderate(self, kind: str, id_: str, hidden: bool) -> None:
        self.version += 1
        what: Any = ContentHidden if hidden else ContentRestored
        of = {"community_id": self.editor.community, "aggregate_version": self.version}
        fact: Fact = what(**of, content_id=UUID(id_), kind=kind)
        tell(self.stack, fact)
        sql = f"SELECT count(*) FROM {kind} WHERE id = '{id_}' AND hidden_from IS NOT NULL"
        eventually(lambda: self.stack.rows("knowledge", sql) == [(int(hidden),)], within=10)

    @invariant()
    def all_is_as_told(self) -> None:
        for q, (id_, told) in enumerate(zip(self.ids, self.known, strict=True)):
            shown = self.editor.get(f"/questions/{id_}").json()
            count = sum(each.counts for each in told.answers.values())
            last = None if told.accepted is None else self.answer_ids[told.accepted]
            original = None if told.duplicate_of is None else self.ids[told.duplicate_of]
            state = "hidden" if told.hidden else told.state
            assert [shown[name] for name in ("state", "answers", "accepted_answer_id", "duplicate_of")] == [
                state,
                count,
                last,
                original,
            ]
            expected = {
                self.answer_ids[number]: ("hidden" if each.hidden else each.state, sum(each.votes.values()))
                for number, each in told.answers.items()
                if each.state != "deleted"
            }
            items = self.editor.get(f"/questions/{id_}/answers").json()["items"]
            assert {each["id"]: (each["state"], each["votes"]) for each in items} == expected, q
            ranks = [(each["state"] != "accepted", -each["votes"], each["id"]) for each in items]
            assert ranks == sorted(ranks)
            accepted = [each for each in told.answers.values() if each.state == "accepted"]
            assert len(accepted) <= 1
            assert told.state != "accepted" or accepted

    def teardown(self) -> None:
        """Every version of a question, an answer and a vote was told, one after the other."""
        told: dict[tuple[str, str], list[int]] = {}
        columns = "aggregate_type, aggregate_id, aggregate_version"
        mine = f"community_id = '{self.editor.community}'"
        for kind, id_, version in self.stack.rows(
            "knowledge", f"SELECT {columns} FROM outbox WHERE {mine} ORDER BY seq"
        ):
            told.setdefault((kind, id_), []).append(version)
        assert all(versions == list(range(1, len(versions) + 1)) for versions in told.values())
        for table in ("question", "answer", "answer_vote"):
            for id_, version in self.stack.rows("knowledge", f"SELECT id, version FROM {table} WHERE {mine}"):
                assert told[table, id_][-1] == version


def test_every_story_of_questions(stack: Cluster, person: Person, editor: Someone) -> None:
    people = [person() for _ in range(3)]
    run_state_machine_as_test(
        lambda: Story(stack, editor, people),  # type: ignore[arg-type]  # it only calls it
        settings=settings(
            max_examples=6,
            stateful_step_count=25,
            deadline=None,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )
