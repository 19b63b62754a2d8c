"""Questions and answers that moderation hides, and those of somebody who is erased."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from services.knowledge.questions.rules import FORGOTTEN_TITLE
from shared.contracts.announced import ContentHidden, ContentRestored
from shared.facts import Fact
from shared.testing import Cluster, eventually
from tests.erasing import erase
from tests.knowledge.conftest import Facts, Person
from tests.knowledge.test_answers import LONG_AGO, soon
from tests.knowledge.test_questions import answered, asked, listed, state
from tests.membership.conftest import Someone
from tests.membership.telling import tell


class Moderation:
    """What moderation says of one thing after the other."""

    def __init__(self, stack: Cluster, community: UUID) -> None:
        self.stack, self.community, self.version = stack, community, 0

    def _say(self, what: type[Any], path: str) -> None:
        self.version += 1
        kind, id_ = path.strip("/").split("/")
        of: dict[str, Any] = {"community_id": self.community, "aggregate_version": self.version}
        fact: Fact = what(**of, content_id=UUID(id_), kind=kind.removesuffix("s"))
        tell(self.stack, fact)

    def hide(self, path: str, by: Someone) -> None:
        self._say(ContentHidden, path)
        eventually(lambda: by.get(path).status_code == 404, within=10)

    def show(self, path: str, by: Someone) -> None:
        self._say(ContentRestored, path)
        eventually(lambda: by.get(path).status_code == 200, within=10)


@pytest.fixture
def moderation(stack: Cluster, community: UUID) -> Moderation:
    return Moderation(stack, community)


def found(by: Someone, words: str) -> list[str]:
    """What a search for these words leads to."""
    answer = by.get(f"/search?q={words}")
    assert answer.status_code == 200, answer.text
    return [f"/{each['kind']}s/{each['id']}" for each in answer.json()["items"]]


def test_a_hidden_question_is_for_editors_and_comes_back_as_it_was(
    person: Person, editor: Someone, moderation: Moderation, facts: Facts
) -> None:
    ada, word = person(), f"w{uuid4().hex[:10]}"
    path = asked(ada, title=f"Where is the {word}?")
    answer = answered(person(), path)
    ada.made(f"{answer}/accept")
    assert set(found(ada, word)) == {path, answer}
    moderation.hide(path, ada)
    assert [ada.get(each).status_code for each in (answer, f"{path}/answers")] == [404, 404]
    assert ada.post(f"{path}/answers", {"body": "More"}).status_code == 404
    assert (listed(ada), found(ada, word)) == ([], [])
    assert state(editor, path) == "hidden"
    assert editor.post(f"{path}/close", {"reason": "unclear"}).status_code == 409
    moderation.show(path, ada)
    assert state(ada, path) == "accepted"
    assert set(found(ada, word)) == {path, answer}
    assert [len(facts(each)) for each in ("question_hidden", "question_restored")] == [1, 1]


def test_a_hidden_answer_does_not_count_until_it_is_back(
    person: Person, editor: Someone, moderation: Moderation, facts: Facts
) -> None:
    ada, ben, word = person(), person(), f"w{uuid4().hex[:10]}"
    path = asked(ada)
    answer = answered(ben, path, f"The {word} is here.")
    moderation.hide(answer, ben)
    assert (state(ada, path), ada.get(path).json()["answers"]) == ("open", 0)
    assert ada.get(f"{path}/answers").json()["items"] == []
    assert [each["state"] for each in editor.get(f"{path}/answers").json()["items"]] == ["hidden"]
    assert (found(ben, word), ada.post(f"{answer}/accept").status_code) == ([], 404)
    assert editor.post(f"{answer}/accept").status_code == 409
    moderation.show(answer, ben)
    assert (state(ada, path), found(ben, word)) == ("answered", [answer])
    assert [len(facts(each)) for each in ("answer_hidden", "answer_restored", "question_reopened")] == [1] * 3


def test_what_happens_to_an_accepted_answer_while_it_is_hidden(
    person: Person, moderation: Moderation, stack: Cluster
) -> None:
    ada = person()
    path = asked(ada)
    first, second = answered(person(), path), answered(person(), path)
    ada.made(f"{first}/accept")
    moderation.hide(first, ada)
    assert state(ada, path) == "accepted"
    ada.made(f"{second}/accept", {"valid_until": soon()})
    moderation.show(first, ada)
    assert (state(ada, first), state(ada, second)) == ("posted", "accepted")
    moderation.hide(second, ada)
    own = f"id = '{second.removeprefix('/answers/')}'"
    stack.execute("knowledge", f"UPDATE answer SET clock_at = '{LONG_AGO}' WHERE {own}")
    eventually(lambda: state(ada, path) == "outdated", within=10)
    moderation.show(second, ada)
    assert state(ada, second) == "outdated"


def test_an_erased_members_words_are_gone_and_their_votes_uncounted(
    person: Person, stack: Cluster, facts: Facts
) -> None:
    ada, ben, word = person(), person(), f"w{uuid4().hex[:10]}"
    assert ada.member_id is not None
    hers = [asked(ada, title=f"Where is the {word} number {n}?", body=word) for n in range(7)]
    his = asked(ben)
    his_answer, her_answer = answered(ben, hers[0]), answered(ada, his, f"The {word} is here.")
    ben.made(f"{her_answer}/accept")
    ada.made(f"{his_answer}/vote", {"value": 1})
    person().made(f"{his_answer}/vote", {"value": 1})
    ben.made(f"{hers[1]}/invite", {"member_ids": [str(uuid4())]})
    ada.made(f"{his}/invite", {"member_ids": [str(uuid4())]})

    erased = erase(stack, "knowledge", ada.community, members=(ada.member_id,))
    counted = {"question": 7, "answer": 1, "answer_vote": 1, "question_invitation": 1}
    assert counted.items() <= erased.items()
    for path in hers:
        shown = ben.get(path).json()
        assert (shown["title"], shown["body"], shown["asked_by"]) == (FORGOTTEN_TITLE, "", None)
        assert shown["state"] == ("answered" if path == hers[0] else "closed")
    assert ben.get(her_answer).status_code == 404
    assert (state(ben, his), ben.get(his_answer).json()["votes"]) == ("outdated", 1)
    assert found(ben, word) == []
    assert len(facts("question_forgotten")) == 7
    for table in ("question", "answer", "answer_vote", "question_invitation", "search_document"):
        rows = stack.rows("knowledge", f"SELECT * FROM {table} WHERE community_id = '{ada.community}'")
        assert word not in str(rows)
        assert str(ada.member_id) not in str(rows)
    assert ada.post("/questions", {"title": "T", "body": "B"}).status_code == 403
    assert ada.post(f"{hers[0]}/answers", {"body": "B"}).status_code == 403
    assert ada.post(f"{his_answer}/vote", {"value": 1}).status_code == 403
    invited = ben.post(f"{his}/invite", {"member_ids": [str(ada.member_id)]})
    assert (invited.status_code, invited.json()["type"]) == (403, "/problems/person-erased")
