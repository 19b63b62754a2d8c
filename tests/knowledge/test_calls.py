"""Calls for contributions: who may claim one, how it ends, and that it ends once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.knowledge.calls import rules
from services.knowledge.calls.rules import CallState, CallVerb
from shared.clock import now
from shared.testing import Cluster, eventually
from tests.knowledge.conftest import Facts, Person, an_article
from tests.knowledge.writing import ids, refused
from tests.membership.conftest import Someone, at_once, codes

PATH = "/contribution-calls"


def a_call(**changes: Any) -> dict[str, Any]:
    return {"topic": "How we run our pub quiz", "for_whom": "organisers"} | changes


def soon(seconds: float) -> str:
    return (now() + timedelta(seconds=seconds)).isoformat()


@pytest.fixture
def call(editor: Someone) -> dict[str, Any]:
    return editor.made(PATH, a_call())


def told(facts: Facts) -> list[str]:
    return [fact["fact"] for fact in facts() if fact["fact"].startswith("call_")]


def test_a_call_is_claimed_given_back_and_fulfilled(
    editor: Someone, person: Person, call: dict[str, Any], facts: Facts
) -> None:
    path, writer = f"{PATH}/{call['id']}", person()
    assert (call["state"], call["opened_by"]) == ("open", str(editor.member_id))
    claimed = writer.made(f"{path}/claim")
    assert (claimed["state"], claimed["claimed_by"]) == ("claimed", str(writer.member_id))
    back = writer.made(f"{path}/release")
    assert (back["state"], back["claimed_by"], back["claimed_at"]) == ("open", None, None)
    writer.made(f"{path}/claim")
    article = writer.made("/articles", an_article())["id"]
    done = writer.made(f"{path}/fulfil", {"article_id": article})
    assert (done["state"], done["article_id"], done["fulfilled_by"]) == (
        "fulfilled",
        article,
        str(writer.member_id),
    )
    for verb in ("claim", "release", "fulfil", "withdraw"):
        refusal = editor.post(f"{path}/{verb}")
        assert refused(refusal, 409, "invalid-transition"), verb
        assert refusal.json()["allowed"] == []
    assert told(facts) == ["call_opened", "call_claimed", "call_released", "call_claimed", "call_fulfilled"]
    assert facts("call_fulfilled")[0]["article_id"] == article


def test_of_many_who_claim_it_one_does(person: Person, call: dict[str, Any], facts: Facts) -> None:
    many = [person() for _ in range(6)]
    claims = [lambda who=who: who.post(f"{PATH}/{call['id']}/claim") for who in many]
    assert codes(at_once(claims)) == [200, *[409] * 5]
    claimed_by = many[0].get(f"{PATH}/{call['id']}").json()["claimed_by"]
    assert [fact["member_id"] for fact in facts("call_claimed")] == [claimed_by]


def test_who_may_do_what(editor: Someone, person: Person, key: Someone, call: dict[str, Any]) -> None:
    path, writer, other, guest = f"{PATH}/{call['id']}", person(), person(), person(guest=True)
    theirs = other.made("/articles", an_article())["id"]
    for nobody in (writer, other):
        assert nobody.post(PATH, a_call()).status_code == 403
        assert nobody.patch(path, {"topic": "Mine"}, If_Match='"1"').status_code == 403
        assert nobody.post(f"{path}/withdraw").status_code == 403
    assert [guest.get(PATH).status_code, guest.post(f"{path}/claim").status_code] == [403, 403]
    assert key.post(f"{path}/claim").status_code == 403  # a key is nobody who writes
    writer.made(f"{path}/claim")
    assert [other.post(f"{path}/{verb}").status_code for verb in ("release", "fulfil")] == [403, 403]
    assert refused(writer.post(f"{path}/fulfil"), 422, "not-their-article")
    assert refused(writer.post(f"{path}/fulfil", {"article_id": theirs}), 422, "unknown-article")
    assert refused(writer.post(f"{path}/fulfil", {"article_id": str(uuid4())}), 422, "unknown-article")
    shown = editor.made("/articles", an_article(title="Of the editor"))["id"]
    editor.made(f"/articles/{shown}/submit")
    person("editor").made(f"/articles/{shown}/approve")
    editor.made(f"/articles/{shown}/publish")
    assert refused(writer.post(f"{path}/fulfil", {"article_id": shown}), 422, "not-their-article")
    released = editor.made(f"{path}/release")
    assert released["state"] == "open"
    done = editor.made(f"{path}/fulfil", {"article_id": theirs})
    assert done["fulfilled_by"] == str(editor.member_id)
    stranger = person("editor", within=uuid4())
    for verb in ("claim", "release", "fulfil", "withdraw"):
        assert stranger.post(f"{path}/{verb}").status_code == 404
    assert stranger.get(path).status_code == 404


def test_a_call_is_changed_and_withdrawn(editor: Someone, call: dict[str, Any], facts: Facts) -> None:
    path = f"{PATH}/{call['id']}"
    assert editor.patch(path, {"topic": "Other"}).status_code == 428
    changed = editor.patch(path, {"topic": "Other", "for_whom": None, "reward": "Cake"}, If_Match='"1"')
    assert changed.status_code == 200, changed.text
    assert [changed.json()[name] for name in ("topic", "for_whom", "reward", "version")] == [
        "Other",
        None,
        "Cake",
        2,
    ]
    assert editor.patch(path, {"topic": "Third"}, If_Match='"1"').status_code == 412
    assert editor.made(f"{path}/withdraw")["state"] == "withdrawn"
    assert refused(editor.patch(path, {"topic": "Third"}, If_Match='"3"'), 409, "invalid-transition")
    assert told(facts) == ["call_opened", "call_changed", "call_withdrawn"]


def test_what_is_given_is_bounded(editor: Someone) -> None:
    for wrong in (
        {"topic": " "},
        {"topic": "x" * 201},
        {"reward": "x" * 301},
        {"description": ""},
        {"deadline": "tomorrow"},
        {"state": "claimed"},
    ):
        assert editor.post(PATH, a_call(**wrong)).status_code == 422, wrong
    assert refused(editor.post(PATH, a_call(deadline=soon(-1))), 422, "deadline-passed")
    event = str(uuid4())
    same = [lambda: editor.post(PATH, a_call(event_id=event))] * 4
    assert codes(at_once(same)) == [201, 409, 409, 409]
    assert refused(editor.post(PATH, a_call(event_id=event)), 409, "event-called-for")


def test_the_clock_ends_what_nobody_fulfilled_once(editor: Someone, person: Person, facts: Facts) -> None:
    writer = person()
    left, claimed = (editor.made(PATH, a_call(deadline=soon(1.5)))["id"] for _ in range(2))
    later = editor.made(PATH, a_call(deadline=soon(3600)))["id"]
    writer.made(f"{PATH}/{claimed}/claim")
    eventually(lambda: len(facts("call_expired")) == 2, within=10)
    for ended in (left, claimed):
        assert editor.get(f"{PATH}/{ended}").json()["state"] == "expired"
        assert refused(writer.post(f"{PATH}/{ended}/claim"), 409, "invalid-transition")
    moved = editor.get(f"{PATH}/{later}")
    assert moved.json()["state"] == "open"
    changed = editor.patch(f"{PATH}/{later}", {"deadline": None}, If_Match=moved.headers["ETag"])
    assert changed.json()["deadline"] is None
    assert sorted(fact["call_id"] for fact in facts("call_expired")) == sorted([left, claimed])


def test_a_deadline_counts_before_the_clock_looks(editor: Someone, stack: Cluster, person: Person) -> None:
    call = editor.made(PATH, a_call(deadline=soon(3600)))["id"]
    past = datetime(2026, 1, 2, tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    stack.execute("knowledge", f"UPDATE contribution_call SET clock_at = '{past}' WHERE id = '{call}'")
    answer = person().post(f"{PATH}/{call}/claim")
    assert (answer.status_code, answer.json()["state"]) == (409, "expired")


def test_calls_are_listed(editor: Someone, person: Person) -> None:
    first, second, third = (editor.made(PATH, a_call(topic=f"Topic {n}"))["id"] for n in range(3))
    writer = person()
    since = writer.made(f"{PATH}/{second}/claim")["updated_at"]
    assert ids(writer.get(PATH)) == [first, second, third]
    assert ids(writer.get(f"{PATH}?state=open")) == [first, third]
    assert ids(writer.get(f"{PATH}?state=claimed")) == [second]
    assert ids(writer.get(f"{PATH}?updated_since={since.replace('+', '%2B')}")) == [second]
    page = writer.get(f"{PATH}?limit=2").json()
    assert ids(writer.get(f"{PATH}?limit=2&cursor={page['next_cursor']}")) == [third]
    assert ids(person(within=uuid4()).get(PATH)) == []


VERBS = ("claim", "release", "fulfil", "withdraw")


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.sampled_from(VERBS), st.integers(0, 2)), max_size=8))
def test_any_story_of_a_call_follows_the_rules(
    editor: Someone, person: Callable[..., Someone], steps: list[tuple[str, int]]
) -> None:
    who = [person(), person(), editor]
    call = editor.made(PATH, a_call())
    state, holder, version = CallState.OPEN, None, 1
    for verb, number in steps:
        answer = who[number].post(f"{PATH}/{call['id']}/{verb}")
        manages, holds = number == 2, holder == number
        may = {"claim": True, "withdraw": manages}.get(verb, manages or holds)
        if not may:
            wanted = 403
        elif verb == "fulfil" and not manages:
            wanted = 422
        else:
            wanted = 200 if CallVerb(verb) in rules.MOVES.get(state, {}) else 409
        assert answer.status_code == wanted, (verb, number, state, answer.text)
        if wanted == 200:
            state, version = rules.MOVES[state][CallVerb(verb)], version + 1
            holder = number if verb == "claim" else None if verb == "release" else holder
    shown = editor.get(f"{PATH}/{call['id']}").json()
    claimed_by = None if holder is None else str(who[holder].member_id)
    assert (shown["state"], shown["version"], shown["claimed_by"]) == (state, version, claimed_by)


def test_the_standing_of_calls() -> None:
    moment = datetime(2026, 6, 1, tzinfo=UTC)
    earlier, later = moment - timedelta(seconds=1), moment + timedelta(seconds=1)
    for state in CallState:
        runs = state in (CallState.OPEN, CallState.CLAIMED)
        assert rules.standing(state, None, moment) is state
        assert rules.standing(state, later, moment) is state
        for until in (earlier, moment):
            assert rules.standing(state, until, moment) is (CallState.EXPIRED if runs else state)
        assert bool(rules.verbs(state)) is runs
