"""Stakeholders: whose word counts, kept by those who run the community."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.membership.stakeholders import rules
from services.membership.stakeholders.rules import StakeholderState, StakeholderVerb
from tests.membership.conftest import Someone

Person = Callable[..., Someone]


def given_stakeholder(**given: Any) -> dict[str, Any]:
    return {"name": "Grace", "side": "internal", "influence": 4} | given


def test_a_stakeholder_is_added_read_and_changed(
    key: Someone, joined: Person, audited: Any, facts: Any
) -> None:
    ada = joined("ada")
    given = given_stakeholder(organisation="The House", interest="Quiet", member_id=str(ada.member_id))
    made = key.post("/stakeholders", given)
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    stakeholder = made.json()
    assert {field: stakeholder[field] for field in given} == given
    path = f"/stakeholders/{stakeholder['id']}"
    assert key.get(path).json() == stakeholder
    assert key.patch(path, {"influence": 5}).status_code == 428
    changed = key.patch(path, {"influence": 5, "member_id": None}, If_Match='"1"')
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert (changed.json()["influence"], changed.json()["member_id"]) == (5, None)
    assert key.patch(path, {"influence": 1}, If_Match='"1"').status_code == 412
    assert audited()[-2:] == ["stakeholder.add", "stakeholder.change"]
    told = [fact for fact in facts() if fact.get("stakeholder_id") == stakeholder["id"]]
    assert [fact["aggregate_version"] for fact in told] == [1, 2]
    assert "Grace" not in repr(told)


def test_a_stakeholder_rests_and_comes_back(key: Someone) -> None:
    path = f"/stakeholders/{key.made('/stakeholders', given_stakeholder())['id']}"
    assert key.made(f"{path}/deactivate")["state"] == "inactive"
    refused = key.post(f"{path}/deactivate")
    assert (refused.status_code, refused.json()["allowed"]) == (409, ["reactivate"])
    assert [len(key.get(f"/stakeholders?state={s}").json()["items"]) for s in ("active", "inactive")] == [
        0,
        1,
    ]
    back = key.made(f"{path}/reactivate")
    assert (back["state"], back["version"]) == ("active", 3)


@pytest.mark.parametrize(
    "wrong", [{"influence": 0}, {"influence": 6}, {"side": "both"}, {"name": " "}, {"state": "inactive"}]
)
def test_what_is_not_documented_is_refused(key: Someone, wrong: dict[str, Any]) -> None:
    assert key.post("/stakeholders", given_stakeholder(**wrong)).status_code == 422


def test_a_whole_number_is_one_however_json_writes_it(key: Someone) -> None:
    assert key.made("/stakeholders", given_stakeholder(influence=4.0))["influence"] == 4
    for wrong in (4.5, "4", True, None):
        assert key.post("/stakeholders", given_stakeholder(influence=wrong)).status_code == 422


def test_a_stakeholder_is_a_member_of_this_community_or_none(key: Someone) -> None:
    assert key.post("/stakeholders", given_stakeholder(member_id=str(uuid4()))).status_code == 404
    assert key.get(f"/stakeholders/{uuid4()}").status_code == 404


def test_stakeholders_are_for_those_who_run_the_community(key: Someone, joined: Person) -> None:
    assert joined("edi", "editor", by=key).get("/stakeholders").status_code == 403
    assert joined("adm", "admin", by=key).get("/stakeholders").status_code == 200


@given(state=st.sampled_from(list(StakeholderState)))
def test_there_is_always_one_thing_to_do(state: StakeholderState) -> None:
    (verb,) = rules.stakeholder_verbs(state)
    assert rules.stakeholder_after(verb) is not state
    assert isinstance(verb, StakeholderVerb)
