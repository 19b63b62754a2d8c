"""Demand: distinct people who agreed to be counted; nobody starts a community of one."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.membership.communities import rules
from shared.clock import now
from shared.contracts.announced import SurveyResponseSubmitted
from shared.identity import Actor
from shared.testing import Cluster, eventually
from tests.membership.conftest import Someone, at_once
from tests.membership.telling import tell

Facts = Callable[..., list[dict[str, Any]]]
Person = Callable[..., Someone]
WANTS = {"policy_version": "2026-01"}


@pytest.fixture
def community(membership: httpx.Client) -> UUID:
    """A community of interest that gathers, and needs three people."""
    return gathering(membership, 3)


def gathering(client: httpx.Client, threshold: int) -> UUID:
    given = {"slug": f"d-{uuid4().hex[:12]}", "name": "Wanted", "kind": "coi", "demand_threshold": threshold}
    made = client.post("/v1/communities", json=given)
    assert made.status_code == 201, made.text
    assert client.post(f"/v1/communities/{made.json()['id']}/open-gathering").status_code == 200
    return UUID(made.json()["id"])


@pytest.fixture
def people(person: Person, name: Callable[[str], str]) -> Callable[[int], list[Someone]]:
    """So many people who signed in and belong to nothing."""
    return lambda number: [person(name(f"p{each}")) for each in range(number)]


def want(someone: Someone) -> httpx.Response:
    return someone.ask("PUT", "/demand/interest", WANTS)


def demand(key: Someone) -> dict[str, Any]:
    found: dict[str, Any] = key.get("/demand").json()
    return found


def prospect(key: Someone, **given: Any) -> str:
    made = key.made(
        "/prospects", {"contact": f"{uuid4().hex}@example.org", "source_channel": "survey"} | given
    )
    return str(made["id"])


def interested(key: Someone) -> str:
    id_ = prospect(key)
    key.made(f"/prospects/{id_}/mark-interested", WANTS)
    return id_


def response(community: UUID, **given: Any) -> SurveyResponseSubmitted:
    return SurveyResponseSubmitted(
        community_id=community,
        response_id=uuid4(),
        survey_id=uuid4(),
        kind="needs",
        **{"member_id": None, "prospect_id": None, "wants": True, "policy_version": "2026-01"} | given,
    )


def test_nobody_starts_a_community_of_one(key: Someone, people: Any, facts: Facts) -> None:
    assert demand(key) == {
        "threshold": 3,
        "interested": 0,
        "reached": False,
        "missing": 3,
        "by_source": {"explicit": 0, "survey": 0},
    }
    for number, each in enumerate(people(3), 1):
        refused = key.post("/activate")
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/demand-not-reached")
        assert refused.json()["missing"] == 4 - number
        assert want(each).json()["interested"] == number
    assert demand(key)["reached"]
    assert [fact["interested_count"] for fact in facts("demand_threshold_reached")] == [3]
    assert key.post("/activate").json()["state"] == "active"


def test_saying_so_twice_counts_once_and_one_may_change_ones_mind(people: Any, key: Someone) -> None:
    (ada,) = people(1)
    assert [want(ada).json()["interested"] for _ in range(2)] == [1, 1]
    assert ada.delete("/demand/interest").status_code == 204
    assert demand(key)["interested"] == 0
    assert ada.delete("/demand/interest").status_code == 204
    assert want(ada).json()["interested"] == 1


def test_interest_takes_consent_and_a_person(people: Any, key: Someone) -> None:
    (ada,) = people(1)
    for wrong in ({}, {"policy_version": ""}, {"policy_version": None}, {"policy_version": "x" * 41}):
        assert ada.ask("PUT", "/demand/interest", wrong).status_code == 422
    assert want(key).json()["type"] == "/problems/only-people"


def test_who_signed_in_and_then_joins_counts_once(joined: Person, person: Person, name: Any) -> None:
    ada = person(name("ada"))
    assert want(ada).json()["interested"] == 1
    member = joined("ada")
    assert want(member).json()["interested"] == 1
    assert member.delete("/demand/interest").status_code == 204
    assert member.get("/demand").json()["interested"] == 0


def test_a_prospect_who_joins_by_their_invitation_counts_once(
    key: Someone, person: Person, name: Any
) -> None:
    id_ = interested(key)
    token = key.made(f"/prospects/{id_}/invite")["token"]
    ada = person(name("ada"))
    assert want(ada).json()["interested"] == 2, "nobody can know yet that they are the same"
    called = {"handle": "ada", "display_name": "Ada"}
    member = ada.client.post(f"/v1/invitations/{token}/accept", json=called)
    assert member.status_code == 200, member.text
    assert demand(key)["interested"] == 1
    found = key.get(f"/prospects/{id_}").json()
    assert (found["state"], found["member_id"]) == ("joined", member.json()["id"])
    assert person(name("ada")).delete("/demand/interest").status_code == 204
    assert demand(key)["interested"] == 0, "in whatever way one had said so"


@pytest.mark.parametrize("state", ["left", "suspended", "banned", "erased", "declined"])
def test_who_is_no_member_any_more_does_not_count(
    state: str, key: Someone, joined: Person, stack: Cluster
) -> None:
    ada = joined("ada")
    assert want(ada).json()["interested"] == 1
    stack.execute("membership", f"UPDATE member SET state = '{state}' WHERE id = '{ada.member_id}'")
    assert demand(key)["interested"] == 0
    refused = want(ada)
    assert (refused.status_code, refused.json()["state"]) == (409, state)


def test_members_who_were_merged_count_once(key: Someone, joined: Person, stack: Cluster) -> None:
    ada, ben, cy = joined("ada"), joined("ben"), joined("cy")
    assert [want(each).json()["interested"] for each in (cy, ben)] == [1, 2]
    for merged, survivor, interested in [(cy, ben, 1), (ben, ada, 1)]:
        now_is = f"state = 'merged', merged_into = '{survivor.member_id}'"
        stack.execute("membership", f"UPDATE member SET {now_is} WHERE id = '{merged.member_id}'")
        assert demand(key)["interested"] == interested
    assert want(ada).json()["interested"] == 1
    assert ada.delete("/demand/interest").status_code == 204
    assert demand(key)["interested"] == 0


def test_a_withdrawn_prospect_does_not_count(key: Someone) -> None:
    id_ = interested(key)
    assert demand(key)["interested"] == 1
    key.made(f"/prospects/{id_}/withdraw")
    assert demand(key)["interested"] == 0


def test_surveys_count_whoever_wants_and_agreed(
    key: Someone, joined: Person, stack: Cluster, community: UUID, facts: Facts
) -> None:
    ada, ben, id_ = joined("ada"), joined("ben"), prospect(key)
    want(ben)
    tell(
        stack,
        response(community, member_id=ada.member_id),
        response(community, member_id=ben.member_id),
        response(community, prospect_id=id_),
        response(community, prospect_id=uuid4()),
        response(community, member_id=uuid4()),
        response(community, prospect_id=prospect(key), wants=False),
        response(community, prospect_id=prospect(key), policy_version=None),
    )
    eventually(lambda: len(demand_refs(key)) == 3, within=10)
    found = demand(key)
    assert (found["interested"], found["by_source"]) == (3, {"explicit": 1, "survey": 2})
    assert key.get(f"/prospects/{id_}").json()["state"] == "interested"
    assert len(facts("demand_threshold_reached")) == 1
    assert key.made(f"/prospects/{id_}/withdraw")["need_refs"] == []


def demand_refs(key: Someone) -> list[str]:
    listed = key.get("/prospects?limit=100").json()["items"]
    return [ref for each in listed for ref in each["need_refs"]]


def test_a_survey_of_before_does_not_undo_a_withdrawal(
    key: Someone, joined: Person, stack: Cluster, community: UUID
) -> None:
    ada, ben = joined("ada"), joined("ben")
    earlier = now() - timedelta(minutes=5)
    want(ada)
    ada.delete("/demand/interest")
    tell(
        stack,
        response(community, member_id=ada.member_id, occurred_at=earlier),
        response(community, member_id=ben.member_id),
    )
    eventually(lambda: demand(key)["by_source"]["survey"] == 1, within=10)
    assert demand(key)["interested"] == 1


def test_a_threshold_is_told_of_once_per_crossing(key: Someone, people: Any, facts: Facts) -> None:
    some = people(8)
    answers = at_once([lambda each=each: want(each) for each in some])  # type: ignore[misc]
    assert {answer.status_code for answer in answers} == {200}
    assert demand(key)["interested"] == 8
    assert len(facts("demand_threshold_reached")) == 1
    at_once([lambda each=each: each.delete("/demand/interest") for each in some])  # type: ignore[misc]
    assert len(facts("demand_threshold_reached")) == 1
    at_once([lambda each=each: want(each) for each in some])  # type: ignore[misc]
    assert len(facts("demand_threshold_reached")) == 2
    versions = [f["aggregate_version"] for f in facts() if f["fact"].startswith(("community", "demand"))]
    assert versions == list(range(1, len(versions) + 1))


def test_members_who_come_back_cross_it_too(cluster: Callable[..., Cluster]) -> None:
    """Nobody asks for a count when a sanction ends: the clock does."""
    running = cluster(("membership",))
    with running.direct("membership") as client:
        interested(Someone(client, gathering(client, 1)))
        running.execute("membership", "UPDATE community SET demand_reached_at = NULL")
        running.restarted("membership", running.kill("membership"))
        sql = "SELECT count(*) FROM outbox WHERE subject LIKE '%demand_threshold_reached%'"
        eventually(lambda: running.rows("membership", sql)[0][0] == 2, within=15)


def test_a_lower_threshold_can_be_reached_too(key: Someone, people: Any, facts: Facts) -> None:
    (ada,) = people(1)
    want(ada)
    changed = key.patch("", {"demand_threshold": 1}, If_Match="*")
    assert changed.json()["version"] == int(changed.headers["etag"].strip('"')) == 4
    assert [fact["interested_count"] for fact in facts("demand_threshold_reached")] == [1]
    for wrong in (0, 1001, None, "3"):
        assert key.patch("", {"demand_threshold": wrong}, If_Match="*").status_code == 422


def test_a_decision_may_override_and_is_recorded(key: Someone, audited: Any) -> None:
    override = {"decision_ref": "board/2026-03", "reason": "The founders insist."}
    for wrong in (
        {"reason": "Because."},
        {"decision_ref": "x y", "reason": "r"},
        {"decision_ref": "1", "reason": ""},
    ):
        assert key.post("/activate", {"override": wrong}).status_code == 422
    started = key.made("/activate", {"override": override})
    recorded = started["activation_override"]
    assert started["state"] == "active"
    assert {k: recorded[k] for k in ("decision_ref", "reason", "decided_by")} == override | {
        "decided_by": "owner"
    }
    assert audited()[-2:] == ["community.override_demand", "community.activate"]


def test_an_override_nobody_needs_is_not_recorded(key: Someone, people: Any, audited: Any) -> None:
    for each in people(3):
        want(each)
    override = {"decision_ref": "1", "reason": "To be sure."}
    assert key.made("/activate", {"override": override})["activation_override"] is None
    assert "community.override_demand" not in audited()


def test_who_may_override(key: Someone, joined: Person) -> None:
    override = {"override": {"decision_ref": "1", "reason": "Mine."}}
    assert joined("mod", "moderator", by=key).post("/activate", override).status_code == 403
    assert joined("adm", "admin", by=key).post("/activate", override).status_code == 200


def test_nobody_wants_what_was_archived(key: Someone, people: Any) -> None:
    (ada,) = people(1)
    key.made("/activate", {"override": {"decision_ref": "1", "reason": "Go."}})
    key.made("/archive")
    assert want(ada).json()["type"] == "/problems/community-ended"


@given(threshold=st.integers(1, 1000), counts=st.lists(st.integers(0, 1001), max_size=30))
def test_a_crossing_is_told_when_it_was_not_reached_before(threshold: int, counts: list[int]) -> None:
    was_reached, told = False, 0
    for interested in counts:
        crossed = rules.crossing(interested, threshold, was_reached=was_reached)
        assert crossed in (None, interested >= threshold)
        told += crossed is True
        was_reached = interested >= threshold
    ups = zip([0, *counts], counts, strict=False)
    assert told == sum(before < threshold <= after for before, after in ups)
    assert [rules.missing(count, threshold) == 0 for count in counts] == [c >= threshold for c in counts]


@pytest.fixture
def crowd(stack: Cluster) -> Iterator[Callable[[int], httpx.Client]]:
    """People by number, the same in every example."""
    with ExitStack() as opened:
        made: dict[int, httpx.Client] = {}

        def one(number: int) -> httpx.Client:
            if number not in made:
                id_ = uuid4()
                actor = Actor(kind="person", id=str(id_), person_id=id_)
                made[number] = opened.enter_context(stack.direct("membership", actor))
            return made[number]

        yield one


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(threshold=st.integers(1, 4), wishes=st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=12))
def test_a_community_starts_with_n_people_and_not_with_one_fewer(
    membership: httpx.Client, crowd: Any, threshold: int, wishes: list[tuple[int, bool]]
) -> None:
    """Whatever people say in whatever order: it starts when, at that moment, N different ones want it."""
    path = f"/v1/communities/{gathering(membership, threshold)}"
    wanting: set[int] = set()
    for number, wants in wishes:
        method, body = ("PUT", {"json": WANTS}) if wants else ("DELETE", {})
        assert crowd(number).request(method, f"{path}/demand/interest", **body).is_success
        (wanting.add if wants else wanting.discard)(number)
        found = membership.get(f"{path}/demand").json()
        assert (found["interested"], found["missing"]) == (len(wanting), max(threshold - len(wanting), 0))
    started = membership.post(f"{path}/activate")
    assert started.status_code == (200 if len(wanting) >= threshold else 409)
