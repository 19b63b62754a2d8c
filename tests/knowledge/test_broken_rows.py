"""What the clock cannot do with one row, which a defect or a restore broke, holds up no other."""

from collections.abc import Callable
from typing import Any

from shared.contracts.membership import MemberLeft, MergeApplied
from shared.testing import Cluster, eventually
from tests.knowledge.conftest import Person
from tests.knowledge.test_answers import soon
from tests.knowledge.test_calls import a_call
from tests.knowledge.test_people import Heard, claimed, claimer, curators, heard, id_of
from tests.knowledge.test_questions import answered, asked, state
from tests.knowledge.writing import LONG_AGO, run_out
from tests.membership.conftest import Someone

__all__ = ["heard"]

Published = Callable[..., dict[str, Any]]
BEFORE = "2025-01-02T03:04:05.000000Z"


def break_(stack: Cluster, table: str, id_: str, *, clock_at: str | None = None) -> None:
    """Let the row tell a version again that was told: nothing can be written of it."""
    due = f", clock_at = '{clock_at}'" if clock_at else ""
    stack.execute("knowledge", f"UPDATE {table} SET version = 0{due} WHERE id = '{id_}'")


def mend(stack: Cluster, table: str, id_: str) -> None:
    stack.execute("knowledge", f"UPDATE {table} SET version = 50 WHERE id = '{id_}'")


def test_one_article_that_cannot_age_holds_up_no_other(
    stack: Cluster, editor: Someone, published: Published
) -> None:
    broken, *others = [published(title=f"Number {n}")["id"] for n in range(4)]
    break_(stack, "article", broken, clock_at=BEFORE)
    run_out(stack, *others)
    eventually(lambda: {state(editor, f"/articles/{each}") for each in others} == {"stale"}, within=10)
    assert state(editor, f"/articles/{broken}") == "published"
    mend(stack, "article", broken)
    eventually(lambda: state(editor, f"/articles/{broken}") == "stale", within=10)


def test_one_answer_that_cannot_end_holds_up_no_other(stack: Cluster, person: Person) -> None:
    ada = person()
    broken, other = (answered(ada, asked(ada)) for _ in range(2))
    for each in (broken, other):
        ada.made(f"{each}/accept", {"valid_until": soon()})
    break_(stack, "answer", broken.rpartition("/")[2], clock_at=BEFORE)
    id_ = other.rpartition("/")[2]
    stack.execute("knowledge", f"UPDATE answer SET clock_at = '{LONG_AGO}' WHERE id = '{id_}'")
    eventually(lambda: state(ada, other) == "outdated", within=10)
    mend(stack, "answer", broken.rpartition("/")[2])
    eventually(lambda: state(ada, broken) == "outdated", within=10)


def test_one_call_that_cannot_expire_holds_up_no_other(stack: Cluster, editor: Someone) -> None:
    broken, other = (editor.made("/contribution-calls", a_call())["id"] for _ in range(2))
    break_(stack, "contribution_call", broken, clock_at=BEFORE)
    stack.execute("knowledge", f"UPDATE contribution_call SET clock_at = '{LONG_AGO}' WHERE id = '{other}'")
    eventually(lambda: state(editor, f"/contribution-calls/{other}") == "expired", within=10)
    mend(stack, "contribution_call", broken)
    eventually(lambda: state(editor, f"/contribution-calls/{broken}") == "expired", within=10)


def test_one_departure_or_merge_that_cannot_be_seen_to_holds_up_no_other(
    stack: Cluster, person: Person, editor: Someone, heard: Heard
) -> None:
    ada, ben, eve, joe = (person() for _ in range(4))
    given = {"title": "Guides", "kind": "guide", "curators": [str(ada.member_id), str(eve.member_id)]}
    collection = editor.made("/collections", given)["id"]
    break_(stack, "collection", collection)
    call = claimed(stack, ben)
    heard(MemberLeft, 1, member_id=id_of(ada))
    heard(MemberLeft, 1, member_id=id_of(ben))
    eventually(lambda: claimer(stack, call) == ("open", None), within=10)
    first = {"merge_id": id_of(ada), "merged_id": id_of(eve), "survivor_id": id_of(editor)}
    heard(MergeApplied, 1, **first)
    question = asked(joe)
    heard(MergeApplied, 1, merge_id=id_of(ben), merged_id=id_of(joe), survivor_id=id_of(editor))
    mine = str(editor.member_id)
    eventually(lambda: editor.get(question).json()["asked_by"] == mine, within=10)
    mend(stack, "collection", collection)
    eventually(lambda: curators(stack, collection) == {mine}, within=10)
