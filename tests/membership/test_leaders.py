"""Leader applications: asked with a sponsor, reviewed, accepted into function and network, then over."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.membership.leaders import rules
from services.membership.leaders.rules import LeaderState, LeaderVerb
from tests.membership.conftest import Someone, at_once, codes

Facts = Callable[..., list[dict[str, Any]]]
Person = Callable[..., Someone]
ASKS = {"motivation": "I care about it.", "intake": {"How many hours a week?": "Four"}}


def applied(who: Someone, **more: Any) -> str:
    return str(who.made("/leader-applications", ASKS | more)["id"])


def verb(by: Someone, id_: str, name: str) -> Any:
    return by.post(f"/leader-applications/{id_}/{name}")


def done(by: Someone, id_: str, *names: str) -> None:
    for name in names:
        answer = verb(by, id_, name)
        assert answer.status_code == 200, answer.text


def functions(key: Someone, who: Someone) -> list[str]:
    items = key.get(f"/members/{who.member_id}/functions").json()["items"]
    return [each["function"] for each in items]


def in_group(key: Someone, group: str) -> list[str]:
    return [each["member_id"] for each in key.get(f"/groups/{group}/members").json()["items"]]


@pytest.fixture
def network(key: Someone) -> str:
    given = {"slug": "leaders", "name": "Leaders", "kind": "leaders_network"}
    return str(key.made("/groups", given)["id"])


def test_the_path_of_a_leader(key: Someone, joined: Person, network: str, facts: Facts, audited: Any) -> None:
    ada, ben = joined("ada"), joined("ben")
    boss = joined("boss", "admin", by=key)
    id_ = applied(ada, sponsor_id=str(ben.member_id))
    done(ben, id_, "sponsor")
    done(boss, id_, "review", "accept")
    accepted = ada.get(f"/leader-applications/{id_}").json()
    assert (accepted["state"], accepted["decided_by"]) == ("accepted", str(boss.member_id))
    assert accepted["sponsored_at"] is not None
    assert functions(key, ada) == ["leader"]
    assert in_group(key, network) == [str(ada.member_id)]
    done(boss, id_, "graduate")
    assert (functions(key, ada), in_group(key, network)) == ([], [])
    told = [fact["fact"] for fact in facts()]
    assert [each for each in told if each.startswith("leader_")] == [
        f"leader_application_{each}"
        for each in ("submitted", "sponsored", "reviewed", "accepted", "graduated")
    ]
    assert {"function_granted", "group_member_added", "function_revoked", "group_member_removed"} <= set(told)
    assert "I care" not in str(facts())
    assert "Four" not in str(facts())
    assert [each for each in audited() if each.startswith("leader_application.")] == [
        f"leader_application.{each}" for each in ("review", "accept", "graduate")
    ]
    assert applied(ada) != id_


def test_accepting_needs_no_network_and_minds_no_function_held_before(key: Someone, joined: Person) -> None:
    ada = joined("ada")
    key.made(f"/members/{ada.member_id}/functions", {"function": "leader"})
    id_ = applied(ada)
    done(key, id_, "review", "accept")
    assert functions(key, ada) == ["leader"]


def test_accepting_leaves_somebody_what_they_are_in_the_network(
    key: Someone, joined: Person, network: str
) -> None:
    ada = joined("ada")
    path = f"/groups/{network}/members"
    assert key.ask("PUT", f"{path}/{ada.member_id}", {"function": "leader"}).is_success
    done(key, applied(ada), "review", "accept")
    assert [each["function"] for each in key.get(path).json()["items"]] == ["leader"]


def test_a_sponsor_confirms_once(joined: Person, facts: Facts) -> None:
    ada, ben = joined("ada"), joined("ben")
    id_ = applied(ada, sponsor_id=str(ben.member_id))
    answers = at_once([partial(verb, ben, id_, "sponsor") for _ in range(4)])
    assert codes(answers) == [200] + [409] * 3
    assert {each.json()["type"] for each in answers if each.status_code == 409} == {
        "/problems/already-sponsored"
    }
    assert len(facts("leader_application_sponsored")) == 1


def test_one_application_at_a_time(key: Someone, joined: Person) -> None:
    ada = joined("ada")
    answers = at_once([partial(ada.post, "/leader-applications", ASKS) for _ in range(6)])
    assert codes(answers) == [201] + [409] * 5
    assert {each.json()["type"] for each in answers if each.status_code == 409} == {
        "/problems/already-applied"
    }
    [open_one] = ada.get("/leader-applications").json()["items"]
    done(ada, open_one["id"], "withdraw")
    second = applied(ada)
    done(key, second, "review", "decline")
    third = applied(ada)
    done(key, third, "review", "accept")
    assert ada.post("/leader-applications", ASKS).status_code == 409


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"motivation": " "}, "invalid-input"),
        ({"motivation": "x" * 4001}, "invalid-input"),
        ({"intake": {f"q{i}": "a" for i in range(31)}}, "invalid-input"),
        ({"intake": {"q": "a" * 2001}}, "invalid-input"),
        ({"intake": {"q": {"deep": "a"}}}, "invalid-input"),
        ({"intake": {"q" * 201: "a"}}, "invalid-input"),
        ({"sponsor_id": str(uuid4())}, "sponsor-unknown"),
        ({"state": "accepted"}, "invalid-input"),
    ],
)
def test_what_is_no_application(joined: Person, facts: Facts, changes: dict[str, Any], problem: str) -> None:
    ada = joined("ada")
    before = len(facts())
    refused = ada.post("/leader-applications", ASKS | changes)
    assert (refused.status_code, refused.json()["type"]) == (422, f"/problems/{problem}")
    assert ada.get("/leader-applications").json()["items"] == []
    assert len(facts()) == before


def test_who_may_do_what_with_an_application(key: Someone, joined: Person) -> None:
    ada, ben, cy = joined("ada"), joined("ben"), joined("cy")
    boss = joined("boss", "admin", by=key)
    own = ada.post("/leader-applications", ASKS | {"sponsor_id": str(ada.member_id)})
    assert own.json()["type"] == "/problems/own-sponsor"
    assert ada.post("/leader-applications", ASKS | {"member_id": str(ben.member_id)}).status_code == 403
    assert key.post("/leader-applications", ASKS).status_code == 403
    id_ = applied(ada, sponsor_id=str(ben.member_id))
    assert verb(ada, id_, "sponsor").status_code == 403
    assert verb(boss, id_, "sponsor").status_code == 403
    assert verb(ben, id_, "withdraw").status_code == 403
    for name in ("sponsor", "withdraw"):
        assert verb(cy, id_, name).status_code == 404
    for name in ("review", "accept", "decline", "graduate"):
        assert verb(ada, id_, name).status_code == 403
    assert cy.get(f"/leader-applications/{id_}").status_code == 404
    for who, count in ((ada, 1), (ben, 1), (cy, 0), (boss, 1), (key, 1)):
        assert len(who.get("/leader-applications").json()["items"]) == count
    mine = applied(boss)
    done(key, mine, "review")
    refused = verb(boss, mine, "accept")
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/own-application")
    in_ones_name = key.made("/leader-applications", ASKS | {"member_id": str(cy.member_id)})
    assert in_ones_name["member_id"] == str(cy.member_id)


def test_who_left_is_not_accepted(key: Someone, joined: Person, facts: Facts) -> None:
    ada = joined("ada")
    id_ = applied(ada)
    done(key, id_, "review")
    ada.made(f"/members/{ada.member_id}/leave")
    before = len(facts())
    refused = verb(key, id_, "accept")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/not-active")
    assert len(facts()) == before
    assert key.get(f"/leader-applications/{id_}").json()["state"] == "reviewing"
    done(key, id_, "decline")


@pytest.mark.parametrize(
    ("state", "verbs"),
    [
        ("applied", ["sponsor", "review", "withdraw"]),
        ("reviewing", ["sponsor", "accept", "decline", "withdraw"]),
        ("accepted", ["graduate"]),
        ("declined", []),
        ("withdrawn", []),
        ("alumni", []),
    ],
)
def test_an_application_goes_through_the_states_of_the_domain(state: str, verbs: list[str]) -> None:
    assert rules.verbs(LeaderState(state)) == verbs


class ApplicationLife(RuleBasedStateMachine):
    """Any verbs in any order: nobody leads without a review, and what is over stays over."""

    def __init__(self) -> None:
        super().__init__()
        self.past = [LeaderState.APPLIED]

    @rule(name=st.sampled_from(LeaderVerb))
    def try_to(self, name: LeaderVerb) -> None:
        following = rules.after(self.past[-1], name)
        assert (following is not None) == (name.value in rules.verbs(self.past[-1]))
        if following is not None:
            self.past.append(following)

    @invariant()
    def history_is_possible(self) -> None:
        if LeaderState.ACCEPTED in self.past:
            assert self.past.index(LeaderState.REVIEWING) < self.past.index(LeaderState.ACCEPTED)
        if LeaderState.ALUMNI in self.past:
            assert LeaderState.ACCEPTED in self.past
        ended = {LeaderState.DECLINED, LeaderState.WITHDRAWN, LeaderState.ALUMNI}
        assert not ended & set(self.past[:-1])


TestApplicationLife = ApplicationLife.TestCase
TestApplicationLife.settings = settings(max_examples=200, stateful_step_count=12, deadline=None)
